/// SEAM: draws what lies beside goods, for people to hold in their hands.
public protocol Paperwork: Sendable {
    /// Papers as one PDF, each beginning a page of its own.
    /// - Throws: `.notPrintable`, naming what has no room or no glyph.
    func pdf(of papers: [Paper]) throws(Refusal) -> [UInt8]
    /// Labels of parcels in the language of label printers (ZPL II), for 4 × 6 inches.
    /// - Throws: as `pdf`.
    func zpl(of labels: [(facts: PaperFacts, parcel: Parcel)]) throws(Refusal) -> String
}

/// Something to be printed, with all that stands on it.
public enum Paper: Sendable {
    /// What lies in a shipment, never a price.
    case packingSlip(PaperFacts, Fulfillment)
    /// What a location fetches from its shelves.
    case pickList(PickWalk, at: Timestamp)
    /// What a customer shows at the counter to collect a pickup.
    case pickupCode(PaperFacts, Fulfillment)
    /// What a parcel bears, where its courier leaves the drawing to the retailer.
    case parcelLabel(PaperFacts, Parcel)
    /// What a courier takes along, with a place to sign.
    case handOverList(HandOver, at: Timestamp)
    /// For the parcel of a return by post.
    case returnLabel(PaperFacts, Return)
    /// What is given back and why.
    case creditNote(PaperFacts, CreditMemo)
}

/// An order with everything that its papers name, from one snapshot.
public struct PaperFacts: Sendable {
    public let order: Order
    public let channel: Channel
    /// What items are called, by SKU; one without a name is called by its SKU.
    public let names: [String: String]
    /// The location that hands the goods out, or takes them in.
    public let location: Location
    /// What couriers and their services are called, by `courier` and `courier/service`.
    public let carriers: [String: String]
    /// When it is printed.
    public let at: Timestamp

    /// - Parameter location: Its code.
    /// - Throws: `BrokenInvariant` for an order of a channel or a location that is gone.
    public init(
        _ order: Order, at location: String, _ configuration: Configuration, now: Timestamp, in db: any Connection
    ) throws {
        guard let channel = configuration.channels[order.channel] else {
            throw BrokenInvariant("order \(order.number) is of the unknown channel \(order.channel)")
        }
        guard let place = configuration.locations[location] else {
            throw BrokenInvariant("order \(order.number) is at the unknown location \(location)")
        }
        let goods = order.lines.flatMap { [$0.sku] + $0.goods.map(\.sku) }
        let names = try ItemStore.names(of: Set(goods), in: db)
        var carriers: [String: String] = [:]
        for parcel in order.parcels {
            guard let code = parcel.courier, let courier = configuration.couriers[code] else { continue }
            carriers[code] = courier.name
            let service = courier.tariff.services.first { $0.code == parcel.service }
            carriers["\(code)/\(parcel.service ?? "")"] = service?.name
        }
        self.carriers = carriers
        (self.order, self.channel, self.names, self.location, self.at) = (order, channel, names, place, now)
    }

    public func name(of sku: String) -> String { names[sku] ?? sku }
}
