import Databases
import Foundation
import OrderManagement

/// The company that the benchmarks run: two warehouses with every SKU, twelve stores with a tenth of them each.
enum Retailer {
    static let warehouses = ["LEEDS", "READING"]
    static let stores = (1...12).map { "STORE-\($0 < 10 ? "0" : "")\($0)" }

    /// So much that nothing sells out during a run.
    private static let warehouseUnits: Int64 = 900_000
    private static let storeUnits: Int64 = 24

    /// Opens a database, with the present schema.
    ///
    /// - Parameter address: A path, or a URL of PostgreSQL.
    static func open(_ address: String) throws -> any OpenedDatabase {
        let database: any OpenedDatabase
        if address.hasPrefix("postgres:") {
            database = try PostgresDatabase.open(try PostgresAddress(address), mode: .readWrite)
        } else {
            database = try SQLiteDatabase.open(path: address, mode: .readWrite)
        }
        try database.migrate(MigrationFiles.all) { _ in }
        return database
    }

    /// Makes a company in a database, with its configuration and stock, and no orders.
    static func found(_ address: String) throws {
        let database = try open(address)
        let waybill = OrderManagement(database: database)
        _ = try waybill.performNow(SaveLocations(locations: try locations()), as: .system)
        _ = try waybill.performNow(SaveChannel(channel: channel), as: .system)
        let items = (0..<SampleOrders.skuCount).map { number in
            Item(
                sku: SampleOrders.sku(number), name: "Item number \(number)",
                weightGrams: 120 + Int64(number % 40) * 25,
                size: ItemSize(length: 200, width: 120, height: 40))
        }
        for start in stride(from: 0, to: items.count, by: SaveItems.itemsMax) {
            let page = Array(items[start..<min(start + SaveItems.itemsMax, items.count)])
            _ = try waybill.performNow(SaveItems(items: page), as: .system)
        }
        try receiveStock(waybill)
        waybill.stop()
        try database.close()
    }

    private static func receiveStock(_ waybill: OrderManagement) throws {
        var entries: [MoveStock.Entry] = []
        var random = SteadyRandom(seed: 7)
        for number in 0..<SampleOrders.skuCount {
            let sku = SampleOrders.sku(number)
            for code in warehouses {
                entries.append(.init(reason: .receive, sku: sku, location: code, quantity: warehouseUnits))
            }
            for code in stores where Int.random(in: 0..<10, using: &random) == 0 {
                entries.append(.init(reason: .receive, sku: sku, location: code, quantity: storeUnits))
            }
        }
        let groups = stride(from: 0, to: entries.count, by: MoveStock.entriesMax).map { start in
            Array(entries[start..<min(start + MoveStock.entriesMax, entries.count)])
        }
        for group in groups { _ = try waybill.performNow(MoveStock(entries: group), as: .system) }
    }

    /// Stages and their times are the defaults of a web shop: payment, then half an hour of remorse.
    static var channel: Channel {
        Channel(code: SampleOrders.channel, name: "Web shop", currency: .pounds, numberPrefix: "WEB-")
    }

    static func locations() throws -> [Location] {
        guard let days = BusinessCalendar(zone: "Europe/London", openWeekdays: [1, 2, 3, 4, 5, 6], cutoffMinutes: 900)
        else { throw BenchmarkFailure("the time zone Europe/London is not known here") }
        let all = warehouses.map { ($0, Location.Kind.warehouse) } + stores.map { ($0, Location.Kind.store) }
        return all.enumerated().map { index, entry in
            let (code, kind) = entry
            return Location(
                code: code, name: code, kind: kind,
                address: Address(
                    name: code, lines: ["1 Trading Estate"], city: "Leeds", postcode: "LS\(index + 1) 1AA",
                    country: "GB"),
                latitude: 51 + Double(index) / 4, longitude: -1 - Double(index) / 10, calendar: days, canShip: true,
                offersPickup: kind == .store, takesReturns: true, handlingCost: kind == .store ? 220 : 100,
                priority: index + 1)
        }
    }
}

/// A founded company, made once and copied for each run, so that each starts from the same rows.
protocol FoundedRetailer: AnyObject {
    /// The engine's name.
    var engine: String { get }
    /// The address of a fresh copy: what `Retailer.open` takes.
    func copy() throws -> String
    func remove(_ address: String) throws
    /// What a database occupies, everything in it.
    func bytes(of address: String) throws -> Int64
    /// Rows inserted, updated and deleted through an opened copy so far.
    func rowsChanged(in database: any OpenedDatabase, at address: String) throws -> Int64
    /// Bytes that were handed over for writing so far: log and file.
    func bytesWritten(at address: String) throws -> Int64
}

/// The company in a file.
final class RetailerFile: FoundedRetailer {
    let engine = "SQLite"
    // A class, since the copies it makes live in a folder that goes with it.
    let scratch: ScratchFolder
    private var copies = 0

    init(in parent: String?) throws {
        scratch = try ScratchFolder(in: parent)
        Progress.say("founding a retailer on SQLite: 10,000 SKUs, 2 warehouses, 12 stores")
        try Retailer.found(scratch.path(of: "founded.db"))
    }

    func copy() throws -> String { scratch.path(of: try copyName()) }

    /// The name of a fresh copy in the scratch folder.
    func copyName() throws -> String {
        copies += 1
        let name = "copy\(copies).db"
        try FileManager.default.copyItem(atPath: scratch.path(of: "founded.db"), toPath: scratch.path(of: name))
        return name
    }

    func remove(_ address: String) throws {
        try scratch.removeDatabase(URL(fileURLWithPath: address).lastPathComponent)
    }

    func bytes(of address: String) throws -> Int64 {
        try scratch.bytes(of: URL(fileURLWithPath: address).lastPathComponent)
    }

    func rowsChanged(in database: any OpenedDatabase, at address: String) throws -> Int64 {
        try database.write { db in try db.first(Self.totalChanges) { try $0.integer(0) } ?? 0 }
    }
    private static let totalChanges = Statement("SELECT total_changes()")

    func bytesWritten(at address: String) throws -> Int64 { Machine.bytesWritten() }
}

/// The company in a database of a cluster of its own.
final class RetailerCluster: FoundedRetailer {
    let engine = "PostgreSQL"
    // A class, since the databases it makes live in a cluster that goes with it.
    let cluster: PostgresCluster
    private let session: PostgresSession
    private var copies = 0

    /// nil where PostgreSQL is not installed.
    init?(in parent: String?) throws {
        guard let cluster = try PostgresCluster.start(in: parent) else { return nil }
        self.cluster = cluster
        session = try cluster.session()
        Progress.say("founding a retailer on PostgreSQL \(cluster.version): 10,000 SKUs, 2 warehouses, 12 stores")
        try session.run("CREATE DATABASE founded")
        try Retailer.found(cluster.url(of: "founded"))
        try cluster.session(on: "founded").run("VACUUM ANALYZE")
    }

    func copy() throws -> String {
        copies += 1
        try session.run("CREATE DATABASE copy\(copies) TEMPLATE founded")
        return cluster.url(of: "copy\(copies)")
    }

    /// An empty database, for the limit.
    func empty() throws -> (name: String, session: PostgresSession) {
        copies += 1
        try session.run("CREATE DATABASE copy\(copies) TEMPLATE template0")
        return ("copy\(copies)", try cluster.session(on: "copy\(copies)"))
    }

    func remove(_ address: String) throws { try session.run("DROP DATABASE \(name(of: address)) WITH (FORCE)") }

    func bytes(of address: String) throws -> Int64 {
        try session.number("SELECT pg_database_size('\(name(of: address))')")
    }

    func rowsChanged(in database: any OpenedDatabase, at address: String) throws -> Int64 {
        // The server's sessions report what they did within a second (pgstat).
        Thread.sleep(forTimeInterval: 1.2)
        return try session.number(
            """
            SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database
            WHERE datname = '\(name(of: address))'
            """)
    }

    func bytesWritten(at address: String) throws -> Int64 {
        try session.number("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")
    }

    private func name(of address: String) -> String {
        String(address.dropFirst("postgres:///".count).prefix { $0 != "?" })
    }
}
