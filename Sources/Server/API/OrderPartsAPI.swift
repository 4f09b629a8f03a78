import OrderManagement

/// `/v1/orders/{id}/…`: what is done with an order. Every reply carries the order as it is then.
extension API {
    var orderParts: [Endpoint] {
        [
            cancel, hold, liftHold, passStage, sourceAgain, addNote, addPayment, capture, returnOfOrder,
        ] + refunds
    }

    /// A call below an order, on the version that the caller saw.
    func call<Base: Command>(
        _ noun: String, _ scope: Scope, _ summary: String, key: Endpoint.KeyRule = .accepted, body: [Schema.Property],
        status: Int = 201, reply: Schema,
        _ command: @escaping @Sendable (APIRequest, OrderID) throws -> Base
    ) -> Endpoint {
        .post(
            "/v1/orders/{id}/\(noun)", scope, tag: "orders", summary, key: key, takesVersion: true,
            body: .object(body), status: status, reply: reply
        ) { request in
            let id = try request.id(OrderID.self)
            return try await perform(try command(request, id), on: id, for: request)
        }
    }

    private static let cancelled = Shapes.withOrder(
        .must("preview", .truth), .must("reason", .words(CancelOrder.Reason.self)), .must("lines", Shapes.units),
        .must(
            "freed",
            .list(
                .object([
                    .must("line", .id("lin")), .must("sku", .text(max: 100)), .must("location", .text(max: 64)),
                    .must("quantity", .count),
                ]), max: nil)),
        .must("fee", .money), .must("fee_tax", .money), .must("captured", .money), .must("voided", .money),
        .must("refunded", .money), .must("already_refunded", Shapes.lines), .must("refunded_before", .money),
        .must("kept_of_return", .money))

    private var cancel: Endpoint {
        var endpoint = call(
            "cancellations", .ordersWrite, "Give up units: all that are open, or those named", key: .required,
            body: [.may("lines", Shapes.lines), .must("reason", .words(CancelOrder.Reason.self))],
            reply: Self.cancelled
        ) { request, id in
            try request.read {
                CancelOrder(
                    order: id, lines: $0.optionalLines(), reason: $0.word("reason", CancelOrder.Reason.self),
                    isPreview: request.isPreview)
            }
        }
        endpoint.query = [.preview]
        endpoint.replies.append((200, Self.cancelled))
        return endpoint
    }

    private var hold: Endpoint {
        call(
            "holds", .ordersWrite, "Stop the order, or some of its lines",
            body: [
                .must("reason", .text(max: 64)), .may("note", .text(max: 1_000)), .may("owner", .text(max: 64)),
                .may("until", .time), .may("review_by", .time),
                .may("lines", .list(.id("lin"), max: PlaceOrder.linesMax)),
            ], reply: Shapes.withOrder(.must("id", .id("hld")), .must("reason", .text(max: 64)))
        ) { request, id in
            try request.read { fields in
                let reason = fields.text("reason", max: 64)
                let note = fields.optionalText("note", max: 1_000)
                let problems = fields.problems
                let lines = fields.values("lines", 0...PlaceOrder.linesMax) { json -> OrderLineID? in
                    guard let id = json.string.flatMap({ OrderLineID($0) }) else {
                        problems.note("expected an id as lin_…, found \(problems.found(json))")
                        return nil
                    }
                    return id
                }
                return PlaceHold(
                    order: id, reason: reason, note: note, lines: lines ?? [],
                    owner: fields.optionalText("owner", max: 64), until: fields.optionalTime("until"),
                    reviewBy: fields.optionalTime("review_by"))
            }
        }
    }

    private var liftHold: Endpoint {
        call(
            "holds/{hold}/liftings", .ordersWrite, "Lift a hold", body: [], status: 200,
            reply: Shapes.withOrder(.must("id", .id("hld")))
        ) { request, id in
            let hold = try request.id(HoldID.self, 1)
            guard hold.order == id else { throw Refusal(.notFound, "order \(id) has no hold \(hold)") }
            return try request.read { _ in LiftHold(hold: hold) }
        }
    }

    private var passStage: Endpoint {
        call(
            "stages/{name}", .ordersWrite, "Say that the order passed a stage, or failed it",
            body: Shapes.stageAnswer, status: 200,
            reply: Shapes.withOrder(.must("stage", .text(max: 64)), .must("result", .words(Order.Gate.State.self)))
        ) { request, id in
            try request.read {
                let answer = $0.stageAnswer()
                return PassStage(
                    order: id, stage: request.parameters[1], hasPassed: answer.hasPassed, score: answer.score,
                    note: answer.note)
            }
        }
    }

    private var sourceAgain: Endpoint {
        call(
            "sourcings", .ordersWrite, "Source its open units again", key: .required,
            body: [.may("ask_again", .list(.text(max: 64), max: Self.askedMax))],
            reply: Shapes.withOrder(
                .must("placed", .count), .must("backordered", .count),
                .must(
                    "left_out",
                    .list(
                        .object([
                            .must("location", .text(max: 64)), .must("sku", .text(max: 100)),
                            .must("available", .count), .must("reason", .text(max: 64)),
                        ]), max: nil)))
        ) { request, id in
            try request.read { fields in
                let problems = fields.problems
                let asked = fields.values("ask_again", 0...Self.askedMax) { problems.text($0, max: 64) }
                return SourceOrder(order: id, askingAgain: asked ?? [])
            }
        }
    }

    /// Locations that may be named to be asked again.
    private static let askedMax = 200

    private var addNote: Endpoint {
        call(
            "notes", .ordersWrite, "Add a remark", body: [.must("text", .text(max: 2_000))],
            reply: Shapes.withOrder(.must("text", .text(max: 2_000)))
        ) { request, id in
            try request.read { NoteOrder(order: id, text: $0.text("text", max: 2_000)) }
        }
    }

    private var addPayment: Endpoint {
        call(
            "payments", .paymentsWrite,
            "Record money that was authorized, or that the provider has not answered for yet", key: .required,
            body: Shapes.newPaymentMembers, reply: Shapes.withOrder(.must("id", .id("pay")))
        ) { request, id in
            try request.read { AddPayment(order: id, payment: $0.payment()) }
        }
    }

    private var capture: Endpoint {
        call(
            "captures", .paymentsWrite, "Take authorized money", key: .required,
            body: [
                .must("amount", .money), .may("payment", .id("pay")), .may("reason", .shortText),
                .may("lines", Shapes.lines),
            ],
            reply: Shapes.withOrder(
                .must("amount", .money), .may("payment", .id("pay")), .must("reason", .shortText),
                .may("lines", Shapes.units))
        ) { request, id in
            try request.read {
                CapturePayment(
                    order: id, amount: $0.money("amount", from: 1),
                    payment: $0.optionalPart("payment", of: PaymentSubject.self),
                    reason: $0.optionalText("reason") ?? "manual", lines: $0.optionalLines())
            }
        }
    }
}
