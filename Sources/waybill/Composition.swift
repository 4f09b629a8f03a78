import Connectors
import Databases
import Foundation
import Logging
import OrderManagement
import Server

/// A Waybill that is open: what every command works on.
struct System: Sendable {
    let address: DatabaseAddress
    let database: SQLiteDatabase
    let waybill: OrderManagement
    /// The steps of the schema that opening it has run.
    let migrated: [Migration]

    /// Performs what was submitted, then closes the database.
    func close() throws {
        waybill.stop()
        try database.close()
    }
}

/// The only place that knows every concrete type: a new engine, provider or courier is a line here.
enum Composition {
    /// Opens a database; for writing it is created and brought up to date.
    ///
    /// - Parameter onUnknownOutcome: See `SQLiteDatabase.open`: by default the process exits with code 70.
    /// - Throws: `DatabaseInUse`; `DatabaseUnavailable`; `MigrationRefused`; `CommandRefused` if a reader finds a
    ///   schema that is not up to date.
    static func open(
        _ address: DatabaseAddress, _ access: SystemAccess, progress: (Migration) -> Void = { _ in }
    ) throws -> System {
        let mode: SQLiteDatabase.Mode
        switch access {
        case .writing: mode = .readWrite
        case .reading, .copying: mode = .readOnly
        }
        let database = try SQLiteDatabase.open(path: address.path, mode: mode)
        var migrated: [Migration] = []
        switch access {
        case .writing:
            try database.migrate(MigrationFiles.all) {
                progress($0)
                migrated.append($0)
            }
        case .reading:
            let pending = try database.pendingMigrations(MigrationFiles.all)
            guard pending.isEmpty else {
                try database.close()
                throw CommandRefused(
                    "the schema of \(address.path) lacks \(pending.count) steps: run `waybill migrate` first")
            }
        case .copying: break
        }
        return System(
            address: address, database: database, waybill: OrderManagement(database: database), migrated: migrated)
    }

    /// Who moves money, besides the provider `manual`, which needs nobody.
    static func jobs(of system: System) -> JobRunner {
        JobRunner(system.waybill, providers: [TestPayments()])
    }

    /// The HTTP server; `onListening` hears its port when it takes requests.
    static func server(
        of system: System, _ configuration: RunConfiguration, invitation: String?,
        onListening: @escaping @Sendable (Int) -> Void
    ) -> Server {
        var options = Server.Options(host: configuration.host, port: configuration.port)
        options.invitation = invitation
        let database = system.database
        options.databaseBytes = {
            do {
                return try database.fileFacts().bytes
            } catch {
                return nil  // the metric is left out while the database is away
            }
        }
        options.onListening = onListening
        return Server(waybill: system.waybill, options: options, logger: Logger(label: "waybill"))
    }
}
