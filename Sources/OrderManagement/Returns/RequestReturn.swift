/// Announces units that come back, by post; or takes them in over a counter, where they are received at once.
///
/// 1. Checks what the channel's policy grants, or granted when the order was placed, line by line: sent, within its
///    time, for a reason that it takes.
/// 2. Makes the return and keeps the terms that hold for it.
/// 3. By post, agrees to it where the policy lets returns approve themselves; else a person has so many days for it.
/// 4. Over a counter, receives it at its location in the same commit; with a disposition, judges it, and pays it when
///    the policy says so: from scan to available and refunded at once.
///
/// - Throws: `.notReturnable`; `.returnWindowClosed`; `.reasonNotAllowed`; `.unknownLocation`; `.unknownLine`.
public struct RequestReturn: Command {
    public static let name = "request-return"

    public struct Line: Hashable, Sendable {
        public let line: OrderLineID
        public let quantity: Int64
        public let reason: Return.Reason
        /// Over a counter: what becomes of the units, and how they are.
        public let disposition: Return.Disposition?
        public let condition: String?

        public init(
            line: OrderLineID, quantity: Int64, reason: Return.Reason, disposition: Return.Disposition? = nil,
            condition: String? = nil
        ) {
            self.line = line
            self.quantity = quantity
            self.reason = reason
            self.disposition = disposition
            self.condition = condition
        }
    }

    public let order: OrderID
    public let method: Return.Method
    public let location: String?
    public let lines: [Line]
    public let note: String?
    /// Whether the answer carries the whole order, as calls below an order do, instead of its name.
    public let showsOrder: Bool
    /// The order that goes out for what comes back; nil for none.
    var successor: Successor?

    public init(
        order: OrderID, method: Return.Method, location: String?, lines: [Line], note: String? = nil,
        showsOrder: Bool = false
    ) {
        self.order = order
        self.method = method
        self.location = location
        self.lines = lines
        self.note = note
        self.showsOrder = showsOrder
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(order, given: work)
        needs.agreedChannel(of: order, given: work)
        guard let order = work.peek(order), let account = order.creditAccount,
            work.configuration.channels[order.channel]?.policy.returning.refundTo == .storeCredit
        else { return }
        needs.storeCredit(account)
    }

    /// Any counter takes any order's goods: the caller's own location need not have sent them.
    func order(in work: Work) throws(Refusal) -> Order {
        guard let order = work.peek(self.order),
            order.isVisible(to: work.principal) || location.map(work.principal.sees) ?? false
        else { throw Refusal(.notFound, "there is no order \(self.order)") }
        return order
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.returnsWrite)
        // Who has no business at the location is told so, and not that there is no such order.
        try checkLocation(work.configuration, work.principal)
        var order = try order(in: work)
        let number = try open(on: &order, in: &work)
        order = work.update(order)
        return order.reply(number, status: 201, showsOrder: showsOrder)
    }

    /// Makes the return on an order. - Returns: its number.
    func open(on order: inout Order, in work: inout Work) throws -> Int {
        let rules = try ReturnRules(for: order, in: work)
        try check(order, by: rules)
        var entry = made(for: order, by: rules, isExchange: successor != nil)
        entry.terms.successor = successor
        let index = order.returns.count
        order.returns.append(entry)
        order.record(.returnRequested, entry, in: &work)
        switch method {
        case .inStore:
            guard let location else { break }
            let goods = lines.map {
                ReceiveReturn.Line(
                    line: $0.line, quantity: $0.quantity, disposition: $0.disposition, condition: $0.condition)
            }
            try order.receive(goods, of: index, at: location, in: &work)
        case .byPost:
            if order.mayApproveItself(entry, by: rules.policy, in: work) {
                try order.approve(index, in: &work)
            } else {
                let end = work.now + .days(rules.policy.answerWithinDays)
                work.enqueue(.expireReturn, of: order.id, payload: String(entry.number), due: end)
            }
        }
        return entry.number
    }

    /// The return with its terms, before anything is done with it.
    func made(for order: Order, by rules: ReturnRules, isExchange: Bool = false) -> Return {
        var entry = Return(
            number: order.returns.count + 1, method: method, location: location,
            lines: lines.map { Return.Line(line: $0.line.number, quantity: $0.quantity, reason: $0.reason) },
            at: rules.now)
        entry.note = note
        let free = lines.filter { rules.policy.freeReasons.contains($0.reason) }.map(\.line.number)
        entry.terms.policyVersion = rules.version
        entry.terms.freeLines = free
        entry.terms.postage = free.count == lines.count ? .merchant : rules.policy.postage
        let fee = (rules.policy.feeFixed, rules.policy.feePercent)
        if isExchange, !rules.policy.exchangeBearsFees {
            (entry.terms.waivedFixed, entry.terms.waivedPercent) = fee
        } else {
            (entry.terms.feeFixed, entry.terms.feePercent) = fee
        }
        entry.terms.refundAt = rules.policy.refundAt
        // An exchange is settled by what goes out: it waits for nobody's word. Over a counter both happen at once.
        if isExchange, method == .inStore { entry.terms.refundAt = .receipt }
        if isExchange, entry.terms.refundAt == .settlement { entry.terms.refundAt = .inspection }
        entry.terms.refundTo = order.creditAccount == nil ? .source : rules.policy.refundTo
        entry.terms.isRefundFixed = rules.policy.isRefundFixed
        return entry
    }

    func checkLocation(_ configuration: Configuration, _ principal: Principal) throws(Refusal) {
        for (index, line) in lines.enumerated() where method == .byPost && line.disposition != nil {
            throw Refusal([
                .init(
                    "/lines/\(index)/disposition", .invalidInput, "goods are judged when they are here: by_post later")
            ])
        }
        guard let location else {
            if method == .inStore {
                throw Refusal([.init("/location", .invalidInput, "a return in_store names the location that takes it")])
            }
            return
        }
        guard try configuration.location(location).takesReturns else {
            throw Refusal([.init("/location", .notReturnable, "\(location) takes no returns")])
        }
        guard principal.sees(location: location) else {
            throw Refusal([.init("/location", .unknownLocation, "there is no location \(location)")])
        }
    }

    /// - Throws: all that the policy does not grant, each with its place.
    func check(_ order: Order, by rules: ReturnRules) throws(Refusal) {
        let units = try order.units(
            of: lines.map { LineQuantity(line: $0.line, quantity: $0.quantity) }, atMost: \.ordered, what: "ordered")
        guard units.count == lines.count else {
            throw Refusal([.init("/lines", .invalidInput, "each line may be named once per return")])
        }
        var wrong: [Refusal.Detail] = []
        for (index, line) in lines.enumerated() {
            guard let granted = order.returnable(line.line.number, for: line.reason, by: rules),
                let known = order.line(line.line.number), line.quantity > granted.units
            else { continue }
            switch granted.objection {
            case .some(let objection) where objection.code == .reasonNotAllowed:
                wrong.append(.init("/lines/\(index)/reason", objection.code, objection.text))
            case .some(let objection):
                let hasUnits = !order.kept(known.number).isEmpty
                let isFinal = objection.code == .notReturnable && hasUnits
                wrong.append(
                    .init("/lines/\(index)/\(isFinal ? "line" : "quantity")", objection.code, objection.text))
            case .none:
                wrong.append(
                    .init(
                        "/lines/\(index)/quantity", .notReturnable,
                        "\(line.quantity) × \(known.sku) asked; \(known.shipped) sent, \(known.returned) returned, "
                            + "\(order.announced(known.number)) announced: \(granted.units) can come back"))
            }
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }
}

extension RequestReturn {
    /// What the request would bring, without making it: the return as it would be announced, with its money if all of
    /// it comes: what the units are worth, the fee that is kept of it, what is set off against what the customer still
    /// owes, and what is paid back.
    ///
    /// - Throws: as the command does.
    public func preview(
        of order: Order, by rules: ReturnRules, _ configuration: Configuration, as principal: Principal
    ) throws(Refusal) -> String {
        try checkLocation(configuration, principal)
        try check(order, by: rules)
        let entry = made(for: order, by: rules)
        let worths = order.worth(of: entry, onlyBought: rules.owesOnlyBought)
        let worth = worths.values.reduce(0, +)
        let free = entry.terms.freeLines.reduce(Int64(0)) { $0 + (worths[$1] ?? 0) }
        let fee = entry.terms.fee(ofGoodsWorth: worth - free)
        let setOff = order.parts(ofOwed: worth - fee).setOff
        let refund = order.paid(ofOwed: worth - fee, by: rules)
        var json = JSONWriter()
        json.object {
            $0.member("preview", true)
            let tax = order.taxes(in: fee, of: worths.filter { !entry.terms.freeLines.contains($0.key) })
            for (name, amount) in [
                ("worth", worth), ("fee", fee), ("fee_tax", tax), ("set_off", setOff), ("refund", refund),
            ] {
                $0.member(name, Money(amount, order.currency))
            }
            NotPaidBack(worth - fee - setOff - refund, of: order).write(to: &$0, in: order.currency)
            $0.name("return")
            entry.write(to: &$0, of: order)
        }
        return json.text
    }
}

extension Order {
    /// What the announced units of a return are worth if all of them come, by line.
    ///
    /// - Parameter onlyBought: Whether the customer has the goods that others of them went out once more for.
    func worth(of entry: Return, onlyBought: Bool = false) -> [Int: Int64] {
        var units = Dictionary(entry.lines.map { ($0.line, $0.quantity) }, uniquingKeysWith: +)
        if onlyBought { units = bought(among: units, areHere: false) }
        return creditWorth(of: units.without(covered(units)), creditBalance)
    }

    /// Units of a line that open returns announce and that have not come yet.
    public func announced(_ line: Int) -> Int64 {
        returns.reduce(0) { sum, entry in
            guard entry.state.isOpen else { return sum }
            return sum + entry.lines.reduce(0) { $0 + ($1.line == line ? $1.expected : 0) }
        }
    }

    mutating func record(_ type: EventType, _ entry: Return, in work: inout Work) {
        let snapshot = self
        // Customers hear of what they sent, and not that nothing came, or what their courier brought back.
        let isAnnounced = type != .returnReceived || entry.terms.parcel == nil && !entry.isEmpty
        work.record(type, on: &self, isAnnounced: isAnnounced) {
            $0.member("return", ReturnID(snapshot.id, entry.number).description)
            $0.member("reference", entry.reference(in: snapshot))
            $0.member("status", entry.state.rawValue)
            $0.member("method", entry.method.rawValue)
            $0.member("location", entry.location)
            if type == .returnTracked || type == .returnLabelled {
                $0.member("courier", entry.terms.courier)
                $0.member("tracking", entry.terms.tracking)
            }
            if type == .returnTracked, let way = entry.terms.way {
                $0.name("way")
                way.write(to: &$0)
            }
            if let successor = entry.terms.successor {
                $0.name("exchange")
                successor.write(to: &$0)
            }
            $0.array("lines") { list in
                for line in entry.lines {
                    list.object {
                        $0.member("line", OrderLineID(snapshot.id, line.line).description)
                        $0.member("sku", snapshot.line(line.line)?.sku)
                        $0.member("quantity", line.quantity)
                        $0.member("received", line.received)
                        $0.member("restocked", line.restocked)
                        $0.member("condition", line.condition)
                        $0.member("missing", line.missing)
                        $0.member("excess", line.excess)
                    }
                }
            }
        }
    }

    /// Answers with a return as it is now.
    func reply(_ number: Int, status: Int = 200, showsOrder: Bool = false) -> Reply {
        var json = JSONWriter(reservingCapacity: 1024)
        returns.first { $0.number == number }?.write(to: &json, of: self, showsOrder: showsOrder)
        return Reply(
            status: status, body: json.text, location: "/v1/returns/\(ReturnID(id, number))", version: version)
    }
}
