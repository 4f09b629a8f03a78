import OrderManagement

// The page has a part of the same name: this is the order's own.
private typealias StoredPayment = Payment

/// The money of an order's page: what is due, what was taken, what is given back.
extension OrderPage {
    static func money(
        _ reading: OrderReading, _ actions: OrderActions, _ papers: PaperLinks, _ clock: WallClock
    ) -> MoneyPanel {
        let order = reading.order
        func amount(_ label: String, _ minor: Int64, isTotal: Bool = false) -> Fact {
            Fact(label, MoneyText.of(minor, order.currency), isTotal: isTotal)
        }
        let back = order.refunded
        var balance = [amount("Total", order.total)]
        if order.due != order.total { balance.append(amount("Due", order.due)) }
        balance += [amount("Authorized", order.authorized), amount("Captured", order.captured)]
        if order.voided > 0 { balance.append(amount("Let go", order.voided)) }
        if back > 0 { balance.append(amount("Refunded", back)) }
        if order.writtenOff > 0 { balance.append(amount("Written off", order.writtenOff)) }
        let still = order.due - order.captured - order.writtenOff
        var owed = amount("Still to capture", max(0, still), isTotal: true)
        if order.advanced > 0, let origin = order.origin {
            let name = origin.entry.map { "the return \(origin.number)-R\($0)" } ?? origin.number
            balance.append(amount("Expected from \(name)", order.advanced))
            let rest = max(0, still - order.advanced)
            owed.hint = "of it \(MoneyText.of(order.advanced, order.currency)) from \(name)"
                + (rest > 0 ? ", \(MoneyText.of(rest, order.currency)) by payment" : "")
        }
        let toCome = order.cashToCome
        if toCome > 0 {
            balance.append(amount("Promised at the door", toCome))
            let under = order.cashUnderWay
            if under > 0, owed.hint == nil { owed.hint = "\(MoneyText.of(under, order.currency)) on the way to doors" }
        }
        balance.append(owed)
        return MoneyPanel(
            balance: balance, breakdown: breakdown(order),
            payments: order.payments.map { payment($0, order, clock) },
            memos: order.memos.map { memo($0, order, papers, clock) }, actions: actions.ofMoney)
    }

    private static func memo(
        _ memo: CreditMemo, _ order: Order, _ papers: PaperLinks, _ clock: WallClock
    ) -> Memo {
        let open = order.outstanding(of: memo)
        return Memo(
            name: memo.name, reason: Pill(status: memo.reason).text + (memo.stands ? "" : ", withdrawn"),
            amount: MoneyText.of(memo.amount, order.currency),
            at: clock.time(memo.at),
            outstanding: open > 0 ? "\(MoneyText.of(open, order.currency)) not paid back yet" : nil,
            note: papers.of(memo, in: order))
    }

    private static func breakdown(_ order: Order) -> [Fact] {
        func amount(_ label: String, _ minor: Int64, isTotal: Bool = false) -> Fact {
            let text = MoneyText.of(abs(minor), order.currency)
            return Fact(label, minor < 0 ? "− \(text)" : text, isTotal: isTotal)
        }
        var facts = [amount("Lines", order.lines.reduce(0) { $0 + $1.unitPrice * $1.ordered })]
        let discount = order.lines.reduce(Int64(0)) { $0 + $1.discount }
        if discount > 0 { facts.append(amount("Line discounts", -discount)) }
        facts.append(amount("Shipping", order.shipping))
        facts += order.fees.map { amount(Pill(status: $0.code).text, $0.amount) }
        facts += order.discounts.map { amount(Pill(status: $0.code).text, -$0.amount) }
        let taxes = order.shippingTax + order.lines.reduce(0) { $0 + $1.tax } + order.fees.reduce(0) { $0 + $1.tax }
        facts.append(amount(order.pricesIncludeTax ? "Taxes, contained" : "Taxes", taxes))
        facts.append(amount("Total", order.total, isTotal: true))
        return facts
    }

    private static func payment(_ payment: StoredPayment, _ order: Order, _ clock: WallClock) -> Payment {
        let pending = payment.capturePending + payment.voidPending + payment.refundPending
        let amounts = [
            ("Authorized", payment.authorized), ("Captured", payment.captured), ("Let go", payment.voided),
            ("Refunded", payment.refunded), ("Under way", pending),
        ]
        return Payment(
            provider: payment.provider + (payment.cardLast4.map { " •••• \($0)" } ?? ""),
            reference: payment.reference, status: Pill(of: payment),
            at: clock.time(payment.at),
            amounts: amounts.filter { $0.0 == "Authorized" || $0.1 > 0 }.map {
                Fact($0.0, MoneyText.of($0.1, order.currency))
            })
    }
}

extension Pill {
    /// A payment by its amounts; by its state while there are none.
    fileprivate init(of payment: StoredPayment) {
        let isTaken = payment.captured > 0 && payment.capturable == 0
        if payment.captured > 0 && payment.refunded == payment.captured {
            self.init(status: "refunded")
        } else if payment.refunded > 0 {
            self.init(status: "partially_refunded")
        } else if payment.captured > 0 {
            self.init(status: isTaken ? "captured" : "partially_captured")
        } else if payment.authorized > 0 && payment.voided == payment.authorized {
            self.init(status: "voided")
        } else {
            self.init(status: payment.state.rawValue)
        }
    }
}
