import TestSupport
import Testing

@testable import OrderManagement

@Suite("Money")
struct MoneyTests {
    @Test("Splitting loses and gains nothing, and no part is a unit away from its exact share")
    func split() {
        var numbers = SeededNumbers(seed: 5)
        for _ in 1...20_000 {
            let weights = (0..<Int(numbers.number(1...12))).map { _ in
                numbers.chance(15) ? 0 : numbers.number(1...1_000_000_000_000)
            }
            let amount = numbers.number(-1_000_000_000_000...1_000_000_000_000)
            let parts = amount.split(by: weights)
            let sum = weights.reduce(0, +)
            let isFair = sum == 0 || zip(parts, weights).allSatisfy { part, weight in
                let (share, rest) = UInt64(sum).dividingFullWidth(
                    amount.magnitude.multipliedFullWidth(by: UInt64(weight)))
                return part.magnitude == share || rest > 0 && part.magnitude == share + 1
            }
            guard parts.reduce(0, +) == amount, parts.count == weights.count, isFair else {
                Issue.record("\(amount) by \(weights) is \(parts)")
                return
            }
        }
    }

    private static let splits = TextTable(
        """
        amount | weights | parts
        100    | 1 1 1   | 34 33 33
        -100   | 1 1 1   | -34 -33 -33
        2      | 1 1 1   | 1 1 0
        7      | 0 0     | 7 0
        0      | 3 4     | 0 0
        10     | 3 0 7   | 3 0 7
        5      |         |
        """)

    @Test("Equal remainders go to the earlier part; without weights the first takes all", arguments: splits.rows)
    func splitExamples(row: TextTable.Row) throws {
        let weights = row["weights"].split(separator: " ").compactMap { Int64($0) }
        let parts = try #require(Int64(row["amount"])).split(by: weights)
        #expect(parts.map(String.init).joined(separator: " ") == row["parts"])
    }

    @Test("Amounts are written with the decimals of their currency", arguments: [
        (Int64(0), "GBP", "0.00 GBP"), (5, "GBP", "0.05 GBP"), (-1234, "GBP", "-12.34 GBP"), (1234, "JPY", "1234 JPY"),
        (1234, "KWD", "1.234 KWD"), (-7, "BHD", "-0.007 BHD"), (100, "EUR", "1.00 EUR"),
    ])
    func text(amount: Int64, code: String, text: String) throws {
        #expect(Money(amount, try #require(Currency(code))).description == text)
    }

    @Test("Only currencies of ISO 4217 that retail knows, in capitals", arguments: ["gbp", "XXX", "", "GB", "POUND"])
    func unknown(code: String) {
        #expect(Currency(code) == nil)
    }
}
