import OrderManagement

/// `/v1/exceptions`: what needs a person.
extension API {
    var exceptions: [Endpoint] { [findExceptions, resolveException] }

    private var findExceptions: Endpoint {
        .list(
            "/v1/exceptions", .scope(.ordersRead), tag: "exceptions", "What needs a person, the oldest first",
            of: Shapes.exception
        ) { request in
            let limit = try request.query.limit()
            let cursor = try request.query.cursor().map { ExceptionID($0) }
            if case .some(.none) = cursor { throw request.query.badCursor }
            let after = (cursor ?? nil) ?? ExceptionID(0)
            let found = try await waybill.read { try ExceptionStore.open(after: after, limit: limit + 1, in: $0) }
            let principal = request.principal
            return .page(request, next: found.count > limit ? found[limit - 1].id.description : nil) { list in
                for exception in found.prefix(limit)
                where exception.location.map(principal.sees) ?? (principal.locations == nil) {
                    exception.write(to: &list)
                }
            }
        }
    }

    private var resolveException: Endpoint {
        .post(
            "/v1/exceptions/{id}/resolutions", .ordersWrite, tag: "exceptions", "Say that it is settled, and how",
            body: .object([.must("resolution", .text(max: 1_000))]), reply: Shapes.exception
        ) { request in
            let id = try request.id(ExceptionID.self)
            let text = try request.read { $0.text("resolution", max: 1_000) }
            return try await perform(ResolveException(exception: id, resolution: text), for: request)
        }
    }
}
