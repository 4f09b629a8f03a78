import Databases
import Foundation
import OrderManagement
import TestSupport

/// A database with a small shop in it, and a key, made before any server runs.
struct Shop {
    /// A folder for what a test makes beside it.
    let folder: TemporaryFolder
    /// What `--database` takes.
    let url: String
    let key: String
    private let home: TestDatabase?

    /// - Parameter path: The SQLite file to make; nil for a database on the engine that is tested.
    init(at path: String? = nil, in folder: TemporaryFolder? = nil) throws {
        self.folder = try folder ?? TemporaryFolder()
        let database: any OpenedDatabase
        if let path {
            home = nil
            url = "sqlite:" + path
            database = try SQLiteDatabase.open(path: path, mode: .readWrite)
            try database.migrate(MigrationFiles.all) { _ in }
        } else {
            let made = try TestDatabase()
            home = made
            url = made.url
            database = made.database
        }
        let waybill = OrderManagement(database: database)
        let commands: [any Command] = [
            SaveLocations(locations: [.warehouse("LEEDS"), .store("YORK")]),
            SaveItems(items: [.plain("TEE"), .plain("CAP")]), SaveChannel(channel: .till),
            MoveStock(entries: [
                .init(reason: .receive, sku: "TEE", location: "LEEDS", quantity: 1_000_000),
                .init(reason: .receive, sku: "CAP", location: "YORK", quantity: 1_000_000),
            ]),
        ]
        for command in commands { _ = try waybill.performNow(command, as: .system) }
        waybill.stop()
        try database.close()
        let made = try BuiltProgram.run([
            "key", "create", "--name", "test", "--scopes", "admin", "--database", url,
        ])
        guard made.code == 0 else { throw BuiltProgram.Failure("no key: \(made.err)") }
        key = made.out.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A shop in a SQLite file, whatever engine is tested: for tests that look at the file.
    static func inFile() throws -> (shop: Shop, path: String) {
        let folder = try TemporaryFolder()
        let shop = try Shop(at: folder.file("waybill.db"), in: folder)
        return (shop, folder.file("waybill.db"))
    }

    /// The body of an order of two lines.
    static func order(named name: String) -> String {
        """
        {"channel": "store", "external_id": "\(name)", "customer": {"name": "A. Example", "email": "a@example.com"},
         "delivery": {"method": "ship", "service": "standard", "address": {"name": "A. Example",
                      "lines": ["1 High Street"], "city": "Leeds", "postcode": "LS1 4AP", "country": "GB"}},
         "lines": [{"sku": "TEE", "quantity": 2, "unit_price": {"amount": 1000, "currency": "GBP"}},
                   {"sku": "CAP", "quantity": 1, "unit_price": {"amount": 500, "currency": "GBP"}}],
         "total": {"amount": 2500, "currency": "GBP"},
         "payment": {"provider": "test", "reference": "pay-\(name)", "authorized": {"amount": 2500, "currency": "GBP"}}}
        """
    }
}

extension Address {
    /// Somewhere in a country, where nothing else matters.
    static func anywhere(in country: String) -> Address {
        Address(name: "Ada", lines: ["1 High Street"], city: "Town", postcode: "1", country: country)
    }
}
