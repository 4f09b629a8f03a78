import OrderManagement
import TestSupport
import Testing

@Suite("Amending how an order is delivered")
struct AmendedDeliveryTests {
    private func shop(_ text: String = "2 × TEE-M at 10.00 GBP, store") throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "TEE-M@YORK: 3")
        return (shop, try shop.place(text))
    }

    private func to(_ delivery: Order.Delivery) -> (inout Amended) -> Void {
        { $0.rest = { request, _ in request.delivery = delivery } }
    }

    private func address(_ name: String, postcode: String = "LS1 4AP", country: String = "GB") -> Address {
        Address(name: name, lines: ["2 Low Street"], city: "Leeds", postcode: postcode, country: country)
    }

    private func found(_ text: String, _ shop: TestSystem) throws -> [OrderID] {
        var search = OrderSearch()
        search.text = text
        return try shop.waybill.readNow { try search.page(after: nil, limit: 10, in: $0).ids }
    }

    @Test("Another address in the country leaves the work where it is, and finds the order by its words")
    func sameCountry() throws {
        let (shop, id) = try shop()
        #expect(try found("Ada", shop) == [id] && found("LS1 4AP", shop) == [id])
        try shop.amend(id, to(.init(
            method: .ship, service: "standard", address: address("Grace Hopper", postcode: "YO1 7HH"), location: nil)))
        let order = try shop.order(id)
        #expect(order.fulfillments.map(\.state) == [.released])
        #expect(order.delivery.address?.name == "Grace Hopper")
        #expect(try found("Grace", shop) == [id] && found("YO1 7HH", shop) == [id] && found("LS1 4AP", shop) == [])
        try shop.expectClean()
    }

    @Test("Contact details are changed until the order is over")
    func customer() throws {
        let (shop, id) = try shop()
        try shop.walk(id, to: .shipped)
        try shop.amend(id) {
            $0.rest = { request, _ in request.customer = Customer(name: "Bo Li", email: "bo@example.com") }
        }
        #expect(try shop.order(id).customer.email == "bo@example.com")
        var search = OrderSearch()
        search.customer = "bo@example.com"
        #expect(try shop.waybill.readNow { try search.page(after: nil, limit: 10, in: $0).ids } == [id])
        try shop.expectClean()
    }

    @Test("Another service promises anew: unpicked work is sourced again, picked work keeps its place")
    func service() throws {
        for state: Fulfillment.State in [.released, .picking] {
            let (shop, id) = try shop()
            try shop.walk(id, to: state)
            let before = try #require(try shop.order(id).fulfillments.last).deliverBy
            try shop.amend(id, to(.init(method: .ship, service: "express", address: address("Ada"), location: nil)))
            let last = try #require(try shop.order(id).fulfillments.last)
            #expect(last.deliverBy < before)
            #expect(last.state == state && (last.number == 1) == (state == .picking))
            try shop.expectClean()
        }
    }

    @Test("Sent becomes collected: the units come from the store, the old place has its own back")
    func toPickup() throws {
        let (shop, id) = try shop()
        let done = try shop.amend(id, to(.init(method: .pickup, service: nil, address: nil, location: "YORK")))
        #expect(done.at("promises.0.ready_by")?.string != nil)
        let order = try shop.order(id)
        #expect(order.fulfillments.map(\.state) == [.cancelled, .released])
        #expect(order.fulfillments[1].method == .pickup && order.fulfillments[1].location == "YORK")
        #expect(try shop.stock("TEE-M@LONDON") == "available 9")
        #expect(try shop.stock("TEE-M@YORK") == "available 1, allocated 2")
        try shop.walk(id, to: .collected)
        try shop.expectClean()
    }

    @Test("What the store does not have waits, or is refused, as at placing")
    func lacking() throws {
        let (shop, id) = try shop("5 × TEE-M at 10.00 GBP, store")
        let delivery = Order.Delivery(method: .pickup, service: nil, address: nil, location: "YORK")
        try shop.amend(id, to(delivery))
        #expect(try shop.order(id).lines[0].backordered == 2)
        try shop.expectClean()
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        let other = try shop.place("5 × TEE-M at 10.00 GBP", on: "strict")
        try expectRefusal(
            .insufficientStock, at: "/delivery",
            of: AmendOrder(order: other, request: shop.request(other, to(delivery))), in: shop)
        try shop.expectClean()
    }

    @Test("Services and stores that the channel does not offer are refused at their place")
    func notOffered() throws {
        let (shop, id) = try shop()
        let wrong: [(Order.Delivery, Refusal.Code, String)] = [
            (.init(method: .ship, service: "rocket", address: address("Ada"), location: nil), .deliveryNotOffered,
                "/delivery/service"),
            (.init(method: .pickup, service: nil, address: nil, location: "LONDON"), .deliveryNotOffered,
                "/delivery/location"),
            (.init(method: .pickup, service: nil, address: nil, location: "MARS"), .unknownLocation,
                "/delivery/location"),
        ]
        for (delivery, code, pointer) in wrong {
            try expectRefusal(
                code, at: pointer, of: AmendOrder(order: id, request: shop.request(id, to(delivery))), in: shop)
        }
    }

    @Test("Units that were sent stay sent; those that wait follow the new address")
    func partlySent() throws {
        let (shop, id) = try shop("14 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .shipped)
        try shop.receive("TEE-M@LONDON: 9")
        try shop.amend(id, to(.init(
            method: .ship, service: "standard", address: address("Ada", country: "IE"), location: nil)))
        let order = try shop.order(id)
        #expect(order.lines[0].shipped == 12 && order.lines[0].allocated == 2)
        try shop.expectClean()
    }
}
