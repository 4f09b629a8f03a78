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

        public init(
            tracking: String, reference: String, service: String, postcode: String, country: String, weightGrams: Int64
        ) {
            (self.tracking, self.reference, self.service) = (tracking, reference, service)
            (self.postcode, self.country, self.weightGrams) = (postcode, country, weightGrams)
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
            (.totalWeight, Figures.weight(grams, language), "parcels"),
        ])
        let table = Table(columns: [
            Table.Column(title: language(.number), share: 0.07, style: .plain(8, min: 6), lines: 1),
            Table.Column(title: language(.tracking), share: 0.3, style: .bold(9, min: 6), lines: 2),
            Table.Column(title: language(.reference), share: 0.2, style: .plain(8.5, min: 6).cut, lines: 4),
            Table.Column(title: language(.service), share: 0.17, style: .plain(8.5, min: 6).cut, lines: 2),
            Table.Column(title: language(.destination), share: 0.14, style: .plain(8.5, min: 6).cut, lines: 1),
            Table.Column(
                title: language(.weight), share: 0.12, style: .plain(8.5, min: 6).aligned(.trailing), lines: 1),
        ])
        try table.drawTitles(on: sheet)
        for (place, parcel) in parcels.enumerated() {
            let field = "parcels/\(place)"
            try table.draw(
                [
                    .text("\(place + 1)", field: field), .text(parcel.tracking, field: field + "/tracking"),
                    .text(parcel.reference, field: field + "/reference"),
                    .text(parcel.service, field: field + "/service"),
                    .text("\(parcel.country) \(parcel.postcode)", field: field + "/postcode"),
                    .text(Figures.weight(parcel.weightGrams, language), field: field + "/weight_g"),
                ], on: sheet)
        }
        try sheet.signatures([.handedOverBy, .takenOverBy])
    }
}
