import Foundation
import TestSupport

@testable import OrderManagement

/// An order made by numbers, and everything that may happen to its money, without a database: what commands decide by.
struct Ledger {
    var order: Order
    var numbers: SeededNumbers
    /// What shipping costs by now, with its tax where prices are net, and what of that was given back by hand.
    private(set) var shippingCost: Int64 = 0
    private(set) var shippingGiven: Int64 = 0
    private(set) var isShippingChanged = false

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
        shippingCost = order.shippingWithTax
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
        let memos = order.memos.map { "\($0.kind) \($0.amount) less \($0.retained) set off \($0.setOff)" }
        return "\(lines); captured \(payment.captured), refunded \(payment.refunded), due \(order.due), fees "
            + "\(order.cancellationFees.map(\.amount)), memos \(memos)"
    }

    /// What happens to it comes one after the other.
    private var moments: Int64 = 0

    /// How many things happen to it.
    mutating func stepCount() -> Int { Int(numbers.number(1...10)) }

    /// Now and then it is paid, or a part of it, before anything happens.
    mutating func begin() throws {
        switch numbers.number(1...4) {
        case 1: try move(.capture, order.due)
        case 2: try move(.capture, numbers.number(0...order.due))
        default: break
        }
    }

    mutating func move(_ kind: PaymentEffect.Kind, _ amount: Int64) throws {
        guard amount > 0 else { return }
        let effect = PaymentEffect(
            number: 1, payment: 1, kind: kind, amount: amount, reason: "", subject: nil, at: .earliest)
        try order.payments[0].intend(effect)
        order.payments[0].settle(effect, succeeded: true)
    }

    mutating func credit(_ draft: CreditDraft) throws {
        let memo = order.memo(of: draft, named: "CM", at: Timestamp(milliseconds: moments), by: "t")
        let isWhole = memo.lines.allSatisfy { line in
            let tax = order.pricesIncludeTax ? 0 : line.tax
            let parts = [line.amount, line.goods, line.discount, line.orderDiscount, line.tax]
            return parts.allSatisfy { $0 >= 0 } && line.goods - line.discount - line.orderDiscount + tax == line.amount
        }
        guard memo.amount >= 0, isWhole, memo.shipping >= memo.shippingTax, memo.shippingTax >= 0, memo.fees >= 0 else {
            throw WrongCase("memo \(memo)")
        }
        order.memos.append(memo)
        if memo.kind != .cancellation { shippingGiven += memo.shipping }
        try move(.refund, memo.amount - memo.setOff)
        moments += 1
    }

    /// One thing that happens, on a line that the numbers choose.
    mutating func step() throws {
        let index = Int(numbers.number(0...Int64(order.lines.count - 1)))
        let line = order.lines[index]
        switch numbers.number(1...18) {
        case 1...3 where line.allocated > 0: try ship(numbers.number(1...line.allocated), of: line)
        case 4...5 where line.allocated > 0: try cancel(numbers.number(1...line.allocated), of: line)
        case 6: try move(.capture, max(0, numbers.number(0...max(0, order.due - order.taken))))
        case 7...8 where line.shipped > unitsBack(of: line):
            let units = numbers.number(1...line.shipped - unitsBack(of: line))
            try takeBack(units, of: line, keeping: numbers.chance(20))
        case 9, 10: try refund(numbers.number(1...line.ordered), of: line)
        case 11...13 where line.allocated > 0: try swap(numbers.number(1...line.allocated), of: line)
        case 14 where line.open > 0: try raise(line, by: numbers.number(1...3))
        case 15...16 where !isOver: try charge(shipping: numbers.number(0...999))
        case 17: try refundShipping()
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

    mutating func ship(_ units: Int64, of line: OrderLine) throws {
        order.lines[line.number - 1].allocated -= units
        order.lines[line.number - 1].shipped += units
        try move(.capture, order.uncollected)
    }

    /// Now and then for a fee, of money that is held or was taken.
    mutating func cancel(_ units: Int64, of line: OrderLine) throws {
        let before = order
        order.lines[line.number - 1].allocated -= units
        order.lines[line.number - 1].cancelled += units
        try cover(units, of: line)
        let given = order.refundedCancelled(since: before).values.reduce(0) { $0 + $1.amount }
        let worth = worth(of: line, from: line.wanted - units, to: line.wanted)
        let most = min(worth - given, order.feeMost)
        if most > 0, numbers.chance(30) {
            let amount = numbers.number(1...most)
            order.cancellationFees.append(
                .init(
                    number: order.cancellationFees.count + 1, amount: amount, tax: amount / 6, reason: "customer",
                    at: Timestamp(milliseconds: moments)))
            try move(.capture, min(amount, max(0, order.due - order.taken)))
        }
        try settle(since: before)
    }

    /// What follows for the money when units were given up.
    private mutating func settle(since before: Order) throws {
        if order.hasCountedMoreGiven(since: before) { try move(.capture, order.uncollected) }
        let back = order.owedBack
        if back > 0 { try credit(order.cancellationDraft(back, reason: "")) }
        guard order.owedBack == 0 else { throw WrongCase("still owed \(order.owedBack)") }
    }

    /// Other goods take the place of units, or of those that did before: for what they were worth, or more, or less.
    private mutating func swap(_ units: Int64, of line: OrderLine) throws {
        let before = order
        let worth = worth(of: line, from: line.wanted - units, to: line.wanted)
        order.lines[line.number - 1].allocated -= units
        order.lines[line.number - 1].cancelled += units
        var price = AmendedPrice(of: units, worth: worth, of: line, isGross: order.pricesIncludeTax)
        if numbers.chance(40) {
            let unit = numbers.number(0...max(1, 2 * line.unitPrice))
            price = AmendedPrice(.init(unitPrice: Money(unit, order.currency)))
            price.tax = numbers.chance(50) ? unit * units / 6 : 0
        }
        var new = OrderLine(
            number: order.lines.count + 1, sku: "S", ordered: units, unitPrice: price.unitPrice,
            discount: price.discount, tax: price.tax, revision: 2, replaces: line.number)
        new.allocated = units
        order.lines.append(new)
        order.takeOverCredit(byLine: new.number)
        try amended(since: before)
    }

    /// More units of a line, or a line of their own, which are not paid for yet.
    private mutating func raise(_ line: OrderLine, by units: Int64) throws {
        let before = order
        if numbers.chance(70) {
            order.lines[line.number - 1].raise(by: order.raise(of: line, by: units))
            order.lines[line.number - 1].allocated += units
        } else {
            var new = OrderLine(
                number: order.lines.count + 1, sku: "S", ordered: units, unitPrice: line.unitPrice, discount: 0, tax: 0,
                revision: 2)
            new.allocated = units
            order.lines.append(new)
        }
        try amended(since: before)
    }

    /// Shipping costs less from now on, or more: what was given of it before counts for what is let go of, and what was
    /// earned is paid at once.
    private mutating func charge(shipping amount: Int64) throws {
        let (before, tax) = (order, amount / numbers.number(5...20))
        order.charge(shipping: amount, tax: order.pricesIncludeTax && numbers.chance(50) ? nil : tax)
        let cost = amount + (order.pricesIncludeTax ? 0 : tax)
        shippingGiven -= min(shippingGiven, max(0, shippingCost - cost))
        (shippingCost, isShippingChanged) = (cost, true)
        try amended(since: before)
        if cost > before.shippingDue { try move(.capture, order.uncollected) }
    }

    private mutating func refundShipping() throws {
        let most = order.creditBalance.creditableShipping
        guard most > 0 else { return }
        let command = RefundPayment(
            order: order.id, amount: nil, payment: nil, reason: "",
            shipping: Money(numbers.number(1...most), order.currency))
        let draft = try command.draft(of: order, [])
        if draft.amount <= order.refundable() { return try credit(draft) }
        guard order.uncollected > 0 else { throw WrongCase("\(draft.amount) of shipping is not there") }
    }

    /// The total follows, and what is due beyond what is held is authorized.
    private mutating func amended(since before: Order) throws {
        order.total = OrderTotals.total(
            lines: order.lines.map { ($0.unitPrice, $0.ordered, $0.discount, $0.tax) }, shipping: order.shipping,
            shippingTax: order.shippingTax, fees: order.fees, discounts: order.discounts,
            pricesIncludeTax: order.pricesIncludeTax)
        let missing = order.due - order.covered
        if missing > 0 {
            let known = order.payments[0]
            order.payments[0] = Payment(
                number: 1, provider: "manual", reference: "p", authorized: known.authorized + missing, at: .earliest)
            try move(.capture, known.captured)
            try move(.refund, known.refunded)
        }
        if order.earned > before.earned { try move(.capture, order.uncollected) }
        try settle(since: before)
    }

    /// What units of a line cost that stand at some places in it.
    private func worth(of line: OrderLine, from: Int64, to: Int64) -> Int64 {
        let value = order.lineValues[line.number - 1]
        return order.value(ofFirst: to, of: line, worth: value) - order.value(ofFirst: from, of: line, worth: value)
    }

    func unitsBack(of line: OrderLine) -> Int64 {
        order.returns.reduce(0) { sum, entry in
            entry.lines.reduce(sum) { $1.line == line.number ? $0 + $1.received : $0 }
        }
    }

    /// Units that were sent come back: they are paid for whole, but for those that were refunded by hand.
    mutating func takeBack(_ units: Int64, of line: OrderLine, keeping isKeeping: Bool = false) throws {
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
        let worth = worth(of: line, from: line.wanted - units, to: line.wanted)
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
}

struct WrongCase: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
