/// The money: totals from their parts, payments from their effects, and nothing beyond what it may not exceed.
enum MoneyBook {
    static func examine(_ file: OrderFile, in examination: inout Examination) {
        let order = file.order
        examineChannel(order, in: &examination)
        let total = OrderTotals.total(
            lines: order.lines.map { ($0.unitPrice, $0.ordered, $0.discount, $0.tax) }, shipping: order.shipping,
            shippingTax: order.shippingTax, fees: order.fees, discounts: order.discounts,
            pricesIncludeTax: order.pricesIncludeTax)
        examination.compare(
            .money, order.number, "total", expected: total, found: order.total,
            "The total is what lines, shipping, fees, discounts and taxes add up to.")
        if total == order.total {
            examination.compare(
                .money, order.number, "due", expected: order.due, found: file.stored.due,
                "Due is the total less the cancelled units' share.")
        }
        let worth = order.total &- order.due &- order.setOffByMemos &+ order.feesOfCancelling
        if order.cancellationFees.contains(where: { $0.amount <= 0 }) || order.feesOfCancelling > max(0, worth) {
            examination.finding(
                .money, order.number, "cancellation fees up to \(worth)", "\(order.feesOfCancelling)",
                "Cancelling costs no more than the cancelled units are worth.")
        }
        for payment in order.payments { examine(payment, of: order, in: &examination) }
        let taken = order.collected
        if taken > order.total {
            examination.finding(
                .money, order.number, "captured at most \(order.total)", "captured \(taken)",
                "No more is taken than the order is worth.")
        }
        if order.writeOff > order.writtenOff {
            examination.finding(
                .money, order.number, "written off at most \(order.writtenOff)", "\(order.writeOff)",
                "No more is written off than was sent and is not paid for.")
        }
        examineEffects(of: order, in: &examination)
        examineCash(of: order, file.events, in: &examination)
        CreditBook.examine(order, in: &examination)
    }

    /// The version of the channel by which it was placed fixes the currency, and whether prices contain taxes.
    private static func examineChannel(_ order: Order, in examination: inout Examination) {
        guard let channel = examination.channels[order.channel]?[order.policyVersion] else {
            examination.finding(
                .money, order.number, "a channel that is known", "\(order.channel) version \(order.policyVersion)",
                "An order names the channel's version that it was placed by.")
            return
        }
        examination.compare(
            .money, order.number, "currency", expected: channel.currency.code, found: order.currency.code,
            "An order is in the currency of its channel.")
        examination.compare(
            .money, order.number, "prices", expected: channel.pricesIncludeTax ? "gross" : "net",
            found: order.pricesIncludeTax ? "gross" : "net", "Prices contain taxes as the channel says.")
    }

    private static func examine(_ payment: Payment, of order: Order, in examination: inout Examination) {
        let name = PaymentID(order.id, payment.number).description
        func sum(_ kind: PaymentEffect.Kind, _ state: PaymentEffect.State) -> Int64 {
            order.effects.reduce(0) { sum, effect in
                guard effect.payment == payment.number, effect.kind == kind, effect.state == state else { return sum }
                return sum + effect.amount
            }
        }
        let rule = "A payment's amounts are the sums of its effects."
        let amounts: [(String, Int64, Int64)] = [
            ("captured", sum(.capture, .done), payment.captured),
            ("capture_pending", sum(.capture, .pending), payment.capturePending),
            ("voided", sum(.void, .done), payment.voided), ("void_pending", sum(.void, .pending), payment.voidPending),
            ("refunded", sum(.refund, .done), payment.refunded),
            ("refund_pending", sum(.refund, .pending), payment.refundPending),
        ]
        for (what, expected, found) in amounts {
            examination.compare(.money, name, what, expected: expected, found: found, rule)
        }
        let used = payment.captured + payment.capturePending + payment.voided + payment.voidPending
        if used > payment.authorized {
            examination.finding(
                .money, name, "authorized at least \(used)", "authorized \(payment.authorized)",
                "authorized ≥ captured + voided, pending ones counted.")
        }
        if payment.refunded + payment.refundPending > payment.captured {
            examination.finding(
                .money, name, "captured at least \(payment.refunded + payment.refundPending)",
                "captured \(payment.captured)", "captured ≥ refunded, pending ones counted.")
        }
        if payment.state == .declined || payment.state == .pending, used > 0 {
            examination.finding(
                .money, name, "nothing taken from a \(payment.state.rawValue) payment", "\(used)",
                "Only authorized money can be taken or let go.")
        }
    }

    /// What came to the door was paid there, in the same moment; of what no door asks for any more a person was told.
    private static func examineCash(of order: Order, _ events: [ToldEvent], in examination: inout Examination) {
        if order.cashHeld > 0, order.isCashOver, order.owing > order.lines.count, !events.contains(where: isOfFailure) {
            examination.finding(
                .money, order.number, "somebody who asks for \(order.owing)", "nobody",
                "What was promised in cash, and no door asks for any more, is asked for by a person.")
        }
        for parcel in order.parcels where parcel.state == .delivered && order.isUnpaid(parcel) {
            let left = min(order.cashHeld, order.owing)
            guard left > 0, parcel.claim == nil, order.isCashOver,
                !order.exceptions.contains(where: { $0.isOpen && $0.kind == .paymentFailed })
            else { continue }
            examination.finding(
                .money, ParcelID(order.id, parcel.number).description, "\(parcel.cash) captured", "nothing",
                "What is to be paid at the door is captured when the parcel is there.")
        }
    }

    /// Whether it tells of an exception that a person may have settled by hand since.
    private static func isOfFailure(_ event: ToldEvent) -> Bool {
        event.type == EventType.exceptionOpened.rawValue
            && event.text.contains("\"kind\":\"\(OrderException.Kind.paymentFailed.rawValue)\"")
    }

    private static func examineEffects(of order: Order, in examination: inout Examination) {
        for effect in order.effects {
            let name = "\(PaymentID(order.id, effect.payment)) effect \(effect.number)"
            guard let payment = order.payments.first(where: { $0.number == effect.payment }) else {
                examination.finding(.money, name, "a payment", "none", "An effect is of a payment of the order.")
                continue
            }
            if payment.provider == Order.manualProvider || payment.isCash, effect.state == .pending {
                examination.finding(
                    .money, name, "done", "pending",
                    "With the manual provider, and with cash, an effect is booked with its intent.")
            }
        }
    }
}
