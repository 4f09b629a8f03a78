import ArgumentParser
import Databases
import Foundation
import OrderManagement

/// `waybill restore`: puts a backup in the place of the database.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Puts a backup in the place of the database; no server may run.",
        discussion: """
            The backup is copied and checked before anything is replaced, and stays as it is. A PostgreSQL database
            must be there; it is filled in one transaction.

            Parcels may have got numbers (SSCC) since the backup was made, of which it knows nothing: so many of them
            are passed over, and named.

            Example: waybill restore backups/monday.db --database sqlite:waybill.db --force
            """)

    @Argument(help: "The backup.") var path: String
    @OptionGroup var target: DatabaseOptions
    @Flag(help: "Replace the database that is there.") var force = false
    @Flag(help: "Answer as JSON.") var json = false

    func run() async throws {
        let console = Terminal.console()
        let address = try RunConfiguration(target).database
        let source = console.path(path)
        let replaced = Self.lastSerial(at: address)
        do {
            switch address {
            case .sqlite(let path): try SQLiteDatabase.restore(from: source, to: path, force: force)
            case .postgres(let address): try PostgresDatabase.restore(from: source, to: address, force: force)
            }
        } catch let error as BackupFailed where !force && "\(error)".hasSuffix("only if that is forced") {
            throw CommandRefused("\(error) (--force)")
        }
        let serials = try Self.passSerials(at: address, replaced: replaced)
        if json {
            console.json {
                $0.object {
                    $0.member("database", "\(address)")
                    $0.member("restored_from", source)
                    $0.object("sscc_serials") {
                        $0.member("last_known", serials.known)
                        $0.member("passed_over_to", serials.passed)
                    }
                }
            }
        } else {
            console.out("\(address) is now what \(source) was")
            console.out(
                "numbers of parcels (SSCC) go on behind the serial number \(serials.passed): those from "
                    + "\(serials.known + 1) on may be on parcels that the backup does not know")
        }
    }

    /// The last serial number that the database gave which is to be replaced; nil where there is none, or none that can
    /// be read: that is why it is replaced.
    private static func lastSerial(at address: DatabaseAddress) -> Int64? {
        if case .sqlite(let path) = address, !FileManager.default.fileExists(atPath: path) { return nil }
        do {
            let database = try Composition.engine(address, .copying)
            let last = Result { try database.read { try RestoredSerials.last(in: $0) } }
            try database.close()
            return try last.get()
        } catch {
            return nil
        }
    }

    private static func passSerials(at address: DatabaseAddress, replaced: Int64?) throws -> RestoredSerials {
        let database = try Composition.engine(address, .writing)
        let passed = Result { try database.write { try RestoredSerials.pass(replaced: replaced, in: $0) } }
        try database.close()
        return try passed.get()
    }
}
