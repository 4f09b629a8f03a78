/// Replies kept under their keys, committed together with what they speak of.
enum Idempotency {
    private static let find = Statement(
        "SELECT key, digest, status, location, version, event, body FROM kept_replies WHERE key = :key")
    private static let insert = Statement(
        """
        INSERT INTO kept_replies (key, digest, status, location, version, event, body, at)
        VALUES (:key, :digest, #status, :location, #version, #event, :body, #at)
        """)
    private static let pageOfKeys = Statement(
        "SELECT key, at FROM kept_replies WHERE key > :after ORDER BY key LIMIT #limit")
    private static let delete = Statement("DELETE FROM kept_replies WHERE key = :key")

    /// What was answered to a key.
    struct Kept {
        let digest: String
        let answer: Result<Reply, Refusal>
    }

    static func find(_ keys: some Sequence<String>, in db: any Connection) throws -> [String: Kept] {
        var found: [String: Kept] = [:]
        var bodiesInEvents: [(key: String, digest: String, reply: Reply, event: Int64)] = []
        try db.query(find, keys.map { [.text($0)] }) { row in
            let status = try row.int(2)
            let key = try row.text(0)
            let digest = try row.text(1)
            let reply = Reply(
                status: status, body: row.optionalText(6) ?? "", location: row.optionalText(3),
                version: row.optionalInteger(4))
            if let event = row.optionalInteger(5) {
                bodiesInEvents.append((key, digest, reply, event))
            } else if status < 400 {
                found[key] = Kept(digest: digest, answer: .success(reply))
            } else {
                found[key] = Kept(digest: digest, answer: .failure(try Refusal(stored: reply.body)))
            }
        }
        let bodies = try EventLog.data(at: bodiesInEvents.map(\.event), in: db)
        for (key, digest, reply, event) in bodiesInEvents {
            var reply = reply
            reply.body = bodies[event] ?? ""  // all are there, or reading them has failed
            found[key] = Kept(digest: digest, answer: .success(reply))
        }
        return found
    }

    /// - Parameter event: The position of the event that holds the reply's body, if one does.
    static func row(_ key: IdempotencyKey, _ answer: Result<Reply, Refusal>, event: Int64?, at now: Timestamp)
        -> [SQLValue]
    {
        switch answer {
        case .success(let reply):
            [
                .text(key.text), .text(key.digest), SQLValue(reply.status), SQLValue(reply.location),
                SQLValue(reply.version), SQLValue(event), event == nil ? .text(reply.body) : .null,
                .integer(now.milliseconds),
            ]
        case .failure(let refusal):
            [
                .text(key.text), .text(key.digest), SQLValue(refusal.code.status), .null, .null, .null,
                .text(refusal.stored), .integer(now.milliseconds),
            ]
        }
    }

    static func keep(_ rows: [[SQLValue]], in db: any Connection) throws { try db.change(insert, rows) }

    /// The keys older than `limit` among the next thousand, and where to go on; nil at the end.
    static func old(before limit: Timestamp, after key: String, in db: any Connection) throws -> (
        keys: [String], next: String?
    ) {
        let page = try db.rows(pageOfKeys, [.text(key), .integer(1_000)]) { (try $0.text(0), try $0.integer(1)) }
        return (page.filter { $0.1 < limit.milliseconds }.map(\.0), page.count == 1_000 ? page.last?.0 : nil)
    }

    static func forget(_ keys: [String], in db: any Connection) throws {
        try db.change(delete, keys.map { [.text($0)] })
    }
}

extension Refusal {
    /// As kept under a key.
    fileprivate var stored: String {
        var json = JSONWriter()
        json.object {
            $0.member("code", code.rawValue)
            $0.member("explanation", explanation)
            $0.array("details") { list in
                for detail in details {
                    list.object {
                        $0.member("pointer", detail.pointer)
                        $0.member("code", detail.code.rawValue)
                        $0.member("detail", detail.detail)
                    }
                }
            }
        }
        return json.text
    }

    fileprivate init(stored text: String) throws {
        let json = try JSON.stored(text)
        guard let code = Code(rawValue: try json.text("code")) else {
            throw BrokenInvariant("a kept refusal of no known code")
        }
        self.init(
            code, try json.text("explanation"),
            try (json["details"]?.array ?? []).map { detail in
                guard let code = Code(rawValue: try detail.text("code")) else {
                    throw BrokenInvariant("a kept refusal of no known code")
                }
                return Detail(try detail.text("pointer"), code, try detail.text("detail"))
            })
    }
}
