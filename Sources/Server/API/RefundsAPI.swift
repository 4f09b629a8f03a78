import OrderManagement

/// `/v1/orders/{id}/refunds` and `credit-memos`: giving money back, and what says why.
extension API {
    var refunds: [Endpoint] {
        [paymentOutcome, askPaymentAgain, letPaymentGo, refund, goodwill, writeOff, creditMemos, payCreditMemo]
    }

    private var paymentOutcome: Endpoint {
        call(
            "payments/{payment}/outcomes", .paymentsWrite,
            "The provider has answered for a pending payment; the same news again changes nothing", key: .required,
            body: [
                .must("result", .words(RecordPaymentOutcome.Result.self)), .may("reference", .shortText),
                .may("reason", .shortText), .may("expires_at", .nullable(.time)),
            ], status: 200,
            reply: Shapes.withOrder(.must("payment", .id("pay")), .must("status", .words(Payment.State.self)))
        ) { request, id in
            let payment = try payment(of: id, in: request)
            return try request.read {
                RecordPaymentOutcome(
                    payment: payment, result: $0.word("result", RecordPaymentOutcome.Result.self),
                    reference: $0.optionalText("reference"), reason: $0.optionalText("reason"),
                    expiresAt: $0.optionalTime("expires_at"))
            }
        }
    }

    private var askPaymentAgain: Endpoint {
        call(
            "payments/{payment}/retries", .paymentsWrite,
            "Ask the provider once more for a payment that it declined: for what is not covered by now", key: .required,
            body: [],
            reply: Shapes.withOrder(.must("payment", .id("pay")), .must("status", .words(Payment.State.self)))
        ) { request, id in
            let payment = try payment(of: id, in: request)
            return try request.read { _ in AskPaymentAgain(payment: payment) }
        }
    }

    private var letPaymentGo: Endpoint {
        call(
            "payments/{payment}/voids", .paymentsWrite,
            "Ask the provider once more to let go of what it holds beyond what the order needs", key: .required,
            body: [], reply: Shapes.withOrder(.must("payment", .id("pay")), .must("amount", .money))
        ) { request, id in
            let payment = try payment(of: id, in: request)
            return try request.read { _ in LetPaymentGo(payment: payment) }
        }
    }

    /// The payment that a path names. - Throws: `.notFound`, also for one of another order.
    private func payment(of order: OrderID, in request: APIRequest) throws(Refusal) -> PaymentID {
        let payment = try request.id(PaymentID.self, 1)
        guard payment.order == order else { throw Refusal(.notFound, "order \(order) has no payment \(payment)") }
        return payment
    }

    private var refund: Endpoint {
        call(
            "refunds", .paymentsWrite,
            "Give money back: an amount, or what the named units and shipping are worth, as far as their money was "
                + "taken; with a credit memo",
            key: .required,
            body: [
                .may("amount", .money), .may("payment", .id("pay")), .may("reason", .shortText),
                .may("lines", Shapes.lines), .may("shipping", .money), .may("to", .words(RefundPlace.self)),
            ], reply: Shapes.withCreditMemo
        ) { request, id in
            try request.read {
                RefundPayment(
                    order: id, amount: $0.optionalMoney("amount", from: 1),
                    payment: $0.optionalPart("payment", of: PaymentSubject.self),
                    reason: $0.optionalText("reason") ?? "manual", lines: $0.optionalLines(),
                    shipping: $0.optionalMoney("shipping", from: 1),
                    to: $0.optionalWord("to", RefundPlace.self) ?? .source)
            }
        }
    }

    private var goodwill: Endpoint {
        call(
            "goodwill", .goodwillWrite, "Credit money without goods, within the limit of whoever asks", key: .required,
            body: [
                .must("amount", .money), .must("reason", .shortText), .may("to", .words(RefundPlace.self)),
            ], reply: Shapes.withCreditMemo
        ) { request, id in
            try request.read {
                GiveGoodwill(
                    order: id, amount: $0.money("amount", from: 1), reason: $0.text("reason"),
                    to: $0.optionalWord("to", RefundPlace.self) ?? .source)
            }
        }
    }

    private var writeOff: Endpoint {
        call(
            "write-offs", .paymentsWrite,
            "Give up what is owed for what was sent and will not be paid: all of it, or an amount, within the limit of "
                + "whoever asks. What is paid all the same lowers it",
            key: .required, body: [.may("amount", .money), .must("reason", .shortText)],
            reply: Shapes.withWriteOff
        ) { request, id in
            try request.read {
                WriteOffDebt(order: id, amount: $0.optionalMoney("amount", from: 1), reason: $0.text("reason"))
            }
        }
    }

    private var creditMemos: Endpoint {
        .get(
            "/v1/orders/{id}/credit-memos", .scope(.paymentsRead), tag: "orders",
            "What was owed back, why, and what of it is paid; the oldest first",
            reply: .object([.must("data", .list(Shapes.creditMemo, max: nil))])
        ) { request in
            let order = try await order(try request.id(OrderID.self), for: request)
            return .json(version: order.version) {
                $0.object {
                    $0.array("data") { list in for memo in order.memos { memo.write(to: &list, of: order) } }
                }
            }
        }
    }

    private var payCreditMemo: Endpoint {
        call(
            "credit-memos/{memo}/refunds", .paymentsWrite, "Pay what of a credit memo is outstanding", key: .required,
            body: [.may("payment", .id("pay")), .may("to", .words(RefundPlace.self))], reply: Shapes.withCreditMemo
        ) { request, id in
            let memo = request.parameters[1]
            return try request.read {
                PayCreditMemo(
                    order: id, memo: memo, payment: $0.optionalPart("payment", of: PaymentSubject.self),
                    to: $0.optionalWord("to", RefundPlace.self) ?? .source)
            }
        }
    }
}

extension Shapes {
    static let creditMemo = Schema.named(
        "CreditMemo",
        .object(
            [
                .must("id", .text(max: 64)), .must("kind", .words(CreditMemo.Kind.self)),
                .must("reason", .text(max: 200)), .must("subject", .nullable(.text(max: 64))),
                .must(
                    "lines",
                    .list(
                        .object(
                            [.must("line", .id("lin")), .must("sku", .text(max: 100)), .must("units", .count)]
                                + amounts("goods", "discount", "order_discount", "tax", "amount")), max: nil)),
            ]
                + amounts(
                    "shipping", "shipping_tax", "fees", "fees_tax", "retained", "retained_tax", "amount", "set_off",
                    "refunded", "pending", "outstanding") + [
                    .must("at", .time), .must("by", .text(max: 64)), .must("withdrawn_at", .nullable(.time)),
                ]))

    static let withWriteOff = Schema.named(
        "WithWriteOff",
        withOrder(.must("amount", .money), .must("written_off", .money), .must("reason", .shortText)))

    static let withCreditMemo = Schema.named(
        "WithCreditMemo",
        withOrder(
            .must("amount", .money), .may("payment", .id("pay")), .must("reason", .shortText), .may("lines", units),
            .must("credit_memo", creditMemo)))

    private static func amounts(_ names: String...) -> [Schema.Property] {
        names.map { Schema.Property($0, .money, isRequired: true) }
    }
}
