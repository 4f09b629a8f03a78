import OrderManagement

/// `/v1/pick-lists`: what a location has to fetch, for many orders on one walk.
extension API {
    var pickLists: [Endpoint] { [pickList] }

    private var pickList: Endpoint {
        .get(
            "/v1/pick-lists", .scope(.fulfillmentsRead), tag: "fulfillments",
            "What a location has to fetch for the work that must leave first, in walking order",
            query: Self.walkQuery, reply: Shapes.pickList
        ) { request in
            let walk = try await walk(for: request)
            return .json { walk.write(to: &$0) }
        }
    }

    static let walkQuery: [QueryParameter] = [
        .init("location", .shortText, "Where the work is", isRequired: true),
        .init("status", .words(PickWalk.states.map(\.rawValue)), "How far it is; all of them unless told otherwise"),
        .init("limit", .integer(1...Int64(PickWalk.fulfillmentsMax)), "Fulfillments, 50 unless told otherwise"),
    ]

    /// What a request for a pick list asks to see.
    /// - Throws: `.notFound` for a location that the caller may not see; `.invalidInput`.
    func walk(for request: APIRequest) async throws -> PickWalk {
        guard let code = request.query.text("location") else {
            throw Refusal([.init("?location", .invalidInput, "say where the work is: location=CODE")])
        }
        let state = try request.query.word("status", Fulfillment.State.self)
        if let state, !PickWalk.states.contains(state) {
            let words = PickWalk.states.map(\.rawValue).joined(separator: ", ")
            throw Refusal([.init("?status", .invalidInput, "must be one of: \(words)")])
        }
        let limit = try request.query.limit()
        let principal = request.principal
        let walk = try await waybill.read { db -> PickWalk? in
            guard let location = try known.configuration(in: db).locations[code], principal.sees(location: code) else {
                return nil
            }
            return try PickWalk(at: location, in: state.map { [$0] } ?? PickWalk.states, limit: limit, from: db)
        }
        guard let walk else { throw Refusal(.notFound, "there is no location \(code)") }
        return walk
    }
}

extension Shapes {
    static let pickList = Schema.named(
        "PickList",
        .object([
            .must("location", .text(max: 64)), .must("fulfillments", .count), .must("units", .count),
            .must("more", .truth),
            .must(
                "picks",
                .list(
                    .object([
                        .must("bin", .nullable(.text(max: SetBins.lengthMax))), .must("sku", .text(max: 100)),
                        .must("name", .text(max: 200)), .must("quantity", .count), .may("kit", .text(max: 100)),
                        .must("fulfillment", .id("ful")),
                        .must("number", .text(max: 64)), .must("ship_by", .time),
                    ]), max: nil)),
        ]))
}
