import TestSupport
import Testing

@testable import OrderManagement

@Suite("How punctual couriers are, in sourcing, promises and labels")
struct SourcingPunctualityTests {
    /// LEEDS goes before LONDON where both cost the same; records are `LEEDS day 10/20`, their sums made of them.
    private func shop(
        _ records: String..., latePerDay: Int64 = 500, release: ChannelPolicy.Release = .automatic
    ) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 40", "TEE-M@LEEDS: 40")
        try shop.perform(SaveCouriers(couriers: [.vans]))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        policy.shipping.latePerDay = latePerDay
        policy.release = release
        try shop.open("shop", policy: policy)
        var sums: [String: (onTime: Int64, parcels: Int64)] = [:]
        func insert(_ origin: String, _ area: String, _ service: String, _ onTime: Int64, of parcels: Int64) throws {
            try shop.tamper(
                """
                INSERT INTO courier_records (origin, area, courier, service, parcels, on_time)
                VALUES ('\(origin)', '\(area)', 'vans', '\(service)', \(parcels), \(onTime))
                """)
        }
        for record in records {
            let words = record.split { $0 == " " || $0 == "/" }.map(String.init)
            let (onTime, parcels) = (try #require(Int64(words[2])), try #require(Int64(words[3])))
            try insert(words[0], "GB-LS", words[1], onTime, of: parcels)
            sums[words[1], default: (0, 0)].onTime += onTime
            sums[words[1], default: (0, 0)].parcels += parcels
        }
        for (service, sum) in sums { try insert("", "", service, sum.onTime, of: sum.parcels) }
        return shop
    }

    private func decision(_ id: OrderID, _ shop: TestSystem) throws -> JSON {
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        return try JSON.parse(try #require(events.last { $0.type == "order.sourced" }).data)
    }

    private func risks(_ decision: JSON) -> [String] {
        (decision["punctuality"]?.array ?? []).map { risk in
            let names = ["location", "courier", "service"].map { risk[$0]?.string ?? "?" }
            return "\(names.joined(separator: " ")) \(risk["on_time_percent"]?.integer ?? -1) % "
                + "\(risk["cost"]?.integer ?? -1)"
        }
    }

    @Test("A location whose courier is often late there costs more, and the decision keeps the rate that it went by")
    func sourced() throws {
        let plain = try shop()
        let first = try plain.place("2 × TEE-M at 10.00 GBP", on: "shop")
        #expect(try plain.order(first).fulfillments.map(\.location) == ["LEEDS"])
        #expect(try decision(first, plain)["punctuality"] == nil)
        let shop = try shop("LEEDS day 10/20", "LONDON day 20/20")
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        #expect(try shop.order(id).fulfillments.map(\.location) == ["LONDON"])
        let made = try decision(id, shop)
        #expect(risks(made) == ["LEEDS vans day 50 % 250"])
        let loser = try #require(made["losers"]?.array?.first { $0["location"]?.string == "LEEDS" })
        #expect(loser["reason"]?.string == "dearer" && loser["cost"]?.integer == 750)
        try shop.expectClean()
    }

    @Test("It counts nothing where too few parcels were counted, where nobody was late, and where a day costs nothing")
    func uncounted() throws {
        for shop in [
            try shop("LEEDS day 0/19"), try shop("LEEDS day 20/20", "LONDON day 20/20"),
            try shop("LEEDS day 10/20", "LONDON day 20/20", latePerDay: 0),
        ] {
            let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
            #expect(try shop.order(id).fulfillments.map(\.location) == ["LEEDS"])
            #expect(try decision(id, shop)["punctuality"] == nil)
        }
    }

    @Test("Promise, sourcing and label go by the same service at the same cost, for all that was late before")
    func same() async throws {
        // By day 4.00, and 6.00 for being late; by night 9.00.
        let shop = try shop("LEEDS day 0/20", "LONDON day 0/20", latePerDay: 600)
        let asked = PromiseBasket(
            channel: "shop", lines: [.init(sku: "TEE-M", quantity: 1)],
            destination: Destination("GB-LS1 4AP"))
        let answer = try JSON.parse(try await shop.waybill.rehearse(asked, as: .system).body)
        let standard = try #require(answer["options"]?.array?.first { $0["service"]?.string == "standard" })
        let promised = standard["fulfillments"]?.array?.first?["parcels"]?.array?.first
        #expect(promised?["service"]?.string == "fast" && promised?["price"]?["amount"]?.integer == 900)
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        let cost = try #require(try decision(id, shop)["chosen"]?.array?.first?["cost"])
        #expect((cost["parcels"]?.integer ?? 0) + (cost["weight"]?.integer ?? 0) == 900)
        try shop.walk(id, to: .packed)
        #expect(try shop.order(id).parcels.map(\.service) == ["fast"])
        let rates = try JSON.parse(try shop.perform(RateParcel(parcel: ParcelID(id, 1))).body)
        let day = try #require(rates["options"]?.array?.first { $0["service"]?.string == "day" })
        #expect(day["cost"]?["amount"]?.integer == 1_000 && day["on_time_percent"]?.integer == 0)
        try shop.expectClean()
    }

    @Test("What is delivered late counts with the next order that is placed, from the twentieth parcel on")
    func current() throws {
        let shop = try shop()
        for number in 1...21 {
            let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
            // By then it is late on all of its ways together: from London, too, of which nothing is known.
            let expected = number == 21 ? ["LEEDS vans day 0 % 500", "LONDON vans day 0 % 500"] : []
            #expect(risks(try decision(id, shop)) == expected, "\(number)")
            try shop.walk(id, to: .shipped)
            shop.advance(.days(5))
            try shop.perform(DeliverFulfillment(fulfillment: id.fulfillment(1)))
        }
        try shop.expectClean()
    }

    @Test("An order that is sourced again goes by what is known of couriers then")
    func sourcedAgain() throws {
        let shop = try shop("LEEDS day 10/20", "LONDON day 20/20", release: .manual)
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        try shop.perform(SourceOrder(order: id))
        #expect(risks(try decision(id, shop)) == ["LEEDS vans day 50 % 250"])
        #expect(try shop.order(id).fulfillments.filter { $0.state == .open }.allSatisfy { $0.location == "LONDON" })
        try shop.expectClean()
    }
}
