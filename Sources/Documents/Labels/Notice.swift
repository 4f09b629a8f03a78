/// A page among labels that says what is missing there, and why: whoever stands at the printer sees it.
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

    public func draw(on press: Press) throws(DocumentError) { try press.draw(try page(press.typesetter)) }

    /// The page in the language of Zebra's printers.
    public func zpl(_ resolution: PrinterResolution = .dpi203) throws(DocumentError) -> String {
        try ZPLWriter(resolution).text(of: try page(Typesetter()))
    }

    private static let margin = 5.0.mm
    /// Characters of a reason that have room.
    private static let reasonMax = 280

    func page(_ typesetter: Typesetter) throws(DocumentError) -> Page {
        let paper = PaperSize.label4x6
        var page = Page(paper: paper)
        let (left, width) = (Self.margin, paper.width - 2 * Self.margin)
        let bottom = paper.height - Self.margin - 14
        let heading = try typesetter.word("\(language(.notPrinted)): \(entries.count)", .bold(20))
        page.text(heading, left, Self.margin)
        var y = Self.margin + heading.height + 6
        page.rule(y: y, from: left, to: left + width, thickness: 1.5)
        y += 8
        for (place, entry) in entries.enumerated() {
            let name = try typesetter.fit(
                Legible.text(entry.name), .bold(11, min: 7), width: width, lines: 2, "entries/\(place)/name")
            let isLong = entry.reason.count > Self.reasonMax
            let short = isLong ? entry.reason.prefix(Self.reasonMax) + "…" : entry.reason[...]
            let reason = try typesetter.fit(
                Legible.text(String(short)), .plain(8.5, min: 6), width: width, lines: 12, "entries/\(place)/reason")
            guard y + name.height + reason.height <= bottom else {
                let more = language(.andMore).replacing("%d", with: "\(entries.count - place)")
                page.text(try typesetter.word(more, .bold(10)), left, y)
                break
            }
            page.text(name, left, y)
            y += name.height
            page.text(reason, left, y)
            y += reason.height + 7
        }
        return page
    }
}
