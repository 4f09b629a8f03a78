import Foundation
import OrderManagement

extension PostgresDatabase {
    /// Copies the database as it is at this moment into a new file, by `pg_dump`, beside running writers.
    ///
    /// 1. `pg_dump` reads one snapshot into `<path>.partial`, in its own compressed format.
    /// 2. `pg_restore --list` reads the copy's table of contents; it is synced to the disk.
    /// 3. It gets its name. A crash leaves at most the partial file and an empty one of its name.
    ///
    /// - Throws: `BackupFailed` if `path` exists, or `pg_dump` is missing, too old for the server, or fails.
    public func backup(to path: String, progress: (Double) -> Void) throws {
        try checkOpen()
        try BackupFile.reserve(path)
        let partial = path + ".partial"
        do {
            try BackupFile.remove([partial])
            progress(0)
            let target = address.forChildren
            try PostgresProgram.run(
                "pg_dump", ["--format=custom", "--no-owner", "--no-privileges", "--file", partial, target.connection],
                password: target.password)
            try PostgresProgram.run("pg_restore", ["--list", partial], password: nil)
            try BackupFile.sync(partial)
            try BackupFile.move(partial, to: path)
            progress(1)
        } catch {
            try BackupFile.remove([path, partial])
            throw error
        }
    }

    /// Puts the backup at `source` in the place of what the database holds, in one transaction: all of it or nothing.
    ///
    /// - Parameter force: Whether tables that are there may be replaced.
    /// - Throws: `DatabaseInUse` if a Waybill is connected; `BackupFailed` if the database is not empty and `force` is
    ///   false, or the source is missing, no backup, or cannot be played in; `DatabaseUnavailable`.
    public static func restore(from source: String, to address: PostgresAddress, force: Bool = false) throws {
        guard BackupFile.exists(source) else { throw BackupFailed(description: "there is no file \(source)") }
        try PostgresProgram.run("pg_restore", ["--list", source], password: nil)
        let database = try PostgresDatabase.open(address, mode: .readOnly)
        let (others, tables) = try database.read { db in
            (
                try db.rows(Self.otherSessions) { "\(try $0.text(1)) (session \(try $0.integer(0)))" },
                try db.rows(Self.tables) { try $0.text(0) }
            )
        }
        database.close()
        guard others.isEmpty else {
            throw DatabaseInUse(
                description: "Waybills are connected to \(address): \(others.joined(separator: ", ")): stop them first")
        }
        guard tables.isEmpty || force else {
            throw BackupFailed(
                description: "\(address) holds \(tables.count) tables: they are replaced only if that is forced")
        }
        let script = NSTemporaryDirectory() + "waybill-restore-\(UUID().uuidString).sql"
        let before = script + ".before"
        defer { removeScripts([script, before]) }
        let drops = tables.map { "DROP TABLE \"\($0.replacingOccurrences(of: "\"", with: "\"\""))\" CASCADE;\n" }
        let lock = "SELECT pg_advisory_xact_lock(\(PostgresSettings.writersLock));\n"
        try Data((lock + drops.joined()).utf8).write(to: URL(fileURLWithPath: before))
        try PostgresProgram.run(
            "pg_restore", ["--no-owner", "--no-privileges", "--file", script, source], password: nil)
        let target = address.forChildren
        try PostgresProgram.run(
            "psql",
            [
                "--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1", "--output", "/dev/null",
                "--file", before, "--file", script, "--dbname", target.connection,
            ], password: target.password)
    }

    private static func removeScripts(_ paths: [String]) {
        do {
            try BackupFile.remove(paths)
        } catch {
            FileHandle.standardError.write(Data("waybill: left behind: \(error)\n".utf8))
        }
    }

    private static let otherSessions = Statement(
        """
        SELECT pid, application_name FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'waybill%' AND pid <> pg_backend_pid()
        """)
    private static let tables = Statement(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
}

/// The programs that come with PostgreSQL's client.
enum PostgresProgram {
    /// Runs one to its end.
    ///
    /// - Parameter password: Goes by the environment, where other users cannot see it.
    /// - Throws: `BackupFailed` in the program's words, or if it is not installed.
    static func run(_ name: String, _ arguments: [String], password: String?) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        if let password {
            process.environment = ProcessInfo.processInfo.environment.merging(["PGPASSWORD": password]) { $1 }
        }
        let said = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = said
        do {
            try process.run()
        } catch {
            throw BackupFailed(description: "cannot run \(name): \(error.localizedDescription)")
        }
        let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus != 127 else {
            throw BackupFailed(description: "\(name) is not installed: on Debian it is in postgresql-client")
        }
        guard process.terminationStatus == 0 else {
            throw BackupFailed(description: "\(name) failed: \(text.oneLine)")
        }
    }
}
