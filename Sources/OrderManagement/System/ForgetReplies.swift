/// Forgets replies that were kept long enough (`IdempotencyKey.keptFor`).
struct ForgetReplies: Command {
    static let name = "forget-replies"
    let keys: [String]

    func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.admin)
        let keys = keys
        work.write { try Idempotency.forget(keys, in: $0) }
        return Reply(body: "{}")
    }
}

extension OrderManagement {
    /// Walks all kept replies once, a thousand keys at a time, and forgets the old ones.
    ///
    /// - Returns: How many were forgotten.
    public func forgetOldReplies() async throws -> Int {
        let limit = Timestamp(milliseconds: clock().milliseconds - IdempotencyKey.keptFor.count * 1000)
        var forgotten = 0
        var cursor: String? = ""
        while let after = cursor {
            let page = try await read { try Idempotency.old(before: limit, after: after, in: $0) }
            if !page.keys.isEmpty { _ = try await perform(ForgetReplies(keys: page.keys), as: .system) }
            forgotten += page.keys.count
            cursor = page.next
        }
        return forgotten
    }
}
