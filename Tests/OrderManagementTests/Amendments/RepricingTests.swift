import TestSupport
import Testing

@testable import OrderManagement

/// What was agreed and is not sent costs something else from now on.
@Suite("Pricing agreed units anew")
struct RepricingTests {
    private func price(_ line: Int, _ units: Int64, at price: Int64?) -> (inout Amended) -> Void {
        { change in
            change.rest = { request, id in
                request.pricing = .current
                request.quantities = [
                    .init(line: id.line(line), quantity: units, price: price.map { .init(unitPrice: gbp($0)) })
                ]
            }
        }
    }

    private func shop(_ text: String = "3 × TEE-M at 10.00 GBP, store") throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "CAP@LONDON: 9")
        return (shop, try shop.place(text))
    }

    @Test(
        "All units of a line cost less or more: a line that names the old one, the same job, and the difference owed",
        arguments: [
            (800, -600, Fulfillment.State.open), (1_200, 600, .open), (800, -600, .picking), (800, -600, .packed),
        ])
    func whole(price new: Int64, difference: Int64, state: Fulfillment.State) throws {
        let (shop, id) = try shop()
        if state != .open { try shop.walk(id, to: state) }
        let now = try shop.state(id.fulfillment(1))
        let done = try shop.amend(id, price(1, 3, at: new))
        let order = try shop.order(id)
        #expect(order.lines.map(\.wanted) == [0, 3] && order.lines[1].sku == "TEE-M" && order.lines[1].replaces == 1)
        #expect(order.lines[1].unitPrice == new && order.due == 3_000 + difference)
        #expect(order.fulfillments.count == 1 && order.fulfillments[0].state == now)
        #expect(order.fulfillments[0].lines.map(\.line) == [2] && order.fulfillments[0].note == nil)
        #expect(done.at("put_backs")?.array?.isEmpty == true && done.at("promises")?.array?.isEmpty == true)
        #expect(done.at("money.authorization_needed.amount")?.integer == max(0, difference))
        #expect(done.at("money.voided.amount")?.integer == max(0, -difference))
        #expect(done.at("changes.lines.1.unit_price.amount")?.integer == new)
        #expect(try shop.openExceptions().isEmpty)
        #expect(try shop.stock("TEE-M@LONDON") == "available 6, allocated 3")
        try shop.expectClean()
        guard difference < 0 else { return }
        try shop.walk(id, to: .delivered)
        #expect(try shop.order(id).captured == 3_000 + difference)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("What is captured and costs less now is given back")
    func givenBack() throws {
        let (shop, id) = try shop()
        try shop.perform(CapturePayment(order: id, amount: gbp(3_000), reason: "deposit"))
        try shop.amend(id, price(1, 3, at: 900))
        #expect(try shop.order(id).refunded == 300)
        try shop.expectClean()
    }

    @Test("Units that were sent keep the price that was agreed; the rest, also what waits for stock, has the new one")
    func rest() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .shipped)
        try shop.amend(id, price(1, 3, at: 500))
        let order = try shop.order(id)
        #expect(order.lines.map(\.wanted) == [1, 2] && order.lines.map(\.backordered) == [0, 2])
        #expect(order.due == 1_000 + 1_000)
        try shop.expectClean()
    }

    @Test("What waits for stock at a new price is filled when goods come, before those who ordered later")
    func filled() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        let later = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.amend(id, price(1, 3, at: 500))
        #expect(try shop.order(id).lines.map(\.backordered) == [0, 2])
        try shop.receive("TEE-M@LONDON: 2")
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(order.lines.map(\.allocated) == [0, 3] && order.lines.map(\.backordered) == [0, 0])
        #expect(order.backorderedUntil == nil)
        #expect(order.fulfillments.flatMap(\.lines).allSatisfy { $0.line == 2 })
        #expect(try shop.order(later).lines[0].backordered == 1)
        try shop.walk(id, to: .delivered)
        #expect(try shop.order(id).captured == 1_500)
        try shop.expectClean()
    }

    @Test("Supply that is announced gives the units at their new price a day, which is kept when they are priced again")
    func dated() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.perform(
            ExpectInbound(
                location: "LONDON", reference: "PO-1", due: shop.now + .days(5),
                lines: [.init(sku: "TEE-M", quantity: 2)]))
        try await shop.runDueJobs()
        try shop.amend(id, price(1, 3, at: 500))
        try shop.amend(id, price(2, 3, at: 400))
        let order = try shop.order(id)
        #expect(order.lines.map(\.backordered) == [0, 0, 2] && order.expected[3] == shop.now + .days(5))
        shop.advance(.days(5))
        try shop.receive("TEE-M@LONDON: 2")
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines.map(\.allocated) == [0, 0, 3])
        try shop.expectClean()
    }

    @Test("A line that is lowered and priced: what stays costs the new price, what goes is put back")
    func lowered() throws {
        let (shop, id) = try shop()
        try shop.walk(id, to: .packed)
        let done = try shop.amend(id, price(1, 2, at: 800))
        let order = try shop.order(id)
        #expect(order.lines.map(\.wanted) == [0, 2] && order.due == 1_600)
        #expect(done.at("put_backs.0.lines.0.quantity")?.integer == 1)
        #expect(try shop.openExceptions().map(\.kind) == [.putBack])
        #expect(try shop.stock("TEE-M@LONDON") == "available 7, allocated 2")
        try shop.expectClean()
    }

    @Test("Beside a swap, a raise and an addition each line comes with its own price")
    func together() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP + 2 × CAP at 5.00 GBP, store")
        try shop.amend(id) {
            $0.add = [(1, "TEE-M", 950)]
            $0.rest = { request, id in
                request.pricing = .current
                request.quantities = [
                    .init(line: id.line(1), quantity: 2, price: .init(unitPrice: gbp(900))),
                    .init(line: id.line(2), quantity: 3, price: .init(unitPrice: gbp(600))),
                ]
            }
        }
        let order = try shop.order(id)
        #expect(order.lines.map(\.wanted) == [0, 2, 2, 1, 1])
        #expect(order.lines.map(\.unitPrice) == [1_000, 500, 900, 600, 950])
        #expect(order.due == 1_000 + 1_800 + 600 + 950)
        try shop.expectClean()
    }

    @Test("A hold on a line stays on it at its new price")
    func held() throws {
        let (shop, id) = try shop()
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: [id.line(1)]))
        try shop.amend(id, price(1, 3, at: 900))
        #expect(try shop.order(id).holds[0].lines == [1, 2])
        try shop.expectClean()
    }

    @Test("A present price that changes nothing, or is missing, is refused at its place", arguments: [
        (Int64(3), Int64?.none, Refusal.Code.priceMissing), (2, nil, .priceMissing), (4, nil, .priceMissing),
        (3, 1_000, .invalidInput), (0, 900, .invalidInput),
    ])
    func refused(units: Int64, new: Int64?, code: Refusal.Code) throws {
        let (shop, id) = try shop("3 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store")
        let request = shop.request(id, price(1, units, at: new))
        try expectRefusal(code, at: "/quantities/0/unit_price", of: AmendOrder(order: id, request: request), in: shop)
        let shown = try shop.preview(id, price(1, units, at: new))
        #expect(shown.at("refusals.0.pointer")?.string == "/quantities/0/unit_price")
    }

    @Test("Present prices of nothing are refused, and so is a swap for the same item, which says how it is done")
    func nothing() throws {
        let (shop, id) = try shop()
        let empty = shop.request(id) {
            $0.rest = { request, _ in
                request.pricing = .current
                request.customer = Customer(name: "Bob")
            }
        }
        try expectRefusal(.invalidInput, at: "/price", of: AmendOrder(order: id, request: empty), in: shop)
        let same = shop.request(id) { $0.swaps = [(1, 3, "TEE-M")] }
        let refusal = try expectRefusal(
            .invalidInput, at: "/swap/0/sku", of: AmendOrder(order: id, request: same), in: shop)
        #expect(refusal?.details.first?.detail.contains("unit_price") == true)
    }

    @Test("Until when is the channel's end of swapping; what was sent, labelled or is under way keeps its price")
    func until() throws {
        let (shop, id) = try shop()
        try shop.walk(id, to: .shipped)
        try expectRefusal(
            .tooLateToAmend, at: "/quantities/0/unit_price",
            of: AmendOrder(order: id, request: shop.request(id, price(1, 3, at: 900))), in: shop)
        var policy = ChannelPolicy(stages: [])
        policy.amending.swapUntil = .released
        try shop.open("strict", policy: policy)
        let other = try shop.place("1 × TEE-M at 10.00 GBP", on: "strict")
        try shop.walk(other, to: .accepted)
        try expectRefusal(
            .tooLateToAmend, at: "/quantities/0/unit_price",
            of: AmendOrder(order: other, request: shop.request(other, price(1, 1, at: 900))), in: shop)
        #expect(try shop.order(other).lines.count == 1)
    }
}
