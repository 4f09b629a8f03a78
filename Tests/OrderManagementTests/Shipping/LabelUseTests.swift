import Connectors
import OrderManagement
import Synchronization
import TestSupport
import Testing

@Suite("What labels are used for")
struct LabelUseTests {
    /// A shop that labels as it packs, with these couriers; what was placed is packed, its courier not asked yet.
    private func packed(
        _ couriers: [Courier], _ connections: [any CourierConnection] = [TestCourier()],
        _ text: String = "2 × TEE-M at 10.00 GBP"
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 50", "MUG@LONDON: 9", "TEA@LONDON: 9", connections: connections)
        let parts = [KitComponent(sku: "MUG", quantity: 1), KitComponent(sku: "TEA", quantity: 2)]
        try shop.perform(
            SaveItems(items: [
                Item(sku: "SET", name: "Gift set", weightGrams: 0, components: parts),
                Item(sku: "BOXED", name: "Boxed set", weightGrams: 1_700, components: parts),
            ]))
        try shop.perform(SaveCouriers(couriers: couriers))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        try shop.open("shop", policy: policy)
        let id = try shop.place(text, on: "shop")
        try shop.walk(id, to: .picking)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: nil))
        return (shop, id)
    }

    private func parcel(_ shop: TestSystem, _ id: OrderID) throws -> Parcel {
        try #require(try shop.order(id).parcels.first)
    }

    @Test("A parcel goes by the label that it bears: another courier, service or number is refused, the same is not")
    func goesByItsLabel() throws {
        let (shop, id) = try packed([.vans])
        let name = ParcelID(id, 1)
        let own = try #require(try parcel(shop, id).tracking)
        func ship(_ courier: String?, _ service: String?, _ tracking: String?) -> ShipFulfillment {
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [.init(parcel: name, courier: courier, service: service, tracking: tracking)])
        }
        let other = try expectRefusal(.invalidInput, at: "/parcels/0/courier", of: ship("dpd", nil, nil), in: shop)
        #expect(other?.explanation.contains("void the label to send the parcel another way") ?? false)
        try expectRefusal(.invalidInput, at: "/parcels/0/service", of: ship("vans", "express", nil), in: shop)
        try expectRefusal(.invalidInput, at: "/parcels/0/tracking", of: ship(nil, nil, "D1"), in: shop)
        try shop.perform(ship("vans", "day", own))
        #expect(try parcel(shop, id).tracking == own)
        try shop.expectClean()
        let (hand, second) = try packed([.vans])
        try hand.perform(VoidLabel(parcel: ParcelID(second, 1)))
        try hand.perform(
            ShipFulfillment(
                fulfillment: second.fulfillment(1),
                parcels: [.init(parcel: ParcelID(second, 1), courier: "vans", tracking: "D1")]))
        #expect(try parcel(hand, second).tracking == "D1")
        try hand.expectClean()
    }

    private func canBuyLabels(_ id: OrderID, in shop: TestSystem) throws -> Bool {
        let order = try shop.order(id)
        let configuration = try shop.waybill.readNow { try Configuration.load(in: $0) }
        let channel = try #require(configuration.channels[order.channel])
        return order.permissions(channel, at: shop.now).contains { $0.action == "labels" && $0.isAllowed }
    }

    @Test("What its customer collects, or nobody sends any more, gets no label, and no permission says that it may")
    func nothingToCarry() throws {
        let (shop, _) = try packed([.post])
        try shop.receive("TEE-M@YORK: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store, pickup at YORK")
        try shop.walk(id, to: .picking)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 1])]))
        let refusal = try expectRefusal(.noService, of: BuyLabel(parcel: ParcelID(id, 1)), in: shop)
        #expect(refusal?.explanation.contains("is collected at YORK") ?? false)
        try expectRefusal(.noService, of: RateParcel(parcel: ParcelID(id, 1)), in: shop)
        #expect(try !canBuyLabels(id, in: shop))
        let called = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.walk(called, to: .packed)
        #expect(try canBuyLabels(called, in: shop))
        try shop.perform(CancelFulfillment(fulfillment: called.fulfillment(1)))
        let over = try expectRefusal(.illegalTransition, of: BuyLabel(parcel: ParcelID(called, 1)), in: shop)
        #expect(over?.explanation.hasSuffix("is cancelled") ?? false)
        #expect(try !canBuyLabels(called, in: shop))
        try shop.expectClean()
    }

    @Test("While a courier is asked for a label, nobody changes the address that it is asked for")
    func address() async throws {
        let (shop, id) = try packed([.post])
        var request = AmendmentRequest()
        let delivery = try shop.order(id).delivery
        request.delivery = Order.Delivery(
            method: .ship, service: delivery.service,
            address: Address(
                name: "Ada Example", lines: ["2 Low Street"], city: "Leeds", postcode: "LS1 4AP", country: "GB"),
            location: nil)
        let change = AmendOrder(order: id, request: request, isPreview: false)
        let refusal = try expectRefusal(.tooLateToAmend, at: "/delivery", of: change, in: shop)
        #expect(refusal?.explanation.contains("labelled at LONDON") ?? false)
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        try shop.perform(change)
        try shop.expectClean()
    }

    @Test("A label is taken back, or asked after, also when its order goes nowhere any more", arguments: [true, false])
    func withoutAddress(isBought: Bool) async throws {
        let courier = TestCourier()
        let (shop, id) = try packed([.post], [courier])
        try shop.receive("TEE-M@YORK: 5")
        if isBought { try await shop.runDueJobs() }
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .damaged))
        try shop.amend(id) {
            $0.rest = { request, _ in
                request.delivery = Order.Delivery(method: .pickup, service: nil, address: nil, location: "YORK")
            }
        }
        try await shop.runDueJobs()
        #expect(try shop.order(id).delivery.address == nil)
        #expect(try parcel(shop, id).labels.map(\.state) == [isBought ? .voided : .failed])
        #expect(courier.voided == (isBought ? ["T1001"] : []) && courier.bought.count == (isBought ? 1 : 0))
        try shop.expectClean()
    }

    @Test("Who sold a label takes it back, whoever sells the courier's labels by then")
    func soldBy() async throws {
        let courier = TestCourier()
        let (shop, id) = try packed([.post], [courier])
        try await shop.runDueJobs()
        #expect(try parcel(shop, id).state == .labelled)
        var own = Courier.post
        own.connection = Courier.ownConnection
        try shop.perform(SaveCouriers(couriers: [own]))
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), again: true))
        try await shop.runDueJobs()
        #expect(courier.voided == ["T1001"] && courier.bought.count == 1)
        let order = try shop.order(id)
        #expect(order.parcels[0].labels.map(\.connection) == ["test", Courier.ownConnection])
        #expect(order.parcels[0].labels.map(\.state) == [.voided, .bought])
        try shop.perform(SaveCouriers(couriers: [.post]))
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        try await shop.runDueJobs()
        #expect(courier.voided == ["T1001"])
        #expect(try parcel(shop, id).labels.map(\.state) == [.voided, .voided])
        try shop.expectClean()
    }

    /// Remembers what it was asked to sell. A class, since the job runner calls what the test reads.
    private final class Listening: CourierConnection {
        let name = "test"
        let heard = Mutex<[LabelRequest]>([])
        private let courier = TestCourier()

        func rates(for request: LabelRequest) async throws -> [CourierRate] { try await courier.rates(for: request) }
        func buy(_ request: LabelRequest) async throws -> LabelOutcome {
            heard.withLock { $0.append(request) }
            return try await courier.buy(request)
        }
        func purchase(under key: String) async throws -> LabelOutcome? {
            try await courier.purchase(under: key)
        }
        func void(_ label: BoughtLabel) async throws -> VoidOutcome { try await courier.void(label) }
        func news(of labels: [BoughtLabel]) async throws -> [CourierNews] { try await courier.news(of: labels) }
        func handOver(_ labels: [BoughtLabel], key: String) async throws -> HandOverOutcome {
            try await courier.handOver(labels, key: key)
        }
    }

    @Test("Couriers and customs are told what a kit weighs: its own weight, or else that of its parts")
    func kits() async throws {
        let courier = Listening()
        let (shop, _) = try packed(
            [.post], [courier], "2 × SET at 10.00 GBP + 1 × BOXED at 9.00 GBP + 1 × TEE-M at 1.00 GBP")
        try await shop.runDueJobs()
        let request = try #require(courier.heard.withLock { $0.first })
        #expect(request.contents.map { "\($0.sku) \($0.weightGrams)" } == ["SET 1500", "BOXED 1700", "TEE-M 500"])
        #expect(request.weightGrams == 2 * 1_500 + 1_700 + 500)
        try shop.expectClean()
    }

    @Test("Where labels are bought, a parcel without one leaves only by a courier that is named")
    func labelMissing() async throws {
        let (shop, id) = try packed([.post], [TestCourier(script: [.refuse(reason: "no such street")])])
        try await shop.runDueJobs()
        func ship(_ details: ShipFulfillment.ParcelDetail...) -> ShipFulfillment {
            ShipFulfillment(fulfillment: id.fulfillment(1), parcels: details)
        }
        let refusal = try expectRefusal(.labelMissing, at: "/parcels", of: ship(), in: shop)
        #expect(refusal?.explanation.contains("/v1/parcels/\(ParcelID(id, 1))/labels") ?? false)
        try expectRefusal(
            .labelMissing, of: ship(.init(parcel: ParcelID(id, 1), tracking: "D1")), in: shop)
        #expect(try shop.openExceptions().map(\.kind) == [.labelFailed])
        try shop.perform(ship(.init(parcel: ParcelID(id, 1), courier: "post", tracking: "D1")))
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Two parcels do not go by one number at a time: the second is refused, until the first has arrived")
    func oneNumber() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 50")
        func sent(_ text: String = "1 × TEE-M at 10.00 GBP, store") throws -> OrderID {
            let id = try shop.place(text)
            try shop.walk(id, to: .packed)
            return id
        }
        func ship(_ id: OrderID, _ courier: String = "dhl") -> ShipFulfillment {
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [.init(parcel: ParcelID(id, 1), courier: courier, tracking: "DUP1")])
        }
        let (first, second, third) = (try sent(), try sent(), try sent())
        try shop.perform(ship(first))
        let refusal = try expectRefusal(.invalidInput, at: "/parcels/0/tracking", of: ship(second), in: shop)
        #expect(refusal?.explanation.contains(try shop.order(first).number) ?? false)
        try shop.perform(ship(third, "dpd"))
        try shop.perform(
            RecordTracking(courier: "dhl", tracking: "DUP1", status: .delivered, at: shop.now, candidates: [first]))
        try shop.perform(ship(second))
        let both = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.walk(both, to: .picking)
        try shop.perform(
            PackFulfillment(fulfillment: both.fulfillment(1), parcels: [both.box([1: 1]), both.box([1: 1])]))
        try expectRefusal(
            .invalidInput, at: "/parcels/1/tracking",
            of: ShipFulfillment(
                fulfillment: both.fulfillment(1),
                parcels: [1, 2].map { .init(parcel: ParcelID(both, $0), courier: "gls", tracking: "DUP2") }),
            in: shop)
        try shop.expectClean()
    }

    @Test("A label is answered again while nothing has changed; another is bought for another weight, or when asked")
    func boughtOnce() throws {
        let (shop, id) = try packed([.vans])
        let name = ParcelID(id, 1)
        func labels() throws -> Int { try parcel(shop, id).labels.count }
        let tracking = try parcel(shop, id).tracking
        for _ in 1...3 {
            let reply = try shop.perform(BuyLabel(parcel: name))
            #expect(try JSON.parse(reply.body)["tracking"]?.string == tracking)
        }
        let (service, grams) = (("vans", "day"), try parcel(shop, id).weightGrams)
        try shop.perform(BuyLabel(parcel: name, service: service, weightGrams: grams))
        #expect(try labels() == 1)
        try shop.perform(BuyLabel(parcel: name, again: true))
        #expect(try labels() == 2)
        try shop.perform(BuyLabel(parcel: name, weightGrams: 1_234))
        #expect(try labels() == 3)
        try shop.expectClean()
    }
    @Test("A service that a person named is kept for another weight, or another label, until the label is voided")
    func named() throws {
        let (shop, id) = try packed([.vans])
        let name = ParcelID(id, 1)
        func services() throws -> [String] { try parcel(shop, id).labels.map { "\($0.service) \($0.isNamed)" } }
        try shop.perform(BuyLabel(parcel: name, service: ("vans", "fast")))
        try shop.perform(BuyLabel(parcel: name, weightGrams: 1_500))
        try shop.perform(BuyLabel(parcel: name, again: true))
        #expect(try services() == ["day false", "fast true", "fast true", "fast true"])
        // What it does not take is said, and nothing is changed: not the service, nor the weight.
        let refusal = try expectRefusal(
            .noService, at: "/weight_g", of: BuyLabel(parcel: name, weightGrams: 50_000), in: shop)
        #expect(refusal?.explanation.contains("vans/fast does not take this parcel") == true)
        #expect(refusal?.explanation.contains("it was named for this parcel before") == true)
        try shop.perform(VoidLabel(parcel: name))
        try shop.perform(BuyLabel(parcel: name))
        #expect(try services().last == "day false")
        try shop.expectClean()
    }
}
