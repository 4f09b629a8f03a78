import Foundation
import TestSupport

@testable import OrderManagement

/// An order made by numbers, and everything that may happen to its money, without a database: what commands decide by.
struct Ledger {
    var order: Order
    var numbers: SeededNumbers

    /// Currencies of no, two and three decimals.
    private static let currencies = ["JPY", "KRW", "GBP", "EUR", "KWD", "BHD"].compactMap { Currency($0) }

    /// In one of six currencies, prices from one minor unit to thousands of dinars; net or gross; taxes, discounts,
    /// shipping and fees at random.
    init(_ seed: SeededNumbers) {
        var numbers = seed
        let currency = Self.currencies[Int(numbers.number(0...Int64(Self.currencies.count - 1)))]
        let isGross = numbers.chance(50)
        let priceMost = [Int64(3), 99, 5_000, 9_999_999][Int(numbers.number(0...3))]
        var goods: Int64 = 0
        let lines = (1...Int(numbers.number(1...4))).map { number in
            let ordered = numbers.number(1...7)
            let price = numbers.number(0...priceMost)
            let discount = numbers.chance(30) ? numbers.number(0...price * ordered) : 0
            let tax = numbers.chance(60) ? (price * ordered - discount) / numbers.number(4...20) : 0
            var line = OrderLine(
                number: number, sku: "S", ordered: ordered, unitPrice: price, discount: discount, tax: tax)
            line.allocated = ordered
            goods += price * ordered - discount + (isGross ? 0 : tax)
            return line
        }
        let shipping = numbers.chance(70) ? numbers.number(0...999) : 0
        let fee = numbers.chance(30) ? numbers.number(1...200) : 0
        let (shippingTax, feeTax) = (shipping / 6, fee / 5)
        let discount = numbers.chance(40) ? numbers.number(0...goods / 2) : 0
        let total = goods - discount + shipping + fee + (isGross ? 0 : shippingTax + feeTax)
        order = Order(
            id: OrderID(1), number: "T-1", channel: "t", externalID: nil, contentDigest: "", currency: currency,
            pricesIncludeTax: isGross, policyVersion: 1, placedAt: .earliest, updatedAt: .earliest,
            customer: Customer(name: "T"),
            delivery: .init(method: .ship, service: nil, address: nil, location: nil), shipping: shipping,
            shippingTax: shippingTax, fees: fee > 0 ? [.init(code: "wrap", amount: fee, tax: feeTax)] : [],
            discounts: discount > 0 ? [.init(code: "spring", amount: discount)] : [], total: total, gates: [],
            lines: lines)
        order.payments = [Payment(number: 1, provider: "manual", reference: "p", authorized: total, at: .earliest)]
        self.numbers = numbers
    }

    /// What it is made of, for whoever looks at a wrong one.
    var text: String {
        let money = { (amount: Int64) in Money(amount, order.currency).decimalText }
        let lines = order.lines.map {
            "\($0.ordered) × \(money($0.unitPrice)) less \(money($0.discount)) tax \(money($0.tax))"
        }
        return "\(order.currency) \(order.pricesIncludeTax ? "gross" : "net"): \(lines.joined(separator: " + ")); "
            + "shipping \(money(order.shipping)), fees \(order.fees.map { money($0.amount) }), "
            + "discounts \(order.discounts.map { money($0.amount) }), total \(money(order.total))"
    }

    /// Where its money is by now.
    var state: String {
        let lines = order.lines.map { "\($0.allocated)a \($0.shipped)s \($0.cancelled)c" }.joined(separator: ", ")
        let payment = order.payments[0]
        return "\(lines); captured \(payment.captured), refunded \(payment.refunded), memos "
            + "\(order.memos.map(\.amount))"
    }

    /// What happens to it comes one after the other.
    private var moments: Int64 = 0

    /// How many things happen to it.
    mutating func stepCount() -> Int { Int(numbers.number(1...8)) }

    private var captured: Int64 { order.payments[0].captured }

    private mutating func move(_ kind: PaymentEffect.Kind, _ amount: Int64) throws {
        guard amount > 0 else { return }
        let effect = PaymentEffect(
            number: 1, payment: 1, kind: kind, amount: amount, reason: "", subject: nil, at: .earliest)
        try order.payments[0].intend(effect)
        order.payments[0].settle(effect, succeeded: true)
    }

    private mutating func credit(_ draft: CreditDraft) throws {
        let memo = order.memo(of: draft, named: "CM", at: Timestamp(milliseconds: moments), by: "t")
        let isWhole = memo.lines.allSatisfy { line in
            let tax = order.pricesIncludeTax ? 0 : line.tax
            let parts = [line.amount, line.goods, line.discount, line.orderDiscount, line.tax]
            return parts.allSatisfy { $0 >= 0 } && line.goods - line.discount - line.orderDiscount + tax == line.amount
        }
        guard memo.amount >= 0, isWhole, memo.shipping >= 0, memo.fees >= 0 else { throw WrongCase("memo \(memo)") }
        order.memos.append(memo)
        try move(.refund, memo.amount - memo.setOff)
        moments += 1
    }

    /// One thing that happens, on a line that the numbers choose.
    mutating func step() throws {
        let index = Int(numbers.number(0...Int64(order.lines.count - 1)))
        let line = order.lines[index]
        switch numbers.number(1...12) {
        case 1...3 where line.allocated > 0: try ship(numbers.number(1...line.allocated), of: line)
        case 4...5 where line.allocated > 0: try cancel(numbers.number(1...line.allocated), of: line)
        case 6: try move(.capture, max(0, numbers.number(0...max(0, order.due - order.taken))))
        case 7...8 where line.shipped > unitsBack(of: line):
            let units = numbers.number(1...line.shipped - unitsBack(of: line))
            try takeBack(units, of: line, keeping: numbers.chance(20))
        case 9, 10: try refund(numbers.number(1...line.ordered), of: line)
        default:
            let amount = numbers.number(0...max(0, order.refundable()))
            let kind = numbers.chance(50) ? CreditMemo.Kind.refund : .goodwill
            guard let draft = order.draft(amount, kind, reason: "") else {
                throw WrongCase("\(amount) of \(order.refundable()) cannot be credited")
            }
            try credit(draft)
        }
        try check()
    }

    private mutating func ship(_ units: Int64, of line: OrderLine) throws {
        order.lines[line.number - 1].allocated -= units
        order.lines[line.number - 1].shipped += units
        try move(.capture, order.uncollected)
    }

    /// Now and then for a fee, of money that is held or was taken.
    private mutating func cancel(_ units: Int64, of line: OrderLine) throws {
        let (due, refunded) = (order.due, order.refundedCancelled)
        order.lines[line.number - 1].allocated -= units
        order.lines[line.number - 1].cancelled += units
        try cover(units, of: line)
        let most = min(due - order.due, order.covered - order.due, order.payments[0].capturable + order.refundable())
        if most > 0, numbers.chance(30) {
            let amount = numbers.number(1...most)
            order.cancellationFees.append(
                .init(
                    number: order.cancellationFees.count + 1, amount: amount, tax: amount / 6, reason: "customer",
                    at: Timestamp(milliseconds: moments)))
            try move(.capture, min(amount, max(0, order.due - order.collected)))
        }
        if order.refundedCancelled != refunded { try move(.capture, order.uncollected) }
        let back = order.owedBack
        if back > 0 { try credit(order.cancellationDraft(back, reason: "")) }
        guard order.owedBack == 0 else { throw WrongCase("still owed \(order.owedBack)") }
    }

    private func unitsBack(of line: OrderLine) -> Int64 {
        order.returns.reduce(0) { sum, entry in
            entry.lines.reduce(sum) { $1.line == line.number ? $0 + $1.received : $0 }
        }
    }

    /// Units that were sent come back: they are paid for whole, but for those that were refunded by hand.
    private mutating func takeBack(_ units: Int64, of line: OrderLine, keeping isKeeping: Bool = false) throws {
        let covered = order.covered([line.number: units])
        let payable = [line.number: units].without(covered)
        let worth = order.creditWorth(of: payable, order.creditBalance).values.reduce(0, +)
        try expectPaid(worth)
        let (setOff, now) = order.parts(ofOwed: worth)
        if !payable.isEmpty {
            guard var draft = order.draft(setOff + now, .returned, reason: "", units: payable) else {
                throw WrongCase("\(setOff + now) cannot be credited for \(units) × line \(line.number)")
            }
            if isKeeping {
                let kept = numbers.number(0...now)
                draft.retained += kept
            }
            draft.setOff = setOff
            try credit(draft)
        }
        var entry = Return(
            number: order.returns.count + 1, method: .inStore, location: nil,
            lines: [.init(line: line.number, quantity: units, reason: .damaged)], at: .earliest)
        entry.lines[0].received = units
        entry.terms.covered = covered
        order.returns.append(entry)
    }

    /// Nobody is short-changed: what goods are worth that were sent is there to be paid, or was never paid for. Only
    /// amounts that were given for goods that were cancelled behind that, and never paid for, are given no second time.
    private func expectPaid(_ worth: Int64) throws {
        let (setOff, now) = order.parts(ofOwed: worth)
        guard setOff + now == worth || order.due <= order.taken && isCreditedBeyondKept else {
            throw WrongCase("\(worth) is to be paid, \(setOff) set off, and \(now) is there")
        }
    }

    /// Units by hand, or a refusal where their money is not taken.
    private mutating func refund(_ units: Int64, of line: OrderLine) throws {
        let named = [LineQuantity(line: OrderLineID(order.id, line.number), quantity: units)]
        let command = RefundPayment(order: order.id, amount: nil, payment: nil, reason: "", lines: named)
        do {
            let draft = try command.draft(of: order, [.init(line: line.number, quantity: units)])
            if draft.amount <= order.refundable() { return try credit(draft) }
            guard order.uncollected > 0 else { throw WrongCase("\(draft.amount) of \(order.refundable()) is refunded") }
        } catch let refusal as Refusal {
            let isSent = units <= line.shipped - order.creditedUnits(of: line.number, cancelled: false)
            if refusal.code == .amountExceedsCaptured, isSent {
                throw WrongCase("units that were sent are not refunded: \(refusal.details)")
            }
        }
    }

    /// Refunds by hand pay for units that were cancelled: for all of them where the money was there and enough units
    /// were refunded, and for none beyond what they are worth.
    private mutating func cover(_ units: Int64, of line: OrderLine) throws {
        let (before, refunded) = (order, order.unitsRefundedByHand(line.number))
        order.cover(cancelled: [line.number: units])
        let new = order.refundedCancelled(since: before)[line.number] ?? RefundedUnits(units: 0, amount: 0)
        let (value, kept) = (order.lineValues[line.number - 1], order.lines[line.number - 1].wanted)
        let worth = order.value(ofFirst: kept + units, of: line, worth: value)
            - order.value(ofFirst: kept, of: line, worth: value)
        guard new.amount <= worth, new.units <= min(units, refunded) else { throw WrongCase("covered \(new)") }
        let isTaken = before.taken - before.due >= worth
        if isTaken, new.units < min(units, refunded) { throw WrongCase("only \(new) covered") }
        if isTaken, refunded >= units, order.refundable() > 0, order.lines.contains(where: { $0.wanted > 0 }),
            line.raises.isEmpty, before.owedBack - order.owedBack < new.amount, order.owedBack > worth - new.amount,
            before.lines[line.number - 1].cancelled == units
        {
            throw WrongCase("\(order.owedBack) owed for units that were refunded by hand")
        }
    }

    private func check() throws {
        let payment = order.payments[0]
        let sent = order.lines.reduce(into: [:]) { $0[$1.number] = $1.shipped - unitsBack(of: $1) }
        let payable = sent.filter { $0.value > 0 }.without(order.covered(sent))
        try expectPaid(order.creditWorth(of: payable, order.creditBalance).values.reduce(0, +))
        guard order.due >= 0, payment.captured <= order.total, payment.refunded <= payment.captured else {
            throw WrongCase("due \(order.due), captured \(payment.captured), refunded \(payment.refunded)")
        }
        let values = order.lineValues
        for index in order.lines.indices {
            let credited = order.memos.reduce(Int64(0)) { sum, memo in
                memo.lines.reduce(sum) { part, line in line.line == index + 1 ? part + line.amount : part }
            }
            guard credited <= values[index] else { throw WrongCase("line \(index + 1) credited \(credited)") }
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
        let balance = order.creditBalance
        let paid = order.payments[0].refunded
        let credited = order.memos.reduce(Int64(0)) { $0 + $1.amount - $1.setOff }
        guard order.refundable() == 0, paid == credited, paid == captured else {
            throw WrongCase("taken \(captured), given back \(paid)")
        }
        // Where nothing was credited that was cancelled later, nothing is left over either.
        let left = balance.kept.reduce(0, +) + balance.keptShipping + balance.keptFees + balance.retained
        guard left == 0 || isCreditedBeyondKept else { throw WrongCase("\(left) never credited") }
        try checkComponents()
        try checkTaxesKept()
    }

    /// Once all goods are back, the retailer keeps what shipping, fees and keeping back are worth, and no penny more.
    private mutating func bringAllBack() throws {
        for line in order.lines {
            let units = line.shipped - unitsBack(of: line)
            if units > 0 { try takeBack(units, of: line) }
        }
        let (balance, isSent) = (order.creditBalance, order.lines.contains { $0.shipped > 0 })
        let rightful = (isSent ? balance.keptShipping + balance.keptFees : 0) + balance.retained
        let kept = order.refundable()
        guard kept <= rightful, kept == rightful || isCreditedBeyondKept else {
            throw WrongCase("all is back; \(kept) is kept where \(rightful) should be")
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

    /// Whether goods that were credited by hand were cancelled behind that.
    private var isCreditedBeyondKept: Bool {
        order.lines.contains { line in
            let other = order.memos.reduce(Int64(0)) { sum, memo in
                guard memo.kind != .cancellation else { return sum }
                return memo.lines.reduce(sum) { part, entry in entry.line == line.number ? part + entry.amount : part }
            } - (order.refundedCancelled[line.number]?.amount ?? 0)
            let kept = order.value(
                ofFirst: line.ordered - line.cancelled, of: line, worth: order.lineValues[line.number - 1])
            return other > kept
        } || order.lines.allSatisfy { $0.cancelled == $0.ordered }
    }

    /// Lines that were credited whole gave back all that they were made of.
    private func checkComponents() throws {
        let (values, shares) = (order.lineValues, order.orderDiscountShares)
        for (index, line) in order.lines.enumerated() {
            let parts = order.memos.flatMap(\.lines).filter { $0.line == line.number }
            guard values[index] > 0, parts.reduce(0, { sum, part in sum + part.amount }) == values[index] else {
                continue
            }
            func sum(_ component: (CreditMemo.Line) -> Int64) -> Int64 { parts.reduce(0) { $0 + component($1) } }
            let sums = [sum(\.goods), sum(\.discount), sum(\.orderDiscount), sum(\.tax)]
            guard sums == [line.unitPrice * line.ordered, line.discount, shares[index], line.tax] else {
                throw WrongCase("line \(line.number) closed, its parts did not")
            }
        }
    }
}

struct WrongCase: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
