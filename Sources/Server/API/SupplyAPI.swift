import OrderManagement

/// `/v1/stock/inbound`: what locations expect. `/v1/reservations`: what checkouts keep.
extension API {
    var supply: [Endpoint] {
        [
            findInbound, showInbound, expectInbound, receiveInbound, rescheduleInbound,
            inboundCall("closings", "Nothing more comes: the rest is no longer expected", body: []) { request, id in
                try request.read { _ in CloseInbound(inbound: id, isCancellation: false) }
            },
            inboundCall("cancellations", "Nothing comes at all", body: []) { request, id in
                try request.read { _ in CloseInbound(inbound: id, isCancellation: true) }
            },
            reserve, showReservation, releaseReservation,
        ]
    }

    // MARK: Inbound supply

    private var findInbound: Endpoint {
        .list(
            "/v1/stock/inbound", .scope(.stockRead), tag: "inbound", "What locations expect, the oldest first",
            query: [
                .init("status", .words(InboundSupply.State.self), "How far it is"),
                .init("location", .text(max: 64), "At one location"),
            ], of: Shapes.inbound
        ) { request in
            let limit = try request.query.limit()
            let state = try request.query.word("status", InboundSupply.State.self)
            let location = request.query.text("location")
            let after = try request.query.cursor(InboundID.self) ?? InboundID(0)
            let found = try await waybill.read {
                try InboundStore.page(state: state, location: location, after: after, limit: limit + 1, in: $0)
            }
            let (principal, now) = (request.principal, waybill.clock())
            return .page(request, next: found.count > limit ? found[limit - 1].id.description : nil) { list in
                for supply in found.prefix(limit) where principal.sees(location: supply.location) {
                    supply.write(to: &list, at: now)
                }
            }
        }
    }

    private var showInbound: Endpoint {
        .get(
            "/v1/stock/inbound/{id}", .scope(.stockRead), tag: "inbound", "One inbound supply", reply: Shapes.inbound
        ) { request in
            let id = try request.id(InboundID.self)
            let found = try await waybill.read { try InboundStore.supply(id, in: $0) }
            guard let found, request.principal.sees(location: found.location) else {
                throw Refusal(.notFound, "there is no inbound supply \(id)")
            }
            let now = waybill.clock()
            return .json { found.write(to: &$0, at: now) }
        }
    }

    private var expectInbound: Endpoint {
        .post(
            "/v1/stock/inbound", .stockWrite, tag: "inbound",
            "Say what a location expects; what should have come before is taken too, and is `overdue`", key: .required,
            body: .object([
                .must("location", .text(max: 64)), .must("reference", .text(max: 100)), .must("due", .time),
                .must("lines", Shapes.skuLines),
            ]), reply: Shapes.inbound
        ) { request in
            let command = try request.read {
                ExpectInbound(
                    location: $0.text("location", max: 64), reference: $0.text("reference", max: 100),
                    due: $0.time("due"), lines: $0.skuLines())
            }
            return try await perform(command, for: request)
        }
    }

    private func inboundCall(
        _ noun: String, _ summary: String, body: [Schema.Property],
        _ command: @escaping @Sendable (APIRequest, InboundID) throws -> any Command
    ) -> Endpoint {
        .post(
            "/v1/stock/inbound/{id}/\(noun)", .stockWrite, tag: "inbound", summary, key: .required,
            body: .object(body), status: 200, reply: Shapes.inbound
        ) { request in
            let id = try request.id(InboundID.self)
            return try await perform(try command(request, id), for: request)
        }
    }

    private var receiveInbound: Endpoint {
        inboundCall("receipts", "It is here, or a part of it", body: [.may("lines", Shapes.skuLines)]) { request, id in
            try request.read { ReceiveInbound(inbound: id, lines: $0.optionalSKULines(from: 1)) }
        }
    }

    private var rescheduleInbound: Endpoint {
        inboundCall("due-dates", "It comes on another day", body: [.must("due", .time)]) { request, id in
            try request.read { RescheduleInbound(inbound: id, due: $0.time("due")) }
        }
    }

    // MARK: Reservations

    private var reserve: Endpoint {
        .post(
            "/v1/reservations", .ordersWrite, tag: "reservations", "Keep units for a checkout: all lines or none",
            key: .required,
            body: .object([
                .must("channel", .text(max: 64)),
                .must(
                    "lines",
                    .list(
                        .object([
                            .must("sku", .text(max: 100)), .must("quantity", .quantity),
                            .may("location", .text(max: 64)),
                        ]), max: ReserveStock.linesMax)),
                .must("expires_in", .integer(1...ReserveStock.lifeMax.count)),
            ]), reply: Shapes.reservation
        ) { request in
            let command = try request.read {
                ReserveStock(
                    channel: $0.text("channel", max: 64),
                    lines: $0.list("lines", 1...ReserveStock.linesMax) {
                        ReserveStock.Line(
                            sku: $0.text("sku", max: 100), quantity: $0.quantity(),
                            location: $0.optionalText("location", max: 64))
                    }, expiresIn: Seconds($0.integer("expires_in", in: 1...ReserveStock.lifeMax.count)))
            }
            return try await perform(command, for: request)
        }
    }

    private var showReservation: Endpoint {
        .get(
            "/v1/reservations/{id}", .scope(.ordersRead), tag: "reservations", "One reservation",
            reply: Shapes.reservation
        ) { request in
            let id = try request.id(ReservationID.self)
            guard let found = try await waybill.read({ try ReservationStore.reservation(id, in: $0) }) else {
                throw Refusal(.notFound, "there is no reservation \(id)")
            }
            return .json { found.write(to: &$0) }
        }
    }

    private var releaseReservation: Endpoint {
        .delete(
            "/v1/reservations/{id}", .ordersWrite, tag: "reservations", "Let go of what was reserved"
        ) { request in
            let command = ReleaseReservation(reservation: try request.id(ReservationID.self))
            _ = try await waybill.perform(command, as: request.principal)
            return APIResponse(status: 204, body: .none)
        }
    }
}

extension Shapes {
    static let inbound = Schema.named(
        "Inbound",
        .object([
            .must("id", .id("inb")), .must("status", .words(InboundSupply.State.self)),
            .must("version", .integer(1...Int64.max)), .must("location", .text(max: 64)),
            .must("reference", .text(max: 100)), .must("due", .time),
            .must(
                "lines",
                .list(
                    .object([
                        .must("sku", .text(max: 100)), .must("quantity", .count), .must("received", .count),
                        .must("missing", .count), .must("to_come", .count), .must("excess", .count),
                    ]), max: nil)), .must("expected_at", .time), .must("updated_at", .time),
            .must("overdue", .truth),
        ]))

    static let reservation = Schema.named(
        "Reservation",
        .object([
            .must("id", .id("rsv")), .must("status", .words(Reservation.State.self)),
            .must("channel", .text(max: 64)), .must("order", .nullable(.id("ord"))),
            .must(
                "lines",
                .list(
                    .object([
                        .must("sku", .text(max: 100)), .must("location", .text(max: 64)), .must("quantity", .count),
                    ]), max: nil)), .must("reserved_at", .time), .must("expires_at", .time),
        ]))
}
