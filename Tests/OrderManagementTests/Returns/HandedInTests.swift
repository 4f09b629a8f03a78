import TestSupport
import Testing

@testable import OrderManagement

@Suite("Goods of parcels that were settled as lost, and that are here all the same")
struct HandedInTests {
    /// Three TEE-M at 10.01 in one parcel, with shipping of 4.95, that was lost, is settled, and has come after all.
    private func found(
        _ settle: (ParcelID) -> any Command = { ClaimParcel(parcel: $0, resolution: .refund) }
    ) throws -> (TestSystem, OrderID, OrderException) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("shop", policy: ChannelPolicy(stages: []))
        let id = try shop.place("3 × TEE-M at 10.01 GBP, shipping 4.95", on: "shop")
        try shop.walk(id, to: .packed)
        try shop.perform(
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [.init(parcel: ParcelID(id, 1), courier: "dpd", service: nil, tracking: "T1")]))
        try tell(.lost, of: 1, id, shop)
        try shop.perform(settle(ParcelID(id, 1)))
        try tell(.delivered, of: 1, id, shop)
        return (shop, id, try #require(try shop.openExceptions().first))
    }

    /// Two TEE-M at 10.01 in a parcel each, both announced; the second parcel was lost.
    private func announced() throws -> (TestSystem, OrderID) {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: 2, reason: .unwanted)]))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try tell(.delivered, of: 1, id, shop)
        try tell(.lost, of: 2, id, shop)
        return (shop, id)
    }

    @discardableResult
    private func tell(_ status: Parcel.State, of parcel: Int, _ id: OrderID, _ shop: TestSystem) throws -> Bool? {
        shop.advance(.hours(1))
        return try shop.tell(status, of: parcel, id)
    }

    private func receipt(_ units: Int64, of id: ReturnID, found: Int64 = 0, isComplete: Bool = true) -> ReceiveReturn {
        ReceiveReturn(
            id: id, location: "LONDON",
            lines: units > 0 ? [.init(line: id.order.line(1), quantity: units, disposition: .restock)] : [],
            found: found > 0 ? [.init(sku: "TEE-M", quantity: found, note: nil)] : [], isComplete: isComplete)
    }

    @Test("Handed in, and then told to come back: it is not expected once more, and the claim says why")
    func handedIn() throws {
        let (shop, id, shown) = try found()
        try shop.perform(SettleGoods(exception: shown.id, outcome: .handedIn, location: "LONDON"))
        #expect(try tell(.returnedToSender, of: 1, id, shop) == false)
        #expect(try tell(.lost, of: 1, id, shop) == false)
        let end = try shop.order(id)
        #expect(end.returns.isEmpty && end.parcels[0].state == .delivered)
        let reply = try JSON.parse(shop.perform(RecordTracking(
            courier: "dpd", tracking: "T1", status: .returnedToSender, at: shop.now, candidates: [id])).body)
        #expect(reply["outcome"]?.string == "repeated" || reply["outcome"]?.string == "passed", "\(reply)")
        var json = JSONWriter()
        end.parcels[0].write(to: &json, of: end)
        let claim = try JSON.parse(json.text)["claim"]
        #expect(claim?["handed_in"]?.array?.first?["quantity"]?.integer == 3)
        #expect(end.refunded == 3 * 1001 + 495 && end.lines[0].closed == 3)
        #expect(OrderStatus(of: end).overall == .completed)
        #expect(try shop.stock("TEE-M@LONDON") == "available 9" && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Of goods that were sent once more, or for which nothing was given, what is handed in is here as well")
    func otherwiseSettled() throws {
        let (shop, id, shown) = try found { ReshipParcel(parcel: $0) }
        try shop.perform(SettleGoods(exception: shown.id, outcome: .handedIn, location: "LONDON"))
        #expect(try tell(.returnedToSender, of: 1, id, shop) == false)
        #expect(try shop.order(id).returns.isEmpty)
        #expect(try shop.stock("TEE-M@LONDON") == "available 6, allocated 3")
        let new = try #require(try shop.order(id).parcels[0].claim?.successor?.order)
        try shop.deliver(new)
        let entry = try shop.takeBack([1: 3], of: new)
        try shop.perform(SettleReturn(id: entry, refund: .source))
        #expect(try shop.order(new).refunded == 3003 && shop.order(id).lines[0].returned == 0)
        try shop.expectClean()

        // Who got nothing has what they paid for: they send it back as any other, and it is paid.
        let (other, paid, _) = try found { ClaimParcel(parcel: $0, resolution: .none) }
        let own = try other.takeBack([1: 3], of: paid)
        try other.perform(SettleReturn(id: own, refund: .source))
        #expect(try tell(.returnedToSender, of: 1, paid, other) == false)
        #expect(try other.order(paid).returns.count == 1 && other.order(paid).refunded == 3003)
        try other.expectClean()
    }

    @Test(
        "Handed in in part, the rest is expected and no more: it is put on sale, and nothing is paid",
        arguments: [Int64(1), 0])
    func part(units: Int64) throws {
        let (shop, id, shown) = try found()
        try shop.perform(
            SettleGoods(
                exception: shown.id, outcome: .handedIn, location: "LONDON",
                missing: [.init(sku: "TEE-M", quantity: 1)]))
        #expect(try tell(.returnedToSender, of: 1, id, shop) == true)
        let entry = try #require(try shop.order(id).returns.first)
        #expect(entry.lines.map(\.expected) == [1] && entry.note?.contains("less 2 × TEE-M") == true)
        let refusal = try expectRefusal(
            .quantityExceeded, at: "/lines/0/quantity", of: receipt(2, of: id.entry(1)), in: shop)
        #expect(refusal?.explanation.contains("2 × TEE-M asked, 1 can come") == true)
        #expect(
            refusal?.explanation.contains("Of 3 sent: 2 of the parcel \(ParcelID(id, 1)), handed in") == true,
            "\(refusal?.explanation ?? "")")
        try shop.perform(receipt(units, of: id.entry(1)))
        let end = try shop.order(id)
        #expect(end.returns[0].state == .settled && end.returns[0].refunded == 0)
        #expect(end.refunded == 3 * 1001 + 495 && end.lines[0].closed == 3)
        #expect(OrderStatus(of: end).overall == .completed)
        #expect(end.parcels[0].state == (units == 1 ? .returnedToSender : .lost))
        #expect(try shop.stock("TEE-M@LONDON") == "available \(8 + units)" && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What came with a return and was in a parcel that was settled is known as that, and not expected once more")
    func foundWithReturn() throws {
        let (shop, id) = try announced()
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund))
        try expectRefusal(.quantityExceeded, at: "/lines/0/quantity", of: receipt(2, of: id.entry(1)), in: shop)
        try shop.perform(receipt(1, of: id.entry(1), found: 1))
        let shown = try #require(try shop.openExceptions().first { $0.kind == .wrongItem })
        #expect(shown.cause.contains("but 1 of them of parcel 2, which was settled as lost"), "\(shown.cause)")
        let outcomes: [SettleGoods.Outcome] = [.restocked, .sentBack, .writtenOff]
        #expect(try shown.actions(about: shop.order(id)) == outcomes.map { .settleGoods(shown.id, $0) })
        try shop.perform(SettleGoods(exception: shown.id, outcome: .restocked))
        #expect(try tell(.returnedToSender, of: 2, id, shop) == false)
        // Nobody is asked to have it handed in once more either.
        #expect(try tell(.delivered, of: 2, id, shop) == true)
        #expect(try tell(.returnedToSender, of: 2, id, shop) == false)
        try shop.perform(SettleReturn(agreed: id.entry(1)))
        let end = try shop.order(id)
        #expect(end.returns.count == 1 && end.refunded == 2002 && end.lines[0].closed == 2)
        #expect(OrderStatus(of: end).overall == .completed)
        #expect(try shop.stock("TEE-M@LONDON") == "available 5" && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What came with a return and was sent back again is not here: what its courier brings is expected")
    func sentBack() throws {
        let (shop, id) = try announced()
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund))
        try shop.perform(receipt(1, of: id.entry(1), found: 1))
        let shown = try #require(try shop.openExceptions().first { $0.kind == .wrongItem })
        try shop.perform(SettleGoods(exception: shown.id, outcome: .sentBack))
        #expect(try tell(.returnedToSender, of: 2, id, shop) == true)
        try shop.perform(receipt(1, of: id.entry(2)))
        #expect(try shop.stock("TEE-M@LONDON") == "available 5")
        #expect(try shop.order(id).lines[0].returned == 2)
        try shop.expectClean()
    }

    @Test("Goods are not simply found where they are expected another way: the refusal says which")
    func notFound() throws {
        let (shop, id) = try announced()
        func refusal(_ text: String) throws {
            let refusal = try expectRefusal(
                .invalidInput, at: "/found/0/sku", of: receipt(1, of: id.entry(1), found: 1, isComplete: false),
                in: shop)
            #expect(refusal?.explanation.contains(text) == true, "\(refusal?.explanation ?? "")")
        }
        try refusal("which is lost: say that it has arrived")
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund))
        try tell(.returnedToSender, of: 2, id, shop)
        let second = "\(try shop.order(id).number)-R2"
        try refusal("1 × TEE-M come back with \(second), which their courier brings: receive them there")
        try tell(.delivered, of: 2, id, shop)
        let shown = try #require(try shop.openExceptions().first)
        try refusal("say of the exception \(shown.id) that they were handed in")
        #expect(try shop.stock("TEE-M@LONDON") == "available 3")
        try shop.expectClean()
    }

    @Test("Of what a courier brings no more comes in than it was to bring: what the customer has is another return")
    func noMoreThanBrought() throws {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
        try tell(.delivered, of: 1, id, shop)
        try tell(.returnedToSender, of: 2, id, shop)
        try shop.perform(
            ReceiveReturn(id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 1)]))
        let refusal = try expectRefusal(
            .quantityExceeded, at: "/lines/0/quantity", of: receipt(1, of: id.entry(1)), in: shop)
        #expect(refusal?.explanation.contains("its courier was to bring no more") == true)
        #expect(refusal?.explanation.contains("1 with the return \(try shop.order(id).number)-R1") == true)
        #expect(try shop.takeBack([1: 1], of: id) == id.entry(2))
        #expect(try shop.order(id).lines[0].returned == 2)
        try shop.expectClean()
    }

    @Test("No more units of a line come in than left and are not here; the doctor sees where they did")
    func cap() throws {
        let (shop, id, _) = try found()
        try tell(.returnedToSender, of: 1, id, shop)
        var order = try shop.order(id)
        #expect(order.unitsOutside(order.lines[0]) == 3)
        order.parcels[0].claim?.handedIn = [1: 2]
        #expect(order.unitsOutside(order.lines[0]) == 1 && order.unitsHere(order.lines[0]) == 2)
        try shop.tamper("UPDATE parcels SET claim = replace(claim, '{\"resol', '{\"handed_in\":[[1,2]],\"resol')")
        try expectRefusal(.quantityExceeded, at: "/lines/0/quantity", of: receipt(2, of: id.entry(1)), in: shop)
        try shop.perform(receipt(1, of: id.entry(1), isComplete: false))
        let report = try shop.examine(tamperedBy: "UPDATE parcels SET claim = replace(claim, '[[1,2]]', '[[1,3]]')")
        #expect(report.text.contains("no more units come back or are handed in than have left"), "\(report.text)")
    }
}
