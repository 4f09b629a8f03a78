import TestSupport
import Testing

@testable import OrderManagement

@Suite("Boxes that were to be stopped, of which some left")
struct UnstoppedBoxesTests {
    /// An order whose boxes are labelled: of the first line, and of a second where there is one.
    private func labelled(_ boxes: [[Int: Int64]], _ more: String = "") throws -> (TestSystem, OrderID) {
        let shop = try TestSystem.labelling("TEE-M@LONDON: 70") {
            ($0.amending.labelled, $0.amending.methodUntil) = (.intercept, .packed)
        }
        try shop.receive("CAP@LONDON: 9")
        let units = boxes.reduce(0) { $0 + ($1[1] ?? 0) }
        let id = try shop.place("\(units) × TEE-M at 10.00 GBP\(more)", on: "shop")
        try shop.walk(id, to: .picking)
        try shop.perform(
            PackFulfillment(
                fulfillment: id.fulfillment(1), parcels: boxes.map { id.box($0, weightGrams: 900) }))
        #expect(try shop.order(id).parcels.allSatisfy { $0.state == .labelled })
        return (shop, id)
    }

    private func first(_ kind: OrderException.Kind, in shop: TestSystem) throws -> OrderException {
        try #require(try shop.openExceptions().first { $0.kind == kind })
    }

    private func settle(_ shop: TestSystem, _ id: OrderID, left boxes: Int...) throws {
        try shop.perform(
            SettleGoods(
                exception: first(.interception, in: shop).id, outcome: .left,
                parcels: boxes.map { ParcelID(id, $0) }))
    }

    @Test("Another address: what left is sent and paid, what was stopped is packed anew for the right door")
    func address() throws {
        let (shop, id) = try labelled([[1: 27], [1: 27], [1: 6]])
        let old = try shop.order(id).parcels.map(\.tracking)
        try shop.amend(id, leeds)
        let shown = try first(.interception, in: shop)
        #expect(
            shown.actions(about: try shop.order(id)).last == .settleBoxes(shown.id, (1...3).map { ParcelID(id, $0) }))
        try settle(shop, id, left: 2)
        let order = try shop.order(id)
        #expect(order.parcels.map(\.units) == [[:], [1: 27], [:]])
        #expect(order.parcels[1].state == .handedOver && order.parcels[1].tracking == old[1])
        #expect(order.fulfillments.map(\.state) == [.shipped, .picking])
        #expect(order.fulfillments[1].lines.map(\.picked) == [33] && order.captured == 27_000)
        #expect(try shop.stock("TEE-M@LONDON") == "available 10, allocated 33")
        #expect(try first(.parcelFound, in: shop).cause.contains("another address"))
        try shop.expectClean()
        try shop.tell(.delivered, of: #require(old[1]))
        try shop.perform(SettleGoods(exception: first(.parcelFound, in: shop).id, outcome: .kept))
        try shop.perform(
            PackFulfillment(
                fulfillment: id.fulfillment(2),
                parcels: [id.box([1: 27], weightGrams: 900), id.box([1: 6], weightGrams: 900)]))
        try shop.walk(id, to: .delivered)
        #expect(try shop.order(id).captured == 60_000 && OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("Fewer units: what left was for the customer first of all, and what was stopped is put back")
    func fewer() throws {
        let (shop, id) = try labelled([[1: 1], [1: 1]])
        try shop.amend(id) { $0.quantities = [(1, 1)] }
        try settle(shop, id, left: 1)
        let order = try shop.order(id)
        #expect(order.parcels.map(\.units) == [[1: 1], [:]] && order.fulfillments.map(\.state) == [.shipped])
        #expect(try shop.stock("TEE-M@LONDON") == "available 69" && order.captured == 1_000)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What left beyond what is wanted leaves stock, and customer service hears of that and of no more")
    func tooMany() throws {
        let (shop, id) = try labelled([[1: 2], [1: 1]])
        try shop.amend(id) { $0.quantities = [(1, 1)] }
        #expect(try first(.interception, in: shop).goods == [.init(sku: "TEE-M", quantity: 2)])
        try settle(shop, id, left: 1)
        let order = try shop.order(id)
        #expect(order.parcels.map(\.units) == [[1: 1], [:]] && order.captured == 1_000)
        #expect(try shop.stock("TEE-M@LONDON") == "available 68")
        #expect(try first(.parcelFound, in: shop).goods == [.init(sku: "TEE-M", quantity: 1)])
        try shop.expectClean()
    }

    @Test("A box with goods that nobody wants any more left alone: the others are packed anew, and paid as they leave")
    func onlyUnwanted() throws {
        let (shop, id) = try labelled([[1: 2], [2: 1]], " + 1 × CAP at 5.00 GBP")
        try shop.amend(id) { $0.quantities = [(1, 0)] }
        try settle(shop, id, left: 1)
        var order = try shop.order(id)
        #expect(order.fulfillments.map(\.state) == [.picking] && order.captured == 0)
        #expect(try shop.stock("TEE-M@LONDON") == "available 68")
        #expect(try shop.stock("CAP@LONDON") == "available 8, allocated 1")
        try shop.expectClean()
        try shop.walk(id, to: .delivered)
        order = try shop.order(id)
        #expect(order.captured == 500)
        try shop.expectClean()
    }

    @Test("Of a cancelled order one box is under way, the other is here", arguments: [1, 2])
    func cancelled(box: Int) throws {
        let (shop, id) = try labelled([[1: 3], [1: 2]])
        try shop.perform(CancelOrder(order: id, reason: .customer))
        let before = try shop.order(id).parcels[box - 1].labels.last?.tracking
        try settle(shop, id, left: box)
        let gone: Int64 = box == 1 ? 3 : 2
        #expect(try shop.stock("TEE-M@LONDON") == "available \(70 - gone)")
        let order = try shop.order(id)
        #expect(order.captured == 0 && order.parcels.map { $0.labels.last?.hasLeft } == [box == 1, box == 2])
        #expect(try first(.parcelFound, in: shop).goods == [.init(sku: "TEE-M", quantity: gone)])
        // Its courier tells of the one, which is known; of the other it would be news.
        try shop.tell(.inTransit, of: #require(before))
        #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
        let other = try #require(try shop.order(id).parcels[2 - box].labels.last?.tracking)
        try shop.tell(.inTransit, of: other)
        #expect(try shop.openExceptions().map(\.kind).contains(.oldLabelUsed))
        try shop.expectClean()
    }

    @Test("Of what is to be collected by now one box left by post: it is sent by that, the rest waits at the store")
    func pickup() throws {
        let (shop, id) = try labelled([[1: 3], [1: 2]])
        try shop.receive("TEE-M@YORK: 9")
        try shop.amend(id) { change in
            change.rest = { request, _ in
                request.delivery = .init(method: .pickup, service: nil, address: nil, location: "YORK")
            }
        }
        try settle(shop, id, left: 1)
        let order = try shop.order(id)
        #expect(order.lines[0].shipped == 3 && order.lines[0].allocated == 2 && order.captured == 3_000)
        #expect(order.fulfillments.filter(\.state.holdsStock).map { "\($0.location) \($0.units)" } == ["YORK 2"])
        #expect(try shop.stock("TEE-M@LONDON") == "available 67")
        #expect(try shop.stock("TEE-M@YORK") == "available 7, allocated 2")
        // It goes to the address that was, though its order is to be collected.
        #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
        try shop.expectClean()
        try shop.walk(id, to: .collected)
        #expect(try shop.order(id).captured == 5_000)
        try shop.expectClean()
    }

    @Test("Two questions about the same boxes count what left once, and the eldest is answered first")
    func twice() throws {
        let (shop, id) = try labelled([[1: 2], [2: 1]], " + 1 × CAP at 5.00 GBP")
        try shop.amend(id) { $0.quantities = [(1, 1)] }
        let one = try first(.interception, in: shop)
        try shop.amend(id) { $0.quantities = [(1, 0)] }
        let two = try #require(try shop.openExceptions().first { $0.kind == .interception && $0.id != one.id })
        // The eldest is answered first: nobody is to say two things of one box.
        let order = try shop.order(id)
        #expect(order.names(of: order.boxesAsked(by: one)).count == 2 && order.boxesAsked(by: two).isEmpty)
        let early = SettleGoods(exception: two.id, outcome: .left, parcels: [ParcelID(id, 1)])
        let refusal = try expectRefusal(.invalidInput, at: "/parcels/0", of: early, in: shop)
        #expect(refusal?.details.first?.detail.contains("\(one.id) asks to stop") == true)
        for question in [one, two] {
            try shop.perform(
                SettleGoods(exception: question.id, outcome: .left, parcels: [ParcelID(id, 1)]))
            try shop.expectClean()
        }
        #expect(try shop.stock("TEE-M@LONDON") == "available 68")
        #expect(try shop.order(id).fulfillments.map(\.state) == [.picking])
    }

    @Test("A question about boxes that were packed anew says nothing of the boxes that a later one asks about")
    func packedAnew() throws {
        let (shop, id) = try labelled([[1: 2], [2: 1]], " + 1 × CAP at 5.00 GBP")
        try shop.amend(id) { $0.quantities = [(1, 1)] }
        let one = try first(.interception, in: shop)
        shop.advance(.minutes(5))
        try shop.walk(id, to: .packed)
        shop.advance(.minutes(5))
        try shop.perform(CancelOrder(order: id, reason: .customer))
        let two = try #require(try shop.openExceptions().first { $0.kind == .interception && $0.id != one.id })
        let order = try shop.order(id)
        let boxes = order.names(of: order.boxesAsked(by: two))
        #expect(!boxes.isEmpty && order.boxesAsked(by: one).isEmpty)
        let early = SettleGoods(exception: one.id, outcome: .left, parcels: boxes)
        let refusal = try expectRefusal(.invalidInput, at: "/parcels/0", of: early, in: shop)
        #expect(refusal?.details.first?.detail.contains("\(two.id) asks to stop") == true)
        try shop.perform(SettleGoods(exception: two.id, outcome: .left, parcels: boxes))
        try shop.perform(SettleGoods(exception: one.id, outcome: .putBack))
        #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
        try shop.expectClean()
    }

    @Test("Only boxes that are asked about are named, and with nothing but that they left")
    func refused() throws {
        let (shop, id) = try labelled([[1: 1], [1: 1]])
        try shop.amend(id) { $0.quantities = [(1, 1)] }
        let shown = try first(.interception, in: shop)
        for (outcome, boxes, pointer) in [
            (SettleGoods.Outcome.putBack, [ParcelID(id, 1)], "/parcels"), (.left, [], "/parcels"),
            (.left, [ParcelID(id, 1), ParcelID(id, 9)], "/parcels/1"),
        ] as [(SettleGoods.Outcome, [ParcelID], String)] {
            try expectRefusal(
                .invalidInput, at: pointer,
                of: SettleGoods(exception: shown.id, outcome: outcome, parcels: boxes), in: shop)
        }
        try shop.walk(id, to: .packed)
        let refusal = try expectRefusal(
            .invalidInput, at: "/parcels/0",
            of: SettleGoods(exception: shown.id, outcome: .left, parcels: [ParcelID(id, 1)]), in: shop)
        #expect(refusal?.explanation.contains("one by one") == true)
        #expect(try shop.stock("TEE-M@LONDON") == "available 69, allocated 1")
        try shop.expectClean()
    }

    @Test("Whoever works where the boxes lay says so; nobody else's location does")
    func permission() throws {
        let (shop, id) = try labelled([[1: 1], [1: 1]])
        try shop.amend(id) { $0.quantities = [(1, 1)] }
        let shown = try first(.interception, in: shop)
        let action = ExceptionAction.settleBoxes(shown.id, [ParcelID(id, 1), ParcelID(id, 2)])
        let london = Principal(name: "london", scopes: [.fulfillmentsWrite], locations: ["LONDON"])
        let york = Principal(name: "york", scopes: [.fulfillmentsWrite], locations: ["YORK"])
        #expect(shown.isAllowed(action, to: london) && !shown.isAllowed(action, to: york))
        let command = SettleGoods(exception: shown.id, outcome: .left, parcels: [ParcelID(id, 2)])
        #expect(throws: Refusal.self) { try shop.perform(command, as: york) }
        try shop.perform(command, as: london)
        #expect(try shop.order(id).parcels.map(\.units) == [[:], [1: 1]])
        try shop.expectClean()
    }
}
