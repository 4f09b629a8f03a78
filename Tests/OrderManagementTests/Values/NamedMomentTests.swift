import OrderManagement
import TestSupport
import Testing

@Suite("Moments that requests name")
struct NamedMomentTests {
    @Test("What is to come does not lie in the past, nor absurdly far ahead", arguments: [
        Seconds(0), .days(-1), .days(3_000),
    ])
    func plans(span: Seconds) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP")
        try shop.perform(PassStage(order: id, stage: "remorse", hasPassed: false, note: nil))
        let exception = try #require(try shop.openExceptions().first)
        let moment = shop.now + span
        let goods = [SKUQuantity(sku: "TEE-M", quantity: 1)]
        var paused = Location.warehouse("LEEDS")
        paused.pausedUntil = moment
        let supply = try shop.expect("PO-7", ["TEE-M": 1])
        for (pointer, command) in [
            ("/due", PlanTransfer(from: "LONDON", to: "YORK", lines: goods, due: moment)),
            ("/due", RescheduleInbound(inbound: supply, due: moment)),
            ("/due", AssignException(exception: exception.id, assignee: nil, due: moment)),
            ("/until", PlaceHold(order: id, reason: "manual", note: nil, lines: [], until: moment)),
            ("/paused_until", SaveLocations(locations: [paused], isList: false)),
            ("/locations/1/paused_until", SaveLocations(locations: [.store("YORK"), paused])),
            ("/locations/0/paused_until", ApplyConfiguration(channels: [], locations: [paused])),
        ] as [(String, any Command)] {
            let refusal = try expectRefusal(.invalidInput, at: pointer, of: command, in: shop)
            let said = refusal?.details.first?.detail ?? ""
            #expect(said.contains(span.count > 0 ? "too far ahead" : "is over"), "\(said)")
        }
        let far = ExpectInbound(location: "LONDON", reference: "PO-8", due: shop.now + .days(3_000), lines: goods)
        try expectRefusal(.invalidInput, at: "/due", of: far, in: shop)
    }

    @Test("A supply that is late already is announced; a pause that is over stays with what else is changed")
    func late() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.perform(
            ExpectInbound(
                location: "LONDON", reference: "PO-8", due: shop.now + .days(-2),
                lines: [SKUQuantity(sku: "TEE-M", quantity: 1)]))
        var leeds = Location.warehouse("LEEDS")
        leeds.pausedUntil = shop.now + .hours(1)
        try shop.perform(SaveLocations(locations: [leeds]))
        shop.advance(.hours(2))
        leeds.name = "Leeds North"
        try shop.perform(SaveLocations(locations: [leeds]))
        try shop.expectClean()
    }
}
