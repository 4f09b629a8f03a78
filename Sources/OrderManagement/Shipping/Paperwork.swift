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
    /// What customs wants to know of a parcel: the short form (CN 22), or the long one (CN 23).
    case customsNote(PaperFacts, Parcel, isShort: Bool)
    /// For the parcel of a return by post.
    case returnLabel(PaperFacts, Return)
    /// What is given back and why.
    case creditNote(PaperFacts, CreditMemo)
}
