import OrderManagement
import TestSupport
import Testing

@Suite("Work that is not done in time")
struct WorkLateTests {
    /// Two TEE-M, released to London, where couriers come at 16:00; YORK has some as well.
    private func released(_ text: String = "2 × TEE-M at 10.00 GBP, store") throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "TEE-M@YORK: 9")
        let id = try shop.place(text)
        try shop.walk(id, to: .released)
        return (shop, id)
    }

    private func late(_ shop: TestSystem, _ id: OrderID) async throws {
        let part = try shop.order(id).fulfillments[0]
        shop.now = part.method == .ship ? part.shipBy + .hours(2) : part.shipBy
        try await shop.runDueJobs()
    }

    private func kinds(_ shop: TestSystem) throws -> [OrderException.Kind] { try shop.openExceptions().map(\.kind) }

    @Test("Two hours after the cut-off its location is told that nobody has begun, and what can be done")
    func told() async throws {
        let (shop, id) = try released()
        let part = try shop.order(id).fulfillments[0]
        shop.now = part.shipBy + .hours(2) + Seconds(-1)
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [])
        try await late(shop, id)
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .workLate && shown.owner == part.location && shown.location == part.location)
        #expect(shown.subject == id.fulfillment(1).description && shown.due > shown.openedAt)
        #expect(shown.cause.contains("was to send 2 units of order STO-1001"))
        #expect(shown.cause.hasSuffix("and nobody there has taken it on."))
        #expect(
            shown.actions(about: try shop.order(id))
                == [.sourceElsewhere(id.fulfillment(1)), .cancelWork(id.fulfillment(1))])
        try shop.expectClean()
        shop.advance(.days(3))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [.workLate], "told once")
        try shop.expectClean()
    }

    @Test("A pickup that is not ready when the customer was told it would be is shown at that moment")
    func pickup() async throws {
        let (shop, id) = try released("2 × TEE-M at 10.00 GBP, store, pickup at YORK")
        try shop.walk(id, to: .packed)
        try await late(shop, id)
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .workLate && shown.cause.contains("was to have ready"))
        #expect(shown.actions(about: try shop.order(id)).first == .makeReady(id.fulfillment(1)))
        try shop.perform(MakeFulfillmentReady(fulfillment: id.fulfillment(1)))
        #expect(try kinds(shop) == [])
        try shop.expectClean()
    }

    /// What settles it, by name.
    private static let ends = ["shipped", "rejected", "cancelled", "the order is cancelled"]

    @Test("It is settled by itself when the goods have left, or the location has them to do no more", arguments: ends)
    func settled(end: String) async throws {
        let (shop, id) = try released()
        try await late(shop, id)
        #expect(try kinds(shop) == [.workLate])
        switch end {
        case "shipped": try shop.walk(id, to: .shipped)
        case "rejected": try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .other))
        case "cancelled": try shop.perform(CancelFulfillment(fulfillment: id.fulfillment(1)))
        default: try shop.perform(CancelOrder(order: id, reason: .customer), as: .supervisor)
        }
        #expect(try kinds(shop) == [])
        try shop.expectClean()
        shop.advance(.days(2))
        try await shop.runDueJobs()
        let other = try shop.order(id).fulfillments.first { $0.state == .released }
        #expect(try kinds(shop) == (end == "rejected" ? [.workLate] : []), "another location neglects it as well")
        #expect((other != nil) == (end == "rejected"))
        try shop.expectClean()
    }

    @Test("A labelled parcel is watched by itself: nobody is told twice; without its label it is work again")
    func labelled() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.perform(SaveCouriers(couriers: [.vans]))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        try shop.open("shop", policy: policy)
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try await late(shop, id)
        #expect(try kinds(shop) == [.workLate])
        try shop.walk(id, to: .packed)
        try await shop.runDueJobs()
        #expect(try shop.order(id).parcels[0].state == .labelled)
        #expect(try kinds(shop) == [], "it waits for its courier")
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [.notHandedOver])
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [])
        shop.advance(.days(1))
        try await shop.runDueJobs()
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .workLate)
        #expect(
            shown.actions(about: try shop.order(id)) == [.buyLabel(ParcelID(id, 1)), .cancelWork(id.fulfillment(1))])
        try shop.expectClean()
    }

    @Test("Work that is on hold waits for whoever holds it; once it is lifted, the location is told")
    func held() async throws {
        let (shop, id) = try released()
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: [], until: nil))
        try await late(shop, id)
        #expect(try kinds(shop) == [])
        try shop.perform(LiftHold(hold: HoldID(id, 1)))
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [.workLate])
        try shop.expectClean()
    }

    @Test("Work that comes late to its location has until the next cut-off")
    func releasedLate() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("slow", policy: ChannelPolicy(stages: [], release: .manual))
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "slow")
        shop.advance(.days(2))
        try shop.walk(id, to: .released)
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [])
        shop.advance(.hours(9))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [.workLate])
        try shop.expectClean()
    }

    @Test("Work that a person is to release and nobody does is told to them; released, it is its location's again")
    func unreleased() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("slow", policy: ChannelPolicy(stages: ["payment"], release: .manual))
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "slow")
        try await late(shop, id)
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .workLate && shown.owner == "operations" && shown.location == "LONDON")
        #expect(shown.cause.hasSuffix("and nobody has released them: slow leaves that to people."))
        #expect(
            shown.actions(about: try shop.order(id)) == [.release(id.fulfillment(1)), .cancelWork(id.fulfillment(1))])
        shop.advance(.days(2))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [.workLate], "told once")
        try shop.expectClean()
        try shop.perform(ReleaseFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try kinds(shop) == [])
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.owner) == ["LONDON"])
        try shop.expectClean()
    }

    @Test("Before its time is over, on hold, or given up, nobody is asked to release it")
    func notToRelease() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("slow", policy: ChannelPolicy(stages: [], release: .manual))
        let (held, cancelled) = (
            try shop.place("1 × TEE-M at 10.00 GBP", on: "slow"), try shop.place("1 × TEE-M at 10.00 GBP", on: "slow")
        )
        try shop.perform(PlaceHold(order: held, reason: "manual", note: nil, lines: []))
        try shop.perform(CancelOrder(order: cancelled, reason: .customer))
        try await late(shop, held)
        #expect(try kinds(shop) == [])
        try shop.perform(LiftHold(hold: HoldID(held, 1)))
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [.workLate])
        try shop.expectClean()
    }

    @Test("Somebody may say that it is seen to; a day later it is looked at again")
    func again() async throws {
        let (shop, id) = try released()
        try await late(shop, id)
        let shown = try #require(try shop.openExceptions().first)
        try shop.perform(ResolveException(exception: shown.id, resolution: "the van broke down"))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [])
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [.workLate])
        try shop.expectClean()
    }

    @Test("The doctor finds work that nobody would look at")
    func doctor() throws {
        let (shop, id) = try released()
        let report = try shop.examine(tamperedBy: "DELETE FROM jobs WHERE kind = 'chase_work'")
        #expect(report.findings.map(\.subject) == [id.fulfillment(1).description])
    }
}
