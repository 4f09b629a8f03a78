import Foundation
import OrderManagement
import Synchronization
import Testing

@testable import Databases

/// What went wrong on other threads. A class, since they share it.
final class Failures: Sendable {
    private let found = Mutex<[String]>([])
    func add(_ failure: String) { found.withLock { $0.append(failure) } }
    var all: [String] { found.withLock { $0 } }
}

@Suite("Backup and restore of a SQLite database")
struct SQLiteBackupTests {
    let folder: DatabaseFolder

    init() throws { folder = try DatabaseFolder() }

    private var copy: String { folder.path + "/copy.db" }

    private func count(_ path: String) throws -> Int {
        let database = try SQLiteDatabase.open(path: path, mode: .readWrite)
        defer { #expect(throws: Never.self) { try database.close() } }
        return try database.stockRows()
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasSuffix(".lock") }.sorted()
    }

    @Test("A backup under writes is one moment of the database: pairs are never torn", .timeLimit(.minutes(10)))
    func underWrites() throws {
        let database = try folder.open()
        let note = String(repeating: "x", count: 2000)
        let pair = { @Sendable (number: Int) -> [[SQLValue]] in
            [[SQLValue("A\(number)"), 1, .text(note)], [SQLValue("B\(number)"), 1, .text(note)]]
        }
        try database.write { connection in
            for number in 0..<5000 { try connection.execute(insertStock, pair(number)) }
        }
        let failures = Failures()
        let isDone = Atomic(false)
        let written = Atomic(0)
        let ended = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            while !isDone.load(ordering: .relaxed) {
                do {
                    let next = 5000 + written.add(1, ordering: .relaxed).oldValue
                    _ = try database.write { try $0.execute(insertStock, pair(next)) }
                } catch {
                    failures.add("\(error)")
                }
            }
            ended.signal()
        }
        while written.load(ordering: .relaxed) < 10 { usleep(1000) }
        let before = written.load(ordering: .relaxed)
        var shares: [Double] = []
        try database.backup(to: copy) { share in
            shares.append(share)
            usleep(5000)  // So that writes fall between the steps of this small copy.
        }
        let during = written.load(ordering: .relaxed) - before
        isDone.store(true, ordering: .relaxed)
        ended.wait()
        #expect(failures.all == [])
        #expect(during > 0)
        #expect(shares.count > 2 && shares == shares.sorted() && shares.last == 1)
        let torn = Statement(
            """
            SELECT count(*) FROM stock a WHERE substr(a.sku, 1, 1) = 'A'
                AND NOT EXISTS (SELECT 1 FROM stock b WHERE b.sku = 'B' || substr(a.sku, 2))
            """)
        let copied = try SQLiteDatabase.open(path: copy, mode: .readWrite)
        #expect(try copied.read { try $0.first(torn) { try $0.int(0) } } == 0)
        #expect(try copied.stockRows() >= 10_000)
    }

    @Test("A backup never overwrites a file and leaves no partial one")
    func noOverwriting() throws {
        let database = try folder.open()
        try Data("precious".utf8).write(to: URL(fileURLWithPath: copy))
        #expect(throws: BackupFailed.self) { try database.backup(to: copy) { _ in } }
        #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == Data("precious".utf8))
        #expect(throws: DatabaseUnavailable.self) { try database.backup(to: folder.path + "/none/copy.db") { _ in } }
        try FileManager.default.removeItem(atPath: copy)
        try database.backup(to: copy) { _ in }
        #expect(try names().filter { $0.hasPrefix("copy") } == ["copy.db"])
    }

    @Test("A backup is restored to where no database is, and over one only by force")
    func restore() throws {
        let database = try folder.open()
        _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil]]) }
        try database.backup(to: copy) { _ in }
        _ = try database.write { try $0.execute(insertStock, [["CAP", 5, nil]]) }

        let elsewhere = folder.path + "/elsewhere.db"
        try SQLiteDatabase.restore(from: copy, to: elsewhere)
        #expect(try count(elsewhere) == 1)

        #expect(throws: DatabaseInUse.self) {
            try SQLiteDatabase.restore(from: copy, to: folder.database, force: true)
        }
        try database.close()
        #expect(throws: BackupFailed.self) { try SQLiteDatabase.restore(from: copy, to: folder.database) }
        #expect(try count(folder.database) == 2)
        try SQLiteDatabase.restore(from: copy, to: folder.database, force: true)
        #expect(try count(folder.database) == 1)
        #expect(
            try names().filter { $0.contains("replaced") || $0.contains("partial") || $0.hasPrefix("copy.db-") } == [])
    }

    @Test("The log of the replaced database is not played into the restored one")
    func staleLog() async throws {
        let path = folder.database
        let other = try SQLiteDatabase.open(path: folder.path + "/other.db", mode: .readWrite)
        try other.write { try $0.script(DatabaseFolder.schema) }
        try other.backup(to: copy) { _ in }
        await #expect(processExitsWith: .exitCode(9)) { [path = path as String] in
            let database = try SQLiteDatabase.open(path: path, mode: .readWrite)
            try database.write { try $0.script(DatabaseFolder.schema) }
            _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil]]) }
            _exit(9)
        }
        #expect(FileManager.default.fileExists(atPath: path + "-wal"))
        try SQLiteDatabase.restore(from: copy, to: path, force: true)
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        #expect(try count(path) == 0)
    }

    @Test("A damaged or missing backup is refused before the target changes")
    func damaged() throws {
        let database = try folder.open()
        let rows = (0..<500).map { [SQLValue("SKU-\($0)"), 1, .text(String(repeating: "x", count: 500))] }
        _ = try database.write { try $0.execute(insertStock, rows) }
        try database.backup(to: copy) { _ in }
        try database.close()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: copy))
        try file.seek(toOffset: 4096 * 10)
        try file.write(contentsOf: Data(repeating: 0xFF, count: 4096))
        try file.close()
        #expect(throws: BackupFailed.self) {
            try SQLiteDatabase.restore(from: copy, to: folder.database, force: true)
        }
        #expect(throws: BackupFailed.self) {
            try SQLiteDatabase.restore(from: folder.path + "/none", to: folder.database, force: true)
        }
        #expect(try count(folder.database) == 500)
    }

    @Test("The sizes of the file and its log are told")
    func facts() throws {
        let database = try folder.open()
        _ = try database.write { try $0.execute(insertStock, [["TEE", 5, nil]]) }
        let facts = try database.fileFacts()
        #expect(facts.path == folder.database)
        #expect(facts.pageCount > 1 && facts.pageBytes == 2048)
        #expect(facts.bytes >= 0 && facts.journalBytes > 0)
    }
}
