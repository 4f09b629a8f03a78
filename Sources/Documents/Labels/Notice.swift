public import OrderManagement

/// Pages behind labels that say what is missing there, and why: whoever stands at the printer sees it.
public struct Notice: Hashable, PrintableDocument {
    public struct Entry: Hashable, Sendable {
        /// What is missing: a parcel, a fulfillment.
        public var name: String
        public var reason: String

        public init(name: String, reason: String) { (self.name, self.reason) = (name, reason) }
    }

    public var entries: [Entry]
    public var date: PrintedDate
    public var language: DocumentLanguage

    public init(_ entries: [Entry], date: PrintedDate, language: DocumentLanguage = .english) {
        (self.entries, self.date, self.language) = (entries, date, language)
    }

    public var title: String { language(.notPrinted) }

    public func draw(on press: Press) throws(DocumentError) {
        for page in try pages(press.typesetter) { try press.draw(page) }
    }

    /// The pages in the language of Zebra's printers.
    public func zpl(_ resolution: PrinterResolution = .dpi203) throws(DocumentError) -> String {
        var text = ""
        for page in try pages(Typesetter()) { text += try ZPLWriter(resolution).text(of: page) }
        return text
    }

    private static let margin = 5.0.mm
    /// Characters of a reason that have room.
    private static let reasonMax = 280
    /// Nobody reads more at a printer.
    private static let pagesMax = 20

    func pages(_ typesetter: Typesetter) throws(DocumentError) -> [Page] {
        var (pages, place) = ([Page](), 0)
        repeat {
            let page = try page(from: place, isLast: pages.count + 1 == Self.pagesMax, typesetter)
            pages.append(page.page)
            place = page.next
        } while place < entries.count
        return pages
    }

    /// - Returns: The page, and the entry with which the next one begins.
    private func page(
        from first: Int, isLast: Bool, _ typesetter: Typesetter
    ) throws(DocumentError) -> (page: Page, next: Int) {
        let paper = PaperSize.label4x6
        var page = Page(paper: paper)
        let (left, width) = (Self.margin, paper.width - 2 * Self.margin)
        let bottom = paper.height - Self.margin - 14
        let heading = try typesetter.word("\(language(.notPrinted)): \(entries.count)", .bold(20))
        page.text(heading, left, Self.margin)
        var y = Self.margin + heading.height + 6
        page.rule(y: y, from: left, to: left + width, thickness: 1.5)
        y += 8
        for (place, entry) in entries.enumerated().dropFirst(first) {
            let name = try typesetter.fit(
                Legible.text(entry.name), .bold(11, min: 7).cut, width: width, lines: 2, "entries/\(place)/name")
            let isLong = entry.reason.count > Self.reasonMax
            let short = isLong ? entry.reason.prefix(Self.reasonMax) + "…" : entry.reason[...]
            let reason = try typesetter.fit(
                Legible.text(String(short)), .plain(8.5, min: 6).cut, width: width, lines: 12,
                "entries/\(place)/reason")
            guard y + name.height + reason.height <= bottom || place == first else {
                guard isLast else { return (page, place) }
                let more = language(.andMore, count: entries.count - place)
                page.text(try typesetter.word(more, .bold(10)), left, y)
                break
            }
            page.text(name, left, y)
            y += name.height
            page.text(reason, left, y)
            y += reason.height + 7
        }
        return (page, entries.count)
    }
}
