import OrderManagement

/// `/v1/callbacks/{connector}`: news from outside, repeated and out of order as they come.
extension API {
    var callbacks: [Endpoint] { [takeCallback, takePaymentNews] }

    private var takeCallback: Endpoint {
        .post(
            "/v1/callbacks/{connector}", .ordersWrite, tag: "orders",
            "Take a connector's answer about an order's stage",
            body: .object([
                .may("order", .id("ord")), .may("channel", .text(max: 64)), .may("external_id", .text(max: 100)),
                .must("at", .time),
                .must("stage", .object([.must("name", .text(max: 64))] + Shapes.stageAnswer)),
            ]), status: 200,
            reply: .object([
                .must("order", .id("ord")), .must("stage", .text(max: 64)),
                .must("status", .words(Order.Gate.State.self)), .must("applied", .truth),
                .must("reason", .nullable(.text(max: 500))),
            ])
        ) { request in
            let connector = request.parameters[0]
            let command = try request.read { fields in
                let subject = fields.subjectOfNews()
                let at = fields.time("at")
                let stage = fields.object("stage") { ($0.text("name", max: 64), $0.stageAnswer()) }
                return TakeStageAnswer(
                    connector: connector, subject: subject, stage: stage?.0 ?? "",
                    answer: stage?.1 ?? StageAnswer(hasPassed: nil), at: at)
            }
            return try await perform(command, for: request)
        }
    }

    private var takePaymentNews: Endpoint {
        .post(
            "/v1/callbacks/{connector}/payments", .paymentsWrite, tag: "orders",
            "Take a payment provider's news of what it was asked to do: an authorization, a capture, a void, a refund",
            body: .object([
                .must("request", .text(max: 64)), .must("result", .words(PaymentNewsResult.self)),
                .may("reference", .shortText), .may("reason", .shortText),
            ]), status: 200,
            reply: .object([
                .must("order", .id("ord")), .must("request", .text(max: 64)), .must("status", .text(max: 64)),
                .must("applied", .truth), .must("reason", .nullable(.text(max: 500))),
            ])
        ) { request in
            let provider = request.parameters[0]
            let command = try request.read { fields in
                let asked = fields.text("request", max: 64)
                let result = fields.word("result", PaymentNewsResult.self)
                let (reference, reason) = (fields.optionalText("reference"), fields.optionalText("reason"))
                return TakePaymentNews(
                    provider: provider, request: asked,
                    outcome: result == .done
                        ? .done(reference: reference ?? asked) : .refused(reason: reason ?? "refused"))
            }
            return try await perform(command, for: request)
        }
    }
}

/// What a provider says of a request.
enum PaymentNewsResult: String, CaseIterable { case done, refused }

extension Fields {
    /// An order by its id, or by its channel's own name.
    fileprivate mutating func subjectOfNews() -> TakeStageAnswer.Subject {
        guard has("channel") || has("external_id") else { return .id(order()) }
        refuse("order", "goes without channel and external_id")
        return .name(ExternalName(channel: text("channel", max: 64), id: text("external_id", max: 100)))
    }
}
