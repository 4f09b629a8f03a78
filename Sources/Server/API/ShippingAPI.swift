import OrderManagement

/// `/v1/tracking-events`: couriers' news, out of order and repeated as they come.
extension API {
    var shipping: [Endpoint] { [trackingEvent] }

    private var trackingEvent: Endpoint {
        .post(
            "/v1/tracking-events", .fulfillmentsWrite, tag: "shipping",
            "What a courier says of a parcel, or of that of a return",
            body: .object([
                .must("courier", .text(max: 64)), .must("tracking", .text(max: 100)),
                .may("status", .words(Parcel.State.self)), .may("word", .text(max: CourierWords.lengthMax)),
                .must("at", .time), .may("courier_event_id", .text(max: 100)),
            ]),
            reply: .object([
                .must("order", .id("ord")), .must("changed", .truth),
                .must("outcome", .words(RecordTracking.Outcome.self)), .may("parcel", Shapes.parcel),
                .may("return", Shapes.returned),
            ])
        ) { request in
            let news = try request.read { fields in
                let word = fields.optionalText("word", max: CourierWords.lengthMax)
                if word == nil, !fields.has("status") {
                    fields.noteMissing("status", "a status, or what the courier says as the word")
                }
                return (
                    courier: fields.text("courier", max: 64), tracking: fields.text("tracking", max: 100),
                    status: fields.optionalWord("status", Parcel.State.self), word: word, at: fields.time("at"),
                    event: fields.optionalText("courier_event_id", max: 100)
                )
            }
            let (tracking, candidates) = try await waybill.read { db in
                let tracking = try TrackingNumber.known(news.tracking, in: db)
                return (tracking, try TrackingNumber.orders(tracking, in: db))
            }
            let command = RecordTracking(
                courier: news.courier, tracking: tracking, status: news.status, at: news.at,
                word: news.word, courierEvent: news.event, candidates: candidates)
            // Couriers send no Idempotency-Key, and need none: news that are known change nothing. Their own name for
            // the news is no key either: some count anew for each parcel, and some correct what they said under it.
            return APIResponse(
                try await waybill.perform(command, as: request.principal, key: request.idempotencyKey))
        }
    }
}
