import Foundation
import TestSupport
import Testing

@testable import OrderManagement

/// An order made by numbers, and everything that may happen to its money, without a database: what commands decide by.
private struct Ledger {
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
        let memo = order.memo(of: draft, named: "CM", at: .earliest, by: "t")
        let isWhole = memo.lines.allSatisfy { line in
            let tax = order.pricesIncludeTax ? 0 : line.tax
            return line.amount >= 0 && line.goods - line.discount - line.orderDiscount + tax == line.amount
        }
        guard memo.amount >= 0, isWhole, memo.shipping >= 0, memo.fees >= 0 else { throw WrongCase("memo \(memo)") }
        order.memos.append(memo)
        try move(.refund, memo.amount)
    }

    /// One thing that happens, on a line that the numbers choose.
    mutating func step() throws {
        let index = Int(numbers.number(0...Int64(order.lines.count - 1)))
        let line = order.lines[index]
        switch numbers.number(1...12) {
        case 1...3 where line.allocated > 0:
            let units = numbers.number(1...line.allocated)
            order.lines[index].allocated -= units
            order.lines[index].shipped += units
            try move(.capture, max(0, order.earned - order.taken))
        case 4...5 where line.allocated > 0:
            let units = numbers.number(1...line.allocated)
            order.lines[index].allocated -= units
            order.lines[index].cancelled += units
            try cover(units, of: line)
            let back = order.owedBack
            if back > 0 { try credit(order.cancellationDraft(back, reason: "")) }
            guard order.owedBack == 0 else { throw WrongCase("still owed \(order.owedBack)") }
        case 6: try move(.capture, max(0, numbers.number(0...max(0, order.due - order.taken))))
        case 7, 8:
            let units = [line.number: numbers.number(1...line.ordered)]
            let worth = order.creditWorth(of: units, order.creditBalance)[line.number] ?? 0
            guard worth <= order.refundable(),
                var draft = order.draft(worth, .returned, reason: "", units: units)
            else { return }
            if numbers.chance(20) { draft.retained += numbers.number(0...draft.amount) }
            try credit(draft)
        case 9, 10:
            let units = numbers.number(1...line.ordered)
            let worth = order.creditWorth(of: [line.number: units], order.creditBalance)[line.number] ?? 0
            guard units <= order.uncreditedUnits(of: line), worth <= order.refundable(),
                let draft = order.draft(worth, .refund, reason: "", units: [line.number: units])
            else { return }
            try credit(draft)
        default:
            let amount = numbers.number(0...max(0, order.refundable()))
            guard let draft = order.draft(amount, .refund, reason: "") else {
                throw WrongCase("\(amount) of \(order.refundable()) cannot be credited")
            }
            try credit(draft)
        }
        try check()
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

    /// Everything is sent, and all that was taken is given back: every part closes to the penny.
    mutating func close() throws {
        for index in order.lines.indices {
            order.lines[index].shipped += order.lines[index].allocated
            order.lines[index].allocated = 0
        }
        try move(.capture, max(0, order.earned - order.taken))
        let rest = order.refundable()
        guard let draft = order.draft(rest, .refund, reason: "") else { throw WrongCase("\(rest) left over") }
        try credit(draft)
        let balance = order.creditBalance
        let paid = order.payments[0].refunded
        let credited = order.memos.reduce(Int64(0)) { $0 + $1.amount }
        guard order.refundable() == 0, paid == credited, paid == captured else {
            throw WrongCase("taken \(captured), given back \(paid)")
        }
        // Where nothing was credited that was cancelled later, nothing is left over either.
        let left = balance.kept.reduce(0, +) + balance.keptShipping + balance.keptFees + balance.retained
        guard left == 0 || isCreditedBeyondKept else { throw WrongCase("\(left) never credited") }
        try checkComponents()
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

private struct WrongCase: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

@Suite("The money of an order, by property")
struct MoneyPropertyTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// Spread over the seeds; a million in the long run (`WAYBILL_MONEY_CASES=1000000`).
    private static let cases = environment["WAYBILL_MONEY_CASES"].flatMap { Int($0) } ?? 16_000
    /// One case that was wrong, by the number that its report gives (`WAYBILL_MONEY_CASE`).
    private static let only = environment["WAYBILL_MONEY_CASE"].flatMap { UInt64($0) }

    /// One case from its order to the last penny.
    private func play(_ number: UInt64, telling tell: (String) -> Void = { _ in }) throws {
        var ledger = Ledger(SeededNumbers(seed: number))
        tell(ledger.text)
        for _ in 1...ledger.stepCount() {
            try ledger.step()
            tell(ledger.state)
        }
        try ledger.close()
        tell(ledger.state)
    }

    @Test(
        "Shipped, cancelled, taken, refunded and returned in any order and grouping, sums close to the minor unit",
        arguments: 1...8)
    func closes(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        for _ in 1...Self.cases / 8 {
            let number = Self.only ?? numbers.next()
            do {
                try play(number)
            } catch {
                var story: [String] = []
                do { try play(number) { story.append($0) } } catch { story.append("\(error)") }
                Issue.record("WAYBILL_MONEY_CASE=\(number) shows it again:\n\(story.joined(separator: "\n"))")
                return
            }
            if Self.only != nil { return }
        }
    }

    @Test(
        "The same through the commands, in yen, pounds and dinars, net and gross: sent, cancelled, returned, paid back",
        arguments: ["JPY", "GBP", "KWD", "BHD"], [false, true])
    func throughCommands(currency: String, isGross: Bool) throws {
        for seed in 1...6 {
            var numbers = SeededNumbers(seed: UInt64(seed))
            let shop = try TestSystem(stock: "TEE-M@LONDON: 99", "CAP@LONDON: 99")
            try shop.open("far", currency: currency, isGross: isGross)
            let id = try shop.perform(order(in: currency, isGross, &numbers)).order
            try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
            try shop.walk(id, to: .delivered)
            let sent = try shop.order(id)
            #expect(sent.captured == sent.due, "\(currency) \(isGross) \(seed)")
            for units in [[1: 1, 2: 1], [1: 1], [2: 2]] as [[Int: Int64]] {
                let entry = try shop.takeBack(units, of: id)
                try shop.perform(SettleReturn(id: entry, refund: .source))
                try shop.expectClean()
            }
            let end = try shop.order(id)
            #expect(end.captured - end.refunded == end.shipping + end.shippingTax * (isGross ? 0 : 1))
            #expect(end.memos.allSatisfy { Money($0.amount, end.currency).currency.code == currency })
        }
    }

    /// Three of one thing and three of another, with odd prices, taxes and shipping.
    private func order(
        in code: String, _ isGross: Bool, _ numbers: inout SeededNumbers
    ) throws -> PlaceOrder {
        let currency = try #require(Currency(code))
        var order = try PlaceOrder("3 × TEE-M at 10.00 GBP + 3 × CAP at 5.00 GBP, unpaid")
        order.channel = "far"
        var total = numbers.number(1...999)
        order.shipping = Money(total, currency)
        order.shippingTax = Money(total / 6, currency)
        if !isGross { total += total / 6 }
        order.lines = ["TEE-M", "CAP"].map { sku in
            let price = numbers.number(1...99_999)
            let discount = numbers.number(0...price)
            let tax = (3 * price - discount) / numbers.number(4...20)
            total += 3 * price - discount + (isGross ? 0 : tax)
            return .init(
                sku: sku, quantity: 3, unitPrice: Money(price, currency), discount: Money(discount, currency),
                tax: Money(tax, currency))
        }
        order.total = Money(total, currency)
        order.payments = [.init(provider: "manual", reference: "p", authorized: order.total)]
        return order
    }
}

extension Reply {
    /// The order that it names.
    fileprivate var order: OrderID {
        get throws { try #require(OrderID(JSON.parse(body)["id"]?.string ?? "")) }
    }
}
