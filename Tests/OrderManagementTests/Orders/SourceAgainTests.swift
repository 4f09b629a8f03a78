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
            ReceiveReturn(id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 3)]))
        let view = try JSON.parse(try shop.order(id).view)
        #expect(view.at("returns.0.lines.0.excess")?.integer == 2)
        #expect(view.at("returns.0.lines.0.quantity")?.integer == 3)
        let told = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 99, in: $0) }
        let received = try #require(told.last { $0.type == "return.received" })
        #expect(try JSON.parse(received.data).at("lines.0.excess")?.integer == 2)
        try shop.expectClean()
    }
}
