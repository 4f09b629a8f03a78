import OrderManagement

/// The people who see to money: paid late, taken by hand, given back for goods or for trouble.
extension Workload {
    mutating func money(_ order: Order) -> any Command {
        if let pending = order.payments.first(where: { $0.state == .pending }), chance.chance(60) {
            return RecordPaymentOutcome(
                payment: PaymentID(order.id, pending.number),
                result: chance.chance(75) ? .authorized : .declined, reason: "simulated")
        }
        if let refused = order.payments.first(where: { $0.state == .declined }), chance.chance(30) {
            return AskPaymentAgain(payment: PaymentID(order.id, refused.number))
        }
        if let held = order.payments.first(where: { order.heldBeyondNeed(by: $0) > 0 }), chance.chance(40) {
            return LetPaymentGo(payment: PaymentID(order.id, held.number))
        }
        if order.writable > 0, chance.chance(30) { return writeOff(order) }
        switch chance.number(1...20) {
        case 1...4:
            let payment = PlaceOrder.RequestedPayment(
                provider: chance.one(of: ["manual", "test", "manual", "test", CashOnDelivery.provider]),
                reference: "late-\(chance.number(1...999))",
                authorized: Money(chance.number(1...max(1, order.total)), order.currency))
            return AddPayment(order: order.id, payment: payment)
        case 5...8: return capture(order)
        case 9...12: return refundOfUnits(order)
        case 13...14: return storeCredit(order)
        case 15...17: return goodwill(order)
        default: return refund(order)
        }
    }

    /// A part of what is owed, or all of it at once: paid in advance, before anything is sent.
    private mutating func capture(_ order: Order) -> CapturePayment {
        let owed = max(1, order.due - order.captured)
        if chance.chance(50) {
            return CapturePayment(order: order.id, amount: Money(owed, order.currency), reason: "in advance")
        }
        let most = chance.chance(80) ? owed : owed * 3
        return CapturePayment(
            order: order.id, amount: Money(chance.number(1...most), order.currency),
            payment: chance.chance(30) ? PaymentID(order.id, Int(chance.number(1...3))) : nil, reason: "by hand",
            lines: chance.chance(20) ? [.init(line: OrderLineID(order.id, 1), quantity: chance.number(1...4))] : nil)
    }

    /// By an amount that nobody says what for.
    private mutating func refund(_ order: Order) -> RefundPayment {
        let left = chance.chance(85) ? max(1, order.payments.reduce(0) { $0 + $1.refundable }) : 1_000_000
        let payment = chance.chance(25) ? PaymentID(order.id, Int(chance.number(1...3))) : nil
        let currency = chance.chance(95) ? order.currency : Currency("USD") ?? order.currency
        return RefundPayment(
            order: order.id, amount: Money(chance.number(1...left), currency), payment: payment, reason: "as agreed")
    }

    /// Units or shipping are given back for what they are worth, or for a part of it; an unpaid memo is paid again.
    private mutating func refundOfUnits(_ order: Order) -> any Command {
        if let memo = order.memos.first(where: { order.paid(of: $0).done < $0.amount }), chance.chance(60) {
            return PayCreditMemo(order: order.id, memo: memo.name)
        }
        let line = chance.one(of: order.lines)
        let units = LineQuantity(line: OrderLineID(order.id, line.number), quantity: chance.number(1...line.ordered))
        let amount = chance.chance(40) ? Money(chance.number(1...max(1, line.unitPrice)), order.currency) : nil
        let shipping = chance.chance(30) ? Money(chance.number(1...max(1, order.shipping)), order.currency) : nil
        return RefundPayment(
            order: order.id, amount: amount, payment: nil, reason: "by hand",
            lines: shipping == nil || chance.chance(50) ? [units] : nil, shipping: shipping,
            to: chance.chance(25) ? .storeCredit : .source)
    }

    /// Something went wrong, and the goods stay with the customer; mostly within what an agent may give.
    private mutating func goodwill(_ order: Order) -> GiveGoodwill {
        let most = chance.chance(85) ? max(1, order.total / 6) : max(1, order.total)
        return GiveGoodwill(
            order: order.id, amount: Money(chance.number(1...most), order.currency), reason: "late",
            to: chance.chance(25) ? .storeCredit : .source)
    }

    /// Nobody will pay what was sent: some of it, all of it, or more than that.
    private mutating func writeOff(_ order: Order) -> WriteOffDebt {
        let amount = chance.number(1...(order.writable * 2))
        return WriteOffDebt(
            order: order.id, amount: chance.chance(50) ? Money(amount, order.currency) : nil, reason: "bad debt")
    }

    /// A customer gets credit, pays with it, or loses it.
    private mutating func storeCredit(_ order: Order) -> any Command {
        let amount = Money(chance.number(1...max(1, order.total)), order.currency)
        if chance.chance(40) {
            return AddPayment(
                order: order.id,
                payment: .init(provider: StoreCredit.provider, reference: "credit", authorized: amount))
        }
        return BookStoreCredit(
            customer: order.customer.email ?? "nobody@example.com", kind: chance.chance(80) ? .issue : .expire,
            amount: amount, reason: "simulated")
    }
}
