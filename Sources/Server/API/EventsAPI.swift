import HTTPTypes
import NIOCore
import OrderManagement
import ServiceLifecycle

/// `/v1/events`: everything that happened, in one order, to be read page by page or as it comes.
extension API {
    var events: [Endpoint] { [readEvents, streamEvents] }

    private static let types = QueryParameter(
        "types", .text(max: 1_000), "Only these, with commas between: order.placed,stock.moved")
    private static let after = QueryParameter("after", .count, "Begin behind this position; 0 for the beginning")

    private var readEvents: Endpoint {
        .list(
            "/v1/events", .scope(.eventsRead), tag: "events", "Events behind a position, in order",
            query: [Self.after, Self.types], of: Shapes.event
        ) { request in
            try Self.requireAll(of: request.principal)
            let (types, limit) = (try Self.types(of: request), try request.query.limit())
            let cursor = try request.query.cursor(above: -1)
            let after = try cursor ?? request.query.integer("after", in: 0...Int64.max) ?? 0
            let (found, last) = try await waybill.read {
                try EventLog.page(after: after, types: types, limit: limit, in: $0)
            }
            return .page(request, next: last > after ? String(last) : nil) { list in
                for event in found { event.write(to: &list) }
            }
        }
    }

    /// The feed shows every location's work; a caller who may see some of them only cannot have it.
    private static func requireAll(of principal: Principal) throws(Refusal) {
        guard principal.locations == nil else {
            throw Refusal(.forbidden, "this key is limited to locations, and the feed shows all of them")
        }
    }

    private static func types(of request: APIRequest) throws(Refusal) -> Set<String> {
        guard let text = request.query.text("types"), !text.isEmpty else { return [] }
        let names = text.split(separator: ",").map(String.init)
        for name in names where EventType(rawValue: name) == nil {
            let known = EventType.allCases.map(\.rawValue).joined(separator: ", ")
            throw request.query.wrong("types", "names \(name), which is none of: \(known)")
        }
        return Set(names)
    }

    private var streamEvents: Endpoint {
        .get(
            "/v1/events/stream", .scope(.eventsRead), tag: "events",
            "Events as they come (Server-Sent Events); Last-Event-ID goes on behind a position",
            query: [Self.after, Self.types], reply: nil
        ) { request in
            try Self.requireAll(of: request.principal)
            let types = try Self.types(of: request)
            var after = try request.query.integer("after", in: 0...Int64.max)
            if let header = request.headers[.lastEventID] {
                guard let position = Int64(header), position >= 0 else {
                    throw Refusal(.invalidInput, "Last-Event-ID must be the position of an event")
                }
                after = position
            }
            let present = try await waybill.read { try EventLog.lastPosition(in: $0) }
            let start = after ?? present
            return APIResponse(
                body: .stream { try await stream(types, after: start, for: request, to: $0) }, type: .events)
        }
    }

    /// Writes events until the caller leaves, the key is not valid any more, or the server stops.
    private func stream(
        _ types: Set<String>, after start: Int64, for request: APIRequest, to writer: AnswerStream
    ) async throws {
        var position = start
        try await writer.write(ByteBuffer(string: ": begins behind \(start)\n\n"))
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            let commits = waybill.commits.count
            let behind = position
            let (found, last) = try await waybill.read {
                try EventLog.page(after: behind, types: types, limit: 200, in: $0)
            }
            // Asked behind the reading: what happens after a key was revoked is not told to it.
            guard try await mayListen(request) else {
                return try await writer.write(ByteBuffer(string: ": this key is not valid any more\n\n"))
            }
            if !found.isEmpty { try await writer.write(Self.text(of: found)) }
            if last > position {
                position = last
                continue
            }
            if await !commit(after: commits) { try await writer.write(ByteBuffer(string: ": \n\n")) }
        }
    }

    /// Whether the caller may still have what they were allowed when they came.
    private func mayListen(_ request: APIRequest) async throws -> Bool {
        do {
            let principal = try await authentication.principal(of: request.headers)
            try principal.require(.eventsRead)
            try Self.requireAll(of: principal)
            return true
        } catch is Refusal {
            return false
        }
    }

    private static func text(of events: [Event]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for event in events {
            var json = JSONWriter()
            event.write(to: &json)
            buffer.writeString("id: \(event.position)\nevent: \(event.type)\ndata: ")
            buffer.writeBytes(json.bytes)
            buffer.writeString("\n\n")
        }
        return buffer
    }

    /// As long as a key is believed: a stream of one that was revoked ends within this time.
    private static let silenceSeconds = Authentication.believedFor.count

    /// Waits for the next commit, but no longer than a caller is believed, nor than the server runs.
    /// - Returns: whether there was one.
    private func commit(after count: Int64) async -> Bool {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    await waybill.commits.next(after: count)
                    return true
                }
                group.addTask {
                    do { try await Task.sleep(for: .seconds(Self.silenceSeconds)) } catch { return true }
                    return false
                }
                let first = await group.next() ?? false
                group.cancelAll()
                return first
            }
        }
    }
}
