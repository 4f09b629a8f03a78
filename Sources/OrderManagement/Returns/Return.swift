/// Units coming back (RMA), by post or over a counter.
///
/// Stands left of orders, which hold their returns: it names lines by their number only.
public struct Return: Hashable, Sendable {
    public enum Method: String, CaseIterable, Sendable { case byPost = "by_post", inStore = "in_store" }
    public enum Reason: String, CaseIterable, Sendable {
        case unwanted, wrongSize = "wrong_size", damaged, faulty, notAsDescribed = "not_as_described",
            wrongItem = "wrong_item", late, other
        /// The courier brought it back: only the system says so.
        case undelivered

        /// Those that customers give.
        public static let ofCustomers = allCases.filter { $0 != .undelivered }
    }
    public enum Disposition: String, CaseIterable, Sendable { case restock, refurbish, writeOff = "write_off" }

    public enum State: String, Lifecycle {
        case requested, approved, inTransit = "in_transit", received, inspected, settled, rejected, expired
        public enum Action: String, CaseIterable, Sendable {
            case approve, reject, expire, send, receive, inspect, settle
        }
        public static let noun = "return"
        public var exits: [Action: State] {
            switch self {
            case .requested: [.approve: .approved, .reject: .rejected]
            case .approved: [.send: .inTransit, .receive: .received, .expire: .expired]
            // What the courier was to bring back, and delivered after all, is not coming.
            case .inTransit: [.receive: .received, .expire: .expired]
            case .received: [.receive: .received, .inspect: .inspected]
            case .inspected: [.settle: .settled]
            case .settled, .rejected, .expired: [:]
            }
        }
        /// Whether it still needs something done.
        public var isOpen: Bool {
            switch self {
            case .requested, .approved, .inTransit, .received, .inspected: true
            case .settled, .rejected, .expired: false
            }
        }
    }

    public struct Line: Hashable, Sendable {
        public let line: Int
        /// Announced; raised where more came.
        public var quantity: Int64
        public let reason: Reason
        public var received: Int64 = 0
        /// Announced and given up: they never came.
        public var missing: Int64 = 0
        /// Of the received, those that nobody had announced.
        public var excess: Int64 = 0
        public var restocked: Int64 = 0
        public var refurbished: Int64 = 0
        public var writtenOff: Int64 = 0
        /// In which condition the units came, in the words of whoever took them in.
        public var condition: String?
        /// Of the received, those whose worth is settled, and what that is: minor units.
        public var credited: Int64 = 0
        public var worth: Int64 = 0

        /// Units that are still to come.
        public var expected: Int64 { quantity - received - missing }
        /// Units here that nobody has judged yet.
        public var toInspect: Int64 { received - restocked - refurbished - writtenOff }
    }

    public let number: Int
    public private(set) var state: State = .requested
    public let method: Method
    /// Where it is to come to, or came to.
    public var location: String?
    public var lines: [Line]
    public let requestedAt: Timestamp
    public var updatedAt: Timestamp
    /// Minor units given back for it.
    public var refunded: Int64 = 0
    public var note: String?
    public var terms = ReturnTerms()

    public init(number: Int, method: Method, location: String?, lines: [Line], at now: Timestamp) {
        self.number = number
        self.method = method
        self.location = location
        self.lines = lines
        self.requestedAt = now
        self.updatedAt = now
    }

    /// - Throws: `.illegalTransition`.
    public mutating func apply(_ action: State.Action, at now: Timestamp) throws(Refusal) {
        if action == .receive, state == .requested, method == .inStore {
            state = .received  // over a counter the goods are there with the request
        } else {
            state = try state.after(action)
        }
        updatedAt = now
    }

    init(stored number: Int, _ state: State, _ method: Method, _ location: String?, _ requestedAt: Timestamp,
        _ updatedAt: Timestamp, _ refunded: Int64, _ note: String?) {
        self.init(number: number, method: method, location: location, lines: [], at: requestedAt)
        self.state = state
        self.updatedAt = updatedAt
        self.refunded = refunded
        self.note = note
    }

    /// What stands on the parcel and what a customer quotes: `WEB-1001-R1`.
    public func reference(in order: Order) -> String { "\(order.number)-R\(number)" }

    /// What the units that were credited are worth, before the fee that is kept of it: minor units.
    public var worth: Int64 { lines.reduce(0) { $0 + $1.worth } }

    /// What the credited units are worth that bear the fee, by line.
    private var liableWorths: [Int: Int64] {
        Dictionary(lines.map { ($0.line, $0.worth) }, uniquingKeysWith: +).filter { !terms.freeLines.contains($0.key) }
    }

    /// What was not kept of the credited units, since other goods went out for them: minor units.
    var waivedFee: Int64 { terms.waivedFee(ofGoodsWorth: liableWorths.values.reduce(0, +)) }

    /// Units that its courier was to bring back and that will not come, by line: the customer never had them.
    var undelivered: [Int: Int64] {
        Dictionary(lines.map { ($0.line, $0.reason == .undelivered ? $0.missing : 0) }, uniquingKeysWith: +)
            .filter { $0.value > 0 }
    }

    /// Whether nothing at all came with it.
    var isEmpty: Bool { terms.found.isEmpty && lines.allSatisfy { $0.received == 0 } }

    /// All that is here is credited, or some of its units, with what they are worth by the terms; the fee follows from
    /// that.
    mutating func credit(_ worth: [Int: Int64], units: [Int: Int64]? = nil) {
        for place in lines.indices {
            let open = lines[place].received - lines[place].credited
            lines[place].credited += units.map { min(open, $0[lines[place].line] ?? 0) } ?? open
            lines[place].worth += worth[lines[place].line] ?? 0
        }
        let liable = lines.reduce(Int64(0)) { terms.freeLines.contains($1.line) ? $0 : $0 + $1.worth }
        terms.feeTaken = terms.fee(ofGoodsWorth: liable)
    }

    /// Whether all that comes is here, and its money is not given.
    public var isUnsettled: Bool { state == .inspected || state == .received && !isWaiting }

    /// Whether announced units are still to come.
    public var isWaiting: Bool { lines.contains { $0.expected > 0 } }

    /// Whether all that is here is judged.
    var isJudged: Bool { lines.allSatisfy { $0.toInspect == 0 } }

    /// Until when what is on its way, or has not come with the rest, is waited for; nil where nothing is.
    public var awaitedUntil: Timestamp? {
        switch state {
        case .inTransit, .received: isWaiting ? terms.overdueAt : nil
        case .requested, .approved, .inspected, .settled, .rejected, .expired: nil
        }
    }

    /// - Parameter showsOrder: the member `order` is the whole order instead of its name.
    public func write(to json: inout JSONWriter, of order: Order, showsOrder: Bool = false) {
        json.object {
            $0.member("id", ReturnID(order.id, number).description)
            if !showsOrder { $0.member("order", order.id.description) }
            $0.member("order_number", order.number)
            $0.member("reference", reference(in: order))
            $0.member("status", state.rawValue)
            $0.member("method", method.rawValue)
            $0.member("location", location)
            $0.array("lines") { list in
                for line in lines {
                    list.object {
                        $0.member("line", OrderLineID(order.id, line.line).description)
                        $0.member("sku", order.line(line.line)?.sku)
                        $0.member("quantity", line.quantity)
                        $0.member("reason", line.reason.rawValue)
                        $0.member("received", line.received)
                        $0.member("restocked", line.restocked)
                        $0.member("refurbished", line.refurbished)
                        $0.member("written_off", line.writtenOff)
                        $0.member("missing", line.missing)
                        $0.member("excess", line.excess)
                        $0.member("condition", line.condition)
                    }
                }
            }
            $0.member("worth", Money(worth, order.currency))
            $0.member("fee_tax", Money(order.taxes(in: terms.feeTaken, of: liableWorths), order.currency))
            $0.member("refunded", Money(refunded, order.currency))
            $0.member("set_off", Money(order.setOff(for: self), order.currency))
            order.notPaidBack(for: self).write(to: &$0, in: order.currency)
            terms.write(to: &$0, of: order)
            terms.covered.write(to: &$0, of: order.id)
            $0.member("awaited_until", awaitedUntil)
            $0.member("requested_at", requestedAt)
            $0.member("updated_at", updatedAt)
            $0.member("note", note)
            if showsOrder {
                $0.name("order")
                order.write(to: &$0)
            }
        }
    }
}
