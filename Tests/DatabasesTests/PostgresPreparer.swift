import CLibPQ
import Foundation
import OrderManagement

@testable import Databases

/// A connection to PostgreSQL that prepares statements and runs scripts, and nothing else. A class, since it owns a
/// connection and a schema of its own, both of which end with it.
final class PostgresPreparer {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let connection: OpaquePointer
    private let schema = "contract_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
    private var count = 0

    /// - Parameter url: `postgres://user:password@host:port/database`.
    init(url: String) throws {
        guard let connection = PQconnectdb(url) else { throw Failure(description: "libpq is out of memory") }
        self.connection = connection
        guard PQstatus(connection) == CONNECTION_OK else {
            throw Failure(description: String(cString: PQerrorMessage(connection)))
        }
        try run("SET client_min_messages = warning; CREATE SCHEMA \(schema); SET search_path = \(schema)")
    }

    deinit {
        do { try run("DROP SCHEMA IF EXISTS \(schema) CASCADE") } catch { print("left behind: \(schema): \(error)") }
        PQfinish(connection)
    }

    /// Runs several statements without parameters.
    func run(_ sql: String) throws { try check(PQexec(connection, sql), sql) }

    /// Prepares a statement in both of its forms, as the driver does.
    func prepare(_ statement: Statement) throws {
        let text = PostgresStatement(statement)
        try prepare(text.single, text.singleTypes)
        if let many = text.many { try prepare(many, text.manyTypes) }
    }

    private func prepare(_ text: String, _ types: [Oid]) throws {
        count += 1
        try check(PQprepare(connection, "s\(count)", text, Int32(types.count), types), text)
    }

    private func check(_ result: OpaquePointer?, _ sql: String) throws {
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
            throw Failure(description: String(cString: PQerrorMessage(connection)) + "in: " + sql)
        }
    }
}
