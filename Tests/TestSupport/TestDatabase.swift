public import Databases
import CLibPQ
import Foundation
import OrderManagement
import Synchronization

/// A fresh database with the schema of this program, on the engine that the environment names, gone with its last user.
///
/// SQLite in a folder of its own; PostgreSQL if `WAYBILL_TEST_DATABASE` is the URL of a database on a server where
/// databases may be made, and are left: `scripts/test` throws its server away. A class, since it ends with its last
/// user.
public final class TestDatabase: Sendable {
    /// The server to make databases on; nil means SQLite.
    public static let server: PostgresAddress? = {
        guard let url = ProcessInfo.processInfo.environment["WAYBILL_TEST_DATABASE"], !url.isEmpty else { return nil }
        do { return try PostgresAddress(url) } catch { fatalError("WAYBILL_TEST_DATABASE: \(error)") }
    }()

    public static var isPostgres: Bool { server != nil }

    public let database: any OpenedDatabase
    /// What `--database` takes.
    public let url: String
    private let place: Place

    private enum Place: Sendable {
        case folder(String)
        case database(name: String, on: PostgresAddress)
    }

    public enum Engine: Sendable { case sqlite, postgres }

    /// - Parameter engine: The one that the environment names unless told otherwise.
    public init(_ engine: Engine = isPostgres ? .postgres : .sqlite) throws {
        switch engine {
        case .postgres:
            guard let server = Self.server else { throw PostgresServer.Failure(description: "there is no server") }
            let name = try Self.spare.withLock { $0.popLast() } ?? Self.make(on: server)
            place = .database(name: name, on: server)
            let address = try server.withDatabase(name)
            url = address.connectionText
            // Hundreds of tests are under way at once, on one server.
            var limits = PostgresLimits()
            limits.readersMax = 2
            database = try PostgresDatabase.open(address, mode: .readWrite, limits: limits)
        case .sqlite:
            let folder = NSTemporaryDirectory() + "waybill-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            place = .folder(folder)
            url = "sqlite:" + folder + "/waybill.db"
            let opened = try SQLiteDatabase.open(path: folder + "/waybill.db", mode: .readWrite)
            try opened.migrate(MigrationFiles.all) { _ in }
            database = opened
        }
    }

    deinit {
        do {
            try database.close()
            switch place {
            case .folder(let folder): try FileManager.default.removeItem(atPath: folder)
            case .database(let name, let server):
                try PostgresServer.run(Self.emptying, on: try server.withDatabase(name))
                Self.spare.withLock { $0.append(name) }
            }
        } catch {
            print("left behind: \(url): \(error)")
        }
    }

    static func freshName() -> String {
        "waybill_test_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
    }

    // MARK: PostgreSQL

    /// Databases whose test is over, emptied: making one takes a server longer than most tests.
    private static let spare = Mutex<[String]>([])

    private static func make(on server: PostgresAddress) throws -> String {
        let name = freshName()
        try PostgresServer.run("CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'UTF8'", on: server)
        let database = try PostgresDatabase.open(try server.withDatabase(name), mode: .readWrite)
        defer { database.close() }
        try database.migrate(MigrationFiles.all) { _ in }
        return name
    }

    /// Ends what a killed server left open, then deletes every row.
    private static let emptying = """
        DO $$ DECLARE name text; BEGIN
            PERFORM pg_terminate_backend(pid, 2000) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid();
            SET LOCAL session_replication_role = replica;
            FOR name IN SELECT tablename FROM pg_tables
                WHERE schemaname = current_schema() AND tablename <> 'schema_migrations'
            LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
        END $$
        """
}

/// An empty PostgreSQL database, gone with its last user. A class, since it ends with its last user.
public final class EmptyPostgres: Sendable {
    private let server: PostgresAddress
    public let name: String
    public let address: PostgresAddress

    /// - Parameter options: What `CREATE DATABASE` is told besides.
    public init(options: String = "TEMPLATE template0 ENCODING 'UTF8'") throws {
        guard let server = TestDatabase.server else { throw PostgresServer.Failure(description: "there is no server") }
        self.server = server
        name = TestDatabase.freshName()
        address = try server.withDatabase(name)
        try PostgresServer.run("CREATE DATABASE \(name) \(options)", on: server)
    }

    deinit {
        do {
            try PostgresServer.run("DROP DATABASE \(name) WITH (FORCE)", on: server)
        } catch {
            print("left behind: \(name): \(error)")
        }
    }

    /// Runs a statement on a connection of its own.
    @discardableResult
    public func run(_ sql: String) throws -> String? { try PostgresServer.run(sql, on: address) }

    public func open(_ limits: PostgresLimits = PostgresLimits()) throws -> PostgresDatabase {
        try PostgresDatabase.open(address, mode: .readWrite, limits: limits)
    }

    /// Ends the sessions of every Waybill, as an operator or a failing network does.
    public func endSessions() throws {
        try run(
            """
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'waybill'
            """)
    }
}

/// Statements outside of any transaction, each on a connection of its own: making databases, ending sessions.
public enum PostgresServer {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Runs a statement. - Returns: The first column of the first row, if there is one.
    @discardableResult
    public static func run(_ sql: String, on address: PostgresAddress) throws -> String? {
        guard let connection = PQconnectdb(address.connectionText) else {
            throw Failure(description: "libpq is out of memory")
        }
        defer { PQfinish(connection) }
        guard PQstatus(connection) == CONNECTION_OK else {
            throw Failure(description: String(cString: PQerrorMessage(connection)))
        }
        let result = PQexec(connection, sql)
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
            throw Failure(description: String(cString: PQerrorMessage(connection)) + "in: " + sql)
        }
        guard PQntuples(result) > 0, PQgetisnull(result, 0, 0) == 0 else { return nil }
        return String(cString: PQgetvalue(result, 0, 0))
    }
}
