import Connectors
import Databases
import Foundation
import Logging
import OrderManagement
import Server

/// A Waybill that is open: what every command works on.
struct System: Sendable {
    let address: DatabaseAddress
    let database: any OpenedDatabase
    let waybill: OrderManagement
    /// The steps of the schema that opening it has run.
    let migrated: [Migration]
    /// Who sells couriers' labels, beside tariffs of the retailer's own, which need nobody.
    var connections: [any CourierConnection] = []

    /// Performs what was submitted, then closes the database.
    func close() throws {
        waybill.stop()
        try database.close()
    }
}

/// The only place that knows every concrete type: a new engine, provider or courier is a line here.
enum Composition {
    /// Opens a database; for writing it is brought up to date, and a SQLite file created.
    ///
    /// - Parameter karrio: Who sells couriers' labels; nil for nobody.
    /// - Throws: `DatabaseInUse`; `DatabaseUnavailable`; `MigrationRefused`; `CommandRefused` if a reader finds a
    ///   schema that is not up to date.
    static func open(
        _ address: DatabaseAddress, _ access: SystemAccess, karrio: KarrioCourier.Options? = nil,
        progress: (Migration) -> Void = { _ in }
    ) throws -> System {
        let database = try engine(address, access)
        var migrated: [Migration] = []
        do {
            switch access {
            case .writing:
                try database.migrate(MigrationFiles.all) {
                    progress($0)
                    migrated.append($0)
                }
            case .reading, .asking:
                let pending = try database.pendingMigrations(MigrationFiles.all)
                guard pending.isEmpty else {
                    throw CommandRefused(
                        "the schema of \(address) lacks \(pending.count) steps: run `waybill migrate` first")
                }
            case .copying: break
            }
        } catch {
            try database.close()
            throw error
        }
        let connections = connections(karrio)
        return System(
            address: address, database: database,
            waybill: OrderManagement(
                database: database,
                connected: Connected(
                    providers: Set(providers().map(\.name) + ["manual"]), couriers: Set(connections.map(\.name)))),
            migrated: migrated, connections: connections)
    }

    /// The database alone, whatever the age of its schema.
    static func engine(_ address: DatabaseAddress, _ access: SystemAccess) throws -> any OpenedDatabase {
        let isForWriting: Bool
        switch access {
        case .writing: isForWriting = true
        case .reading, .asking, .copying: isForWriting = false
        }
        switch address {
        case .sqlite(let path): return try SQLiteDatabase.open(path: path, mode: isForWriting ? .readWrite : .readOnly)
        case .postgres(let address):
            return try PostgresDatabase.open(address, mode: isForWriting ? .readWrite : .readOnly)
        }
    }

    /// Who moves money, besides the provider `manual`, which needs nobody.
    private static func providers() -> [any PaymentProvider] { [TestPayments()] }

    private static func connections(_ karrio: KarrioCourier.Options?) -> [any CourierConnection] {
        let logger = Logger(label: "karrio")
        return karrio.map { [KarrioCourier($0, tell: { logger.notice("\($0)") })] } ?? []
    }

    /// - Parameters:
    ///   - mail: The server that messages go out by; without one they are kept and not sent.
    ///   - publicURL: Where customers see their orders; without it messages name no such place.
    static func jobs(of system: System, mail: SMTPMailer.Options? = nil, publicURL: String? = nil) -> JobRunner {
        JobRunner(
            system.waybill, providers: providers(), connections: system.connections, renderer: MustacheRenderer(),
            mailer: mail.map { SMTPMailer($0) }, links: CustomerLinks(system.waybill, publicURL: publicURL))
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
                return try database.sizeBytes()
            } catch {
                return nil  // the metric is left out while the database is away
            }
        }
        options.databaseCounts = { database.engineCounts.map { ($0.name, $0.meaning, $0.value) } }
        options.paperwork = PaperPress()
        if let secret = configuration.karrio?.webhookSecret,
            let webhook = CourierWebhook(
                connection: "karrio", header: KarrioCourier.secretHeader, secret: secret,
                parcels: KarrioCourier.parcels(ofCall:))
        {
            options.courierWebhooks = [webhook]
        }
        options.publicURL = configuration.publicURL
        options.proxies = configuration.proxies
        options.onListening = onListening
        return Server(waybill: system.waybill, options: options, logger: Logger(label: "waybill"))
    }
}
