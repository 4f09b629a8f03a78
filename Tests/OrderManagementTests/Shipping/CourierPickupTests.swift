import Connectors
import OrderManagement
import TestSupport
import Testing

/// Every state with every action; `-` is refused.
private let states = TextTable(
    """
    state      | book   | refuse  | stand  | change   | cancel     | confirm   | keep | ask
    requested  | booked | refused | -      | -        | cancelling | -         | -    | -
    booked     | -      | -       | -      | changing | cancelling | -         | -    | -
    changing   | booked | refused | booked | -        | cancelling | -         | -    | -
    cancelling | -      | -       | -      | -        | -          | cancelled | kept | -
    refused    | -      | -       | -      | -        | -          | -         | -    | requested
    cancelled  | -      | -       | -      | -        | -          | -         | -    | -
    kept       | -      | -       | -      | -        | -          | -         | -    | -
    """)

@Suite("Couriers that are called")
struct CourierPickupTests {
    @Test("Each action leads where the table says, or is refused")
    func table() throws { try CourierPickup.State.expect(states) }

    private func shop(_ courier: TestCourier = TestCourier()) throws -> TestSystem {
        let shop = try TestSystem(connections: [courier])
        try shop.perform(SaveCouriers(couriers: [.post, .vans]))
        return shop
    }

    /// This afternoon from two to four.
    private func wish(_ shop: TestSystem, _ parcels: Int64 = 3) -> CourierPickup.Wish {
        CourierPickup.Wish(
            ready: shop.now + .hours(4), closes: shop.now + .hours(6), parcels: parcels, weightGrams: 4_000, note: nil)
    }

    private func call(_ shop: TestSystem, _ courier: String = "post", at location: String = "LONDON") throws
        -> CourierPickupID
    {
        let reply = try shop.perform(CallCourier(location: location, courier: courier, wish: wish(shop)))
        return try #require(CourierPickupID(try JSON.parse(reply.body)["id"]?.string ?? ""))
    }

    private func pickup(_ id: CourierPickupID, _ shop: TestSystem) throws -> CourierPickup {
        try #require(try shop.waybill.readNow { try CourierPickupStore.pickup(id, in: $0) })
    }

    private func feed(_ shop: TestSystem) throws -> [String] {
        try shop.waybill.readNow { try EventLog.page(after: 0, types: [], limit: 10_000, in: $0) }.events.map(\.type)
            .filter { $0.hasPrefix("courier_pickup.") }
    }

    @Test("A courier is called once, also when its answer is lost, and told not to come")
    func called() async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        let id = try call(shop)
        try shop.expectClean()
        courier.next(.fail, .loseAnswer)
        for _ in 1...4 {
            try await shop.runDueJobs()
            shop.advance(.minutes(1))
        }
        let booked = try pickup(id, shop)
        #expect(booked.state == .booked && booked.reference == "pickup-1")
        #expect(courier.pickups == ["2026-03-02 14:00-16:00 3"])
        try shop.perform(CancelCourierPickup(id: id))
        try shop.expectClean()
        courier.next(.loseAnswer)
        for _ in 1...2 {
            try await shop.runDueJobs()
            shop.advance(.minutes(1))
        }
        #expect(try pickup(id, shop).state == .cancelled && courier.cancelledPickups == ["pickup-1"])
        #expect(
            try feed(shop) == ["courier_pickup.requested", "courier_pickup.booked", "courier_pickup.cancelled"])
        try expectRefusal(.illegalTransition, of: CancelCourierPickup(id: id), in: shop)
        try expectRefusal(.illegalTransition, of: ChangeCourierPickup(id: id, parcels: 4), in: shop)
        try shop.expectClean()
    }

    @Test("Own vans are told by the retailer: that they come is noted, and nobody is asked")
    func own() async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        let id = try call(shop, "vans")
        #expect(try pickup(id, shop).state == .booked)
        try shop.perform(ChangeCourierPickup(id: id, parcels: 9))
        #expect(try pickup(id, shop).agreed.parcels == 9)
        try shop.perform(CancelCourierPickup(id: id))
        #expect(try pickup(id, shop).state == .cancelled)
        #expect(try await shop.runDueJobs() == 0 && courier.pickups.isEmpty)
        try shop.expectClean()
    }

    @Test("A change gives up what was agreed and asks anew; where that cannot be given up, it stands")
    func changed() async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        let id = try call(shop)
        try await shop.runDueJobs()
        try shop.perform(ChangeCourierPickup(id: id, closes: shop.now + .hours(7), parcels: 5))
        #expect(try pickup(id, shop).state == .changing && pickup(id, shop).agreed.parcels == 3)
        try shop.expectClean()
        courier.next(.loseAnswer, .loseAnswer)  // of the cancellation, then of the new call
        for _ in 1...4 {
            try await shop.runDueJobs()
            shop.advance(.minutes(1))
        }
        #expect(try pickup(id, shop).agreed.parcels == 5 && pickup(id, shop).reference == "pickup-2")
        #expect(courier.pickups == ["2026-03-02 14:00-16:00 3", "2026-03-02 14:00-17:00 5"])
        #expect(courier.cancelledPickups == ["pickup-1"])
        courier.next(.refuse(reason: "the van has left"))
        try shop.perform(ChangeCourierPickup(id: id, parcels: 6))
        try await shop.runDueJobs()
        let kept = try pickup(id, shop)
        #expect(kept.state == .booked && kept.agreed.parcels == 5 && kept.reason == "the van has left")
        #expect(try shop.openExceptions().map(\.kind) == [.pickupRefused])
        try shop.expectClean()
    }

    @Test("What a courier refuses is shown with its reason, asked for anew, and settled by its coming")
    func refused() async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        courier.next(.refuse(reason: "no van is free"))
        let id = try call(shop)
        try await shop.runDueJobs()
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .pickupRefused && shown.owner == "LONDON" && shown.cause.hasSuffix("no van is free"))
        #expect(shown.actions(about: nil) == [.callCourier(id)])
        try shop.expectClean()
        try shop.perform(ChangeCourierPickup(id: id))
        #expect(try shop.openExceptions().isEmpty)
        try await shop.runDueJobs()
        #expect(try pickup(id, shop).state == .booked && courier.pickups.count == 1)
        courier.next(.refuse(reason: "too late"))
        try shop.perform(CancelCourierPickup(id: id))
        try await shop.runDueJobs()
        #expect(try pickup(id, shop).state == .kept && shop.openExceptions().map(\.kind) == [.pickupRefused])
        #expect(
            try feed(shop) == [
                "courier_pickup.requested", "courier_pickup.refused", "courier_pickup.requested",
                "courier_pickup.booked", "courier_pickup.refused",
            ])
        try shop.expectClean()
    }

    private func shown(_ shop: TestSystem) throws -> OrderException {
        let shown = try #require(try shop.openExceptions().first)
        return try shop.waybill.readNow { try [shown].knowing([:], in: $0) }[0]
    }

    @Test("One that comes all the same is not called again: people are told so until its time is over")
    func comesAllTheSame() async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        let id = try call(shop)
        try await shop.runDueJobs()
        courier.next(.refuse(reason: "no other van"), .refuse(reason: "the van has left"))
        try shop.perform(ChangeCourierPickup(id: id, parcels: 6))
        try await shop.runDueJobs()
        let stood = try shown(shop)
        #expect(stood.cause.hasPrefix("post comes as was agreed") && stood.actions(about: nil).isEmpty)
        try shop.perform(CancelCourierPickup(id: id))
        try await shop.runDueJobs()
        let kept = try shown(shop)
        #expect(kept.id == stood.id && kept.actions(about: nil).isEmpty)
        #expect(kept.cause.hasPrefix("post comes all the same") && kept.cause.hasSuffix(": the van has left"))
        #expect(kept.suggestion.hasPrefix("It comes all the same: hand over what is there, or send it away"))
        try expectRefusal(.illegalTransition, of: ChangeCourierPickup(id: id), in: shop)
        try shop.expectClean()
        shop.now = try pickup(id, shop).agreed.closes + .minutes(-1)
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().count == 1)
        shop.advance(.minutes(1))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty && pickup(id, shop).state == .kept)
        try shop.expectClean()
    }

    @Test("One that does not come is nobody's task any more when the time is over that it was called for last")
    func timeIsOver() async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        courier.next(.refuse(reason: "no van is free"), .refuse(reason: "no driver is there"))
        let id = try call(shop)
        try await shop.runDueJobs()
        let first = try pickup(id, shop).agreed.closes
        try shop.perform(ChangeCourierPickup(id: id, closes: first + .hours(2)))
        try await shop.runDueJobs()
        #expect(try shown(shop).actions(about: nil) == [.callCourier(id)])
        shop.now = first
        try await shop.runDueJobs()
        #expect(try shown(shop).cause.hasSuffix("no driver is there"))
        shop.advance(.hours(2))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("One that is told not to come before it has answered is cancelled by what it answers")
    func cancelledEarly() async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        let never = try call(shop)
        try shop.perform(CancelCourierPickup(id: never))
        try await shop.runDueJobs()
        #expect(try pickup(never, shop).state == .cancelled && courier.pickups.isEmpty)
        courier.next(.loseAnswer)
        let lost = try call(shop)
        try await shop.runDueJobs()
        try shop.perform(CancelCourierPickup(id: lost))
        for _ in 1...2 {
            try await shop.runDueJobs()
            shop.advance(.minutes(1))
        }
        #expect(try pickup(lost, shop).state == .cancelled && courier.cancelledPickups == ["pickup-1"])
        try shop.expectClean()
    }

    @Test("One that is to come otherwise and then not at all wishes for nothing, whether it comes or not", arguments: [
        (TestCourier.Behavior?.none, CourierPickup.State.cancelled), (.refuse(reason: "the van has left"), .kept),
    ])
    func cancelledWhileChanging(step: TestCourier.Behavior?, end: CourierPickup.State) async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        let id = try call(shop)
        try await shop.runDueJobs()
        try shop.perform(ChangeCourierPickup(id: id, parcels: 5))
        try shop.perform(CancelCourierPickup(id: id))
        if let step { courier.next(step) }
        for _ in 1...2 {
            try await shop.runDueJobs()
            shop.advance(.minutes(1))
        }
        #expect(try pickup(id, shop).state == end && pickup(id, shop).wish == nil)
        try shop.expectClean()
    }

    @Test("A window that is over, upside down, of two days or far ahead is refused at its place")
    func windows() throws {
        let shop = try shop()
        func refuse(_ ready: Timestamp, _ closes: Timestamp, at pointer: String) throws {
            let wish = CourierPickup.Wish(ready: ready, closes: closes, parcels: 1, weightGrams: 1, note: nil)
            try expectRefusal(
                .invalidInput, at: pointer, of: CallCourier(location: "LONDON", courier: "post", wish: wish), in: shop)
        }
        try refuse(shop.now + .hours(2), shop.now + .hours(2), at: "/closes")
        try refuse(shop.now + .hours(-2), shop.now, at: "/closes")
        try refuse(shop.now + .hours(13), shop.now + .hours(15), at: "/closes")
        try refuse(shop.now + .days(61), shop.now + .days(61) + .hours(1), at: "/ready")
        let fine = wish(shop)
        try expectRefusal(
            .unknownCourier, at: "/courier", of: CallCourier(location: "LONDON", courier: "x", wish: fine), in: shop)
        try expectRefusal(
            .unknownLocation, of: CallCourier(location: "PARIS", courier: "post", wish: fine), in: shop)
        let york = Principal(name: "york", scopes: [.fulfillmentsWrite], locations: ["YORK"])
        try expectRefusal(
            .unknownLocation, of: CallCourier(location: "LONDON", courier: "post", wish: fine), in: shop, as: york)
        let id = try call(shop)
        try expectRefusal(.notFound, of: CancelCourierPickup(id: id), in: shop, as: york)
        try expectRefusal(.notFound, of: ChangeCourierPickup(id: CourierPickupID(1)), in: shop)
        let reader = Principal(name: "reader", scopes: [.fulfillmentsRead])
        for command in [CancelCourierPickup(id: id), ChangeCourierPickup(id: id)] as [any Command] {
            try expectRefusal(.forbidden, of: command, in: shop, as: reader)
        }
        try shop.expectClean()
    }

    @Test("One whose job, exception or name is gone, or that waits for nobody, is a contradiction")
    func contradictions() async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        let id = try call(shop)
        func found(_ sql: String) throws -> [String] {
            try shop.examine(tamperedBy: sql).findings.map { "\($0.book.rawValue) \($0.subject)" }
        }
        let this = "hand_overs \(id)"
        #expect(try found("DELETE FROM jobs WHERE kind = 'arrange_pickup'") == [this])
        #expect(try found("UPDATE courier_pickups SET connection = 'tariff'") == [this])
        try await shop.runDueJobs()
        #expect(try found("UPDATE courier_pickups SET reference = NULL") == [this])
        #expect(try found("UPDATE courier_pickups SET state = 'refused'") == [this])
        #expect(try found("UPDATE courier_pickups SET wish = '{}'") == [this])
        #expect(try found("UPDATE courier_pickups SET state = 'lost'") == [this])
        try shop.expectClean()
    }

    @Test("Connections keep the contract for calls: theirs, the tariff's, and those that call nobody say so")
    func contract() async throws {
        let request = PickupRequest.example(key: "pck-1")
        #expect(try await CourierContract.breaches(of: TestCourier(), calledBy: request) == [])
        let tariff = TariffConnection { [] }
        #expect(try await CourierContract.breaches(of: tariff, calledBy: request, hasEffect: false) == [])
        struct Deaf: CourierConnection {
            let name = "deaf"
            func rates(for request: LabelRequest) async throws -> [CourierRate] { [] }
            func buy(_ request: LabelRequest) async throws -> LabelOutcome { .refused(reason: "") }
            func purchase(under key: String) async throws -> LabelOutcome? { nil }
            func void(_ label: BoughtLabel) async throws -> VoidOutcome { .done }
            func news(of labels: [BoughtLabel]) async throws -> [CourierNews] { [] }
            func handOver(_ labels: [BoughtLabel], key: String) async throws -> HandOverOutcome {
                .done(reference: nil, manifest: nil)
            }
        }
        #expect(
            try await Deaf().requestPickup(request)
                == .refused(reason: "post is not called by deaf: call it yourself"))
        #expect(try await CourierContract.breaches(of: Deaf(), calledBy: request) == ["it does not come: post is not "
            + "called by deaf: call it yourself"])
    }
}
