import OrderManagement
import TestSupport
import Testing

/// Performs a command that must be refused with a code, at a place, and must leave everything as it was.
@discardableResult
func expectRefusal(
    _ code: Refusal.Code, at pointer: String? = nil, of command: any Command, in shop: TestSystem,
    as principal: Principal = .system, sourceLocation: SourceLocation = #_sourceLocation
) throws -> Refusal? {
    let name = type(of: command).name
    let before = try shop.books()
    var refused: Refusal?
    do {
        try shop.perform(command, as: principal)
        Issue.record("\(name) was accepted, \(code.rawValue) was expected", sourceLocation: sourceLocation)
    } catch let refusal as Refusal {
        refused = refusal
    }
    #expect(refused?.code == code, "\(name): \(refused?.explanation ?? "")", sourceLocation: sourceLocation)
    if let pointer {
        let pointers = refused?.details.map(\.pointer) ?? []
        #expect(pointers.contains(pointer), "\(name): \(pointers)", sourceLocation: sourceLocation)
    }
    #expect(try shop.books() == before, "\(name) was refused and changed something", sourceLocation: sourceLocation)
    return refused
}

extension TestSystem {
    /// Everything that a refusal must leave alone: events, levels, orders with their parts, jobs, exceptions.
    func books() throws -> [String] {
        let statements = [
            "SELECT 'events', COALESCE(MAX(position), 0), COUNT(*) FROM events",
            "SELECT 'movement', COALESCE(MAX(id), 0), COUNT(*) FROM stock_movements",
            "SELECT sku || '@' || location, available * 1000000 + allocated, quarantined + shortage FROM stock_levels",
            "SELECT number, version, sequence FROM orders ORDER BY id",
            "SELECT state, order_id, number FROM fulfillments ORDER BY order_id, number",
            "SELECT state, order_id, number FROM returns ORDER BY order_id, number",
            "SELECT kind, order_id, amount FROM payment_effects ORDER BY order_id, number",
            "SELECT kind, id, due FROM jobs ORDER BY id",
            "SELECT state, id, 0 FROM exceptions ORDER BY id",
            "SELECT state, id, version FROM transfers ORDER BY id",
            "SELECT state, id, version FROM inbound ORDER BY id",
            "SELECT state, id, version FROM reservations ORDER BY id",
        ]
        return try waybill.readNow { db in
            try statements.flatMap { sql in
                try db.rows(Statement(composed: sql)) { row in
                    "\(try row.text(0)) \(row.optionalInteger(1) ?? 0) \(try row.integer(2))"
                }
            }
        }
    }

    /// Sets up a channel: in pounds, net, without stages, releasing by itself, unless said otherwise.
    func open(
        _ code: String, currency: String = "GBP", isGross: Bool = false, locations: Set<String> = [],
        buffer: Int64 = 0, policy: ChannelPolicy = ChannelPolicy(stages: [])
    ) throws {
        let currency = try #require(Currency(currency))
        try perform(
            SaveChannel(
                channel: Channel(
                    code: code, name: code, currency: currency, pricesIncludeTax: isGross,
                    numberPrefix: code.uppercased() + "-", locations: locations, buffer: buffer, policy: policy)))
    }

    /// Places an order in one line on another channel, or with other changes.
    @discardableResult
    func place(
        _ text: String, on channel: String? = nil, changing change: (inout PlaceOrder) -> Void = { _ in }
    ) throws -> OrderID {
        var order = try PlaceOrder(text)
        if let channel { order.channel = channel }
        change(&order)
        let reply = try perform(order)
        return try #require(OrderID(JSON.parse(reply.body)["id"]?.string ?? ""))
    }

    /// The state of one fulfillment.
    func state(_ id: FulfillmentID) throws -> Fulfillment.State {
        try #require(try order(id.order).fulfillments.first { $0.number == id.number }).state
    }

    /// The kinds of the exceptions that are open.
    func openExceptions() throws -> [OrderException] {
        try waybill.readNow { try ExceptionStore.open(after: ExceptionID(0), limit: 100, in: $0) }
    }

    /// Sends everything of an order and brings it to the door.
    func deliver(_ id: OrderID) throws { try walk(id, to: .delivered) }

    /// Units come back over the counter of a store, and are judged.
    @discardableResult
    func takeBack(
        _ units: [Int: Int64], of id: OrderID, as disposition: Return.Disposition = .restock, at store: String = "YORK"
    ) throws -> ReturnID {
        let numbers = units.keys.sorted()
        try perform(
            RequestReturn(
                order: id, method: .inStore, location: store,
                lines: numbers.map { .init(line: id.line($0), quantity: units[$0] ?? 0, reason: .unwanted) }))
        let entry = ReturnID(id, try order(id).returns.count)
        try perform(
            InspectReturn(
                id: entry,
                lines: numbers.map { .init(line: id.line($0), quantity: units[$0] ?? 0, disposition: disposition) }))
        return entry
    }

    /// A return by post, of units of the first line, is asked for and let come.
    @discardableResult
    func approveReturn(_ units: Int64, of id: OrderID) throws -> ReturnID {
        try perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: units, reason: .unwanted)]))
        let entry = ReturnID(id, try order(id).returns.count)
        try perform(ApproveReturn(id: entry))
        return entry
    }
}

extension OrderID {
    func line(_ number: Int) -> OrderLineID { OrderLineID(self, number) }
    func fulfillment(_ number: Int) -> FulfillmentID { FulfillmentID(self, number) }
    func entry(_ number: Int) -> ReturnID { ReturnID(self, number) }

    /// Quantities by line number, as requests name them.
    func units(_ units: [Int: Int64]) -> [LineQuantity] {
        units.keys.sorted().map { LineQuantity(line: line($0), quantity: units[$0] ?? 0) }
    }

    /// One box with these units.
    func box(_ units: [Int: Int64], weightGrams: Int64 = 500) -> PackFulfillment.Box {
        .init(lines: self.units(units), weightGrams: weightGrams)
    }
}

/// Numbers that look random and are the same each time (SplitMix64, Steele et al. 2014).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &self) }
    mutating func chance(_ percent: Int64) -> Bool { number(1...100) <= percent }
}

let pounds = Currency("GBP")!  // known to every build: ISO 4217

func gbp(_ amount: Int64) -> Money { Money(amount, pounds) }
