import OrderManagement

/// One connection's statements and its present transaction.
///
/// Changes are sent at once and their answers taken with the next query or before the commit; the frame of a
/// transaction travels with its first statement. So a transaction costs one wait per query, and two for its end.
///
/// A class, since it owns prepared statements. Unchecked `Sendable`: as its link, it is lent to one thread at a time.
final class PostgresConnection: Connection, @unchecked Sendable {
    /// Beyond this many kept statements, further ones are parsed for each use: a bound on the server's memory.
    static let statementsKeptMax = 1000
    /// Rows of parameters in one array: a bound on the size of a message.
    static let rowsMax = 4096

    /// A statement in one of its two forms.
    struct Form: Hashable {
        let statement: ObjectIdentifier
        let isMany: Bool
    }

    private struct Kept {
        /// Held so that its identity cannot pass to another.
        let statement: Statement
        let text: PostgresStatement
    }

    private(set) var link: PostgresLink
    private let connect: () throws -> PostgresLink
    private var kept: [ObjectIdentifier: Kept] = [:]
    private var names: [Form: String] = [:]
    private var namesMade = 0
    /// The first error of the present transaction: nothing may follow it.
    private var failure: (any Error)?
    /// What the server said, if it was the server that failed.
    private(set) var serverFailure: PostgresFailure?
    /// Whether the present transaction has sent anything that changes rows.
    private(set) var hasChanged = false
    /// What is sent before the first statement of the transaction.
    private var frame: [String] = []

    /// - Parameter connect: Makes the link, and another one if that turns out to be dead.
    init(_ connect: @escaping () throws -> PostgresLink) throws {
        self.connect = connect
        link = try connect()
    }

    // MARK: Transactions

    /// Begins a transaction: its frame goes out with the first statement.
    func begin(_ frame: [String]) {
        failure = nil
        serverFailure = nil
        hasChanged = false
        self.frame = frame
    }

    /// Whether a transaction stands open at the server.
    private var isOpen: Bool { frame.isEmpty }

    /// Refuses to go on after a failed statement, as the server does.
    func checkUnharmed() throws {
        if let failure { throw failure }
    }

    /// Takes the answers of everything sent.
    func settleChanges() throws {
        try checkUnharmed()
        guard isOpen else { return }
        _ = try roundTrip()
    }

    /// Commits and waits for the answer.
    ///
    /// - Throws: `PostgresFailure`; one that `isEnd` leaves open whether the transaction is kept.
    func commit() throws {
        guard isOpen else { return }
        try link.send("COMMIT", for: .wanted)
        let answer = try link.roundTrip { names[$0] = nil }
        guard answer?.tag == "COMMIT" else {
            let tag = answer?.tag ?? "nothing"
            throw PostgresFailure(state: "25P02", message: "the server answered with \(tag)", during: "COMMIT")
        }
    }

    /// Ends a transaction that keeps nothing, without waiting for the answer.
    func end() {
        defer { frame = [] }
        if serverFailure?.isStalePlan == true { link.close() }
        guard isOpen, !link.isLost else { return }
        do {
            try link.giveUp()
        } catch {
            link.close()  // its transaction ends with it
        }
    }

    // MARK: Connection

    func query(_ statement: Statement, _ parameters: [[SQLValue]], _ visit: (Row) throws -> Void) throws {
        guard !parameters.isEmpty else { return }
        for result in try answers(to: statement, parameters) { try result.visit(visit) }
    }

    func execute(_ statement: Statement, _ parameters: [[SQLValue]]) throws -> Int {
        guard !parameters.isEmpty else { return 0 }
        hasChanged = true
        return try answers(to: statement, parameters).reduce(0) { $0 + $1.changed }
    }

    func change(_ statement: Statement, _ parameters: [[SQLValue]], isGuarded: Bool) throws {
        guard !parameters.isEmpty else { return }
        hasChanged = true
        try guarding {
            try open()
            try forEachPart(of: parameters, statement) { rows, isMany in
                let purpose = PostgresLink.Purpose.change(statement, asked: rows.count, isGuarded: isGuarded)
                try send(statement, rows, isMany: isMany, for: purpose)
            }
        }
    }

    /// Runs several statements, none of which may begin or end a transaction.
    func script(_ sql: String) throws {
        hasChanged = true
        try guarding {
            try open()
            _ = try link.roundTrip { names[$0] = nil }
            try link.script(sql)
        }
    }

    // MARK: Statements

    private func answers(to statement: Statement, _ parameters: [[SQLValue]]) throws -> [PostgresResult] {
        try guarding {
            let unsent = frame
            do {
                return try ask(statement, parameters)
            } catch let failure as PostgresFailure where (failure.isEnd || failure.isStalePlan) && !unsent.isEmpty {
                // The link died while it lay idle, or its plans grew old: the transaction begins here, so it may begin
                // again on another.
                try renewLink()
                frame = unsent
                return try ask(statement, parameters)
            }
        }
    }

    private func ask(_ statement: Statement, _ parameters: [[SQLValue]]) throws -> [PostgresResult] {
        try open()
        var found: [PostgresResult] = []
        try forEachPart(of: parameters, statement) { rows, isMany in
            try send(statement, rows, isMany: isMany, for: .wanted)
            if let result = try link.roundTrip(forget: { names[$0] = nil }) { found.append(result) }
        }
        return found
    }

    private func renewLink() throws {
        let counts = link.takeCounts()
        link.close()
        link = try connect()
        link.add(counts)
        names = [:]
    }

    private func roundTrip() throws -> PostgresResult? { try guarding { try link.roundTrip { names[$0] = nil } } }

    /// Translates what fails and dooms the transaction.
    private func guarding<T>(_ body: () throws -> T) throws -> T {
        try checkUnharmed()
        do {
            return try body()
        } catch let server as PostgresFailure {
            serverFailure = server
            let error = server.error
            failure = error
            throw error
        } catch {
            failure = error
            throw error
        }
    }

    private func open() throws {
        for text in frame { try link.send(text, for: .nothing) }
        frame = []
    }

    /// Rows that can go together, together; see `PostgresStatement.many`.
    private func forEachPart(
        of parameters: [[SQLValue]], _ statement: Statement, _ body: (ArraySlice<[SQLValue]>, Bool) throws -> Void
    ) throws {
        let isMany = parameters.count > 1 && text(of: statement).many != nil
        let step = isMany ? Self.rowsMax : 1
        for start in stride(from: 0, to: parameters.count, by: step) {
            let rows = parameters[start..<min(start + step, parameters.count)]
            try body(rows, isMany && rows.count > 1)
        }
    }

    private func send(
        _ statement: Statement, _ rows: ArraySlice<[SQLValue]>, isMany: Bool, for purpose: PostgresLink.Purpose
    ) throws {
        let text = text(of: statement)
        let parameters =
            isMany
            ? try PostgresParameters(rows, of: statement)
            : try PostgresParameters(rows.first ?? [], of: statement)
        let sql = isMany ? text.many ?? text.single : text.single
        let types = isMany ? text.manyTypes : text.singleTypes
        guard kept[ObjectIdentifier(statement)] != nil else {
            return try link.send(sql, types, parameters, for: purpose)
        }
        let form = Form(statement: ObjectIdentifier(statement), isMany: isMany)
        let name: String
        if let known = names[form] {
            name = known
        } else {
            namesMade += 1
            name = "waybill_\(namesMade)"
            try link.prepare(name, sql, types, form)
            names[form] = name
        }
        try link.run(name, parameters, statement.text, for: purpose)
    }

    private func text(of statement: Statement) -> PostgresStatement {
        if let known = kept[ObjectIdentifier(statement)] { return known.text }
        let text = PostgresStatement(statement)
        if statement.isKept, kept.count < Self.statementsKeptMax {
            kept[ObjectIdentifier(statement)] = Kept(statement: statement, text: text)
        }
        return text
    }
}
