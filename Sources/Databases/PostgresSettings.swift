import CLibPQ
import OrderManagement

/// How long things may take, and how many there may be.
public struct PostgresLimits: Hashable, Sendable {
    public var writerStatementSecondsMax = 60
    public var readerStatementSecondsMax = 300
    /// How long a group waits for its turn among the processes that write.
    public var lockSecondsMax = 20
    public var idleInTransactionSecondsMax = 60
    public var readersMax = 8
    /// How long a read waits for one of the connections.
    public var poolSecondsMax = 10
    /// How long the outcome of a commit whose answer was lost is asked after.
    public var settleSecondsMax = 60

    public init() {}
}

/// How every session is set up.
///
/// | setting | why |
/// |---|---|
/// | `target_session_attrs=read-write` | among several hosts, the one that takes writes |
/// | `connect_timeout`, keepalives, `tcp_user_timeout` | a host that is gone is noticed in seconds |
/// | `synchronous_commit`, if it is off | a commit that was reported survives a crash of the server |
/// | `statement_timeout`, `lock_timeout`, `idle_in_transaction_session_timeout` | nothing waits, or holds, for ever |
/// | `plan_cache_mode`, planner switches (writer) | rows are found by key, also by a plan made for an empty table |
/// | `jit=off` | statements run for microseconds |
enum PostgresSettings {
    enum Role: Sendable { case writer, reader }

    /// The server may answer a little later than at its own limit.
    static let graceSeconds = 15
    static let connectSecondsMax = 10
    static let versionMin: Int32 = 140_000

    /// `Waybill` and 01: the lock that makes one writer of all processes.
    static let writersLock: Int64 = 0x5761_7962_696C_6C01

    /// Keywords of libpq: those before the URL may be overruled by it.
    static func keywords(_ address: PostgresAddress) -> [(String, String)] {
        [
            ("target_session_attrs", "read-write"), ("connect_timeout", "\(connectSecondsMax)"),
            ("application_name", "waybill"), ("keepalives_idle", "10"), ("keepalives_interval", "5"),
            ("keepalives_count", "3"), ("tcp_user_timeout", "30000"), ("dbname", address.url),
            ("client_encoding", "UTF8"),
        ]
    }

    static func script(_ role: Role, _ limits: PostgresLimits) -> String {
        let common = """
            SET statement_timeout = '\(statementSecondsMax(role, limits))s';
            SET lock_timeout = '\(limits.lockSecondsMax)s';
            SET idle_in_transaction_session_timeout = '\(limits.idleInTransactionSecondsMax)s';
            SET standard_conforming_strings = on;
            SET jit = off;
            SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
            """
        switch role {
        case .writer:
            return common + """
                SET plan_cache_mode = force_generic_plan;
                SET enable_seqscan = off;
                SET enable_hashjoin = off;
                SET enable_mergejoin = off;
                """
        case .reader:
            return common
        }
    }

    private static func statementSecondsMax(_ role: Role, _ limits: PostgresLimits) -> Int {
        switch role {
        case .writer: limits.writerStatementSecondsMax
        case .reader: limits.readerStatementSecondsMax
        }
    }

    static func answerSecondsMax(_ role: Role, _ limits: PostgresLimits) -> Int {
        statementSecondsMax(role, limits) + graceSeconds
    }

    /// - Throws: `DatabaseUnavailable` for a server too old, or a database that does not hold UTF-8.
    static func check(_ handle: OpaquePointer, _ address: PostgresAddress) throws {
        let version = PQserverVersion(handle)
        guard version >= versionMin else {
            throw DatabaseUnavailable(
                "\(address) is served by PostgreSQL \(version / 10_000); version \(versionMin / 10_000) is needed")
        }
        let encoding = PQparameterStatus(handle, "server_encoding").map { String(cString: $0) } ?? "unknown"
        guard encoding == "UTF8" else {
            throw DatabaseUnavailable(
                "\(address) has the encoding \(encoding), not UTF8: make it by createdb -T template0 -E UTF8")
        }
    }
}
