public import OrderManagement

/// The parcels that a courier takes along, with a place to sign.
public struct HandoverList: Hashable, SheetDocument {
    public struct Parcel: Hashable, Sendable {
        public var tracking: String
        public var reference: String
        public var service: String
        public var postcode: String
        /// ISO 3166-1 alpha-2.
        public var country: String
        public var weightGrams: Int64
        /// What is to be paid for it at the door; nil for nothing.
        public var cash: Money?

        public init(
            tracking: String, reference: String, service: String, postcode: String, country: String,
            weightGrams: Int64, cash: Money? = nil
        ) {
            (self.tracking, self.reference, self.service) = (tracking, reference, service)
            (self.postcode, self.country, self.weightGrams, self.cash) = (postcode, country, weightGrams, cash)
        }
    }

    public var location: Address
    public var courier: String
    public var number: String
    public var parcels: [Parcel]
    public var date: PrintedDate
    public var language: DocumentLanguage
    public var paper: PaperSize

    public static let parcelsMax = 10_000

    public init(
        location: Address, courier: String, number: String, parcels: [Parcel], date: PrintedDate,
        language: DocumentLanguage = .english, paper: PaperSize = .a4
    ) {
        (self.location, self.courier, self.number, self.parcels) = (location, courier, number, parcels)
        (self.date, self.language, self.paper) = (date, language, paper)
    }

    var heading: Sheet.Heading {
        Sheet.Heading(title: language(.handoverList), number: number, retailer: location, barcode: number)
    }

    func lay(on sheet: Sheet) throws(DocumentError) {
        guard parcels.count <= Self.parcelsMax else {
            throw DocumentError(.tooMany, "parcels", "a hand-over list has at most \(Self.parcelsMax) parcels")
        }
        let grams = parcels.reduce(0) { $0 + $1.weightGrams }
        try sheet.facts([
            (.courier, courier, "courier"), (.date, Figures.day(date, language), "date"),
            (.parcels, Figures.grouped(Int64(parcels.count), language), "parcels"),
            (.totalWeight, Figures.weight(grams, language), "parcels"), (.cashOnDelivery, cash, "parcels"),
        ])
        let isPaid = !cash.isEmpty
        var columns = [
            Table.Column(title: language(.number), share: 0.07, style: .plain(8, min: 6), lines: 1),
            Table.Column(
                title: language(.tracking), share: isPaid ? 0.24 : 0.3, style: .bold(9, min: 6), lines: 2),
            Table.Column(
                title: language(.reference), share: isPaid ? 0.16 : 0.2, style: .plain(8.5, min: 6).cut, lines: 4),
            Table.Column(
                title: language(.service), share: isPaid ? 0.13 : 0.17, style: .plain(8.5, min: 6).cut, lines: 2),
            Table.Column(title: language(.destination), share: 0.14, style: .plain(8.5, min: 6).cut, lines: 1),
            Table.Column(
                title: language(.weight), share: 0.12, style: .plain(8.5, min: 6).aligned(.trailing), lines: 1),
        ]
        if isPaid {
            columns.append(
                Table.Column(
                    title: language(.cashOnDelivery), share: 0.14, style: .bold(8.5, min: 6).aligned(.trailing),
                    lines: 2))
        }
        let table = Table(columns: columns)
        try table.drawTitles(on: sheet)
        for (place, parcel) in parcels.enumerated() {
            let field = "parcels/\(place)"
            let amount = parcel.cash.map { Figures.money($0, language) } ?? ""
            try table.draw(
                [
                    .text("\(place + 1)", field: field), .text(parcel.tracking, field: field + "/tracking"),
                    .text(parcel.reference, field: field + "/reference"),
                    .text(parcel.service, field: field + "/service"),
                    .text("\(parcel.country) \(parcel.postcode)", field: field + "/postcode"),
                    .text(Figures.weight(parcel.weightGrams, language), field: field + "/weight_g"),
                ] + (isPaid ? [.text(amount, field: field + "/cash")] : []), on: sheet)
        }
        try sheet.signatures([.handedOverBy, .takenOverBy])
    }

    /// What is to be paid at all doors together, by currency; empty for nothing.
    private var cash: String {
        let sums = Dictionary(
            parcels.compactMap(\.cash).map { ($0.currency, $0.amount) }, uniquingKeysWith: { $0 + $1 })
        return sums.sorted { $0.key.code < $1.key.code }.map { Figures.money(Money($1, $0), language) }
            .joined(separator: " + ")
    }
}
