import OrderManagement
import TestSupport
import Testing

@Suite("Collecting at a store")
struct CollectFulfillmentTests {
    private func ready() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5", "CAP@YORK: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store, pickup at YORK")
        try shop.walk(id, to: .ready)
        return (shop, id)
    }

    @Test("Collected units leave stock, are captured, and close the order")
    func whole() throws {
        let (shop, id) = try ready()
        try shop.perform(CollectFulfillment(fulfillment: id.fulfillment(1), collectedBy: "Ada Example"))
        #expect(try shop.stock("TEE-M@YORK") == "available 3")
        let order = try shop.order(id)
        #expect(order.captured == 2500)
        #expect(OrderStatus(of: order).overall == .completed)
        #expect(try shop.events(id).last == "order.completed")
        try shop.expectClean()
    }

    @Test("A part collected leaves the rest ready, as a fulfillment of its own that can expire")
    func part() async throws {
        let (shop, id) = try ready()
        try shop.perform(
            CollectFulfillment(fulfillment: id.fulfillment(1), lines: id.units([1: 1]), collectedBy: "Ada Example"))
        #expect(try shop.order(id).fulfillments.map(\.state) == [.collected, .ready])
        #expect(try shop.order(id).captured == 1000)
        shop.advance(.days(8))
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(order.fulfillments.map(\.state) == [.collected, .expired])
        #expect(OrderStatus(of: order).overall == .completed)
        #expect(order.voided == 1500)
        #expect(try shop.stock("TEE-M@YORK") == "available 4")
        try shop.expectClean()
    }

    @Test("Who took the goods and by what they were known stays with the job, and is told", arguments: [
        ("Ada Example", false, CollectorProof.name), ("Bob", true, .code), ("Bob", false, .nothing),
    ])
    func collector(name: String, showsCode: Bool, proof: CollectorProof) throws {
        let (shop, id) = try ready()
        let code = showsCode ? try shop.order(id).collectionCode : nil
        try shop.perform(
            CollectFulfillment(
                fulfillment: id.fulfillment(1), lines: id.units([1: 1]), collectedBy: name, code: code))
        let parts = try shop.order(id).fulfillments
        #expect(parts[0].collectedBy == name && parts[0].collectorCheck == proof)
        #expect(parts[1].collectedBy == nil && parts[1].collectorCheck == nil)
        var json = JSONWriter()
        parts[0].write(to: &json, of: try shop.order(id))
        let shown = try JSON.parse(json.text)
        #expect(shown["collected_by"]?.string == name && shown["checked"]?.string == proof.rawValue)
        let told = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
            .filter { $0.type == "fulfillment.collected" }
        let data = try JSON.parse(try #require(told.first).data)
        #expect(data["collected_by"]?.string == name && data["checked"]?.string == proof.rawValue)
        try shop.expectClean()
    }

    /// Two T-shirts in one box and two caps in another, ready.
    private func inBoxes() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5", "CAP@YORK: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP + 2 × CAP at 5.00 GBP, store, pickup at YORK")
        try shop.walk(id, to: .picking)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 2]), id.box([2: 2])]))
        try shop.perform(MakeFulfillmentReady(fulfillment: id.fulfillment(1)))
        return (shop, id)
    }

    @Test("Boxes that are given over the counter are delivered with that, and on no list of what waits for a courier")
    func boxes() throws {
        let (shop, id) = try inBoxes()
        #expect(try shop.order(id).parcels.map(\.state) == [.packed, .packed])
        try shop.perform(CollectFulfillment(fulfillment: id.fulfillment(1), collectedBy: "Ada Example"))
        let order = try shop.order(id)
        #expect(order.parcels.map(\.state) == [.delivered, .delivered])
        #expect(order.parcels.map(\.updatedAt) == [shop.now, shop.now])
        #expect(order.lines.map(\.closed) == [2, 2] && OrderStatus(of: order).overall == .completed)
        #expect(try shop.events(id).filter { $0 == "parcel.delivered" || $0 == "parcel.handed_over" }.count == 4)
        let lists = try shop.perform(CloseHandOver(fulfillments: [id.fulfillment(1)]))
        #expect(try JSON.parse(lists.body)["hand_overs"]?.array?.isEmpty == true)
        #expect(try shop.waybill.readNow { try HandOver.waiting(at: ["YORK"], in: $0) } == [:])
        try expectRefusal(.illegalTransition, of: DeliverParcel(parcel: ParcelID(id, 1)), in: shop)
        try expectRefusal(
            .illegalTransition, of: ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund), in: shop)
        try shop.expectClean()
    }

    @Test("A box of which a part is collected is opened at the counter, and waits with the rest")
    func openedBox() throws {
        let (shop, id) = try inBoxes()
        try shop.perform(
            CollectFulfillment(
                fulfillment: id.fulfillment(1), lines: id.units([1: 2, 2: 1]), collectedBy: "Ada Example"))
        var boxes = try shop.order(id).parcels
        #expect(boxes.map(\.state) == [.delivered, .packed] && boxes.map(\.fulfillment) == [1, 2])
        #expect(boxes[1].lines.map(\.quantity) == [1])
        try shop.expectClean()
        try shop.perform(CollectFulfillment(fulfillment: id.fulfillment(2), collectedBy: "Ada Example"))
        boxes = try shop.order(id).parcels
        #expect(boxes.map(\.state) == [.delivered, .delivered])
        #expect(try shop.stock("CAP@YORK") == "available 3")
        try shop.expectClean()
    }

    @Test("What was cancelled while it waited does not go with its box")
    func cancelledWhileReady() throws {
        let (shop, id) = try inBoxes()
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1, 2: 2]), reason: .merchant))
        try shop.perform(CollectFulfillment(fulfillment: id.fulfillment(1), collectedBy: "Ada Example"))
        let boxes = try shop.order(id).parcels
        #expect(boxes.map(\.state) == [.delivered, .packed])
        #expect(boxes.map { $0.lines.map(\.quantity) } == [[1], []])
        try shop.expectClean()
    }

    @Test("A code that is shown must be the order's; it is the same for what is left when a part was collected")
    func code() throws {
        let (shop, id) = try ready()
        let code = try shop.order(id).collectionCode
        #expect(code.count == 6 && code.allSatisfy(\.isNumber))
        func collect(_ number: Int, _ lines: [LineQuantity]?, _ code: String) -> CollectFulfillment {
            CollectFulfillment(fulfillment: id.fulfillment(number), lines: lines, collectedBy: "Ada", code: code)
        }
        let wrong = code == "000000" ? "111111" : "000000"
        try expectRefusal(.wrongCode, at: "/code", of: collect(1, nil, wrong), in: shop)
        try shop.perform(collect(1, id.units([1: 1]), code))
        try shop.perform(collect(2, nil, code.prefix(3) + " " + code.suffix(3)))
        let other = try shop.place("1 × CAP at 5.00 GBP, store, pickup at YORK")
        #expect(try shop.order(other).collectionCode != code)
        try shop.expectClean()
    }

    @Test("A channel says what a store asks for: a name that is known or the code, or the code alone", arguments: [
        (PickupCheck.optional, "Mallory", true), (.nameOrCode, "Mallory", false), (.nameOrCode, "ada  EXAMPLE", true),
        (.nameOrCode, "Bob", true), (.code, "Ada Example", false),
    ])
    func check(check: PickupCheck, person: String, goes: Bool) throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 4")
        var policy = ChannelPolicy(stages: [])
        policy.pickupCheck = check
        try shop.open("desk", policy: policy)
        let id = try shop.place("1 × TEE-M at 10.00 GBP, pickup at YORK", on: "desk") { $0.delivery.delegate = "Bob" }
        try shop.walk(id, to: .ready)
        let collect = CollectFulfillment(fulfillment: id.fulfillment(1), collectedBy: person)
        if goes {
            try shop.perform(collect)
        } else {
            try expectRefusal(.wrongCode, at: "/code", of: collect, in: shop)
            let code = try shop.order(id).collectionCode
            try shop.perform(CollectFulfillment(fulfillment: id.fulfillment(1), collectedBy: person, code: code))
        }
        #expect(try shop.state(id.fulfillment(1)) == .collected)
        try shop.expectClean()
    }

    @Test("The code stands on the fulfillment and in the event that says it is ready; a parcel has none")
    func codeShown() throws {
        let (shop, id) = try ready()
        let code = try shop.order(id).collectionCode
        let view = try JSON.parse(try shop.order(id).view)
        #expect(view["fulfillments"]?.array?.first?["collection_code"]?.string == code)
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        let event = try #require(events.last { $0.type == "fulfillment.ready" })
        #expect(try JSON.parse(event.data)["collection_code"]?.string == code)
        let sent = try shop.place("1 × CAP at 5.00 GBP, store")
        let shown = try JSON.parse(try shop.order(sent).view)["fulfillments"]?.array?.first
        #expect(shown?["collection_code"] == nil)
    }

    @Test("Nobody collects nothing, or more than is there")
    func limits() throws {
        let (shop, id) = try ready()
        for units: [Int: Int64] in [[:], [1: 0], [1: 3]] {
            try expectRefusal(
                .quantityExceeded,
                of: CollectFulfillment(fulfillment: id.fulfillment(1), lines: id.units(units), collectedBy: "Ada"),
                in: shop)
        }
    }

    @Test("A pickup is sourced from its store alone, even where others have stock")
    func onlyFromStore() throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 1", "TEE-M@LONDON: 9")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, pickup at YORK")
        let line = try shop.order(id).lines[0]
        #expect(line.allocated == 1)
        #expect(line.backordered == 1)
        #expect(try shop.stock("TEE-M@LONDON") == "available 9")
        try shop.expectClean()
    }
}
