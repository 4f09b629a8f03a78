import OrderManagement
import TestSupport
import Testing

@Suite("Sourcing again, and transfers beyond stock")
struct SourceAgainTests {
    @Test("Units at a location that rejected the order are named as left out: nobody wonders why they are not taken")
    func leftOut() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .other))
        let answer = try JSON.parse(try shop.perform(SourceOrder(order: id)).body)
        #expect(answer["placed"]?.integer == 0 && answer["backordered"]?.integer == 2)
        #expect(answer.at("left_out.0.location")?.string == "LONDON")
        #expect(answer.at("left_out.0.reason")?.string == "rejected")
        #expect(answer.at("left_out.0.available")?.integer == 5)
        try shop.receive("TEE-M@LEEDS: 1")
        let again = try JSON.parse(try shop.perform(SourceOrder(order: id)).body)
        #expect(again["placed"]?.integer == 1 && again["backordered"]?.integer == 1)
        try shop.expectClean()
    }

    @Test("A transfer may be planned beyond what is there, and says how much is short")
    func transfer() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 9")
        let plan = PlanTransfer(
            from: "LONDON", to: "YORK",
            lines: [.init(sku: "TEE-M", quantity: 7), .init(sku: "CAP", quantity: 9)])
        let answer = try JSON.parse(try shop.perform(plan).body)
        #expect(answer["shortages"]?.array?.count == 1)
        #expect(answer.at("shortages.0.sku")?.string == "TEE-M" && answer.at("shortages.0.short")?.integer == 2)
        try shop.expectClean()
    }

    @Test("A return of more than was announced says how much more")
    func returned() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.deliver(id)
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: 1, reason: .unwanted)]))
        if try shop.order(id).returns[0].state == .requested {
            try shop.perform(ApproveReturn(id: id.entry(1)))
        }
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 3)],
                isMoreThanAnnounced: true))
        let view = try JSON.parse(try shop.order(id).view)
        #expect(view.at("returns.0.lines.0.excess")?.integer == 2)
        #expect(view.at("returns.0.lines.0.quantity")?.integer == 3)
        let told = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 99, in: $0) }
        let received = try #require(told.last { $0.type == "return.received" })
        #expect(try JSON.parse(received.data).at("lines.0.excess")?.integer == 2)
        try shop.expectClean()
    }

    /// An order holds five units at London, of which nothing is kept back yet.
    private func holding() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("shop", policy: ChannelPolicy(stages: [], release: .manual))
        let id = try shop.place("5 × TEE-M at 10.00 GBP", on: "shop")
        #expect(try shop.order(id).fulfillments.map(\.state) == [.open])
        return (shop, id)
    }

    private func expectKept(_ id: OrderID, _ shop: TestSystem) throws {
        try shop.perform(SourceOrder(order: id))
        #expect(try shop.order(id).lines.map { [$0.allocated, $0.backordered] } == [[5, 0]])
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 5")
        try shop.expectClean()
    }

    @Test("Units that an order has are its own: later safety stock takes none of them, however often it is sourced")
    func safety() throws {
        let (shop, id) = try holding()
        try shop.perform(SetSafetyStock(entries: [.init(sku: "TEE-M", location: "LONDON", units: 3)]))
        try expectKept(id, shop)
    }

    @Test("Nor does a buffer of the channel, or a location that takes no new work", arguments: [
        "buffer", "pause", "channel",
    ])
    func keptBack(cause: String) throws {
        let (shop, id) = try holding()
        switch cause {
        case "pause":
            var location = Location.warehouse("LONDON")
            location.isPaused = true
            try shop.perform(SaveLocations(locations: [location]))
        default:
            var channel = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.channels["shop"])
            if cause == "buffer" { channel.buffer = 4 } else { channel.locations = ["LEEDS"] }
            try shop.perform(SaveChannel(channel: channel))
        }
        try expectKept(id, shop)
    }

    @Test("A shortage moves what is not there, and nothing else")
    func shortage() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 2", "TEE-M@LEEDS: 9")
        try shop.open("shop", policy: ChannelPolicy(stages: [], release: .manual))
        let id = try shop.place("5 × TEE-M at 10.00 GBP + 2 × CAP at 5.00 GBP", on: "shop")
        let before = try shop.order(id).fulfillments.map(\.location)
        #expect(before == ["LONDON"])
        try shop.perform(SetSafetyStock(entries: [.init(sku: "CAP", location: "LONDON", units: 2)]))
        try shop.move(.count, 3, "TEE-M@LONDON")
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(order.lines.map { [$0.allocated, $0.backordered] } == [[5, 0], [2, 0]])
        #expect(try shop.stock("CAP@LONDON") == "allocated 2")
        try shop.expectClean()
    }
}
