import ArgumentParser
import Databases
import Foundation
import OrderManagement

/// `waybill migrate`: brings the schema up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Brings the schema of the database up to date.",
        discussion: """
            `serve` does this by itself at its start; this command does it alone, or says what would be done.
            With --from and --to it moves house: it copies a SQLite file into an empty PostgreSQL database. No server
            may run; the file stays as it is.

            Example: waybill migrate --database sqlite:waybill.db --dry-run
            """)

    @OptionGroup var target: DatabaseOptions
    @Flag(help: "Say what would be done, and do nothing.") var dryRun = false
    @Flag(help: "Answer as JSON.") var json = false
    @Option(help: "The database to move from: sqlite:PATH.") var from: String?
    @Option(help: "The empty database to move to: postgres://…") var to: String?

    func validate() throws {
        guard (from == nil) == (to == nil) else { throw ValidationError("--from and --to belong together") }
        if from != nil, target.database != nil || dryRun {
            throw ValidationError("--database and --dry-run have no place beside --from and --to")
        }
    }

    func run() async throws {
        let console = Terminal.console()
        if let from, let to { return try move(from: from, to: to, console) }
        let address = try RunConfiguration(target).database
        let pending = try Self.pending(at: address)
        if !dryRun, !pending.isEmpty {
            try Composition.open(address, .writing) { console.progress("migrating", nil, "\($0.number) \($0.name)") }
                .close()
            console.endProgress()
        }
        guard !json else {
            return console.json {
                $0.object {
                    $0.member("database", "\(address)")
                    $0.array(dryRun ? "pending" : "migrated") { list in
                        for step in pending {
                            list.object {
                                $0.member("number", step.number)
                                $0.member("name", step.name)
                            }
                        }
                    }
                }
            }
        }
        console.table(["STEP", "NAME"], pending.map { ["\($0.number)", $0.name] })
        console.out(
            pending.isEmpty
                ? "the schema is up to date"
                : dryRun ? "\(pending.count) steps would run" : "\(pending.count) steps done")
    }

    private func move(from: String, to: String, _ console: Console) throws {
        guard case .sqlite(let path) = try DatabaseAddress(from), case .postgres(let address) = try DatabaseAddress(to)
        else { throw CommandRefused("only a move from sqlite:PATH to postgres://… is known") }
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandRefused("there is no database at \(path)")
        }
        let source = try SQLiteDatabase.open(path: path, mode: .readWrite)
        let target = try PostgresDatabase.open(address, mode: .readWrite)
        let moved = try MovingHouse(from: source, to: target).run { table, rows in
            console.progress("moving", nil, "\(table): \(rows) rows")
        }
        console.endProgress()
        let report = try target.read { try Doctor.examine(in: $0) }
        try source.close()
        target.close()
        if json {
            console.json {
                $0.object {
                    $0.member("database", "\(address)")
                    $0.member("moved_from", path)
                    $0.object("rows") { rows in for (table, count) in moved { rows.member(table, count) } }
                    $0.name("doctor")
                    report.write(to: &$0)
                }
            }
        } else {
            console.table(["ROWS", "TABLE"], moved.map { ["\($0.rows)", $0.table] })
            console.out()
            console.write(report.text)
            console.out("\(address) now holds what \(path) holds; the file stays as it is")
        }
        guard report.isClean else { throw ExitCode.refused }
    }

    private static func pending(at address: DatabaseAddress) throws -> [Migration] {
        if case .sqlite(let path) = address, !FileManager.default.fileExists(atPath: path) { return MigrationFiles.all }
        let database = try Composition.engine(address, .copying)
        let pending = try database.pendingMigrations(MigrationFiles.all)
        try database.close()
        return pending
    }
}

/// `waybill backup`: copies the database while it is in use.
struct BackupCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies the database into a new file, while the server goes on.",
        discussion: """
            The copy is one consistent moment; it is checked and on the disk before it gets its name. Of a PostgreSQL
            database it is made by pg_dump, in its own format.

            Example: waybill backup backups/monday.db
            """)

    @Argument(help: "The file to make; it must not exist.") var path: String
    @OptionGroup var target: DatabaseOptions
    @Flag(help: "Answer as JSON.") var json = false

    var access: SystemAccess { .copying }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let destination = console.path(path)
        let start = ContinuousClock.now
        try system.database.backup(to: destination) { console.progress("backup", $0) }
        console.endProgress()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let attributes = try FileManager.default.attributesOfItem(atPath: destination)
        let bytes = (attributes[.size] as? NSNumber)?.int64Value ?? 0
        if json {
            console.json {
                $0.object {
                    $0.member("path", destination)
                    $0.member("bytes", bytes)
                    $0.member("seconds", seconds)
                }
            }
        } else {
            let megabytes = String(format: "%.1f MB in %.1f s", Double(bytes) / 1e6, seconds)
            console.out("\(destination): \(megabytes), checked")
        }
        return .success
    }
}
