import Databases
import Synchronization
import TestSupport
import Testing

@testable import OrderManagement

/// Breaks a book when its changes are applied: the table's CHECK says no, and nobody knows whose fault it was.
private struct BreakBook: Command {
    static let name = "break-book"
    private static let statement = Statement("UPDATE stock_levels SET allocated = -1 WHERE sku = :sku")

    func execute(in work: inout Work) throws -> Reply {
        work.write { try $0.execute(Self.statement, [["TEE-M"]]) }
        return Reply(body: "{}")
    }
}

/// Finds a contradiction while it decides.
private struct Contradict: Command {
    static let name = "contradict"
    func execute(in work: inout Work) throws -> Reply { throw BrokenInvariant("two and two are five") }
}

/// Finds a contradiction in an order, or breaks a book for it.
private struct ContradictOn: Command {
    static let name = "contradict-on"
    let order: OrderID
    var isLate = false
    var text = "two and two are five"

    func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }

    func execute(in work: inout Work) throws -> Reply {
        guard isLate else { throw BrokenInvariant(text) }
        return try BreakBook().execute(in: &work)
    }
}

/// A database that fails its first transactions, as a busy or a full one does.
private final class FailingDatabase: Database {
    private let database: any OpenedDatabase
    private let failures: Mutex<[any Error]>
    private let attempts = Mutex(0)

    init(_ database: any OpenedDatabase, failures: [any Error]) {
        self.database = database
        self.failures = Mutex(failures)
    }

    var writes: Int { attempts.withLock { $0 } }

    func write<T>(_ body: (any Connection) throws -> T) throws -> T {
        attempts.withLock { $0 += 1 }
        let failure = failures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        return try database.write { connection in
            let value = try body(connection)
            if let failure { throw failure }
            return value
        }
    }

    func read<T>(_ body: (any Connection) throws -> T) throws -> T { try database.read(body) }
}

@Suite("Committing in groups")
struct GroupCommitTests {
    private typealias Entry = (command: any Command, principal: Principal, key: IdempotencyKey?)

    private func entries(_ commands: [any Command]) -> [Entry] { commands.map { ($0, .system, nil) } }

    /// The code of a refusal, `accepted`, or `failed`.
    private func outcome(_ result: Result<Reply, any Error>) -> String {
        switch result {
        case .success: "accepted"
        case .failure(let error): (error as? Refusal)?.code.rawValue ?? "failed"
        }
    }

    @Test("One refused command fails none of its neighbours, and leaves nothing behind")
    func refused() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let good = try PlaceOrder("1 × TEE-M at 10.00 GBP")
        let bad = try PlaceOrder("1 × HAT at 10.00 GBP")
        let outcomes = shop.waybill.performNow(entries([good, bad, good])).map(outcome)
        #expect(outcomes == ["accepted", "unknown_sku", "accepted"])
        #expect(try shop.stock("TEE-M@LONDON") == "available 3, allocated 2")
        try shop.expectClean()
    }

    @Test("A command that fails halfway takes back what it had changed, and what others did stays")
    func takenBack() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 1")
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        var short = try PlaceOrder("3 × TEE-M at 10.00 GBP + 2 × CAP at 5.00 GBP")
        short.channel = "strict"
        let outcomes = shop.waybill.performNow(
            entries([
                try PlaceOrder("2 × TEE-M at 10.00 GBP"), short, try PlaceOrder("3 × TEE-M at 10.00 GBP, store"),
            ])
        ).map(outcome)
        #expect(outcomes == ["accepted", "insufficient_stock", "accepted"])
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 5")
        #expect(try shop.stock("CAP@LONDON") == "available 1")
        try shop.expectClean()
    }

    @Test("A command whose changes a table's CHECK refuses is found by halving, and fails alone", arguments: 0..<5)
    func bisected(place: Int) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var commands: [any Command] = try (0..<5).map { _ in try PlaceOrder("1 × TEE-M at 10.00 GBP") }
        commands[place] = BreakBook()
        let outcomes = shop.waybill.performNow(entries(commands)).map(outcome)
        #expect(outcomes.indices.filter { outcomes[$0] == "failed" } == [place])
        #expect(outcomes.filter { $0 == "accepted" }.count == 4)
        #expect(try shop.stock("TEE-M@LONDON") == "available 5, allocated 4")
        let exception = try #require(try shop.openExceptions().first)
        #expect(exception.kind == .brokenInvariant && exception.cause.contains("break-book"))
        #expect(try shop.openExceptions().count == 1)
        try shop.expectClean()
    }

    @Test("An alarm that cannot be written either leaves the caller's error, and nothing else")
    func silentAlarm() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let full = DatabaseUnavailable("the disk is full")
        let failures: [any Error] = [BrokenInvariant("a CHECK"), BrokenInvariant("a CHECK"), full]
        let database = FailingDatabase(shop.database, failures: failures)
        let waybill = OrderManagement(database: database, clock: { shop.now })
        let order = try PlaceOrder("1 × TEE-M at 10.00 GBP")
        #expect(waybill.performNow(entries([order])).map(outcome) == ["failed"])
        #expect(database.writes == 3)
        #expect(try shop.openExceptions().isEmpty)
        #expect(waybill.performNow(entries([order])).map(outcome) == ["accepted"])
        waybill.stop()
        try shop.expectClean()
    }

    @Test("A refusal that only the tables can give is no alarm")
    func refusedAtApply() throws {
        let shop = try TestSystem()
        try expectRefusal(.notFound, of: RevokeKey(key: KeyID(1)), in: shop)
        #expect(try shop.openExceptions().isEmpty)
    }

    @Test("A broken invariant fails its command alone, and a person hears of it")
    func brokenInvariant() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let order = try PlaceOrder("1 × TEE-M at 10.00 GBP")
        let outcomes = shop.waybill.performNow(entries([order, Contradict(), order])).map(outcome)
        #expect(outcomes == ["accepted", "failed", "accepted"])
        let exception = try #require(try shop.openExceptions().first)
        #expect(exception.kind == .brokenInvariant)
        #expect(exception.cause.contains("two and two are five"))
        try shop.expectClean()
    }

    @Test(
        "The alarm names the order that its command was about, once, in words for people first",
        arguments: [false, true])
    func alarm(isLate: Bool) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let ids = try (0..<2).map { _ in try shop.place("1 × TEE-M at 10.00 GBP") }
        for _ in 0..<3 {
            #expect(throws: (any Error).self) { try shop.perform(ContradictOn(order: ids[0], isLate: isLate)) }
        }
        let number = try shop.order(ids[0]).number
        let alarm = try #require(try shop.openExceptions().first)
        #expect(try shop.openExceptions().count == 1 && alarm.order == ids[0] && alarm.kind == .brokenInvariant)
        #expect(alarm.cause.hasPrefix("Somebody or something wanted to contradict on on order \(number)"))
        #expect(alarm.cause.contains("(contradict-on: "), "what the program says stands behind")
        #expect(try shop.order(ids[0]).exceptions.map(\.id) == [alarm.id])
        // Several at once are told once, too; another order has its own, and another reason is told of in the first.
        let again = [ids[0], ids[1], ids[1]].map { ContradictOn(order: $0, text: "one is two") }
        _ = shop.waybill.performNow(entries(again))
        let alarms = try shop.openExceptions()
        #expect(Set(alarms.map(\.order)) == [ids[0], ids[1]] && alarms.count == 2)
        #expect(alarms.allSatisfy { $0.cause.contains("one is two") })
        try shop.expectClean()
    }

    @Test("A stale read is tried again on fresh rows, and the caller never hears of it")
    func stale() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let database = FailingDatabase(shop.database, failures: [StaleRead("one"), StaleRead("two")])
        let waybill = OrderManagement(database: database, clock: { shop.now })
        _ = try waybill.performNow(PlaceOrder("1 × TEE-M at 10.00 GBP"), as: .system)
        #expect(database.writes == 3)
        #expect(try shop.stock("TEE-M@LONDON") == "available 4, allocated 1")
        waybill.stop()
        try shop.expectClean()
    }

    @Test("Reads that are stale each time end in a plea to try again, and change nothing")
    func alwaysStale() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let failures = [any Error](repeating: StaleRead("again"), count: 40)
        let waybill = OrderManagement(
            database: FailingDatabase(shop.database, failures: failures), clock: { shop.now })
        let books = try shop.books()
        let order = try PlaceOrder("1 × TEE-M at 10.00 GBP")
        #expect(waybill.performNow(entries([order, order])).map(outcome) == ["unavailable", "unavailable"])
        #expect(try shop.books() == books)
        waybill.stop()
    }

    @Test("A full disk answers everybody with unavailable; the next group goes through")
    func full() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let waybill = OrderManagement(
            database: FailingDatabase(shop.database, failures: [DatabaseUnavailable("the disk is full")]),
            clock: { shop.now })
        let order = try PlaceOrder("1 × TEE-M at 10.00 GBP")
        #expect(waybill.performNow(entries([order, order])).map(outcome) == ["unavailable", "unavailable"])
        #expect(waybill.performNow(entries([order, order])).map(outcome) == ["accepted", "accepted"])
        waybill.stop()
        try shop.expectClean()
    }

    @Test("A guard in the tables stops a change that was decided on other rows")
    func guarded() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP")
        let before = try shop.order(id)
        var after = before
        after.version += 1
        try shop.perform(NoteOrder(order: id, text: "Somebody was faster."))
        #expect(throws: StaleRead.self) { try shop.database.write { try OrderStore.update([(before, after)], in: $0) } }
        var level = StockLevel(sku: "TEE-M", location: "LONDON")
        level.lastMovement = 1
        let old = level
        level.available += 1
        #expect(throws: StaleRead.self) { try shop.database.write { try StockLedger.update([(old, level)], in: $0) } }
        try shop.expectClean()
    }

    @Test("A stopped door says so")
    func stopped() throws {
        let shop = try TestSystem()
        let waybill = OrderManagement(database: shop.database, clock: { shop.now })
        waybill.stop()
        let refusal = #expect(throws: Refusal.self) { try waybill.performNow(Contradict(), as: .system) }
        #expect(refusal?.code == .unavailable)
    }

    @Test("A command that changes the configuration is alone in its group")
    func alone() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let before = shop.waybill.counts.groups
        let order = try PlaceOrder("1 × TEE-M at 10.00 GBP")
        _ = shop.waybill.performNow(entries([order, SaveItems(items: [.plain("HAT")]), order]))
        #expect(shop.waybill.counts.groups - before == 3)
    }
}
