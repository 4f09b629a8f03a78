import TestSupport

@testable import OrderManagement
@testable import Server

/// What has states.
enum Noun: String, CaseIterable, Sendable {
    case order, hold, stage, memo, exception, fulfillment, parcel, `return`, payment, amendment, transfer, inbound,
        reservation, job, message

    /// The thing that a path ends at: its last parameter names it.
    init?(of endpoint: Endpoint) {
        let parts = endpoint.path.split(separator: "/").drop { $0 == "v1" || $0 == "stock" }.map(String.init)
        guard let place = parts.lastIndex(where: { $0.hasPrefix("{") }), place > 0 else { return nil }
        switch parts[place - 1] {
        case "credit-memos": self = .memo
        case "inbound": self = .inbound
        case let collection: self.init(rawValue: String(collection.dropLast()))
        }
    }
}

/// One thing and its state, with the moves that are open.
struct Thing: Sendable {
    let noun: Noun
    let number: Int
    let state: String
    /// Where each action leads.
    let moves: [String: String]
    /// States that moves lead to, over any number of steps; its own included.
    let reachable: Set<String>
    /// Whether refusals must name its moves: those of tables are named.
    let hasTable: Bool

    var name: String { "\(noun.rawValue) \(number)" }

    /// A thing of a lifecycle. - Parameter moves: those of its exits that are open to the thing itself.
    init<State: Lifecycle>(_ noun: Noun, _ number: Int, _ state: State, moves: [State.Action: State]? = nil) {
        var known: Set<State> = [state]
        var ahead = [state]
        while let next = ahead.popLast() {
            for follower in next.exits.values where known.insert(follower).inserted { ahead.append(follower) }
        }
        self.noun = noun
        self.number = number
        self.state = state.rawValue
        self.moves = Dictionary(
            uniqueKeysWithValues: (moves ?? state.exits).map { ($0.key.rawValue, $0.value.rawValue) })
        reachable = Set(known.map(\.rawValue))
        hasTable = true
    }

    /// A thing that has states and no table.
    init(_ noun: Noun, _ number: Int, _ state: String, moves: [String: String]) {
        self.noun = noun
        self.number = number
        self.state = state
        self.moves = moves
        reachable = Set(moves.values).union([state])
        hasTable = false
    }
}

/// The things of a shop in the state that a test asks for.
struct Situation: Sendable {
    var order: OrderID?
    var transfer: TransferID?
    var inbound: InboundID?
    var reservation: ReservationID?
    var exception: ExceptionID?
    var job: JobID?
    var message: MessageID?
    /// The name of its order's first credit memo.
    var memo: String?
    /// Where what comes back is taken in.
    var counter = "LONDON"
    /// What the courier calls its parcel; nil where there is no courier.
    var tracking: String?

    /// Where a call on one of its things leads; of several things of a kind it is the first.
    func path(of endpoint: Endpoint) -> String? {
        var parts = endpoint.path.split(separator: "/").map(String.init)
        for index in parts.indices where parts[index].hasPrefix("{") {
            guard let name = name(of: parts[index], in: parts[index - 1]) else { return nil }
            parts[index] = name
        }
        return "/" + parts.joined(separator: "/")
    }

    private func name(of parameter: String, in collection: String) -> String? {
        switch collection {
        case "orders": order?.description
        case "fulfillments": order.map { FulfillmentID($0, 1).description }
        case "parcels": order.map { ParcelID($0, 1).description }
        case "returns": order.map { ReturnID($0, 1).description }
        case "payments": order.map { PaymentID($0, 1).description }
        case "amendments": order.map { AmendmentID($0, 1).description }
        case "holds": order.map { HoldID($0, 1).description }
        case "credit-memos": memo
        case "stages": "remorse"
        case "transfers": transfer?.description
        case "inbound": inbound?.description
        case "reservations": reservation?.description
        case "exceptions": exception?.description
        case "jobs": job?.description
        case "messages": message?.description
        default: nil
        }
    }

    /// Everything of it that has states.
    func things(in shop: TestSystem) throws -> [Thing] {
        var found: [Thing] = []
        if let id = order { found += try things(of: shop.order(id)) }
        try shop.waybill.readNow { db in
            if let transfer, let known = try TransferStore.transfer(transfer, in: db) {
                found.append(Thing(.transfer, 1, known.state))
            }
            if let inbound, let known = try InboundStore.supply(inbound, in: db) {
                found.append(Thing(.inbound, 1, known.state))
            }
            if let reservation, let known = try ReservationStore.reservation(reservation, in: db) {
                found.append(Thing(.reservation, 1, known.state))
            }
            if let exception, let known = try ExceptionStore.exception(exception, in: db) {
                let moves = known.isOpen ? ["resolve": "resolved", "assign": "open"] : [:]
                found.append(Thing(.exception, 1, known.isOpen ? "open" : "resolved", moves: moves))
            }
            if let job, let known = try JobQueue.page(nil, after: JobID(job.value - 1), limit: 1, in: db).first {
                let moves = known.state == .buried ? ["retry": Job.State.waiting.rawValue] : [:]
                found.append(Thing(.job, 1, known.state.rawValue, moves: moves))
            }
            if let message, let known = try MessageStore.message(message, in: db) {
                // What is sent again is another message: the first one stays what it is.
                let moves = known.state == .queued ? [:] : ["resend": known.state.rawValue]
                found.append(Thing(.message, 1, known.state.rawValue, moves: moves))
            }
        }
        return found
    }

    private func things(of order: Order) -> [Thing] {
        let overall = OrderStatus(of: order).overall
        var found = [Thing(.order, 1, overall.rawValue, moves: [:])]
        found += order.fulfillments.map { Thing(.fulfillment, $0.number, $0.state, moves: $0.moves) }
        found += order.parcels.map { Thing(.parcel, $0.number, $0.state) }
        found += order.returns.map { Thing(.return, $0.number, $0.state) }
        found += order.payments.map { Thing(.payment, $0.number, $0.state) }
        found += order.amendments.map { Thing(.amendment, $0.number, $0.state) }
        found += order.holds.map { hold in
            Thing(.hold, hold.number, hold.stands ? "stands" : "lifted", moves: hold.stands ? ["lift": "lifted"] : [:])
        }
        found += order.gates.filter { $0.name == "remorse" }.map { gate in
            let isOpen = gate.state != .passed && overall == .open
            return Thing(.stage, 1, gate.state.rawValue, moves: isOpen ? ["pass": "passed", "fail": "failed"] : [:])
        }
        found += order.memos.prefix(1).map { memo in
            let isOpen = order.outstanding(of: memo) > 0
            return Thing(.memo, 1, isOpen ? "outstanding" : "paid", moves: isOpen ? ["refund": "paid"] : [:])
        }
        return found
    }
}
