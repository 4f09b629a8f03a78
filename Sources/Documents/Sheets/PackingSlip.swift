public import OrderManagement

/// What lies in a shipment, or in one of its parcels, for whoever opens it: never a price, but what is to be paid for
/// it at the door.
public struct PackingSlip: Hashable, SheetDocument {
    public struct Line: Hashable, Sendable {
        public var sku: String
        public var description: String
        public var quantity: Int64
        /// Size, color, engraving: whatever tells it apart.
        public var note: String?
        /// Whether it is dangerous to carry: said before the note.
        public var isHazardous: Bool

        public init(
            sku: String, description: String, quantity: Int64, note: String? = nil, isHazardous: Bool = false
        ) {
            (self.sku, self.description, self.quantity) = (sku, description, quantity)
            (self.note, self.isHazardous) = (note, isHazardous)
        }
    }

    public var retailer: Address
    /// Who gets the goods.
    public var shipTo: Address
    /// The store where they are collected; nil for what is shipped.
    public var collectAt: Address?
    public var order: String
    /// What people call the shipment: `WEB-1001/1`.
    public var number: String
    /// What the barcode at the top holds: the fulfillment, or the parcel.
    public var shipment: String
    public var service: String?
    public var parcels: Int
    /// Which of them it lies in; nil for what all of them hold.
    public var parcel: Int?
    public var lines: [Line]
    /// Units that lie in other parcels of the same shipment.
    public var beside: [Line] = []
    /// Units of the same order that come later.
    public var toFollow: [Line] = []
    /// What is to be paid when the goods are handed over; nil for nothing.
    public var cash: Money?
    public var giftMessage: String?
    public var howToReturn: String?
    public var date: PrintedDate
    public var language: DocumentLanguage
    public var paper: PaperSize

    public static let linesMax = 1_000

    public init(
        retailer: Address, shipTo: Address, collectAt: Address? = nil, order: String, number: String, shipment: String,
        service: String? = nil, parcels: Int = 1, lines: [Line], toFollow: [Line] = [], giftMessage: String? = nil,
        howToReturn: String? = nil, date: PrintedDate, language: DocumentLanguage = .english, paper: PaperSize = .a4
    ) {
        (self.retailer, self.shipTo, self.collectAt) = (retailer, shipTo, collectAt)
        (self.order, self.number, self.shipment) = (order, number, shipment)
        (self.service, self.parcels, self.lines, self.toFollow) = (service, parcels, lines, toFollow)
        (self.giftMessage, self.howToReturn) = (giftMessage, howToReturn)
        (self.date, self.language, self.paper) = (date, language, paper)
    }

    var heading: Sheet.Heading {
        Sheet.Heading(
            title: language(.packingSlip), number: number, retailer: retailer,
            destination: (collectAt ?? shipTo).country, barcode: shipment)
    }

    func lay(on sheet: Sheet) throws(DocumentError) {
        guard lines.count + beside.count + toFollow.count <= Self.linesMax else {
            throw DocumentError(.tooMany, "lines", "a packing slip has at most \(Self.linesMax) lines")
        }
        if let parcel, !(1...max(1, parcels)).contains(parcel) {
            throw DocumentError(.contradiction, "parcel", "is from 1 to \(parcels), not \(parcel)")
        }
        if let collectAt {
            try sheet.parties([(.pickupAt, collectAt, "collect_at"), (.collector, shipTo, "ship_to")])
        } else {
            try sheet.parties([(.shipTo, shipTo, "ship_to")])
        }
        let units = lines.reduce(0) { $0 + $1.quantity }
        try sheet.facts([
            (.order, order, "order"), (.date, Figures.day(date, language), "date"),
            (.service, service ?? "", "service"),
            parcel.map { (.parcel, "\($0) \(language(.parcelOf)) \(parcels)", "parcel") }
                ?? (.parcels, "\(parcels)", "parcels"),
            (.units, Figures.grouped(units, language), "lines"),
        ])
        if let cash { try sheet.paragraph(.cashOnDelivery, Figures.money(cash, language), "cash") }
        try table(lines, "lines", on: sheet)
        for (title, lines, field) in [(Phrase.inOtherParcels, beside, "beside"), (.toFollow, toFollow, "to_follow")]
        where !lines.isEmpty {
            sheet.move(22)
            try sheet.need(80)
            let words = try sheet.typesetter.word(language(title), .bold(12))
            sheet.add(.text(words, x: sheet.left, y: sheet.y, gray: 0))
            sheet.move(words.height + 8)
            try table(lines, field, on: sheet)
        }
        sheet.move(22)
        if let giftMessage, !giftMessage.isEmpty { try sheet.paragraph(.giftMessage, giftMessage, "gift_message") }
        if let howToReturn, !howToReturn.isEmpty { try sheet.paragraph(.howToReturn, howToReturn, "how_to_return") }
    }

    private func note(of line: Line) -> String? {
        let notes = [line.isHazardous ? language(.dangerousGoods) : nil, line.note].compactMap { $0 }
        return notes.isEmpty ? nil : notes.joined(separator: " · ")
    }

    private func table(_ lines: [Line], _ field: String, on sheet: Sheet) throws(DocumentError) {
        let table = Table(columns: [
            Table.Column(title: language(.quantity), share: 0.1, style: .bold(10, min: 6)),
            Table.Column(title: language(.item), share: 0.24, style: .plain(9, min: 6).cut, lines: 3),
            Table.Column(title: language(.description), share: 0.66, style: .plain(9, min: 6).cut, lines: 6),
        ])
        try table.drawTitles(on: sheet)
        for (place, line) in lines.enumerated() {
            try table.draw(
                [
                    .text(Figures.grouped(line.quantity, language), field: "\(field)/\(place)/quantity"),
                    .text(line.sku, field: "\(field)/\(place)/sku"),
                    .text(line.description, note: note(of: line), field: "\(field)/\(place)/description"),
                ], on: sheet)
        }
    }
}
