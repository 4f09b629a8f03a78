import OrderManagement

/// `/v1/hand-overs`: what a courier takes along, as a list, on paper, and done.
extension API {
    var handOvers: [Endpoint] { [waitingParcels, handOver] }

    static let handOverQuery: [QueryParameter] = [
        .init("location", .shortText, "Where the parcels lie", isRequired: true),
        .init("courier", .shortText, "Who takes them", isRequired: true),
    ]

    private var waitingParcels: Endpoint {
        .get(
            "/v1/hand-overs", .scope(.fulfillmentsRead), tag: "shipping",
            "The labelled parcels of a location that wait for a courier", query: Self.handOverQuery,
            reply: Shapes.handOver
        ) { request in
            let list = try await waiting(for: request)
            return .json { list.write(to: &$0) }
        }
    }

    private var handOver: Endpoint {
        .post(
            "/v1/hand-overs", .fulfillmentsWrite, tag: "shipping",
            "The courier has taken these fulfillments along: ships each of them, as its shipments would",
            key: .required,
            body: .object([.must("fulfillments", .list(.id("ful"), max: HandOver.fulfillmentsMax))]), status: 200,
            reply: Shapes.answers
        ) { request in
            let ids = try request.read { fields in
                let problems = fields.problems
                let ids = fields.values("fulfillments", 1...HandOver.fulfillmentsMax) { json -> FulfillmentID? in
                    let id = json.string.flatMap { FulfillmentID($0) }
                    if id == nil { problems.note("expected a fulfillment as ful_…, found \(problems.found(json))") }
                    return id
                }
                if ids == nil { fields.noteMissing("fulfillments", "a list of those that the courier took") }
                return ids ?? []
            }
            return try await ship(ids, for: request)
        }
    }

    /// What waits for a courier. - Throws: `.notFound` for a location that the caller may not see; `.unknownCourier`.
    func waiting(for request: APIRequest) async throws -> HandOver {
        let (location, courier) = (request.query.text("location") ?? "", request.query.text("courier") ?? "")
        let principal = request.principal
        return try await waybill.read { db in
            let configuration = try known.configuration(in: db)
            guard let place = configuration.locations[location], principal.sees(location: location) else {
                throw Refusal(.notFound, "there is no location \(location)")
            }
            guard let carrier = configuration.couriers[courier] else {
                let names = configuration.couriers.keys.sorted().joined(separator: ", ")
                throw Refusal([
                    .init("?courier", .unknownCourier, "there is no courier \(courier); couriers are: \(names)")
                ])
            }
            return try HandOver(at: place, by: carrier, from: db)
        }
    }

    /// Each fulfillment under a key of its own, so that the rest goes on when one is refused, and a repeat ships
    /// nothing twice.
    private func ship(_ ids: [FulfillmentID], for request: APIRequest) async throws -> APIResponse {
        var answers: [(status: Int, body: String)] = []
        for id in ids {
            let key = request.key.map {
                IdempotencyKey(
                    principal: request.principal, method: "POST", path: request.path, key: "\($0)/\(id)",
                    digest: id.description)
            }
            do {
                let reply = try await waybill.perform(
                    ShipFulfillment(fulfillment: id), as: request.principal, key: key)
                answers.append((reply.status, reply.body))
            } catch let refusal as Refusal {
                let problem = Problem(refusal)
                answers.append((problem.status, problem.text))
            }
        }
        return .answers(answers)
    }
}

extension Shapes {
    static let handOver = Schema.named(
        "HandOver",
        .object([
            .must("location", .text(max: 64)), .must("courier", .text(max: 64)), .must("fulfillments", .count),
            .must("weight_g", .count), .must("more", .truth),
            .must(
                "parcels",
                .list(
                    .object([
                        .must("parcel", .id("par")), .must("fulfillment", .id("ful")),
                        .must("order_number", .text(max: 64)), .must("service", optionalText),
                        .must("tracking", optionalText), .must("weight_g", .count), .must("postcode", .shortText),
                        .must("country", .text(max: 2)),
                    ]), max: nil)),
        ]))
}
