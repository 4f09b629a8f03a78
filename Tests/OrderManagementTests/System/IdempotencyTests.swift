import Databases
import TestSupport
import Testing

@testable import OrderManagement

@Suite("Requests under a key")
struct IdempotencyTests {
    private func key(_ text: String, digest: String = "body", by principal: Principal = .system) -> IdempotencyKey {
        IdempotencyKey(principal: principal, method: "POST", path: "/v1/orders", key: text, digest: digest)
    }

    @Test("The same request under the same key has the same reply, and acts once")
    func repeated() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let order = try PlaceOrder("2 × TEE-M at 10.00 GBP")
        let first = try shop.perform(order, key: key("7c1d"))
        let books = try shop.books()
        shop.advance(.days(2))
        let again = try shop.perform(order, key: key("7c1d"))
        #expect(again.body == first.body)
        #expect(again.status == first.status)
        #expect(again.location == first.location)
        #expect(again.version == first.version)
        #expect(try shop.books() == books)
        try shop.expectClean()
    }

    @Test("The reply of every verb is kept as it was, whatever became of the order since")
    func keptAsItWas() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        let accept = AcceptFulfillment(fulfillment: id.fulfillment(1))
        let first = try shop.perform(accept, key: key("a"))
        try shop.deliver(id)
        #expect(try shop.perform(accept, key: key("a")).body == first.body)
    }

    @Test("Another body under a used key is refused")
    func otherBody() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.perform(PlaceOrder("2 × TEE-M at 10.00 GBP"), key: key("7c1d"))
        let books = try shop.books()
        let refusal = #expect(throws: Refusal.self) {
            try shop.perform(PlaceOrder("1 × TEE-M at 10.00 GBP"), key: key("7c1d", digest: "other"))
        }
        #expect(refusal?.code == .keyReused)
        #expect(try shop.books() == books)
    }

    @Test("Another caller's key of the same text is another key")
    func otherCaller() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let other = Principal(name: "key_2", scopes: [.admin])
        for principal in [Principal.system, other] {
            try shop.perform(PlaceOrder("1 × TEE-M at 10.00 GBP"), as: principal, key: key("7c1d", by: principal))
        }
        #expect(try shop.stock("TEE-M@LONDON") == "available 3, allocated 2")
    }

    @Test("A decided no is kept: it stays no when the order could be placed by now")
    func keptRefusal() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        var order = try PlaceOrder("2 × TEE-M at 10.00 GBP")
        order.channel = "strict"
        let place = order
        let first = #expect(throws: Refusal.self) { try shop.perform(place, key: key("7c1d")) }
        try shop.receive("TEE-M@LONDON: 5")
        let again = #expect(throws: Refusal.self) { try shop.perform(place, key: key("7c1d")) }
        #expect(first == again)
        #expect(again?.details.first?.pointer == "/lines/0/quantity")
        try shop.perform(place, key: key("new"))
        try shop.expectClean()
    }

    @Test("An answer about the caller or the moment is not kept")
    func notKept() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let order = try PlaceOrder("2 × TEE-M at 10.00 GBP")
        let reader = Principal(name: "key_1", scopes: [.ordersRead])
        let writer = Principal(name: "key_1", scopes: [.ordersWrite])
        let refusal = #expect(throws: Refusal.self) {
            try shop.perform(order, as: reader, key: key("7c1d", by: reader))
        }
        #expect(refusal?.code == .forbidden)
        #expect(try shop.perform(order, as: writer, key: key("7c1d", by: writer)).status == 201)
    }

    @Test("Only decided answers are kept: the contract's list", arguments: Refusal.Code.allCases)
    func decided(code: Refusal.Code) {
        // contract.md: 409 and 422 are kept; 400, 401, 403, 429 and 503 are not. A key that was used for another body
        // keeps its first answer, and neither 404 nor 412 decides anything.
        let kept = [409, 422].contains(code.status) && code != .keyReused
        #expect(code.isDecided == kept)
    }

    @Test("Twins in one group: the second waits for the first one's answer")
    func twins() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let order = try PlaceOrder("2 × TEE-M at 10.00 GBP")
        let results = shop.waybill.performNow([
            (order, .system, key("7c1d")), (order, .system, key("7c1d")),
            (order, .system, key("7c1d", digest: "other")), (order, .system, key("else")),
        ])
        #expect(try results[0].get() == results[1].get())
        let refusal = #expect(throws: Refusal.self) { try results[2].get() }
        #expect(refusal?.code == .keyReused)
        #expect(try results[3].get().body != results[0].get().body)
        #expect(try shop.stock("TEE-M@LONDON") == "available 1, allocated 4")
        try shop.expectClean()
    }

    @Test("A twin of a refused request is refused alike")
    func refusedTwins() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let order = try PlaceOrder("2 × HAT at 10.00 GBP")
        let results = shop.waybill.performNow([(order, .system, key("7c1d")), (order, .system, key("7c1d"))])
        let codes = results.map { result in
            #expect(throws: Refusal.self) { try result.get() }?.code
        }
        #expect(codes == [.unknownSKU, .unknownSKU])
    }

    @Test("Replies are forgotten after thirty days, a page at a time")
    func forgotten() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let order = try PlaceOrder("1 × TEE-M at 10.00 GBP")
        let first = try shop.perform(order, key: key("7c1d"))
        #expect(try await shop.waybill.forgetOldReplies() == 0)
        shop.advance(Seconds(IdempotencyKey.keptFor.count + 1))
        #expect(try await shop.waybill.forgetOldReplies() == 1)
        #expect(try shop.perform(order, key: key("7c1d")).body != first.body)
        try shop.expectClean()
    }
}
