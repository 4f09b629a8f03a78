import CLibPQ
import Databases
import Foundation

/// A session of somebody who is no Waybill. A class, since it owns a connection; used by one thread at a time.
final class ForeignSession: @unchecked Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let connection: OpaquePointer

    init(_ address: PostgresAddress) throws {
        guard let connection = PQconnectdb(address.connectionText), PQstatus(connection) == CONNECTION_OK else {
            throw Failure(description: "no connection")
        }
        self.connection = connection
    }

    deinit { PQfinish(connection) }

    func run(_ sql: String) throws {
        let result = PQexec(connection, sql)
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
            throw Failure(description: String(cString: PQerrorMessage(connection)))
        }
    }
}
