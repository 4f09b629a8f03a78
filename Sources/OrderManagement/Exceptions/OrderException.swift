/// Something that needs a person: its cause, who owns it, and what is suggested.
public struct OrderException: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// A count found less than was promised.
        case short
        /// No location is left that could fill the units.
        case rejectedEverywhere = "rejected_everywhere"
        case paymentFailed = "payment_failed"
        case stageFailed = "stage_failed"
        case buriedJob = "buried_job"
        case notCollected = "not_collected"
        /// Picked goods lie beside a job that is over.
        case putBack = "put_back"
        /// A labelled parcel must not leave as it is.
        case interception
        case brokenInvariant = "broken_invariant"
    }

    public let id: ExceptionID
    public let kind: Kind
    public var isOpen: Bool
    public let order: OrderID?
    public let sku: String?
    public let location: String?
    public let cause: String
    /// Who should look: a location, `operations`, `customer_service`, `finance`.
    public let owner: String
    /// What could be done, as a sentence.
    public let suggestion: String
    public let openedAt: Timestamp
    public let due: Timestamp
    public var resolvedAt: Timestamp?
    public var resolution: String?

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.description)
            $0.member("kind", kind.rawValue)
            $0.member("status", isOpen ? "open" : "resolved")
            $0.member("order", order?.description)
            $0.member("sku", sku)
            $0.member("location", location)
            $0.member("cause", cause)
            $0.member("owner", owner)
            $0.member("suggestion", suggestion)
            $0.member("opened_at", openedAt)
            $0.member("due", due)
            $0.member("resolved_at", resolvedAt)
            $0.member("resolution", resolution)
        }
    }
}
