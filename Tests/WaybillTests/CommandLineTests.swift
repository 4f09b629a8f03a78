import ArgumentParser
import Foundation
import OrderManagement
import Testing

@testable import waybill

@Suite("The command line", .serialized)
struct CommandLineTests {
    @Test("Every subcommand has help with an example")
    func help() throws {
        for command in Waybill.configuration.subcommands {
            let name = try #require(command.configuration.commandName)
            let inner = try command.configuration.subcommands.map { [name, try #require($0.configuration.commandName)] }
            for path in inner.isEmpty ? [[name]] : inner {
                let outcome = try BuiltProgram.run(path + ["--help"])
                #expect(outcome.code == 0, "\(path)")
                #expect(outcome.out.contains("Example: waybill \(path.joined(separator: " "))"), "\(path)")
            }
        }
    }

    @Test(
        "Wrong usage exits with 2 and says so on standard error",
        arguments: [
            ["nonsense"], ["serve", "--port", "x"], ["serve", "--port", "70000"], ["export", "prices"], ["backup"],
            ["key", "create", "--name", "n", "--scopes", "orders:fly"], ["simulate", "--seeds", "9..1"],
            ["migrate", "--from", "sqlite:a.db"],
            ["user", "create", "--email", "jo", "--name", "Jo", "--scopes", "admin"],
        ])
    func usage(arguments: [String]) throws {
        let outcome = try BuiltProgram.run(arguments)
        #expect(outcome.code == 2)
        #expect(outcome.out.isEmpty)
        #expect(!outcome.err.isEmpty)
    }

    @Test("A database that is not there is refused, as is a move that is not known, each with exit code 1")
    func refused() throws {
        let moving = try BuiltProgram.run(["migrate", "--to", "sqlite:a.db", "--from", "postgres://localhost/b"])
        #expect(moving.code == 1)
        #expect(moving.err.contains("only a move from sqlite:PATH to postgres://"))
        let nothing = try BuiltProgram.run(
            ["migrate", "--from", "sqlite:/nonexistent/a.db", "--to", "postgres://localhost/b"])
        #expect(nothing.code == 1)
        #expect(nothing.err.contains("there is no database at /nonexistent/a.db"))
        let missing = try BuiltProgram.run(["doctor", "--database", "sqlite:/nonexistent/waybill.db"])
        #expect(missing.code == 1)
        #expect(missing.err.contains("there is no database at /nonexistent/waybill.db"))
    }

    @Test("A command whose arguments make no sense together says how that command is used")
    func usageOfCommand() throws {
        let shop = try Shop()
        let made = try BuiltProgram.run(["import", "tariff", shop.folder.file("list"), "--database", shop.url])
        #expect(made.code == 2 && made.err.contains("Error: say whose it is: --courier CODE"), "\(made.err)")
        #expect(made.err.contains("Usage: waybill import [<options>] <kind> <file>"), "\(made.err)")
        #expect(made.err.contains("See 'waybill import --help' for more information."), "\(made.err)")
    }

    @Test("An import that takes not one row ends with 1; a row beside a wrong one goes in")
    func importRefused() throws {
        let shop = try Shop()
        let good = "sku,name,weight_g\nHAT,A hat,100\n"
        for (text, code) in [("foo,bar\n1,2\n", 1), (good, 0), (good + ",,\n", 0)] as [(String, Int32)] {
            let path = shop.folder.file("items.csv")
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let made = try BuiltProgram.run(["import", "items", path, "--database", shop.url])
            #expect(made.code == code, "\(text): \(made.out) \(made.err)")
        }
    }

    @Test("A first run shows the way in, until somebody can get in")
    func firstRun() throws {
        let folder = try TemporaryFolder()
        let path = "sqlite:" + folder.file("waybill.db")
        let server = try RunningServer(database: path)
        #expect(try server.said.contains("/console/setup?token=wb_"))
        let made = try BuiltProgram.run(
            ["user", "create", "--email", "jo@example.com", "--name", "Jo", "--scopes", "admin", "--json"]
                + ["--database", path])
        #expect(made.code == 0, "\(made.err)")
        #expect(try JSON.parse(made.out.trimmingCharacters(in: .newlines))["email"]?.string == "jo@example.com")
        #expect(try server.stop().code == 0)
        let second = try RunningServer(database: path)
        #expect(!(try second.said.contains("/setup")))
        #expect(try second.stop(SIGINT).code == 0)
    }

    @Test("A second server on the same file refuses, naming the process that has it")
    func secondServer() throws {
        let (shop, _) = try Shop.inFile()
        let server = try RunningServer(database: shop.url)
        let second = try BuiltProgram.run(["serve", "--database", shop.url, "--port", "0"])
        #expect(second.code == 1)
        #expect(second.err.contains("(process \(server.processNumber))"))
        #expect(try server.stop().code == 0)
    }

    @Test("A port that is taken is said, with exit code 1")
    func portTaken() throws {
        let shop = try Shop()
        let server = try RunningServer(database: shop.url)
        let folder = try TemporaryFolder()
        let second = try BuiltProgram.run(
            ["serve", "--database", "sqlite:" + folder.file("other.db"), "--port", "\(server.port)"])
        #expect(second.code == 1)
        #expect(second.err.contains("another process does"), "\(second.err)")
        #expect(try server.stop().code == 0)
    }

    @Test("Commands that write run inside the server; a key made there works at once, and a refusal comes back as one")
    func throughTheServer() throws {
        let (shop, path) = try Shop.inFile()
        let server = try RunningServer(database: shop.url)
        let database = ["--database", shop.url]
        let made = try BuiltProgram.run(
            ["key", "create", "--name", "till", "--scopes", "orders:read,orders:write", "--json"] + database)
        #expect(made.code == 0, "\(made.err)")
        let key = try #require(try JSON.parse(made.out.trimmingCharacters(in: .newlines))["key"]?.string)
        let connection = HTTPConnection(port: server.port, key: key)
        #expect(try connection.post("/v1/orders", Shop.order(named: "one"), key: "one").status == 201)
        let nowhere = try BuiltProgram.run(
            ["key", "create", "--name", "n", "--scopes", "admin", "--location", "NOWHERE"] + database)
        #expect(nowhere.code == 1)
        #expect(nowhere.err.contains("there is no location NOWHERE"))
        let list = try BuiltProgram.run(["key", "list"] + database)
        #expect(list.out.contains("till"))
        #expect(try server.stop().code == 0)
        #expect(!FileManager.default.fileExists(atPath: path + ".sock"))
    }

    @Test("People get access, a new password and an end by the command line, at once in a running server")
    func users() throws {
        let (shop, _) = try Shop.inFile()
        let server = try RunningServer(database: shop.url)
        let database = ["--database", shop.url]
        for (name, scopes) in [("jo", "admin"), ("al", "orders:read")] {
            let made = try BuiltProgram.run(
                ["user", "create", "--email", "\(name)@example.com", "--name", name, "--scopes", scopes] + database)
            #expect(made.code == 0, "\(made.err)")
        }
        let set = try BuiltProgram.run(["user", "password", "AL@example.com"] + database)
        #expect(set.code == 0 && set.out.hasPrefix("wb_") && set.err.contains("signed out"), "\(set.err)")
        let last = try BuiltProgram.run(["user", "end", "jo@example.com"] + database)
        #expect(last.code == 1 && last.err.contains("last administrator"), "\(last.err)")
        let ended = try BuiltProgram.run(["user", "end", "al@example.com"] + database)
        #expect(ended.code == 0, "\(ended.err)")
        #expect(try BuiltProgram.run(["user", "end", "al@example.com"] + database).err.contains("there is no user al@"))
        let list = try BuiltProgram.run(["user", "list"] + database).out
        #expect(list.contains("ended") && list.contains("jo@example.com") && !list.contains("scrypt"))
        #expect(try server.stop().code == 0)
    }

    @Test("A backup of a running server, restored in its place, has what it had")
    func backupAndRestore() throws {
        let (shop, _) = try Shop.inFile()
        let database = ["--database", shop.url]
        let server = try RunningServer(database: shop.url)
        let connection = HTTPConnection(port: server.port, key: shop.key)
        #expect(try connection.post("/v1/orders", Shop.order(named: "kept"), key: "kept").status == 201)
        let backup = try BuiltProgram.run(["backup", "monday.db", "--json"] + database, folder: shop.folder.path)
        #expect(backup.code == 0, "\(backup.err)")
        #expect(try connection.post("/v1/orders", Shop.order(named: "later"), key: "later").status == 201)
        let twice = try BuiltProgram.run(["backup", "monday.db"] + database, folder: shop.folder.path)
        #expect(twice.code == 1)

        let copy = shop.folder.file("monday.db")
        let during = try BuiltProgram.run(["restore", copy, "--force"] + database)
        #expect(during.code == 1)
        #expect(during.err.contains("(process \(server.processNumber))"))
        #expect(try server.stop().code == 0)
        #expect(try BuiltProgram.run(["restore", copy] + database).code == 1)
        let restored = try BuiltProgram.run(["restore", copy, "--force"] + database)
        #expect(restored.code == 0, "\(restored.err)")
        #expect(restored.out.contains("(SSCC) go on behind the serial number 1000:"), "\(restored.out)")
        let twiceOver = try BuiltProgram.run(["restore", copy, "--force", "--json"] + database)
        #expect(twiceOver.out.contains("\"passed_over_to\":2000"), "\(twiceOver.out)")
        #expect(try BuiltProgram.run(["doctor"] + database).code == 0)
        let orders = try BuiltProgram.run(["export", "orders"] + database)
        #expect(orders.out.contains(",kept,"))
        #expect(!orders.out.contains(",later,"))
    }

    @Test("Each export has as many rows as there are things, as CSV and as NDJSON")
    func export() throws {
        let shop = try Shop()
        let server = try RunningServer(database: shop.url)
        let connection = HTTPConnection(port: server.port, key: shop.key)
        for number in 0..<450 {
            #expect(try connection.post("/v1/orders", Shop.order(named: "o\(number)"), key: "o\(number)").status == 201)
        }
        let database = ["--database", shop.url]
        func lines(_ arguments: [String]) throws -> [Substring] {
            let outcome = try BuiltProgram.run(["export"] + arguments + database)
            #expect(outcome.code == 0, "\(outcome.err)")
            return outcome.out.split(whereSeparator: \.isNewline)
        }
        #expect(try lines(["orders"]).count == 451)
        let orders = try lines(["orders", "--json"])
        #expect(Set(try orders.map { try JSON.parse(String($0))["external_id"]?.string }).count == 450)
        #expect(try lines(["stock"]).count == 3)
        let events = try lines(["events", "--format", "ndjson"]).map { try JSON.parse(String($0))["position"]?.integer }
        #expect(events == (1...Int64(events.count)).map { $0 })
        #expect(try lines(["refunds"]).count == 1)
        let file = shop.folder.file("orders.ndjson")
        #expect(try lines(["orders", "--output", file]).isEmpty)
        #expect(try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").count == 450)
        #expect(try server.stop().code == 0)
    }

    @Test("A schema that is not up to date is migrated by `migrate`, said before by --dry-run")
    func migrate() throws {
        let folder = try TemporaryFolder()
        let database = ["--database", "sqlite:" + folder.file("waybill.db")]
        let before = try BuiltProgram.run(["migrate", "--dry-run"] + database)
        #expect(before.out.contains("steps would run"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("waybill.db")))
        #expect(try BuiltProgram.run(["migrate"] + database).out.contains("steps done"))
        #expect(try BuiltProgram.run(["migrate"] + database).out.contains("up to date"))
        #expect(try BuiltProgram.run(["doctor"] + database).code == 0)
    }
}
