import TestSupport
import Testing

@testable import OrderManagement

@Suite("Returns that come to several counters")
struct OtherCounterTests {
    @Test("The rest of a return is handed in at another counter: it is a return of its own there, by the same terms")
    func rest() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        var policy = ChannelPolicy(stages: [])
        (policy.returning.refundAt, policy.returning.feeFixed) = (.receipt, 100)
        try shop.open("shop", policy: policy)
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop")
        try shop.deliver(id)
        let entry = try shop.approveReturn(3, of: id)
        func receive(_ units: Int64, at place: String) throws -> ReturnID? {
            let line = ReceiveReturn.Line(line: id.line(1), quantity: units, disposition: .restock)
            let reply = try shop.perform(ReceiveReturn(id: entry, location: place, lines: [line]))
            return try JSON.parse(reply.body)["id"]?.string.flatMap { ReturnID($0) }
        }
        #expect(try receive(1, at: "YORK") == entry)
        #expect(try receive(1, at: "LEEDS") == id.entry(2), "the answer names the return that it is now")
        let order = try shop.order(id)
        #expect(order.returns.map(\.location) == ["YORK", "LEEDS"] && order.returns[0].isWaiting)
        #expect(order.returns[1].note?.contains("came to YORK") == true)
        #expect(try shop.stock("TEE-M@YORK") == "available 1" && shop.stock("TEE-M@LEEDS") == "available 1")
        #expect(order.returns[1].state == .settled)
        #expect(try receive(1, at: "LEEDS") == id.entry(3))
        let end = try shop.order(id)
        #expect(end.returns.map(\.state) == [.settled, .settled, .settled] && end.lines[0].returned == 3)
        #expect(end.refunded == 3_000 - 100, "what is kept of it is kept once")
        #expect(OrderStatus(of: end).overall == .completed)
        try shop.expectClean()
    }

    @Test("More than was announced is received where the first units are")
    func more() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.deliver(id)
        let entry = try shop.approveReturn(1, of: id)
        let line = ReceiveReturn.Line(line: id.line(1), quantity: 1)
        try shop.perform(ReceiveReturn(id: entry, location: "YORK", lines: [line]))
        try expectRefusal(
            .illegalTransition,
            of: ReceiveReturn(id: entry, location: "LEEDS", lines: [line], isMoreThanAnnounced: true), in: shop)
        try shop.expectClean()
    }
}
