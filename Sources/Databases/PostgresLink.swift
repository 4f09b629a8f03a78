import CLibPQ
import Foundation
import OrderManagement

/// One connection's wire: statements are sent without waiting, and their answers taken together.
///
/// libpq's pipeline mode carries it (libpq manual, chapter 34.5): what is sent is followed by a sync point, at which
/// the server answers everything before it; after an error it skips to the next sync point. libpq sends by itself
/// whenever it has 8 KiB, so the server works while we still write.
///
/// A class, since it owns a connection. Unchecked `Sendable`: the database lends a link to one thread at a time, and
/// the lock or condition by which it does so orders the threads.
final class PostgresLink: @unchecked Sendable {
    /// What an answer is for.
    enum Purpose {
        /// Nobody looks at it; an error fails what is going on.
        case nothing
        case prepared(PostgresConnection.Form)
        /// Must have changed so many rows, if guarded.
        case change(Statement, asked: Int, isGuarded: Bool)
        /// The caller wants it.
        case wanted
        case sync
    }

    private struct Expected {
        let purpose: Purpose
        let text: String
        /// Whether its transaction was given up meanwhile: what becomes of it is no news.
        var isGivenUp = false
    }

    private let answerSecondsMax: Int
    private let handle: OpaquePointer
    private var expected: [Expected] = []
    private var isClosed = false
    /// Whether the session is over, by an error or by the other side.
    private(set) var isLost = false
    /// Since it was taken last; see `takeCounts`.
    private var counts = PostgresCounts()

    // MARK: Opening and closing

    /// - Throws: `DatabaseUnavailable` in libpq's words: no such host, refused, wrong password, no such database.
    init(_ address: PostgresAddress, _ role: PostgresSettings.Role, _ limits: PostgresLimits) throws {
        answerSecondsMax = PostgresSettings.answerSecondsMax(role, limits)
        let keywords = PostgresSettings.keywords(address)
        let opened = Self.withCStrings(keywords.map(\.0)) { names in
            Self.withCStrings(keywords.map(\.1)) { values in PQconnectdbParams(names, values, 1) }
        }
        guard let opened else { throw DatabaseUnavailable("libpq is out of memory") }
        do {
            guard PQstatus(opened) == CONNECTION_OK else {
                throw DatabaseUnavailable("cannot reach the database \(address): \(Self.message(of: opened))")
            }
            PQsetNoticeReceiver(opened, { _, _ in }, nil)  // "table exists, skipping" is nobody's news
            try PostgresSettings.check(opened, address)
            try Self.run(PostgresSettings.script(role, limits), on: opened)
            guard PQenterPipelineMode(opened) == 1 else {
                throw DatabaseUnavailable("libpq has no pipeline mode: \(Self.message(of: opened))")
            }
        } catch let failure as PostgresFailure {
            PQfinish(opened)
            throw failure.error
        } catch {
            PQfinish(opened)
            throw error
        }
        handle = opened
        counts.connections = 1
    }

    deinit { close() }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        isLost = true
        PQfinish(handle)
    }

    /// Looks, without asking the server, whether the other side has hung up meanwhile.
    func isAlive() -> Bool {
        guard !isLost else { return false }
        var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        // An answer to the last transaction's end may be there, then the farewell, then the end of the stream.
        for _ in 0..<4 {
            guard poll(&socket, 1, 0) > 0 else { return true }
            guard PQconsumeInput(handle) == 1, PQstatus(handle) == CONNECTION_OK else {
                isLost = true
                counts.connectionsLost += 1
                return false
            }
        }
        return true
    }

    /// What was counted since the last call.
    func takeCounts() -> PostgresCounts {
        defer { counts = PostgresCounts() }
        return counts
    }

    /// Takes over what a link counted that this one replaces.
    func add(_ other: PostgresCounts) { counts += other }

    // MARK: Sending

    /// Sends a statement that is parsed for this one use.
    func send(_ text: String, _ types: [UInt32], _ parameters: PostgresParameters, for purpose: Purpose) throws {
        let code = parameters.withPointers { count, values, lengths, formats in
            PQsendQueryParams(handle, text, count, types, values, lengths, formats, 1)
        }
        try sent(code, text, bytes: text.utf8.count + parameters.byteCount, for: purpose)
    }

    /// Sends a statement without parameters.
    func send(_ text: String, for purpose: Purpose) throws { try send(text, [], PostgresParameters(), for: purpose) }

    func prepare(_ name: String, _ text: String, _ types: [UInt32], _ form: PostgresConnection.Form) throws {
        let code = PQsendPrepare(handle, name, text, Int32(types.count), types)
        try sent(code, text, bytes: text.utf8.count, for: .prepared(form))
    }

    /// Sends the use of a prepared statement; `text` is for messages.
    func run(_ name: String, _ parameters: PostgresParameters, _ text: String, for purpose: Purpose) throws {
        let code = parameters.withPointers { count, values, lengths, formats in
            PQsendQueryPrepared(handle, name, count, values, lengths, formats, 1)
        }
        try sent(code, text, bytes: parameters.byteCount, for: purpose)
    }

    private func sent(_ code: Int32, _ text: String, bytes: Int, for purpose: Purpose) throws {
        guard code == 1 else { throw lost(during: text) }
        expected.append(Expected(purpose: purpose, text: text))
        counts.statements += 1
        counts.bytesSent += Int64(bytes)
    }

    /// Sends everything, and a sync point behind it, without waiting for answers.
    func sync() throws {
        guard PQpipelineSync(handle) == 1 else { throw lost(during: "sending") }
        expected.append(Expected(purpose: .sync, text: ""))
    }

    /// Sends the end of a transaction that keeps nothing; what becomes of it and of all before is no news.
    func giveUp() throws {
        // Behind an error the server skips everything up to a sync point, a ROLLBACK too.
        if !expected.isEmpty { try sync() }
        try send("ROLLBACK", for: .nothing)
        for index in expected.indices { expected[index].isGivenUp = true }
        try sync()
    }

    /// Runs several statements outside of the pipeline; nothing may be on its way.
    func script(_ sql: String) throws {
        guard PQexitPipelineMode(handle) == 1 else { throw lost(during: "a script") }
        counts.roundTrips += 1
        counts.bytesSent += Int64(sql.utf8.count)
        do {
            try Self.run(sql, on: handle)
        } catch let failure as PostgresFailure {
            if failure.isEnd { throw lost(during: sql, failure.message) }
            guard PQenterPipelineMode(handle) == 1 else { throw lost(during: sql) }
            throw failure
        }
        guard PQenterPipelineMode(handle) == 1 else { throw lost(during: "a script") }
    }

    // MARK: Receiving

    /// Sends everything, waits for all answers, and gives the last one that was wanted.
    ///
    /// - Throws: `PostgresFailure`, the first one; `StaleRead` for a guarded change that missed.
    /// - Parameter forget: Called with each form that was not prepared after all.
    func roundTrip(forget: (PostgresConnection.Form) -> Void) throws -> PostgresResult? {
        try sync()
        counts.roundTrips += 1
        let deadline = ContinuousClock.now + .seconds(answerSecondsMax)
        var failure: (any Error)?
        var wanted: PostgresResult?
        let all = expected
        expected = []
        for item in all {
            let answer = try next(item, until: deadline)
            if case .sync = item.purpose { continue }
            let status = PQresultStatus(answer)
            if status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK {
                let result = PostgresResult(answer)
                guard !item.isGivenUp else { continue }
                switch item.purpose {
                case .wanted: wanted = result
                case .change(let statement, let asked, isGuarded: true) where result.changed < asked:
                    failure = failure ?? StaleRead(missed: asked - result.changed, of: asked, by: statement)
                case .nothing, .prepared, .change, .sync: break
                }
                continue
            }
            defer { PQclear(answer) }
            if case .prepared(let form) = item.purpose { forget(form) }
            guard status != PGRES_PIPELINE_ABORTED else { continue }
            let found = PostgresFailure(answer, during: item.text)
            if found.isEnd { throw lost(during: item.text, found.message, found.state) }
            if !item.isGivenUp { failure = failure ?? found }
        }
        if let failure { throw failure }
        return wanted
    }

    /// The next answer; for a statement, with the end of its answers behind it.
    private func next(_ item: Expected, until deadline: ContinuousClock.Instant) throws -> OpaquePointer {
        guard let answer = try answer(item, until: deadline) else {
            throw lost(during: item.text, "an answer is missing")
        }
        if case .sync = item.purpose {
            defer { PQclear(answer) }
            guard PQresultStatus(answer) == PGRES_PIPELINE_SYNC else {
                let failure = PostgresFailure(answer, during: item.text)
                throw lost(during: item.text, failure.message, failure.state)
            }
            return answer
        }
        if PQstatus(handle) == CONNECTION_OK, let more = try self.answer(item, until: deadline) {
            PQclear(more)
            PQclear(answer)
            throw lost(during: item.text, "an answer too many")
        }
        return answer
    }

    /// Waits for input with a limit: a server that stands still must not hold the thread for ever.
    private func answer(_ item: Expected, until deadline: ContinuousClock.Instant) throws -> OpaquePointer? {
        while PQisBusy(handle) == 1 {
            var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            guard left > 0 else { throw lost(during: item.text, "the server does not answer") }
            let ready = poll(&socket, 1, Int32(min(left.rounded(.up), 600_000)))
            if ready < 0, errno == EINTR { continue }
            guard ready <= 0 || PQconsumeInput(handle) == 1 else { throw lost(during: item.text) }
        }
        return PQgetResult(handle)
    }

    /// Notes that the session is over. - Returns: The failure that says so.
    private func lost(during text: String, _ message: String? = nil, _ state: String = "") -> PostgresFailure {
        if !isLost { counts.connectionsLost += 1 }
        isLost = true
        expected = []
        let said = message ?? Self.message(of: handle)
        return PostgresFailure(
            state: state, message: said.isEmpty ? "no word from libpq" : said, during: text, isEnd: true)
    }

    // MARK: libpq

    private static func message(of handle: OpaquePointer) -> String { String(cString: PQerrorMessage(handle)).oneLine }

    private static func run(_ sql: String, on handle: OpaquePointer) throws {
        guard let result = PQexec(handle, sql) else {
            throw PostgresFailure(message: message(of: handle), during: sql, isEnd: true)
        }
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status != PGRES_COMMAND_OK, status != PGRES_TUPLES_OK, status != PGRES_EMPTY_QUERY else { return }
        throw PostgresFailure(result, during: sql)
    }

    /// Lends C strings with a nil behind them.
    private static func withCStrings<T>(_ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> T) -> T {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies.map { UnsafePointer($0) } + [nil])
    }
}
