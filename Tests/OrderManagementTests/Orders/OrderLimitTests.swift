import OrderManagement
import TestSupport
import Testing

/// All of these stay in the order's own document, which is read with it.
@Suite("How much an order keeps")
struct OrderLimitTests {
    private func permission(_ action: String, of id: OrderID, in shop: TestSystem) throws -> OrderPermission? {
        try shop.order(id).permissions(.till, at: shop.now).first { $0.action == action }
    }

    @Test("An order has so many holds, lifted ones counted, and says so")
    func holds() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
        let hold = PlaceHold(order: id, reason: "manual", note: nil, lines: [])
        for _ in 0..<PlaceHold.holdsMax { try shop.perform(hold) }
        try expectRefusal(.quantityExceeded, of: hold, in: shop)
        #expect(try permission("holds", of: id, in: shop)?.isAllowed == false)
        try shop.expectClean()
    }

    @Test("An amendment adds no remark beyond those that an order may have, and nothing else is kept from it")
    func notes() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
        for number in 0..<NoteOrder.notesMax { try shop.perform(NoteOrder(order: id, text: "call \(number)")) }
        func request(_ note: String?) -> AmendOrder {
            AmendOrder(
                order: id,
                request: shop.request(id) {
                    $0.quantities = [(1, 2)]
                    $0.rest = { request, _ in request.note = note }
                })
        }
        try expectRefusal(.quantityExceeded, at: "/note", of: request("one more"), in: shop)
        #expect(try permission("notes", of: id, in: shop)?.isAllowed == false)
        try shop.perform(request(nil))
        try shop.perform(CommitAmendment(amendment: AmendmentID(id, 1)))
        #expect(try shop.order(id).lines[0].ordered == 2 && shop.order(id).notes.count == NoteOrder.notesMax)
        try shop.expectClean()
    }

    @Test("An order has so many amendments, dropped ones counted, and says so")
    func amendments() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
        let more = AmendOrder(order: id, request: shop.request(id) { $0.quantities = [(1, 2)] })
        for number in 1...Order.amendmentsMax {
            try shop.perform(more)
            try shop.perform(DropAmendment(amendment: AmendmentID(id, number)))
        }
        try expectRefusal(.quantityExceeded, of: more, in: shop)
        #expect(try permission("amendments", of: id, in: shop)?.isAllowed == false)
        try shop.expectClean()
    }
}
