import Connectors
import OrderManagement
import TestSupport
import Testing

@Suite("Labels of parcels")
struct LabelTests {
    /// A shop whose channel `shop` buys labels as it packs, with these couriers and two TEE-M picked in London.
    private func picked(
        _ couriers: [Courier] = [.vans], prefix: String? = nil, _ courier: TestCourier = TestCourier(),
        _ change: (inout CourierPolicy) -> Void = { $0.labels = .automatic }
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 50", connections: [courier])
        try shop.perform(SaveCouriers(couriers: couriers))
        var packaging = Packaging()
        packaging.companyPrefix = prefix
        try shop.perform(SavePackaging(packaging: packaging))
        var policy = ChannelPolicy(stages: [])
        change(&policy.shipping)
        try shop.open("shop", policy: policy)
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .picking)
        return (shop, id)
    }

    private func pack(_ shop: TestSystem, _ id: OrderID, grams: Int64 = 900, size: ItemSize? = nil) throws {
        let box = PackFulfillment.Box(lines: id.units([1: 2]), weightGrams: grams, size: size)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: [box]))
    }

    private func parcel(_ shop: TestSystem, _ id: OrderID) throws -> Parcel {
        try #require(try shop.order(id).parcels.last)
    }

    @Test("Packing labels a parcel by the cheapest service, with a number of GS1 that is never given twice")
    func packs() throws {
        let (shop, id) = try picked(prefix: "5012345")
        try pack(shop, id)
        let first = try parcel(shop, id)
        #expect(first.state == .labelled && first.courier == "vans" && first.service == "day")
        #expect(first.label?.price == gbp(400) && first.tracking == first.sscc)
        #expect(first.label?.routing == "GB LS1" && first.label?.zone == "home")
        let sscc = try #require(first.sscc.flatMap { SSCC($0) })
        #expect(sscc.digits.hasPrefix("05012345"))
        #expect(try shop.events(id).suffix(3) == ["parcel.packed", "fulfillment.packed", "parcel.labelled"])
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try shop.order(id).parcels[0].labels.map(\.state) == [.voided])
        try pack(shop, id)
        #expect(try parcel(shop, id).sscc != first.sscc)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        let sent = try parcel(shop, id)
        #expect(sent.state == .handedOver && sent.courier == "vans" && sent.tracking == sent.sscc)
        try shop.expectClean()
    }

    @Test("Without numbers from GS1 a parcel is numbered by its order, and each of its labels differs")
    func ownNumbers() throws {
        let (shop, id) = try picked()
        try pack(shop, id)
        let number = try shop.order(id).number
        #expect(try parcel(shop, id).tracking == "\(number)-1")
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "fast")))
        #expect(try parcel(shop, id).tracking == "\(number)-1-2")
        #expect(try parcel(shop, id).labels.map(\.state) == [.voided, .bought])
        try shop.expectClean()
    }

    @Test("A courier is asked by a job, once: a lost answer is asked after, and no second label is bought")
    func once() async throws {
        let courier = TestCourier(script: [.loseAnswer])
        let (shop, id) = try picked([.post], prefix: "5012345", courier)
        try pack(shop, id)
        #expect(try parcel(shop, id).label?.state == .pending && parcel(shop, id).state == .packed)
        try expectRefusal(.labelPending, of: ShipFulfillment(fulfillment: id.fulfillment(1)), in: shop)
        try expectRefusal(.labelPending, of: BuyLabel(parcel: ParcelID(id, 1)), in: shop)
        try await shop.runDueJobs()
        shop.advance(.minutes(5))
        try await shop.runDueJobs()
        #expect(courier.bought.count == 1 && courier.asked.count == 2)
        let there = try parcel(shop, id)
        #expect(there.state == .labelled && there.tracking == "T1001" && there.label?.price == gbp(300))
        try shop.expectClean()
    }

    @Test("A rate that changed between the choice and the purchase is what the label cost")
    func changedRate() async throws {
        let (shop, id) = try picked([.post], TestCourier(script: [.charge(345)]))
        try pack(shop, id)
        try await shop.runDueJobs()
        let label = try #require(try parcel(shop, id).label)
        #expect(label.quoted == gbp(300) && label.price == gbp(345))
        #expect(try shop.openExceptions().isEmpty)
    }

    @Test("A courier that refuses is shown with its reason; buying again, there and then, settles it")
    func refused() async throws {
        let (shop, id) = try picked([.post], TestCourier(script: [.refuse(reason: "no such street")]))
        try pack(shop, id)
        try await shop.runDueJobs()
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .labelFailed && shown.cause.hasSuffix("no such street") && shown.owner == "LONDON")
        #expect(shown.actions(about: try shop.order(id)) == [.buyLabel(ParcelID(id, 1))])
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1)))
        try await shop.runDueJobs()
        #expect(try parcel(shop, id).labels.map(\.state) == [.failed, .bought])
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Another weight takes the old label back and buys the service that takes it")
    func weighedAgain() async throws {
        let courier = TestCourier()
        let (shop, id) = try picked([.vans, .post], courier) { $0 = CourierPolicy() }
        try pack(shop, id)
        #expect(try parcel(shop, id).labels.isEmpty)
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1)))
        try await shop.runDueJobs()
        #expect(try parcel(shop, id).courier == "post")
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "day"), weightGrams: 3_000))
        try await shop.runDueJobs()
        let now = try parcel(shop, id)
        #expect(now.labels.map(\.state) == [.voided, .bought] && courier.voided == ["T1001"])
        #expect(now.label?.price == gbp(600) && now.weightGrams == 3_000 && now.state == .labelled)
        try shop.expectClean()
    }

    @Test("What is unpacked or cancelled while its courier is asked is taken back once it is bought")
    func unwanted() async throws {
        let courier = TestCourier()
        let (shop, id) = try picked([.post], courier)
        try pack(shop, id)
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try parcel(shop, id).labels.map(\.state) == [.unwanted])
        try await shop.runDueJobs()
        #expect(courier.bought.isEmpty && courier.voided.isEmpty)
        #expect(try parcel(shop, id).labels.map(\.state) == [.failed])
        courier.next(.loseAnswer)
        try pack(shop, id)
        try await shop.runDueJobs()
        try shop.perform(CancelFulfillment(fulfillment: id.fulfillment(1)))
        shop.advance(.minutes(5))
        try await shop.runDueJobs()
        #expect(courier.bought.count == 1 && courier.voided == ["T1001"])
        #expect(try parcel(shop, id).labels.map(\.state) == [.voided])
        #expect(try shop.openExceptions().map(\.kind) == [.interception])
        // Nobody had labelled it yet.
        let cause = try #require(try shop.openExceptions().first).cause
        #expect(cause.hasSuffix("after LONDON had packed their parcel, for which a label was being bought."))
        try shop.expectClean()
    }

    @Test("A label that its courier does not take back is paid for, and finance hears of it")
    func kept() async throws {
        let courier = TestCourier()
        let (shop, id) = try picked([.post], courier)
        try pack(shop, id)
        try await shop.runDueJobs()
        courier.next(.refuse(reason: "older than a day"))
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        #expect(try parcel(shop, id).state == .packed && parcel(shop, id).tracking == nil)
        try await shop.runDueJobs()
        #expect(try parcel(shop, id).labels.map(\.state) == [.kept])
        #expect(try shop.openExceptions().map(\.owner) == ["finance"])
        let again = try expectRefusal(.illegalTransition, of: VoidLabel(parcel: ParcelID(id, 1)), in: shop)
        #expect(again?.explanation.contains("kept") ?? false)
        try shop.expectClean()
    }

    @Test("A parcel that nobody takes is shown with each reason, and the others of the wave are labelled")
    func nobody() throws {
        let (shop, id) = try picked()
        let boxes = [10_001, 900].map { grams in
            PackFulfillment.Box(lines: id.units([1: 1]), weightGrams: Int64(grams))
        }
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: boxes))
        #expect(try shop.order(id).parcels.map(\.state) == [.packed, .labelled])
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.cause.hasSuffix("too heavy: at most 10000 g: 2 services (vans/day, vans/fast)"))
        let refusal = try expectRefusal(.noService, at: "", of: BuyLabel(parcel: ParcelID(id, 1)), in: shop)
        #expect(refusal?.explanation.contains("too heavy: at most 10000 g: 2 services") ?? false)
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), weightGrams: 9_000))
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Couriers and services that are not there are named, with those that are")
    func unknown() throws {
        let (shop, id) = try picked()
        try pack(shop, id)
        let name = ParcelID(id, 1)
        let courier = try expectRefusal(
            .unknownCourier, at: "/courier", of: BuyLabel(parcel: name, service: ("dhl", "x")), in: shop)
        #expect(courier?.explanation == "there is no courier dhl; couriers are: vans")
        let service = try expectRefusal(
            .unknownCourier, at: "/service", of: BuyLabel(parcel: name, service: ("vans", "x")), in: shop)
        #expect(service?.explanation == "Our vans has no service x; it has: day, fast")
        try expectRefusal(.notFound, of: BuyLabel(parcel: ParcelID(id, 9)), in: shop)
        let unconnected = OrderManagement(
            database: shop.database, connected: Connected(couriers: ["karrio"]), clock: { shop.now })
        defer { unconnected.stop() }
        let refusal = #expect(throws: Refusal.self) {
            try unconnected.performNow(SaveCouriers(couriers: [.post]), as: .system)
        }
        #expect(refusal?.code == .unknownConnection)
        #expect(refusal?.explanation == "no labels are sold by test; there are: karrio, tariff")
    }

    @Test("A parcel that has left keeps its label")
    func left() throws {
        let (shop, id) = try picked()
        try pack(shop, id)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        try expectRefusal(.illegalTransition, of: BuyLabel(parcel: ParcelID(id, 1)), in: shop)
        try expectRefusal(.illegalTransition, of: VoidLabel(parcel: ParcelID(id, 1)), in: shop)
        #expect(try parcel(shop, id).labels.map(\.state) == [.bought])
    }

    @Test("What a courier gave to be printed is kept as it is")
    func document() async throws {
        let given = LabelDocument(format: .zpl, content: Array("^XA^FDÜ^FS^XZ".utf8))
        let (shop, id) = try picked([.post], TestCourier(document: given))
        try pack(shop, id)
        try await shop.runDueJobs()
        let kept = try shop.waybill.readNow { try LabelDocumentStore.document(of: ParcelID(id, 1), 1, in: $0) }
        #expect(kept == given)
    }

    @Test("Parcels that arrive are counted, in time or late, on their way and for their service")
    func punctuality() throws {
        let (shop, id) = try picked()
        try pack(shop, id)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        shop.advance(.days(1))
        try shop.perform(DeliverFulfillment(fulfillment: id.fulfillment(1)))
        let late = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(late, to: .shipped)
        shop.advance(.days(30))
        try shop.perform(DeliverFulfillment(fulfillment: late.fulfillment(1)))
        let records = try shop.waybill.readNow {
            try CourierRecordStore.page(
                after: .init(courier: "", service: "", origin: "", area: ""), limit: 9, in: $0)
        }
        #expect(records.map { "\($0.way.origin) \($0.way.area) \($0.onTime)/\($0.parcels)" } == [
            "  1/2", "LONDON GB-LS 1/2",
        ])
    }

    @Test("A parcel that is lost was not on time, until it is found to have come in time")
    func lossIsLate() throws {
        let (shop, id) = try picked()
        try pack(shop, id)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        let sent = shop.now
        let tracking = try #require(try shop.order(id).parcels[0].tracking)
        func counted() throws -> [String] {
            try shop.waybill.readNow {
                try CourierRecordStore.page(
                    after: .init(courier: "", service: "", origin: "", area: ""), limit: 9, in: $0)
            }.map { "\($0.way.origin) \($0.onTime)/\($0.parcels)" }
        }
        func tell(_ status: Parcel.State, after hours: Int64) throws {
            try shop.perform(
                RecordTracking(
                    courier: "vans", tracking: tracking, status: status, at: sent + .hours(hours), candidates: [id]))
        }
        shop.advance(.days(3))
        try tell(.lost, after: 10)
        #expect(try counted() == [" 0/1", "LONDON 0/1"])
        try tell(.delivered, after: 5)
        #expect(try counted() == [" 1/1", "LONDON 1/1"])
        try tell(.returnedToSender, after: 20)
        #expect(try counted() == [" 1/1", "LONDON 1/1"])
    }

    @Test("Both who need nobody and who are asked keep the contract of couriers")
    func contract() async throws {
        let test = try await CourierContract.breaches(
            of: TestCourier(), for: .example(key: "k1", courier: "post", service: "parcel"))
        #expect(test == [])
        let own = try await CourierContract.breaches(
            of: TariffConnection { [.vans] }, for: .example(key: "k1", courier: "vans", service: "day"),
            hasEffect: false)
        #expect(own == [])
    }

    @Test("A tariff that has no price for a parcel says why: what is too long, and what there is not")
    func unpriced() async throws {
        let vans = Courier.vans.changingServices { $0.lengthMax = 299 }
        func refusal(_ service: String, of courier: String = "vans") async throws -> LabelOutcome {
            let request = LabelRequest.example(key: "k1", courier: courier, service: service)
            return try await TariffConnection { [vans] in [vans] }.buy(request)
        }
        #expect(try await refusal("day") == .refused(reason: "vans/day: too long: at most 299 mm"))
        #expect(try await refusal("night") == .refused(reason: "vans/night: there is no such service"))
        #expect(try await refusal("day", of: "dhl") == .refused(reason: "there is no courier dhl"))
    }

    @Test("A service that comes on a later day than was promised makes a new promise, and the customer is told once")
    func lateService() throws {
        let slow = Courier.vans.changingServices { $0.days = 6 }
        let (shop, id) = try picked([.vans])
        let promised = try #require(try shop.order(id).fulfillments.first).deliverBy
        try shop.perform(SaveCouriers(couriers: [slow]))
        try pack(shop, id)
        let now = try #require(try shop.order(id).fulfillments.first).deliverBy
        #expect(now - promised > .days(2))
        #expect(try shop.events(id).count { $0 == "order.promise_changed" } == 1)
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), again: true))
        #expect(try shop.events(id).count { $0 == "order.promise_changed" } == 1)
        try shop.expectClean()
    }

    @Test("A courier keeps the services by which channels send, until their rules name others")
    func namedService() throws {
        var rule = CourierPolicy.Rule(when: .test("order.total", .atLeast(1)), services: ["vans/fast", "vans/*"])
        let (shop, _) = try picked { $0.rules = [rule] }
        var less = Courier.vans
        less.tariff = Tariff(
            currency: less.tariff.currency, zones: less.tariff.zones,
            services: less.tariff.services.filter { $0.code == "day" })
        let refusal = try expectRefusal(
            .unknownCourier, at: "/couriers/0/services", of: SaveCouriers(couriers: [less]), in: shop)
        #expect(refusal?.explanation.contains("rule 1 of the channel shop sends by vans/fast") ?? false)
        rule = CourierPolicy.Rule(when: .test("order.total", .atLeast(1)), services: ["vans/day"])
        var policy = ChannelPolicy(stages: [])
        policy.shipping.rules = [rule]
        try shop.open("shop", policy: policy)
        try shop.perform(SaveCouriers(couriers: [less]))
    }

    @Test("A courier is not put aside where a rule sends by nobody else: the refusal names the rule")
    func putAside() throws {
        let only = CourierPolicy.Rule(when: .test("order.total", .atLeast(1)), services: ["vans/fast", "vans/day"])
        let (shop, _) = try picked([.vans, .post]) { $0.rules = [only] }
        var aside = Courier.vans
        aside.isActive = false
        let refusal = try expectRefusal(
            .unknownCourier, at: "/couriers/0/active", of: SaveCouriers(couriers: [aside]), in: shop)
        let words = "rule 1 of the channel shop sends by vans/fast, vans/day: nobody would take its parcels"
        #expect(refusal?.explanation.contains(words) == true, "\(refusal?.explanation ?? "")")
        let file = ApplyConfiguration(channels: [], locations: [], couriers: [aside])
        try expectRefusal(.unknownCourier, at: "/couriers/0/active", of: file, in: shop)
        var less = Courier.vans
        less.tariff = Courier.post.tariff
        try expectRefusal(
            .unknownCourier, at: "/couriers/0/services",
            of: ApplyConfiguration(channels: [], locations: [], couriers: [less]), in: shop)
        // Whoever names another beside it goes on with that one.
        var policy = ChannelPolicy(stages: [])
        policy.shipping.rules = [.init(when: .test("order.total", .atLeast(1)), services: ["vans/*", "post/parcel"])]
        try shop.open("shop", policy: policy)
        try shop.perform(SaveCouriers(couriers: [aside]))
    }
}
