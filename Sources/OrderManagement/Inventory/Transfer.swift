/// Stock that goes from one location to another; one that is bound to an order fills a pickup of that order.
public struct Transfer: Hashable, Sendable {
    /// The states and what leads from each to the next (`domain.md`, States).
    public enum State: String, Lifecycle {
        case planned, sent, arrived, short, cancelled
        public enum Action: String, CaseIterable, Sendable {
            case send, arrive, lose, cancel
        }
        public static let noun = "transfer"
        public var exits: [Action: State] {
            switch self {
            case .planned: [.send: .sent, .cancel: .cancelled]
            case .sent: [.arrive: .arrived, .lose: .short]
            case .arrived, .short, .cancelled: [:]
            }
        }
    }

    /// Units of one SKU: quantity = cancelled + arrived + lost + those to come.
    public struct Line: Hashable, Sendable {
        public let number: Int
        public let sku: String
        /// The line of the order that they are for.
        public let orderLine: Int?
        /// As planned.
        public let quantity: Int64
        /// Given up before they were sent.
        public var cancelled: Int64 = 0
        /// Of those to come: units that the order's fulfillment waits for.
        public var bound: Int64 = 0
        public var arrived: Int64 = 0
        public var lost: Int64 = 0

        public init(number: Int, sku: String, orderLine: Int? = nil, quantity: Int64) {
            self.number = number
            self.sku = sku
            self.orderLine = orderLine
            self.quantity = quantity
            self.bound = orderLine == nil ? 0 : quantity
        }

        /// Units that are still to be sent, or on their way.
        public var toCome: Int64 { quantity - cancelled - arrived - lost }
    }

    public let id: TransferID
    /// Raised by every change.
    public var version: Int64 = 1
    public private(set) var state: State = .planned
    public let from: String
    public let to: String
    /// The order whose pickup it fills.
    public let order: OrderID?
    public let reference: String?
    public let plannedAt: Timestamp
    /// When it should be there.
    public let due: Timestamp
    public var updatedAt: Timestamp
    public var lines: [Line]

    init(
        id: TransferID, from: String, to: String, order: OrderID? = nil, reference: String? = nil, due: Timestamp,
        lines: [Line], at now: Timestamp
    ) {
        self.id = id
        self.from = from
        self.to = to
        self.order = order
        self.reference = reference
        self.due = due
        self.lines = lines
        plannedAt = now
        updatedAt = now
    }

    /// As read from its table.
    init(
        stored id: TransferID, _ version: Int64, _ state: State, from: String, to: String, order: OrderID?,
        reference: String?, plannedAt: Timestamp, due: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.version = version
        self.state = state
        self.from = from
        self.to = to
        self.order = order
        self.reference = reference
        self.plannedAt = plannedAt
        self.due = due
        self.updatedAt = updatedAt
        lines = []
    }

    /// Moves to the state that an action leads to. - Throws: `.illegalTransition`.
    mutating func apply(_ action: State.Action) throws(Refusal) { state = try state.after(action) }

    /// Whether a caller may see it: one end is theirs.
    public func isVisible(to principal: Principal) -> Bool {
        principal.sees(location: from) || principal.sees(location: to)
    }

    /// - Parameter more: Writes members that stand behind its own.
    public func write(to json: inout JSONWriter, _ more: (inout JSONWriter) -> Void = { _ in }) {
        json.object {
            $0.member("id", id.description)
            $0.member("status", state.rawValue)
            $0.member("version", version)
            $0.member("from", from)
            $0.member("to", to)
            $0.member("order", order?.description)
            $0.member("reference", reference)
            $0.array("lines") { list in
                for line in lines {
                    list.object {
                        $0.member("sku", line.sku)
                        if let order, let number = line.orderLine {
                            $0.member("line", OrderLineID(order, number).description)
                        }
                        $0.member("quantity", line.quantity)
                        $0.member("cancelled", line.cancelled)
                        $0.member("arrived", line.arrived)
                        $0.member("lost", line.lost)
                    }
                }
            }
            $0.member("planned_at", plannedAt)
            $0.member("due", due)
            $0.member("updated_at", updatedAt)
            more(&$0)
        }
    }
}

/// Units of a SKU, as requests name them: `[{"sku": "85123A", "quantity": 2}]`.
public struct SKUQuantity: Hashable, Sendable {
    public let sku: String
    public let quantity: Int64
    public init(sku: String, quantity: Int64) {
        self.sku = sku
        self.quantity = quantity
    }
}

extension Sequence<SKUQuantity> {
    /// `2 × TEE-M, 1 × CAP`
    var words: String { map { "\($0.quantity) × \($0.sku)" }.joined(separator: ", ") }

    /// The same goods less some of them; what is not there any more is left out.
    func less(_ others: [SKUQuantity]) -> [SKUQuantity] {
        var rest = Dictionary(others.map { ($0.sku, $0.quantity) }, uniquingKeysWith: +)
        return compactMap { goods in
            let taken = Swift.min(goods.quantity, rest[goods.sku] ?? 0)
            rest[goods.sku, default: 0] -= taken
            return goods.quantity > taken ? SKUQuantity(sku: goods.sku, quantity: goods.quantity - taken) : nil
        }
    }
}

extension Transfer {
    /// Spreads named units over the lines, in the order of the lines; all that are to come where none are named.
    ///
    /// - Returns: Units by line number.
    /// - Throws: `.unknownSKU` for what is not in it; `.quantityExceeded` beyond what is to come.
    func units(_ named: [SKUQuantity]?) throws(Refusal) -> [Int: Int64] {
        var units: [Int: Int64] = [:]
        guard let named else {
            for line in lines where line.toCome > 0 { units[line.number] = line.toCome }
            return units
        }
        var wrong: [Refusal.Detail] = []
        for (index, entry) in named.enumerated() {
            guard lines.contains(where: { $0.sku == entry.sku }) else {
                wrong.append(.init("/lines/\(index)/sku", .unknownSKU, "\(entry.sku) is not in the transfer \(id)"))
                continue
            }
            var rest = entry.quantity
            for line in lines where line.sku == entry.sku {
                let part = min(rest, line.toCome - (units[line.number] ?? 0))
                units[line.number, default: 0] += part
                rest -= part
            }
            if rest > 0 {
                wrong.append(
                    .init(
                        "/lines/\(index)/quantity", .quantityExceeded,
                        "\(entry.quantity) × \(entry.sku) named, \(entry.quantity - rest) are to come"))
            }
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
        return units
    }
}
