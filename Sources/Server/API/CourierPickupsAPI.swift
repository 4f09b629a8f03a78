import OrderManagement

/// `/v1/courier-pickups`: couriers that are called to a location, to take parcels along.
extension API {
    var courierPickups: [Endpoint] {
        [callCourier, listedPickups, courierPickup, changeCourierPickup, cancelCourierPickup]
    }

    private static let optionalWish: [Schema.Property] = [
        .may("ready", .time), .may("closes", .time),
        .may("parcels", .integer(1...CourierPickup.Wish.parcelsMax)),
        .may("weight_g", .integer(1...CourierPickup.Wish.gramsMax)),
        .may("note", .text(max: CourierPickup.Wish.noteMax)),
    ]

    private var callCourier: Endpoint {
        .post(
            "/v1/courier-pickups", .fulfillmentsWrite, tag: "shipping",
            "Call a courier to a location, to take parcels along; without a number, for all that wait for it now",
            key: .required,
            body: .object([
                .must("location", .text(max: 64)), .must("courier", .text(max: 64)), .must("ready", .time),
                .must("closes", .time), .may("parcels", .integer(1...CourierPickup.Wish.parcelsMax)),
                .may("weight_g", .integer(1...CourierPickup.Wish.gramsMax)),
                .may("note", .text(max: CourierPickup.Wish.noteMax)),
            ]), reply: Shapes.courierPickup
        ) { request in
            let asked = try request.read { fields in
                (
                    location: fields.text("location", max: 64), courier: fields.text("courier", max: 64),
                    ready: fields.time("ready"), closes: fields.time("closes"),
                    parcels: fields.optionalInteger("parcels", in: 1...CourierPickup.Wish.parcelsMax),
                    grams: fields.optionalInteger("weight_g", in: 1...CourierPickup.Wish.gramsMax),
                    note: fields.optionalText("note", max: CourierPickup.Wish.noteMax)
                )
            }
            let (parcels, grams) = try await load(
                at: asked.location, for: asked.courier, asked.parcels, asked.grams, as: request.principal)
            let wish = CourierPickup.Wish(
                ready: asked.ready, closes: asked.closes, parcels: parcels, weightGrams: grams, note: asked.note)
            return try await perform(
                CallCourier(location: asked.location, courier: asked.courier, wish: wish), for: request)
        }
    }

    /// What a courier is called for: what the caller says, and else what waits for it.
    /// - Throws: `.invalidInput` where neither says anything.
    func load(
        at location: String, for courier: String, _ parcels: Int64?, _ grams: Int64?, as principal: Principal
    ) async throws -> (parcels: Int64, grams: Int64) {
        if let parcels, let grams { return (parcels, grams) }
        let list = try await waybill.read { db -> HandOver? in
            let configuration = try known.configuration(in: db)
            guard let place = configuration.locations[location], principal.sees(location: location),
                let carrier = configuration.couriers[courier]
            else { return nil }
            return try HandOver(at: place, by: carrier, from: db)
        }
        // Whom or what nobody knows is refused by the command.
        guard let list else { return (parcels ?? 1, grams ?? 1) }
        guard list.parcels > 0 || parcels != nil else {
            throw Refusal([
                .init(
                    "/parcels", .invalidInput, "nothing waits for \(courier) at \(location) yet: say how many parcels")
            ])
        }
        return (
            parcels ?? min(Int64(list.parcels), CourierPickup.Wish.parcelsMax),
            grams ?? min(max(1, list.weightGrams), CourierPickup.Wish.gramsMax)
        )
    }

    private var listedPickups: Endpoint {
        .list(
            "/v1/courier-pickups", .scope(.fulfillmentsRead), tag: "shipping",
            "Couriers that were called to a location, the last one first",
            query: [
                .init("location", .shortText, "To where", isRequired: true),
                .init("courier", .shortText, "Who was called"),
            ], of: Shapes.courierPickup
        ) { request in
            let (limit, location) = (try request.query.limit(), request.query.text("location") ?? "")
            let courier = request.query.text("courier")
            let before = try request.query.cursor().map { CourierPickupID($0) }
            if case .some(.none) = before { throw request.query.badCursor }
            let start = (before ?? nil) ?? CourierPickupID(Int64.max)
            let principal = request.principal
            let page = try await waybill.read { db in
                guard try known.configuration(in: db).locations[location] != nil, principal.sees(location: location)
                else { throw Refusal(.notFound, "there is no location \(location)") }
                return try CourierPickupStore.page(of: location, courier, before: start, limit: limit + 1, in: db)
            }
            let next = page.count > limit ? page[limit - 1].id.description : nil
            return .page(request, next: next) { list in for entry in page.prefix(limit) { entry.write(to: &list) } }
        }
    }

    private var courierPickup: Endpoint {
        .get(
            "/v1/courier-pickups/{id}", .scope(.fulfillmentsRead), tag: "shipping", "One courier that was called",
            reply: Shapes.courierPickup
        ) { request in
            let id = try request.id(CourierPickupID.self)
            let pickup = try await waybill.read { try CourierPickupStore.pickup(id, in: $0) }
            guard let pickup, request.principal.sees(location: pickup.location) else {
                throw Refusal(.notFound, "there is no courier pickup \(id)")
            }
            return .json { pickup.write(to: &$0) }
        }
    }

    private var changeCourierPickup: Endpoint {
        .post(
            "/v1/courier-pickups/{id}/changes", .fulfillmentsWrite, tag: "shipping",
            "Have the courier come otherwise; one that refused is called again", key: .required,
            body: .object(Self.optionalWish), reply: Shapes.courierPickup
        ) { request in
            let id = try request.id(CourierPickupID.self)
            let command = try request.read { fields in
                ChangeCourierPickup(
                    id: id, ready: fields.optionalTime("ready"), closes: fields.optionalTime("closes"),
                    parcels: fields.optionalInteger("parcels", in: 1...CourierPickup.Wish.parcelsMax),
                    weightGrams: fields.optionalInteger("weight_g", in: 1...CourierPickup.Wish.gramsMax),
                    note: fields.optionalText("note", max: CourierPickup.Wish.noteMax))
            }
            return try await perform(command, for: request)
        }
    }

    private var cancelCourierPickup: Endpoint {
        .post(
            "/v1/courier-pickups/{id}/cancellations", .fulfillmentsWrite, tag: "shipping",
            "Tell the courier not to come", body: .object([]), reply: Shapes.courierPickup
        ) { request in
            let id = try request.id(CourierPickupID.self)
            try request.read { _ in }
            return try await perform(CancelCourierPickup(id: id), for: request)
        }
    }
}

extension Shapes {
    private static let wish: [Schema.Property] = [
        .must("ready", .time), .must("closes", .time), .must("parcels", .count), .must("weight_g", .count),
        .must("note", optionalText),
    ]

    static let courierPickup = Schema.named(
        "CourierPickup",
        .object(
            [
                .must("id", .id("pck")), .must("location", .text(max: 64)), .must("courier", .text(max: 64)),
                .must("status", .words(CourierPickup.State.self)),
            ] + wish + [
                .must("change", .nullable(.object(wish))), .must("reference", optionalText),
                .must("reason", optionalText), .must("requested_at", .time), .must("requested_by", .text(max: 200)),
            ]))
}
