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

    /// Opens a new database, with the present schema.
    static func open(path: String) throws -> SQLiteDatabase {
        let database = try SQLiteDatabase.open(path: path, mode: .readWrite)
        try database.migrate(MigrationFiles.all) { _ in }
        return database
    }

    /// Makes a database with the company's configuration and stock, and no orders.
    static func found(path: String) throws {
        let database = try open(path: path)
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

    private static func locations() throws -> [Location] {
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

/// A founded company, made once and copied for each run, so that each starts from the same file.
final class RetailerFile {
    // A class, since the copies it makes live in a folder that goes with it.
    let scratch: ScratchFolder
    private var copies = 0

    init(in parent: String?) throws {
        scratch = try ScratchFolder(in: parent)
        Progress.say("founding a retailer: 10,000 SKUs, 2 warehouses, 12 stores")
        try Retailer.found(path: scratch.path(of: "founded.db"))
    }

    /// The name of a fresh copy in the scratch folder.
    func copy() throws -> String {
        copies += 1
        let name = "copy\(copies).db"
        try FileManager.default.copyItem(atPath: scratch.path(of: "founded.db"), toPath: scratch.path(of: name))
        return name
    }
}
