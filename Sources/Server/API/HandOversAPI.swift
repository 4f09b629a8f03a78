import OrderManagement

/// `/v1/hand-overs`: what a courier takes along, as a list, on paper, and done; and what it took.
extension API {
    var handOvers: [Endpoint] { [waitingParcels, handOver, closedHandOvers, closedHandOver, askForManifest] }

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
            let (list, now) = (try await waiting(for: request), waybill.clock())
            return .json { list.write(to: &$0, at: now) }
        }
    }

    private var handOver: Endpoint {
        .post(
            "/v1/hand-overs", .fulfillmentsWrite, tag: "shipping",
            "The courier has taken these parcels along, or fulfillments with all of theirs: what has not left is "
                + "shipped, as by its shipments, and the list is closed. Of a fulfillment whose parcels go by several "
                + "couriers those that left are named; the others stay packed, as a fulfillment of their own. What had "
                + "left before is put on the list (`listed`), or was (`already_handed_over`). What is `refused` says "
                + "why, and the rest goes; of a parcel that there is not no fulfillment is named, but the `parcel`",
            key: .required,
            body: .object([
                .may("fulfillments", .list(.id("ful"), max: HandOver.fulfillmentsMax)),
                .may("parcels", .list(.id("par"), max: HandOver.parcelsMax)),
            ]), status: 200,
            reply: .object([
                .must(
                    "data",
                    .list(
                        .object([
                            .must("fulfillment", .nullable(.id("ful"))), .may("parcel", .id("par")),
                            .must("outcome", .words(Self.outcomes)),
                            .must("status", .integer(200...599)), .must("body", .anything),
                        ]), max: nil)),
                .must("hand_overs", .list(Shapes.closedHandOver, max: nil)),
            ])
        ) { request in
            let (fulfillments, parcels) = try read(request)
            if let fulfillments {
                return try await ship(
                    fulfillments.map { TakenAlong(fulfillment: $0, parcels: nil) }, [], for: request)
            }
            let (taken, unknown) = try await takenAlong(parcels, as: request.principal)
            return try await ship(
                taken, unknown.map { HandedOver(unknown: $0.parcel, at: $0.place) }, for: request)
        }
    }

    /// Fulfillments, or the parcels that are named instead.
    private func read(_ request: APIRequest) throws -> (fulfillments: [FulfillmentID]?, parcels: [ParcelID]) {
        try request.read { fields in
            let problems = fields.problems
            let ids = fields.values("fulfillments", 1...HandOver.fulfillmentsMax) { json -> FulfillmentID? in
                let id = json.string.flatMap { FulfillmentID($0) }
                if id == nil { problems.note("expected a fulfillment as ful_…, found \(problems.found(json))") }
                return id
            }
            let parcels = fields.values("parcels", 1...HandOver.parcelsMax) { json -> ParcelID? in
                let id = json.string.flatMap { ParcelID($0) }
                if id == nil { problems.note("expected a parcel as par_…, found \(problems.found(json))") }
                return id
            }
            if ids == nil, parcels == nil {
                fields.noteMissing("parcels", "a list of those that the courier took, or of their fulfillments")
            } else if ids != nil, parcels != nil {
                problems.note(at: "parcels", "name what left by its parcels or by its fulfillments, not by both")
            }
            return (ids, parcels ?? [])
        }
    }

    /// What waits for a courier.
    /// - Throws: `.notFound` for a location that the caller may not see; `.unknownCourier`; `.invalidInput` where one
    ///   of them is missing.
    func waiting(for request: APIRequest) async throws -> HandOver {
        guard let location = request.query.text("location") else {
            throw Refusal([.init("?location", .invalidInput, "is missing: say where the parcels lie")])
        }
        let (courier, principal) = (request.query.text("courier"), request.principal)
        return try await waybill.read { db in
            let configuration = try known.configuration(in: db)
            guard let place = configuration.locations[location], principal.sees(location: location) else {
                throw Refusal(.notFound, "there is no location \(location)")
            }
            guard let courier else {
                throw Refusal([
                    .init(
                        "?courier", .invalidInput, "is missing: say who takes them; \(configuration.courierWords)")
                ])
            }
            guard let carrier = configuration.couriers[courier] else {
                throw Refusal([.init("?courier", .unknownCourier, configuration.words(withoutCourier: courier))])
            }
            return try HandOver(at: place, by: carrier, from: db)
        }
    }

    /// Each fulfillment under a key of its own, so that the rest goes on when one is refused, and a repeat ships
    /// nothing twice. The request's key belongs to the list: with another one it is refused before anything is shipped.
    private func ship(
        _ taken: [TakenAlong], _ unknown: [HandedOver], for request: APIRequest
    ) async throws -> APIResponse {
        _ = try await waybill.perform(
            KeepAnswer("{}", for: .fulfillmentsWrite), as: request.principal, key: request.idempotencyKey)
        var answers: [HandedOver] = []
        for entry in taken {
            let id = entry.fulfillment
            let key = request.key.map {
                IdempotencyKey(
                    principal: request.principal, method: "POST", path: request.path, key: "\($0)/\(id)",
                    digest: ([id.description] + (entry.parcels ?? []).map(\.description)).joined(separator: " "))
            }
            do {
                let reply = try await waybill.perform(entry.command, as: request.principal, key: key)
                answers.append(try HandedOver(entry.fulfillment, reply))
            } catch let refusal as Refusal {
                answers.append(HandedOver(entry.fulfillment, Problem(refusal)))
            }
        }
        answers += unknown
        // Also those that were shipped before and are on no list, as after an answer that was lost.
        let reply = try await waybill.perform(CloseHandOver(taken), as: request.principal)
        let names = try JSON.parse(reply.body, limits: .stored)["hand_overs"]?.array ?? []
        return try await kept(names.compactMap { $0.string.flatMap { HandOverID($0) } }, answers, for: request)
    }

    /// What was answered for each fulfillment, those that went along with the lists that their parcels are on by now,
    /// and these lists; all as they were when the answers were first given: the same request has the same reply.
    private func kept(
        _ lists: [HandOverID], _ answers: [HandedOver], for request: APIRequest
    ) async throws -> APIResponse {
        let digest = Digest(of: answers.map { "\($0.status) \($0.body)" }.joined(separator: "\n")).base64url
        let key = request.key.map {
            IdempotencyKey(
                principal: request.principal, method: "POST", path: request.path, key: "\($0)/lists/\(digest)",
                digest: digest)
        }
        let text = try await waybill.read { db in
            let gone = answers.filter { $0.status == 200 }.compactMap(\.fulfillment?.order)
            let orders = try OrderStore.orders(Set(gone).sorted(), in: db)
            let closed = try lists.compactMap { try ClosedHandOverStore.handOver($0, in: db) }
            var json = JSONWriter()
            json.object {
                $0.array("data") { list in
                    for answer in answers {
                        answer.asOf(answer.fulfillment.flatMap { orders[$0.order] }).write(to: &list)
                    }
                }
                $0.array("hand_overs") { list in for entry in closed { entry.write(to: &list) } }
            }
            return json.text
        }
        let reply = try await waybill.perform(
            KeepAnswer(text, for: .fulfillmentsWrite), as: request.principal, key: key)
        return APIResponse(body: .text(reply.body))
    }

    // MARK: Closed

    private var closedHandOvers: Endpoint {
        .list(
            "/v1/hand-overs/closed", .scope(.fulfillmentsRead), tag: "shipping",
            "What couriers took along from a location, the newest first",
            query: [
                .init("location", .shortText, "From where", isRequired: true),
                .init("courier", .shortText, "Who took them"),
            ], of: Shapes.closedHandOver
        ) { request in
            let (limit, location) = (try request.query.limit(), request.query.text("location") ?? "")
            let courier = request.query.text("courier")
            let before = try request.query.cursor().flatMap { HandOverID($0) } ?? HandOverID(Int64.max)
            let principal = request.principal
            let page = try await waybill.read { db in
                guard try known.configuration(in: db).locations[location] != nil, principal.sees(location: location)
                else { throw Refusal(.notFound, "there is no location \(location)") }
                return try ClosedHandOverStore.page(of: location, courier, before: before, limit: limit + 1, in: db)
            }
            let next = page.count > limit ? page[limit - 1].id.description : nil
            return .page(request, next: next) { list in for entry in page.prefix(limit) { entry.write(to: &list) } }
        }
    }

    private var closedHandOver: Endpoint {
        .get(
            "/v1/hand-overs/{id}", .scope(.fulfillmentsRead), tag: "shipping",
            "What a courier took along, and the state of its own list of it", reply: Shapes.listedHandOver
        ) { request in
            let (closed, list) = try await handOver(request)
            return .json { json in
                closed.write(to: &json) {
                    list.writeCash(to: &$0)
                    $0.array("list") { list.writeEntries(to: &$0) }
                }
            }
        }
    }

    private var askForManifest: Endpoint {
        .post(
            "/v1/hand-overs/{id}/manifests", .fulfillmentsWrite, tag: "shipping",
            "Ask a courier again for the manifest that it refused", body: .object([]), reply: Shapes.closedHandOver
        ) { request in
            let id = try request.id(HandOverID.self)
            try request.read { _ in }
            return try await perform(AskForManifest(handOver: id), for: request)
        }
    }

    /// A closed hand-over and its list. - Throws: `.notFound`, also for one that the caller may not see.
    func handOver(_ request: APIRequest) async throws -> (ClosedHandOver, HandOver) {
        let id = try request.id(HandOverID.self)
        let principal = request.principal
        return try await waybill.read { db in
            let configuration = try known.configuration(in: db)
            guard let closed = try ClosedHandOverStore.handOver(id, in: db), principal.sees(location: closed.location),
                let location = configuration.locations[closed.location],
                let courier = configuration.couriers[closed.courier]
            else { throw Refusal(.notFound, "there is no hand-over \(id)") }
            return (closed, try HandOver(closed, at: location, by: courier, from: db))
        }
    }
}

extension Shapes {
    static let handOver = Schema.named(
        "HandOver",
        .object([
            .must("location", .text(max: 64)), .must("courier", .text(max: 64)), .must("leaves_at", .time),
            .must("fulfillments", .count), .must("weight_g", .count),
            .must("cash", .list(.money, max: nil)), .must("more", .truth),
            .must("parcels", .list(handedParcel, max: nil)),
        ]))

    private static let handedParcel = Schema.object([
        .must("parcel", .id("par")), .must("box", .count), .must("boxes", .count),
        .must("others_by", .list(.text(max: 64), max: nil)), .must("fulfillment", .id("ful")),
        .must("order_number", .text(max: 64)),
        .must("service", optionalText), .must("tracking", optionalText), .must("routing", optionalText),
        .must("weight_g", .count), .must("cash", .nullable(.money)), .must("postcode", .shortText),
        .must("country", .text(max: 2)),
    ])

    private static let closed: [Schema.Property] = [
        .must("id", .id("hov")), .must("location", .text(max: 64)), .must("courier", .text(max: 64)),
        .must("parcels", .count), .must("closed_at", .time), .must("closed_by", .text(max: 200)),
        .must(
            "manifest",
            .object([
                .must("status", .words(ClosedHandOver.ManifestState.self)), .must("reference", optionalText),
                .must("reason", optionalText),
            ])),
    ]
    static let closedHandOver = Schema.named("ClosedHandOver", .object(closed))
    static let listedHandOver = Schema.named(
        "ListedHandOver",
        .object(closed + [.must("cash", .list(.money, max: nil)), .must("list", .list(handedParcel, max: nil))]))
}
