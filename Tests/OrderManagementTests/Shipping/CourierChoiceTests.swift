import TestSupport
import Testing

@testable import OrderManagement

@Suite("By whom a parcel goes")
struct CourierChoiceTests {
    private let couriers = [Courier.vans, .post]

    private func choice(
        _ grams: Int64 = 900, days: Int64? = 5, policy: CourierPolicy = CourierPolicy(), value: Int64 = 2_000,
        requirements: UInt64 = 0, country: String = "GB", currency: Currency = pounds, records: [CourierRecord] = []
    ) throws -> CourierChoice {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        var order = try shop.order(try shop.place("2 × TEE-M at 10.00 GBP, store"))
        var address = Address.example()
        address.country = country
        order.delivery = Order.Delivery(method: .ship, service: "standard", address: address, location: nil)
        return CourierChoice(
            of: .init(
                parcel: Tariff.Parcel(grams: grams, value: value, requirements: requirements), order: order,
                origin: .warehouse("LONDON"), leavesAt: shop.now, deliverBy: days.map { shop.now + .days($0) }),
            among: couriers, by: policy, in: currency, records)
    }

    private func names(_ choice: CourierChoice) -> [String] {
        choice.options.map { "\($0.courier)/\($0.service) \($0.cost)" }
    }

    @Test("The cheapest that comes in time goes first; a day late costs what the policy says")
    func cost() throws {
        #expect(try names(choice()) == ["post/parcel 300", "vans/day 400", "vans/fast 900"])
        #expect(try names(choice(days: 2)) == ["vans/day 400", "post/parcel 800", "vans/fast 900"])
        #expect(try names(choice(days: 1)) == ["vans/day 900", "vans/fast 900", "post/parcel 1300"])
        #expect(try choice(days: 1).options.map(\.daysLate) == [1, 0, 2])
        var patient = CourierPolicy()
        patient.latePerDay = 0
        #expect(try names(choice(days: 1, policy: patient)).first == "post/parcel 300")
        #expect(try names(choice(days: nil)).first == "post/parcel 300")
    }

    @Test("A service of which no time is known comes behind all that say theirs, and is none for who asked for speed")
    func untimed() throws {
        var slow = Tariff.Service(
            code: "second", name: "Second class", bands: ["home": [Tariff.Band(gramsMax: 20_000, price: 50)]])
        let tariff = Tariff(currency: pounds, zones: ["GB": "home"], services: [slow])
        let letters = Courier(code: "letters", name: "Letters", tariff: tariff)
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let order = try shop.order(try shop.place("2 × TEE-M at 10.00 GBP, store"))
        func choice(
            days: Int64?, hurries: Bool = false, among couriers: [Courier] = [.vans, letters]
        ) -> CourierChoice {
            CourierChoice(
                of: .init(
                    parcel: Tariff.Parcel(grams: 900, value: 2_000), order: order, origin: .warehouse("LONDON"),
                    leavesAt: shop.now, deliverBy: days.map { shop.now + .days($0) }, hurries: hurries),
                among: couriers, by: CourierPolicy(), in: pounds)
        }
        let promised = choice(days: 1)
        #expect(names(promised) == ["vans/day 900", "vans/fast 900", "letters/second 50"])
        #expect(promised.options.map(\.daysLate) == [1, 0, nil])
        #expect(names(choice(days: nil)).first == "letters/second 50")
        #expect(choice(days: 3, among: [letters]).best?.service == "second")
        let express = choice(days: 1, hurries: true)
        #expect(express.options.map(\.service) == ["day", "fast"])
        #expect(express.objections["letters/second"]?.contains("no time is known") == true)
        slow.days = 1
        let timed = Courier(code: "letters", name: "Letters", tariff: Tariff(
            currency: pounds, zones: ["GB": "home"], services: [slow]))
        #expect(choice(days: 1, hurries: true, among: [timed]).best?.daysLate == 0)
        let channel = Channel.till
        var hurried = order
        hurried.delivery = Order.Delivery(method: .ship, service: "express", address: .example(), location: nil)
        #expect(channel.hurries(hurried, from: .warehouse("LONDON")))
        #expect(!channel.hurries(order, from: .warehouse("LONDON")))
    }

    @Test("The first rule that holds says who may: by order, parcel, and origin")
    func rules() throws {
        var policy = CourierPolicy()
        policy.rules = [
            .init(when: .test("parcel.weight_g", .atLeast(5_000)), services: ["vans/*"]),
            .init(
                when: .test("destination.country", .isOne(of: [.text("GB")])), services: ["vans/fast", "post/parcel"]),
        ]
        #expect(try names(choice(policy: policy)) == ["post/parcel 300", "vans/fast 900"])
        let heavy = try choice(6_000, policy: policy)
        #expect(names(heavy) == ["vans/day 600", "vans/fast 900"])
        #expect(heavy.objections == ["post/parcel": "no rule of the channel allows it for this parcel"])
        policy.rules = [.init(when: .test("origin.location", .isOne(of: [.text("LEEDS")])), services: ["post/parcel"])]
        #expect(try choice(policy: policy).options.count == 3)
    }

    @Test("What is often late costs more, once enough parcels were counted, on this way before all ways")
    func punctuality() throws {
        func record(_ area: String, _ onTime: Int64, of parcels: Int64) -> CourierRecord {
            let origin = area.isEmpty ? "" : "LONDON"
            return CourierRecord(
                way: .init(courier: "post", service: "parcel", origin: origin, area: area), parcels: parcels,
                onTime: onTime)
        }
        #expect(try names(choice(records: [record("GB-LS", 0, of: 19)])).first == "post/parcel 300")
        #expect(try names(choice(records: [record("", 15, of: 20)])).first == "vans/day 400")
        let both = try choice(records: [record("", 0, of: 20), record("GB-LS", 20, of: 20)])
        #expect(both.best?.onTimePercent == 100 && names(both).first == "post/parcel 300")
    }

    @Test("Weight, country, value, goods and currency are reasons, each named", arguments: [
        ("weight", "too heavy: at most 10000 g"), ("country", "it does not serve DE"),
        ("goods", "its goods need what this service may not carry"),
        ("currency", "it charges in GBP, the channel counts in EUR and has no exchange rate for it"),
    ])
    func objections(of kind: String, reason: String) throws {
        let answer = switch kind {
        case "weight": try choice(21_000)
        case "country": try choice(country: "DE")
        case "goods": try choice(requirements: 1)
        default: try choice(currency: Currency("EUR")!)  // EUR is known
        }
        #expect(answer.options.isEmpty && answer.objections["vans/day"] == reason)
    }

    @Test("Goods worth more than a service may carry go by another")
    func valuable() throws {
        var tariff = Courier.post.tariff
        var service = tariff.services[0]
        service.valueMax = 1_999
        tariff = Tariff(currency: tariff.currency, zones: tariff.zones, services: [service])
        let answer = tariff.quotes(for: .init(grams: 900, value: 2_000), to: "GB", postcode: "LS1 4AP")
        #expect(answer.objections == ["parcel": .tooValuable(valueMax: 1_999)])
        #expect(tariff.quotes(for: .init(grams: 900, value: 1_999), to: "GB", postcode: "").quotes.count == 1)
    }

    @Test("A rule that names nobody is refused with its place; a courier and its tariff are kept as saved")
    func saved() throws {
        let shop = try TestSystem()
        try shop.perform(SaveCouriers(couriers: couriers))
        var channel = Channel.web
        channel.policy.shipping.rules = [
            .init(when: .test("order.total", .atLeast(1)), services: ["vans/day", "dhl/x", "vans/x", "vans"])
        ]
        let refusal = try expectRefusal(
            .invalidInput, at: "/policy/shipping/rules/0/services/3", of: SaveChannel(channel: channel), in: shop)
        #expect(refusal?.details.map(\.detail) == [
            "there is no courier dhl; couriers are: post, vans", "Our vans has no service x",
            "expected courier/service, or vans/* for all of them",
        ])
        let known = try shop.waybill.readNow { try Configuration.load(in: $0) }
        #expect(known.couriers["vans"] == .vans && known.couriers["post"] == .post)
        var packaging = Packaging()
        packaging.companyPrefix = "12"
        try expectRefusal(.invalidInput, at: "/gs1_company_prefix", of: SavePackaging(packaging: packaging), in: shop)
    }
}
