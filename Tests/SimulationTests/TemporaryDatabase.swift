import Databases
import Foundation
import OrderManagement
import Simulation

/// A database in a file of its own, gone with it. A class, since the file lives as long as somebody looks at it.
final class TemporaryDatabase {
    private let folder: URL
    let database: SQLiteDatabase

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "simulation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase.open(path: folder.appending(path: "waybill.db").path(), mode: .readWrite)
        try database.migrate(MigrationFiles.all, progress: { _ in })
    }

    deinit {
        do {
            try database.close()
            try FileManager.default.removeItem(at: folder)
        } catch {
            print("leaving \(folder.path()) behind: \(error)")
        }
    }

    func simulate(
        seed: UInt64, steps: Int, over wrap: (SQLiteDatabase) -> any Database = { $0 },
        trace: (String) -> Void = { _ in }
    ) throws -> Verdict {
        let wrapped = wrap(database)
        return try Simulator(seed: seed, steps: steps) { wrapped }.run(trace: trace)
    }

    /// Every row of every table, as text.
    func dump() throws -> [String] {
        try database.read { db in
            let tables = try db.rows(Statement("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")) {
                try $0.text(0)
            }
            return try tables.filter { $0 != "schema_migrations" }.flatMap { table in
                let columns = try db.rows(Statement(composed: "SELECT name FROM pragma_table_info('\(table)')")) {
                    try $0.text(0)
                }
                let row = columns.map { "COALESCE(quote(\($0)), 'NULL')" }.joined(separator: " || ' ' || ")
                return try db.rows(Statement(composed: "SELECT \(row) FROM \(table) ORDER BY 1")) {
                    "\(table) \(try $0.text(0))"
                }
            }
        }
    }
}

extension Verdict {
    var summary: String {
        guard let failure else { return "seed \(seed): \(steps) steps, no law broken" }
        return "seed \(seed), step \(failure.step): \(failure.law): \(failure.explanation)\n"
            + failure.trace.joined(separator: "\n")
    }
}
