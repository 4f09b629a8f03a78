/// Something on a page. Not sendable, as set text is not: made and drawn by one synchronous call.
enum Mark {
    /// `x`, `y`: the upper left corner; `gray`: 0 is black, 1 is white, on a filled box.
    case text(SetText, x: Double, y: Double, gray: Double)
    /// Thickness in points.
    case line(fromX: Double, fromY: Double, toX: Double, toY: Double, thickness: Double)
    case box(Frame, thickness: Double)
    /// `gray`: 0 is black, 1 is white.
    case fill(Frame, gray: Double)
    /// `module`: width of the narrowest bar; `height` of the bars; matrix symbols are square and ignore it.
    case symbol(Symbol, x: Double, y: Double, module: Double, height: Double)
}

/// One page, ready to be drawn.
struct Page {
    let paper: PaperSize
    var marks: [Mark] = []

    mutating func text(_ text: SetText, _ x: Double, _ y: Double, gray: Double = 0) {
        marks.append(.text(text, x: x, y: y, gray: gray))
    }

    mutating func rule(y: Double, from left: Double, to right: Double, thickness: Double) {
        marks.append(.line(fromX: left, fromY: y, toX: right, toY: y, thickness: thickness))
    }

    mutating func divider(x: Double, from top: Double, to bottom: Double, thickness: Double) {
        marks.append(.line(fromX: x, fromY: top, toX: x, toY: bottom, thickness: thickness))
    }
}

/// A document that can be drawn, page by page.
///
/// Each page is drawn as soon as it is laid out, so a document of many pages is never held whole.
public protocol PrintableDocument: Sendable {
    /// For the PDF's title.
    var title: String { get }
    /// For the PDF's date; documents never look at a clock.
    var date: PrintedDate { get }
    /// Lays the document out and draws it.
    /// - Throws: `DocumentError`, naming the field at fault.
    func draw(on press: Press) throws(DocumentError)
}

extension PrintableDocument {
    /// The document as one PDF.
    /// - Throws: `DocumentError`, naming the field at fault.
    public func pdf() throws(DocumentError) -> [UInt8] { try Press.pdf(of: [self]) }
}
