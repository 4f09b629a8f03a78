import TestSupport
import Testing

@testable import OrderManagement

@Suite("Words that find an order")
struct OrderWordsTests {
    @Test("A search is cut into the words that orders are known by", arguments: [
        ("Ada Example", ["ada", "example"]), ("LS1 4AP", ["ls14ap"]), ("ls14ap ada", ["ls14ap", "ada"]),
        ("Customer Number 3", ["customer", "number"]), ("3", ["3"]), ("", []),
        (String(repeating: "x", count: 50), [String(repeating: "x", count: 40)]),
    ])
    func searched(text: String, words: [String]) {
        #expect(OrderWords.searched(text) == words)
    }

    @Test("A name with an initial finds its order, and a letter alone finds none")
    func initial() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP")
        func found(_ text: String) throws -> [OrderID] {
            var search = OrderSearch()
            search.text = text
            return try shop.waybill.readNow { try search.page(after: nil, limit: 10, in: $0).ids }
        }
        #expect(try found("Ada B. Example") == [id])
        #expect(try found("B").isEmpty)
        #expect(try found("Ada Other").isEmpty)
    }
}
