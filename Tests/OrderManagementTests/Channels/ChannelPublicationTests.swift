import OrderManagement
import TestSupport
import Testing

@Suite("What a channel that is published changes for what is there")
struct ChannelPublicationTests {
    private func publish(_ shop: TestSystem, _ change: (inout Channel) -> Void) throws {
        var channel = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.channels["shop"])
        change(&channel)
        try shop.perform(SaveChannel(channel: channel))
    }

    @Test("Whoever waits for what it may sell from now on is served", arguments: ["buffer", "location"])
    func served(cause: String) async throws {
        let shop = try TestSystem(stock: "TEE-M@LEEDS: 2")
        try shop.open("shop", locations: ["LONDON"])
        try publish(shop) { if cause == "buffer" { ($0.locations, $0.buffer) = (["LEEDS"], 2) } }
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        #expect(try shop.order(id).lines[0].backordered == 2)
        try publish(shop) { if cause == "buffer" { $0.buffer = 0 } else { $0.locations.insert("LEEDS") } }
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines[0].backordered == 0)
        try shop.expectClean()
    }

    @Test("A number prefix that another channel has given up is refused: its orders keep their numbers")
    func prefixGivenUp() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("shop", locations: ["LONDON"])
        let known = try shop.waybill.readNow { try Configuration.load(in: $0) }.channels["shop"]
        let old = try #require(known).numberPrefix
        let first = try shop.order(try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")).number
        try publish(shop) { $0.numberPrefix = "NEW-" }
        let other = Channel(code: "other", name: "Other", currency: Channel.till.currency, numberPrefix: old)
        try expectRefusal(.invalidInput, at: "/number_prefix", of: SaveChannel(channel: other), in: shop)
        try publish(shop) { $0.numberPrefix = old }
        #expect(try shop.order(try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")).number != first)
        try shop.expectClean()
    }
}
