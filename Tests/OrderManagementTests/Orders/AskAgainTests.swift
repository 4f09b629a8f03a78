import OrderManagement
import TestSupport
import Testing

@Suite("Locations that rejected, asked again by a person")
struct AskAgainTests {
    /// Two TEE-M, which London had no capacity for; nobody else has them.
    private func rejected() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .noCapacity))
        return (shop, id)
    }

    @Test("Who rejected units is asked again when a person says so, and by that alone; it is told")
    func askedAgain() throws {
        let (shop, id) = try rejected()
        try shop.perform(SourceOrder(order: id))
        #expect(try shop.order(id).lines[0].backordered == 2)
        let answer = try JSON.parse(try shop.perform(SourceOrder(order: id, askingAgain: ["LONDON"])).body)
        #expect(answer["placed"]?.integer == 2 && answer["left_out"]?.array?.isEmpty == true)
        let order = try shop.order(id)
        #expect(order.lines[0].allocated == 2 && order.rejectingLocations.isEmpty)
        let told = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 99, in: $0) }
        let sourced = try #require(told.last { $0.type == "order.sourced" })
        #expect(try JSON.parse(sourced.data).at("asked_again.0")?.string == "LONDON")
        // Rejected once more, it is left out once more.
        let again = try #require(order.fulfillments.last).number
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(again), reason: .other))
        try shop.perform(SourceOrder(order: id))
        #expect(try shop.order(id).lines[0].backordered == 2)
        try shop.expectClean()
    }

    @Test("The exception offers it, taking it settles it; who rejected nothing is not asked again")
    func offered() throws {
        let (shop, id) = try rejected()
        let shown = try #require(try shop.openExceptions().first)
        let order = try shop.order(id)
        #expect(shown.actions(about: order).map(\.key) == ["sourcings", "sourcings/ask_again", "cancellations"])
        #expect(shown.actions(about: order)[1] == .askAgain(id, ["LONDON"]))
        let channel = Channel.till
        let before = order.permissions(channel, at: shop.now)
        #expect(before.contains { $0.action == "sourcings_asking_again" && $0.isAllowed })
        try expectRefusal(
            .invalidInput, at: "/ask_again/0", of: SourceOrder(order: id, askingAgain: ["LEEDS"]), in: shop)
        try shop.perform(SourceOrder(order: id, askingAgain: ["LONDON"]))
        #expect(try shop.openExceptions().isEmpty)
        let after = try shop.order(id).permissions(channel, at: shop.now)
        #expect(!after.contains { $0.action == "sourcings_asking_again" })
        try shop.expectClean()
    }

    @Test("What is asked again stays asked: stock that comes there later serves the order by itself")
    func stockThatComes() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .notFound))
        try shop.perform(SourceOrder(order: id, askingAgain: ["LONDON"]))
        #expect(try shop.order(id).lines[0].backordered == 2)
        try shop.receive("TEE-M@LONDON: 2")
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines[0].allocated == 2)
        try shop.expectClean()
    }
}
