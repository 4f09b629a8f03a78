import Connectors
import OrderManagement
import TestSupport
import Testing

@Suite("Parcels over customs borders")
struct CustomsTests {
    private static func address(_ country: String, _ postcode: String = "1") -> Address {
        var address = Address.example()
        (address.country, address.postcode) = (country, postcode)
        return address
    }

    @Test("A border is between customs areas, not between countries", arguments: [
        ("GB LS1", "GB EH1", true), ("GB LS1", "DE 10115", false), ("DE 10115", "FR 75001", true),
        ("FR 75001", "MC 98000", true), ("DE 10115", "CH 8001", false), ("DE 10115", "DE 27498", false),
        ("ES 28001", "ES 38001", false), ("IT 20100", "IT 23041", false), ("ES 38001", "ES 38670", true),
        ("FR 75001", "RE 97400", false), ("GB LS1", "IM IM1", true), ("GB LS1", "JE JE2", false),
        ("GB BT1", "IE D01", true), ("GB BT1", "GB LS1", true), ("IE D01", "GB LS1", false),
        ("US 10001", "US 94105", true), ("FR 75001", "FR 97110", false), ("FR 97110", "GP 97100", true),
        ("FR 97410", "RE 97400", true), ("FR 97133", "BL 97133", true), ("FR 97133", "FR 97110", false),
        ("DE 10115", "FR 98800", false), ("FR 98800", "NC 98800", true), ("FR 98000", "MC 98000", true),
        ("FI 00100", "FI 22100", false), ("FI 22100", "AX 22150", true), ("FI 00220", "SE 11455", true),
        ("DE 10115", "SM 47890", false), ("IT 20100", "SM 47890", true), ("IT 47890", "SM 47890", true),
        ("IT 47899", "FR 75001", false), ("GB LS1", "SM 47890", false), ("IT 22061", "SM 47890", false),
        ("DE D-27498", "DE 10115", false), ("IT 22061", "IT 20100", false), ("FR F-97410", "FR 75001", false),
    ])
    func areas(_ one: String, _ other: String, isOne: Bool) {
        func address(_ text: String) -> Address { Self.address(String(text.prefix(2)), String(text.dropFirst(3))) }
        let (here, there) = (address(one), address(other))
        #expect(CustomsArea.isOne(here, there) == isOne && CustomsArea.isOne(there, here) == isOne)
    }

    /// The post and own vans, both also to Germany and Ireland.
    private static func couriers() -> [Courier] {
        [Courier.post, .vans].map { courier in
            var courier = courier
            courier.tariff = Tariff(
                currency: courier.tariff.currency, zones: ["GB": "home", "DE": "home", "IE": "home"],
                services: courier.tariff.services)
            return courier
        }
    }

    private func shop(_ courier: TestCourier, _ couriers: [Courier] = couriers()) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", connections: [courier])
        try shop.perform(SaveCouriers(couriers: couriers))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        policy.shipping.incoterm = .ddp
        try shop.open("shop", policy: policy)
        return shop
    }

    private func packed(
        _ shop: TestSystem, _ text: String = "2 × TEE-M at 10.00 GBP", to country: String
    ) async throws -> OrderID {
        var place = try PlaceOrder(text)
        place.channel = "shop"
        place.delivery = Order.Delivery(
            method: .ship, service: "standard",
            address: Self.address(country, country == "GB" ? "LS1 4AP" : "10115"), location: nil)
        let reply = try shop.perform(place)
        let id = try #require(OrderID(try JSON.parse(reply.body)["id"]?.string ?? ""))
        try shop.walk(id, to: .packed)
        try await shop.runDueJobs()
        return id
    }

    private func know(_ code: String?, _ origin: String?, _ shop: TestSystem) throws {
        var item = Item.plain("TEE-M")
        (item.commodityCode, item.originCountry) = (code, origin)
        try shop.perform(SaveItems(items: [item]))
    }

    @Test("Outside couriers take nothing over a border of which customs knows too little; own labels need nothing")
    func gap() async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        let id = try await packed(shop, to: "DE")
        let parcel = try shop.order(id).parcels[0]
        #expect(parcel.courier == "vans" && parcel.state == .labelled)
        let reply = try shop.perform(RateParcel(parcel: ParcelID(id, 1)))
        let refused = try JSON.parse(reply.body)["refused"]?.array ?? []
        let reason = "customs wants to know more of TEE-M (commodity_code, origin_country): say it with the items"
        #expect(refused.map { $0["service"]?.string } == ["post/parcel"] && refused[0]["reason"]?.string == reason)
        try expectRefusal(
            .noService, at: "/service", of: BuyLabel(parcel: ParcelID(id, 1), service: ("post", "parcel")), in: shop)
        #expect(courier.asked.isEmpty)
        // At home nobody asks.
        #expect(try shop.order(try await packed(shop, to: "GB")).parcels[0].courier == "post")
        try shop.expectClean()
    }

    @Test("Where nobody else goes, what is missing is an exception that names it; once known, the label is bought")
    func shown() async throws {
        let courier = TestCourier()
        let shop = try shop(courier, [Self.couriers()[0]])
        try know("61091000", nil, shop)
        let id = try await packed(shop, to: "DE")
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .labelFailed && shown.cause.contains("TEE-M (origin_country)"))
        try know("61091000", "PT", shop)
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1)))
        try await shop.runDueJobs()
        #expect(try shop.order(id).parcels[0].state == .labelled && shop.openExceptions().isEmpty)
        let request = try #require(courier.requests.last)
        #expect(request.customs == .init(incoterm: .ddp, invoice: try shop.order(id).number))
        let goods = try #require(request.contents.first)
        #expect(request.contents.count == 1 && goods.quantity == 2 && goods.value.description == "10.00 GBP")
        #expect(goods.commodityCode == "61091000" && goods.originCountry == "PT")
        _ = try await packed(shop, to: "GB")
        #expect(courier.requests.last?.customs == nil)
        try shop.expectClean()
    }

    @Test("Of a kit customs are told the parts that lie in the box, with their codes, which are worth what it is worth")
    func kit() async throws {
        let courier = TestCourier()
        let shop = try shop(courier, [Self.couriers()[0]])
        func item(_ sku: String, _ grams: Int64, _ code: String?, _ parts: [KitComponent] = []) -> Item {
            var item = Item(sku: sku, name: sku, weightGrams: grams, components: parts)
            (item.commodityCode, item.originCountry) = (code, code.map { _ in "PT" })
            return item
        }
        let set = item("SET", 0, nil, [.init(sku: "MUG", quantity: 1), .init(sku: "TEA", quantity: 3)])
        for text in ["MUG@LONDON: 9", "TEA@LONDON: 99"] { try shop.receive(text) }
        try shop.perform(SaveItems(items: [item("MUG", 300, "69120023"), item("TEA", 100, nil), set]))
        let text = "2 × SET at 10.00 GBP"
        let id = try await packed(shop, text, to: "DE")
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .labelFailed && shown.cause.contains("TEA (commodity_code, origin_country)"))
        #expect(!shown.cause.contains("MUG") && !shown.cause.contains("SET"))

        try shop.perform(SaveItems(items: [item("TEA", 100, "09023000")]))
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1)))
        try await shop.runDueJobs()
        let told = try #require(courier.requests.last)
        #expect(told.contents.map(\.sku) == ["MUG", "TEA", "TEA"] && told.contents.map(\.quantity) == [2, 2, 4])
        #expect(told.contents.map(\.commodityCode) == ["69120023", "09023000", "09023000"])
        #expect(told.contents.map(\.weightGrams) == [300, 100, 100])
        #expect(told.contents.reduce(0) { $0 + $1.quantity * $1.value.amount } == 2_000 && told.value.amount == 2_000)
        _ = try await packed(shop, text, to: "GB")
        #expect(courier.requests.last?.contents.map(\.sku) == ["SET"], "at home nobody asks")
        try shop.expectClean()
    }

    @Test("The parts of a kit share its value to the penny, by weight, or by number where one has none", arguments: [
        ([300, 100], [500, 500]), ([300, 0], [250, 750]), ([0, 0], [250, 750]), ([1, 3], [100, 900]),
    ] as [([Int64], [Int64])])
    func shares(grams: [Int64], values: [Int64]) {
        let line = OrderLine(
            number: 1, sku: "SET", ordered: 1, unitPrice: 1_000, discount: 0, tax: 0,
            components: [.init(sku: "MUG", quantity: 1), .init(sku: "TEA", quantity: 3)])
        let pounds = Currency("GBP")!  // in the table of currencies
        func contents(of kits: Int64) -> [CustomsContent] {
            line.customsContents(of: kits, worth: 1_000 * kits, orElse: CustomsWorth(in: pounds, by: [])) { sku in
                switch sku {
                case "MUG": Item(sku: sku, name: sku, weightGrams: grams[0])
                case "TEA": Item(sku: sku, name: sku, weightGrams: grams[1])
                default: nil
                }
            }
        }
        #expect(contents(of: 1).map(\.value) == values)
        for kits: Int64 in 1...7 {
            #expect(contents(of: kits).reduce(0) { $0 + $1.value } == 1_000 * kits)
        }
    }

    @Test("What is given for nothing is worth to customs what its item says; until it does nobody outside takes it")
    func gift() async throws {
        let courier = TestCourier()
        let shop = try shop(courier, [Self.couriers()[0]])
        try know("61091000", "PT", shop)
        try shop.receive("CAP@LONDON: 9")
        func value(_ value: Money?) throws {
            var item = Item.plain("CAP")
            (item.commodityCode, item.originCountry, item.customsValue) = ("65050030", "PT", value)
            try shop.perform(SaveItems(items: [item]))
        }
        try value(nil)
        let text = "1 × TEE-M at 10.00 GBP + 2 × CAP at 0.00 GBP"
        let id = try await packed(shop, text, to: "DE")
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .labelFailed && shown.cause.contains("wants to know more of CAP (customs_value):"))
        let buy = BuyLabel(parcel: ParcelID(id, 1))
        try value(Money(300, #require(Currency("EUR"))))
        let refusal = try expectRefusal(.noService, of: buy, in: shop)
        #expect(refusal?.explanation.contains("CAP (customs_value is in EUR, of which the channel has no r") == true)
        try value(Money(250, #require(Currency("GBP"))))
        try shop.perform(buy)
        try await shop.runDueJobs()
        let told = try #require(courier.requests.last)
        let contents = told.contents.map { "\($0.quantity) × \($0.sku) \($0.value)" }
        #expect(contents == ["1 × TEE-M 10.00 GBP", "2 × CAP 2.50 GBP"])
        #expect(told.value.description == "15.00 GBP")
        _ = try await packed(shop, text, to: "GB")
        #expect(courier.requests.last?.value.description == "10.00 GBP", "at home a gift is worth nothing to anybody")
        try shop.expectClean()
    }

    @Test("A kit that is given for nothing is worth what it says itself, or else what its parts say", arguments: [
        (900, [225, 675]), (nil, [300, 450]),
    ] as [(Int64?, [Int64])])
    func giftedKit(own: Int64?, values: [Int64]) throws {
        let pounds = try #require(Currency("GBP"))
        let line = OrderLine(
            number: 1, sku: "SET", ordered: 1, unitPrice: 0, discount: 0, tax: 0,
            components: [.init(sku: "MUG", quantity: 1), .init(sku: "TEA", quantity: 3)])
        let contents = line.customsContents(of: 1, worth: 0, orElse: CustomsWorth(in: pounds, by: [])) { sku in
            var item = Item(sku: sku, name: sku, weightGrams: 0)
            item.customsValue = [
                "MUG": Money(300, pounds), "TEA": Money(150, pounds), "SET": own.map { Money($0, pounds) },
            ][sku] ?? nil
            return item
        }
        #expect(contents.map(\.value) == values && contents.allSatisfy { $0.valueGap == nil })
    }

    @Test("Customs are told the exporter's number of where goods leave, and the importer's for up to 150 EUR")
    func numbers() async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        try know("61091000", "PT", shop)
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        policy.shipping.customs = CustomsNumbers(eori: ["DE1234567", "GB123456789000"], ioss: "IM2760000000")
        var channel = Channel.till
        channel.policy = policy
        try expectRefusal(.invalidInput, at: "/policy/shipping/ioss", of: SaveChannel(channel: channel), in: shop)
        let euros = try #require(Currency("EUR"))
        let rate = try #require(ExchangeRate(euros, "0.8", date: "2026-11-26"))
        channel.policy.shipping.rates = [rate, try #require(ExchangeRate(channel.currency, "2", date: "2026-11-26"))]
        try expectRefusal(
            .invalidInput, at: "/policy/shipping/exchange_rates/1/currency", of: SaveChannel(channel: channel),
            in: shop)
        policy.shipping.rates = [rate]
        try shop.open("shop", policy: policy)
        let id = try await packed(shop, to: "DE")
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: ("post", "parcel")))
        try await shop.runDueJobs()
        let customs = try #require(courier.requests.last?.customs)
        #expect(customs.exporter == "GB123456789000" && customs.importer == "IM2760000000")
        try shop.expectClean()
    }

    @Test("The number for small consignments is for the union's tax, and for what is worth 150 EUR and no more")
    func small() throws {
        let numbers = CustomsNumbers(ioss: "IM2760000000")
        let (pounds, euros) = (try #require(Currency("GBP")), try #require(Currency("EUR")))
        let rate = try #require(ExchangeRate(euros, "0.8", date: "2026-11-26"))
        func number(_ amount: Int64, _ currency: Currency, _ country: String, _ postcode: String = "10115") -> String? {
            numbers.importer(of: Money(amount, currency), to: Self.address(country, postcode), by: [rate])
        }
        #expect(number(150_00, euros, "DE") != nil && number(150_01, euros, "DE") == nil)
        #expect(number(120_00, pounds, "FR") != nil && number(120_01, pounds, "FR") == nil)
        #expect(number(10_00, euros, "CH") == nil && number(10_00, euros, "ES", "35001") == nil)
        #expect(number(10_00, euros, "GB", "BT1 1AA") == nil && number(10_00, euros, "SM") == nil)
        #expect(CustomsNumbers().importer(of: Money(1, euros), to: Self.address("DE", "1"), by: []) == nil)
    }

    @Test("Of several exporter's numbers that of the country counts, then one of its customs area")
    func exporters() {
        let numbers = CustomsNumbers(eori: ["FR1", "DE2", "GB3"])
        func number(_ country: String, _ postcode: String = "1") -> String? {
            numbers.exporter(from: Self.address(country, postcode))
        }
        #expect(number("DE") == "DE2" && number("FR") == "FR1" && number("NL") == "DE2")
        #expect(number("GB") == "GB3" && number("IM") == "GB3" && number("GB", "BT1 1AA") == "GB3")
        #expect(number("CH") == nil && number("US") == nil)
    }

    @Test("Numbers that are none are known by their shape")
    func shapes() {
        for text in ["GB123456789000", "DE1234567", "XI123456789000", "FR1"] { #expect(CustomsNumbers.isEORI(text)) }
        for text in ["", "GB", "12345", "gb123", "GB 123", "GB1234567890123456", "Ü1234"] {
            #expect(!CustomsNumbers.isEORI(text), "\(text)")
        }
        #expect(CustomsNumbers.isIOSS("IM2760000000"))
        for text in ["IM276000000", "IM27600000000", "EU2760000000", "IM276000000X", ""] {
            #expect(!CustomsNumbers.isIOSS(text), "\(text)")
        }
    }

    @Test("Commodity codes are read by their digits", arguments: [
        ("6109.10.00", "61091000" as String?), ("610910", "610910"), ("6109 10 0010", "6109100010"), ("61091", nil),
        ("6109100000000", nil), ("61o910", nil), ("", nil), ("6109-10", nil),
    ])
    func codes(text: String, code: String?) { #expect(Item.commodityCode(text) == code) }
}

@Suite("Couriers that charge in another currency")
struct ExchangeRateTests {
    private func rate(_ text: String, _ code: String = "EUR") -> ExchangeRate? {
        Currency(code).flatMap { ExchangeRate($0, text, date: "2026-11-26") }
    }

    @Test("Amounts are exact until they are rounded, half up, once", arguments: [
        ("0.8642", "EUR", "GBP", 499 as Int64, 431 as Int64), ("0.5", "EUR", "GBP", 1, 1),
        ("0.499999999", "EUR", "GBP", 1, 0), ("1", "EUR", "GBP", 499, 499), ("0.0053", "JPY", "GBP", 500, 265),
        ("188.4", "GBP", "JPY", 500, 942), ("2.577", "KWD", "GBP", 1_000, 258), ("0.388", "GBP", "KWD", 100, 388),
        ("3", "EUR", "GBP", 333, 999),
    ])
    func exact(text: String, from: String, to: String, amount: Int64, expected: Int64) throws {
        let rate = try #require(self.rate(text, from))
        #expect(rate.amount(amount, in: try #require(Currency(to))) == expected)
    }

    @Test("There and back again is the same, for rates that lose nothing")
    func back() throws {
        let rate = try #require(self.rate("0.5"))
        let pounds = try #require(Currency("GBP"))
        #expect(rate.amount(400, in: pounds) == 200 && rate.amount(200, of: pounds) == 400)
        #expect(try #require(self.rate("1000000000000")).amount(Money.amountMax, in: pounds) == nil)
    }

    @Test("What is no rate is none", arguments: ["0", "0.0", "-1", "1,5", "1e3", "", ".5", "1.2345678901", "abc", "1."])
    func wrong(text: String) { #expect(rate(text) == nil) }

    @Test("With a rate a courier is chosen by what it costs; without one it is left out, and that is said")
    func chosen() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var abroad = Courier.vans
        abroad.tariff = Tariff(
            currency: try #require(Currency("EUR")), zones: abroad.tariff.zones, services: abroad.tariff.services)
        var dear = Courier.vans
        dear = Courier(code: "dear", name: "Dear", tariff: Courier.vans.tariff)
        try shop.perform(SaveCouriers(couriers: [abroad, dear]))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        try shop.open("shop", policy: policy)
        func packed() throws -> OrderID {
            let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
            try shop.walk(id, to: .packed)
            return id
        }
        let without = try packed()
        #expect(try shop.order(without).parcels[0].courier == "dear")
        func rates(_ id: OrderID, _ name: String) throws -> [JSON] {
            try JSON.parse(try shop.perform(RateParcel(parcel: ParcelID(id, 1))).body)[name]?.array ?? []
        }
        let refused = try rates(without, "refused")
        #expect(
            refused.first?["reason"]?.string
                == "it charges in EUR, the channel counts in GBP and has no exchange rate for it")
        policy.shipping.rates = [try #require(self.rate("0.8642"))]
        try shop.open("shop", policy: policy)
        let with = try packed()
        let label = try #require(try shop.order(with).parcels[0].label)
        #expect(label.courier == "vans" && label.price?.description == "4.00 EUR")
        let options = try rates(with, "options")
        #expect(options.first?["counted"]?["amount"]?.integer == 346 && options[0]["cost"]?["amount"]?.integer == 346)
        #expect(options[0]["exchange_rate"]?["rate"]?.string == "0.8642")
        #expect(options[0]["exchange_rate"]?["date"]?.string == "2026-11-26" && options[1]["exchange_rate"] == nil)
        try shop.expectClean()
    }
}
