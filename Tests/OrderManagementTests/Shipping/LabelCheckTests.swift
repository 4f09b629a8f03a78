import Connectors
import OrderManagement
import TestSupport
import Testing

@Suite("What is looked at before and after a label is bought")
struct LabelCheckTests {
    /// A shop that buys labels as it packs, with an order of two TEE-M for an address, picked in London.
    private func picked(
        _ couriers: [Courier] = [.vans], to address: Address = .example(), stages: [Stage] = [],
        grams: [String: Int64] = ["TEE-M": 500], _ courier: TestCourier = TestCourier(),
        _ change: (inout CourierPolicy) -> Void = { _ in }
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 50", connections: [courier])
        try shop.perform(SaveItems(items: grams.map { Item(sku: $0.key, name: $0.key, weightGrams: $0.value) }))
        try shop.perform(SaveCouriers(couriers: couriers))
        var packaging = Packaging()
        packaging.boxes = [.init(code: "small", inner: .init(220, 160, 100), weightGrams: 90)]
        try shop.perform(SavePackaging(packaging: packaging))
        var policy = ChannelPolicy(stages: stages)
        policy.shipping.labels = .automatic
        change(&policy.shipping)
        try shop.open("shop", policy: policy)
        var order = try PlaceOrder("2 × TEE-M at 10.00 GBP")
        order.channel = "shop"
        order.delivery = Order.Delivery(method: .ship, service: "standard", address: address, location: nil)
        let reply = try shop.perform(order)
        let id = try #require(OrderID(try JSON.parse(reply.body)["id"]?.string ?? ""))
        if stages.isEmpty { try shop.walk(id, to: .picking) }
        return (shop, id)
    }

    private func pack(_ shop: TestSystem, _ id: OrderID, grams: Int64? = 900) throws {
        let boxes = grams.map { [PackFulfillment.Box(lines: id.units([1: 2]), weightGrams: $0)] }
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: boxes))
    }

    private func cause(_ shop: TestSystem) throws -> String {
        let shown = try shop.openExceptions()
        return shown.map { "\($0.kind.rawValue): \($0.cause)" }.joined(separator: "; ")
    }

    @Test("Goods without a weight get no label for the box alone: the SKU is named; weighed or given one, it is bought")
    func weightless() throws {
        let (shop, id) = try picked(grams: ["TEE-M": 0])
        try pack(shop, id, grams: nil)
        let parcel = try #require(try shop.order(id).parcels.first)
        #expect(parcel.label == nil && parcel.weightGrams == 0)
        #expect(try cause(shop).contains("no weight is known of TEE-M: weigh the parcel"))
        try expectRefusal(.noService, of: BuyLabel(parcel: ParcelID(id, 1)), in: shop)
        let shown = try #require(try shop.openExceptions().first)
        #expect(try shown.actions(about: shop.order(id)) == [.buyLabel(ParcelID(id, 1), isUnweighed: true)])
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), weightGrams: 700))
        #expect(try shop.order(id).parcels[0].label?.price == gbp(400) && shop.openExceptions().isEmpty)
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        try shop.perform(SaveItems(items: [Item(sku: "TEE-M", name: "T", weightGrams: 1_200)]))
        try pack(shop, id, grams: nil)
        let weighed = try #require(try shop.order(id).parcels.last)
        #expect(weighed.weightGrams == 2_490 && weighed.label?.price == gbp(600))
        try shop.expectClean()
    }

    @Test("Another address has the label asked for anew, and people told what is in the way now; what is on hold waits")
    func anotherAddress() async throws {
        let refusals = ["no such street", "no such house"].map { TestCourier.Behavior.refuse(reason: $0) }
        let (shop, id) = try picked([.post], TestCourier(script: refusals))
        try pack(shop, id)
        try await shop.runDueJobs()
        #expect(try cause(shop).hasSuffix("no such street"))
        func move(to street: String) async throws {
            var address = Address.example()
            address.lines = [street]
            var request = AmendmentRequest()
            request.delivery = .init(method: .ship, service: "standard", address: address, location: nil)
            let staged = try shop.perform(AmendOrder(order: id, request: request))
            let name = try #require(AmendmentID(try JSON.parse(staged.body)["id"]?.string ?? ""))
            try shop.perform(CommitAmendment(amendment: name))
            try shop.expectClean()
            try await shop.runDueJobs()
        }
        try await move(to: "2 Low Street")
        #expect(try shop.openExceptions().count == 1 && cause(shop).hasSuffix("no such house"))
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
        try await move(to: "3 Low Street")
        #expect(try cause(shop).hasSuffix("no such house"))
        let hold = try #require(try shop.order(id).holds.first)
        try shop.perform(LiftHold(hold: HoldID(id, hold.number)))
        try await move(to: "4 Low Street")
        #expect(try shop.openExceptions().isEmpty && shop.order(id).parcels[0].state == .labelled)
        try shop.expectClean()
    }

    @Test("Goods that are given a weight have their label asked for anew by itself, or what is missing still is told")
    func weighed() async throws {
        let (shop, id) = try picked(grams: ["TEE-M": 0, "SET": 0, "CAP": 0])
        try pack(shop, id, grams: nil)
        #expect(try cause(shop).contains("no weight is known of TEE-M"))
        try shop.perform(SaveItems(items: [Item(sku: "CAP", name: "C", weightGrams: 90)]))
        try await shop.runDueJobs()
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.sku == "TEE-M" && shown.kind == .labelFailed)
        try shop.perform(SaveItems(items: [Item(sku: "TEE-M", name: "T", weightGrams: 1_200)]))
        #expect(try shop.openExceptions().map(\.id) == [shown.id])
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty && shop.order(id).parcels[0].label?.price == gbp(600))
        try shop.expectClean()
        // Another weight than before asks nobody for anything.
        try shop.perform(SaveItems(items: [Item(sku: "TEE-M", name: "T", weightGrams: 1_100)]))
        #expect(try await shop.runDueJobs() == 0)
    }

    @Test("A parcel whose goods are given a weight weighs what is in it and its box, as if it had been known at once")
    func weighedWithItsBox() async throws {
        func item(_ grams: Int64) -> Item {
            Item(sku: "TEE-M", name: "T", weightGrams: grams, size: ItemSize(length: 200, width: 150, height: 40))
        }
        let (shop, id) = try picked()
        try shop.perform(SaveItems(items: [item(0)]))
        try pack(shop, id, grams: nil)
        #expect(try shop.order(id).parcels.map(\.weightGrams) == [0])
        try shop.perform(SaveItems(items: [item(470)]))
        try await shop.runDueJobs()
        let parcel = try #require(try shop.order(id).parcels.first)
        #expect(parcel.weightGrams == 1_030 && parcel.label?.price == gbp(400))
        // The same for one that a person buys the label of, once they have said what the goods weigh.
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        try shop.perform(SaveItems(items: [item(0)]))
        try pack(shop, id, grams: nil)
        try shop.perform(SaveItems(items: [item(480)]))
        try shop.perform(BuyLabel(parcel: ParcelID(id, 2)))
        #expect(try shop.order(id).parcels[1].weightGrams == 1_050)
        try shop.expectClean()
    }

    @Test("Of several goods without a weight the one that still has none is told; what is on hold waits")
    func weighedInPart() async throws {
        let shop = try TestSystem.labelling("TEE-M@LONDON: 9")
        try shop.receive("CAP@LONDON: 9")
        try shop.perform(
            SaveItems(items: ["TEE-M", "CAP"].map { Item(sku: $0, name: $0, weightGrams: 0) }))
        let id = try shop.place("1 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP", on: "shop")
        try shop.walk(id, to: .picking)
        try shop.perform(
            PackFulfillment(
                fulfillment: id.fulfillment(1), parcels: [id.box([1: 1, 2: 1], weightGrams: 0)]))
        #expect(try cause(shop).contains("no weight is known of TEE-M, CAP"))
        try shop.perform(SaveItems(items: [Item(sku: "TEE-M", name: "T", weightGrams: 500)]))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.sku) == ["CAP"])
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
        try shop.perform(SaveItems(items: [Item(sku: "CAP", name: "C", weightGrams: 90)]))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.sku) == ["CAP"], "what is on hold waits")
        try shop.expectClean()
    }

    @Test("A parcel heavier than a label can say is not bought one")
    func heaviest() throws {
        let huge = Tariff.Service(
            code: "ship", name: "Ship", bands: ["home": [Tariff.Band(gramsMax: Tariff.gramsMax, price: 900)]])
        let freight = Courier(
            code: "freight", name: "Freight",
            tariff: Tariff(currency: gbp(1).currency, zones: ["GB": "home"], services: [huge]))
        let (shop, id) = try picked([freight])
        try pack(shop, id, grams: Parcel.gramsMax + 1)
        #expect(try cause(shop).contains("at most \(Parcel.gramsMax) g are carried"))
        #expect(try shop.order(id).parcels[0].label == nil)
    }

    @Test("An address that lacks what its country's post asks for gets no label by itself; a person may know better")
    func postcode() throws {
        for (postcode, words) in [("", "the postcode is missing"), ("ZZZ", "ZZZ is no postcode of GB")] {
            var address = Address.example()
            address.postcode = postcode
            let (shop, id) = try picked(to: address)
            try pack(shop, id)
            #expect(try cause(shop).contains(words))
            try expectRefusal(.noService, of: BuyLabel(parcel: ParcelID(id, 1)), in: shop)
            try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "day")))
            #expect(try shop.order(id).parcels[0].label?.state == .bought && shop.openExceptions().isEmpty)
            try shop.expectClean()
        }
    }

    @Test("An address that a person has passed at its stage is right as it is")
    func judged() throws {
        var address = Address.example()
        address.postcode = "ZZZ"
        let (shop, id) = try picked(to: address, stages: ["address"])
        try shop.perform(PassStage(order: id, stage: "address", hasPassed: true, note: "the customer says so"))
        try shop.walk(id, to: .picking)
        try pack(shop, id)
        #expect(try shop.order(id).parcels[0].label?.state == .bought)
        try shop.expectClean()
    }

    @Test("An address that no label has room for is told before the label is bought, whoever chooses the service")
    func room() throws {
        var address = Address.example()
        address.lines = Array(repeating: String(repeating: "WIDE STREET ", count: 16), count: 4)
        let (shop, id) = try picked(to: address)
        try pack(shop, id)
        #expect(try cause(shop).contains("too long for a label"))
        try expectRefusal(.noService, of: BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "day")), in: shop)
        #expect(try shop.order(id).parcels[0].labels.isEmpty)
    }

    @Test("A price far above the one expected is shown with both; the label is kept, and a tolerance is the channel's")
    func dearer() async throws {
        let (shop, id) = try picked([.post], TestCourier(script: [.charge(4_999)]))
        try pack(shop, id)
        try await shop.runDueJobs()
        let label = try #require(try shop.order(id).parcels[0].label)
        #expect(label.state == .bought && label.price == gbp(4_999))
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .priceChanged && shown.owner == "finance" && shown.subject == "\(ParcelID(id, 1))/1")
        #expect(shown.cause.contains("took 49.99 GBP"), "\(shown.cause)")
        #expect(shown.cause.contains("3.00 GBP was expected"), "\(shown.cause)")
        #expect(shown.actions(about: try shop.order(id)) == [.takeLabelOff(ParcelID(id, 1))])
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try shop.openExceptions().count == 1)
        try shop.perform(ResolveException(exception: shown.id, resolution: "the courier gave it back"))
        try shop.expectClean()
        let (patient, other) = try picked([.post], TestCourier(script: [.charge(450)])) {
            $0.priceTolerancePercent = 50
        }
        try pack(patient, other)
        try await patient.runDueJobs()
        #expect(try patient.openExceptions().isEmpty && patient.order(other).parcels[0].label?.price == gbp(450))
    }

    private func offered(_ shop: TestSystem, _ id: OrderID) throws -> [ExceptionAction] {
        let shown = try #require(try shop.openExceptions().first { $0.kind == .labelFailed })
        return shown.actions(about: try shop.order(id))
    }

    @Test("Where the address is in the way it is to be changed: no button buys a label that would be refused again")
    func offeredForAddresses() throws {
        var address = Address.example()
        address.postcode = "ABC"
        let (shop, id) = try picked(to: address)
        try pack(shop, id)
        #expect(try cause(shop).contains("cannot be delivered to"))
        #expect(try offered(shop, id) == [.changeAddress(id)])
        address = .example()
        address.lines = Array(repeating: String(repeating: "WIDE STREET ", count: 16), count: 4)
        let (long, other) = try picked(to: address)
        try pack(long, other)
        #expect(try cause(long).contains("too long for a label"))
        #expect(try offered(long, other) == [.changeAddress(other)])
    }

    @Test("What is too heavy together is to be packed otherwise; of a single unit the label is asked for again")
    func offeredForWeight() throws {
        let (shop, id) = try picked(grams: ["TEE-M": 6_000])
        try pack(shop, id, grams: 12_000)
        let shown = try #require(try shop.openExceptions().first { $0.kind == .labelFailed })
        #expect(shown.goods == [SKUQuantity(sku: "TEE-M", quantity: 2)])
        #expect(shown.suggestion.hasPrefix("Undo the packing"))
        #expect(try offered(shop, id) == [.unpack(id.fulfillment(1))])
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try shop.openExceptions().isEmpty)
        try pack(shop, id, grams: nil)
        #expect(try shop.order(id).parcels.suffix(2).allSatisfy { $0.label != nil })
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        let boxes = [20_000, 900].map { PackFulfillment.Box(lines: id.units([1: 1]), weightGrams: $0) }
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: boxes))
        let heavy = try #require(try shop.order(id).parcels.first { $0.weightGrams == 20_000 })
        #expect(try offered(shop, id) == [.buyLabel(ParcelID(id, heavy.number))])
        try shop.expectClean()
    }
}
