/// SEAM: draws what lies beside goods, for people to hold in their hands.
public protocol Paperwork: Sendable {
    /// Papers as one PDF, each beginning a page of its own.
    /// - Throws: `.notPrintable`, naming what has no room or no glyph.
    func pdf(of papers: [Paper]) throws(Refusal) -> [UInt8]
    /// Labels of parcels in the language of label printers (ZPL II), for 4 × 6 inches.
    /// - Throws: as `pdf`.
    func zpl(of labels: [(facts: PaperFacts, parcel: Parcel)]) throws(Refusal) -> String
    /// Labels of many parcels as one print job. One that cannot be printed leaves the rest alone; it is named, with
    /// those that were left out before, on a page of its own at the end.
    /// - Throws: `.notPrintable` where none can be printed.
    func labels(_ batch: LabelBatch, as format: LabelDocument.Format) throws(Refusal) -> LabelPrint
}

/// Labels that are printed together.
public struct LabelBatch: Sendable {
    public struct Entry: Sendable {
        public let facts: PaperFacts
        public let parcel: Parcel
        /// What its courier gave to be printed as it is; nil where the retailer draws it.
        public let document: LabelDocument?

        public init(facts: PaperFacts, parcel: Parcel, document: LabelDocument?) {
            (self.facts, self.parcel, self.document) = (facts, parcel, document)
        }

        public var id: ParcelID { ParcelID(facts.order.id, parcel.number) }
    }

    /// Something that has no label here, and why.
    public struct LeftOut: Hashable, Sendable {
        /// `par_…`, or a fulfillment that nobody knows.
        public let name: String
        /// The number of its order, where it is known.
        public let order: String?
        public let reason: String

        public init(name: String, order: String?, reason: String) {
            (self.name, self.order, self.reason) = (name, order, reason)
        }
    }

    public var entries: [Entry] = []
    public var leftOut: [LeftOut] = []
    public let at: Timestamp

    public init(at: Timestamp) { self.at = at }
}

/// A print job of labels.
public struct LabelPrint: Sendable {
    public let content: [UInt8]
    public let printed: Int
    public let leftOut: [LabelBatch.LeftOut]

    public init(content: [UInt8], printed: Int, leftOut: [LabelBatch.LeftOut]) {
        (self.content, self.printed, self.leftOut) = (content, printed, leftOut)
    }
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
    /// What customs wants to know of a parcel that leaves its customs area.
    case customs(PaperFacts, Parcel)
}

/// An order with everything that its papers name, from one snapshot.
public struct PaperFacts: Sendable {
    public let order: Order
    public let channel: Channel
    /// The order's goods, by SKU; what was never made an item is not among them.
    public let items: [String: Item]
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
        var items: [String: Item] = [:]
        try ItemStore.load(Set(goods).sorted(), in: db) { items[$0.sku] = $0 }
        var carriers: [String: String] = [:]
        for parcel in order.parcels {
            guard let code = parcel.courier, let courier = configuration.couriers[code] else { continue }
            carriers[code] = courier.name
            let service = courier.tariff.services.first { $0.code == parcel.service }
            carriers["\(code)/\(parcel.service ?? "")"] = service?.name
        }
        self.carriers = carriers
        (self.order, self.channel, self.items, self.location, self.at) = (order, channel, items, place, now)
    }

    /// One without a name is called by its SKU.
    public func name(of sku: String) -> String {
        guard let name = items[sku]?.name, !name.isEmpty else { return sku }
        return name
    }
}
