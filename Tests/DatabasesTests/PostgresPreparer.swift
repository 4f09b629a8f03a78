import CLibPQ
import Foundation
import OrderManagement

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

    /// Prepares a statement as its driver would: `:name` is text, `#name` a whole number of 64 bits.
    func prepare(_ statement: Statement) throws {
        let types = statement.parameters.map { parameter in
            switch parameter.kind {
            case .text: Self.text
            case .integer: Self.bigint
            }
        }
        count += 1
        try check(
            PQprepare(connection, "s\(count)", Self.numbered(statement.numbered), Int32(types.count), types),
            statement.text)
    }

    /// Object identifiers of the types (pg_type.dat).
    private static let text: Oid = 25
    private static let bigint: Oid = 20

    /// `?1` outside of quoted text becomes `$1`.
    private static func numbered(_ text: String) -> String {
        var isQuoted = false
        return String(
            text.map { character in
                if character == "'" { isQuoted.toggle() }
                return character == "?" && !isQuoted ? "$" : character
            })
    }

    private func check(_ result: OpaquePointer?, _ sql: String) throws {
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
            throw Failure(description: String(cString: PQerrorMessage(connection)) + "in: " + sql)
        }
    }
}
