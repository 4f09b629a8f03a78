internal import CPangoCairo

/// Draws pages into a PDF, one after another, and hands on its bytes as they come.
///
/// A class, since it owns C objects that are freed with it; not sendable: see `Typesetter`.
public final class Press {
    let typesetter: Typesetter
    private let surface: OpaquePointer
    private let cairo: OpaquePointer
    private let sink: Sink
    private var hasFinished = false

    /// Where the bytes go. A class, so that C can hold a pointer to it.
    private final class Sink {
        let write: ([UInt8]) -> Void
        init(_ write: @escaping ([UInt8]) -> Void) { self.write = write }
    }

    /// A PDF that is handed on piece by piece: memory does not grow with the documents, but for a few hundred bytes a
    /// page.
    /// - Parameter write: Given the bytes in order; keep them or send them.
    init(title: String, date: PrintedDate, write: @escaping ([UInt8]) -> Void) throws(DocumentError) {
        typesetter = try Typesetter()
        sink = Sink(write)
        let paper = PaperSize.a4
        surface = cairo_pdf_surface_create_for_stream(
            { closure, bytes, count in
                guard let closure, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
                Unmanaged<Sink>.fromOpaque(closure).takeUnretainedValue()
                    .write(Array(UnsafeBufferPointer(start: bytes, count: Int(count))))
                return CAIRO_STATUS_SUCCESS
            }, Unmanaged.passUnretained(sink).toOpaque(), paper.width, paper.height)
        cairo = cairo_create(surface)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Waybill")
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, date.iso + "T00:00:00Z")
    }

    deinit {
        cairo_destroy(cairo)
        if !hasFinished { cairo_surface_finish(surface) }
        cairo_surface_destroy(surface)
    }

    /// Many documents of any kind and size in one PDF, in memory.
    /// - Throws: `DocumentError` of the first document that cannot be drawn; its field begins with its place.
    public static func pdf(of documents: [any PrintableDocument]) throws(DocumentError) -> [UInt8] {
        var bytes: [UInt8] = []
        try write(documents) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// Many documents in one PDF, handed on piece by piece; each document is asked for when its turn comes.
    /// - Throws: `DocumentError`; what was handed on by then is no PDF.
    public static func write(
        _ documents: some Sequence<any PrintableDocument>, to write: @escaping ([UInt8]) -> Void
    ) throws(DocumentError) {
        var press: Press?
        for (place, document) in documents.enumerated() {
            let open: Press
            if let press {
                open = press
            } else {
                open = try Press(title: document.title, date: document.date, write: write)
                press = open
            }
            do { try document.draw(on: open) } catch {
                throw DocumentError(error.problem, place == 0 ? error.field : "\(place)/\(error.field)", error.reason)
            }
        }
        guard let press else { throw DocumentError(.contradiction, "", "there is nothing to print") }
        try press.finish()
    }

    /// Many labels in one PDF; one that cannot be drawn is left out, and the rest is printed.
    ///
    /// - Parameter closing: What is printed behind them, given the places of those that were left out, and why.
    /// - Returns: The PDF, and how many labels are in it.
    public static func pdf(
        of labels: [ShippingLabel],
        closing: ([(place: Int, reason: String)]) -> (any PrintableDocument)?
    ) throws(DocumentError) -> (pdf: [UInt8], printed: Int) {
        var bytes: [UInt8] = []
        var leftOut: [(place: Int, reason: String)] = []
        let first = labels.first
        guard let title = first?.title, let date = first?.date else {
            throw DocumentError(.contradiction, "", "there is nothing to print")
        }
        let press = try Press(title: title, date: date) { bytes.append(contentsOf: $0) }
        for (place, label) in labels.enumerated() {
            let page: Page
            // A label is laid out whole before the first of it is drawn: what has no room leaves nothing behind.
            do { page = try label.page(press.typesetter) } catch {
                leftOut.append((place, error.description))
                continue
            }
            try press.draw(page)
        }
        guard leftOut.count < labels.count else {
            throw DocumentError(.doesNotFit, "0", leftOut.first?.reason ?? "")
        }
        if let last = closing(leftOut) { try last.draw(on: press) }
        try press.finish()
        return (bytes, labels.count - leftOut.count)
    }

    private func finish() throws(DocumentError) {
        cairo_surface_finish(surface)
        hasFinished = true
        try check()
    }

    private func check() throws(DocumentError) {
        for status in [cairo_surface_status(surface), hasFinished ? CAIRO_STATUS_SUCCESS : cairo_status(cairo)]
        where status != CAIRO_STATUS_SUCCESS {
            throw DocumentError(.library, "", String(cString: cairo_status_to_string(status)))
        }
    }

    // MARK: Drawing

    func draw(_ page: Page) throws(DocumentError) {
        cairo_pdf_surface_set_size(surface, page.paper.width, page.paper.height)
        for mark in page.marks { Self.draw(mark, on: cairo) }
        cairo_show_page(cairo)
        try check()
    }

    private static func draw(_ mark: Mark, on cairo: OpaquePointer) {
        switch mark {
        case .text(let text, let x, let y, let shade):
            gray(shade, cairo)
            cairo_move_to(cairo, x, y)
            pango_cairo_show_layout(cairo, text.layout)
        case .line(let fromX, let fromY, let toX, let toY, let thickness):
            gray(0, cairo)
            cairo_set_line_width(cairo, thickness)
            cairo_move_to(cairo, fromX, fromY)
            cairo_line_to(cairo, toX, toY)
            cairo_stroke(cairo)
        case .box(let frame, let thickness):
            gray(0, cairo)
            cairo_set_line_width(cairo, thickness)
            cairo_rectangle(
                cairo, frame.x + thickness / 2, frame.y + thickness / 2, frame.width - thickness,
                frame.height - thickness)
            cairo_stroke(cairo)
        case .fill(let frame, let shade):
            gray(shade, cairo)
            cairo_rectangle(cairo, frame.x, frame.y, frame.width, frame.height)
            cairo_fill(cairo)
        case .symbol(let symbol, let x, let y, let module, let height):
            gray(0, cairo)
            let rowHeight = symbol.kind == .qr ? module : height
            for run in symbol.runs {
                cairo_rectangle(
                    cairo, x + Double(run.start) * module, y + Double(run.row) * rowHeight,
                    Double(run.length) * module, rowHeight)
            }
            cairo_fill(cairo)
        }
    }

    private static func gray(_ shade: Double, _ cairo: OpaquePointer) {
        cairo_set_source_rgb(cairo, shade, shade, shade)
    }
}
