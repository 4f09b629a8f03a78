import TestSupport
import Testing

@testable import OrderManagement

@Suite("Who takes cash at the door")
struct CashChoiceTests {
    private func vans(_ most: Int64?) -> Courier {
        Courier.vans.changingServices { if $0.code == "day" { $0.cashMax = most } }
    }

    /// A shop that labels as it packs, whose vans take so much by day and nothing by express.
    private func shop(_ most: Int64?, _ couriers: [Courier] = []) throws -> TestSystem {
        try TestSystem.labelling(by: [vans(most)] + couriers)
    }

    private func order(_ text: String) throws -> PlaceOrder {
        var order = try PlaceOrder(text + ", paid by \(CashOnDelivery.provider)")
        order.channel = "shop"
        return order
    }

    private func packed(_ text: String, _ shop: TestSystem) throws -> (OrderID, Parcel) {
        let reply = try shop.perform(order(text))
        let id = try #require(OrderID(JSON.parse(reply.body)["id"]?.string ?? ""))
        try shop.walk(id, to: .packed)
        return (id, try #require(try shop.order(id).parcels.first))
    }

    @Test("A service takes what is due up to its limit, that amount itself included")
    func limit() throws {
        for (most, isTaken) in [(2_500, true), (2_501, true), (2_499, false)] as [(Int64, Bool)] {
            let shop = try shop(most)
            let (id, parcel) = try packed("2 × TEE-M at 10.00 GBP, shipping 5.00", shop)
            #expect((parcel.state == .labelled) == isTaken, "\(most)")
            if !isTaken {
                let failed = try #require(try shop.openExceptions().first)
                #expect(failed.cause.contains("vans/day: collects up to 24.99 GBP at the door, 25.00 GBP are due"))
                #expect(failed.cause.contains("vans/fast: takes no cash at the door"))
                try expectRefusal(
                    .noService, at: "/service",
                    of: BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "fast")), in: shop)
            }
            try shop.expectClean()
        }
    }

    @Test("Goods at net prices are divided by what their customer pays, taxes included")
    func net() throws {
        let shop = try shop(5_000)
        var order = try order("5 × TEE-M at 10.00 GBP")
        order.lines = [.init(sku: "TEE-M", quantity: 5, unitPrice: gbp(1_000), tax: gbp(1_000))]
        order.total = gbp(6_000)
        order.payments = [.init(provider: CashOnDelivery.provider, reference: "door", authorized: gbp(6_000))]
        let reply = try shop.perform(order)
        let id = try #require(OrderID(JSON.parse(reply.body)["id"]?.string ?? ""))
        try shop.walk(id, to: .picking)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: nil))
        let parcels = try shop.order(id).parcels
        #expect(parcels.count == 2 && parcels.allSatisfy { $0.state == .labelled && $0.cash <= 5_000 })
        #expect(parcels.reduce(0) { $0 + $1.cash } == 6_000)
        try shop.expectClean()
    }

    @Test("What is paid otherwise goes by any service, and what is paid at the door by none that takes no cash")
    func onlyCash() throws {
        let shop = try shop(nil)
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        #expect(try shop.order(id).parcels[0].state == .labelled)
        #expect(try packed("2 × TEE-M at 10.00 GBP", shop).1.state == .packed)
        #expect(try shop.openExceptions().first?.cause.contains("takes no cash at the door") == true)
    }

    @Test("A limit in another currency is reckoned by the channel's rate, as its price is")
    func foreign() throws {
        let euros = try #require(Currency("EUR"))
        var service = Tariff.Service(
            code: "cod", name: "Contrassegno", bands: ["home": [.init(gramsMax: 10_000, price: 500)]])
        (service.days, service.cashMax) = (2, 3_000)
        let abroad = Courier(
            code: "poste", name: "Poste",
            tariff: Tariff(currency: euros, zones: ["GB": "home"], services: [service]))
        for (rate, isTaken) in [("0.9", true), ("0.8", false)] {
            let shop = try TestSystem.labelling(by: [abroad]) {
                $0.shipping.rates = [ExchangeRate(euros, rate, date: "2026-03-01")].compactMap { $0 }
            }
            // 25.00 GBP are 27.78 EUR, or 31.25 EUR.
            let (_, parcel) = try packed("2 × TEE-M at 10.00 GBP, shipping 5.00", shop)
            #expect((parcel.state == .labelled) == isTaken && parcel.cash == (isTaken ? 2_500 : 0))
            if !isTaken {
                let cause = try #require(try shop.openExceptions().first?.cause)
                #expect(cause.contains("collects up to 30.00 EUR at the door, 31.25 EUR are due"))
            }
        }
    }

    @Test("A surcharge for cash is asked where something is to be paid at the door, and nowhere else")
    func surcharge() throws {
        let plain = vans(50_000).tariff
        let tariff = Tariff(
            currency: plain.currency, zones: plain.zones, services: plain.services,
            surcharges: [.init("Cash", .fixed(150), isForCash: true)])
        func price(_ cash: Int64) -> Int64? {
            tariff.quotes(for: .init(grams: 900, cash: cash), to: "GB", postcode: "LS1 4AP").quotes
                .first { $0.service == "day" }?.price.amount
        }
        #expect(price(0) == 400 && price(1) == 550)
        var json = JSONWriter()
        json.object { tariff.write(to: &$0) }
        #expect(try Tariff(stored: JSON.stored(json.text)) == tariff)
    }

    @Test("Sourcing leaves locations from where nobody takes the cash")
    func sourcing() throws {
        var first = vans(nil)
        first.origins = CourierOrigins(locations: ["LEEDS"])
        var second = Courier(code: "second", name: "Second", tariff: vans(50_000).tariff)
        second.origins = CourierOrigins(locations: ["LONDON"])
        let shop = try TestSystem.labelling("TEE-M@LONDON: 9", by: [first, second])
        try shop.receive("TEE-M@LEEDS: 9")
        let card = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        #expect(try shop.order(card).fulfillments.map(\.location) == ["LEEDS"])
        let reply = try shop.perform(order("1 × TEE-M at 10.00 GBP"))
        let id = try #require(OrderID(JSON.parse(reply.body)["id"]?.string ?? ""))
        #expect(try shop.order(id).fulfillments.map(\.location) == ["LONDON"])
    }

    @Test("Before there is an order, a way to have it that nobody takes cash for says so")
    func promised() async throws {
        let shop = try shop(1_500)
        func ways(_ units: Int64, at price: Int64 = 1_000, _ provider: String?) async throws -> [String?] {
            let basket = PromiseBasket(
                channel: "shop", lines: [.init(sku: "TEE-M", quantity: units, unitPrice: gbp(price))],
                destination: Destination("GB-LS1 4AP"), paidBy: provider)
            let reply = try await shop.waybill.rehearse(basket, as: .system)
            return try (JSON.parse(reply.body)["options"]?.array ?? [])
                .filter { $0["service"]?.string == "standard" }.map { $0["unavailable"]?.string }
        }
        #expect(try await ways(1, CashOnDelivery.provider) == [nil])
        // What one service may not collect at once goes in two parcels.
        #expect(try await ways(2, CashOnDelivery.provider) == [nil])
        #expect(try await ways(1, at: 2_000, nil) == [nil])
        let words = try #require(try await ways(1, at: 2_000, CashOnDelivery.provider).first ?? nil)
        #expect(words.hasPrefix("no courier takes 20.00 GBP at the door from LONDON"))
        #expect(words.contains("collects up to 15.00 GBP at the door, 20.00 GBP are due"))
    }

    @Test("An amendment is refused that would have a label ask for another amount than is due, and not before it")
    func amended() throws {
        let shop = try shop(50_000)
        let reply = try shop.perform(order("2 × TEE-M at 10.00 GBP, shipping 5.00"))
        let id = try #require(OrderID(JSON.parse(reply.body)["id"]?.string ?? ""))
        func waive(_ change: inout Amended) { change.rest = { request, _ in request.shipping = gbp(0) } }
        try shop.walk(id, to: .packed)
        let refusal = try expectRefusal(
            .illegalTransition, of: AmendOrder(order: id, request: shop.request(id, waive)), in: shop)
        #expect(refusal?.explanation.contains("25.00 GBP are asked for at the door") == true)
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        try shop.amend(id, waive)
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1)))
        #expect(try shop.order(id).parcels[0].cash == 2_000)
        try shop.expectClean()
    }
}
