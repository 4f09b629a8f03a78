/// What a customer is told of an order, once: the intent, committed with the event that causes it, and what became
/// of it.
public struct Message: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        case received, amended, cancelled
        case backorderChanged = "backorder_changed"
        /// What waits, or was sold in advance, comes on another day.
        case promiseChanged = "promise_changed"
        case shipped, delivered
        /// Ready to be collected, with the code; and again shortly before its time is over.
        case ready, reminder
        /// It waits longer than was said.
        case extended
        case returnReceived = "return_received"
        case refunded

        /// The event that is told.
        public var event: EventType {
            switch self {
            case .received: .orderPlaced
            case .amended: .orderAmended
            case .cancelled: .orderCancelled
            case .backorderChanged: .orderBackordered
            case .promiseChanged: .orderPromiseChanged
            case .shipped: .fulfillmentShipped
            case .delivered: .fulfillmentDelivered
            case .ready: .fulfillmentReady
            case .reminder: .fulfillmentReminderDue
            case .extended: .fulfillmentExtended
            case .returnReceived: .returnReceived
            case .refunded: .paymentRefunded
            }
        }

        /// The only way of delivery that it is told of; nil for any.
        public var method: Fulfillment.Method? {
            switch self {
            case .ready, .reminder, .extended: .pickup
            case .shipped, .delivered: .ship
            case .received, .amended, .cancelled, .backorderChanged, .promiseChanged, .returnReceived, .refunded: nil
            }
        }

        fileprivate static let byEvent: [EventType: Kind] = Dictionary(
            uniqueKeysWithValues: allCases.map { ($0.event, $0) })

        init?(telling event: EventType) {
            guard let kind = Self.byEvent[event] else { return nil }
            self = kind
        }
    }

    /// `failed` was given up, and a person told; `skipped` is not to be sent, or not any more, and says why.
    public enum State: String, CaseIterable, Sendable { case queued, sent, failed, skipped }

    public let id: MessageID
    public let order: OrderID
    /// The number of the event, within its order, that it tells.
    public let sequence: Int64
    public let kind: Kind
    /// What the customer asked for, or the channel's: `en`, `de-AT`.
    public let language: String
    public let recipient: String
    /// The message that this one repeats, by somebody's wish.
    public let repeats: MessageID?
    public var state: State = .queued
    public var attempts: Int64 = 0
    /// Why it was skipped, or did not go out; never what a mail server said, which may name people.
    public var reason: String?
    /// What is sent, from the first attempt on: every later one sends the same.
    public var letter: Letter?
    public let createdAt: Timestamp
    public var changedAt: Timestamp

    init(
        id: MessageID, order: OrderID, sequence: Int64, kind: Kind, language: String, recipient: String,
        repeats: MessageID? = nil, letter: Letter? = nil, createdAt: Timestamp
    ) {
        self.id = id
        self.order = order
        self.sequence = sequence
        self.kind = kind
        self.language = language
        self.recipient = recipient
        self.repeats = repeats
        self.letter = letter
        self.createdAt = createdAt
        self.changedAt = createdAt
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.description)
            $0.member("order", order.description)
            $0.member("sequence", sequence)
            $0.member("kind", kind.rawValue)
            $0.member("language", language)
            $0.member("recipient", recipient)
            $0.member("repeats", repeats?.description)
            $0.member("state", state.rawValue)
            $0.member("attempts", attempts)
            $0.member("reason", reason)
            $0.member("subject", letter?.subject)
            $0.member("text", letter?.text)
            $0.member("html", letter?.html)
            $0.member("created_at", createdAt)
            $0.member("changed_at", changedAt)
        }
    }
}

/// A message as it is read: one line, and the same in plain text and in HTML.
public struct Letter: Hashable, Sendable {
    public let subject: String
    public let text: String
    public let html: String

    public init(subject: String, text: String, html: String) {
        self.subject = subject
        self.text = text
        self.html = html
    }
}

extension Order {
    /// Has the customer told of an event, if they have an address and the channel tells such events: the intent is
    /// committed with the event itself.
    func announce(_ event: EventType, in work: inout Work) {
        guard let kind = Message.Kind(telling: event),
            let policy = work.configuration.channels[channel]?.policy.messages
        else { return }
        if kind == .reminder, !policy.reminds { return }
        enqueue(kind, by: policy, due: work.now, in: &work)
    }

    private func enqueue(_ kind: Message.Kind, by policy: MessagePolicy, due: Timestamp, in work: inout Work) {
        guard let recipient = customer.email, policy.kinds.contains(kind) else { return }
        let message = Message(
            id: work.nextIdentifier(at: work.now), order: id, sequence: sequence, kind: kind,
            language: customer.language ?? policy.language, recipient: recipient, createdAt: work.now)
        work.send(message, due: due)
    }
}
