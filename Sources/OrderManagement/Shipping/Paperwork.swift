/// SEAM: draws what lies beside goods, for people to hold in their hands.
public protocol Paperwork: Sendable {
    /// Papers as one PDF, each beginning a page of its own.
    /// - Throws: `.notPrintable`, naming what has no room or no glyph.
    func pdf(of papers: [Paper]) throws(Refusal) -> [UInt8]
    /// Labels of parcels in the language of label printers (ZPL II), for 4 × 6 inches.
    /// - Throws: as `pdf`.
    func zpl(of labels: [(facts: PaperFacts, parcel: Parcel)]) throws(Refusal) -> String
    /// A paper of the size that label printers have, in their language.
    /// - Throws: as `pdf`, and for papers of other sizes.
    func zpl(of paper: Paper) throws(Refusal) -> String
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
    /// What lies in one of its parcels.
    case parcelSlip(PaperFacts, Fulfillment, Parcel)
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
