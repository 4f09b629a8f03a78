import Foundation
import TestSupport
import Testing

@testable import OrderManagement

/// An order made by numbers, and everything that may happen to its money, without a database: what commands decide by.
private struct Ledger {
    var order: Order
    var numbers: SeededNumbers

    /// Prices from a yen to thousands of dinars; net or gross; taxes, discounts, shipping and fees at random.
    init(_ seed: SeededNumbers) {
        var numbers = seed
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
            id: OrderID(1), number: "T-1", channel: "t", externalID: nil, contentDigest: "", currency: pounds,
            pricesIncludeTax: isGross, policyVersion: 1, placedAt: .earliest, updatedAt: .earliest,
            customer: Customer(name: "T"),
            delivery: .init(method: .ship, service: nil, address: nil, location: nil), shipping: shipping,
            shippingTax: shippingTax, fees: fee > 0 ? [.init(code: "wrap", amount: fee, tax: feeTax)] : [],
            discounts: discount > 0 ? [.init(code: "spring", amount: discount)] : [], total: total, gates: [],
            lines: lines)
        order.payments = [Payment(number: 1, provider: "manual", reference: "p", authorized: total, at: .earliest)]
        self.numbers = numbers
    }

    private var taken: Int64 { order.payments[0].captured }

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
        switch numbers.number(1...10) {
        case 1...3 where line.allocated > 0:
            let units = numbers.number(1...line.allocated)
            order.lines[index].allocated -= units
            order.lines[index].shipped += units
            try move(.capture, max(0, order.earned - taken))
        case 4...5 where line.allocated > 0:
            let units = numbers.number(1...line.allocated)
            order.lines[index].allocated -= units
            order.lines[index].cancelled += units
            let back = order.owedBack
            if back > 0 { try credit(order.cancellationDraft(back, reason: "")) }
            guard order.owedBack == 0 else { throw WrongCase("still owed \(order.owedBack)") }
        case 6: try move(.capture, max(0, numbers.number(0...max(0, order.due - taken))))
        case 7, 8:
            let units = [line.number: numbers.number(1...line.ordered)]
            let worth = order.creditWorth(of: units, order.creditBalance)[line.number] ?? 0
            guard worth <= order.refundable(),
                var draft = order.draft(worth, .returned, reason: "", units: units)
            else { return }
            if numbers.chance(20) { draft.retained += numbers.number(0...draft.amount) }
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
        try move(.capture, max(0, order.earned - taken))
        let rest = order.refundable()
        guard let draft = order.draft(rest, .refund, reason: "") else { throw WrongCase("\(rest) left over") }
        try credit(draft)
        let balance = order.creditBalance
        let paid = order.payments[0].refunded
        let credited = order.memos.reduce(Int64(0)) { $0 + $1.amount }
        guard order.refundable() == 0, paid == credited, paid == taken else {
            throw WrongCase("taken \(taken), given back \(paid)")
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
            }
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
    /// Spread over the seeds; a million in the long run (`WAYBILL_MONEY_CASES=1000000`).
    private static let cases =
        ProcessInfo.processInfo.environment["WAYBILL_MONEY_CASES"].flatMap { Int($0) } ?? 16_000

    @Test(
        "Shipped, cancelled, taken, refunded and returned in any order and grouping, sums close to the minor unit",
        arguments: 1...8)
    func closes(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        for number in 1...Self.cases / 8 {
            var ledger = Ledger(SeededNumbers(seed: numbers.next()))
            do {
                for _ in 1...Int(numbers.number(1...8)) { try ledger.step() }
                try ledger.close()
            } catch {
                Issue.record("seed \(seed), case \(number): \(error)")
                return
            }
        }
    }
}
