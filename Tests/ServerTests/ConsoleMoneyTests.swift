import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Amounts that people type")
struct ConsoleMoneyTests {
    @Test("A comma parts thousands where it can be nothing else; elsewhere the amount is refused")
    func amounts() throws {
        let read: [(String, String, Int64?)] = [
            ("12", "GBP", 1_200), ("12.5", "GBP", 1_250), ("12.50", "GBP", 1_250), ("0.05", "GBP", 5),
            ("1,234.50", "GBP", 123_450), ("1,234,567.00", "GBP", 123_456_700), ("1234.5", "GBP", 123_450),
            ("5,50", "GBP", nil), ("0,5", "GBP", nil), ("1,234", "GBP", nil), ("1,234.5", "GBP", nil),
            ("1.234,50", "GBP", nil), ("12,34.50", "GBP", nil), ("1,2345.00", "GBP", nil), (",500.00", "GBP", nil),
            ("1 234.50", "GBP", nil), ("5.", "GBP", nil), (".5", "GBP", nil), ("5.505", "GBP", nil), ("-5", "GBP", nil),
            ("1e3", "GBP", nil), ("", "GBP", nil), ("\u{0665}", "GBP", nil),
            ("1,234", "JPY", 1_234), ("1234", "JPY", 1_234), ("12.5", "JPY", nil), ("1,23", "JPY", nil),
            ("0,5", "KWD", nil), ("1,234.500", "KWD", 1_234_500), ("1.234", "KWD", 1_234), ("1,234.50", "KWD", nil),
        ]
        for (text, code, amount) in read {
            let currency = try #require(Currency(code))
            #expect(MoneyText.amount(text, in: currency)?.amount == amount, "\(text) \(code)")
        }
        for code in ["GBP", "JPY", "KWD"] {
            let currency = try #require(Currency(code))
            for example in MoneyText.examples(in: currency).split(separator: " or ") {
                #expect(MoneyText.amount(String(example), in: currency) != nil, "\(example) \(code)")
            }
        }
        #expect(MoneyText.examples(in: try #require(Currency("JPY"))) == "12 or 1,234")
    }

    @Test("Money leaves by no slip of the hand: nothing is filled in, and a decimal comma is refused")
    func goodwill() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 50")
        let id = try shop.place("10 × TEE at 100.00 GBP, store")
        try shop.walk(id, to: .delivered)
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/orders/\(id)")
        #expect(browser.page.contains("At most 1,000.00 GBP"))
        for form in ["/actions/goodwill", "/actions/refunds"] {
            try await browser.submit(form, ["reason": "late"])
            #expect(browser.flash == "Not done: Amount is missing: please fill it in.", "\(browser.flash ?? "")")
            for typed in ["5,50", "0,5", "1.000,00"] {
                try await browser.submit(form, ["reason": "late", "amount": typed])
                #expect(browser.flash?.contains("such as 12.50 or 1,234.50: \(typed) could be read") == true)
            }
            try await browser.submit(form, ["reason": "late", "amount": "0.00"])
            #expect(browser.flash == "Not done: Amount must be above 0.")
        }
        #expect(try shop.order(id).memos.isEmpty)
        try await browser.submit("/actions/goodwill", ["reason": "late", "amount": "5.50"])
        #expect(try shop.order(id).memos.map(\.amount) == [550])
        #expect(browser.page.contains("5.50 GBP") && browser.page.contains("Late"))
        try shop.expectClean()
    }

    @Test("Prices of new lines and whole numbers are read as strictly")
    func lines() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5", "CAP@LONDON: 50")
        let id = try shop.place("4 × TEE at 10.00 GBP")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/orders/\(id)")
        try await browser.submit("/actions/amendments", ["sku": "CAP", "unit_price": "5,00"])
        #expect(browser.flash?.contains("Unit price must be an amount in GBP") == true)
        try await browser.submit("/actions/amendments", ["sku": "CAP", "unit_price": "5.00", "quantity": "1,5"])
        #expect(browser.flash?.contains("Quantity must be a whole number in digits alone") == true)
        #expect(try shop.order(id).openAmendment == nil)
    }
}
