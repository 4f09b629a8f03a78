import OrderManagement

/// What both customs forms are made of: cells with a small caption, boxes to tick, a table. A class, since each thing
/// drawn adds to the same page.
final class FormGrid {
    let typesetter: Typesetter
    var page: Page

    init(_ paper: PaperSize, _ typesetter: Typesetter) {
        self.typesetter = typesetter
        page = Page(paper: paper)
    }

    /// What stands in a row of a table.
    struct Cell {
        /// Of the row's width; those of a row add up to 1.
        let share: Double
        let text: String
        /// Stands behind the text, and stays whole where that is cut.
        var tail = ""
        let style: TextStyle
        let field: String
    }

    static let thickness = 0.6
    static let caption = TextStyle.plain(5, min: 3.8)

    /// A cell with an outline, a caption, and a value below it.
    func cell(
        _ frame: Frame, _ caption: String, _ value: String, _ field: String,
        style: TextStyle = .bold(8.5, min: 5.5), lines: Int = 2
    ) throws(DocumentError) {
        page.marks.append(.box(frame, thickness: Self.thickness))
        let room = frame.inset(3, 2)
        let words = try typesetter.fit(caption, Self.caption, width: room.width, lines: 2, "wording")
        page.text(words, room.x, room.y)
        guard !value.isEmpty else { return }
        let text = try typesetter.fit(
            value, style, width: room.width, height: room.height - words.height + 1, lines: lines, field)
        page.text(text, room.x, room.y + words.height)
    }

    /// A box to tick, with its words behind it.
    func tick(_ x: Double, _ y: Double, width: Double, _ words: String, isTicked: Bool) throws(DocumentError) {
        let side = 7.0
        page.marks.append(.box(Frame(x: x, y: y, width: side, height: side), thickness: 0.7))
        if isTicked {
            let cross = try typesetter.word("×", .bold(11))
            page.text(cross, x + (side - cross.width) / 2, y + (side - cross.height) / 2)
        }
        let text = try typesetter.fit(words, .plain(5.5, min: 4), width: width - side - 3, lines: 2, "category")
        page.text(text, x + side + 3, y + (side - text.height) / 2)
    }

    /// A row of a table.
    func row(_ frame: Frame, _ cells: [Cell], lines: Int = 2) throws(DocumentError) {
        var x = frame.x
        for cell in cells {
            let width = cell.share * frame.width
            page.marks.append(
                .box(Frame(x: x, y: frame.y, width: width, height: frame.height), thickness: Self.thickness))
            if !cell.text.isEmpty {
                let text = try typesetter.fit(
                    cell.text, tail: cell.tail, cell.style, width: width - 5, height: frame.height - 1, lines: lines,
                    cell.field)
                page.text(text, x + 2.5, frame.y + (frame.height - text.height) / 2)
            }
            x += width
        }
    }

    /// Kilograms with three decimals, as customs reads them.
    static func kilograms(_ grams: Int64, _ language: DocumentLanguage) -> String {
        let rest = String(grams % 1000)
        let zeros = String(repeating: "0", count: 3 - rest.count)
        return "\(grams / 1000)\(AmountWords(language.rawValue).point)\(zeros)\(rest)"
    }
}
