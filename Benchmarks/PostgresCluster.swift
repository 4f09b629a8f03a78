import CLibPQ
import Foundation

/// A PostgreSQL of the benchmark's own: own folder, own socket, every commit synced, stopped and removed at the end.
///
/// Settings are those of a machine that has memory for its database (`settings`); the rest are PostgreSQL's defaults.
/// A class, since it owns a server process.
final class PostgresCluster {
    static let user = "waybill"
    static let settings = [
        "listen_addresses": "", "shared_buffers": "1GB", "wal_buffers": "64MB", "max_wal_size": "8GB",
        "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum_naptime": "10s",
    ]

    let version: String
    private let folder: String
    private let server: Process

    /// nil where PostgreSQL is not installed.
    static func start(in parent: String?) throws -> PostgresCluster? {
        let versions = "/usr/lib/postgresql"
        guard FileManager.default.fileExists(atPath: versions) else { return nil }
        let newest = try FileManager.default.contentsOfDirectory(atPath: versions).compactMap(Int.init).max()
        guard let newest else { return nil }
        return try PostgresCluster(binaries: "\(versions)/\(newest)/bin", in: parent)
    }

    private init(binaries: String, in parent: String?) throws {
        let parent = parent ?? FileManager.default.temporaryDirectory.path
        // Short: the path of a socket may have 107 bytes (unix(7)).
        folder = parent + "/wb-pg-\(UInt32.random(in: 0..<1_000_000))"
        let said = try Self.run([binaries + "/postgres", "--version"]).split(separator: " ")
        version = said.count > 2 ? String(said[2]) : "?"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if let owner = Self.owner { _ = try Self.run(["chown", owner, folder]) }
        _ = try Self.run(
            Self.asOwner([
                binaries + "/initdb", "-D", folder + "/data", "-U", Self.user, "-A", "trust", "-E", "UTF8",
                "--locale=C.UTF-8",
            ]))
        // As a child, not by pg_ctl: whoever waits for pg_ctl's end waits for the server's too.
        let settings = Self.settings.merging(["unix_socket_directories": folder]) { own, _ in own }
        server = Process()
        server.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        server.arguments = Self.asOwner(
            [binaries + "/postgres", "-D", folder + "/data"] + settings.flatMap { ["-c", "\($0)=\($1)"] })
        server.currentDirectoryURL = URL(fileURLWithPath: "/")
        server.standardError = FileHandle.nullDevice
        try server.run()
        let deadline = ContinuousClock.now + .seconds(30)
        while PQping(url(of: "postgres")) != PQPING_OK {
            guard server.isRunning, ContinuousClock.now < deadline else {
                throw BenchmarkFailure("PostgreSQL did not start in \(folder)")
            }
            usleep(50_000)
        }
    }

    deinit {
        kill(server.processIdentifier, SIGQUIT)  // at once: nothing of it is needed any more
        server.waitUntilExit()
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            Progress.say("left behind: \(folder) (\(error))")
        }
    }

    /// What `--database` takes.
    func url(of database: String) -> String { "postgres:///\(database)?host=\(folder)&user=\(Self.user)" }

    func session(on database: String = "postgres") throws -> PostgresSession { try PostgresSession(url(of: database)) }

    // MARK: Processes

    /// Who runs the server: PostgreSQL refuses to be root.
    private static var owner: String? {
        guard geteuid() == 0 else { return nil }
        return getpwnam("postgres") == nil ? "nobody" : "postgres"
    }

    private static func asOwner(_ arguments: [String]) -> [String] {
        guard let owner else { return arguments }
        let group = owner == "nobody" ? "nogroup" : owner
        return ["setpriv", "--reuid", owner, "--regid", group, "--clear-groups"] + arguments
    }

    private static func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        let output = FileManager.default.temporaryDirectory.path + "/wb-out-\(UUID().uuidString)"
        guard FileManager.default.createFile(atPath: output, contents: nil),
            let handle = FileHandle(forWritingAtPath: output)
        else { throw BenchmarkFailure("cannot write \(output)") }
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        process.waitUntilExit()
        let said = try String(contentsOfFile: output, encoding: .utf8)
        try FileManager.default.removeItem(atPath: output)
        guard process.terminationStatus == 0 else {
            throw BenchmarkFailure("\(arguments.joined(separator: " ")): \(said)")
        }
        return said.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// A connection for what benchmarks ask of the server itself. A class, since it owns the connection.
final class PostgresSession {
    let handle: OpaquePointer

    init(_ url: String) throws {
        guard let handle = PQconnectdb(url) else { throw BenchmarkFailure("libpq has no memory") }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else { throw failure("connecting") }
    }

    deinit { PQfinish(handle) }

    func failure(_ during: String) -> BenchmarkFailure {
        BenchmarkFailure("\(during): \(String(cString: PQerrorMessage(handle)))")
    }

    /// Runs statements; gives the first value of the last one.
    @discardableResult
    func run(_ sql: String) throws -> String {
        guard let result = PQexec(handle, sql) else { throw failure(sql) }
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else { throw failure(sql) }
        return PQntuples(result) > 0 ? String(cString: PQgetvalue(result, 0, 0)) : ""
    }

    func number(_ sql: String) throws -> Int64 {
        let text = try run(sql)
        guard let number = Int64(text) else { throw BenchmarkFailure("no number: \(sql): \(text)") }
        return number
    }
}
