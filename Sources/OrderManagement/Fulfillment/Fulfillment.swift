/// A job at one location for one order: units to send, or to set aside for collection.
public struct Fulfillment: Hashable, Sendable {
    public enum Method: String, CaseIterable, Sendable { case ship, pickup }

    /// The states and what leads from each to the next (`domain.md`, States).
    public enum State: String, Lifecycle {
        case open, released, accepted, picking, packed, shipped, delivered, ready, collected, expired, rejected,
            cancelled
        public enum Action: String, CaseIterable, Sendable {
            case release, accept, reject, pick, pack, unpack, ship, deliver, makeReady = "make_ready", collect, expire,
                cancel

            /// The method that knows it; nil for both.
            var method: Method? {
                switch self {
                case .ship, .deliver: .ship
                case .makeReady, .collect, .expire: .pickup
                case .release, .accept, .reject, .pick, .pack, .unpack, .cancel: nil
                }
            }
        }
        public static let noun = "fulfillment"
        public var exits: [Action: State] {
            switch self {
            case .open: [.release: .released, .cancel: .cancelled]
            case .released: [.accept: .accepted, .reject: .rejected, .cancel: .cancelled]
            case .accepted: [.pick: .picking, .reject: .rejected, .cancel: .cancelled]
            case .picking: [.pick: .picking, .pack: .packed, .reject: .rejected, .cancel: .cancelled]
            case .packed: [.ship: .shipped, .makeReady: .ready, .unpack: .picking, .cancel: .cancelled]
            case .shipped: [.deliver: .delivered]
            case .ready: [.collect: .collected, .expire: .expired, .cancel: .cancelled]
            case .delivered, .collected, .expired, .rejected, .cancelled: [:]
            }
        }

        /// Whether its units stand in the location's `allocated` bucket.
        public var holdsStock: Bool {
            switch self {
            case .open, .released, .accepted, .picking, .packed, .ready: true
            case .shipped, .delivered, .collected, .expired, .rejected, .cancelled: false
            }
        }
    }

    /// Units of one order line.
    public struct Line: Hashable, Sendable {
        /// The order line's number.
        public let line: Int
        public var quantity: Int64
        public var picked: Int64 = 0
    }

    public let number: Int
    public let location: String
    public let method: Method
    public private(set) var state: State = .open
    /// The latest moment to hand over to the courier; for pickup, to be ready.
    public var shipBy: Timestamp
    /// What the customer was told: at the door, or ready to collect.
    public var deliverBy: Timestamp
    public var lines: [Line]
    public var updatedAt: Timestamp
    /// What its units are still to come by: until they are at the location, they are allocated or under way there.
    public var transfer: TransferID?
    /// Until when goods that are ready wait to be collected.
    public var collectBy: Timestamp?
    /// The day of its location on which it is counted, where the location takes only so much work a day.
    public var workDay: Int64?
    /// Who took the goods at the store, as they said; nil while nobody has.
    public var collectedBy: String?
    /// By what they were known; nil as long as nobody has collected it, and where that was before this was kept.
    public var collectorCheck: CollectorProof?
    /// A task for the location, such as putting goods back; nil for none.
    public var note: String?

    public init(
        number: Int, location: String, method: Method, shipBy: Timestamp, deliverBy: Timestamp, lines: [Line],
        at now: Timestamp
    ) {
        self.number = number
        self.location = location
        self.method = method
        self.shipBy = shipBy
        self.deliverBy = deliverBy
        self.lines = lines
        self.updatedAt = now
    }

    public var units: Int64 { lines.reduce(0) { $0 + $1.quantity } }

    /// The moves that are open: a pickup is never shipped, and what is shipped is never made ready to collect.
    public var moves: [State.Action: State] { state.exits.filter { $0.key.method ?? method == method } }

    /// The state that an action leads to.
    /// - Throws: `.illegalTransition`; also for shipping a pickup, or making a delivery ready.
    func after(_ action: State.Action) throws(Refusal) -> State {
        guard let next = moves[action] else {
            let isOther = action.method ?? method != method
            throw state.refusal(
                of: action.rawValue, among: moves, because: isOther ? " and goes by \(method.rawValue)" : "")
        }
        return next
    }

    /// Moves to the state that an action leads to.
    /// - Throws: `.illegalTransition`; also for shipping a pickup, or making a delivery ready.
    public mutating func apply(_ action: State.Action, at now: Timestamp) throws(Refusal) {
        state = try after(action)
        updatedAt = now
    }

    /// As read from its table.
    init(stored number: Int, _ location: String, _ method: Method, _ state: State, _ shipBy: Timestamp,
        _ deliverBy: Timestamp, _ updatedAt: Timestamp, _ note: String?, transfer: TransferID?,
        collectBy: Timestamp?) {
        self.init(
            number: number, location: location, method: method, shipBy: shipBy, deliverBy: deliverBy, lines: [],
            at: updatedAt)
        self.state = state
        self.note = note
        self.transfer = transfer
        self.collectBy = collectBy
    }

    /// A part of this fulfillment that goes on by itself in the same state, with its own number.
    func split(_ lines: [Line], as number: Int) -> Fulfillment {
        var part = Fulfillment(
            number: number, location: location, method: method, shipBy: shipBy, deliverBy: deliverBy, lines: lines,
            at: updatedAt)
        part.state = state
        return part
    }

    /// The same work at the same location once more, of units that are picked.
    func picked(_ lines: [Line], as number: Int, at now: Timestamp) -> Fulfillment {
        var part = split(lines, as: number)
        (part.state, part.updatedAt) = (.picking, now)
        return part
    }

    public func write(to json: inout JSONWriter, of order: Order) {
        json.object {
            $0.member("id", FulfillmentID(order.id, number))
            $0.member("order", order.id)
            $0.member("order_number", order.number)
            $0.member("location", location)
            $0.member("method", method.rawValue)
            $0.member("status", state.rawValue)
            $0.object("promise") {
                $0.member(method == .pickup ? "ready_by" : "ship_by", shipBy)
                if method == .ship { $0.member("deliver_by", deliverBy) }
            }
            $0.array("lines") { list in
                for line in lines {
                    list.object {
                        $0.member("line", OrderLineID(order.id, line.line))
                        $0.member("sku", order.line(line.line)?.sku)
                        KitComponent.write(order.line(line.line)?.components ?? [], to: &$0)
                        $0.member("quantity", line.quantity)
                        $0.member("picked", line.picked)
                    }
                }
            }
            $0.array("parcels") { list in
                for parcel in order.boxes(of: number) { parcel.write(to: &list, of: order) }
            }
            if method == .pickup {
                $0.object("pickup") {
                    $0.member("customer", order.customer.name)
                    $0.member("delegate", order.delivery.delegate)
                    $0.member("note", order.delivery.note)
                }
                $0.member("collection_code", order.collectionCode)
            }
            if let transfer { $0.member("transfer", transfer.description) }
            if let collectBy { $0.member("collect_by", collectBy) }
            if state == .collected {
                $0.member("collected_by", collectedBy)
                $0.member("checked", collectorCheck?.rawValue)
            }
            $0.member("note", note)
            $0.member("updated_at", updatedAt)
        }
    }
}
