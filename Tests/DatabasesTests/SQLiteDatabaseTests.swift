import Foundation
import OrderManagement
import Testing

@testable import Databases

/// A folder of its own for one database, gone afterwards. A class, since it ends with its last user.
final class DatabaseFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "waybill-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(error)") }
    }

    var database: String { path + "/waybill.db" }

    /// An open database with one table of stock.
    func open() throws -> SQLiteDatabase {
        let database = try SQLiteDatabase.open(path: database, mode: .readWrite)
        try database.write { try $0.script(Self.schema) }
        return database
    }

    static let schema = """
        CREATE TABLE IF NOT EXISTS stock (
            sku TEXT NOT NULL PRIMARY KEY,
            on_hand BIGINT NOT NULL CHECK (on_hand >= 0),
            note TEXT
        );
        CREATE TABLE IF NOT EXISTS bin (
            id BIGINT NOT NULL PRIMARY KEY,
            sku TEXT NOT NULL REFERENCES stock (sku)
        );
        """
}

let insertStock = Statement("INSERT INTO stock (sku, on_hand, note) VALUES (:sku, #on_hand, :note)")
let selectStock = Statement("SELECT sku, on_hand, note FROM stock WHERE sku = :sku")
let countStock = Statement("SELECT count(*) FROM stock")
let takeStock = Statement("UPDATE stock SET on_hand = on_hand - #taken WHERE sku = :sku AND on_hand >= #taken")

extension Database {
    func stockRows() throws -> Int {
        try read { try $0.first(countStock) { try $0.int(0) } ?? -1 }
    }
}

@Suite("A SQLite database")
struct SQLiteDatabaseTests {
    let folder: DatabaseFolder

    init() throws { folder = try DatabaseFolder() }

    @Test("The writer leaves syncing to who does it beside the next commit, and every connection has its settings")
    func settings() throws {
        let database = try folder.open()
        let expected = ["synchronous": "1", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000"]
        for (name, value) in expected {
            let found = try database.write { try $0.first(Statement(composed: "PRAGMA \(name)")) { try $0.text(0) } }
            #expect(found == value, "\(name)")
        }
        #expect(try database.read { try $0.first(Statement("PRAGMA foreign_keys")) { try $0.int(0) } } == 1)
        #expect(try database.read { try $0.first(Statement("PRAGMA busy_timeout")) { try $0.int(0) } } == 5000)
    }

    @Test("A second opening to write is refused with the holder's process number, until the first closes")
    func secondOpening() throws {
        let database = try folder.open()
        let refusal = #expect(throws: DatabaseInUse.self) {
            try SQLiteDatabase.open(path: folder.database, mode: .readWrite)
        }
        #expect(refusal?.description.contains("process \(getpid())") == true)
        try database.close()
        try SQLiteDatabase.open(path: folder.database, mode: .readWrite).close()
    }

    @Test("A lock held by another process refuses the opening", .timeLimit(.minutes(10)))
    func lockOfAnotherProcess() throws {
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        holder.arguments = ["--exclusive", folder.database + ".lock", "sh", "-c", "echo held; read line"]
        let output = Pipe()
        let input = Pipe()
        holder.standardOutput = output
        holder.standardInput = input
        try holder.run()
        #expect(output.fileHandleForReading.availableData == Data("held\n".utf8))
        #expect(throws: DatabaseInUse.self) { try SQLiteDatabase.open(path: folder.database, mode: .readWrite) }
        try input.fileHandleForWriting.close()
        holder.waitUntilExit()
        try SQLiteDatabase.open(path: folder.database, mode: .readWrite).close()
    }

    @Test("Opening to read needs no lock, sees commits and refuses writes")
    func readOnly() throws {
        let writer = try folder.open()
        let reader = try SQLiteDatabase.open(path: folder.database, mode: .readOnly)
        _ = try writer.write { try $0.execute(insertStock, [["TEE", 1, nil]]) }
        #expect(try reader.stockRows() == 1)
        #expect(throws: DatabaseUnavailable.self) {
            try reader.write { try $0.execute(insertStock, [["CAP", 1, nil]]) }
        }
        try writer.close()
        try reader.close()
        #expect(try SQLiteDatabase.open(path: folder.database, mode: .readOnly).stockRows() == 1)
    }

    @Test("Wrong paths are refused in words")
    func wrongPaths() throws {
        func refusal(_ path: String, _ mode: SQLiteDatabase.Mode = .readWrite) -> String {
            let error = #expect(throws: DatabaseUnavailable.self) { try SQLiteDatabase.open(path: path, mode: mode) }
            return error?.description ?? ""
        }
        #expect(refusal(folder.path + "/none/waybill.db").contains("does not exist"))
        #expect(refusal(folder.path).contains("is not a file"))
        #expect(refusal(folder.path + "/none.db", .readOnly).contains("there is no database"))
        let letter = folder.path + "/letter.txt"
        try Data(String(repeating: "Dear customer, ", count: 100).utf8).write(to: URL(fileURLWithPath: letter))
        #expect(refusal(letter).contains("is not an SQLite database"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: letter)).count == 1500)
    }

    @Test("A file without permission is refused in words", .enabled(if: getuid() != 0, "root may do everything"))
    func noPermission() throws {
        try folder.open().close()
        chmod(folder.database, 0o400)
        let error = #expect(throws: DatabaseUnavailable.self) {
            try SQLiteDatabase.open(path: folder.database, mode: .readWrite)
        }
        #expect(error?.description.contains("no permission") == true)
    }

    @Test("An error of the body leaves nothing behind")
    func rollback() throws {
        struct Doubt: Error {}
        let database = try folder.open()
        #expect(throws: Doubt.self) {
            try database.write { connection in
                try connection.execute(insertStock, [["TEE", 1, nil]])
                throw Doubt()
            }
        }
        #expect(try database.stockRows() == 0)
    }

    @Test("What was committed is there after a process died without closing, and what was not is gone")
    func death() async throws {
        let path = folder.database
        await #expect(processExitsWith: .exitCode(9)) { [path = path as String] in
            let database = try SQLiteDatabase.open(path: path, mode: .readWrite)
            try database.write { connection in
                try connection.script(DatabaseFolder.schema)
                try connection.execute(insertStock, [["TEE", 1, nil]])
            }
            try database.write { connection in
                try connection.execute(insertStock, [["CAP", 1, nil]])
                _exit(9)
            }
        }
        #expect(try folder.open().stockRows() == 1)
    }

    @Test("Text, numbers and null come back as they were bound")
    func values() throws {
        let database = try folder.open()
        let texts = [
            "", "a", "fifteen letters", "ünïcødé 漢字 🚚", "with \0 inside", "it's", String(repeating: "x", count: 9999),
        ]
        try database.write { connection in
            let rows = texts.enumerated().map { [SQLValue("\($0)"), .integer(Int64.max), .text($1)] }
            let changed = try connection.execute(insertStock, rows + [["none", 0, nil]])
            #expect(changed == texts.count + 1)
        }
        try database.read { connection in
            for (index, text) in texts.enumerated() {
                let found = try connection.first(selectStock, [SQLValue("\(index)")]) { row in
                    #expect(try row.integer(1) == Int64.max)
                    #expect(!row.isNull(2))
                    return try row.text(2)
                }
                #expect(found == text)
            }
            try connection.query(selectStock, ["none"]) { row in
                #expect(row.isNull(2))
                #expect(row.optionalText(2) == nil)
                #expect(throws: BrokenInvariant.self) { try row.text(2) }
            }
        }
    }

    @Test("A query runs once per row of parameters, and may run itself within a visit")
    func severalRows() throws {
        let database = try folder.open()
        try database.write { connection in
            try connection.execute(insertStock, [["TEE", 1, nil], ["CAP", 2, nil], ["MUG", 3, nil]])
            var seen: [Int] = []
            try connection.query(selectStock, [["TEE"], ["none"], ["MUG"]]) { row in
                seen.append(try row.int(1))
                try connection.query(selectStock, ["CAP"]) { seen.append(try $0.int(1)) }
            }
            #expect(seen == [1, 2, 3, 2])
        }
    }

    @Test("Too few values are a fault of the program")
    func tooFewValues() throws {
        let database = try folder.open()
        #expect(throws: BrokenInvariant.self) { try database.write { try $0.execute(insertStock, [["TEE"]]) } }
        #expect(throws: BrokenInvariant.self) {
            try database.read { try $0.query(Statement("SELECT 1; SELECT 2")) { _ in } }
        }
    }

    @Test("A guard that no longer holds is a stale read, and nothing of the transaction stays")
    func guarded() throws {
        let database = try folder.open()
        _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil], ["CAP", 1, nil]]) }
        try database.write { try $0.changeGuarded(takeStock, [[5, "TEE"], [1, "CAP"]]) }
        #expect(throws: StaleRead.self) {
            try database.write { connection in
                try connection.execute(insertStock, [["MUG", 5, nil]])
                try connection.changeGuarded(takeStock, [[1, "MUG"], [1, "CAP"]])
            }
        }
        #expect(try database.stockRows() == 2)
    }

    @Test("A taken key is a stale read; any other broken constraint is a fault, by name")
    func constraints() throws {
        let database = try folder.open()
        _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil]]) }
        #expect(throws: StaleRead.self) { try database.write { try $0.execute(insertStock, [["TEE", 5, nil]]) } }
        let check = #expect(throws: BrokenInvariant.self) {
            try database.write { try $0.execute(insertStock, [["CAP", -1, nil]]) }
        }
        #expect(check?.description.contains("on_hand >= 0") == true)
        #expect(throws: BrokenInvariant.self) {
            try database.write { try $0.execute(insertStock, [["CAP", nil, nil]]) }
        }
        #expect(throws: BrokenInvariant.self) {
            try database.write { try $0.script("INSERT INTO bin (id, sku) VALUES (1, 'none')") }
        }
        #expect(throws: BrokenInvariant.self) { try database.read { try $0.query(Statement("SELEC 1")) { _ in } } }
    }

    @Test("After a failed statement nothing more runs or is committed, even if its error was swallowed")
    func failureDooms() throws {
        let database = try folder.open()
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

    @Test("A full disk refuses the transaction, keeps the rows before it and recovers when there is space")
    func fullDisk() throws {
        let database = try folder.open()
        _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil]]) }
        let pages = try database.fileFacts().pageCount
        let limit = { (pages: Int64) in Statement(composed: "PRAGMA max_page_count = \(pages)") }
        try database.write { try $0.query(limit(pages + 10)) { _ in } }
        let large = String(repeating: "x", count: 1000)
        let rows = (0..<1000).map { [SQLValue("SKU-\($0)"), 1, .text(large)] }
        for _ in 0..<2 {
            let error = #expect(throws: DatabaseUnavailable.self) {
                try database.write { try $0.execute(insertStock, rows) }
            }
            #expect(error?.description.contains("full") == true)
        }
        #expect(try database.stockRows() == 1)
        try database.write { try $0.query(limit(1_000_000)) { _ in } }
        _ = try database.write { try $0.execute(insertStock, rows) }
        #expect(try database.stockRows() == 1001)
    }

    @Test("A reader keeps its snapshot while a writer commits beside it")
    func snapshot() throws {
        let database = try folder.open()
        try database.read { connection in
            #expect(try connection.first(countStock) { try $0.int(0) } == 0)
            _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil]]) }
            #expect(try connection.first(countStock) { try $0.int(0) } == 0)
        }
        #expect(try database.stockRows() == 1)
        #expect(throws: DatabaseUnavailable.self) {
            try database.read { try $0.execute(insertStock, [["CAP", 1, nil]]) }
        }
    }

    @Test("A COMMIT that meets an input/output error ends the process with code 70, and the file stays sound")
    func unknownOutcome() async throws {
        let path = folder.database
        await #expect(processExitsWith: .exitCode(70)) { [path = path as String] in
            let database = try SQLiteDatabase.open(path: path, mode: .readWrite)
            try database.write { try $0.script(DatabaseFolder.schema) }
            Self.limitFileSize()
            try Self.writeMuch(database)
        }
        #expect(try folder.open().stockRows() == 0)
    }

    @Test("After an unknown outcome nothing runs any more, should the process live on")
    func unknownOutcomeStops() async throws {
        let path = folder.database
        await #expect(processExitsWith: .success) { [path = path as String] in
            let reasons = Failures()
            let database = try SQLiteDatabase.open(path: path, mode: .readWrite) { reasons.add($0) }
            try database.write { try $0.script(DatabaseFolder.schema) }
            Self.limitFileSize()
            #expect(throws: UnknownOutcome.self) { try Self.writeMuch(database) }
            #expect(reasons.all.count == 1)
            #expect(throws: DatabaseUnavailable.self) { try database.write { try $0.script("SELECT 1") } }
            #expect(throws: DatabaseUnavailable.self) { try database.stockRows() }
        }
    }

    /// Limits the size of files that this process may write; SQLite reports what is refused as an input/output error.
    private static func limitFileSize() {
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
        // 1 is RLIMIT_FSIZE on Linux, an enumerator that is not imported as a value of this type.
        setrlimit(__rlimit_resource_t(1), &limit)
    }

    private static func writeMuch(_ database: SQLiteDatabase) throws {
        let large = String(repeating: "x", count: 1000)
        let rows = (0..<200).map { [SQLValue("SKU-\($0)"), 1, .text(large)] }
        _ = try database.write { try $0.execute(insertStock, rows) }
    }

    @Test("Only errors that come before the commit record leave no doubt about a COMMIT")
    func doubt() {
        func leavesDoubt(_ code: Int32) -> Bool {
            SQLiteFailure(code: code, message: "", during: "COMMIT").leavesCommitUnknown
        }
        // Numbers of sqlite.org/rescode.html: IOERR_FSYNC, IOERR_WRITE, NOMEM, CANTOPEN; FULL, BUSY, a foreign key.
        #expect([1034, 778, 7, 14].allSatisfy(leavesDoubt))
        #expect(![13, 5, 787].contains(where: leavesDoubt))
    }

    @Test("A closed database refuses; closing twice is harmless")
    func closing() throws {
        let database = try folder.open()
        _ = try database.stockRows()
        try database.close()
        try database.close()
        #expect(throws: DatabaseUnavailable.self) { try database.stockRows() }
        #expect(throws: DatabaseUnavailable.self) { try database.write { try $0.script("SELECT 1") } }
    }

    @Test("Many threads read and write at once, and no change is lost", .timeLimit(.minutes(10)))
    func threads() throws {
        let database = try folder.open()
        _ = try database.write { try $0.execute(insertStock, [["TEE", 400, nil]]) }
        let failures = Failures()
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
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
        #expect(try database.read { try $0.first(selectStock, ["TEE"]) { try $0.int(1) } } == 0)
    }
}
