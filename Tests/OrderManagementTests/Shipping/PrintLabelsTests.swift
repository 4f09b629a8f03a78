import OrderManagement
import TestSupport
import Testing

@Suite("Labels that are taken to be printed")
struct PrintLabelsTests {
    private func shop(packed count: Int = 2) throws -> (TestSystem, [ParcelID]) {
        let shop = try TestSystem.labelling(by: [.post, .vans], connections: [])
        var parcels: [ParcelID] = []
        for _ in 0..<count {
            let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
            try shop.walk(id, to: .packed)
            try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "day")))
            parcels.append(ParcelID(id, 1))
        }
        return (shop, parcels)
    }

    private func print(_ parcels: [ParcelID], _ shop: TestSystem, by courier: String? = nil) throws -> PrintRunID {
        let reply = try shop.perform(PrintLabels(location: "LONDON", courier: courier, parcels: parcels))
        return try #require(PrintRunID(try JSON.parse(reply.body)["id"]?.string ?? ""))
    }

    private func listed(_ run: PrintRunID, _ shop: TestSystem) throws -> [ParcelID] {
        try shop.waybill.readNow { try PrintRunStore.listed(run, in: $0) }.map(\.parcel)
    }

    @Test("A label is taken by one run alone, which keeps it; nobody's order has another version for that")
    func once() throws {
        let (shop, parcels) = try shop()
        let version = try shop.order(parcels[0].order).version
        let first = try print([parcels[0], parcels[0]], shop)
        #expect(try listed(first, shop) == [parcels[0]])
        let printed = try #require(try shop.order(parcels[0].order).parcels[0].label?.print)
        #expect(printed.run == first && printed.at == shop.now)
        #expect(try shop.order(parcels[0].order).version == version)
        let second = try print(parcels, shop)
        #expect(try listed(second, shop) == [parcels[1]])
        let refusal = try expectRefusal(
            .illegalTransition, of: PrintLabels(location: "LONDON", parcels: parcels), in: shop)
        #expect(refusal?.explanation.contains("\(second)") == true)
        let runs = try shop.waybill.readNow {
            try PrintRunStore.page(of: "LONDON", before: PrintRunID(.max), limit: 9, in: $0)
        }
        #expect(runs.map(\.id) == [second, first] && runs.map(\.labels) == [1, 1])
        let feed = try shop.waybill.readNow { try EventLog.page(after: 0, types: [], limit: 10_000, in: $0) }
        #expect(feed.events.filter { $0.type == "labels.printed" }.count == 2)
        try shop.expectClean()
    }

    @Test("A label that is bought anew is new; one that was taken off and put on again is not")
    func anew() throws {
        let (shop, parcels) = try shop(packed: 1)
        let first = try print(parcels, shop)
        try shop.perform(BuyLabel(parcel: parcels[0], again: true))
        #expect(try shop.order(parcels[0].order).parcels[0].hasNewLabel)
        let second = try print(parcels, shop)
        #expect(first != second)
        try shop.perform(ShipFulfillment(fulfillment: FulfillmentID(parcels[0].order, 1)))
        try expectRefusal(.illegalTransition, of: PrintLabels(location: "LONDON", parcels: parcels), in: shop)
        try shop.expectClean()
    }

    @Test("Only what lies there is taken: not another courier's, nor what has no label, nor what is elsewhere")
    func wanted() throws {
        let (shop, parcels) = try shop()
        try shop.perform(VoidLabel(parcel: parcels[1]))
        let reply = try shop.perform(PrintLabels(location: "LONDON", parcels: parcels))
        #expect(try JSON.parse(reply.body)["without_label"]?.array?.map(\.string) == [parcels[1].description])
        try shop.perform(BuyLabel(parcel: parcels[1], service: ("vans", "day")))
        for (command, code) in [
            (PrintLabels(location: "LONDON", courier: "post", parcels: parcels), Refusal.Code.illegalTransition),
            (PrintLabels(location: "LONDON", courier: "pigeons", parcels: parcels), .unknownCourier),
            (PrintLabels(location: "NOWHERE", parcels: parcels), .unknownLocation),
            (PrintLabels(location: "YORK", parcels: parcels), .notFound),
            (PrintLabels(location: "LONDON", parcels: [ParcelID(parcels[0].order, 9)]), .notFound),
            (PrintLabels(location: "LONDON", parcels: []), .illegalTransition),
        ] {
            try expectRefusal(code, of: command, in: shop)
        }
        let york = Principal(name: "york", scopes: [.fulfillmentsWrite], locations: ["YORK"])
        try expectRefusal(.unknownLocation, of: PrintLabels(location: "LONDON", parcels: parcels), in: shop, as: york)
        let reader = Principal(name: "reader", scopes: [.fulfillmentsRead])
        try expectRefusal(.forbidden, of: PrintLabels(location: "LONDON", parcels: parcels), in: shop, as: reader)
        #expect(try listed(try print(parcels, shop, by: "vans"), shop) == [parcels[1]])
        try shop.expectClean()
    }

    @Test("What is on hold may not leave, and is printed once its hold is lifted")
    func onHold() throws {
        let (shop, parcels) = try shop()
        try shop.perform(PlaceHold(order: parcels[0].order, reason: "fraud", note: nil, lines: []))
        let reply = try JSON.parse(shop.perform(PrintLabels(location: "LONDON", parcels: parcels)).body)
        #expect(reply["labels"]?.integer == 1)
        #expect(reply["parcels_on_hold"]?.array?.map(\.string) == [parcels[0].description])
        let refusal = try expectRefusal(
            .illegalTransition, of: PrintLabels(location: "LONDON", parcels: parcels), in: shop)
        #expect(refusal?.explanation.contains("1 is on hold") == true)
        let hold = try #require(try shop.order(parcels[0].order).holds.first)
        try shop.perform(LiftHold(hold: HoldID(parcels[0].order, hold.number)))
        #expect(try listed(try print(parcels, shop), shop) == [parcels[0]])
        try shop.expectClean()
    }
}
