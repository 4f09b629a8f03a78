import OrderManagement

/// `/v1/fulfillments`: the work of the locations, from release to the customer's door.
extension API {
    var fulfillments: [Endpoint] {
        [
            findFulfillments, showFulfillment, pick, reject, pack, ship, checkCollector, collect, extend, deliver,
            step("releases", "Give the work to its location") { ReleaseFulfillment(fulfillment: $0) },
            step("acceptances", "The location takes the work on") { AcceptFulfillment(fulfillment: $0) },
            step("readiness", "The goods wait to be collected") { MakeFulfillmentReady(fulfillment: $0) },
            step("unpackings", "Open packed boxes again") { UnpackFulfillment(fulfillment: $0) },
            step("expirations", "Goods that were not collected in their time go back to stock", key: .required) {
                GiveUpCollection(fulfillment: $0)
            },
            step("cancellations", "Cancel the work and its units", key: .required) {
                CancelFulfillment(fulfillment: $0)
            },
        ]
    }

    private func call<Base: Command>(
        _ noun: String, _ summary: String, key: Endpoint.KeyRule = .accepted, body: [Schema.Property],
        _ command: @escaping @Sendable (APIRequest, FulfillmentID) throws -> Base
    ) -> Endpoint {
        .post(
            "/v1/fulfillments/{id}/\(noun)", .fulfillmentsWrite, tag: "fulfillments", summary, key: key,
            takesVersion: true, body: .object(body), status: 200, reply: Shapes.fulfillment
        ) { request in
            let id = try request.id(FulfillmentID.self)
            return try await perform(try command(request, id), on: id.order, for: request)
        }
    }

    /// A call whose body says nothing.
    private func step<Base: Command>(
        _ noun: String, _ summary: String, key: Endpoint.KeyRule = .accepted,
        _ command: @escaping @Sendable (FulfillmentID) -> Base
    ) -> Endpoint {
        call(noun, summary, key: key, body: []) { request, id in try request.read { _ in command(id) } }
    }

    private var findFulfillments: Endpoint {
        .list(
            "/v1/fulfillments", .scope(.fulfillmentsRead), tag: "fulfillments",
            "Work of a location in the order it must leave, or all work by age",
            query: [
                .init("location", .shortText, "Where the work is"),
                .init("status", .words(Fulfillment.State.self), "How far it is"),
                .init("due_before", .time, "What must leave before"),
            ], of: Shapes.fulfillment
        ) { request in
            let (state, due) = (
                try request.query.word("status", Fulfillment.State.self),
                try request.query.time("due_before")
            )
            let (location, limit) = (request.query.text("location"), try request.query.limit())
            let start = try request.query.cursor().map { try Self.place($0, request.query) } ?? .start
            let principal = request.principal
            let (found, next) = try await waybill.read { db in
                try requireLocation(location, for: principal, in: db)
                let page = try FulfillmentStore.page(
                    location: location, in: state.map { [$0] } ?? [], dueBefore: due, after: start, limit: limit,
                    from: db)
                let orders = try OrderStore.orders(Array(Set(page.found.map(\.order))), in: db)
                return (page.found.map { ($0, orders[$0.order]) }, page.next)
            }
            return .page(request, next: next.map { "\($0.shipBy) \($0.id)" }) { list in
                for (id, order) in found {
                    guard let order, let part = order.part(id), principal.sees(location: part.location) else {
                        continue
                    }
                    part.write(to: &list, of: order)
                }
            }
        }
    }

    private static func place(_ cursor: String, _ query: Query) throws(Refusal) -> FulfillmentStore.Cursor {
        let parts = cursor.split(separator: " ")
        guard parts.count == 2, let shipBy = Int64(parts[0]), let id = FulfillmentID(String(parts[1])) else {
            throw query.badCursor
        }
        return FulfillmentStore.Cursor(shipBy: shipBy, id: id)
    }

    private var showFulfillment: Endpoint {
        .get(
            "/v1/fulfillments/{id}", .scope(.fulfillmentsRead), tag: "fulfillments", "One fulfillment",
            reply: Shapes.fulfillment
        ) { request in
            let id = try request.id(FulfillmentID.self)
            let (order, part) = try await waybill.read { try Self.fulfillment(id, for: request.principal, in: $0) }
            return .json(version: order.version) { part.write(to: &$0, of: order) }
        }
    }

    private var pick: Endpoint {
        call(
            "picks", "Units were picked; short ones are rejected",
            body: [
                .may(
                    "lines",
                    .list(
                        .object([
                            .must("line", .id("lin")), .must("quantity", .integer(0...PlaceOrder.quantityMax)),
                            .may("short", .integer(0...PlaceOrder.quantityMax)),
                            .may("reason", .words(RejectionReason.self)), .may("components", Shapes.parts),
                        ]), max: PlaceOrder.linesMax))
            ]
        ) { request, id in
            let command = try request.read {
                PickFulfillment(
                    fulfillment: id,
                    lines: $0.optionalList("lines", 1...PlaceOrder.linesMax) {
                        PickFulfillment.Line(
                            line: $0.line(), quantity: $0.integer("quantity", in: 0...PlaceOrder.quantityMax),
                            short: $0.optionalInteger("short", in: 0...PlaceOrder.quantityMax) ?? 0,
                            reason: $0.optionalWord("reason", RejectionReason.self) ?? .notFound,
                            components: $0.parts())
                    })
            }
            guard request.key != nil || command.lines?.contains(where: { $0.short > 0 }) != true else {
                throw Refusal(.keyRequired, "short units move stock: send the header Idempotency-Key")
            }
            return command
        }
    }

    private var reject: Endpoint {
        call(
            "rejections", "The location cannot do the work, or a part of it", key: .required,
            body: [
                .may("lines", Shapes.lines), .must("reason", .words(RejectionReason.self)),
                .may("components", Shapes.parts),
            ]
        ) { request, id in
            try request.read {
                RejectFulfillment(
                    fulfillment: id, lines: $0.optionalLines(), reason: $0.word("reason", RejectionReason.self),
                    components: $0.parts())
            }
        }
    }

    private static let parcelsMax = PackFulfillment.parcelsMax

    private var pack: Endpoint {
        call(
            "packings", "The units are in boxes: those named, or those suggested; labels follow as the channel says",
            body: [
                .may(
                    "parcels",
                    .list(
                        .object([
                            .must("lines", Shapes.lines), .must("weight_g", .integer(1...Parcel.gramsMax)),
                            .may("size_mm", .list(.integer(1...100_000), max: 3)),
                        ]), max: Self.parcelsMax))
            ]
        ) { request, id in
            try request.read {
                PackFulfillment(
                    fulfillment: id,
                    parcels: $0.optionalList("parcels", 0...Self.parcelsMax) { $0.box() })
            }
        }
    }

    private var ship: Endpoint {
        call(
            "shipments",
            "The parcels are with the courier: all of them leave together, so name all, or none", key: .required,
            body: [
                .may(
                    "parcels",
                    .list(
                        .object([
                            .must("parcel", .id("par")), .may("courier", .text(max: 64)),
                            .may("service", .text(max: 64)),
                            .may("tracking", .text(max: 100)),
                        ]), max: Self.parcelsMax))
            ]
        ) { request, id in
            try request.read {
                ShipFulfillment(
                    fulfillment: id,
                    parcels: $0.optionalList("parcels", 0...Self.parcelsMax) {
                        ShipFulfillment.ParcelDetail(
                            parcel: $0.part("parcel", ParcelID(OrderID(0), 1)),
                            courier: $0.optionalText("courier", max: 64), service: $0.optionalText("service", max: 64),
                            tracking: $0.optionalText("tracking", max: 100))
                    } ?? [])
            }
        }
    }

    private var checkCollector: Endpoint {
        .post(
            "/v1/fulfillments/{id}/collector-checks", .fulfillmentsRead, tag: "fulfillments",
            "Whether the goods may be handed to whoever has come, by the name that they say or the code that they "
                + "show; nothing is changed",
            body: .object([.may("name", .shortText), .may("code", .text(max: 64))]), status: 200,
            reply: .object([
                .must("fulfillment", .id("ful")), .must("order_number", .text(max: 64)),
                .must("asks_for", .words(PickupCheck.self)),
                .must("collector", .nullable(.words(CollectorCheck.Collector.self))),
                .must("code_right", .nullable(.truth)), .must("allowed", .truth),
                .must("reason", Shapes.optionalText),
            ])
        ) { request in
            let id = try request.id(FulfillmentID.self)
            let (name, code) = try request.read { ($0.optionalText("name"), $0.optionalText("code", max: 64)) }
            let (order, channel) = try await waybill.read { db in
                let (order, _) = try Self.fulfillment(id, for: request.principal, in: db)
                return (order, try known.configuration(in: db).channels[order.channel])
            }
            guard name != nil || code != nil else {
                throw Refusal([
                    .init("/name", .invalidInput, "is missing: say who has come, or the code that they show")
                ])
            }
            guard let channel else { throw Problem.internal }
            let check = CollectorCheck(id, of: order, name: name, code: code, channel, at: waybill.clock())
            return .json { check.write(id, of: order, to: &$0) }
        }
    }

    private var collect: Endpoint {
        call(
            "collections", "The customer has taken the goods", key: .required,
            body: [
                .may("lines", Shapes.lines), .must("collected_by", .shortText), .may("code", .text(max: 64)),
            ]
        ) { request, id in
            try request.read {
                CollectFulfillment(
                    fulfillment: id, lines: $0.optionalLines(), collectedBy: $0.text("collected_by"),
                    code: $0.optionalText("code", max: 64))
            }
        }
    }

    private var extend: Endpoint {
        call("extensions", "The customer has more time to collect", body: [.must("until", .time)]) { request, id in
            try request.read { ExtendCollection(fulfillment: id, until: $0.time("until")) }
        }
    }

    private var deliver: Endpoint {
        call(
            "deliveries", "Parcels have arrived",
            body: [.may("parcels", .list(.id("par"), max: Self.parcelsMax)), .may("at", .time)]
        ) { request, id in
            try request.read { fields in
                let problems = fields.problems
                let parcels = fields.values("parcels", 1...Self.parcelsMax) { json -> ParcelID? in
                    guard let id = json.string.flatMap({ ParcelID($0) }) else {
                        problems.note("expected an id as par_…, found \(problems.found(json))")
                        return nil
                    }
                    return id
                }
                return DeliverFulfillment(fulfillment: id, parcels: parcels, at: fields.optionalTime("at"))
            }
        }
    }
}

extension Shapes {
    /// Parts of kits that a location did not find, or that are damaged.
    fileprivate static let parts = Schema.list(.text(max: 100), max: KitComponent.countMax)
}

extension Fields {
    fileprivate mutating func parts() -> [String] {
        let problems = problems
        return values("components", 0...KitComponent.countMax) { problems.text($0, max: 100) } ?? []
    }

    fileprivate mutating func box() -> PackFulfillment.Box {
        let lines = lines()
        let weight = integer("weight_g", in: 1...Parcel.gramsMax)
        let problems = problems
        let sides = values("size_mm", 3...3) { json -> Int64? in
            guard let side = json.integer, (1...100_000).contains(side) else {
                problems.note("expected millimetres from 1 to 100000, found \(problems.foundNumber(json))")
                return nil
            }
            return side
        }
        var size: ItemSize?
        if let sides, sides.count == 3 { size = ItemSize(length: sides[0], width: sides[1], height: sides[2]) }
        return PackFulfillment.Box(lines: lines, weightGrams: weight, size: size)
    }
}
