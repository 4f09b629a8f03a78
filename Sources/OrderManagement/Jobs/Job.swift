/// Work for later, as a case: the kind with what it is about.
public enum JobKind: String, CaseIterable, Sendable {
    /// The time of an order's stage is up; the payload names the stage.
    case stageDue = "stage_due"
    /// Units have waited for stock as long as they may.
    case cancelUnfillable = "cancel_unfillable"
    /// A hold's time is up; the payload is its number.
    case liftHold = "lift_hold"
    /// A hold without an end is to be looked at; the payload is its number.
    case reviewHold = "review_hold"
    /// The day is over on which waiting units were expected; the payload is the date.
    case chaseBackorder = "chase_backorder"
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
    /// The provider holds an authorized payment no longer; the payload is its number.
    case expirePayment = "expire_payment"
    /// Ask the provider for a new authorization; the payload is the number of the pending payment.
    case authorizePayment = "authorize_payment"
    /// Goods set aside were not collected in time.
    case expirePickup = "expire_pickup"
    /// An approved return was not sent in time, or goods on their way back are late.
    case expireReturn = "expire_return"
    /// The money of a return was still being captured when its goods came.
    case settleReturn = "settle_return"
    /// A staged amendment was not committed in time; the payload is its number.
    case expireAmendment = "expire_amendment"
    /// Goods set aside will soon go back to stock.
    case remindPickup = "remind_pickup"
    /// Supply of a SKU has changed: those who wait for it are told new dates; the payload names it.
    case promiseBackorders = "promise_backorders"
    /// A location that was paused takes work again; the payload names it.
    case resumeLocation = "resume_location"
    /// Goods that were sold in advance may leave from now on; the payload is the date.
    case releasePreorder = "release_preorder"
    /// An item may leave on another day than was said; the payload names it.
    case movePreorders = "move_preorders"
    /// A channel lets go what it did not before: its orders that wait are looked at; the payload names it.
    case releaseWaiting = "release_waiting"
    /// A user was ended who might have approved: orders that wait for a second person are looked at, those behind the
    /// stage and order that the payload names.
    case reviewApprovals = "review_approvals"
    /// The time of a checkout's reservation is up; the payload names it.
    case expireReservation = "expire_reservation"
    /// Ask a courier for a label; the payload is the parcel's number and the label's.
    case buyLabel = "buy_label"
    /// Items have weights now that had none: labels that failed for want of those are asked for anew. Of an order: a
    /// hold was lifted.
    case askForLabels = "ask_for_labels"
    /// A parcel should have gone, or be at the door; the payload is its number.
    case chaseParcel = "chase_parcel"
    /// Ask a courier for news of a parcel; the payload is its number.
    case followParcel = "follow_parcel"
    /// Ask a courier for news of the parcel of a return; the payload is the return's number.
    case followReturn = "follow_return"
    /// The parcel of a return was not heard of, or lies where it arrived; the payload is the return's number.
    case chaseReturn = "chase_return"
    /// Work of a location should have left, or be ready; the payload is the fulfillment's number.
    case chaseWork = "chase_work"
    /// Work should have left, or be ready, and is still to be released by a person; the payload is the fulfillment's
    /// number.
    case chaseRelease = "chase_release"
    /// Supply should be here; the payload is its identifier as a number.
    case chaseInbound = "chase_inbound"
    /// What is brought to a store for an order should be here; the payload is the transfer's identifier as a number.
    case chaseTransfer = "chase_transfer"
    /// Ask a courier for its list of what it took along; the payload names the hand-over.
    case makeManifest = "make_manifest"
    /// Call a courier to a location, or tell it not to come; the payload names the pickup.
    case arrangePickup = "arrange_pickup"
    /// The time is over at which a courier was called, and which a person was told of; the payload names the pickup.
    case endCourierPickup = "end_courier_pickup"
    /// Ask a courier to take a label back; the payload is the parcel's number and the label's.
    case voidLabel = "void_label"
    /// A customer is to be told something; the payload names the message.
    case sendMessage = "send_message"
}

/// Jobs that wait for each other: a pass ends with its slowest. What asks others outside, who answer when they like,
/// has lanes of its own and delays nothing else.
public enum JobLane: String, CaseIterable, Sendable {
    /// What stages, payments, stock and orders need.
    case work
    case mail
    /// Labels are bought and taken back.
    case labels
    /// Couriers are asked for news; there are many parcels under way, and none of them is in a hurry.
    case tracking

    /// Jobs taken up per pass: what is not in a hurry leaves threads and the couriers' patience to labels.
    var claimMax: Int {
        switch self {
        case .work, .mail: 64
        case .labels: 32
        case .tracking: 16
        }
    }
}

extension JobLane {
    /// Whether each connection has it for itself: one that is slow keeps nobody but its own jobs waiting.
    public var isOfConnections: Bool {
        switch self {
        case .labels, .tracking: true
        case .work, .mail: false
        }
    }
}

/// Whose jobs of a lane are meant, by the connection that they ask.
public enum JobAsks: Hashable, Sendable {
    case anybody
    case connection(String)
    /// Those that ask nobody of these.
    case others(than: Set<String>)
}

extension JobKind {
    public var lane: JobLane {
        switch self {
        case .sendMessage: .mail
        case .buyLabel, .voidLabel, .makeManifest, .arrangePickup: .labels
        case .followParcel, .followReturn: .tracking
        case .stageDue, .cancelUnfillable, .liftHold, .settleEffect, .fillBackorders, .sourceOrder, .sourceShortage,
            .settleShortage, .expirePayment, .authorizePayment, .expirePickup, .expireReturn, .settleReturn,
            .expireAmendment, .remindPickup, .promiseBackorders, .resumeLocation, .releasePreorder, .movePreorders,
            .releaseWaiting, .expireReservation, .chaseParcel, .chaseReturn, .chaseWork, .chaseInbound,
            .chaseTransfer, .endCourierPickup, .askForLabels, .reviewHold, .chaseBackorder, .chaseRelease,
            .reviewApprovals:
            .work
        }
    }
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
    /// Three days of tries: a mail server may be away for a weekend (RFC 5321, section 4.5.4.1), and so may a courier
    /// that has news to tell or a label to take back. A label that is not bought keeps a parcel waiting: a person hears
    /// of it sooner.
    public static let attemptsOfMailMax: Int64 = 84

    var attemptsMax: Int64 {
        switch kind {
        case .sendMessage, .voidLabel, .followParcel, .followReturn: Self.attemptsOfMailMax
        case .stageDue, .cancelUnfillable, .liftHold, .settleEffect, .fillBackorders, .sourceOrder, .sourceShortage,
            .settleShortage, .expirePayment, .authorizePayment, .expirePickup, .expireReturn, .settleReturn,
            .expireAmendment, .remindPickup, .promiseBackorders, .resumeLocation, .releasePreorder, .movePreorders,
            .releaseWaiting, .expireReservation, .chaseParcel, .chaseReturn, .chaseWork, .chaseInbound,
            .chaseTransfer, .buyLabel, .askForLabels, .makeManifest, .arrangePickup, .endCourierPickup,
            .reviewHold, .chaseBackorder, .chaseRelease, .reviewApprovals:
            Self.attemptsMax
        }
    }

    /// Seconds until the next try after `attempts` failures: 2, 4, 8 … at most an hour.
    public static func backOff(after attempts: Int64) -> Seconds {
        Seconds(min(backOffMax.count, 1 << min(attempts, 12)))
    }

    static let backOffMax = Seconds.hours(1)

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

extension Work {
    /// A job that waits to be done. - Throws: `.notFound` for one that is done already.
    func waiting(_ id: JobID) throws(Refusal) -> Job {
        guard let job = job(id) else { throw Refusal(.notFound, "the job \(id) is done already") }
        return job
    }

    /// Takes a job off the queue: the command that runs does what it asks for.
    /// - Returns: It, as it was queued.
    /// - Throws: `.notFound` for one that is done already, by whoever did it.
    @discardableResult
    mutating func end(_ id: JobID) throws(Refusal) -> Job {
        let job = try waiting(id)
        finish(id)
        return job
    }
}
