import Databases
import Foundation
import OrderManagement
import TestSupport

/// A database file with a small shop in it, and a key, made before any server runs.
struct Shop {
    let folder: TemporaryFolder
    let path: String
    let key: String

    /// - Parameter path: Where to make it; in a folder of its own if nil.
    init(at path: String? = nil, units: Int64 = 1_000_000) throws {
        folder = try TemporaryFolder()
        self.path = path ?? folder.file("waybill.db")
        let database = try SQLiteDatabase.open(path: self.path, mode: .readWrite)
        try database.migrate(MigrationFiles.all) { _ in }
        let waybill = OrderManagement(database: database)
        let commands: [any Command] = [
            SaveLocations(locations: [.warehouse("LEEDS"), .store("YORK")]),
            SaveItems(items: [.plain("TEE"), .plain("CAP")]), SaveChannel(channel: .till),
            MoveStock(entries: [
                .init(reason: .receive, sku: "TEE", location: "LEEDS", quantity: units),
                .init(reason: .receive, sku: "CAP", location: "YORK", quantity: units),
            ]),
        ]
        for command in commands { _ = try waybill.performNow(command, as: .system) }
        waybill.stop()
        try database.close()
        let made = try BuiltProgram.run([
            "key", "create", "--name", "test", "--scopes", "admin", "--database", "sqlite:" + self.path,
        ])
        guard made.code == 0 else { throw BuiltProgram.Failure("no key: \(made.err)") }
        key = made.out.trimmingCharacters(in: .whitespacesAndNewlines)
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
