import OrderManagement

/// The returning policy of a channel as a body and as a description.
extension Fields {
    mutating func returningPolicy() -> ReturningPolicy {
        var policy = ReturningPolicy()
        policy.reasons = reasons("reasons") ?? policy.reasons
        if policy.reasons.isEmpty { problems.note(at: "reasons", "must name at least one reason") }
        policy.rules = optionalList("rules", 0...ReturningPolicy.rulesMax) { $0.returningRule() } ?? policy.rules
        policy.freeReasons = reasons("free_reasons") ?? policy.freeReasons
        policy.postage = optionalWord("postage", ReturningPolicy.Payer.self) ?? policy.postage
        policy.feeFixed = optionalInteger("fee_fixed", in: 0...Money.amountMax) ?? policy.feeFixed
        policy.feePercent = optionalInteger("fee_percent", in: 0...100) ?? policy.feePercent
        policy.refundAt = optionalWord("refund_at", ReturningPolicy.RefundAt.self) ?? policy.refundAt
        policy.refundTo = optionalWord("refund_to", ReturningPolicy.RefundTo.self) ?? policy.refundTo
        policy.isRefundFixed = optionalTruth("refund_to_fixed") ?? policy.isRefundFixed
        policy.exchanges = optionalWord("exchanges", ReturningPolicy.Shipping.self) ?? policy.exchanges
        policy.exchangeBearsFees = optionalTruth("exchange_fees") ?? policy.exchangeBearsFees
        policy.approvesItself = optionalTruth("auto_approve") ?? policy.approvesItself
        policy.approvesItselfUpTo = optionalInteger("auto_approve_up_to", in: 0...Money.amountMax)
        if policy.approvesItselfUpTo != nil, !policy.approvesItself {
            problems.note(at: "auto_approve_up_to", "goes with auto_approve: true only")
        }
        policy.location = optionalText("location", max: 64)
        policy.sendWithinDays = optionalInteger("send_within_days", in: 1...3_650) ?? policy.sendWithinDays
        policy.answerWithinDays =
            optionalInteger("answer_within_days", in: 1...3_650) ?? policy.answerWithinDays
        policy.overdueDays = optionalInteger("overdue_days", in: 1...3_650) ?? policy.overdueDays
        policy.silentDays = optionalInteger("silent_days", in: 1...3_650) ?? policy.silentDays
        policy.receiveWithinDays =
            optionalInteger("receive_within_days", in: 1...3_650) ?? policy.receiveWithinDays
        policy.lost = optionalWord("lost", ReturningPolicy.Compensation.self) ?? policy.lost
        policy.undelivered = optionalWord("undelivered", ReturningPolicy.Compensation.self) ?? policy.undelivered
        return policy
    }

    private mutating func returningRule() -> ReturningPolicy.Rule {
        let problems = problems
        let skus = values("skus", 0...ReturningPolicy.skusMax) { problems.text($0, max: 100) } ?? []
        let reasons = reasons("reasons") ?? []
        let days = optionalInteger("days", in: 0...3_650)
        let isFinal = optionalTruth("final_sale") ?? false
        if isFinal, days != nil { problems.note(at: "days", "does not go with final_sale: true") }
        if !isFinal, days == nil { problems.note("a rule says days, or final_sale: true") }
        return ReturningPolicy.Rule(skus: skus, reasons: reasons, days: days, isFinalSale: isFinal)
    }

    private mutating func reasons(_ name: String) -> [Return.Reason]? {
        let problems = problems
        let words = Return.Reason.ofCustomers.map(\.rawValue).joined(separator: ", ")
        let named = values(name, 0...Return.Reason.ofCustomers.count) { json -> Return.Reason? in
            guard let reason = json.string.flatMap({ Return.Reason(rawValue: $0) }), reason != .undelivered else {
                problems.note("must be one of: \(words)")
                return nil
            }
            return reason
        }
        guard let named else { return nil }
        if Set(named).count < named.count { problems.note(at: name, "names a reason twice") }
        return named
    }
}

extension Shapes {
    private static let returnReasons = Schema.list(
        .words(Return.Reason.ofCustomers.map(\.rawValue)), max: Return.Reason.ofCustomers.count)

    static let returning = Schema.named(
        "ReturningPolicy",
        .object([
            .may("reasons", returnReasons),
            .may(
                "rules",
                .list(
                    .object([
                        .may("skus", .list(.text(max: 100), max: ReturningPolicy.skusMax)),
                        .may("reasons", returnReasons), .may("days", .integer(0...3_650)), .may("final_sale", .truth),
                    ]), max: ReturningPolicy.rulesMax)),
            .may("free_reasons", returnReasons), .may("postage", .words(ReturningPolicy.Payer.self)),
            .may("fee_fixed", .integer(0...Money.amountMax)), .may("fee_percent", .integer(0...100)),
            .may("refund_at", .words(ReturningPolicy.RefundAt.self)),
            .may("refund_to", .words(ReturningPolicy.RefundTo.self)), .may("refund_to_fixed", .truth),
            .may("exchanges", .words(ReturningPolicy.Shipping.self)), .may("exchange_fees", .truth),
            .may("auto_approve", .truth),
            .may("auto_approve_up_to", .nullable(.integer(0...Money.amountMax))),
            .may("location", .nullable(.text(max: 64))),
            .may("answer_within_days", .integer(1...3_650)),
            .may("send_within_days", .integer(1...3_650)), .may("overdue_days", .integer(1...3_650)),
            .may("silent_days", .integer(1...3_650)), .may("receive_within_days", .integer(1...3_650)),
            .may("lost", .words(ReturningPolicy.Compensation.self)),
            .may("undelivered", .words(ReturningPolicy.Compensation.self)),
        ]))

    static let claim = Schema.object([
        .must("resolution", .words(ParcelClaim.Resolution.self)), .must("refunded", .money), .must("part", .truth),
        .must("already_refunded", Shapes.lines), .must("handed_in", Shapes.lines),
        .must("note", .nullable(.text(max: 1_000))), .must("by", .text(max: 64)), .must("at", .time),
        .must("found_at", .nullable(.time)), .must("ended_at", .nullable(.time)),
        .must("reshipment", .nullable(successor)),
    ])

    /// The order that goes out for what comes back, or never came.
    static let successor = Schema.object([
        .must("kind", .words(Order.Origin.Kind.self)), .must("order", .id("ord")),
        .must("order_number", .text(max: 64)), .must("status", .words(Order.Origin.State.self)),
    ])

    /// The order that another stands in for, as that other one shows it.
    static let origin = Schema.object([
        .must("order", .id("ord")), .must("order_number", .text(max: 64)), .may("return", .id("ret")),
        .may("parcel", .id("par")), .must("ships", .words(ReturningPolicy.Shipping.self)),
        .must("status", .words(Order.Origin.State.self)), .must("expected", .money), .must("brought", .money),
    ])

    static let returnable = Schema.named(
        "Returnable",
        .object([
            .must("line", .id("lin")), .must("sku", .text(max: 100)), .must("shipped", .count),
            .must("returned", .count), .must("announced", .count), .must("returnable", .count),
            .must("until", .nullable(.time)), .must("reason", .nullable(.text(max: 1_000))),
            .must(
                "reasons",
                .list(
                    .object([
                        .must("reason", .words(Return.Reason.ofCustomers.map(\.rawValue))),
                        .must("returnable", .count), .must("until", .nullable(.time)),
                        .must("postage", .words(ReturningPolicy.Payer.self)), .must("fee", .money),
                        .must("refund", .money), .must("already_refunded", .count),
                        .must("code", .nullable(.text(max: 64))),
                        .must("why_not", .nullable(.text(max: 1_000))),
                    ]), max: nil)),
        ]))

    /// Why not all is paid back that units are worth.
    static let notPaidBack = Schema.Property.must(
        "not_paid_back",
        .nullable(.object([.must("amount", .money), .must("reason", .words(NotPaidBack.Reason.self))])))

    /// What a return shows beside its units.
    static let returnTerms: [Schema.Property] = [
        .must("set_off", .money), notPaidBack,
        .must("worth", .money), .must("postage", .words(ReturningPolicy.Payer.self)), .must("fee", .money),
        .must("fee_tax", .money), .must("refund_at", .words(ReturningPolicy.RefundAt.self)),
        .must("refund_to", .words(ReturningPolicy.RefundTo.self)), .must("exchange", .nullable(successor)),
        .must("policy_version", .count),
        .must("expires_at", .nullable(.time)), .must("awaited_until", .nullable(.time)),
        .must("send_to", .nullable(.object([.must("location", .text(max: 64)), .must("address", .anything)]))),
        .must("courier", .nullable(.text(max: 64))), .must("tracking", .nullable(.text(max: 100))),
        .must("already_refunded", Shapes.lines),
        .must(
            "way",
            .nullable(
                .object([
                    .must("status", .words(Parcel.State.self)), .must("at", .time),
                    .must("event", .nullable(.text(max: CourierWords.lengthMax))),
                ]))),
        .must(
            "found",
            .list(
                .object([
                    .must("sku", .text(max: 100)), .must("quantity", .count), .must("note", .nullable(.shortText)),
                    .must("parcel", .nullable(.id("par"))),
                ]), max: nil)),
    ]
}
