import OrderManagement
import TestSupport
import Testing

@Suite("Picking and packing")
struct PickFulfillmentTests {
    private func accepted(_ text: String) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 5")
        let id = try shop.place(text)
        try shop.walk(id, to: .accepted)
        return (shop, id)
    }

    @Test("Picking without lines picks everything")
    func all() throws {
        let (shop, id) = try accepted("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store")
        try shop.perform(PickFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try shop.order(id).fulfillments[0].lines.map(\.picked) == [2, 1])
    }

    @Test("Picking goes on line by line, and never beyond what is asked")
    func byLine() throws {
        let (shop, id) = try accepted("3 × TEE-M at 10.00 GBP, store")
        let ful = id.fulfillment(1)
        try shop.perform(PickFulfillment(fulfillment: ful, lines: [.init(line: id.line(1), quantity: 1)]))
        #expect(try shop.order(id).fulfillments[0].lines[0].picked == 1)
        try shop.perform(PickFulfillment(fulfillment: ful, lines: [.init(line: id.line(1), quantity: 2)]))
        #expect(try shop.order(id).fulfillments[0].lines[0].picked == 3)
        try expectRefusal(
            .quantityExceeded, at: "/lines/0/quantity",
            of: PickFulfillment(fulfillment: ful, lines: [.init(line: id.line(1), quantity: 3, short: 1)]), in: shop)
        try shop.expectClean()
    }

    @Test("Short units are counted down, sourced elsewhere, and the rest is packed and sent")
    func short() throws {
        let (shop, id) = try accepted("3 × TEE-M at 10.00 GBP, store")
        try shop.receive("TEE-M@LEEDS: 5")
        try shop.perform(
            PickFulfillment(fulfillment: id.fulfillment(1), lines: [.init(line: id.line(1), quantity: 2, short: 1)]))
        let order = try shop.order(id)
        #expect(order.fulfillments.map(\.state) == [.picking, .rejected, .released])
        #expect(try shop.stock("TEE-M@LONDON") == "available 2, allocated 2")
        #expect(try shop.stock("TEE-M@LEEDS") == "available 4, allocated 1")
        try shop.walk(id, to: .delivered)
        #expect(try shop.order(id).captured == 3000)
        try shop.expectClean()
    }

    @Test("A pick that finds nothing rejects the whole fulfillment")
    func nothing() throws {
        let (shop, id) = try accepted("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(
            PickFulfillment(
                fulfillment: id.fulfillment(1),
                lines: [.init(line: id.line(1), quantity: 0, short: 2, reason: .notFound)]))
        #expect(try shop.state(id.fulfillment(1)) == .rejected)
        #expect(try shop.order(id).lines[0].backordered == 2)
        #expect(try shop.stock("TEE-M@LONDON") == "available 3")
        try shop.expectClean()
    }

    @Test("Short for two reasons: each unit goes where its reason says")
    func twoReasons() throws {
        let (shop, id) = try accepted("4 × TEE-M at 10.00 GBP, store")
        try shop.perform(
            PickFulfillment(
                fulfillment: id.fulfillment(1),
                lines: [
                    .init(line: id.line(1), quantity: 2, short: 1, reason: .notFound),
                    .init(line: id.line(1), quantity: 0, short: 1, reason: .damaged),
                ]))
        #expect(try shop.stock("TEE-M@LONDON") == "available 1, allocated 2, quarantined 1")
        try shop.expectClean()
    }

    @Test("Parcels that do not hold exactly the units are refused", arguments: [[1: 1], [1: 3], [1: 2, 2: 1], [:]])
    func coverage(units: [Int: Int64]) throws {
        let (shop, id) = try accepted("2 × TEE-M at 10.00 GBP, store")
        let ful = id.fulfillment(1)
        try shop.perform(PickFulfillment(fulfillment: ful))
        let boxes = units.isEmpty ? [] : [id.box(units)]
        let code: Refusal.Code = units[2] != nil ? .unknownLine : units[1] == 3 ? .quantityExceeded : .unitsUncovered
        try expectRefusal(code, of: PackFulfillment(fulfillment: ful, parcels: boxes), in: shop)
        try shop.expectClean()
    }

    @Test("Units of another fulfillment have no place in a parcel")
    func foreignUnits() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LEEDS: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store")
        try shop.walk(id, to: .picking)
        for number in 1...2 {
            try expectRefusal(
                .unitsUncovered, at: "/parcels",
                of: PackFulfillment(fulfillment: id.fulfillment(number), parcels: [id.box([1: 1, 2: 1])]), in: shop)
        }
    }

    @Test("Units may be spread over several parcels, each with its weight")
    func severalParcels() throws {
        let (shop, id) = try accepted("3 × TEE-M at 10.00 GBP, store")
        let ful = id.fulfillment(1)
        try shop.perform(PickFulfillment(fulfillment: ful))
        let boxes = [id.box([1: 1], weightGrams: 400), id.box([1: 2], weightGrams: 800)]
        try shop.perform(PackFulfillment(fulfillment: ful, parcels: boxes))
        #expect(try shop.order(id).parcels.map(\.weightGrams) == [400, 800])
        try shop.expectClean()
    }

    @Test("Unpacking empties the parcels, which are listed no more; packed again, new ones are numbered on")
    func unpack() throws {
        let (shop, id) = try accepted("2 × TEE-M at 10.00 GBP, store")
        func listed() throws -> [String] {
            let order = try shop.order(id)
            var json = JSONWriter()
            order.fulfillments[0].write(to: &json, of: order)
            return try (JSON.parse(json.text)["parcels"]?.array ?? []).compactMap { $0["id"]?.string }
        }
        try shop.walk(id, to: .packed)
        #expect(try listed() == [ParcelID(id, 1).description])
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try listed() == [])
        try shop.walk(id, to: .shipped)
        #expect(try listed() == [ParcelID(id, 2).description])
        let parcels = try shop.order(id).parcels
        #expect(parcels.map(\.number) == [1, 2])
        #expect(parcels.map(\.state) == [.packed, .handedOver])
        try shop.expectClean()
    }

    @Test("A pickup may be packed without parcels, a shipment may not")
    func pickup() throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, pickup at YORK")
        try shop.walk(id, to: .picking)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: []))
        #expect(try shop.state(id.fulfillment(1)) == .packed)
        try shop.expectClean()
    }
}
