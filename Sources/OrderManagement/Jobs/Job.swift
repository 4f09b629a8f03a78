/// Work for later, as a case: the kind with what it is about.
public enum JobKind: String, CaseIterable, Sendable {
    /// The remorse period of an order is over.
    case passRemorse = "pass_remorse"
    /// Ask the provider to capture, void or refund; the payload names the effect.
    case settleEffect = "settle_effect"
    /// Stock came for a SKU that customers wait for.
    case fillBackorders = "fill_backorders"
    /// A released unit was rejected, or a count took what was promised: source the order again.
    case sourceOrder = "source_order"
    /// A count took what was promised: promises of a SKU at a location look for another place.
    case sourceShortage = "source_shortage"
    /// Goods set aside were not collected in time.
    case expirePickup = "expire_pickup"
}

/// A job in the queue.
public struct Job: Hashable, Sendable {
    public let id: JobID
    public let kind: JobKind
    public let order: OrderID?
    /// What the kind needs to know: a SKU, a number.
    public let payload: String
    public var due: Timestamp
    public var attempts: Int64
    public var lastError: String?

    /// Tried this often, a job is buried and shown to a person.
    public static let attemptsMax: Int64 = 12

    /// Seconds until the next try after `attempts` failures: 2, 4, 8 … at most an hour.
    public static func backOff(after attempts: Int64) -> Seconds {
        Seconds(min(3600, 1 << min(attempts, 12)))
    }
}
