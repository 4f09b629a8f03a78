import Databases
import Foundation
import OrderManagement
import Testing

@testable import waybill

@Suite("The doctor on the command line", .serialized)
struct DoctorCommandTests {
    private static let lose = Statement(
        "UPDATE stock_levels SET available = available - 1 WHERE sku = 'TEE' AND location = 'LEEDS'")
    private static let find = Statement(
        "UPDATE stock_levels SET available = available + 1 WHERE sku = 'TEE' AND location = 'LEEDS'")

    private func change(_ path: String, _ statement: Statement) throws {
        let database = try SQLiteDatabase.open(path: path, mode: .readWrite)
        try database.write { try $0.change(statement, [[]]) }
        try database.close()
    }

    private func open(_ connection: HTTPConnection) throws -> [JSON] {
        let answer = try connection.get("/v1/exceptions?kind=broken_invariant")
        return try JSON.parse(answer.body)["data"]?.array ?? []
    }

    @Test("What it finds opens one exception in the running shop; where it is only to look, none")
    func tells() throws {
        let (shop, path) = try Shop.inFile()
        try change(path, Self.lose)
        let database = ["--database", shop.url]
        let server = try RunningServer(database: shop.url)
        let connection = HTTPConnection(port: server.port, key: shop.key)
        #expect(try BuiltProgram.run(["doctor", "--read-only"] + database).code == 1)
        #expect(try open(connection).isEmpty)
        for _ in 0..<2 {
            let run = try BuiltProgram.run(["doctor"] + database)
            #expect(run.code == 1 && run.err.contains("opened for somebody to see to: exc_"), "\(run.err)")
        }
        let shown = try open(connection)
        #expect(shown.count == 1)
        #expect(shown.first?["cause"]?.string?.contains("stock of TEE@LEEDS") == true, "\(shown)")
        #expect(try server.stop().code == 0)
    }

    @Test("Beside no server it opens the exception itself, and settles it by its next run once the books hold")
    func alone() throws {
        let (shop, path) = try Shop.inFile()
        let database = ["--database", shop.url]
        let clean = try BuiltProgram.run(["doctor"] + database)
        #expect(clean.code == 0 && !clean.err.contains("opened"), "\(clean.err)")
        try change(path, Self.lose)
        #expect(try BuiltProgram.run(["doctor", "--json"] + database).code == 1)
        try change(path, Self.find)
        let looked = try BuiltProgram.run(["doctor", "--read-only"] + database)
        #expect(looked.code == 0 && !looked.err.contains("settled"), "\(looked.err)")
        let after = try BuiltProgram.run(["doctor"] + database)
        #expect(after.code == 0, "\(after.out)")
        let reader = try SQLiteDatabase.open(path: path, mode: .readOnly)
        let found = try reader.read { try ExceptionStore.open(after: ExceptionID(0), limit: 9, in: $0) }
        #expect(found.isEmpty && after.err.contains("settled, since the books hold: exc_"), "\(after.err)")
        try reader.close()
    }
}
