import OrderManagement
import TestSupport
import Testing

@Suite("Decimal digits")
struct DecimalTextTests {
    /// What strict readers, consoles, tables and couriers make of a text, in minor units; nothing where it is none.
    private static let texts = TextTable(
        """
        text       | currency | strict | commas  | bare   | zeros  | rounded
        12         | GBP      | 1200   | 1200    | 1200   | 1200   | 1200
        12         | JPY      | 12     | 12      | 12     | 12     | 12
        12         | KWD      | 12000  | 12000   | 12000  | 12000  | 12000
        12.5       | GBP      | 1250   | 1250    | 1250   | 1250   | 1250
        12.5       | JPY      |        |         |        |        | 13
        12.4       | JPY      |        |         |        |        | 12
        12.0       | JPY      |        |         |        | 12     | 12
        1.234      | KWD      | 1234   | 1234    | 1234   | 1234   | 1234
        1.2345     | KWD      |        |         |        |        | 1235
        1.994      | GBP      |        |         |        |        | 199
        1.995      | GBP      |        |         |        |        | 200
        1.500      | GBP      |        |         |        | 150    | 150
        5.         | GBP      |        |         | 500    | 500    | 500
        5.         | JPY      |        |         | 5      | 5      | 5
        .5         | GBP      |        |         |        |        |
        .          | GBP      |        |         |        |        |
        -5         | GBP      |        |         |        |        |
        +5         | GBP      |        |         |        |        |
        1e3        | GBP      |        |         |        |        |
        1 234      | GBP      |        |         |        |        |
        1.2.3      | GBP      |        |         |        |        |
        ٥          | GBP      |        |         |        |        |
        1,234.50   | GBP      |        | 123450  |        |        |
        1,234      | GBP      |        |         |        |        |
        1,234      | JPY      |        | 1234    |        |        |
        1,234.50   | KWD      |        |         |        |        |
        1,234.500  | KWD      |        | 1234500 |        |        |
        1,23       | JPY      |        |         |        |        |
        ,500       | JPY      |        |         |        |        |
        1234,500   | JPY      |        |         |        |        |
        0.00       | GBP      | 0      | 0       | 0      | 0      | 0
        """)

    private static let readers: [(column: String, reading: DecimalText)] = [
        ("strict", DecimalText()), ("commas", DecimalText(takesCommas: true)),
        ("bare", DecimalText(takesBarePoint: true)),
        ("zeros", DecimalText(excess: .zeros, takesBarePoint: true)),
        ("rounded", DecimalText(excess: .rounded, takesBarePoint: true)),
    ]

    @Test("become minor units as each reader is lenient, and never another amount", arguments: texts.rows)
    func reads(row: TextTable.Row) throws {
        let currency = try #require(Currency(row["currency"]))
        for (column, reading) in Self.readers {
            let amount = Money(row["text"], in: currency, read: reading)?.amount
            #expect(amount == Int64(row[column]), "\(row["text"]) \(currency) \(column)")
        }
    }

    @Test("end at what requests may name, and at 64 bits")
    func limits() throws {
        let yen = try #require(Currency("JPY"))
        #expect(Money("1000000000000", in: yen, read: DecimalText())?.amount == Money.amountMax)
        #expect(Money("1000000000001", in: yen, read: DecimalText()) == nil)
        #expect(DecimalText().units("9223372036854775807", decimals: 0) == .max)
        #expect(DecimalText().units("9223372036854775808", decimals: 0) == nil)
        #expect(DecimalText(excess: .rounded).units("9223372036854775807.5", decimals: 0) == nil)
        #expect(DecimalText().units("", decimals: 2) == nil)
    }
}
