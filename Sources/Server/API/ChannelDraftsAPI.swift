import OrderManagement

/// A channel's versions and its draft: `/v1/channels/{code}/versions`, `/draft`, `/publications`.
extension API {
    var drafts: [Endpoint] { [findVersions, showDraft, saveDraft, dropDraft, publishDraft] }

    private var findVersions: Endpoint {
        .list(
            "/v1/channels/{code}/versions", .scope(.configRead), tag: "channels",
            "Who published a channel's versions and when, the newest first", of: Shapes.channelVersion
        ) { request in
            let code = request.parameters[0]
            let limit = try request.query.limit()
            let before = try request.query.cursor().map { Int64($0) }
            if case .some(.none) = before { throw request.query.badCursor }
            let found = try await waybill.read {
                try ChannelStore.versions(of: code, before: (before ?? nil) ?? .max, limit: limit + 1, in: $0)
            }
            if found.isEmpty, before == nil { throw Refusal(.notFound, "there is no channel \(code)") }
            return .page(request, next: found.count > limit ? String(found[limit - 1].version) : nil) { list in
                for version in found.prefix(limit) { version.write(to: &list) }
            }
        }
    }

    /// A channel as an older version had it.
    func channel(_ code: String, version: Int64) async throws -> APIResponse {
        guard let found = try await waybill.read({ try ChannelStore.channel(code, version: version, in: $0) }) else {
            throw Refusal(.notFound, "there is no version \(version) of a channel \(code)")
        }
        return .json(version: version) { found.write(to: &$0) }
    }

    private var showDraft: Endpoint {
        .get(
            "/v1/channels/{code}/draft", .scope(.configRead), tag: "channels",
            "The draft of a channel, and what it would change", reply: Shapes.channelDraft
        ) { request in
            let code = request.parameters[0]
            let configuration = try await waybill.read { try known.configuration(in: $0) }
            let draft = try configuration.draft(of: code)
            guard let present = configuration.channels[code] else { throw Problem.internal }
            return .json { draft.write(over: present, to: &$0) }
        }
    }

    private var saveDraft: Endpoint {
        var endpoint = Endpoint.put(
            "/v1/channels/{code}/draft", .configWrite, tag: "channels",
            "Keep a draft of a channel: checked as the channel would be, and in force only once it is published",
            body: .object(Shapes.newChannel), reply: Shapes.channelDraft
        ) { request in
            let wanted = try request.read { $0.saveChannel(named: request.parameters[0], seen: request.version) }
            let command = DraftChannel(channel: wanted.channel, expected: wanted.expected)
            return APIResponse(try await waybill.perform(command, as: request.principal))
        }
        endpoint.takesVersion = true
        return endpoint
    }

    private var dropDraft: Endpoint {
        .delete("/v1/channels/{code}/draft", .configWrite, tag: "channels", "Throw a draft away") { request in
            _ = try await waybill.perform(DropDraft(code: request.parameters[0]), as: request.principal)
            return APIResponse(status: 204, body: .none)
        }
    }

    private var publishDraft: Endpoint {
        .post(
            "/v1/channels/{code}/publications", .configWrite, tag: "channels", "Put the draft in force",
            takesVersion: true, body: .object([.may("version", .count)]), reply: Shapes.channel
        ) { request in
            let version = try request.read { $0.optionalInteger("version", in: 0...Int64.max) }
            let command = PublishDraft(code: request.parameters[0], expected: request.version ?? version)
            return try await perform(command, for: request)
        }
    }
}
