public import OrderManagement

/// What a customer shows to collect an order: a QR code, and the same number to be typed. One page of 4 × 6 inches.
public struct PickupCode: Hashable, PrintableDocument {
    /// Where the goods wait; its name first.
    public var location: Address
    /// When the place is open, in the customer's words.
    public var openingHours: String?
    public var order: String
    public var name: String
    /// As given out with the pickup: six digits.
    public var code: String
    /// What the QR code holds; nil for the code alone.
    public var payload: String?
    public var collectBy: PrintedDate?
    public var date: PrintedDate
    public var language: DocumentLanguage

    public init(
        location: Address, openingHours: String? = nil, order: String, name: String, code: String,
        payload: String? = nil, collectBy: PrintedDate? = nil, date: PrintedDate, language: DocumentLanguage = .english
    ) {
        (self.location, self.openingHours, self.order, self.name) = (location, openingHours, order, name)
        (self.code, self.payload, self.collectBy) = (code, payload, collectBy)
        (self.date, self.language) = (date, language)
    }

    public var title: String { "\(language(.pickupCode)) \(order)" }

    public func draw(on press: Press) throws(DocumentError) {
        try press.draw(try page(press.typesetter))
    }

    /// The page in the language of Zebra's printers.
    public func zpl(_ resolution: PrinterResolution = .dpi203) throws(DocumentError) -> String {
        try ZPLWriter(resolution).text(of: try page(Typesetter()))
    }

    private static let margin = 5.0.mm
    private static let caption = TextStyle.bold(6.5)

    func page(_ typesetter: Typesetter) throws(DocumentError) -> Page {
        let paper = PaperSize.label4x6
        var page = Page(paper: paper)
        let (left, width) = (Self.margin, paper.width - 2 * Self.margin)
        var y = Self.margin
        let store = try typesetter.fit(location.name, .bold(11, min: 7).cut, width: width, lines: 2, "location/name")
        page.text(store, left, y)
        y += store.height + 4
        page.rule(y: y, from: left, to: left + width, thickness: 1.5)
        y += 10
        let words = try typesetter.fit(
            language(.pickupCode), .bold(20, min: 12), width: width, lines: 1, "wording")
        page.text(words, left, y)
        y += words.height + 8
        y = try drawCode(on: &page, typesetter, left, width, y)
        page.rule(y: y, from: left, to: left + width, thickness: 0.7)
        y += 8
        try drawFacts(on: &page, typesetter, left, width, y)
        return page
    }

    private func drawCode(
        on page: inout Page, _ typesetter: Typesetter, _ left: Double, _ width: Double, _ top: Double
    ) throws(DocumentError) -> Double {
        let symbol = try Symbol(.qr, try Printable.text(payload ?? code, "payload"), "payload")
        // Whole dots at 203 dpi.
        let dot = 72.0 / 203
        let module = max(2, (132 / Double(symbol.columns) / dot).rounded(.down)) * dot
        let side = Double(symbol.columns) * module
        page.marks.append(.symbol(symbol, x: left + (width - side) / 2, y: top, module: module, height: side))
        var y = top + side + 8
        let spaced = code.count == 6 ? "\(code.prefix(3))\u{2009}\(code.suffix(3))" : code
        let number = try typesetter.fit(
            spaced, TextStyle.bold(34, min: 14).aligned(.center), width: width, lines: 1, "code")
        page.text(number, left, y)
        y += number.height
        let hint = try typesetter.fit(
            language(.showThisCode), TextStyle.plain(8.5, min: 6).aligned(.center), width: width, lines: 1, "wording")
        page.text(hint, left, y)
        return y + hint.height + 9
    }

    private func drawFacts(
        on page: inout Page, _ typesetter: Typesetter, _ left: Double, _ width: Double, _ top: Double
    ) throws(DocumentError) {
        let half = width * 0.56
        let bottom = page.paper.height - Self.margin
        page.text(try typesetter.word(language(.pickupAt).uppercased(), Self.caption), left, top)
        let address = try typesetter.address(
            location, from: nil, .plain(9, min: 6), width: half - 8, height: bottom - top - 11, cut: .anything,
            "location")
        page.text(address, left, top + 10)
        var facts = [(language(.orderNumber), order, "order"), (language(.collector), name, "name")]
        if let collectBy { facts.append((language(.collectBy), Figures.day(collectBy, language), "collect_by")) }
        if let openingHours, !openingHours.isEmpty {
            facts.append((language(.openingHours), openingHours, "opening_hours"))
        }
        var y = top
        for (caption, value, field) in facts {
            page.text(try typesetter.word(caption.uppercased(), Self.caption), left + half, y)
            let text = try typesetter.fit(
                value, .bold(9.5, min: 6).cut, width: width - half, height: bottom - y - 9, lines: 2, field)
            page.text(text, left + half, y + 9)
            y += text.height + 13
        }
    }
}
