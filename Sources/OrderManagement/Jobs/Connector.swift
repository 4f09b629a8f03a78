/// Whom jobs ask outside: a payment provider, a courier connection, the mail server.
struct Connector: Hashable, Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case payments, courier, mail

        fileprivate var noun: String {
            switch self {
            case .payments: "payment provider"
            case .courier: "courier connection"
            case .mail: "mail server"
            }
        }

        /// The jobs that ask one.
        fileprivate var jobs: [JobKind] {
            switch self {
            case .payments: [.settleEffect, .authorizePayment]
            case .courier: [.buyLabel, .voidLabel, .makeManifest, .arrangePickup, .followParcel, .followReturn]
            case .mail: [.sendMessage]
            }
        }
    }

    let kind: Kind
    /// As it is configured; empty where there is one only.
    let name: String

    static func payments(_ name: String) -> Connector { Connector(kind: .payments, name: name) }
    static func courier(_ name: String) -> Connector { Connector(kind: .courier, name: name) }
    static let mail = Connector(kind: .mail, name: "")

    /// What exceptions name it by: `courier karrio`, `mail`.
    var subject: String { name.isEmpty ? kind.rawValue : "\(kind.rawValue) \(name)" }
    /// For people: `courier connection karrio`.
    var title: String { name.isEmpty ? kind.noun : "\(kind.noun) \(name)" }

    private init(kind: Kind, name: String) { (self.kind, self.name) = (kind, name) }

    init?(subject: String) {
        let parts = subject.split(separator: " ", maxSplits: 1).map(String.init)
        guard let kind = parts.first.flatMap(Kind.init(rawValue:)) else { return nil }
        self.init(kind: kind, name: parts.count > 1 ? parts[1] : "")
    }
}

/// The jobs that wait for a connector: those that asked it in vain and will again, and those that were told to wait
/// since it was left alone.
extension Connector {
    /// Jobs of one kind that are due within a time, the first due first: those that met it in vain, or any.
    private static let waiting = Statement(
        """
        SELECT id FROM jobs
        WHERE state = 'waiting' AND lane = :lane AND asks = :asks AND kind = :kind AND due >= #from AND due <= #until
            AND (attempts > #attempts OR last_error IS NOT NULL)
        ORDER BY due LIMIT #limit
        """)
    private static let hurried = Statement("UPDATE jobs SET due = #now WHERE id = #id AND state = 'waiting'")
    private static let renewed = Statement(
        "UPDATE jobs SET attempts = 1 WHERE id = #id AND state = 'waiting' AND attempts > 1")
    private static let left = Statement(
        """
        UPDATE jobs SET due = #until, last_error = COALESCE(last_error, :reason) WHERE id = #id AND state = 'waiting'
        """)
    /// More than these are not counted, nor all tried at once.
    static let jobsMax: Int64 = 10_000

    /// Which of the jobs that ask it are looked for.
    private enum Wait {
        /// Asked in vain, or told to wait.
        case inVain
        case any
    }

    /// The jobs that wait for it and are due within a time, at most `jobsMax` of each kind.
    private func jobs(
        _ wait: Wait, from: Timestamp = .earliest, until: Timestamp, in db: any Connection
    ) throws -> [Int64] {
        var found: [Int64] = []
        let ways = kind.jobs.map { kind -> [SQLValue] in
            [
                .text(kind.lane.rawValue), .text(kind.lane.isOfConnections ? name : ""), .text(kind.rawValue),
                .integer(from.milliseconds), .integer(until.milliseconds), .integer(wait == .any ? -1 : 0),
                .integer(Self.jobsMax),
            ]
        }
        try db.query(Self.waiting, ways) { found.append(try $0.integer(0)) }
        return found
    }

    /// How many jobs wait for it, at most `jobsMax` of each kind. Of payments all are counted, whichever provider they
    /// ask.
    func waiting(at now: Timestamp, in db: any Connection) throws -> Int64 {
        Int64(try jobs(.inVain, until: now + Job.backOffMax, in: db).count)
    }

    /// Whether jobs of a kind ask it.
    func isAsked(by kind: JobKind) -> Bool { self.kind.jobs.contains(kind) }

    /// Has the jobs that wait for it tried from now on as if they were new: somebody has seen to the cause. One attempt
    /// stays, since who was asked may have understood.
    func renew(at now: Timestamp, in db: any Connection) throws {
        let found = try jobs(.inVain, until: now + Job.backOffMax, in: db)
        try db.change(Self.renewed, found.map { [.integer($0)] })
        try hurry(at: now, in: db)
    }

    /// Leaves what falls due before a moment until then. Of payments only those are left that met it: others may ask
    /// another provider.
    func leave(until: Timestamp, because reason: String, in db: any Connection) throws {
        guard kind != .payments else { return }
        let found = try jobs(.any, until: Timestamp(milliseconds: until.milliseconds - 1), in: db)
        try db.change(Self.left, found.map { [.integer(until.milliseconds), .text(reason), .integer($0)] })
    }

    /// Has the jobs that wait for it tried now: passes take them up a few at a time, as all that is due.
    func hurry(at now: Timestamp, in db: any Connection) throws {
        let later = Timestamp(milliseconds: now.milliseconds + 1)
        let found = try jobs(.inVain, from: later, until: now + Job.backOffMax, in: db)
        try db.change(Self.hurried, found.map { [.integer(now.milliseconds), .integer($0)] })
    }
}
