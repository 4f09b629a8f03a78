import HTTPTypes
import OrderManagement

/// `/v1/api-keys`: who may call.
extension API {
    var access: [Endpoint] { [findKeys, createKey, revokeKey] }

    private var findKeys: Endpoint {
        .list(
            "/v1/api-keys", .scope(.admin), tag: "access", "API keys, the oldest first; never their texts",
            of: Shapes.key
        ) { request in
            let limit = try request.query.limit()
            let after = try request.query.cursor(KeyID.self) ?? KeyID(0)
            let keys = try await waybill.read { try APIKeyStore.page(after: after, limit: limit + 1, in: $0) }
            return .page(request, next: keys.count > limit ? keys[limit - 1].id.description : nil) { list in
                for key in keys.prefix(limit) { key.write(to: &list) }
            }
        }
    }

    private var createKey: Endpoint {
        .post(
            "/v1/api-keys", .admin, tag: "access",
            "Make a key; its text is in this reply and nowhere else, not even in a repeated one",
            body: .object([
                .must("name", .text(max: 100)), .must("scopes", .list(.words(Scope.self), max: Scope.allCases.count)),
                .may("locations", .list(.text(max: 64), max: 1_000)),
            ]), reply: .object([.must("key", .nullable(.text(max: 200))), .must("api_key", Shapes.key)])
        ) { request in
            let text = KeyText()
            let command = try request.read { $0.newKey(digest: text.digest) }
            let reply = try await waybill.perform(command, as: request.principal, key: request.idempotencyKey)
            // A repeated request gets the first one's reply, which knows nothing of the text just made.
            let isNew = reply.body.contains("\"fingerprint\":\"\(text.digest.prefix(8))\"")
            var response = APIResponse.json(reply.status) {
                $0.object {
                    $0.member("key", isNew ? text.text : nil)
                    $0.member("api_key", raw: reply.body)
                }
            }
            if let location = reply.location { response.headers.append((.location, location)) }
            return response
        }
    }

    private var revokeKey: Endpoint {
        .delete("/v1/api-keys/{id}", .admin, tag: "access", "Revoke a key at once") { request in
            let id = try request.id(KeyID.self)
            _ = try await waybill.perform(RevokeKey(key: id), as: request.principal)
            return APIResponse(status: 204, body: .none)
        }
    }
}

extension Fields {
    fileprivate mutating func newKey(digest: String) -> CreateKey {
        let name = text("name", max: 100)
        let (scopes, locations) = granted()
        return CreateKey(name: name, digest: digest, scopes: scopes, locations: locations)
    }

    /// What a key or a user may do, and where.
    mutating func granted() -> (scopes: Set<Scope>, locations: Set<String>?) {
        let problems = problems
        let scopes = values("scopes", 1...Scope.allCases.count) { json -> Scope? in
            guard let scope = json.string.flatMap({ Scope(rawValue: $0) }) else {
                problems.note("must be one of: \(Scope.allCases.map(\.rawValue).joined(separator: ", "))")
                return nil
            }
            return scope
        }
        if scopes == nil { noteMissing("scopes", "a list of scopes") }
        let locations = values("locations", 1...1_000) { problems.text($0, max: 64) }
        return (Set(scopes ?? []), locations.map { Set($0) })
    }
}
