import Connectors
import OrderManagement
import TestSupport
import Testing

@Suite("Hand-overs and couriers' manifests")
struct HandOverTests {
    private static let list = LabelDocument(format: .pdf, content: Array("%PDF-1.4 manifest".utf8))

    /// A shop with parcels that have left London: as many with the post, which is asked for labels, and one with vans.
    private func sent(_ courier: TestCourier, posts: Int = 2) async throws -> (TestSystem, [OrderID]) {
        let shop = try TestSystem.labelling(by: [.post, .vans], connections: [courier])
        var orders: [OrderID] = []
        for number in 0...posts {
            let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
            try shop.walk(id, to: .packed)
            try await shop.runDueJobs()
            if number == posts {
                try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "day")))
            }
            orders.append(id)
        }
        try await shop.runDueJobs()
        for id in orders { try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1))) }
        return (shop, orders)
    }

    private func close(_ shop: TestSystem, _ orders: [OrderID]) throws -> [ClosedHandOver] {
        let reply = try shop.perform(CloseHandOver(fulfillments: orders.map { $0.fulfillment(1) }))
        let names = try JSON.parse(reply.body)["hand_overs"]?.array ?? []
        return try shop.waybill.readNow { db in
            try names.compactMap { try ClosedHandOverStore.handOver(try #require(HandOverID($0.string ?? "")), in: db) }
        }
    }

    private func handOver(_ id: HandOverID, _ shop: TestSystem) throws -> ClosedHandOver {
        try #require(try shop.waybill.readNow { try ClosedHandOverStore.handOver(id, in: $0) })
    }

    private func feed(_ shop: TestSystem) throws -> [String] {
        try shop.waybill.readNow { try EventLog.page(after: 0, types: [], limit: 10_000, in: $0) }.events.map(\.type)
    }

    @Test("What leaves with each courier is a list of its own, once; a courier that sells labels makes its manifest")
    func closes() async throws {
        let courier = TestCourier(manifest: Self.list)
        let (shop, orders) = try await sent(courier)
        let closed = try close(shop, orders)
        #expect(closed.map { "\($0.courier) \($0.location) \($0.parcels) \($0.manifest.rawValue)" } == [
            "post LONDON 2 pending", "vans LONDON 1 forgone",
        ])
        try shop.expectClean()
        #expect(try close(shop, orders + orders).map(\.id) == closed.map(\.id))
        #expect(try shop.order(orders[0]).parcels[0].handOver == closed[0].id)
        try await shop.runDueJobs()
        let made = try handOver(closed[0].id, shop)
        #expect(made.manifest == .made && made.reference == "manifest-1")
        #expect(courier.manifests == ["T1001 T1002"])
        let document = try shop.waybill.readNow { try ClosedHandOverStore.manifest(of: closed[0].id, in: $0) }
        #expect(document == Self.list)
        #expect(try feed(shop).filter { $0 == "hand_over.closed" }.count == 2)
        #expect(try feed(shop).filter { $0 == "hand_over.manifest_made" }.count == 1)
        let pages = try shop.waybill.readNow { db in
            try [nil, "post"].map {
                try ClosedHandOverStore.page(of: "LONDON", $0, before: HandOverID(.max), limit: 9, in: db).map(\.id)
            }
        }
        #expect(pages == [[closed[1].id, closed[0].id], [closed[0].id]])
        try shop.expectClean()
    }

    @Test("What has not left, is not there, or went with nobody that was named, is on no list")
    func left() async throws {
        let (shop, orders) = try await sent(TestCourier(), posts: 1)
        let waiting = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(waiting, to: .packed)
        try await shop.runDueJobs()
        let byHand = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.walk(byHand, to: .packed)
        try shop.perform(ShipFulfillment(fulfillment: byHand.fulfillment(1)))
        #expect(try close(shop, [waiting, byHand, OrderID(1)]).isEmpty)
        let elsewhere = Principal(name: "york", scopes: [.fulfillmentsWrite], locations: ["YORK"])
        let reply = try shop.perform(CloseHandOver(fulfillments: [orders[0].fulfillment(1)]), as: elsewhere)
        #expect(reply.body == #"{"hand_overs":[]}"#)
        let reader = Principal(name: "reader", scopes: [.fulfillmentsRead])
        try expectRefusal(.forbidden, of: CloseHandOver(fulfillments: []), in: shop, as: reader)
        try shop.expectClean()
    }

    @Test("A lost answer makes no second manifest; a courier that is away is asked later")
    func lostAnswer() async throws {
        let courier = TestCourier(manifest: Self.list)
        let (shop, orders) = try await sent(courier)
        let closed = try close(shop, orders)
        courier.next(.fail, .loseAnswer)
        try await shop.runDueJobs()
        #expect(try handOver(closed[0].id, shop).manifest == .pending)
        for _ in 1...3 {
            shop.advance(.minutes(1))
            try await shop.runDueJobs()
        }
        #expect(try handOver(closed[0].id, shop).manifest == .made && courier.manifests.count == 1)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What a courier refuses is shown once with its reason, and asked for again; the answer settles it")
    func refused() async throws {
        let courier = TestCourier()
        let (shop, orders) = try await sent(courier)
        let closed = try close(shop, orders)
        let id = closed[0].id
        courier.next(.refuse(reason: "closed on Mondays"), .refuse(reason: "still closed"))
        try await shop.runDueJobs()
        #expect(try handOver(id, shop).reason == "closed on Mondays")
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .manifestRefused && shown.owner == "LONDON" && shown.cause.hasSuffix("closed on Mondays"))
        #expect(shown.actions(about: nil) == [.askForManifest(id)])
        try shop.expectClean()
        try shop.perform(AskForManifest(handOver: id))
        try await shop.runDueJobs()
        #expect(try handOver(id, shop).reason == "still closed" && shop.openExceptions().map(\.id) == [shown.id])
        try shop.perform(AskForManifest(handOver: id))
        try expectRefusal(.illegalTransition, of: AskForManifest(handOver: id), in: shop)
        try await shop.runDueJobs()
        #expect(try handOver(id, shop).manifest == .made && shop.openExceptions().isEmpty)
        try expectRefusal(.illegalTransition, of: AskForManifest(handOver: closed[1].id), in: shop)
        let york = Principal(name: "york", scopes: [.fulfillmentsWrite], locations: ["YORK"])
        try expectRefusal(.notFound, of: AskForManifest(handOver: id), in: shop, as: york)
        try expectRefusal(.notFound, of: AskForManifest(handOver: HandOverID(1)), in: shop)
        try shop.expectClean()
    }

    @Test("A list whose parcels, job or exception are gone is a contradiction")
    func contradictions() async throws {
        let courier = TestCourier(manifest: Self.list)
        let (shop, orders) = try await sent(courier)
        let closed = try close(shop, orders)
        func found(_ sql: String) throws -> [String] {
            try shop.examine(tamperedBy: sql).findings.map { "\($0.book.rawValue) \($0.subject)" }
        }
        let post = "hand_overs \(closed[0].id)"
        #expect(try found("DELETE FROM jobs WHERE kind = 'make_manifest'") == [post])
        #expect(try found("UPDATE parcels SET hand_over = NULL WHERE order_id = \(orders[0].value)") == [post])
        #expect(try found("DELETE FROM hand_overs WHERE id = \(closed[1].id.value)") == ["hand_overs \(closed[1].id)"])
        try await shop.runDueJobs()
        #expect(
            try found("UPDATE hand_overs SET manifest = 'refused' WHERE id = \(closed[0].id.value)") == [post, post])
        try shop.expectClean()
    }
}
