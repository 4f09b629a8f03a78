import Foundation
import OrderManagement
import Synchronization
import TestSupport
import Testing

@testable import Databases

@Suite("Accidents of a PostgreSQL database", .enabled(if: TestDatabase.isPostgres), .serialized)
struct PostgresAccidentTests {
    let home: EmptyPostgres

    init() throws { home = try EmptyPostgres() }

    // MARK: Opening

    private func refusal(_ url: (inout URLComponents) -> Void) throws -> String {
        var parts = try #require(URLComponents(string: home.address.connectionText))
        url(&parts)
        let address = try PostgresAddress(try #require(parts.string))
        let error = #expect(throws: DatabaseUnavailable.self) { try PostgresDatabase.open(address, mode: .readWrite) }
        return error?.description ?? ""
    }

    @Test("Wrong host, port, password and database are refused in words, without the password")
    func wrongAddresses() throws {
        #expect(try refusal { $0.port = 1 }.contains("refused"))
        #expect(try refusal { $0.host = "no.such.host.invalid" }.contains("no.such.host.invalid"))
        let wrong = try refusal { $0.password = "wr0ng" }
        #expect(wrong.contains("password authentication failed") && !wrong.contains("wr0ng"))
        #expect(try refusal { $0.path = "/missing_database" }.contains("\"missing_database\" does not exist"))
    }

    @Test("A database of another encoding is refused, with the way to make one that does")
    func encoding() throws {
        let other = try EmptyPostgres(options: "TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
        let error = #expect(throws: DatabaseUnavailable.self) { try other.open() }
        #expect(error?.description.contains("createdb -T template0 -E UTF8") == true)
    }

    @Test("Among several hosts the one that answers is taken")
    func severalHosts() throws {
        let parts = try #require(URLComponents(string: home.address.connectionText))
        let (host, port, path) = (parts.host ?? "", parts.port ?? 5432, parts.path)
        let url = "postgres://\(parts.user ?? ""):\(parts.password ?? "")@\(host):1,\(host):\(port)\(path)"
        let database = try PostgresDatabase.open(try PostgresAddress(url), mode: .readWrite)
        #expect(try database.sizeBytes() > 0)
    }

    @Test("A server that takes no writes is refused for writing, at opening and later")
    func readOnlyServer() throws {
        let database = try openStock(home)
        try home.run("ALTER DATABASE \(home.name) SET default_transaction_read_only = on")
        let opening = #expect(throws: DatabaseUnavailable.self) { try home.open() }
        #expect(opening?.description.contains("read-only") == true)
        let later = PostgresFailure(state: "25006", message: "", during: "")
        #expect(later.error is DatabaseUnavailable)
        try database.write { try $0.change(insertStock, [["TEE", 1, nil]]) }  // says for itself that it writes
    }

    @Test("A full disk of the server is said; nothing of the transaction stays, and writes go on afterwards")
    func fullDisk() throws {
        let database = try openStock(home)
        let raise = """
            DO $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$
            """
        let error = #expect(throws: DatabaseUnavailable.self) {
            try database.write { db in
                try db.change(insertStock, [["TEE", 1, nil]])
                try db.script(raise)
            }
        }
        #expect(error?.description.contains("disk of the database server is full") == true)
        #expect(try database.stockRows() == 0)
        try database.write { try $0.change(insertStock, [["TEE", 1, nil]]) }
        #expect(try database.stockRows() == 1)
    }

    // MARK: Waiting

    /// What a body says when it finds the database unavailable; empty if it does not.
    private func failure(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch let unavailable as DatabaseUnavailable {
            return unavailable.description
        } catch {
            return "another error: \(error)"
        }
    }

    @Test("Who waits too long for another writer hears which session it is")
    func lockTimeout() throws {
        var limits = PostgresLimits()
        limits.lockSecondsMax = 1
        let (slow, waiting) = (try openStock(home), try home.open(limits))
        let error = try slow.write { db in
            try db.change(insertStock, [["TEE", 1, nil]])
            try db.query(countStock) { _ in }
            return failure { try waiting.write { try $0.change(insertStock, [["CAP", 1, nil]]) } }
        }
        #expect(error.contains("(waybill, from"), "\(error)")
        try waiting.write { try $0.change(insertStock, [["CAP", 1, nil]]) }
        #expect(try slow.stockRows() == 2)
    }

    @Test("When all connections for reading are busy, the next reader waits a while and is told so")
    func poolExhausted() throws {
        var limits = PostgresLimits()
        (limits.readersMax, limits.poolSecondsMax) = (1, 1)
        let database = try openStock(home, limits)
        let error = try database.read { db in
            try db.query(countStock) { _ in }
            return failure { _ = try database.stockRows() }
        }
        #expect(error.contains("all 1 connections for reading"), "\(error)")
        #expect(try database.stockRows() == 0)
    }

    @Test("A deadlock with a session of somebody else is a stale read, and counted", .timeLimit(.minutes(10)))
    func deadlock() throws {
        let database = try openStock(home)
        _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil], ["CAP", 5, nil]]) }
        let other = try ForeignSession(home.address)
        try other.run("SET deadlock_timeout = '20s'; BEGIN; UPDATE stock SET note = 'x' WHERE sku = 'CAP'")
        let ended = DispatchSemaphore(value: 0)
        let failures = Failures()
        #expect(throws: StaleRead.self) {
            try database.write { db in
                _ = try db.execute(takeStock, [[1, "TEE"]])
                DispatchQueue.global().async {
                    do {
                        try other.run("UPDATE stock SET note = 'x' WHERE sku = 'TEE'; COMMIT")
                    } catch {
                        failures.add("\(error)")
                    }
                    ended.signal()
                }
                usleep(300_000)  // until the other waits for us
                _ = try db.execute(takeStock, [[1, "CAP"]])
            }
        }
        ended.wait()
        #expect(failures.all == [])
        #expect(database.counts.deadlocks == 1)
        try database.write { try $0.changeGuarded(takeStock, [[1, "TEE"], [1, "CAP"]]) }
    }

    // MARK: Cut connections

    private func proxied(_ proxy: CuttingProxy, settleSecondsMax: Int = 20, reasons: Failures = Failures()) throws
        -> PostgresDatabase
    {
        var limits = PostgresLimits()
        limits.settleSecondsMax = settleSecondsMax
        return try PostgresDatabase.open(
            try proxy.address(of: home.address), mode: .readWrite, limits: limits, onUnknownOutcome: reasons.add)
    }

    private func makeProxy() throws -> CuttingProxy {
        try CuttingProxy(to: try #require(URLComponents(string: home.address.connectionText)?.port))
    }

    @Test("A commit whose answer is lost is found again, and done once")
    func answerLost() throws {
        let proxy = try makeProxy()
        defer { proxy.stop() }
        let database = try proxied(proxy)
        try database.write { try $0.script(DatabaseFolder.schema) }
        proxy.plan(.loseAnswerToCommit)
        let value = try database.write { db in
            try db.change(insertStock, [["TEE", 1, nil]])
            return "kept"
        }
        #expect(value == "kept")
        #expect(try database.stockRows() == 1)
        #expect(database.counts.commitsFound == 1)
        try database.write { try $0.change(insertStock, [["CAP", 1, nil]]) }
        #expect(try database.stockRows() == 2)
    }

    @Test("A commit that is lost on its way is a stale read: nothing of it stays, and it may run again")
    func commitLost() throws {
        let proxy = try makeProxy()
        defer { proxy.stop() }
        let database = try proxied(proxy)
        try database.write { try $0.script(DatabaseFolder.schema) }
        proxy.plan(.loseCommit)
        #expect(throws: StaleRead.self) { try database.write { try $0.change(insertStock, [["TEE", 1, nil]]) } }
        #expect(try database.stockRows() == 0)
        #expect(database.counts.commitsMissing == 1)
        try database.write { try $0.change(insertStock, [["TEE", 1, nil]]) }
        #expect(try database.stockRows() == 1)
    }

    @Test("A commit that nobody can be asked about stops everything: only a restart will tell")
    func unknownOutcome() throws {
        let proxy = try makeProxy()
        defer { proxy.stop() }
        let reasons = Failures()
        let database = try proxied(proxy, settleSecondsMax: 1, reasons: reasons)
        try database.write { try $0.script(DatabaseFolder.schema) }
        proxy.plan(.loseAnswerToCommit, refusesAfterwards: true)
        #expect(throws: UnknownOutcome.self) { try database.write { try $0.change(insertStock, [["TEE", 1, nil]]) } }
        #expect(reasons.all.count == 1)
        #expect(throws: DatabaseUnavailable.self) { try database.write { try $0.script("SELECT 1") } }
        #expect(throws: DatabaseUnavailable.self) { try database.stockRows() }
    }

    @Test("Orders placed while COMMITs and their answers are lost are placed once each", .timeLimit(.minutes(10)))
    func ordersOnABadWire() throws {
        let proxy = try makeProxy()
        defer { proxy.stop() }
        let database = try proxied(proxy)
        try database.migrate(MigrationFiles.all) { _ in }
        let waybill = OrderManagement(database: database)
        for command in [
            SaveLocations(locations: [.warehouse("LEEDS")]), SaveItems(items: [.plain("TEE-M")]),
            SaveChannel(channel: .till),
            MoveStock(entries: [.init(reason: .receive, sku: "TEE-M", location: "LEEDS", quantity: 1000)]),
        ] as [any Command] { _ = try waybill.performNow(command, as: .system) }
        for number in 1...24 {
            proxy.plan(number % 2 == 0 ? .loseAnswerToCommit : .loseCommit)
            _ = try waybill.performNow(
                PlaceOrder("1 × TEE-M at 10.00 GBP, store, named N\(number)"), as: .system)
        }
        waybill.stop()
        let levels = try database.read { try StockReading.levels(of: "TEE-M", after: "", limit: 9, in: $0) }
        #expect(levels.map(\.allocated) == [24])
        let report = try database.read { try Doctor.examine(in: $0) }
        #expect(report.isClean, "\(report.text)")
        #expect(database.counts.commitsFound == 12)
        #expect(database.counts.commitsMissing == 12)
    }

    @Test(
        "While sessions are ended all the time, what was acknowledged is there, and nothing else",
        .timeLimit(.minutes(10)))
    func storm() throws {
        let database = try openStock(home)
        let (kept, odd) = (Failures(), Failures())
        let isDone = Atomic(false)
        let ended = DispatchSemaphore(value: 0)
        Thread { [home] in
            while !isDone.load(ordering: .relaxed) {
                do { try home.endSessions() } catch { odd.add("\(error)") }
                usleep(20_000)
            }
            ended.signal()
        }.start()
        // Three seconds, and on a busy machine as long as it takes to see something.
        let (end, latest) = (ContinuousClock.now + .seconds(3), ContinuousClock.now + .seconds(60))
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for number in 0... {
                let now = ContinuousClock.now
                if now > end, kept.all.count > 20 && database.counts.connectionsLost > 3 || now > latest { break }
                let name = "\(thread)-\(number)"
                do {
                    try database.write { db in
                        try db.query(selectStock, [.text(name)]) { _ in }
                        try db.change(insertStock, [[.text(name), 1, nil]])
                    }
                    kept.add(name)
                } catch is StaleRead {
                    continue
                } catch is DatabaseUnavailable {
                    usleep(5_000)
                } catch {
                    odd.add("\(error)")
                }
            }
        }
        isDone.store(true, ordering: .relaxed)
        ended.wait()
        usleep(100_000)
        let rows = try database.read { try $0.rows(Statement("SELECT sku FROM stock")) { try $0.text(0) } }
        #expect(Set(rows) == Set(kept.all))
        #expect(odd.all == [])
        #expect(kept.all.count > 20)
        #expect(database.counts.connectionsLost > 3)
        print("storm: \(kept.all.count) writes kept, \(database.counts)")
    }
}
