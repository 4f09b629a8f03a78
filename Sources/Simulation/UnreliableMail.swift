import OrderManagement
import Synchronization

/// A mail server that is away, refuses, or takes a message and loses the answer; and that remembers what it took.
///
/// A class, since the job runner calls what the simulator reads.
final class UnreliableMail: Mailer, MessageRenderer {
    private struct State: Sendable {
        var chance: SplitMix64
        var isReliable = false
        var isAway = false
        var taken: Set<MessageID> = []
    }

    private let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(chance: SplitMix64(seed: seed))) }

    /// From now on it takes everything.
    func becomeReliable() { state.withLock { $0.isReliable = true } }

    /// For a while it answers nothing, or it is back.
    func beAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    var taken: Set<MessageID> { state.withLock { $0.taken } }

    func render(_ kind: Message.Kind, in language: String, own: MessageTemplate?, values: JSON) throws(Refusal)
        -> Letter
    { Letter(subject: kind.rawValue, text: values["number"]?.string ?? "", html: "") }

    func send(_ letter: Letter, to recipient: String, named name: String, as id: MessageID)
        async throws(ConnectorRests) -> SendingOutcome
    {
        try state.withLock { state throws(ConnectorRests) in
            let luck = state.isReliable ? 100 : state.isAway ? 1 : state.chance.number(1...100)
            if luck > 97 && !state.isReliable {
                throw ConnectorRests("too many at once", seconds: Double(state.chance.number(1...900)))
            }
            if luck <= 10 { return .unknown(reason: "away") }
            if luck <= 13, !state.taken.contains(id) { return .refused(reason: "no such mailbox") }
            state.taken.insert(id)
            return luck <= 25 ? .unknown(reason: "the answer was lost") : .sent
        }
    }
}

extension Invariants {
    /// Each event that the channel tells has one message, and the mail server has what the books say was sent; what was
    /// given up it may have or not.
    static func messages(_ taken: Set<MessageID>, orders: [OrderID], in db: any Connection) throws {
        var unknown = taken
        for id in orders {
            let messages = try MessageStore.of(id, limit: 10_000, in: db)
            for message in messages {
                unknown.remove(message.id)
                let isRight = switch message.state {
                case .queued, .failed: true
                case .sent: taken.contains(message.id)
                case .skipped: !taken.contains(message.id)
                }
                guard isRight else {
                    throw Contradiction(
                        law: "one_intent_one_effect",
                        explanation: "\(message.id) is \(message.state.rawValue) here, not so to the mail server")
                }
            }
            try told(id, messages.filter { $0.repeats == nil }, in: db)
        }
        guard unknown.isEmpty else {
            throw Contradiction(
                law: "one_intent_one_effect",
                explanation: "\(unknown.count) messages were sent that the books do not know")
        }
    }

    private static func told(_ id: OrderID, _ messages: [Message], in db: any Connection) throws {
        guard let order = try OrderStore.order(id, in: db), order.customer.email != nil, order.channel == "web" else {
            return
        }
        let events = try EventLog.page(of: id, after: 0, limit: 100_000, in: db)
        for kind in Message.Kind.allCases {
            let type = kind.event.rawValue
            // Money that moves to another order is not given back.
            let happened = try events.filter { event in
                try event.type == type && !event.data.contains(#""paid_to":"exchange""#) && isOfCustomers(event, order)
            }.compactMap(\.sequence)
            let told = messages.filter { $0.kind == kind }.map(\.sequence).sorted()
            // Of another day a customer hears once, though several events of one command say it; and so of a refund
            // over several tenders, of which the last may have refused.
            let isSometimes = kind == .backorderChanged || kind == .promiseChanged
                || kind == .refunded && told.isEmpty == happened.isEmpty
            let refused = kind == .refunded ? events.filter { $0.type == EventType.paymentFailed.rawValue } : []
            let tellable = Set(happened).union(refused.compactMap(\.sequence))
            guard isSometimes ? Set(told).count == told.count && tellable.isSuperset(of: told) : happened == told
            else {
                throw Contradiction(
                    law: "one_intent_one_effect",
                    explanation: "\(order.number): \(type) happened at \(happened), and was told at \(told)")
            }
        }
    }

    /// Whether customers have anything to do with what came back: it is theirs, and something did.
    private static func isOfCustomers(_ event: Event, _ order: Order) throws -> Bool {
        guard event.type == EventType.returnReceived.rawValue else { return true }
        let data = try JSON.parse(event.data)
        let id = data["return"]?.string.flatMap { ReturnID($0) }
        guard let entry = order.returns.first(where: { $0.number == id?.number }), entry.terms.parcel == nil else {
            return false
        }
        return !entry.terms.found.isEmpty || (data["lines"]?.array ?? []).contains { $0["received"]?.integer != 0 }
    }
}
