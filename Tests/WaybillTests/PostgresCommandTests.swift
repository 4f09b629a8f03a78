import Databases
import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import waybill

@Suite("The command line on PostgreSQL", .enabled(if: TestDatabase.isPostgres), .serialized)
struct PostgresCommandTests {
    @Test("Commands open the database themselves beside a running server, and what they do counts at once")
    func besideTheServer() throws {
        let shop = try Shop()
        let server = try RunningServer(database: shop.url)
        let database = ["--database", shop.url]
        let made = try BuiltProgram.run(
            ["key", "create", "--name", "till", "--scopes", "orders:read,orders:write", "--json"] + database)
        #expect(made.code == 0, "\(made.err)")
        let key = try #require(try JSON.parse(made.out.trimmingCharacters(in: .newlines))["key"]?.string)
        let connection = HTTPConnection(port: server.port, key: key)
        #expect(try connection.post("/v1/orders", Shop.order(named: "one"), key: "one").status == 201)
        let metrics = try connection.get("/metrics").body
        #expect(metrics.contains("waybill_database_commits_total"))
        #expect(metrics.contains("waybill_database_deadlocks_total 0"))
        #expect(metrics.contains("waybill_database_bytes "))
        #expect(try BuiltProgram.run(["doctor"] + database).code == 0)
        #expect(try server.stop().code == 0)
    }

    @Test("Stock that a command imports beside the server is there for the next order, though it was none before")
    func importedStock() throws {
        let shop = try Shop()
        let server = try RunningServer(database: shop.url)
        let connection = HTTPConnection(port: server.port, key: shop.key)
        let items = shop.folder.file("items.csv")
        try "sku,name,weight_g\nNEW,New,100\n".write(toFile: items, atomically: true, encoding: .utf8)
        let imported = try BuiltProgram.run(["import", "items", items, "--database", shop.url])
        #expect(imported.code == 0, "\(imported.err)")
        let body = Shop.order(named: "two").replacingOccurrences(of: "\"TEE\"", with: "\"NEW\"")
        let before = try connection.post("/v1/orders", body, key: "two")
        #expect(before.body.contains("\"backordered\":2"), "\(before.body)")
        let stock = shop.folder.file("stock.csv")
        try "sku,location,on_hand\nNEW,LEEDS,50\n".write(toFile: stock, atomically: true, encoding: .utf8)
        #expect(try BuiltProgram.run(["import", "stock", stock, "--database", shop.url]).code == 0)
        let later = Shop.order(named: "three").replacingOccurrences(of: "\"TEE\"", with: "\"NEW\"")
        let after = try connection.post("/v1/orders", later, key: "three")
        #expect(after.body.contains("\"backordered\":0"), "\(after.body)")
        #expect(!after.body.contains("\"backordered\":2"), "\(after.body)")
        #expect(try server.stop().code == 0)
        #expect(try BuiltProgram.run(["doctor", "--database", shop.url]).code == 0)
    }

    @Test("A backup made beside the server, restored, has what it had; nothing is replaced unasked or in use")
    func backupAndRestore() throws {
        let shop = try Shop()
        let database = ["--database", shop.url]
        let server = try RunningServer(database: shop.url)
        let connection = HTTPConnection(port: server.port, key: shop.key)
        #expect(try connection.post("/v1/orders", Shop.order(named: "kept"), key: "kept").status == 201)
        let backup = try BuiltProgram.run(["backup", "monday.dump", "--json"] + database, folder: shop.folder.path)
        #expect(backup.code == 0, "\(backup.err)")
        #expect(try connection.post("/v1/orders", Shop.order(named: "later"), key: "later").status == 201)
        #expect(try BuiltProgram.run(["backup", "monday.dump"] + database, folder: shop.folder.path).code == 1)

        let copy = shop.folder.file("monday.dump")
        let during = try BuiltProgram.run(["restore", copy, "--force"] + database)
        #expect(during.code == 1)
        #expect(during.err.contains("stop them first"), "\(during.err)")
        #expect(try server.stop().code == 0)
        let unasked = try BuiltProgram.run(["restore", copy] + database)
        #expect(unasked.code == 1 && unasked.err.contains("(--force)"), "\(unasked.err)")
        let damaged = shop.folder.file("damaged.dump")
        try Data(contentsOf: URL(fileURLWithPath: copy)).prefix(20_000).write(to: URL(fileURLWithPath: damaged))
        #expect(try BuiltProgram.run(["restore", damaged, "--force"] + database).code == 1)
        #expect(try BuiltProgram.run(["export", "orders"] + database).out.contains(",later,"))
        let restored = try BuiltProgram.run(["restore", copy, "--force"] + database)
        #expect(restored.code == 0, "\(restored.err)")
        #expect(try BuiltProgram.run(["doctor"] + database).code == 0)
        let orders = try BuiltProgram.run(["export", "orders"] + database)
        #expect(orders.out.contains(",kept,"))
        #expect(!orders.out.contains(",later,"))

        let elsewhere = try EmptyPostgres()
        let there = ["--database", elsewhere.address.connectionText]
        #expect(try BuiltProgram.run(["restore", copy] + there).code == 0)
        #expect(try BuiltProgram.run(["doctor"] + there).code == 0)
    }

    @Test("A database that is missing, not migrated or newer is refused in words, with exit code 1 and no password")
    func refusals() throws {
        let empty = try EmptyPostgres()
        let there = ["--database", empty.address.connectionText]
        let password = try #require(URLComponents(string: empty.address.connectionText)?.password)
        let doctor = try BuiltProgram.run(["doctor"] + there)
        #expect(doctor.code == 1)
        #expect(doctor.err.contains("run `waybill migrate` first"))
        #expect(!doctor.err.contains(password))
        let plan = try BuiltProgram.run(["migrate", "--dry-run"] + there)
        #expect(plan.out.contains("\(MigrationFiles.all.count) steps would run"))
        #expect(try BuiltProgram.run(["migrate"] + there).out.contains("steps done"))
        #expect(try BuiltProgram.run(["migrate"] + there).out.contains("up to date"))
        try empty.run("INSERT INTO schema_migrations VALUES (9999, 'tomorrow', 'x', 0)")
        for command in [["serve", "--port", "0"], ["doctor"], ["migrate"]] {
            let newer = try BuiltProgram.run(command + there)
            #expect(newer.code == 1)
            #expect(newer.err.contains("newer than this program"), "\(newer.err)")
        }
        let missing = try empty.address.withDatabase("missing_database").connectionText
        let nowhere = try BuiltProgram.run(["serve", "--database", missing])
        #expect(nowhere.code == 1)
        #expect(nowhere.err.contains("\"missing_database\" does not exist"))
    }

    @Test("A shop moves from a SQLite file to PostgreSQL with every row, once, and goes on there")
    func moving() throws {
        let (shop, path) = try Shop.inFile()
        let old = try RunningServer(database: shop.url)
        let placed = try HTTPConnection(port: old.port, key: shop.key)
            .post("/v1/orders", Shop.order(named: "before"), key: "before")
        #expect(placed.status == 201)
        let empty = try EmptyPostgres()
        let move = ["migrate", "--from", shop.url, "--to", empty.address.connectionText]
        #expect(try BuiltProgram.run(move).err.contains("(process \(old.processNumber))"))
        #expect(try old.stop().code == 0)
        let moved = try BuiltProgram.run(move)
        #expect(moved.code == 0, "\(moved.err)")
        #expect(moved.out.contains("Every book agrees with its rows."))
        let again = try BuiltProgram.run(move)
        #expect(again.code == 1 && again.err.contains("is not empty"), "\(again.err)")
        let (from, to) = (try SQLiteDatabase.open(path: path, mode: .readOnly), try empty.open())
        #expect(try TestDatabase.dump(from) == TestDatabase.dump(to))
        try from.close()
        to.close()
        let new = try RunningServer(database: empty.address.connectionText)
        let connection = HTTPConnection(port: new.port, key: shop.key)
        #expect(try connection.post("/v1/orders", Shop.order(named: "before"), key: "before") == placed)
        #expect(try connection.post("/v1/orders", Shop.order(named: "after"), key: "after").status == 201)
        #expect(try new.stop().code == 0)
    }

    @Test("The demonstration is made on PostgreSQL, and its books are clean")
    func demonstration() throws {
        let empty = try EmptyPostgres()
        let there = ["--database", empty.address.connectionText]
        let made = try BuiltProgram.run(["demo", "--make-only", "--orders", "60"] + there)
        #expect(made.code == 0, "\(made.err)")
        #expect(try BuiltProgram.run(["doctor"] + there).code == 0)
        #expect(try BuiltProgram.run(["demo", "--make-only"] + there).err.contains("is in use"))
    }

    @Test("A replay runs on PostgreSQL to a clean doctor's report")
    func replay() throws {
        let empty = try EmptyPostgres()
        let folder = try TemporaryFolder()
        let lines = EmbeddedDemonstration.orders.split(separator: "\n").prefix(101).joined(separator: "\n")
        try lines.write(toFile: folder.file("orders.csv"), atomically: true, encoding: .utf8)
        let outcome = try BuiltProgram.run([
            "replay", folder.file("orders.csv"), "--as-fast-as-possible", "--database", empty.address.connectionText,
        ])
        #expect(outcome.code == 0, "\(outcome.err)")
        #expect(outcome.out.contains("Every book agrees with its rows."))
    }
}
