/// Keeps what the links of customers are signed with, unless there is something already: made outside, where chance is.
///
/// 1. Whoever comes first has it kept; every later one reads that.
struct KeepLinkSecret: Command {
    static let name = "keep-link-secret"
    let secret: String

    func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.admin)
        let (secret, now) = (secret, work.now)
        work.write { try LinkSecret.insert(secret, at: now, in: $0) }
        return Reply(body: "{}")
    }
}

/// What the links of customers are signed with, in its table: the same text for all processes of a database.
public enum LinkSecret {
    private static let row = Statement("SELECT secret FROM link_secrets WHERE id = 1")
    private static let insert = Statement(
        """
        INSERT INTO link_secrets (id, secret, made_at) VALUES (1, :secret, #made_at) ON CONFLICT (id) DO NOTHING
        """)

    /// - Returns: nil before the first link.
    public static func text(in db: any Connection) throws -> String? { try db.first(row) { try $0.text(0) } }

    static func insert(_ secret: String, at now: Timestamp, in db: any Connection) throws {
        try db.change(insert, [[.text(secret), .integer(now.milliseconds)]])
    }

    /// The text in force; `made` becomes it where there is none.
    public static func text(of waybill: OrderManagement, orElse made: @Sendable () -> String) async throws -> String {
        if let known = try await waybill.read({ try text(in: $0) }) { return known }
        _ = try await waybill.perform(KeepLinkSecret(secret: made()), as: .system)
        guard let kept = try await waybill.read({ try text(in: $0) }) else {
            throw BrokenInvariant("the secret of customers' links was kept and is not there")
        }
        return kept
    }
}
