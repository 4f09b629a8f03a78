import Foundation
import OrderManagement

/// The connections for reading: made when they are needed, at most so many, and kept.
///
/// A class, since threads share it; the condition guards everything mutable.
final class PostgresPool: @unchecked Sendable {
    private let connect: @Sendable () throws -> PostgresConnection
    private let countMax: Int
    private let secondsMax: Int
    private let condition = NSCondition()
    private var idle: [PostgresConnection] = []
    private var lentCount = 0
    private var isClosed = false

    /// - Parameter secondsMax: How long a caller waits for a connection.
    init(
        countMax: Int, secondsMax: Int,
        connect: @escaping @Sendable () throws -> PostgresConnection
    ) {
        self.countMax = countMax
        self.secondsMax = secondsMax
        self.connect = connect
    }

    /// Lends a connection to the calling thread.
    ///
    /// - Throws: `DatabaseUnavailable` if all are busy for too long, or none can be made.
    func lend<T>(_ body: (PostgresConnection) throws -> T) throws -> T {
        let connection: PostgresConnection
        if let waiting = try takeIdle() {
            connection = waiting
        } else {
            do {
                connection = try connect()
            } catch {
                giveBack(nil)
                throw error
            }
        }
        defer { giveBack(connection) }
        return try body(connection)
    }

    /// Closes what is idle; what is lent closes when it comes back.
    func close() {
        condition.lock()
        isClosed = true
        let closing = idle
        idle = []
        condition.broadcast()
        condition.unlock()
        for connection in closing { connection.link.close() }
    }

    /// One that waits and still stands; nil if the caller may make one.
    private func takeIdle() throws -> PostgresConnection? {
        condition.lock()
        defer { condition.unlock() }
        let deadline = Date(timeIntervalSinceNow: Double(secondsMax))
        while true {
            while let connection = idle.popLast() {
                guard connection.link.isAlive() else {
                    connection.link.close()
                    continue
                }
                lentCount += 1
                return connection
            }
            if lentCount < countMax {
                lentCount += 1
                return nil
            }
            guard condition.wait(until: deadline) else {
                throw DatabaseUnavailable(
                    "all \(countMax) connections for reading have been busy for \(secondsMax) s: try again later")
            }
        }
    }

    private func giveBack(_ connection: PostgresConnection?) {
        condition.lock()
        lentCount -= 1
        let isKept = connection?.link.isLost == false && !isClosed
        if isKept, let connection { idle.append(connection) }
        condition.signal()
        condition.unlock()
        if !isKept { connection?.link.close() }
    }
}
