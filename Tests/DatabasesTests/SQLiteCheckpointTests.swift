import Foundation
import OrderManagement
import Synchronization
import Testing

@testable import Databases

@Suite("The log of a SQLite database")
struct SQLiteCheckpointTests {
    let folder: DatabaseFolder

    /// So small that passes and new logs come all the time.
    static let limits = SQLiteCheckpoints.Limits(pass: 40, long: 400, held: 20, catchingUp: 3)

    init() throws { folder = try DatabaseFolder() }

    private func open() throws -> SQLiteDatabase {
        let database = try SQLiteDatabase.open(path: folder.database, mode: .readWrite, checkpoints: Self.limits)
        try database.write { try $0.script(DatabaseFolder.schema) }
        return database
    }

    private var logBytes: Int {
        var facts = stat()
        return stat(folder.database + "-wal", &facts) == 0 ? Int(facts.st_size) : 0
    }

    /// A commit of some ten pages.
    private func commit(_ number: Int, to database: SQLiteDatabase) throws {
        let note = String(repeating: "n", count: 1_500)
        _ = try database.write { connection in
            try connection.execute(
                insertStock, (0..<10).map { [.text("\(number)-\($0)"), .integer(Int64(number)), .text(note)] })
        }
    }

    @Test("It is carried back beside the writer and begins anew: it stays short however much is written")
    func staysShort() throws {
        let database = try open()
        for number in 0..<1_000 { try commit(number, to: database) }
        // 1,000 commits of at least ten pages are more than 20 MB.
        #expect(logBytes < 8_000_000)
        #expect(try database.stockRows() == 10_000)
        try database.close()
        #expect(logBytes == 0)
        try expectWhole(rows: 10_000)
    }

    @Test("A reader that looks on keeps what it sees; once it has ended, the log begins anew")
    func longReader() throws {
        let database = try open()
        try commit(0, to: database)
        let (looks, ends) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let seen = Mutex<Result<[Int], any Error>?>(nil)
        let reader = Thread {
            let counts = Result {
                try database.read { connection in
                    let before = try connection.first(countStock) { try $0.int(0) } ?? -1
                    looks.signal()
                    ends.wait()
                    return [before, try connection.first(countStock) { try $0.int(0) } ?? -1]
                }
            }
            seen.withLock { $0 = counts }
            looks.signal()
        }
        reader.start()
        looks.wait()
        for number in 1...300 { try commit(number, to: database) }
        let kept = logBytes
        #expect(kept > 300 * 10 * 2_048)
        ends.signal()
        looks.wait()
        #expect(try seen.withLock { try $0?.get() } == [10, 10])
        // Enough for another try at the most: what is written then goes to the beginning of the log.
        for number in 301...1_200 { try commit(number, to: database) }
        #expect(logBytes < kept + 900 * 10 * 2_048 / 2)
        try database.close()
        try expectWhole(rows: 12_010)
    }

    @Test("Several writers and readers at once, small commits and large ones, leave a file that is whole")
    func torture() throws {
        let database = try open()
        let failures = Mutex<[String]>([])
        let done = DispatchGroup()
        for writer in 0..<4 {
            let thread = Thread {
                for number in 0..<200 {
                    do {
                        try commit((writer + 1) * 10_000 + number, to: database)
                        // Pauses let a pass carry everything back, so that the next commit begins the log anew.
                        if number % 7 == 0 { usleep(2_000) }
                        _ = try database.stockRows()
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
                done.leave()
            }
            done.enter()
            thread.start()
        }
        done.wait()
        #expect(failures.withLock { $0 } == [])
        #expect(try database.stockRows() == 8_000)
        try database.close()
        try expectWhole(rows: 8_000)
    }

    /// Reads the file from its first to its last page, after its log is gone.
    private func expectWhole(rows: Int) throws {
        let database = try SQLiteDatabase.open(path: folder.database, mode: .readOnly)
        #expect(try database.stockRows() == rows)
        let verdict = try database.read { try $0.first(Statement("PRAGMA integrity_check")) { try $0.text(0) } }
        #expect(verdict == "ok")
        try database.close()
    }

    // MARK: What has to be carried back

    @Test("A pass that carried back more than was told leaves nothing to do, also once it is told")
    func toldLate() {
        var log = SQLiteCheckpoints.LogPosition()
        log.committed(50)
        // A commit of ten more was in the log before it was told.
        log.passed(60, ofLog: log.logs)
        #expect(log.waiting == 0)
        log.committed(60)
        #expect(log.waiting == 0, "a pass that begins here may meet a log that begins anew")
        log.committed(61)
        #expect(log.waiting == 1)
    }

    @Test("Of a log that began anew nothing is carried back, whatever a pass says that began before")
    func begunAnew() {
        var log = SQLiteCheckpoints.LogPosition()
        log.committed(50)
        let before = log.logs
        log.committed(4)
        #expect(log.waiting == 4)
        log.passed(50, ofLog: before)
        #expect(log.waiting == 4)
        log.passed(4, ofLog: log.logs)
        #expect(log.waiting == 0)
    }

    @Test("What a reader still needs waits for the next pass")
    func keptByReader() {
        var log = SQLiteCheckpoints.LogPosition()
        log.committed(50)
        log.passed(20, ofLog: log.logs)
        #expect(log.waiting == 30)
        log.committed(70)
        #expect(log.waiting == 50)
    }
}
