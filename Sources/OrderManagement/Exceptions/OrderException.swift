/// Something that needs a person: its cause, who owns it, and what is suggested.
public struct OrderException: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// A count found less than was promised.
        case short
        /// No location is left that could fill the units.
        case rejectedEverywhere = "rejected_everywhere"
        case paymentFailed = "payment_failed"
        /// The provider holds the money no longer, and goods are still to be sent.
        case authorizationExpired = "authorization_expired"
        case stageFailed = "stage_failed"
        /// A person must judge.
        case stageReview = "stage_review"
        /// Nobody has decided in time.
        case stageOverdue = "stage_overdue"
        /// Something is wrong with the address.
        case address
        case buriedJob = "buried_job"
        /// A payment provider, a courier or the mail server does not answer, and jobs wait for it.
        case connectorDown = "connector_down"
        /// The time to collect goods is over, and the channel leaves it to a person what becomes of them.
        case notCollected = "not_collected"
        /// A customer asked to send goods back by post, and nobody has answered in time.
        case returnUnanswered = "return_unanswered"
        /// Goods of a return are here, and nobody has judged them or given their money.
        case returnUnsettled = "return_unsettled"
        /// The parcel of a return has arrived, and nobody has received it.
        case returnUnreceived = "return_unreceived"
        /// The parcel of a return has turned up after the return was closed without it.
        case returnTurnedUp = "return_turned_up"
        /// Goods of a return are late, or its courier lost them.
        case returnOverdue = "return_overdue"
        /// The return of an exchange brought less than the order that went out for it needs.
        case exchangeUnpaid = "exchange_unpaid"
        /// Goods came back that are not of the order.
        case wrongItem = "wrong_item"
        /// Picked goods lie beside a job that is over.
        case putBack = "put_back"
        /// A labelled parcel must not leave as it is.
        case interception
        /// No service takes a packed parcel, or its courier sells no label for it, or does not take one back.
        case labelFailed = "label_failed"
        /// A courier took far more for a label than was expected.
        case priceChanged = "price_changed"
        /// A labelled parcel missed its courier.
        case notHandedOver = "not_handed_over"
        /// A courier makes no list of what it took along, for a reason that can be seen to.
        case manifestRefused = "manifest_refused"
        /// A courier does not come when it is called, or comes although it was told not to.
        case pickupRefused = "pickup_refused"
        /// Nothing was heard of a parcel since it was promised to be at the door.
        case trackingSilent = "tracking_silent"
        /// A parcel does not arrive any more, and nobody has decided what the customer gets.
        case parcelLost = "parcel_lost"
        /// A parcel came after all, though it was settled as lost; or it left, though its order was changed before.
        case parcelFound = "parcel_found"
        /// A courier reports trouble with a parcel.
        case deliveryProblem = "delivery_problem"
        /// A courier says that a parcel is lost that it had called delivered.
        case deliveryDisputed = "delivery_disputed"
        /// A courier has a parcel that nobody has shipped.
        case leftUnshipped = "left_unshipped"
        /// A courier has a parcel under a label that was taken off.
        case oldLabelUsed = "old_label_used"
        /// A courier tells of a number that several parcels bear.
        case numberShared = "number_shared"
        case brokenInvariant = "broken_invariant"
        /// Units that were sent to another location never came there.
        case transferShort = "transfer_short"
        /// More came than was announced.
        case excess
        /// What a location expects has not come by its day.
        case inboundOverdue = "inbound_overdue"
        /// What a location was to send a store for an order has not come by its day.
        case transferOverdue = "transfer_overdue"
        /// A location has not sent in time what it has to do, or not made it ready; or nobody has released it in time.
        case workLate = "work_late"
        /// Units still wait though the day has passed on which they were expected.
        case backorderOverdue = "backorder_overdue"
        /// A hold without an end stands, and it was to be looked at.
        case holdOverdue = "hold_overdue"
    }

    public let id: ExceptionID
    public let kind: Kind
    public var isOpen: Bool
    public let order: OrderID?
    /// What of the order it is about, or which job: `job_…`, `refund-3`, the name of a stage.
    public let subject: String?
    /// The goods that it is about, where what becomes of them is to be said, or where they are to be packed otherwise
    /// for somebody to take them; empty for none.
    public var goods: [SKUQuantity] = []
    public let sku: String?
    public let location: String?
    public var cause: String
    /// Who should look: a location, `operations`, `customer_service`, `finance`.
    public let owner: String
    /// Who has taken it on.
    public var assignee: String?
    /// What could be done, as a sentence.
    public var suggestion: String
    public let openedAt: Timestamp
    /// When it should be settled.
    public var due: Timestamp
    /// Whether what goes out once more for its parcel cannot be stopped any more; false until a reader has looked.
    var isPastStopping = false
    /// Whether nothing is owed for the goods that it is about; false until a reader has looked.
    var isOwedNothing = false
    /// The job that asks for the money that it waits for, and was given up; nil until a reader has looked.
    var givenUpJob: JobID?
    /// Whether its courier is not to be called again: it comes; false until a reader has looked.
    var isPastCalling = false
    /// What can be done about a label that failed, as couriers are now; nil until a reader has looked.
    var labelOutlook: LabelOutlook?
    /// Whether nobody may answer at its stage but who had a part in what is judged; false until a reader has looked.
    var isUnanswerable = false
    /// The message that its job was to send; nil for other jobs, and until a reader has looked.
    var message: MessageID?
    public var resolvedAt: Timestamp?
    public var resolution: String?

    /// - Parameters:
    ///   - order: What it is about as it is now, if it is about an order: what can be done depends on it.
    ///   - principal: Who reads it: they are offered what they may do.
    public func write(to json: inout JSONWriter, about order: Order? = nil, for principal: Principal) {
        json.object {
            $0.member("id", id.description)
            $0.member("kind", kind.rawValue)
            $0.member("status", isOpen ? "open" : "resolved")
            $0.member("order", self.order?.description)
            $0.member("subject", subject)
            $0.member("sku", sku)
            $0.member("location", location)
            $0.array("goods") { list in
                for part in goods {
                    list.object {
                        $0.member("sku", part.sku)
                        $0.member("quantity", part.quantity)
                    }
                }
            }
            $0.member("cause", cause)
            $0.member("owner", owner)
            $0.member("assignee", assignee)
            $0.member("suggestion", suggestion)
            $0.array("actions") { list in
                for action in actions(about: order, for: principal) { action.write(to: &list) }
            }
            $0.member("opened_at", openedAt)
            $0.member("due", due)
            $0.member("resolved_at", resolvedAt)
            $0.member("resolution", resolution)
        }
    }
}

extension Order {
    /// The return that an exception is about, while its customer waits for an answer.
    func unansweredReturn(_ subject: String?) -> Return? {
        guard let id = subject.flatMap({ ReturnID($0) }) else { return nil }
        return part(id).flatMap { $0.state == .requested ? $0 : nil }
    }

    /// The return that an exception is about, while it is here and its customer waits for the money.
    func unsettledReturn(_ subject: String?) -> Return? {
        guard let id = subject.flatMap({ ReturnID($0) }) else { return nil }
        return part(id).flatMap { $0.isUnsettled ? $0 : nil }
    }

    /// The return that an exception is about, while some of it is still to come and late, or lost.
    func overdueReturn(_ subject: String?) -> Return? {
        guard let id = subject.flatMap({ ReturnID($0) }) else { return nil }
        return part(id).flatMap { $0.state.isOpen && $0.isWaiting && $0.terms.isOverdue ? $0 : nil }
    }

    /// The lost parcel that an exception is about, while nobody has settled it.
    func lostParcel(_ subject: String?) -> Parcel? {
        parcel(named: subject).flatMap { $0.state == .lost && $0.claim == nil ? $0 : nil }
    }

    /// Resolves one of its exceptions, and tells it.
    mutating func resolve(_ exception: OrderException, because reason: String, in work: inout Work) {
        exceptions.removeAll { $0.id == exception.id }
        let resolved = work.resolve(exception, reason)
        work.record(.exceptionResolved, on: &self) { resolved.writeResolution(to: &$0) }
    }

    /// Says in one of its exceptions what is so by now, and tells it.
    mutating func tell(_ exception: OrderException, cause: String, suggestion: String, in work: inout Work) {
        guard let place = exceptions.firstIndex(where: { $0.id == exception.id }) else { return }
        var told = exception
        (told.cause, told.suggestion) = (cause, suggestion)
        work.replace(exceptions[place], by: told)
        exceptions[place] = told
        work.record(.exceptionUpdated, on: &self) { told.writeUpdate(to: &$0) }
    }

    /// Resolves the exceptions that what the order has become settles, and tells it.
    mutating func resolveSettledExceptions(in work: inout Work) {
        for exception in exceptions {
            guard var reason = exception.settledReason(by: self) else { continue }
            // Of what a person has done with a return, and no courier told, it is known who did.
            if exception.kind == .trackingSilent, reason != Self.heardAgain {
                reason = "\(work.principal.name) has said that \(reason)."
            }
            resolve(exception, because: reason, in: &work)
            // One scan is not the door: silence that follows it is told as well.
            guard exception.kind == .trackingSilent, let parcel = parcel(named: exception.subject),
                !parcel.state.isFinal
            else { continue }
            work.enqueue(
                .chaseParcel, of: id, payload: String(parcel.number), due: work.now + Self.silenceMax)
        }
    }
}

extension OrderException.Kind {
    /// Whether its subject is a stage.
    var isOfStage: Bool {
        switch self {
        case .stageFailed, .stageReview, .stageOverdue, .address: true
        case .short, .rejectedEverywhere, .paymentFailed, .authorizationExpired, .buriedJob, .connectorDown,
            .notCollected,
            .returnUnanswered, .returnUnsettled, .returnUnreceived, .returnTurnedUp, .returnOverdue, .wrongItem,
            .putBack, .interception,
            .transferShort, .labelFailed, .priceChanged, .notHandedOver, .trackingSilent, .parcelLost, .parcelFound,
            .exchangeUnpaid, .excess, .brokenInvariant, .manifestRefused, .pickupRefused, .deliveryProblem,
            .deliveryDisputed, .leftUnshipped, .inboundOverdue, .transferOverdue, .workLate, .oldLabelUsed,
            .numberShared, .backorderOverdue, .holdOverdue:
            false
        }
    }
}

extension OrderException {
    /// What the event `exception.opened` tells.
    func writeOpening(to json: inout JSONWriter) {
        writeUpdate(to: &json)
        json.member("owner", owner)
    }

    /// What the event `exception.updated` tells.
    func writeUpdate(to json: inout JSONWriter) {
        json.member("exception", id.description)
        json.member("kind", kind.rawValue)
        if let subject { json.member("subject", subject) }
        if let sku { json.member("sku", sku) }
        if let location { json.member("location", location) }
        json.member("cause", cause)
    }

    /// What the event `exception.resolved` tells.
    func writeResolution(to json: inout JSONWriter) {
        json.member("exception", id.description)
        json.member("kind", kind.rawValue)
        json.member("resolution", resolution)
    }
}

extension Work {
    /// Puts an exception in place of itself as it stands in its order, loaded or not.
    fileprivate mutating func replace(_ exception: OrderException, by told: OrderException) {
        if !rows.exceptions.isLoaded(exception.id) { rows.exceptions.load(exception.id, exception) }
        rows.exceptions.put(told.id, told)
    }
}

/// Exceptions that stand in no order.
extension Work {
    /// Settles one, and tells it.
    mutating func resolve(_ exception: OrderException, because reason: String) {
        let resolved = resolve(exception, reason)
        record(.exceptionResolved) { resolved.writeResolution(to: &$0) }
    }

    /// Says in one what is so by now, and tells it.
    /// - Returns: The exception as it is now.
    @discardableResult
    mutating func tell(_ exception: OrderException, cause: String) -> OrderException {
        var told = exception
        told.cause = cause
        update(told)
        let updated = told
        record(.exceptionUpdated) { updated.writeUpdate(to: &$0) }
        return updated
    }
}
