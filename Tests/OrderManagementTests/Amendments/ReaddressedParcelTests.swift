import OrderManagement
import TestSupport
import Testing

@Suite("Another address for a parcel that bears its label")
struct ReaddressedParcelTests {
    private func labelled(_ rule: AmendingPolicy.Labelled) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem.labelling { $0.amending.labelled = rule }
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        #expect(try shop.order(id).parcels[0].state == .labelled)
        return (shop, id)
    }

    @Test("Where labelled parcels stay as they are it is refused, saying that it was possible until the label was on")
    func refused() throws {
        let (shop, id) = try labelled(.refuse)
        let refusal = try expectRefusal(
            .tooLateToAmend, at: "/delivery", of: AmendOrder(order: id, request: shop.request(id, leeds)), in: shop)
        let text = "changing the address was possible until their label was on"
        #expect(refusal?.explanation.contains(text) == true, "\(refusal?.explanation ?? "")")
        let fewer = try expectRefusal(
            .tooLateToAmend, of: AmendOrder(order: id, request: shop.request(id) { $0.quantities = [(1, 1)] }),
            in: shop)
        #expect(fewer?.explanation.contains("was possible until their label was on") == true)
        try shop.expectClean()
    }

    @Test("Where they are stopped, it is packed and labelled anew, for the new address")
    func stopped() throws {
        let (shop, id) = try labelled(.intercept)
        let preview = try shop.preview(id, leeds)
        #expect(preview.at("put_backs.0.task")?.string == "readdress")
        #expect(preview.at("put_backs.0.lines.0.quantity")?.integer == 2)
        try shop.amend(id, leeds)
        let order = try shop.order(id)
        #expect(order.fulfillments[0].state == .picking && order.fulfillments[0].lines[0].picked == 2)
        #expect(order.fulfillments[0].note == "The address was changed: pack and label it anew.")
        #expect(try shop.stock("TEE-M@LONDON") == "available 7, allocated 2")
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .interception && shown.owner == "LONDON" && shown.goods.isEmpty)
        #expect(shown.actions(about: order) == [.settleGoods(shown.id, .left)])
        try shop.walk(id, to: .packed)
        #expect(try shop.openExceptions().isEmpty, "packed anew: it was stopped")
        try shop.walk(id, to: .delivered)
        let sent = try shop.order(id)
        #expect(sent.parcels.count == 2 && sent.parcels[0].lines.isEmpty && sent.parcels[1].state == .delivered)
        #expect(sent.captured == 2_000)
        try shop.expectClean()
    }

    @Test("A parcel that had left is shipped by its old label, and customer service hears of it")
    func left() throws {
        let (shop, id) = try labelled(.intercept)
        let tracking = try #require(try shop.order(id).parcels[0].tracking)
        try shop.amend(id, leeds)
        let shown = try #require(try shop.openExceptions().first)
        try shop.perform(SettleGoods(exception: shown.id, outcome: .left))
        let order = try shop.order(id)
        #expect(order.fulfillments.map(\.state) == [.shipped] && order.parcels.last?.tracking == tracking)
        #expect(try shop.stock("TEE-M@LONDON") == "available 7" && order.captured == 2_000)
        let found = try #require(try shop.openExceptions().first)
        #expect(try shop.openExceptions().count == 1)
        #expect(found.kind == .parcelFound && found.owner == "customer_service" && found.goods.isEmpty)
        #expect(try shop.events(id).count { $0 == "exception.resolved" } == 1)
        try shop.expectClean()
    }

    @Test("Cancelled after that it is asked still whether the parcel was stopped, since its goods may be gone")
    func cancelled() throws {
        let (shop, id) = try labelled(.intercept)
        try shop.amend(id, leeds)
        try shop.perform(CancelOrder(order: id, reason: .customer))
        #expect(try shop.openExceptions().map(\.kind) == [.interception])
        #expect(try shop.stock("TEE-M@LONDON") == "available 9")
        try shop.expectClean()
    }
}
