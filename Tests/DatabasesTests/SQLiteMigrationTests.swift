import OrderManagement
import Testing

@testable import Databases

@Suite("Migrations of a SQLite database")
struct SQLiteMigrationTests {
    let folder: DatabaseFolder
    let database: SQLiteDatabase

    init() throws {
        folder = try DatabaseFolder()
        database = try SQLiteDatabase.open(path: folder.database, mode: .readWrite)
    }

    static let first = step(1, "CREATE TABLE item (id BIGINT NOT NULL PRIMARY KEY, sku TEXT NOT NULL)")
    static let second = step(
        2, "CREATE TABLE level (sku TEXT NOT NULL, bin TEXT NOT NULL, PRIMARY KEY (sku, bin)) /* clustered */;")

    static func step(_ number: Int, _ sql: String, checksum: String? = nil) -> Migration {
        Migration(number: number, name: "step \(number)", sql: sql, checksum: checksum ?? "sum of \(number)")
    }

    /// Runs the steps. - Returns: The numbers of those that ran.
    func migrate(_ migrations: Migration...) throws -> [Int] {
        var ran: [Int] = []
        try database.migrate(migrations) { ran.append($0.number) }
        return ran
    }

    func refusal(_ migrations: Migration...) -> String {
        let error = #expect(throws: MigrationRefused.self) { try database.migrate(migrations) { _ in } }
        return error?.description ?? ""
    }

    func tables() throws -> [String] {
        let names = Statement("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return try database.read { try $0.rows(names) { try $0.text(0) } }
    }

    @Test("Steps run once, in their order, whatever the order given")
    func twice() throws {
        #expect(try database.pendingMigrations([Self.second, Self.first]).map(\.number) == [1, 2])
        #expect(try migrate(Self.second, Self.first) == [1, 2])
        #expect(try migrate(Self.first, Self.second) == [])
        #expect(try database.pendingMigrations([Self.first, Self.second]) == [])
        #expect(try tables() == ["item", "level", "schema_migrations"])
        #expect(
            try migrate(Self.first, Self.second, Self.step(3, "DROP TABLE level; CREATE TABLE bin (id TEXT)")) == [3])
        #expect(try tables() == ["bin", "item", "schema_migrations"])
    }

    @Test("Couriers' numbers of returns move out of their terms, whatever stands behind them there")
    func returnTracking() throws {
        let before = MigrationFiles.all.filter { $0.number < 84 }
        let after = MigrationFiles.all.filter { $0.number <= 84 }
        try database.migrate(before) { _ in }
        let insert = Statement(
            """
            INSERT INTO returns (order_id, number, state, method, requested_at, updated_at, refunded, terms)
            VALUES (1, #number, 'in_transit', 'by_post', 0, 0, 0, :terms)
            """)
        let terms: [SQLValue] = [
            .text(#"{"policy":1,"courier":"dhl","tracking":"RB 9-1","found":[{"sku":"A","quantity":1}]}"#),
            .text(#"{"policy":1,"tracking":"Ä-2"}"#), .text(#"{"policy":1,"found":[{"sku":"tracking"}]}"#), .null,
        ]
        try database.write { db in
            try db.change(insert, terms.enumerated().map { [SQLValue($0 + 1), $1] })
        }
        try database.migrate(after) { _ in }
        let read = Statement("SELECT tracking FROM returns ORDER BY order_id, number")
        let found = try database.read { try $0.rows(read) { $0.optionalText(0) } }
        #expect(found == ["RB 9-1", "Ä-2", nil, nil])
    }

    @Test("The two phrases of the dialect become SQLite's: a row id, and a table without one")
    func dialect() throws {
        _ = try migrate(Self.first, Self.second)
        let text = Statement("SELECT sql FROM sqlite_master WHERE name = :name")
        let item = try database.read { try $0.first(text, ["item"]) { try $0.text(0) } }
        let level = try database.read { try $0.first(text, ["level"]) { try $0.text(0) } }
        #expect(item?.contains("id INTEGER NOT NULL PRIMARY KEY") == true)
        #expect(level?.hasSuffix("WITHOUT ROWID") == true)
    }

    @Test("A step that fails halfway leaves nothing, the steps before it stay, and the mended step runs")
    func interrupted() throws {
        let broken = Self.step(2, "CREATE TABLE half (id TEXT); CREATE TABL other (id TEXT)", checksum: "broken")
        #expect(throws: BrokenInvariant.self) { try database.migrate([Self.first, broken]) { _ in } }
        #expect(try tables() == ["item", "schema_migrations"])
        #expect(try migrate(Self.first, Self.second) == [2])
    }

    @Test("A step that ran with another text is refused")
    func tampered() throws {
        _ = try migrate(Self.first)
        let text = refusal(Self.step(1, "CREATE TABLE other (id TEXT)", checksum: "another"), Self.second)
        #expect(text.contains("was changed after it ran"))
        #expect(try tables() == ["item", "schema_migrations"])
    }

    @Test("A database newer than the program is refused")
    func newer() throws {
        _ = try migrate(Self.first, Self.second)
        #expect(refusal(Self.first).contains("newer than this program"))
        #expect(throws: MigrationRefused.self) { try database.pendingMigrations([Self.first]) }
    }

    @Test("A step before one that ran, or two of one number, are refused")
    func order() throws {
        _ = try migrate(Self.second)
        #expect(refusal(Self.first, Self.second).contains("only go forward"))
        #expect(refusal(Self.second, Self.second).contains("two migrations"))
    }

    @Test("A step may rebuild a table that others point at")
    func rebuild() throws {
        let tables = Self.step(
            1,
            "CREATE TABLE a (id TEXT NOT NULL PRIMARY KEY); CREATE TABLE b (a TEXT NOT NULL REFERENCES a (id));"
                + "INSERT INTO a VALUES ('x'); INSERT INTO b VALUES ('x')")
        let rebuild = Self.step(
            2,
            "CREATE TABLE a2 (id TEXT NOT NULL PRIMARY KEY, note TEXT); INSERT INTO a2 SELECT id, NULL FROM a;"
                + "DROP TABLE a; ALTER TABLE a2 RENAME TO a")
        #expect(try migrate(tables, rebuild) == [1, 2])
        let orphan = Self.step(3, "DELETE FROM a")
        #expect(throws: BrokenInvariant.self) { try database.migrate([tables, rebuild, orphan]) { _ in } }
        #expect(throws: BrokenInvariant.self) { try database.write { try $0.script("INSERT INTO b VALUES ('y')") } }
    }
}
