@testable import OrderManagement

/// What has to be true of an order's money, whatever happened to it.
extension Ledger {
    /// After every step: what was given of units went where they went, all that was sent could come back and be paid,
    /// and nothing is taken or given back that is not there. Now and then also how it would end if it ended now.
    mutating func check() throws {
        let payment = order.payments[0]
        let sent = order.lines.reduce(into: [:]) { $0[$1.number] = $1.shipped - unitsBack(of: $1) }
        let payable = sent.filter { $0.value > 0 }.without(order.covered(sent))
        try expectPaid(order.creditWorth(of: payable, order.creditBalance).values.reduce(0, +))
        guard order.due >= 0, payment.captured <= order.total, payment.refunded <= payment.captured else {
            throw WrongCase("due \(order.due), captured \(payment.captured), refunded \(payment.refunded)")
        }
        guard isOver || order.creditBalance.keptShipping == shippingCost - shippingGiven else {
            throw WrongCase(
                "\(order.creditBalance.keptShipping) of shipping may be credited, it costs \(shippingCost), and "
                    + "\(shippingGiven) of that was given back")
        }
        let (values, given) = (order.lineValues, CreditGiven(of: order))
        for (index, line) in order.lines.enumerated() {
            let parts = order.memos.flatMap(\.lines).filter { $0.line == line.number }
            let credited = parts.reduce(order.creditTakenOver[line.number]?.amount ?? 0) { $0 + $1.amount }
            guard credited <= values[index] else { throw WrongCase("line \(index + 1) credited \(credited)") }
            let kept = order.value(ofFirst: line.wanted, of: line, worth: values[index])
            guard (0...kept).contains(given.kept[index]) else {
                throw WrongCase("\(given.kept[index]) was given of line \(index + 1), which is worth \(kept)")
            }
            // But for rounding. Units that were added may have had another discount; behind an amount without units the
            // last close more.
            let inflated = parts.first { $0.units > 0 && $0.goods > line.unitPrice * $0.units + 2 }
            if line.raises.isEmpty, parts.allSatisfy({ $0.units > 0 }), let part = inflated {
                throw WrongCase("\(part.units) units of line \(line.number) are credited for \(part.goods): \(parts)")
            }
        }
        guard numbers.chance(20) else { return }
        var end = self
        try end.comeBack()
    }

    /// Nobody is short-changed: what goods are worth that were sent is there to be paid, or was never paid for.
    func expectPaid(_ worth: Int64) throws {
        let (setOff, now) = order.parts(ofOwed: worth)
        guard setOff + now == worth else {
            throw WrongCase("\(worth) is to be paid, \(setOff) set off, and \(now) is there")
        }
    }

    /// Everything is sent, and comes back or stays; then all that was taken is given back: every part closes to the
    /// penny.
    mutating func close() throws {
        for line in order.lines where line.allocated > 0 { try ship(line.allocated, of: line) }
        if numbers.chance(50) { try bringAllBack() }
        let rest = order.refundable()
        guard let draft = order.draft(rest, .refund, reason: "") else { throw WrongCase("\(rest) left over") }
        try credit(draft)
        let (balance, payment) = (order.creditBalance, order.payments[0])
        let credited = order.memos.reduce(Int64(0)) { $0 + $1.amount - $1.setOff }
        guard order.refundable() == 0, payment.refunded == credited, payment.refunded == payment.captured else {
            throw WrongCase("taken \(payment.captured), given back \(payment.refunded)")
        }
        let left = balance.kept.reduce(0, +) + balance.keptShipping + balance.keptFees + balance.retained
        guard left == 0 || isOver else { throw WrongCase("\(left) never credited") }
        try checkComponents()
        try checkTaxesKept()
    }

    var isOver: Bool { order.lines.allSatisfy { $0.cancelled == $0.ordered } }

    /// What is open is cancelled or sent, and all that was sent comes back.
    private mutating func comeBack() throws {
        let isSent = numbers.chance(50)
        for line in order.lines where line.allocated > 0 {
            if isSent { try ship(line.allocated, of: line) } else { try cancel(line.allocated, of: line) }
        }
        try bringAllBack()
    }

    /// Once all goods are back or cancelled, the retailer keeps what shipping, fees and keeping back are worth, and not
    /// a penny less or more: whatever was given of goods before is a part of what they give back.
    private mutating func bringAllBack() throws {
        for line in order.lines {
            let units = line.shipped - unitsBack(of: line)
            if units > 0 { try takeBack(units, of: line) }
        }
        let memos = order.memos.filter { $0.kind != .cancellation }
        var rightful = memos.reduce(order.feesOfCancelling) { $0 + $1.retained }
        if !isOver {
            rightful += shippingCost - shippingGiven
            rightful += order.feesWithTax - memos.reduce(0) { $0 + $1.fees }
        }
        let kept = order.payments[0].captured - order.payments[0].refunded
        guard kept == rightful else { 
            throw WrongCase("all is back; \(kept) is kept where \(rightful) should be: \(state)")
        }
    }

    /// What was kept back and given back after that takes its taxes along.
    private func checkTaxesKept() throws {
        let memos = order.memos.filter { $0.kind != .cancellation }
        let taxes = memos.reduce(order.cancellationFees.reduce(0) { $0 + ($1.tax ?? 0) }) {
            $0 + order.taxes(keptBy: $1)
        }
        let kept = memos.reduce(order.feesOfCancelling) { $0 + $1.retained }
        guard kept == 0 ? taxes == 0 : taxes >= 0 && taxes <= kept else {
            throw WrongCase("\(kept) is kept, and \(taxes) of taxes in it")
        }
    }

    /// Lines that were credited whole gave back all that they were made of.
    private func checkComponents() throws {
        let freight = order.memos.reduce(into: (whole: Int64(0), tax: Int64(0))) {
            $0 = ($0.whole + $1.shipping, $0.tax + $1.shippingTax)
        }
        let isOpen = isShippingChanged || freight.whole < order.shippingWithTax
        guard freight.tax <= order.shippingTax, isOpen || freight.tax == order.shippingTax else {
            throw WrongCase("shipping closed, its tax of \(order.shippingTax) did not: \(freight.tax)")
        }
        let (values, shares) = (order.lineValues, order.orderDiscountShares)
        for (index, line) in order.lines.enumerated() {
            let parts = order.memos.flatMap(\.lines).filter { $0.line == line.number }
            // What was added for nothing may never have been credited.
            let isAddedFree = line.raises.contains { raise in
                line.unitPrice * raise.units - raise.discount + (order.pricesIncludeTax ? 0 : raise.tax) == 0
            }
            let units = parts.reduce(0) { $0 + $1.units }
            guard values[index] > 0, !isAddedFree, units == 0 || units == line.ordered,
                parts.reduce(0, { sum, part in sum + part.amount }) == values[index]
            else { continue }
            func sum(_ component: (CreditMemo.Line) -> Int64) -> Int64 { parts.reduce(0) { $0 + component($1) } }
            let sums = [sum(\.goods), sum(\.discount), sum(\.orderDiscount), sum(\.tax)]
            guard sums == [line.unitPrice * line.ordered, line.discount, shares[index], line.tax] else {
                throw WrongCase("line \(line.number) closed, its parts did not")
            }
        }
    }
}
