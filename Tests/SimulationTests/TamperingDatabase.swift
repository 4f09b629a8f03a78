import OrderManagement
import Synchronization

/// A database with a planted fault: once, it leaves a change out, or doubles a movement, and says that all is well.
///
/// A class, since the writer's thread meets the plan that a test has made.
final class TamperingDatabase: Database {
    enum Plan: Sendable, CustomStringConvertible {
        /// Leaves out the last row of a change whose text begins so.
        case drop(String)
        /// Enters the last movement of a change a second time.
        case doubleMovement

        var description: String {
            switch self {
            case .drop(let text): "drop \(text)"
            case .doubleMovement: "double a movement"
            }
        }
    }

    private let base: any Database
    private let plan: Plan
    /// Changes of the kind that pass before; below zero once the fault has happened.
    private let delay: Mutex<Int>

    init(_ base: any Database, _ plan: Plan, after delay: Int) {
        self.base = base
        self.plan = plan
        self.delay = Mutex(delay)
    }

    func write<T>(_ body: (any Connection) throws -> T) throws -> T {
        let before = delay.withLock { $0 }
        do {
            return try base.write { try body(TamperingConnection($0, self)) }
        } catch {
            delay.withLock { $0 = before }  // what was rolled back has not happened
            throw error
        }
    }

    func read<T>(_ body: (any Connection) throws -> T) throws -> T { try base.read(body) }

    /// Whether the moment has come, for a change that the plan is about.
    fileprivate func strikes(_ statement: Statement) -> Plan? {
        let text = switch plan {
        case .drop(let text): text
        case .doubleMovement: "INSERT INTO stock_movements"
        }
        guard statement.text.hasPrefix(text) else { return nil }
        return delay.withLock { delay in
            delay -= 1
            return delay == -1 ? plan : nil
        }
    }
}

/// A class, since `Connection` is one.
private final class TamperingConnection: Connection {
    private let base: any Connection
    private let database: TamperingDatabase

    init(_ base: any Connection, _ database: TamperingDatabase) {
        self.base = base
        self.database = database
    }

    func query(_ statement: Statement, _ parameters: [[SQLValue]], _ visit: (Row) throws -> Void) throws {
        try base.query(statement, parameters, visit)
    }

    func execute(_ statement: Statement, _ parameters: [[SQLValue]]) throws -> Int {
        guard !parameters.isEmpty else { return try base.execute(statement, parameters) }
        switch database.strikes(statement) {
        case .drop:
            return try base.execute(statement, Array(parameters.dropLast())) + 1
        case .doubleMovement:
            var copy = parameters[parameters.count - 1]
            copy[0] = .integer(900_000)  // the id comes first
            return try base.execute(statement, parameters + [copy]) - 1
        case nil:
            return try base.execute(statement, parameters)
        }
    }

    func script(_ sql: String) throws { try base.script(sql) }
}
