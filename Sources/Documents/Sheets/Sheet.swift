import OrderManagement

/// A document on office paper: a heading, facts, addresses, tables, a footer with the number of pages.
///
/// A class, since what is laid out moves it on, and everything on it shares its place. Laid out twice: once to count
/// the pages, once to draw them, so that no page waits for the last one and memory does not grow with their number.
final class Sheet {
    let typesetter: Typesetter
    let language: DocumentLanguage
    let paper: PaperSize
    /// Points.
    let left: Double
    let right: Double
    private let bottom: Double
    /// Where the next thing goes.
    private(set) var y: Double
    private(set) var pageCount = 0
    private let heading: Heading
    private let pagesInAll: Int?
    private let emit: (Page) throws(DocumentError) -> Void
    private(set) var page: Page

    struct Heading {
        let title: String
        let number: String
        let retailer: Address
        /// To where it is sent: abroad, the retailer's country is said as well; nil for what stays in the house.
        var destination: String?
        /// What the barcode at the top holds; nil for none.
        var barcode: String?
    }

    static let margin = 17.0.mm
    static let marginTop = 15.0.mm
    static let caption = TextStyle.bold(6.5)
    static let grayOfCaptions = 0.38

    var width: Double { right - left }

    init(
        _ heading: Heading, _ paper: PaperSize, _ language: DocumentLanguage, _ typesetter: Typesetter,
        pagesInAll: Int?, emit: @escaping (Page) throws(DocumentError) -> Void
    ) {
        (self.heading, self.paper, self.language, self.typesetter) = (heading, paper, language, typesetter)
        (self.pagesInAll, self.emit) = (pagesInAll, emit)
        (left, right) = (Self.margin, paper.width - Self.margin)
        bottom = paper.height - 20.0.mm
        y = Self.marginTop
        page = Page(paper: paper)
    }

    // MARK: Pages

    func begin() throws(DocumentError) {
        pageCount = 1
        try drawHeading()
    }

    /// Breaks the page when there is less room than that.
    /// - Returns: Whether a page was begun.
    @discardableResult
    func need(_ height: Double) throws(DocumentError) -> Bool {
        guard y + height > bottom else { return false }
        try endPage()
        pageCount += 1
        page = Page(paper: paper)
        y = Self.marginTop
        let words = "\(heading.title) \(heading.number)"
        let text = try typesetter.fit(words, .bold(9, min: 7), width: width - 90, lines: 1, "number")
        page.text(text, left, y)
        let more = try typesetter.word(language(.continued), .plain(8))
        page.text(more, right - more.width, y + 1, gray: Self.grayOfCaptions)
        y += 16
        page.rule(y: y, from: left, to: right, thickness: 1)
        y += 12
        return true
    }

    func move(_ distance: Double) { y += distance }

    func end() throws(DocumentError) { try endPage() }

    private func endPage() throws(DocumentError) {
        guard let pagesInAll else { return }
        let line = paper.height - 14.0.mm
        page.rule(y: line, from: left, to: right, thickness: 0.5)
        let style = TextStyle.plain(7.5)
        let name = try typesetter.fit(
            heading.retailer.name, tail: " · \(heading.title) \(heading.number)", .plain(7.5, min: 5).cut,
            width: width * 0.75, lines: 1, "number")
        page.text(name, left, line + 5, gray: Self.grayOfCaptions)
        let words = "\(language(.page)) \(pageCount) \(language(.pageOf)) \(pagesInAll)"
        let count = try typesetter.set(words, style, "page")
        page.text(count, right - count.width, line + 5, gray: Self.grayOfCaptions)
        try emit(page)
    }

    // MARK: What stands at the top

    private func drawHeading() throws(DocumentError) {
        let name = try typesetter.fit(
            heading.retailer.name, .bold(10.5, min: 7).cut, width: width * 0.35, lines: 2, "retailer/name")
        page.text(name, left, y)
        let rest = AddressLayout.lines(heading.retailer, from: heading.destination).dropFirst().map(\.text)
            .joined(separator: " · ")
        if !rest.isEmpty {
            let text = try typesetter.fit(
                rest, TextStyle.plain(8, min: 5.5).aligned(.trailing).cut, width: width * 0.6, lines: 2, "retailer")
            page.text(text, right - width * 0.6, y + 1, gray: Self.grayOfCaptions)
        }
        y += max(name.height, 14) + 6
        page.rule(y: y, from: left, to: right, thickness: 1.5)
        y += 16
        let symbol = try heading.barcode.map { barcode throws(DocumentError) in
            try Symbol(.code128, barcode, "number")
        }
        let module = symbol.map { min(0.375.mm, width * 0.4 / Double($0.columns)) } ?? 0
        let barWidth = symbol.map { Double($0.columns) * module + 12 } ?? 0
        let title = try typesetter.fit(
            heading.title, .bold(22, min: 12), width: width - barWidth, lines: 1, "title")
        page.text(title, left, y - 4)
        let number = try typesetter.fit(
            heading.number, .plain(12, min: 7), width: width - barWidth, lines: 1, "number")
        page.text(number, left, y + title.height - 3)
        if let symbol {
            let x = right - Double(symbol.columns) * module
            page.marks.append(.symbol(symbol, x: x, y: y, module: module, height: 30))
        }
        y += max(title.height + number.height, 32) + 12
    }

    /// Facts side by side: what each is called above it.
    func facts(_ facts: [(caption: Phrase, value: String, field: String)]) throws(DocumentError) {
        let shown = facts.filter { !$0.value.isEmpty }
        guard !shown.isEmpty else { return }
        let each = width / Double(shown.count)
        var height = 0.0
        var values: [SetText] = []
        for fact in shown {
            let value = try typesetter.fit(
                fact.value, .plain(10, min: 6).cut, width: each - 10, lines: 2, fact.field)
            values.append(value)
            height = max(height, value.height)
        }
        try need(height + 24)
        for (place, value) in values.enumerated() {
            let x = left + Double(place) * each
            let caption = try typesetter.fit(
                language(shown[place].caption).uppercased(), TextStyle.bold(6.5, min: 5), width: each - 8, lines: 1,
                "wording")
            page.text(caption, x, y, gray: Self.grayOfCaptions)
            page.text(value, x, y + 10)
        }
        y += height + 24
    }

    /// Addresses side by side; those abroad with their country.
    func parties(_ parties: [(caption: Phrase, address: Address, field: String)]) throws(DocumentError) {
        let each = width / Double(max(2, parties.count))
        var height = 0.0
        try need(90)
        for (place, party) in parties.enumerated() {
            let x = left + Double(place) * each
            page.text(try typesetter.word(language(party.caption).uppercased(), Self.caption), x, y,
                gray: Self.grayOfCaptions)
            let text = try typesetter.address(
                party.address, from: heading.retailer.country, .plain(10, min: 7), width: each - 12, height: 120,
                cut: .anything, party.field)
            page.text(text, x, y + 11)
            height = max(height, text.height)
        }
        y += height + 26
    }

    /// Text under a caption, wrapped; as a whole on one page.
    func paragraph(_ caption: Phrase, _ text: String, _ field: String) throws(DocumentError) {
        let set = try typesetter.fit(
            text, .plain(9.5, min: 7), width: width - 24, height: 300, lines: 40, field)
        try need(set.height + 36)
        let frame = Frame(x: left, y: y, width: width, height: set.height + 28)
        page.marks.append(.fill(frame, gray: 0.955))
        page.text(try typesetter.word(language(caption).uppercased(), Self.caption), left + 12, y + 8,
            gray: Self.grayOfCaptions)
        page.text(set, left + 12, y + 18)
        y += set.height + 40
    }

    /// Boxes to sign in.
    func signatures(_ captions: [Phrase]) throws(DocumentError) {
        let gap = 14.0
        let each = (width - gap * Double(captions.count - 1)) / Double(captions.count)
        try need(92)
        y += 12
        for (place, caption) in captions.enumerated() {
            let x = left + Double(place) * (each + gap)
            let words = try typesetter.word(language(caption).uppercased(), Self.caption)
            page.text(words, x, y, gray: Self.grayOfCaptions)
            page.rule(y: y + 34, from: x, to: x + each, thickness: 0.7)
            page.text(try typesetter.word(language(.signature), .plain(7)), x, y + 36, gray: Self.grayOfCaptions)
            page.rule(y: y + 66, from: x, to: x + each, thickness: 0.7)
            page.text(try typesetter.word(language(.nameAndTime), .plain(7)), x, y + 68, gray: Self.grayOfCaptions)
        }
        y += 80
    }

    /// What is drawn by a table's rows.
    func add(_ mark: Mark) { page.marks.append(mark) }
}

/// A document that is laid out on a sheet.
protocol SheetDocument: PrintableDocument {
    var paper: PaperSize { get }
    var language: DocumentLanguage { get }
    var heading: Sheet.Heading { get }
    func lay(on sheet: Sheet) throws(DocumentError)
}

extension SheetDocument {
    public var title: String { "\(heading.title) \(heading.number)" }

    public func draw(on press: Press) throws(DocumentError) {
        let counting = Sheet(heading, paper, language, press.typesetter, pagesInAll: nil) { _ throws(DocumentError) in }
        try counting.begin()
        try lay(on: counting)
        let sheet = Sheet(heading, paper, language, press.typesetter, pagesInAll: counting.pageCount) {
            page throws(DocumentError) in try press.draw(page)
        }
        try sheet.begin()
        try lay(on: sheet)
        try sheet.end()
    }
}
