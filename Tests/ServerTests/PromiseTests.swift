import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("What a basket is promised before it is an order")
struct PromiseTests {
    private func story() async throws -> Story {
        try await Story(
            try TestSystem(stock: "TEE-M@LONDON: 10", "MUG@LEEDS: 3", "TEE-M@YORK: 2", "MUG@YORK: 1"))
    }

    private func ask(_ lines: String, to destination: String? = "GB-LS1 4AP", on channel: String = "web") -> String {
        let place = destination.map { #", "destination": "\#($0)""# } ?? ""
        return #"{"channel": "\#(channel)", "lines": [\#(lines)]\#(place)}"#
    }

    private let basket = #"{"sku": "TEE-M", "quantity": 2}, {"sku": "MUG", "quantity": 1}"#

    private func ways(_ answer: JSON) -> [String] {
        (answer["options"]?.array ?? []).map { option in
            let way = option["service"]?.string ?? option["location"]?.string ?? "?"
            let sum = option.at("shipping_cost.amount").map { " for \($0.integer ?? -1)" } ?? ""
            return way + sum + (option["complete"]?.bool == true ? "" : ", incomplete")
        }
    }

    @Test("Each service and each store is told, with dates and costs, the soonest first")
    func options() async throws {
        let story = try await story()
        let answer = try await story.post("/v1/promises", ask(basket))
        #expect(ways(answer) == ["express for 885", "standard for 410", "YORK"])
        let express = try #require(answer["options"]?.array?.first)
        #expect(express["deliver_by"]?.string == "2026-03-03T16:00:00Z")
        #expect(express["fulfillments"]?.array?.compactMap { $0["location"]?.string } == ["YORK"])
        #expect(answer.at("options.2.ready_by")?.string == "2026-03-02T16:00:00Z")
        #expect(answer.at("options.2.accepted")?.bool == true && answer.at("options.2.shipping_cost") == nil)
    }

    @Test("A promise is what the order placed with it gets, and asking for it changes nothing")
    func kept() async throws {
        let story = try await story()
        let before = try await story.events("")
        let lines = #"{"sku": "TEE-M", "quantity": 2}, {"sku": "MUG", "quantity": 2}"#
        let promised = try await story.post("/v1/promises", ask(lines, on: "store"))
        #expect(try await story.events("") == before)
        #expect(try story.stock("TEE-M@LONDON") == "available 10")
        let order = try await story.place(Basket(.init("TEE-M", 2, at: 1_000), .init("MUG", 2, at: 500), on: "store"))
        let placed = try await story.get("/v1/orders/\(order)")
        let standard = try #require(
            promised["options"]?.array?.first { $0["service"]?.string == "standard" })
        let promise = (standard["fulfillments"]?.array ?? []).compactMap { $0["deliver_by"]?.string }
        let given = (placed["fulfillments"]?.array ?? []).compactMap { $0.at("promise.deliver_by")?.string }
        #expect(promise.count == 2 && promise.sorted() == given.sorted())
        try story.server.system.expectClean()
    }

    @Test("Couriers that are set up say what it costs, and who would carry it")
    func couriers() async throws {
        let story = try await story()
        try story.server.system.perform(SaveCouriers(couriers: [.vans]))
        let answer = try await story.post("/v1/promises", ask(#"{"sku": "TEE-M", "quantity": 2}"#))
        #expect(ways(answer).dropFirst() == ["standard for 400", "YORK"])
        let parcel = try #require(answer.at("options.1.fulfillments.0.parcels.0") as JSON?)
        #expect(parcel["courier"]?.string == "vans" && parcel["service"]?.string == "day")
        #expect(parcel["weight_g"]?.integer == 1_000)
    }

    @Test("An order is promised the day of the courier that would carry it, where the channel reckons with less")
    func couriersDay() async throws {
        let story = try await story()
        let slow = Courier.vans.changingServices { $0.days = 9 }
        try story.server.system.perform(SaveCouriers(couriers: [slow]))
        let lines = #"{"sku": "TEE-M", "quantity": 2}, {"sku": "MUG", "quantity": 2}"#
        let promised = try await story.post("/v1/promises", ask(lines, on: "store"))
        let order = try await story.place(Basket(.init("TEE-M", 2, at: 1_000), .init("MUG", 2, at: 500), on: "store"))
        let placed = try await story.get("/v1/orders/\(order)")
        let standard = try #require(
            promised["options"]?.array?.first { $0["service"]?.string == "standard" })
        func days(_ parts: JSON?, _ ship: String, _ deliver: String) throws -> [Int64] {
            try (parts?.array ?? []).map { part in
                let (from, to) = (part.at(ship)?.string, part.at(deliver)?.string)
                let (left, there) = (Timestamp(from ?? ""), Timestamp(to ?? ""))
                return (try #require(there) - (try #require(left))).count / 86_400
            }
        }
        #expect(try days(standard["fulfillments"], "ship_by", "deliver_by") == [9, 9])
        #expect(try days(placed["fulfillments"], "promise.ship_by", "promise.deliver_by") == [9, 9])
        try story.server.system.expectClean()
    }

    @Test("Speed that no courier has is not promised, and an order that asks for it is refused with the reason")
    func unkeptSpeed() async throws {
        let story = try await story()
        func courier(days: Int64?) -> Courier {
            var slow = Courier.vans
            slow.tariff = Tariff(
                currency: slow.tariff.currency, zones: slow.tariff.zones,
                services: slow.tariff.services.map { service in
                    var service = service
                    service.days = days
                    return service
                })
            return slow
        }
        try story.server.system.perform(SaveCouriers(couriers: [courier(days: nil)]))
        let wanted = #"{"sku": "TEE-M", "quantity": 2}"#
        let answer = try await story.post("/v1/promises", ask(wanted))
        #expect(ways(answer).first?.hasPrefix("standard") == true)
        let express = try #require(answer["options"]?.array?.first { $0["service"]?.string == "express" })
        #expect(express["accepted"]?.bool == false && express["deliver_by"]?.isNull == true)
        for member in ["ship_by", "shipping_cost", "fulfillments.0.deliver_by", "fulfillments.0.ship_by"] {
            #expect(express.at(member)?.isNull == true, "\(member)")
        }
        for member in ["price", "courier", "service", "time_known"] {
            #expect(express.at("fulfillments.0.parcels.0." + member)?.isNull == true, "\(member)")
        }
        #expect(express.at("fulfillments.0.parcels.0.weight_g")?.integer == 1_000)
        let reason = express["unavailable"]?.string ?? ""
        #expect(reason.hasPrefix("no courier keeps express from LONDON to GB: no time is known"))
        #expect(answer.at("options.0.accepted")?.bool == true && answer.at("options.0.unavailable")?.isNull == true)
        let shop = story.server.system
        let before = try await story.events("")
        var order = try PlaceOrder("2 × TEE-M at 10.00 GBP")
        func by(_ service: String) -> Order.Delivery {
            Order.Delivery(method: .ship, service: service, address: .example(), location: nil)
        }
        order.delivery = by("express")
        let refusal = #expect(throws: Refusal.self) { try shop.perform(order) }
        #expect(refusal?.details.map(\.pointer) == ["/delivery/service"] && refusal?.code == .deliveryNotOffered)
        #expect(try await story.events("") == before)
        order.delivery = by("standard")
        try shop.perform(order)
        // Who says a later day than the channel is believed, and the order accepted for that day.
        try shop.perform(SaveCouriers(couriers: [courier(days: 6)]))
        let later = try await story.post("/v1/promises", ask(wanted))
        let slow = try #require(later["options"]?.array?.first { $0["service"]?.string == "express" })
        #expect(slow["accepted"]?.bool == true && slow["unavailable"]?.isNull == true)
        order.delivery = by("express")
        let placed = try JSON.parse(shop.perform(order).body)
        #expect(placed.at("fulfillments.0.promise.deliver_by") == slow["deliver_by"])
        try shop.expectClean()
    }

    @Test("What nobody has is promised no day of leaving and no price, only when it is expected")
    func nothingThere() async throws {
        let story = try await Story(try TestSystem(stock: "MUG@LEEDS: 3"))
        try story.server.system.perform(SaveItems(items: [Item(sku: "TEE-M", name: "T-shirt", weightGrams: 500)]))
        let answer = try await story.post("/v1/promises", ask(#"{"sku": "TEE-M", "quantity": 2}"#))
        let standard = try #require(answer["options"]?.array?.first { $0["service"]?.string == "standard" })
        #expect(standard["complete"]?.bool == false && standard.at("short.0.quantity")?.integer == 2)
        for member in ["ship_by", "deliver_by", "shipping_cost"] {
            #expect(standard[member]?.isNull == true, "\(member)")
        }
    }

    @Test("A channel that sends an order only when it is complete promises all of it with the last to come")
    func together() async throws {
        let story = try await Story(try TestSystem(stock: "MUG@LEEDS: 3"))
        let shop = story.server.system
        try shop.perform(SaveItems(items: [Item(sku: "TEE-M", name: "T-shirt", weightGrams: 500)]))
        var channel = Channel.till
        channel.policy.supply.backorderRelease = .complete
        try shop.perform(SaveChannel(channel: channel))
        let answer = try await story.post("/v1/promises", ask(basket, on: "store"))
        let standard = try #require(answer["options"]?.array?.first { $0["service"]?.string == "standard" })
        #expect(standard.at("short.0.expected_at")?.string == "2026-03-16T10:00:00Z")
        #expect(standard["ship_by"]?.string == "2026-03-16T16:00:00Z")
        let order = try await story.place(Basket(.init("TEE-M", 2, at: 1_000), .init("MUG", 1, at: 500), on: "store"))
        let placed = try await story.get("/v1/orders/\(order)")
        #expect(placed.at("fulfillments.0.promise.ship_by") == standard["ship_by"])
        #expect(placed.at("fulfillments.0.promise.deliver_by") == standard["deliver_by"])
        try shop.expectClean()
    }

    @Test("A country without postcodes is a destination by itself")
    func withoutPostcode() async throws {
        let story = try await story()
        let wanted = #"{"sku": "TEE-M", "quantity": 2}"#
        #expect(try await ways(story.post("/v1/promises", ask(wanted, to: "AE"))).count == 3)
        let answer = try await story.server.send("POST", "/v1/promises", ask(wanted, to: "GB"))
        #expect(answer.errors == ["/destination invalid_input"])
        // As forms send it that ask for a postcode of everybody.
        let order = #"""
            {"channel": "web", "customer": {"name": "A"}, "delivery": {"method": "ship", "address": {"name": "A",
                "lines": ["1 Road"], "city": "Dubai", "region": "", "postcode": " ", "country": "AE"}},
             "lines": [{"sku": "MUG", "quantity": 1, "unit_price": {"amount": 100, "currency": "GBP"}}],
             "total": {"amount": 100, "currency": "GBP"}}
            """#
        let placed = try await story.server.send("POST", "/v1/orders", order, once: "dubai").json
        #expect(placed.at("delivery.address.postcode")?.string == "")
        #expect(placed.at("delivery.address.region")?.isNull == true)
    }

    @Test("What nobody has is said to be short, with a date; a channel that takes no backorders accepts it not")
    func short() async throws {
        let story = try await story()
        let wanted = #"{"sku": "MUG", "quantity": 5}"#
        let answer = try await story.post("/v1/promises", ask(wanted))
        #expect(ways(answer).last == "YORK, incomplete")
        #expect(answer.at("options.0.short.0.quantity")?.integer == 1)
        #expect(answer.at("options.0.short.0.expected_at")?.string == "2026-03-16T10:00:00Z")
        #expect(answer.at("options.0.accepted")?.bool == true)
        try await story.put(
            "/v1/channels/strict",
            #"""
            {"name": "S", "currency": "GBP", "number_prefix": "S-", "policy": {"stages": [], "shortfall": "refuse"}}
            """#)
        let strict = try await story.post("/v1/promises", ask(wanted, on: "strict"))
        #expect(strict.at("options.0.accepted")?.bool == false)
    }

    @Test("Without a destination the stores alone are asked")
    func storesOnly() async throws {
        #expect(try await ways(story().post("/v1/promises", ask(basket, to: nil))) == ["YORK"])
    }

    @Test("A caller who sees some locations is promised what lies there; one who sees none of the channel's, nothing")
    func scoped() async throws {
        let story = try await story()
        let leeds = try story.server.key([.stockRead], locations: ["LEEDS"])
        let mug = ask(#"{"sku": "MUG", "quantity": 1}"#)
        let seen = try await story.post("/v1/promises", mug, key: leeds)
        #expect(ways(seen) == ["express for 795", "standard for 370"])
        let nowhere = try story.server.key([.stockRead], locations: [])
        #expect(try await ways(story.post("/v1/promises", mug, key: nowhere)) == [])
        try await story.refused("/v1/promises", mug, "forbidden", key: try story.server.key([.ordersRead]))
    }

    @Test("What is wrong is named at its place", arguments: [
        (#"{"sku": "TEE-X", "quantity": 1}"#, "GB-LS1 4AP", "/lines/0/sku unknown_sku"),
        (#"{"sku": "MUG", "quantity": 0}"#, "GB-LS1 4AP", "/lines/0/quantity invalid_input"),
        (#"{"sku": "MUG", "quantity": 1}"#, "Leeds", "/destination invalid_input"),
        (#"{"sku": "MUG", "quantity": 1}"#, "XX-1", "/destination invalid_input"),
        (
            #"{"sku": "MUG", "quantity": 1, "unit_price": {"amount": 5, "currency": "EUR"}}"#, "GB-LS1 4AP",
            "/lines/0/unit_price/currency currency_mismatch"
        ),
    ])
    func refused(lines: String, destination: String, error: String) async throws {
        let story = try await story()
        let answer = try await story.server.send("POST", "/v1/promises", ask(lines, to: destination))
        #expect(answer.errors == [error], "\(answer.text)")
    }

    @Test("A channel that there is not, and a basket of nothing")
    func refusedWhole() async throws {
        let story = try await story()
        let channel = try await story.server.send("POST", "/v1/promises", ask(basket, on: "nowhere"))
        #expect(channel.errors == ["/channel unknown_channel"])
        #expect(try await story.server.send("POST", "/v1/promises", ask("")).errors == ["/lines invalid_input"])
    }
}
