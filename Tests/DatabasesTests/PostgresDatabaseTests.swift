import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Databases

/// A database with the two tables that the tests of SQLite use, too.
func openStock(_ home: EmptyPostgres, _ limits: PostgresLimits = PostgresLimits()) throws -> PostgresDatabase {
    let database = try home.open(limits)
    try database.write { try $0.script(DatabaseFolder.schema) }
    return database
}

@Suite("A PostgreSQL database", .enabled(if: TestDatabase.isPostgres))
struct PostgresDatabaseTests {
    let home: EmptyPostgres

    init() throws { home = try EmptyPostgres() }

    @Test("Opening to read sees commits and refuses writes")
    func readOnly() throws {
        let writer = try openStock(home)
        let reader = try PostgresDatabase.open(home.address, mode: .readOnly)
        _ = try writer.write { try $0.execute(insertStock, [["TEE", 1, nil]]) }
        #expect(try reader.stockRows() == 1)
        #expect(throws: DatabaseUnavailable.self) {
            try reader.write { try $0.execute(insertStock, [["CAP", 1, nil]]) }
        }
        #expect(throws: DatabaseUnavailable.self) {
            try writer.read { try $0.execute(insertStock, [["CAP", 1, nil]]) }
        }
        #expect(try writer.stockRows() == 1)
    }

    @Test("An error of the body leaves nothing behind, changes that were only sent included")
    func rollback() throws {
        struct Doubt: Error {}
        let database = try openStock(home)
        #expect(throws: Doubt.self) {
            try database.write { connection in
                try connection.execute(insertStock, [["TEE", 1, nil]])
                try connection.change(insertStock, [["CAP", 1, nil], ["CAP", 1, nil]])  // fails, but nobody asks
                throw Doubt()
            }
        }
        #expect(try database.stockRows() == 0)
        try database.write { try $0.change(insertStock, [["TEE", 1, nil]]) }
        #expect(try database.stockRows() == 1)
    }

    @Test("Text, numbers and null come back as they were bound, one by one and as a set")
    func values() throws {
        let database = try openStock(home)
        let texts = ["", "a", "fifteen letters", "ünïcødé 漢字 🚚", "it's", String(repeating: "x", count: 99_999)]
        let rows = texts.enumerated().map { [SQLValue("\($0)"), .integer(Int64.max), .text($1)] }
        let changed = try database.write { connection in
            let many = try connection.execute(insertStock, rows + [["none", 0, nil]])
            let single = try connection.execute(insertStock, [["single", .integer(7), "'?1'"]])
            return [many, single]
        }
        #expect(changed == [texts.count + 1, 1])
        try database.read { connection in
            for (index, text) in texts.enumerated() {
                let found = try connection.first(selectStock, [SQLValue("\(index)")]) { row in
                    #expect(try row.integer(1) == Int64.max)
                    #expect(!row.isNull(2))
                    return try row.text(2)
                }
                #expect(found == text)
            }
            try connection.query(selectStock, [["none"], ["none"]]) { row in
                #expect(row.isNull(2))
                #expect(throws: BrokenInvariant.self) { try row.text(2) }
            }
            #expect(try connection.first(selectStock, ["single"]) { try $0.text(2) } == "'?1'")
        }
    }

    @Test("Nulls in a set stay where they are: between values, behind them, or all there is")
    func nulls() throws {
        let database = try openStock(home)
        let notes: [[SQLValue]] = [[nil, "b", nil, "d", nil], [nil, nil], ["a", "b"], ["a", nil], [nil, "b"]]
        for (set, column) in notes.enumerated() {
            let keys = column.indices.map { SQLValue("\(set).\($0)") }
            let changed = try database.write { connection in
                try connection.execute(insertStock, zip(keys, column).map { [$0, 1, $1] })
            }
            #expect(changed == column.count)
            var found: [SQLValue] = []
            try database.read { connection in
                try connection.query(selectStock, keys.map { [$0] }) { found.append(SQLValue($0.optionalText(2))) }
            }
            #expect(found == column)
        }
    }

    @Test("Sums, small numbers and truth are whole numbers, too")
    func numbers() throws {
        let database = try openStock(home)
        let rows = [3, 40_000, 1_000_000_000_007, -5].enumerated().map { [SQLValue("\($0)"), .integer(abs($1)), nil] }
        _ = try database.write { try $0.execute(insertStock, rows) }
        let query = Statement(
            "SELECT SUM(on_hand), -SUM(on_hand), 1, true, 0 * SUM(on_hand), SUM(on_hand) > 1 FROM stock")
        let found = try database.read { db in
            try db.first(query) { row in try (0..<6).map { try row.integer($0) } }
        }
        #expect(found == [1_000_000_040_015, -1_000_000_040_015, 1, 1, 0, 1])
    }

    @Test("Text with U+0000 is refused in words, and nothing of its transaction stays")
    func zero() throws {
        let database = try openStock(home)
        let refusal = #expect(throws: Refusal.self) {
            try database.write { try $0.execute(insertStock, [["TEE", 1, nil], ["C\0P", 1, nil]]) }
        }
        #expect(refusal?.code == .invalidInput)
        #expect(try database.stockRows() == 0)
    }

    @Test("A query runs once per row of parameters, in their order, and may run itself within a visit")
    func severalRows() throws {
        let database = try openStock(home)
        try database.write { connection in
            try connection.execute(insertStock, [["TEE", 1, nil], ["CAP", 2, nil], ["MUG", 3, nil]])
            var seen: [Int] = []
            try connection.query(selectStock, [["TEE"], ["none"], ["MUG"], ["TEE"]]) { row in
                seen.append(try row.int(1))
                try connection.query(selectStock, ["CAP"]) { seen.append(try $0.int(1)) }
            }
            #expect(seen == [1, 2, 3, 2, 1, 2])
        }
    }

    @Test("Each row's own order and limit are kept when many are asked for")
    func orderWithin() throws {
        let database = try openStock(home)
        let rows = (1...50).map { [SQLValue("S\($0)"), .integer(Int64($0 % 10)), nil] }
        _ = try database.write { try $0.execute(insertStock, rows) }
        let query = Statement("SELECT on_hand, sku FROM stock WHERE on_hand < #max ORDER BY on_hand DESC LIMIT #limit")
        let found = try database.read { db in
            var found: [Int] = []
            try db.query(query, [[9, 6], [3, 7], [1, 1]]) { found.append(try $0.int(0)) }
            return found
        }
        #expect(found == [8, 8, 8, 8, 8, 7, 2, 2, 2, 2, 2, 1, 1, 0])
    }

    @Test("More rows than go into one message go into several")
    func manyRows() throws {
        let database = try openStock(home)
        let count = PostgresConnection.rowsMax * 2 + 1
        try database.write { db in
            try db.changeGuarded(insertStock, (0..<count).map { [SQLValue("S\($0)"), 1, nil] })
            let taken = try db.execute(takeStock, (0..<count).map { [1, SQLValue("S\($0)")] })
            #expect(taken == count)
        }
        #expect(try database.stockRows() == count)
    }

    @Test("Too few values, or of the wrong kind, or two statements at once are faults of the program")
    func tooFewValues() throws {
        let database = try openStock(home)
        for values in [["TEE"], [1, 1, nil]] as [[SQLValue]] {
            #expect(throws: BrokenInvariant.self) { try database.write { try $0.execute(insertStock, [values]) } }
        }
        #expect(throws: BrokenInvariant.self) {
            try database.read { try $0.query(Statement("SELECT 1; SELECT 2")) { _ in } }
        }
    }

    @Test("A guard that no longer holds is a stale read, at once or before the commit, and nothing stays")
    func guarded() throws {
        let database = try openStock(home)
        _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil], ["CAP", 1, nil]]) }
        try database.write { try $0.changeGuarded(takeStock, [[5, "TEE"], [1, "CAP"]]) }
        #expect(throws: StaleRead.self) {
            try database.write { connection in
                try connection.execute(insertStock, [["MUG", 5, nil]])
                try connection.changeGuarded(takeStock, [[1, "MUG"], [1, "CAP"]])
            }
        }
        #expect(try database.stockRows() == 2)
        #expect(database.counts.retries == 1)
    }

    @Test("A taken key is a stale read; any other broken constraint is a fault, by name")
    func constraints() throws {
        let database = try openStock(home)
        _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil]]) }
        #expect(throws: StaleRead.self) { try database.write { try $0.execute(insertStock, [["TEE", 5, nil]]) } }
        #expect(throws: StaleRead.self) { try database.write { try $0.change(insertStock, [["TEE", 5, nil]]) } }
        let check = #expect(throws: BrokenInvariant.self) {
            try database.write { try $0.change(insertStock, [["CAP", -1, nil]]) }
        }
        #expect(check?.description.contains("stock_on_hand_check") == true)
        #expect(throws: BrokenInvariant.self) {
            try database.write { try $0.execute(insertStock, [["CAP", nil, nil]]) }
        }
        #expect(throws: BrokenInvariant.self) {
            try database.write { try $0.script("INSERT INTO bin (id, sku) VALUES (1, 'none')") }
        }
        #expect(throws: BrokenInvariant.self) { try database.read { try $0.query(Statement("SELEC 1")) { _ in } } }
        #expect(try database.stockRows() == 1)
    }

    @Test("After a failed statement nothing more runs or is committed, even if its error was swallowed")
    func failureDooms() throws {
        let database = try openStock(home)
        var swallowed: [String] = []
        #expect(throws: StaleRead.self) {
            try database.write { connection in
                try connection.execute(insertStock, [["TEE", 5, nil]])
                for sku in ["TEE", "CAP"] {
                    do {
                        try connection.execute(insertStock, [[.text(sku), 5, nil]])
                    } catch {
                        swallowed.append(sku)
                    }
                }
            }
        }
        #expect(swallowed == ["TEE", "CAP"])
        #expect(try database.stockRows() == 0)
        _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil]]) }
        #expect(try database.stockRows() == 1)
    }

    @Test("A reader keeps its snapshot while a writer commits beside it")
    func snapshot() throws {
        let database = try openStock(home)
        try database.read { connection in
            #expect(try connection.first(countStock) { try $0.int(0) } == 0)
            _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil]]) }
            #expect(try connection.first(countStock) { try $0.int(0) } == 0)
        }
        #expect(try database.stockRows() == 1)
    }

    @Test("A closed database refuses; closing twice is harmless")
    func closing() throws {
        let database = try openStock(home)
        _ = try database.stockRows()
        database.close()
        database.close()
        #expect(throws: DatabaseUnavailable.self) { try database.stockRows() }
        #expect(throws: DatabaseUnavailable.self) { try database.write { try $0.script("SELECT 1") } }
    }

    @Test("Many threads of two programs read and write at once, and no change is lost", .timeLimit(.minutes(10)))
    func threads() throws {
        let databases = [try openStock(home), try home.open()]
        _ = try databases[0].write { try $0.execute(insertStock, [["TEE", 400, nil]]) }
        let failures = Failures()
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            let database = databases[thread % 2]
            for _ in 0..<50 {
                do {
                    try database.write { try $0.changeGuarded(takeStock, [[1, "TEE"]]) }
                    _ = try database.stockRows()
                } catch {
                    failures.add("\(error)")
                }
            }
        }
        #expect(failures.all == [])
        #expect(try databases[0].read { try $0.first(selectStock, ["TEE"]) { try $0.int(1) } } == 0)
        #expect(databases[0].counts.deadlocks == 0)
    }

    @Test("A write waits as often for one row as for a thousand")
    func roundTrips() throws {
        let database = try openStock(home)
        func waits(_ rows: Int, _ name: String) throws -> Int64 {
            let before = database.counts.roundTrips
            try database.write { db in
                try db.query(selectStock, (0..<rows).map { [SQLValue("\(name)\($0)")] }) { _ in }
                try db.change(insertStock, (0..<rows).map { [SQLValue("\(name)\($0)"), 1, nil] })
                try db.changeGuarded(takeStock, (0..<rows).map { [1, SQLValue("\(name)\($0)")] })
            }
            return database.counts.roundTrips - before
        }
        #expect(try waits(1, "a") == 3)
        #expect(try waits(1000, "b") == 3)
        #expect(try waits(1000, "c") == 3)
    }

    @Test("A schema that changes under a prepared statement costs a new connection, and no wrong answer")
    func changedSchema() throws {
        let database = try openStock(home)
        let all = Statement("SELECT * FROM stock")
        _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil]]) }
        for _ in 0..<2 { try database.write { try $0.query(all) { _ in } } }
        try home.run("ALTER TABLE stock ADD COLUMN colour TEXT")
        var found = 0
        try database.write { db in
            try db.query(all) { row in
                #expect(row.isNull(3))
                found += 1
            }
        }
        #expect(found == 1)
        for _ in 0..<2 { try database.write { try $0.query(all) { _ in } } }
        try home.run("ALTER TABLE stock DROP COLUMN colour")
        #expect(throws: StaleRead.self) {
            try database.write { db in
                try db.query(countStock) { _ in }
                try db.query(all) { _ in }  // in the middle of a transaction that cannot begin again
            }
        }
        try database.write { try $0.query(all) { _ in } }
    }
}
