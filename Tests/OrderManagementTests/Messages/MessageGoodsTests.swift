import TestSupport
import Testing

@testable import OrderManagement

@Suite("What messages say of goods and of who brings them")
struct MessageGoodsTests {
    private func shop(_ kinds: Set<Message.Kind>) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var channel = Channel.web
        channel.policy.messages.kinds = kinds
        try shop.perform(SaveChannel(channel: channel))
        return shop
    }

    private func messages(_ order: OrderID, in shop: TestSystem) throws -> [Message] {
        try shop.waybill.readNow { try MessageStore.of(order, in: $0) }
    }

    @Test("Of a return its customer is told what came, once for each receipt, and not that nothing came")
    func returned() throws {
        let shop = try shop([.returnReceived])
        let order = try shop.place("3 × TEE-M at 10.00 GBP")
        try shop.walk(order, to: .delivered)
        for number in [1, 2] {
            try shop.perform(
                RequestReturn(
                    order: order, method: .byPost, location: "LONDON",
                    lines: [.init(line: order.line(1), quantity: 3, reason: .unwanted)]))
            try shop.perform(ApproveReturn(id: order.entry(number)))
            if number == 2 {
                let line = ReceiveReturn.Line(line: order.line(1), quantity: 2, disposition: .restock)
                try shop.perform(ReceiveReturn(id: order.entry(number), location: "LONDON", lines: [line]))
            }
            try shop.perform(ReceiveReturn(id: order.entry(number), location: "LONDON", lines: [], isComplete: true))
        }
        #expect(try messages(order, in: shop).map(\.kind) == [.returnReceived])
        let message = try #require(try messages(order, in: shop).first)
        let values = try #require(
            try shop.waybill.readNow { try MessageValues(of: order, telling: message.sequence, in: $0) })
        #expect(try values.json()["lines"]?.array?.map { $0["quantity"]?.string } == ["2"])
        try shop.expectClean()
    }

    @Test("Who gets more time to collect is told until when, and one whose order is moved to a store, which that is")
    func pickups() throws {
        let shop = try shop([.extended, .amended])
        try shop.receive("TEE-M@YORK: 5")
        let order = try shop.place("1 × TEE-M at 10.00 GBP")
        try shop.amend(order) { change in
            change.rest = { request, _ in
                request.delivery = .init(method: .pickup, service: nil, address: nil, location: "YORK")
            }
        }
        try shop.walk(order, to: .ready)
        try shop.perform(ExtendCollection(fulfillment: order.fulfillment(2), until: shop.now + .days(20)))
        let told = try messages(order, in: shop)
        #expect(told.map(\.kind) == [.amended, .extended])
        let values = try told.map { message in
            try shop.waybill.readNow { try MessageValues(of: order, telling: message.sequence, in: $0)?.json() }
        }
        #expect(values[0]?["new_store"]?.string == "YORK, 1 High Street, LS1 4AP Leeds")
        #expect(values[1]?["collect_by"]?.string == "Sun 22 Mar 2026, 10:00" && values[1]?["new_store"] == nil)
        try shop.expectClean()
    }

    @Test("Mails name a courier as people do, and one that is not set up as it was named")
    func courierNames() throws {
        let shop = try shop([])
        // Whom nobody has set up can be named as long as nobody else is.
        for (courier, name) in [("Uncle Bob", "Uncle Bob"), ("vans", Courier.vans.name)] {
            if courier == "vans" { try shop.perform(SaveCouriers(couriers: [.vans])) }
            let order = try shop.place("1 × TEE-M at 10.00 GBP")
            try shop.walk(order, to: .packed)
            try shop.perform(
                ShipFulfillment(
                    fulfillment: order.fulfillment(1),
                    parcels: [.init(parcel: ParcelID(order, 1), courier: courier, service: nil, tracking: "T1")]))
            let values = try #require(try shop.waybill.readNow { try MessageValues(of: order, telling: nil, in: $0) })
            #expect(try values.json()["parcels"]?.array?.first?["courier"]?.string == name)
        }
    }
}
