import OrderManagement

/// The policy of cancelling as a body and as a schema.
extension Fields {
    mutating func cancelling() -> CancellingPolicy {
        var policy = CancellingPolicy()
        policy.customerUntil = optionalCancellableState("customer_until")
        policy.fee = optionalObject("fee") { fields in
            let amount = fields.optionalInteger("amount", in: 0...Money.amountMax) ?? 0
            let percent = fields.optionalInteger("percent", in: 0...100) ?? 0
            let from = fields.optionalCancellableState("from") ?? .open
            let problems = fields.problems
            if amount == 0 && percent == 0 { problems.note("expected an amount or a percent above 0") }
            let waived = fields.values("waived_for", 0...CancelOrder.Reason.allCases.count) { json in
                guard let reason = json.string.flatMap({ CancelOrder.Reason(rawValue: $0) }) else {
                    let words = CancelOrder.Reason.allCases.map(\.rawValue).joined(separator: ", ")
                    problems.note("must be one of: \(words)")
                    return nil as CancelOrder.Reason?
                }
                return reason
            }
            return CancellingPolicy.Fee(
                amount: amount, percent: percent, from: from,
                waivedFor: waived.map { Set($0) } ?? CancellingPolicy.Fee.waivedByDefault)
        }
        policy.unfillableDays = optionalInteger("unfillable_days", in: 1...1_000)
        return policy
    }

    /// One of the states until which units may be cancelled.
    mutating func optionalCancellableState(_ name: String) -> Fulfillment.State? {
        guard let state = optionalWord(name, Fulfillment.State.self) else { return nil }
        let states = ChannelPolicy.cancellableStates
        if !states.contains(state) {
            problems.note(at: name, "must be one of: \(states.map(\.rawValue).joined(separator: ", "))")
        }
        return state
    }
}

extension Shapes {
    private static let cancellableState = Schema.words(ChannelPolicy.cancellableStates.map(\.rawValue))

    static let cancelling = Schema.object([
        .may("customer_until", cancellableState),
        .may(
            "fee",
            .object([
                .may("amount", .integer(0...Money.amountMax)), .may("percent", .integer(0...100)),
                .may("from", cancellableState),
                .may("waived_for", .list(.words(CancelOrder.Reason.self), max: CancelOrder.Reason.allCases.count)),
            ])), .may("unfillable_days", .integer(1...1_000)),
    ])

    static let cancellationFee = Schema.object([
        .must("amount", .money), .must("tax", .nullable(.money)), .may("return_fee", .money),
        .must("reason", .words(CancelOrder.Reason.self)), .must("at", .time),
    ])
}
