import OrderManagement
import TestSupport
import Testing

@Suite("Boxes of one fulfillment that go by several couriers")
struct SeveralCouriersTests {
    /// Takes up to half a tonne, at 90.00.
    private static let pallets: Courier = {
        var service = Tariff.Service(
            code: "economy", name: "Economy", bands: ["home": [Tariff.Band(gramsMax: 500_000, price: 9_000)]])
        service.days = 3
        let vans = Courier.vans.tariff
        return Courier(
            code: "pallets", name: "Pallet line",
            tariff: Tariff(currency: vans.currency, zones: vans.zones, services: [service]))
    }()

    /// Two TEE-M at 10.00, one in a box that the vans take, one on a pallet; both labelled, in London.
    private func packed(_ grams: [Int64] = [500, 50_000]) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem.labelling(by: [.vans, Self.pallets])
        let units = grams.count
        let id = try shop.place("\(units) × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .picking)
        try shop.perform(
            PackFulfillment(
                fulfillment: id.fulfillment(1), parcels: grams.map { id.box([1: 1], weightGrams: $0) }))
        return (shop, id)
    }

    private func lists(_ shop: TestSystem) throws -> [HandOver] {
        try shop.waybill.readNow { db in
            let location = try #require(try Configuration.load(in: db).locations["LONDON"])
            return try HandOver.lists(at: location, by: [.vans, Self.pallets], from: db)
        }
    }

    private func words(_ list: HandOver) -> [String] {
        list.entries.map { "\($0.parcel.number): \(list.companions(of: $0) ?? "alone")" }
    }

    private func take(_ shop: TestSystem, _ parcels: [ParcelID], of part: FulfillmentID) throws -> String? {
        let reply = try shop.perform(HandOverFulfillment(fulfillment: part, parcels: parcels))
        return try JSON.parse(reply.body)["outcome"]?.string
    }

    private func states(_ order: Order) -> [String] {
        order.fulfillments.map { part in
            let boxes = order.boxes(of: part.number).map { "\($0.number) \($0.state.rawValue)" }
            return "\(part.state.rawValue): \(boxes.joined(separator: ", "))"
        }
    }

    @Test("Each courier's list has its own boxes, and says which of how many they are and who takes the others")
    func listed() throws {
        let (shop, _) = try packed([500, 50_000, 600])
        let lists = try lists(shop)
        #expect(words(lists[0]) == [
            "1: box 1 of 3, others go by Pallet line", "3: box 3 of 3, others go by Pallet line",
        ])
        #expect(words(lists[1]) == ["2: box 2 of 3, others go by \(Courier.vans.name)"])
        #expect(lists.map(\.parcels) == [2, 1] && lists.map(\.weightGrams) == [1_100, 50_000])
        #expect(try shop.waybill.readNow { try HandOver.waiting(at: ["LONDON"], in: $0) } == ["LONDON": 3])
        let (two, _) = try packed()
        #expect(words(try self.lists(two)[0]) == ["1: box 1 of 2, the other goes by Pallet line"])
    }

    @Test("What is counted to wait is what lists have: not what is held up, or has a box without a label")
    func counted() throws {
        let (shop, id) = try packed()
        func waiting() throws -> Int64 {
            try shop.waybill.readNow { try HandOver.waiting(at: ["LONDON"], in: $0) }["LONDON"] ?? 0
        }
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
        #expect(try waiting() == 0 && lists(shop).map(\.parcels) == [0, 0])
        try shop.perform(LiftHold(hold: HoldID(id, 1)))
        #expect(try waiting() == 2 && lists(shop).map(\.parcels) == [1, 1])
        try shop.perform(VoidLabel(parcel: ParcelID(id, 2)))
        #expect(try waiting() == 0 && lists(shop).map(\.parcels) == [0, 0])
        try shop.perform(BuyLabel(parcel: ParcelID(id, 2)))
        #expect(try waiting() == 2)
    }

    @Test("One courier's boxes leave with their units and their money; the others stay packed, as work of their own")
    func leaves() throws {
        let (shop, id) = try packed()
        let part = id.fulfillment(1)
        #expect(try take(shop, [ParcelID(id, 1)], of: part) == "shipped")
        var order = try shop.order(id)
        #expect(states(order) == ["shipped: 1 handed_over", "packed: 2 labelled"])
        #expect(order.lines[0].shipped == 1 && order.lines[0].allocated == 1)
        #expect(order.captured == 1_000)
        let stays = ["2: box 2 of 2, the other goes by \(Courier.vans.name)"]
        #expect(try words(lists(shop)[0]) == [] && words(lists(shop)[1]) == stays)
        try shop.expectClean()
        // The other courier comes later; its box was known by the parcel all the time.
        #expect(try take(shop, [ParcelID(id, 2)], of: id.fulfillment(2)) == "shipped")
        order = try shop.order(id)
        #expect(states(order) == ["shipped: 1 handed_over", "shipped: 2 handed_over"])
        #expect(order.captured == 2_000 && order.lines[0].shipped == 2)
        let closed = try shop.perform(
            CloseHandOver(fulfillments: [part, id.fulfillment(2)], parcels: [ParcelID(id, 2)]))
        #expect(try JSON.parse(closed.body)["hand_overs"]?.array?.count == 1)
        #expect(try shop.order(id).parcels.map { $0.handOver != nil } == [false, true])
        try shop.expectClean()
    }

    @Test("What a courier took is listed with where the others of its fulfillment go, whichever left first")
    func closed() throws {
        let (shop, id) = try packed([500, 50_000, 600])
        _ = try take(shop, [ParcelID(id, 1), ParcelID(id, 3)], of: id.fulfillment(1))
        try shop.perform(CloseHandOver(fulfillments: [id.fulfillment(1)]))
        func closed(_ parcel: Int, by courier: Courier) throws -> [String] {
            try shop.waybill.readNow { db in
                let name = try #require(try OrderStore.order(id, in: db)?.parcels[parcel - 1].handOver)
                let entry = try #require(try ClosedHandOverStore.handOver(name, in: db))
                let location = try #require(try Configuration.load(in: db).locations["LONDON"])
                return try words(HandOver(entry, at: location, by: courier, from: db))
            }
        }
        let first = ["1: box 1 of 3, others go by Pallet line", "3: box 3 of 3, others go by Pallet line"]
        #expect(try closed(1, by: .vans) == first)
        _ = try take(shop, [ParcelID(id, 2)], of: id.fulfillment(2))
        try shop.perform(CloseHandOver(fulfillments: [id.fulfillment(2)]))
        #expect(try closed(1, by: .vans) == first)
        #expect(try closed(2, by: Self.pallets) == ["2: box 2 of 3, others go by \(Courier.vans.name)"])
        let boxes = try shop.waybill.readNow { db in
            let order = try #require(try OrderStore.order(id, in: db))
            return try PackedTogether(order, in: db).boxes(with: order.parcels[1]).map(\.number)
        }
        #expect(boxes == [1, 2, 3], "a reprint of its label is 2 of 3")
    }

    @Test("What stays is cancelled, labelled anew and found by its courier's news as any other work")
    func stays() throws {
        let (shop, id) = try packed()
        _ = try take(shop, [ParcelID(id, 1)], of: id.fulfillment(1))
        try shop.perform(VoidLabel(parcel: ParcelID(id, 2)))
        try shop.perform(BuyLabel(parcel: ParcelID(id, 2), weightGrams: 60_000))
        let first = try #require(try shop.order(id).parcels[0].tracking)
        #expect(try shop.tell(.delivered, of: first) == "moved")
        #expect(try shop.order(id).fulfillments.map(\.state) == [.delivered, .packed])
        try shop.perform(CancelFulfillment(fulfillment: id.fulfillment(2)))
        let order = try shop.order(id)
        #expect(states(order) == ["delivered: 1 delivered", "cancelled: 2 packed"])
        #expect(order.lines[0].cancelled == 1 && order.lines[0].shipped == 1)
        #expect(try shop.openExceptions().map(\.kind) == [.interception])
        #expect(try shop.stock("TEE-M@LONDON") == "available 8")
        try shop.expectClean()
    }

    @Test("Who names a fulfillment that goes by several couriers is asked which parcels have left; nothing leaves")
    func asked() throws {
        let (shop, id) = try packed()
        let refusal = try expectRefusal(
            .invalidInput, of: HandOverFulfillment(fulfillment: id.fulfillment(1)), in: shop)
        let words = try #require(refusal?.explanation)
        #expect(words.contains("\(ParcelID(id, 2)) by pallets; \(ParcelID(id, 1)) by vans"))
        #expect(words.contains("POST /v1/fulfillments/\(id.fulfillment(1))/shipments"))
        try expectRefusal(
            .unknownParcel, of: HandOverFulfillment(fulfillment: id.fulfillment(1), parcels: [ParcelID(id, 3)]),
            in: shop)
        #expect(states(try shop.order(id)) == ["packed: 1 labelled, 2 labelled"])
        // All of them at once is what a shipment says.
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        #expect(states(try shop.order(id)) == ["shipped: 1 handed_over, 2 handed_over"])
        try shop.expectClean()
    }

    @Test("What had left is put on a list, or was: neither is a conflict, whatever is on hold since")
    func before() throws {
        let (shop, id) = try packed([500])
        let part = id.fulfillment(1)
        func again() throws -> String? {
            let reply = try shop.perform(HandOverFulfillment(fulfillment: part))
            return try JSON.parse(reply.body)["outcome"]?.string
        }
        try shop.perform(ShipFulfillment(fulfillment: part))
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
        #expect(try again() == "listed")
        try shop.perform(CloseHandOver(fulfillments: [part]))
        #expect(try again() == "already_handed_over")
        try shop.perform(DeliverFulfillment(fulfillment: part))
        #expect(try again() == "already_handed_over")
        let other = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try expectRefusal(.illegalTransition, of: HandOverFulfillment(fulfillment: other.fulfillment(1)), in: shop)
        let york = Principal(name: "york", scopes: [.fulfillmentsWrite], locations: ["YORK"])
        try expectRefusal(.notFound, of: HandOverFulfillment(fulfillment: part), in: shop, as: york)
        try shop.expectClean()
    }

    @Test("Boxes that left before anybody said so, as their courier tells, are offered to be handed over alone")
    func departed() async throws {
        let (shop, id) = try packed()
        let tracking = try #require(try shop.order(id).parcels[0].tracking)
        shop.advance(.minutes(1))
        #expect(try shop.tell(.delivered, of: tracking) == "not_sent")
        try await shop.runDueJobs()
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .leftUnshipped)
        let part = id.fulfillment(1)
        #expect(shown.actions(about: try shop.order(id)) == [.handOver(part, [ParcelID(id, 1)])])
        #expect(try take(shop, [ParcelID(id, 1)], of: part) == "shipped")
        #expect(states(try shop.order(id)) == ["delivered: 1 delivered", "packed: 2 labelled"])
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What misses its courier is shown for the boxes that stayed, and leaves with all that courier takes")
    func missed() async throws {
        let (shop, id) = try packed([500, 50_000, 600])
        _ = try take(shop, [ParcelID(id, 2)], of: id.fulfillment(1))
        shop.advance(.hours(9))
        try await shop.runDueJobs()
        let shown = try shop.openExceptions()
        #expect(shown.map(\.subject) == [ParcelID(id, 1), ParcelID(id, 3)].map(\.description))
        #expect(shown.first?.actions(about: try shop.order(id)).first == .ship(id.fulfillment(2)))
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(2)))
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("A parcel without a label is named with the others of its fulfillment: what the refusal advises is taken")
    func advised() throws {
        let (shop, id) = try packed()
        try shop.perform(VoidLabel(parcel: ParcelID(id, 2)))
        let bare = try expectRefusal(
            .labelMissing, at: "/parcels", of: ShipFulfillment(fulfillment: id.fulfillment(1)), in: shop)
        #expect(bare?.explanation.contains("name all 2 parcels, this one with its courier") == true)
        let hand = ShipFulfillment.ParcelDetail(parcel: ParcelID(id, 2), courier: "pallets", tracking: "P-1")
        try shop.perform(
            ShipFulfillment(fulfillment: id.fulfillment(1), parcels: [.init(parcel: ParcelID(id, 1)), hand]))
        #expect(try shop.order(id).parcels.map(\.courier) == ["vans", "pallets"])
        try shop.expectClean()
    }

    @Test("A courier that is not set up is refused, naming those that are; where none is, a shop names whom it likes")
    func mistyped() throws {
        let (shop, id) = try packed([500])
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        func ship(_ courier: String, _ id: OrderID) -> ShipFulfillment {
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [.init(parcel: ParcelID(id, 1), courier: courier, tracking: "TY-1")])
        }
        let refusal = try expectRefusal(.unknownCourier, at: "/parcels/0/courier", of: ship("vanz", id), in: shop)
        #expect(refusal?.explanation.contains("there is no courier vanz; couriers are: pallets, vans") == true)
        #expect(try shop.order(id).parcels[0].state == .packed)
        try shop.perform(ship("vans", id))
        let bare = try TestSystem(stock: "TEE-M@LONDON: 5")
        let other = try bare.place("1 × TEE-M at 10.00 GBP, store")
        try bare.walk(other, to: .packed)
        try bare.perform(ship("vanz", other))
        #expect(try bare.order(other).parcels[0].courier == "vanz")
    }
}
