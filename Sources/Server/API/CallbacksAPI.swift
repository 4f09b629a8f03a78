import OrderManagement

/// `/v1/callbacks/{connector}`: news from outside, repeated and out of order as they come.
extension API {
    var callbacks: [Endpoint] { [takeCallback] }

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
}

extension Fields {
    /// An order by its id, or by its channel's own name.
    fileprivate mutating func subjectOfNews() -> TakeStageAnswer.Subject {
        guard has("channel") || has("external_id") else { return .id(order()) }
        refuse("order", "goes without channel and external_id")
        return .name(ExternalName(channel: text("channel", max: 64), id: text("external_id", max: 100)))
    }
}
