import OrderManagement
import Synchronization

/// A courier that is away, refuses, loses answers, keeps what it should take back, and tells its news late, twice and
/// in any order; and that remembers what it was paid for, for comparison.
///
/// Unlike the connectors' `TestCourier`, which answers people's trials, it is not idempotent: asked to sell by one key
/// again, it sells again, as couriers without keys do. Only who asks first what became of an earlier try pays once. A
/// class, since the job runner calls what the simulator reads.
final class UnreliableCourier: CourierConnection {
    static let connection = "test"

    /// A label that was paid for.
    struct Sale: Sendable {
        let tracking: String
        let price: Money?
        let recipient: Address
        let document: LabelDocument?
        let routing: String?
        var isVoided = false
        /// Once it has said that it does not take it back, it does not.
        var isKept = false

        var outcome: LabelOutcome {
            .bought(
                tracking: tracking, reference: "ref-" + tracking, price: price, document: document, routing: routing)
        }
    }

    /// News that the courier knows from a moment on.
    struct Told: Sendable {
        let news: CourierNews
        let from: Timestamp
    }

    struct State: Sendable {
        var chance: SplitMix64
        var isReliable = false
        var isAway = false
        /// By the request's key, the newest last: more than one is money lost.
        var sales: [String: [Sale]] = [:]
        var keys: [String: String] = [:]
        /// Keys that were asked after since the last try to buy them.
        var asked: Set<String> = []
        var stories: [String: [Told]] = [:]
        /// Its own lists of what it took along, by the hand-over's name.
        var lists: [String: HandOverOutcome] = [:]
        /// Places that it was called to, by the request's key, the newest last: more than one is a van sent in vain.
        var calls: [String: [Call]] = [:]
        var askedCalls: Set<String> = []
        /// What callers did that no courier puts up with.
        var offence: String?
        var mishaps: [String: Int] = [:]

        mutating func luck() -> Int64 { isReliable ? 100 : isAway ? 1 : chance.number(1...100) }

        mutating func count(_ mishap: String) { mishaps[mishap, default: 0] += 1 }

        mutating func noAnswer() -> NoAnswer {
            count("courier_gave_no_answer")
            return NoAnswer()
        }
    }

    struct NoAnswer: Error, CustomStringConvertible {
        let description = "the courier did not answer in time"
    }

    let name = UnreliableCourier.connection
    let state: Mutex<State>
    private let clock: SimulatedClock

    init(seed: UInt64, clock: SimulatedClock) {
        state = Mutex(State(chance: SplitMix64(seed: seed)))
        self.clock = clock
    }

    /// From now on it answers everything, and whatever is under way arrives.
    func becomeReliable() { state.withLock { $0.isReliable = true } }

    /// For a while it answers nothing, or it is back.
    func beAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    /// It was away for long: somebody has it asked what was given up.
    func beAskedAgain(by waybill: OrderManagement) throws {
        let buried = try waybill.readNow { try JobQueue.page(.buried, after: JobID(0), limit: 10_000, in: $0) }
        for job in buried where job.kind.lane == .labels || job.kind.lane == .tracking {
            _ = try waybill.performNow(RetryJob(job: job.id), as: .system)
        }
    }

    var sales: [String: [Sale]] { state.withLock { $0.sales } }
    var offence: String? { state.withLock { $0.offence } }
    var mishaps: [String: Int] { state.withLock { $0.mishaps } }

    // MARK: Labels

    func rates(for request: LabelRequest) async throws -> [CourierRate] {
        [CourierRate(service: request.service, name: request.service, price: Money(1, request.value.currency), days: 1)]
    }

    func buy(_ request: LabelRequest) async throws -> LabelOutcome {
        try state.withLock { state throws(NoAnswer) in
            if state.asked.remove(request.key) == nil {
                state.offence = "\(request.key) was bought without asking what became of it before"
            }
            if request.contents.isEmpty || request.weightGrams < 1 {
                state.offence = "\(request.key) has \(request.contents.count) contents of \(request.weightGrams) g"
            }
            let luck = state.luck()
            if luck <= 8 { throw state.noAnswer() }  // away: nothing was done
            if luck <= 14 {
                state.count("courier_refused")
                if luck > 12 { throw state.noAnswer() }
                return .refused(reason: "no such street")
            }
            let sale = Self.sale(of: request, at: luck > 90 && luck < 96 ? 777 : nil, &state)
            state.sales[request.key, default: []].append(sale)
            state.keys[sale.tracking] = request.key
            if luck <= 24 { throw state.noAnswer() }  // sold, and the answer lost
            return sale.outcome
        }
    }

    private static func sale(of request: LabelRequest, at price: Int64?, _ state: inout State) -> Sale {
        Sale(
            tracking: "L\(10_000 + state.keys.count)", price: price.map { Money($0, request.value.currency) },
            recipient: request.recipient,
            document: state.chance.chance(50) ? LabelDocument(format: .zpl, content: Array("^XA^XZ".utf8)) : nil,
            routing: state.chance.chance(50) ? "S-\(state.keys.count)" : nil)
    }

    func purchase(under key: String) async throws -> LabelOutcome? {
        try state.withLock { state throws(NoAnswer) in
            if state.luck() <= 8 { throw state.noAnswer() }
            state.asked.insert(key)
            return state.sales[key]?.last?.outcome
        }
    }

    func void(_ label: BoughtLabel) async throws -> VoidOutcome {
        try state.withLock { state throws(NoAnswer) in
            let luck = state.luck()
            if luck <= 8 { throw state.noAnswer() }
            guard let key = state.keys[label.tracking], label.reference == "ref-" + label.tracking,
                let place = state.sales[key]?.firstIndex(where: { $0.tracking == label.tracking }),
                let sale = state.sales[key]?[place]
            else {
                state.offence = "asked to take back \(label.tracking), which it never sold"
                return .refused(reason: "unknown")
            }
            if sale.isVoided { return .done }
            if sale.isKept || luck <= 18 {
                if !sale.isKept { state.count("label_not_taken_back") }
                state.sales[key]?[place].isKept = true
                if luck > 14 && luck <= 18 { throw state.noAnswer() }
                return .refused(reason: "older than a day")
            }
            state.sales[key]?[place].isVoided = true
            if luck <= 28 { throw state.noAnswer() }  // taken back, and the answer lost
            return .done
        }
    }

    // MARK: Under way

    func news(of labels: [BoughtLabel]) async throws -> [CourierNews] {
        let now = clock.now
        return try state.withLock { state throws(NoAnswer) in
            if state.luck() <= 10 { throw state.noAnswer() }
            var news: [CourierNews] = []
            for tracking in labels.map(\.tracking) {
                if state.stories[tracking] == nil { state.stories[tracking] = Self.story(of: tracking, now, &state) }
                let known = (state.stories[tracking] ?? []).filter { $0.from <= now }.map(\.news)
                news += known
                if let one = state.chance.any(of: known), state.chance.chance(40) { news.append(one) }
                if state.isReliable {
                    news.append(CourierNews(tracking: tracking, status: .delivered, at: now, event: nil))
                }
            }
            if state.chance.chance(5) {
                news.append(CourierNews(tracking: "SOMEBODY-ELSE", status: .lost, at: now, event: nil))
            }
            return news.map { ($0, state.chance.next()) }.sorted { $0.1 < $1.1 }.map(\.0)
        }
    }

    /// What becomes of a parcel: some of it is left out, told days late, or before it can have happened.
    private static func story(of tracking: String, _ now: Timestamp, _ state: inout State) -> [Told] {
        let ends: [(element: [Parcel.State], weight: Int64)] = [
            ([.delivered], 8), ([.exception, .delivered], 2), ([.exception, .returnedToSender], 1), ([.lost], 1),
            ([.lost, .delivered], 1), ([], 1), ([.exception, .returnedToSender, .delivered], 1),
            ([.lost, .returnedToSender], 1),
        ]
        let states = [.handedOver, .inTransit, .outForDelivery] + state.chance.weighted(ends)
        var at = Timestamp(milliseconds: now.milliseconds - state.chance.number(0...10_000_000))
        return states.enumerated().compactMap { index, status -> Told? in
            at = at + .minutes(state.chance.number(10...900))
            guard !state.chance.chance(15) else { return nil }
            let isEarly = state.chance.chance(4)
            let happened = isEarly ? at + .days(3) : at
            let from = state.chance.chance(25) ? at + .hours(state.chance.number(1...40)) : at
            return Told(
                news: CourierNews(tracking: tracking, status: status, at: happened, event: "\(tracking)-\(index)"),
                from: from)
        }
    }

    /// By one name it makes one list; what it refuses once, it may do when asked again.
    func handOver(_ labels: [BoughtLabel], key: String) async throws -> HandOverOutcome {
        try state.withLock { state throws(NoAnswer) in
            let luck = state.luck()
            if luck <= 10 { throw state.noAnswer() }
            if labels.isEmpty { state.offence = "\(key) names no label that was bought" }
            if let known = state.lists[key] { return known }
            if luck <= 34 {
                state.count("manifest_refused")
                return .refused(reason: "not on Sundays")
            }
            let reference = luck <= 42 ? nil : "list-\(state.lists.count + 1)"
            state.lists[key] = .done(reference: reference, manifest: nil)
            if luck <= 52 { throw state.noAnswer() }  // made, and the answer lost
            return .done(reference: reference, manifest: nil)
        }
    }
}

extension Invariants {
    /// What the courier sold for an order is what the books say it did: each label once.
    ///
    /// - Returns: The keys of its labels.
    @discardableResult
    static func labels(_ sales: [String: [UnreliableCourier.Sale]], of order: Order) throws -> [String] {
        var keys: [String] = []
        for parcel in order.parcels {
            for label in parcel.labels where label.connection == UnreliableCourier.connection {
                let key = "\(ParcelID(order.id, parcel.number))-\(label.number)"
                keys.append(key)
                try compare(label, named: key, with: sales[key] ?? [])
                guard label.state == .bought, parcel.state == .labelled, let sale = sales[key]?.first else { continue }
                guard sale.recipient == order.delivery.address else {
                    throw Contradiction(
                        law: "labels_are_as_ordered",
                        explanation: "\(key) was bought to \(sale.recipient), the order goes to "
                            + "\(String(describing: order.delivery.address))")
                }
            }
        }
        return keys
    }

    private static func compare(_ label: Label, named key: String, with sales: [UnreliableCourier.Sale]) throws {
        let sale = sales.first
        let isSame = sale.map {
            $0.tracking == label.tracking && $0.price ?? label.quoted == label.price && $0.routing == label.routing
        } ?? false
        let isRight =
            switch label.state {
            case .pending, .unwanted: true
            case .failed: sale == nil
            // One that was put on again is what its courier was asked to take back before.
            case .bought: isSame && (label.isRestored || sale?.isVoided == false && sale?.isKept == false)
            case .voiding: isSame
            case .voided: isSame && sale?.isVoided == true
            case .kept: isSame && sale?.isVoided == false
            }
        guard isRight, sales.count <= 1 else {
            throw Contradiction(
                law: "one_intent_one_effect",
                explanation: "\(key) is \(label.state.rawValue) here (\(label.tracking ?? "no number"), "
                    + "\(label.price?.description ?? "no price")); the courier sold \(sales)")
        }
    }

    /// At the end nothing is open with the courier, it sold nothing that the books do not know, and what it gave to be
    /// printed is there.
    static func labels(_ courier: UnreliableCourier, orders: [OrderID], in db: any Connection) throws {
        let sales = courier.sales
        if let offence = courier.offence { throw Contradiction(law: "couriers_are_asked_well", explanation: offence) }
        var unknown = Set(sales.keys)
        for id in orders {
            guard let order = try OrderStore.order(id, in: db) else { continue }
            unknown.subtract(try labels(sales, of: order))
            for parcel in order.parcels {
                let name = ParcelID(id, parcel.number)
                for label in parcel.labels {
                    let isOpen = label.state == .pending || label.state == .unwanted || label.state == .voiding
                    guard !isOpen else {
                        throw Contradiction(
                            law: "nothing_is_stuck",
                            explanation: "the label \(label.number) of \(name) is \(label.state.rawValue), with "
                                + (try Liveness.work(on: id, in: db)))
                    }
                    guard let sale = sales["\(name)-\(label.number)"]?.first else { continue }
                    guard try LabelDocumentStore.document(of: name, label.number, in: db) == sale.document else {
                        throw Contradiction(
                            law: "labels_can_be_printed", explanation: "\(name)-\(label.number) is kept otherwise")
                    }
                }
            }
        }
        guard unknown.isEmpty else {
            throw Contradiction(
                law: "one_intent_one_effect",
                explanation: "labels were bought that the books do not know: \(unknown.sorted().prefix(5))")
        }
    }
}
