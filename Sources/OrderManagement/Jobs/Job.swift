/// Work for later, as a case: the kind with what it is about.
public enum JobKind: String, CaseIterable, Sendable {
    /// The time of an order's stage is up; the payload names the stage.
    case stageDue = "stage_due"
    /// Ask the provider to capture, void or refund; the payload names the effect.
    case settleEffect = "settle_effect"
    /// Stock came for a SKU that customers wait for.
    case fillBackorders = "fill_backorders"
    /// A released unit was rejected, or a count took what was promised: source the order again.
    case sourceOrder = "source_order"
    /// A count took what was promised: promises of a SKU at a location look for another place.
    case sourceShortage = "source_shortage"
    /// A shortage is gone: what told people of it is settled.
    case settleShortage = "settle_shortage"
    /// Goods set aside were not collected in time.
    case expirePickup = "expire_pickup"
    /// An approved return was not sent in time, or goods on their way back are late.
    case expireReturn = "expire_return"
    /// The money of a return was still being captured when its goods came.
    case settleReturn = "settle_return"
}

/// A job in the queue.
public struct Job: Hashable, Sendable {
    /// One that was given up is buried.
    public enum State: String, CaseIterable, Sendable { case waiting, buried }

    public let id: JobID
    public let kind: JobKind
    public let order: OrderID?
    /// What the kind needs to know: a SKU, a number.
    public let payload: String
    public var due: Timestamp
    public var attempts: Int64
    public var lastError: String?
    public var state: State
    /// The exception that shows a buried one to a person.
    public var exception: ExceptionID?
    public let createdAt: Timestamp

    /// Tried this often, a job is buried and shown to a person.
    public static let attemptsMax: Int64 = 12

    /// Seconds until the next try after `attempts` failures: 2, 4, 8 … at most an hour.
    public static func backOff(after attempts: Int64) -> Seconds {
        Seconds(min(3600, 1 << min(attempts, 12)))
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.description)
            $0.member("kind", kind.rawValue)
            $0.member("state", state.rawValue)
            $0.member("order", order?.description)
            $0.member("payload", payload)
            $0.member("attempts", attempts)
            $0.member("last_error", lastError)
            $0.member("exception", exception?.description)
            $0.member("due", due)
            $0.member("created_at", createdAt)
        }
    }
}
