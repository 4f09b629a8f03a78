import OrderManagement

/// `/v1/parcels/{id}/…`: by whom a parcel could go, and its labels.
extension API {
    var labels: [Endpoint] { [suggestedBoxes, rates, buyLabel, voidLabel, restoreLabel, identifyParcel] }

    private var suggestedBoxes: Endpoint {
        .get(
            "/v1/fulfillments/{id}/boxes", .scope(.fulfillmentsRead), tag: "fulfillments",
            "Which of the retailer's boxes its goods could go into: what packings take when they name none",
            reply: .object([
                .must(
                    "parcels",
                    .list(
                        .object([
                            .must("box", .nullable(.text(max: 64))), .must("lines", Shapes.lines),
                            .must("weight_g", .count), .must("without_weight", .list(.text(max: 100), max: nil)),
                            .may("size_mm", .list(.count, max: 3)),
                        ]), max: nil)), .must("more", .truth),
            ])
        ) { request in
            let id = try request.id(FulfillmentID.self)
            return APIResponse(try await waybill.rehearse(SuggestBoxes(fulfillment: id), as: request.principal))
        }
    }

    private var rates: Endpoint {
        .get(
            "/v1/parcels/{id}/rates", .scope(.fulfillmentsRead), tag: "parcels",
            "Who could carry a packed parcel: the cheapest first, and why the others do not",
            reply: Shapes.courierChoice
        ) { request in
            let id = try request.id(ParcelID.self)
            return APIResponse(try await waybill.rehearse(RateParcel(parcel: id), as: request.principal))
        }
    }

    private var buyLabel: Endpoint {
        .post(
            "/v1/parcels/{id}/labels", .fulfillmentsWrite, tag: "parcels",
            "Buy a parcel's label, by the service named or the best one. One that it bears is answered again where "
                + "nothing has changed and `again` is not said, and is taken back otherwise",
            key: .required, takesVersion: true,
            body: .object([
                .may("courier", .text(max: 64)), .may("service", .text(max: 100)),
                .may("weight_g", .integer(1...Parcel.gramsMax)), .may("size_mm", .list(.integer(1...100_000), max: 3)),
                .may("again", .truth),
            ]), reply: Shapes.parcel
        ) { request in
            let id = try request.id(ParcelID.self)
            let command = try request.read { fields in
                let courier = fields.optionalText("courier", max: 64)
                let service = fields.optionalText("service", max: 100)
                if (courier == nil) != (service == nil) {
                    fields.problems.note(
                        at: courier == nil ? "courier" : "service", "expected courier and service together, or neither")
                }
                return BuyLabel(
                    parcel: id, service: courier.flatMap { name in service.map { (name, $0) } },
                    weightGrams: fields.optionalInteger("weight_g", in: 1...Parcel.gramsMax),
                    size: fields.edges("size_mm").map(ItemSize.init), again: fields.optionalTruth("again") ?? false)
            }
            return try await perform(command, on: id.order, for: request)
        }
    }

    private var voidLabel: Endpoint {
        .post(
            "/v1/parcels/{id}/voidings", .fulfillmentsWrite, tag: "parcels",
            "Take the label off a parcel: its courier is asked to take it back", key: .required, takesVersion: true,
            body: .object([]), status: 200, reply: Shapes.parcel
        ) { request in
            let id = try request.id(ParcelID.self)
            try request.read { _ in }
            return try await perform(VoidLabel(parcel: id), on: id.order, for: request)
        }
    }

    private var restoreLabel: Endpoint {
        .post(
            "/v1/parcels/{id}/restorations", .fulfillmentsWrite, tag: "parcels",
            "A parcel goes by a label that was taken off it: what was told under its number counts, and the label that "
                + "it bears instead is taken back", key: .required, takesVersion: true,
            body: .object([.must("label", .integer(1...1_000_000))]), reply: Shapes.parcel
        ) { request in
            let id = try request.id(ParcelID.self)
            let label = try request.read { $0.integer("label", in: 1...1_000_000) }
            return try await perform(RestoreLabel(parcel: id, label: Int(label)), on: id.order, for: request)
        }
    }

    private var identifyParcel: Endpoint {
        .post(
            "/v1/parcels/{id}/identifications", .fulfillmentsWrite, tag: "parcels",
            "What a courier tells under a number that several parcels bear is of this one, and of no other until its "
                + "way has ended",
            key: .required, takesVersion: true, body: .object([]), reply: Shapes.parcel
        ) { request in
            let id = try request.id(ParcelID.self)
            try request.read { _ in }
            return try await perform(IdentifyParcel(parcel: id), on: id.order, for: request)
        }
    }
}
