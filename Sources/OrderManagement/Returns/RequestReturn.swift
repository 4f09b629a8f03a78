/// Announces units that come back, by post; or takes them in over a counter, where they are received at once.
///
/// 1. Checks that the units were sent, are returnable, within their time, and not announced before.
/// 2. Makes the return; a return over a counter is received at its location in the same commit.
///
/// - Throws: `.notReturnable`; `.returnWindowClosed`; `.unknownLocation`; `.unknownLine`.
public struct RequestReturn: Command {
    public static let name = "request-return"

    public struct Line: Hashable, Sendable {
        public let line: OrderLineID
        public let quantity: Int64
        public let reason: Return.Reason
        public init(line: OrderLineID, quantity: Int64, reason: Return.Reason) {
            self.line = line
            self.quantity = quantity
            self.reason = reason
        }
    }

    public let order: OrderID
    public let method: Return.Method
    public let location: String?
    public let lines: [Line]
    public let note: String?
    /// Whether the answer carries the whole order, as calls below an order do, instead of its name.
    public let showsOrder: Bool

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

    public func needs(_ needs: inout Needs, given work: Work) { needs.orderWithStock(order, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.returnsWrite)
        // Any counter takes any order's goods: the caller's own location need not have sent them.
        guard var order = work.peek(self.order),
            order.isVisible(to: work.principal) || location.map(work.principal.sees) ?? false
        else { throw Refusal(.notFound, "there is no order \(self.order)") }
        try checkLocation(in: work)
        try checkUnits(of: order, in: work)
        var entry = Return(
            number: order.returns.count + 1, method: method, location: location,
            lines: lines.map { Return.Line(line: $0.line.number, quantity: $0.quantity, reason: $0.reason) },
            at: work.now)
        entry.note = note
        order.returns.append(entry)
        order.record(.returnRequested, entry, in: &work)
        if method == .inStore, let location {
            try order.receive(
                lines.map { .init(line: $0.line, quantity: $0.quantity) }, of: order.returns.count - 1, at: location,
                in: &work)
        }
        order = work.update(order)
        return order.reply(entry.number, status: 201, showsOrder: showsOrder)
    }

    private func checkLocation(in work: Work) throws(Refusal) {
        guard let location else {
            if method == .inStore {
                throw Refusal([.init("/location", .invalidInput, "a return in_store names the location that takes it")])
            }
            return
        }
        guard try work.configuration.location(location).takesReturns else {
            throw Refusal([.init("/location", .notReturnable, "\(location) takes no returns")])
        }
        guard work.principal.sees(location: location) else {
            throw Refusal([.init("/location", .unknownLocation, "there is no location \(location)")])
        }
    }

    private func checkUnits(of order: Order, in work: Work) throws {
        let channel = try work.configuration.channel(order.channel)
        var wrong: [Refusal.Detail] = []
        let units = try order.units(
            of: lines.map { LineQuantity(line: $0.line, quantity: $0.quantity) }, atMost: \.ordered, what: "ordered")
        guard units.count == lines.count else {
            throw Refusal([.init("/lines", .invalidInput, "each line may be named once per return")])
        }
        for (index, line) in lines.enumerated() {
            guard let known = order.line(line.line.number) else { continue }
            let announced = order.announced(known.number)
            let left = known.shipped - known.returned - announced
            if line.quantity > left {
                wrong.append(
                    .init(
                        "/lines/\(index)/quantity", .notReturnable,
                        "\(line.quantity) × \(known.sku) asked; \(known.shipped) sent, \(known.returned) returned, "
                            + "\(announced) announced: \(max(0, left)) can come back"))
            }
            if work.item(known.sku)?.isReturnable == false {
                wrong.append(.init("/lines/\(index)/line", .notReturnable, "\(known.sku) is a final sale"))
            }
        }
        if let last = order.lastDelivery, work.now > last + .days(channel.policy.returnDays) {
            wrong.append(
                .init(
                    "/lines", .returnWindowClosed,
                    "order \(order.number) could be returned until \(last + .days(channel.policy.returnDays))"))
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }
}

extension Order {
    /// Units of a line that open returns announce and that have not come yet.
    func announced(_ line: Int) -> Int64 {
        returns.reduce(0) { sum, entry in
            guard entry.state.isOpen else { return sum }
            return sum + entry.lines.reduce(0) { $0 + ($1.line == line ? $1.quantity - $1.received : 0) }
        }
    }

    /// When the customer last got something; nil while everything is under way.
    var lastDelivery: Timestamp? {
        fulfillments.filter { $0.state == .delivered || $0.state == .collected }.map(\.updatedAt).max()
    }

    mutating func record(_ type: EventType, _ entry: Return, in work: inout Work) {
        let snapshot = self
        work.record(type, on: &self) {
            $0.member("return", ReturnID(snapshot.id, entry.number).description)
            $0.member("status", entry.state.rawValue)
            $0.member("method", entry.method.rawValue)
            $0.member("location", entry.location)
            $0.array("lines") { list in
                for line in entry.lines {
                    list.object {
                        $0.member("line", OrderLineID(snapshot.id, line.line).description)
                        $0.member("sku", snapshot.line(line.line)?.sku)
                        $0.member("quantity", line.quantity)
                        $0.member("received", line.received)
                        $0.member("restocked", line.restocked)
                        $0.member("condition", line.condition)
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
