public import Databases
import Foundation
public import OrderManagement
import Synchronization

/// A whole Waybill on a database of its own, with a clock that tests set.
///
///     let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-M@YORK: 2")
///     let order = try shop.place("2 × TEE-M at 10.00 GBP")
///     try shop.walk(order, to: .shipped)
///     #expect(try shop.stock("TEE-M@LONDON") == "available 3")
///     try shop.expectClean()
///
/// There are the warehouses LONDON and LEEDS, the store YORK, and the channels `web` (payment, 30 minutes of remorse)
/// and `store` (no stages). Everything goes through commands, as in production. A class, since it owns the database and
/// the threads, and ends with its last user.
public final class TestSystem: Sendable {
    /// The one door.
    public let waybill: OrderManagement
    public var database: any OpenedDatabase { home.database }
    /// What `--database` takes.
    public var url: String { home.url }
    private let home: TestDatabase
    private let time: SettableTime
    private let jobs: JobRunner

    /// - Parameters:
    ///   - stock: What is on the shelves: `SKU@LOCATION: UNITS`; the items are made as well.
    ///   - providers: Who answers for payments other than `manual`; see `TestProvider`.
    ///   - connections: Who sells couriers' labels; see `TestCourier` in the connectors.
    ///   - mailer: Who carries messages out; their words are made by `TestRenderer`.
    public init(
        stock: String..., providers: [any PaymentProvider] = [], connections: [any CourierConnection] = [],
        renderer: any MessageRenderer = TestRenderer(), mailer: (any Mailer)? = nil
    ) throws {
        home = try TestDatabase()
        let time = SettableTime()
        self.time = time
        waybill = OrderManagement(database: home.database, clock: { time.now.withLock { $0 } })
        jobs = JobRunner(
            waybill, providers: providers, connections: connections, renderer: renderer, mailer: mailer)
        try perform(SaveLocations(locations: [.warehouse("LONDON"), .warehouse("LEEDS"), .store("YORK")]))
        try perform(SaveChannel(channel: .web))
        try perform(SaveChannel(channel: .till))
        try receive(stock)
    }

    deinit { waybill.stop() }

    // MARK: Time

    /// The time by which everything happens: 2026-03-02T10:00:00Z, a Monday, until it is set.
    public var now: Timestamp {
        get { time.now.withLock { $0 } }
        set { time.now.withLock { $0 = newValue } }
    }

    public func advance(_ span: Seconds) { time.now.withLock { $0 = $0 + span } }

    // MARK: Doing

    /// Performs a command as the system itself, or as somebody.
    @discardableResult
    public func perform(
        _ command: any Command, as principal: Principal = .system, key: IdempotencyKey? = nil
    ) throws -> Reply {
        try waybill.performNow(command, as: principal, key: key)
    }

    /// Receives `SKU@LOCATION: UNITS`, making items that are not known yet.
    public func receive(_ stock: String...) throws { try receive(stock) }

    private func receive(_ stock: [String]) throws {
        let entries = try stock.map { text in
            let parts = text.split(separator: ":").map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2, let quantity = Int64(parts[1]) else { throw WrongText("not stock: \(text)") }
            let (sku, location) = try Self.place(parts[0])
            return MoveStock.Entry(reason: .receive, sku: sku, location: location, quantity: quantity)
        }
        guard !entries.isEmpty else { return }
        try perform(SaveItems(items: Set(entries.map(\.sku)).sorted().map(Item.plain)))
        try perform(MoveStock(entries: entries))
    }

    /// Moves stock for another reason: a count, a write-off.
    public func move(_ reason: MoveStock.Reason, _ quantity: Int64, _ place: String) throws {
        let (sku, location) = try Self.place(place)
        try perform(MoveStock(entries: [.init(reason: reason, sku: sku, location: location, quantity: quantity)]))
    }

    /// Places an order in one line; see `PlaceOrder.init(_:)`.
    @discardableResult
    public func place(_ text: String, key: IdempotencyKey? = nil) throws -> OrderID {
        let reply = try perform(try PlaceOrder(text), key: key)
        guard let name = try JSON.parse(reply.body)["id"]?.string, let id = OrderID(name) else {
            throw WrongText("the reply names no order: \(reply.body)")
        }
        return id
    }

    /// Takes every fulfillment of an order along the straight way until it is in a state, passing stages on the way.
    ///
    /// Fulfillments that are beyond it, or that never come there (a pickup is not shipped), go as far as they can.
    public func walk(_ id: OrderID, to state: Fulfillment.State) throws {
        if state != .open {
            while let gate = try order(id).gates.first(where: { $0.state == .pending }) {
                try perform(PassStage(order: id, stage: gate.name, hasPassed: true, note: nil), as: .supervisor)
            }
        }
        for fulfillment in try order(id).fulfillments {
            let name = FulfillmentID(id, fulfillment.number)
            while let present = try order(id).fulfillments.first(where: { $0.number == name.number }),
                present.state != state, let step = step(present, name)
            { try perform(step) }
        }
    }

    /// The next command on the straight way; nil at its end.
    private func step(_ fulfillment: Fulfillment, _ id: FulfillmentID) -> (any Command)? {
        let units = fulfillment.lines.map { LineQuantity(line: OrderLineID(id.order, $0.line), quantity: $0.quantity) }
        let isPickup = fulfillment.method == .pickup
        switch fulfillment.state {
        case .open: return ReleaseFulfillment(fulfillment: id)
        case .released: return AcceptFulfillment(fulfillment: id)
        case .accepted: return PickFulfillment(fulfillment: id)
        case .picking:
            return PackFulfillment(
                fulfillment: id, parcels: isPickup ? [] : [.init(lines: units, weightGrams: 500 * fulfillment.units)])
        case .packed: return isPickup ? MakeFulfillmentReady(fulfillment: id) : ShipFulfillment(fulfillment: id)
        case .shipped: return DeliverFulfillment(fulfillment: id)
        case .ready: return CollectFulfillment(fulfillment: id, collectedBy: "Ada Example")
        case .delivered, .collected, .expired, .rejected, .cancelled: return nil
        }
    }

    /// Runs jobs until none is due any more. - Returns: how many ran.
    @discardableResult
    public func runDueJobs() async throws -> Int {
        var ran = 0
        while true {
            let pass = try await jobs.step()
            ran += pass.ran
            if pass.ran == 0 { return ran }
        }
    }

    /// Writes past all rules, as nobody should: for tests of what notices.
    public func tamper(_ sql: String) throws { try database.write { try $0.script(sql) } }

    private struct Undo: Error {}

    /// What the doctor would say after SQL that goes past all rules and CHECKs; afterwards all is as before.
    public func examine(tamperedBy sql: String) throws -> Doctor.Report {
        var report = Doctor.Report()
        do {
            try database.write { db in
                try db.script(Self.checksOff)
                let outcome = Result {
                    try db.script(sql)
                    report = try Doctor.examine(in: db)
                }
                try outcome.get()  // a failed statement takes no other behind it, and the test ends with it
                try db.script(Self.checksOn)
                throw Undo()
            }
        } catch is Undo {}
        return report
    }

    private static var checksOff: String {
        guard TestDatabase.isPostgres else { return "PRAGMA ignore_check_constraints = ON" }
        // Undone with the transaction, as everything else.
        return """
            DO $$ DECLARE c record; BEGIN
                FOR c IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
                    WHERE contype = 'c' AND connamespace = current_schema()::regnamespace
                LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.owner, c.conname); END LOOP;
            END $$
            """
    }
    private static var checksOn: String {
        TestDatabase.isPostgres ? "SELECT 1" : "PRAGMA ignore_check_constraints = OFF"
    }

    // MARK: Looking

    public func order(_ id: OrderID) throws -> Order {
        guard let order = try waybill.readNow({ try OrderStore.order(id, in: $0) }) else {
            throw WrongText("there is no order \(id)")
        }
        return order
    }

    /// The buckets that are not empty, as text: `available 4, allocated 1`; `nothing` when all are.
    public func stock(_ place: String) throws -> String {
        let (sku, location) = try Self.place(place)
        let buckets = try waybill.readNow { db in
            try db.first(Self.level, [.text(sku), .text(location)]) { row in
                try Self.buckets.enumerated().map { (name: $1, units: try row.integer($0)) }
            }
        }
        let text = (buckets ?? []).filter { $0.units != 0 }.map { "\($0.name) \($0.units)" }.joined(separator: ", ")
        return text.isEmpty ? "nothing" : text
    }

    private static let buckets = [
        "available", "reserved", "allocated", "quarantined", "inbound", "in_transit", "shortage",
    ]
    private static let level = Statement(
        """
        SELECT available, reserved, allocated, quarantined, inbound, in_transit, shortage
        FROM stock_levels WHERE sku = :sku AND location = :location
        """)

    /// The types of an order's events, in their order.
    public func events(_ id: OrderID) throws -> [String] {
        try waybill.readNow { try EventLog.page(of: id, after: 0, limit: 10_000, in: $0) }.map(\.type)
    }

    /// What the doctor says of all books.
    public func examine() throws -> Doctor.Report { try waybill.readNow { try Doctor.examine(in: $0) } }

    /// - Throws: `Unclean` with the doctor's report, unless every book agrees with its rows.
    public func expectClean() throws {
        let report = try examine()
        if !report.isClean { throw Unclean(description: report.text) }
    }

    /// `TEE-M@LONDON`
    private static func place(_ text: String) throws -> (sku: String, location: String) {
        let parts = text.split(separator: "@").map(String.init)
        guard parts.count == 2 else { throw WrongText("not SKU@LOCATION: \(text)") }
        return (parts[0], parts[1])
    }
}

extension Principal {
    /// A second person, for what the first may not do alone.
    public static let supervisor = Principal(name: "usr_supervisor", scopes: [.admin])
}

/// The books of a test's system contradict each other.
public struct Unclean: Error, CustomStringConvertible {
    public let description: String
}

/// A payment provider that answers as a test says; by default all goes well.
public struct TestProvider: PaymentProvider {
    public let name: String
    private let answer: @Sendable (PaymentRequest) throws -> PaymentOutcome

    public init(
        _ name: String,
        answer: @escaping @Sendable (PaymentRequest) throws -> PaymentOutcome = { .done(reference: $0.id) }
    ) {
        self.name = name
        self.answer = answer
    }

    public func settle(_ request: PaymentRequest) async throws -> PaymentOutcome { try answer(request) }
}

/// The time of a test. A class, since the system's clock and the test share it.
private final class SettableTime: Sendable {
    let now = Mutex(Timestamp(milliseconds: 1_772_445_600_000))
}
