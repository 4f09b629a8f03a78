import OrderManagement
import Synchronization

/// A courier that is called to places: away, full, too late to be told not to come; it forgets none of its vans.
extension UnreliableCourier {
    struct Call: Sendable {
        let reference: String
        let parcels: Int64
        var isCancelled = false
        /// Once it has said that it comes all the same, it does.
        var isKept = false
    }

    func pickup(of request: PickupRequest) async throws -> PickupOutcome? {
        try state.withLock { state throws(NoAnswer) in
            if state.luck() <= 8 { throw state.noAnswer() }
            state.askedCalls.insert(request.key)
            return state.calls[request.key]?.last.map { .booked(reference: $0.reference) }
        }
    }

    func requestPickup(_ request: PickupRequest) async throws -> PickupOutcome {
        try state.withLock { state throws(NoAnswer) in
            if state.askedCalls.remove(request.key) == nil {
                state.offence = "\(request.key) was called without asking what became of it before"
            }
            if request.closes <= request.ready { state.offence = "\(request.key): \(request.ready)-\(request.closes)" }
            let luck = state.luck()
            if luck <= 8 { throw state.noAnswer() }
            if luck <= 20 {
                state.count("pickup_refused")
                if luck > 17 { throw state.noAnswer() }
                return .refused(reason: "no van is free")
            }
            let count = state.calls.values.reduce(0) { $0 + $1.count }
            let call = Call(reference: "V\(count + 1)", parcels: request.parcels)
            state.calls[request.key, default: []].append(call)
            if luck <= 32 { throw state.noAnswer() }  // it comes, and the answer is lost
            return .booked(reference: call.reference)
        }
    }

    func cancelPickup(_ pickup: BookedPickup) async throws -> VoidOutcome {
        try state.withLock { state throws(NoAnswer) in
            let luck = state.luck()
            if luck <= 8 { throw state.noAnswer() }
            for (key, calls) in state.calls {
                guard let place = calls.firstIndex(where: { $0.reference == pickup.reference }) else { continue }
                if calls[place].isCancelled { return .done }
                if calls[place].isKept || luck <= 20 {
                    if !calls[place].isKept { state.count("pickup_not_cancelled") }
                    state.calls[key]?[place].isKept = true
                    return .refused(reason: "the van has left")
                }
                state.calls[key]?[place].isCancelled = true
                if luck <= 32 { throw state.noAnswer() }  // cancelled, and the answer lost
                return .done
            }
            state.offence = "told not to come for \(pickup.reference), of which it never heard"
            return .refused(reason: "unknown")
        }
    }
}

extension Invariants {
    private static let lists = Statement(
        "SELECT id, manifest, reference FROM hand_overs WHERE manifest <> 'forgone' ORDER BY id")
    private static let calls = Statement(
        """
        SELECT id, state, revision, reference, parcels, connection FROM courier_pickups
        WHERE connection <> 'tariff' ORDER BY id
        """)

    /// At the end couriers make the lists and come to the places that the books say, each once, and nobody waits.
    static func visits(_ courier: UnreliableCourier, in db: any Connection) throws {
        let (made, called) = courier.state.withLock { ($0.lists, $0.calls) }
        var unlisted = Set(made.filter { $0.value != .done(reference: nil, manifest: nil) }.keys)
        try db.query(lists) { row in
            let (name, state) = (HandOverID(try row.integer(0)).description, try row.text(1))
            unlisted.remove(name)
            let expected = made[name] ?? .refused(reason: "")
            let isRight = state == "refused" || state == "made"
                && expected == .done(reference: row.optionalText(2), manifest: nil)
            guard isRight else {
                throw Contradiction(
                    law: "one_intent_one_effect", explanation: "the manifest of \(name) is \(state): \(expected)")
            }
        }
        guard unlisted.isEmpty else {
            throw Contradiction(
                law: "one_intent_one_effect", explanation: "lists that the books do not know: \(unlisted.sorted())")
        }
        var unknown = Set(called.keys)
        try db.query(calls) { row in
            let (id, revision) = (CourierPickupID(try row.integer(0)), try row.integer(2))
            let keys = (1...revision).map { "\(id)-\($0)" }
            unknown.subtract(keys)
            let live = keys.flatMap { called[$0] ?? [] }.filter { !$0.isCancelled }
            let isRight =
                switch CourierPickup.State(rawValue: try row.text(1)) {
                case .booked: try live.count == 1 && live[0].reference == row.optionalText(3)
                        && live[0].parcels == row.integer(4)
                case .kept: live.count == 1 && live[0].isKept
                case .cancelled, .refused: live.isEmpty
                case .requested, .changing, .cancelling, nil: false
                }
            guard isRight else {
                throw Contradiction(
                    law: "one_intent_one_effect",
                    explanation: "\(id) is \(try row.text(1)) as \(row.optionalText(3) ?? "nothing"), and comes for "
                        + "\(live)")
            }
        }
        guard unknown.isEmpty else {
            throw Contradiction(
                law: "one_intent_one_effect", explanation: "vans come of which the books know nothing: \(unknown)")
        }
    }
}
