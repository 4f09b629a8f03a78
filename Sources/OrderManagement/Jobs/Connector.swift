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
    private static let counted = Statement(
        """
        SELECT COUNT(*) FROM (
            SELECT id FROM jobs
            WHERE state = 'waiting' AND lane = :lane AND asks = :asks AND due <= #until
                AND (attempts > 0 OR last_error IS NOT NULL) AND kind = :kind
            LIMIT #limit) AS waiting
        """)
    private static let hurried = Statement(
        """
        UPDATE jobs SET due = #now WHERE state = 'waiting' AND id IN (
            SELECT id FROM jobs
            WHERE state = 'waiting' AND lane = :lane AND asks = :asks AND due > #now AND due <= #until
                AND (attempts > 0 OR last_error IS NOT NULL) AND kind = :kind
            ORDER BY due LIMIT #limit)
        """)
    private static let renewed = Statement(
        """
        UPDATE jobs SET attempts = 1 WHERE state = 'waiting' AND attempts > 1 AND id IN (
            SELECT id FROM jobs
            WHERE state = 'waiting' AND lane = :lane AND asks = :asks AND due <= #until AND attempts > 1
                AND kind = :kind
            ORDER BY due LIMIT #limit)
        """)
    private static let left = Statement(
        """
        UPDATE jobs SET due = #until, last_error = COALESCE(last_error, :reason) WHERE state = 'waiting' AND id IN (
            SELECT id FROM jobs
            WHERE state = 'waiting' AND lane = :lane AND asks = :asks AND due < #until AND kind = :kind
            ORDER BY due LIMIT #limit)
        """)
    /// More than these are not counted, nor all tried at once.
    static let jobsMax: Int64 = 10_000

    private var ways: [(lane: JobLane, asks: String, kind: JobKind)] {
        kind.jobs.map { ($0.lane, $0.lane.isOfConnections ? name : "", $0) }
    }

    /// How many jobs wait for it, at most `jobsMax` of each kind. Of payments all are counted, whichever provider they
    /// ask.
    func waiting(at now: Timestamp, in db: any Connection) throws -> Int64 {
        try ways.reduce(0) { sum, way in
            let until = now + Job.backOffMax
            let count = try db.first(
                Self.counted,
                [
                    .text(way.lane.rawValue), .text(way.asks), .integer(until.milliseconds), .text(way.kind.rawValue),
                    .integer(Self.jobsMax),
                ]) { try $0.integer(0) }
            return sum + (count ?? 0)
        }
    }

    /// Whether jobs of a kind ask it.
    func isAsked(by kind: JobKind) -> Bool { self.kind.jobs.contains(kind) }

    /// Has the jobs that wait for it tried from now on as if they were new: somebody has seen to the cause. One attempt
    /// stays, since who was asked may have understood.
    func renew(at now: Timestamp, in db: any Connection) throws {
        let until = now + Job.backOffMax
        try db.change(
            Self.renewed,
            ways.map { way in
                [
                    .text(way.lane.rawValue), .text(way.asks), .integer(until.milliseconds), .text(way.kind.rawValue),
                    .integer(Self.jobsMax),
                ]
            })
        try hurry(at: now, in: db)
    }

    /// Leaves what falls due before a moment until then. Of payments only those are left that met it: others may ask
    /// another provider.
    func leave(until: Timestamp, because reason: String, in db: any Connection) throws {
        guard kind != .payments else { return }
        try db.change(
            Self.left,
            ways.map { way in
                [
                    .integer(until.milliseconds), .text(reason), .text(way.lane.rawValue), .text(way.asks),
                    .text(way.kind.rawValue), .integer(Self.jobsMax),
                ]
            })
    }

    /// Has the jobs that wait for it tried now: passes take them up a few at a time, as all that is due.
    func hurry(at now: Timestamp, in db: any Connection) throws {
        let until = now + Job.backOffMax
        try db.change(
            Self.hurried,
            ways.map { way in
                [
                    .integer(now.milliseconds), .text(way.lane.rawValue), .text(way.asks),
                    .integer(until.milliseconds), .text(way.kind.rawValue), .integer(Self.jobsMax),
                ]
            })
    }
}
