import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Databases

@Suite("Migrations of a PostgreSQL database", .enabled(if: TestDatabase.isPostgres))
struct PostgresMigrationTests {
    let home: EmptyPostgres
    let database: PostgresDatabase

    init() throws {
        home = try EmptyPostgres()
        database = try home.open()
    }

    private typealias Steps = SQLiteMigrationTests

    private func migrate(_ migrations: Migration...) throws -> [Int] {
        var ran: [Int] = []
        try database.migrate(migrations) { ran.append($0.number) }
        return ran
    }

    private func refusal(_ migrations: Migration...) -> String {
        let error = #expect(throws: MigrationRefused.self) { try database.migrate(migrations) { _ in } }
        return error?.description ?? ""
    }

    private func tables() throws -> [String] {
        let names = Statement("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
        return try database.read { try $0.rows(names) { try $0.text(0) } }.filter { $0 != "commit_marks" }
    }

    @Test("Steps run once, in their order, whatever the order given")
    func twice() throws {
        #expect(try database.pendingMigrations([Steps.second, Steps.first]).map(\.number) == [1, 2])
        #expect(try migrate(Steps.second, Steps.first) == [1, 2])
        #expect(try migrate(Steps.first, Steps.second) == [])
        #expect(try database.pendingMigrations([Steps.first, Steps.second]) == [])
        #expect(try tables() == ["item", "level", "schema_migrations"])
    }

    @Test("A step that fails halfway leaves nothing, the steps before it stay, and the mended step runs")
    func interrupted() throws {
        let broken = Steps.step(2, "CREATE TABLE half (id TEXT); CREATE TABL other (id TEXT)", checksum: "broken")
        #expect(throws: BrokenInvariant.self) { try database.migrate([Steps.first, broken]) { _ in } }
        #expect(try tables() == ["item", "schema_migrations"])
        #expect(try migrate(Steps.first, Steps.second) == [2])
    }

    @Test("A changed step, a newer database, and steps out of order are refused in words")
    func refusals() throws {
        _ = try migrate(Steps.first, Steps.second)
        let changed = Steps.step(1, "CREATE TABLE other (id TEXT)", checksum: "another")
        #expect(refusal(changed, Steps.second).contains("was changed after it ran"))
        #expect(refusal(Steps.first).contains("newer than this program"))
        #expect(refusal(Steps.first, Steps.step(0, "SELECT 1"), Steps.second).contains("only go forward"))
        #expect(refusal(Steps.first, Steps.first, Steps.second).contains("two migrations"))
    }

    @Test("Text is compared byte by byte in a database of any language")
    func collation() throws {
        try database.migrate(MigrationFiles.all) { _ in }
        let columns = Statement(
            """
            SELECT count(*), count(CASE WHEN collation_name = 'C' THEN 1 END) FROM information_schema.columns
            WHERE table_schema = current_schema() AND data_type = 'text' AND table_name <> 'schema_migrations'
            """)
        let (all, bytewise) = try #require(
            try database.read { try $0.first(columns) { (try $0.int(0), try $0.int(1)) } })
        #expect(all == bytewise && all > 50)
    }

    @Test("Two programs that migrate at once take turns, and each step runs once", .timeLimit(.minutes(10)))
    func atOnce() throws {
        let failures = Failures()
        let ran = Failures()
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            do {
                let own = try home.open()
                try own.migrate(MigrationFiles.all) { ran.add("\($0.number)") }
                own.close()
            } catch {
                failures.add("\(error)")
            }
        }
        #expect(failures.all == [])
        #expect(ran.all.sorted() == MigrationFiles.all.map { "\($0.number)" }.sorted())
        #expect(try database.pendingMigrations(MigrationFiles.all) == [])
    }

    @Test("A session that is ended in the middle of a step leaves the steps before it, and the next run goes on")
    func sessionEnded() throws {
        let steps = MigrationFiles.all
        for (index, step) in steps.enumerated() {
            let cutting = try home.open()
            #expect(throws: DatabaseUnavailable.self) {
                try cutting.migrate(steps) { next in
                    if next.number == step.number { endSessions() }
                }
            }
            #expect(try database.pendingMigrations(steps).count == steps.count - index)
            try database.migrate(Array(steps[...index])) { _ in }
        }
        #expect(try database.pendingMigrations(steps) == [])
    }

    private func endSessions() {
        do { try home.endSessions() } catch { Issue.record(error) }
    }

    @Test("A process that is killed in the middle of a step leaves the steps before it, and the next run goes on")
    func processKilled() async throws {
        let url = home.address.connectionText
        await #expect(processExitsWith: .exitCode(9)) { [url = url as String] in
            let database = try PostgresDatabase.open(try PostgresAddress(url), mode: .readWrite)
            try database.migrate(MigrationFiles.all) { if $0.number == 5 { _exit(9) } }
        }
        #expect(try database.pendingMigrations(MigrationFiles.all).first?.number == 5)
        try database.migrate(MigrationFiles.all) { _ in }
        #expect(try database.pendingMigrations(MigrationFiles.all) == [])
    }
}
