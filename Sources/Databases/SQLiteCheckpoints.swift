import Foundation
import GRDBSQLite
import OrderManagement
import Synchronization

import struct GRDB.DatabaseError
import class GRDB.DatabasePool
import class GRDB.DatabaseQueue
import struct GRDB.ResultCode

/// Carries the log back into the database file beside the writer, on a connection of its own.
///
/// Left to SQLite (`wal_autocheckpoint`), the commit that fills the log carries it back, and everybody waits: for 90 ms
/// once in 500 orders. Here the writer goes on meanwhile. Since a log to which somebody always adds can never begin
/// anew, a long one is caught up with, pass by pass, until little is left; only for that the writer is held.
///
/// SQLite 3.7.0 to 3.51.2 can damage a file when a checkpoint begins on a log that has been carried back whole, and
/// a commit begins the log anew at that moment (sqlite.org/wal.html, "the WAL-reset bug"). That cannot happen here:
/// there is one that checkpoints, and it begins only when a commit waits to be carried back. Until it has carried
/// that back itself, SQLite cannot begin the log anew.
///
/// A class, since it owns a connection and is called by SQLite after each commit.
final class SQLiteCheckpoints: Sendable {
    /// When what is done, in frames of the log: a page with its header each.
    struct Limits: Sendable {
        /// That wait before they are carried back.
        var pass = 4_000
        /// In the log, from which on it is to begin anew.
        var long = 16_000
        /// For which the writer may be held.
        var held = 500
        /// Passes in which to catch up with the writer; after these it is held for whatever is left.
        var catchingUp = 8
    }

    /// How far the log has been written and carried back, as its two ends tell it.
    struct LogPosition: Sendable {
        /// Frames in the log after the last commit.
        private(set) var written = 0
        /// Frames of this log that have been carried back.
        private(set) var carried = 0
        /// How often the log began anew.
        private(set) var logs = 0

        /// Frames of which it is sure that they are not in the file. A pass may have carried back a commit that is not
        /// told yet, so what is written may be less than what was carried.
        var waiting: Int { max(0, written - carried) }

        /// A commit ended with `frames` in the log: fewer than before if it has begun anew.
        mutating func committed(_ frames: Int) {
            if frames < written {
                carried = 0
                logs += 1
            }
            written = frames
        }

        /// A pass that began in log number `log` ended with `done` of its frames in the file. Begun anew meanwhile, the
        /// log has none that are.
        mutating func passed(_ done: Int, ofLog log: Int) {
            if log == logs { carried = done }
        }
    }

    private let limits: Limits
    private let queue = DispatchQueue(label: "checkpoints")
    private let connection: DatabaseQueue
    private let pool: DatabasePool
    private let onFailure: @Sendable (String) -> Void
    private let state: Mutex<State>

    private struct State {
        var log = LogPosition()
        /// Frames from which on the log is to begin anew; more while a reader keeps it from doing so.
        var long: Int
        var isRunning = false
        var isStopped = false
    }

    /// - Parameter pool: Its writer's connection is to be given to `follow`.
    init(
        of pool: DatabasePool, path: String, limits: Limits, onFailure: @escaping @Sendable (String) -> Void
    ) throws {
        self.pool = pool
        self.limits = limits
        self.onFailure = onFailure
        state = Mutex(State(long: limits.long))
        connection = try DatabaseQueue(path: path, configuration: SQLiteSettings.checkpointing())
    }

    /// Is told of every commit on `writer` from now on, until `leave`: this object has to live that long.
    func follow(_ writer: LentConnection) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_wal_hook(
            writer.sqliteConnection,
            { context, _, _, frames in
                guard let context else { return SQLITE_OK }
                Unmanaged<SQLiteCheckpoints>.fromOpaque(context).takeUnretainedValue().committed(Int(frames))
                return SQLITE_OK
            }, context)
    }

    /// Waits for the pass that runs; none follows. Not to be called by who holds the writer, since a pass may wait
    /// for that.
    func stop() throws {
        state.withLock { $0.isStopped = true }
        queue.sync {}
        try connection.close()
    }

    /// Is told of nothing any more.
    func leave(_ writer: LentConnection) {
        sqlite3_wal_hook(writer.sqliteConnection, nil, nil)
    }

    private func committed(_ frames: Int) {
        let isToRun = state.withLock { state in
            state.log.committed(frames)
            guard state.log.waiting >= limits.pass, !state.isRunning, !state.isStopped else { return false }
            state.isRunning = true
            return true
        }
        if isToRun { queue.async { self.run() } }
    }

    private func run() {
        defer { state.withLock { $0.isRunning = false } }
        do {
            // 1. Beside the writer.
            try pass()
            guard state.withLock({ $0.log.written >= $0.long }) else { return }
            // 2. The log is long: catch up with the writer, who adds less and less meanwhile.
            var passes = 1
            while passes < limits.catchingUp, state.withLock({ $0.log.waiting > limits.held }) {
                try pass()
                passes += 1
            }
            // 3. Hold it for the rest: its next commit finds everything carried back and begins the log anew.
            try pool.writeWithoutTransaction { _ in try pass() }
            // Where a reader still needs the log, it goes on growing; the next try comes after as much again.
            state.withLock { $0.long = ($0.log.waiting == 0 ? 0 : $0.log.written) + limits.long }
        } catch {
            // Harmless: nothing is lost, and the next pass begins where this one stopped.
            onFailure("carrying the log back into the database: \(error)")
        }
    }

    /// Carries back what had been committed when it began, as far as readers allow.
    private func pass() throws {
        let log = state.withLock { $0.log.waiting > 0 && !$0.isStopped ? $0.log.logs : nil }
        guard let log else { return }
        try connection.inDatabase { db in
            var done: Int32 = 0
            let code = sqlite3_wal_checkpoint_v2(db.sqliteConnection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, &done)
            guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
            state.withLock { $0.log.passed(Int(done), ofLog: log) }
        }
    }
}
