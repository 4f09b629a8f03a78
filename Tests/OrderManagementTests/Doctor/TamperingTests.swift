import Foundation
import OrderManagement
import TestSupport
import Testing

/// A contradiction planted by SQL, and every book and subject that it must be reported under: no more, no less.
///
/// `{A}` stands for the row id of the order A, `{A#}` for its number, `{A.id}` for its id, `{A.lin-1}` for the id of a
/// part, `{A.job}` for its job; `{last}` for the newest position, `{moved}` for the newest movement of TEE-M@LONDON.
struct Tampering: Sendable {
    let name: String
    let sql: String
    let found: [String]

    init(_ name: String, _ sql: String, _ found: String...) {
        self.name = name
        self.sql = sql
        self.found = found
    }
}

/// A shop with an order of each kind; each tampering is rolled back after it was examined.
private struct TamperedShop {
    static let keyText = "system POST /v1/orders k1"

    let shop: TestSystem
    private let words: [(name: String, text: String)]

    init() throws {
        shop = try TestSystem(
            stock: "TEE-M@LONDON: 100", "CAP@LEEDS: 20", "MUG@LEEDS: 4", "HAT@LEEDS: 2", "PIN@YORK: 3")
        let key = IdempotencyKey(principal: .system, method: "POST", path: "/v1/orders", key: "k1", digest: "d")
        var orders: [String: OrderID] = [:]
        // Placed and waiting for its remorse period.
        orders["A"] = try shop.place("2 × TEE-M at 10.00 GBP, shipping 4.95, named A1", key: key)
        // Delivered, and one unit of it returned and refunded.
        let sent = try shop.place("3 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store")
        orders["S"] = sent
        // Backordered, ready to collect, cancelled, held, and with a capture that is not answered yet.
        orders["B"] = try shop.place("9 × MUG at 3.00 GBP, store")
        let pickup = try shop.place("1 × PIN at 5.00 GBP, store, pickup at YORK")
        orders["P"] = pickup
        let cancelled = try shop.place("1 × TEE-M at 10.00 GBP, store")
        orders["C"] = cancelled
        let held = try shop.place("1 × TEE-M at 10.00 GBP")
        orders["H"] = held
        let card = try shop.place("1 × TEE-M at 10.00 GBP, store, paid by card")
        orders["K"] = card
        try shop.place("2 × HAT at 7.00 GBP, store")
        try shop.walk(sent, to: .delivered)
        try shop.walk(pickup, to: .ready)
        try shop.walk(card, to: .shipped)
        try shop.perform(CancelOrder(order: cancelled, reason: .customer))
        try shop.perform(PlaceHold(order: held, reason: "manual", note: nil, lines: []))
        try Self.giveBack(sent, in: shop)
        try shop.move(.count, 0, "HAT@LEEDS")
        try shop.receive("TEE-M@LONDON: 1")
        words = try Self.words(for: orders, in: shop)
        try shop.expectClean()
    }

    private static func giveBack(_ order: OrderID, in shop: TestSystem) throws {
        let line = OrderLineID(order, 1)
        try shop.perform(
            RequestReturn(
                order: order, method: .byPost, location: nil,
                lines: [.init(line: line, quantity: 1, reason: .unwanted)]))
        try shop.perform(ApproveReturn(id: ReturnID(order, 1)))
        let received = ReceiveReturn.Line(line: line, quantity: 1, disposition: .restock)
        try shop.perform(ReceiveReturn(id: ReturnID(order, 1), location: "LEEDS", lines: [received]))
        try shop.perform(SettleReturn(id: ReturnID(order, 1), refund: .source))
    }

    private static func words(for orders: [String: OrderID], in shop: TestSystem) throws -> [(String, String)] {
        var words: [(String, String)] = []
        for (name, id) in orders {
            words.append(("{\(name)}", String(id.value)))
            words.append(("{\(name)#}", try shop.order(id).number))
            words.append(("{\(name).id}", id.description))
            for prefix in ["lin", "ful", "par", "pay", "ret", "hld"] {
                for number in 1...9 {
                    let part = id.description.replacingOccurrences(of: "ord_", with: prefix + "_")
                    words.append(("{\(name).\(prefix)-\(number)}", "\(part)-\(number)"))
                }
            }
            let job = Statement(
                composed: "SELECT MIN(id) FROM jobs WHERE order_id = #id AND kind = 'expire_pickup'")
            let found = try shop.waybill.readNow { try $0.first(job, [.integer(id.value)]) { $0.optionalInteger(0) } }
            if let value = found ?? nil { words.append(("{\(name).job}", JobID(value).description)) }
        }
        let numbers = [
            ("{last}", "SELECT MAX(position) FROM events"), ("{after}", "SELECT MAX(position) + 5 FROM events"),
            ("{passed}", "SELECT MIN(position) FROM events WHERE type = 'stage.passed'"),
            ("{moved}", "SELECT last_movement FROM stock_levels WHERE sku = 'TEE-M' AND location = 'LONDON'"),
        ]
        for (name, sql) in numbers {
            let value = try shop.waybill.readNow { try $0.first(Statement(composed: sql)) { try $0.integer(0) } }
            words.append((name, String(value ?? 0)))
        }
        return words
    }

    func fill(_ text: String) -> String {
        words.reduce(text) { $0.replacingOccurrences(of: $1.name, with: $1.text) }
    }
}

@Suite("Planted contradictions")
struct TamperingTests {
    @Test("in stock, lines and money are found, and nothing that does not follow from them")
    func books() throws { try check(Self.stock + Self.lines + Self.money) }

    @Test("in statuses, histories, names, jobs and words are found, and nothing that does not follow from them")
    func histories() throws { try check(Self.statuses + Self.events + Self.others) }

    private func check(_ tamperings: [Tampering]) throws {
        let shop = try TamperedShop()
        for tampering in tamperings {
            let report = try shop.shop.examine(tamperedBy: shop.fill(tampering.sql))
            let found = Set(report.findings.map { "\($0.book.rawValue) \($0.subject)" })
            #expect(found == Set(tampering.found.map(shop.fill)), "\(tampering.name)\n\(report.text)")
        }
        try shop.shop.expectClean()
    }

    static let stock = [
        Tampering("a unit too many available", level("available = available + 1"), "stock TEE-M@LONDON"),
        Tampering("a unit too many allocated", level("allocated = allocated + 1"), "stock TEE-M@LONDON"),
        Tampering("a unit in quarantine", level("quarantined = 1"), "stock TEE-M@LONDON"),
        Tampering(
            "a unit held for no return", level("uninspected = 1"), "allocations TEE-M@LONDON"),
        Tampering("a unit under way", level("in_transit = 1"), "stock TEE-M@LONDON"),
        Tampering("a level behind its ledger", level("last_movement = last_movement - 1"), "stock TEE-M@LONDON"),
        Tampering(
            "a shortage hidden", "UPDATE stock_levels SET shortage = 0 WHERE sku = 'HAT'", "stock HAT@LEEDS"),
        Tampering("a level deleted", "DELETE FROM stock_levels WHERE sku = 'MUG'", "stock MUG@LEEDS"),
        Tampering(
            "a movement made larger", "UPDATE stock_movements SET quantity = quantity + 1 WHERE id = {moved}",
            "stock TEE-M@LONDON"),
        Tampering(
            "a movement sent elsewhere", "UPDATE stock_movements SET target = 'quarantined' WHERE id = {moved}",
            "stock movement {moved}", "stock TEE-M@LONDON"),
        Tampering(
            "a chain broken", "UPDATE stock_movements SET previous = 0 WHERE id = {moved}", "stock movement {moved}"),
        Tampering("a movement deleted", "DELETE FROM stock_movements WHERE id = {moved}", "stock TEE-M@LONDON"),
        Tampering(
            "a counter set back", "UPDATE counters SET value = 1 WHERE name = 'movement'", "stock counter movement"),
        Tampering(
            "units reserved by nobody",
            "UPDATE stock_movements SET reason = 'reserve', target = 'reserved' WHERE order_id = {A}",
            "stock TEE-M@LONDON", "allocations TEE-M@LONDON"),
        Tampering(
            "a promise moved to another location", "UPDATE fulfillments SET location = 'YORK' WHERE order_id = {A}",
            "allocations TEE-M@LONDON", "allocations TEE-M@YORK"),
        Tampering(
            "a return moved to another location", "UPDATE returns SET location = 'YORK' WHERE order_id = {S}",
            "allocations TEE-M@LEEDS", "allocations TEE-M@YORK"),
    ]

    private static func level(_ change: String) -> String {
        "UPDATE stock_levels SET \(change) WHERE sku = 'TEE-M' AND location = 'LONDON'"
    }

    static let lines = [
        Tampering(
            "a unit in two places", "UPDATE order_lines SET backordered = 1 WHERE order_id = {A}", "lines {A.lin-1}",
            "statuses {A#}"),
        Tampering(
            "an allocated unit cancelled by hand",
            "UPDATE order_lines SET cancelled = 1, allocated = 1 WHERE order_id = {A}", "lines {A.lin-1}",
            "money {A#}"),
        Tampering(
            "closed units open again", "UPDATE order_lines SET closed = 0 WHERE order_id = {S} AND number = 1",
            "lines {S.lin-1}", "statuses {S#}"),
        Tampering(
            "a unit returned that never came",
            "UPDATE order_lines SET returned = 2 WHERE order_id = {S} AND number = 1",
            "lines {S.lin-1}"),
        Tampering(
            "a unit sent that was not ordered",
            "UPDATE fulfillment_lines SET quantity = quantity + 1 WHERE order_id = {S} AND line = 1", "lines {S.lin-1}",
            "lines {S.ful-2}", "allocations TEE-M@LONDON"),
        Tampering("a parcel emptied", "UPDATE parcels SET lines = '[]' WHERE order_id = {K}", "lines {K.ful-1}"),
        Tampering(
            "a parcel still packed", "UPDATE parcels SET state = 'packed' WHERE order_id = {K}", "lines {K.par-1}",
            "events {K.par-1}"),
        Tampering(
            "an inspected unit without a disposition", "UPDATE return_lines SET restocked = 0 WHERE order_id = {S}",
            "lines {S.ret-1}", "allocations TEE-M@LEEDS"),
        Tampering(
            "a fulfillment deleted", "DELETE FROM fulfillments WHERE order_id = {A}",
            "rows fulfillment_lines of {A.id}-1",
            "lines {A.lin-1}", "allocations TEE-M@LONDON"),
        Tampering(
            "a line that cannot be", "UPDATE order_lines SET unit_price = 9000000000000000000 WHERE order_id = {A}",
            "rows {A#}"),
        Tampering(
            "a line missing", "DELETE FROM order_lines WHERE order_id = {S} AND number = 1", "rows {S#}",
            "allocations TEE-M@LONDON", "allocations TEE-M@LEEDS"),
    ]

    static let money = [
        Tampering(
            "a total raised", "UPDATE orders SET total = total + 1 WHERE id = {A}", "money {A#}", "statuses {A#}"),
        Tampering("a due lowered", "UPDATE orders SET due = due - 1 WHERE id = {A}", "money {A#}"),
        Tampering("a price raised", "UPDATE order_lines SET unit_price = 1001 WHERE order_id = {A}", "money {A#}"),
        Tampering("a currency changed", "UPDATE orders SET currency = 'EUR' WHERE id = {A}", "money {A#}"),
        Tampering(
            "net prices called gross",
            "UPDATE orders SET document = replace(document, '\"gross\":false', '\"gross\":true') WHERE id = {A}",
            "money {A#}"),
        Tampering(
            "a channel version that never was",
            "UPDATE orders SET document = replace(document, '\"policy\":', '\"policy\":7') WHERE id = {A}",
            "money {A#}"),
        Tampering(
            "a capture lowered", "UPDATE payments SET captured = captured - 1 WHERE order_id = {S}", "money {S.pay-1}",
            "statuses {S#}"),
        Tampering(
            "a pending capture forgotten", "UPDATE payments SET capture_pending = 0 WHERE order_id = {K}",
            "money {K.pay-1}"),
        Tampering(
            "a void made up", "UPDATE payments SET voided = 1 WHERE order_id = {H}", "money {H.pay-1}",
            "statuses {H#}"),
        Tampering(
            "more refunded than captured", "UPDATE payments SET refunded = 9999 WHERE order_id = {S}",
            "money {S.pay-1}"),
        Tampering(
            "less authorized than taken", "UPDATE payments SET authorized = 1 WHERE order_id = {S}", "money {S.pay-1}",
            "events {S.pay-1}"),
        Tampering(
            "an effect made larger",
            "UPDATE payment_effects SET amount = amount + 1 WHERE order_id = {S} AND number = 1",
            "money {S.pay-1}", "events {S.pay-1} effect 1"),
        Tampering(
            "an effect of no payment", "UPDATE payment_effects SET payment = 9 WHERE order_id = {S} AND number = 1",
            "money {S.pay-1}", "money {S.pay-9} effect 1"),
        Tampering(
            "a refund not asked for", "UPDATE returns SET refunded = refunded + 1 WHERE order_id = {S}",
            "money {S.ret-1}"),
        Tampering(
            "a credit memo that does not add up", "UPDATE credit_memos SET amount = amount + 1 WHERE order_id = {S}",
            "money CM-STO-1001", "money {S.ret-1}", "statuses {S#}", "events CM-STO-1001"),
        Tampering(
            "a line credited beyond its value",
            "UPDATE credit_memos SET lines = '[[1,1,4000,0,0,0,4000]]', amount = 4000 WHERE order_id = {S}",
            "money {S.lin-1}", "money {S.ret-1}", "statuses {S#}", "events CM-STO-1001"),
        Tampering(
            "a refund that pays nothing", "UPDATE payment_effects SET memo = NULL WHERE order_id = {S} AND memo = 1",
            "money {S.pay-1} effect 3", "statuses {S#}"),
        Tampering(
            "a payment given to nobody", "UPDATE payments SET order_id = 77 WHERE order_id = {A}",
            "rows payments of ord_000000000002d", "statuses {A#}", "events {A.pay-1}"),
    ]

    static let statuses = [
        Tampering("a status", "UPDATE orders SET status = 'cancelled' WHERE id = {A}", "statuses {A#}"),
        Tampering(
            "a fulfillment status", "UPDATE orders SET fulfillment_status = 'shipped' WHERE id = {A}", "statuses {A#}"),
        Tampering("a payment status", "UPDATE orders SET payment_status = 'captured' WHERE id = {A}", "statuses {A#}"),
        Tampering("a return status", "UPDATE orders SET return_status = 'returned' WHERE id = {A}", "statuses {A#}"),
        Tampering("a stage", "UPDATE orders SET stage = NULL WHERE id = {A}", "statuses {A#}"),
        Tampering("a hold flag", "UPDATE orders SET on_hold = 0 WHERE id = {H}", "statuses {H#}"),
    ]

    static let events = [
        Tampering("the newest event deleted", "DELETE FROM events WHERE position = {last}", "events counter position"),
        Tampering(
            "an event moved", "UPDATE events SET position = {after} WHERE position = {last}", "events position {after}",
            "events counter position"),
        Tampering(
            "an event of no kind", "UPDATE events SET type = 'stock.vanished' WHERE position = {last}",
            "events position {last}"),
        Tampering("a sequence counted on", "UPDATE orders SET sequence = sequence + 1 WHERE id = {A}", "events {A#}"),
        Tampering(
            "a gap in a sequence",
            "UPDATE events SET sequence = 90 WHERE order_id = {A} AND sequence = 2", "events {A#}"),
        Tampering(
            "a placing untold", "UPDATE events SET type = 'order.noted' WHERE order_id = {A} AND sequence = 1",
            "events {A#}"),
        Tampering(
            "a step left out",
            "UPDATE events SET type = 'fulfillment.packed' WHERE order_id = {S} AND type = 'fulfillment.accepted'",
            "events {S.ful-1}", "events {S.ful-2}"),
        Tampering(
            "a state not told", "UPDATE fulfillments SET state = 'picking' WHERE order_id = {P}", "events {P.ful-1}"),
        Tampering(
            "a parcel's state not told", "UPDATE parcels SET state = 'out_for_delivery' WHERE order_id = {K}",
            "events {K.par-1}", "lines {K.par-1}"),
        Tampering(
            "news that nobody followed",
            "UPDATE parcels SET news = '{\"told\":{\"lost\":{\"at\":1}}}' WHERE order_id = {K}", "lines {K.par-1}"),
        Tampering(
            "a return approved twice",
            "UPDATE events SET type = 'return.inspected' WHERE order_id = {S} AND type = 'return.approved'",
            "events {S.ret-1}"),
        Tampering(
            "a completion untold",
            "UPDATE events SET type = 'order.noted' WHERE order_id = {S} AND type = 'order.completed'", "events {S#}"),
        Tampering(
            "a hold untold", "UPDATE events SET type = 'order.noted' WHERE order_id = {H} AND type = 'order.held'",
            "events {H.hld-1}"),
        Tampering(
            "a stage untold", "UPDATE events SET type = 'order.noted' WHERE order_id = {A} AND type = 'stage.passed'",
            "events {A#} stage payment"),
        Tampering(
            "an authorization told of another amount",
            """
            UPDATE events SET data = replace(data, '"amount":2495', '"amount":2496')
            WHERE order_id = {A} AND type = 'payment.authorized'
            """, "events {A.pay-1}"),
        Tampering(
            "data that is no JSON", "UPDATE events SET data = '{' WHERE order_id = {A} AND type = 'stage.passed'",
            "events {A#} stage payment", "events position {passed}"),
        Tampering(
            "an order of nobody's making", "UPDATE events SET order_id = 77 WHERE order_id = {C} AND sequence = 1",
            "events {C#}", "rows events of ord_000000000002d"),
    ]

    static let others = [
        Tampering(
            "a reply of no event", "UPDATE kept_replies SET event = 999999", "idempotency \(TamperedShop.keyText)"),
        Tampering(
            "a reply that is no reply", "UPDATE kept_replies SET status = 500", "idempotency \(TamperedShop.keyText)"),
        Tampering(
            "a reply cut short", "UPDATE kept_replies SET event = NULL, body = '{'",
            "idempotency \(TamperedShop.keyText)"),
        Tampering(
            "a reply about another order", "UPDATE kept_replies SET location = '/v1/orders/none'",
            "idempotency \(TamperedShop.keyText)"),
        Tampering(
            "a number twice", "DROP INDEX orders_by_number; UPDATE orders SET number = '{A#}' WHERE id = {H}",
            "idempotency {A#}"),
        Tampering(
            "an external id twice",
            "DROP INDEX orders_by_external_id; UPDATE orders SET external_id = 'A1' WHERE id = {H}",
            "idempotency web A1"),
        Tampering("a remorse period forgotten", "DELETE FROM jobs WHERE order_id = {A}", "jobs {A#} stage remorse"),
        Tampering("a capture forgotten", "DELETE FROM jobs WHERE order_id = {K}", "jobs {K.pay-1} effect 1"),
        Tampering("a pickup forgotten", "DELETE FROM jobs WHERE order_id = {P}", "jobs {P.ful-1}"),
        Tampering("a shortage shown to nobody", "UPDATE exceptions SET state = 'resolved'", "jobs HAT@LEEDS"),
        Tampering(
            "a job buried in silence",
            "UPDATE jobs SET state = 'buried' WHERE order_id = {P} AND kind = 'expire_pickup'",
            "jobs {P.job}"),
        Tampering(
            "a job that nobody does", "UPDATE jobs SET kind = 'dance' WHERE order_id = {P} AND kind = 'expire_pickup'",
            "jobs {P.job}", "jobs {P.ful-1}"),
        Tampering(
            "a job about nothing", "UPDATE jobs SET order_id = 77 WHERE order_id = {P} AND kind = 'expire_pickup'",
            "jobs {P.job}", "jobs {P.ful-1}"),
        Tampering(
            "a word deleted", "DELETE FROM order_words WHERE order_id = {A} AND word = 'ada'", "search {A#}"),
        Tampering("a word made up", "INSERT INTO order_words VALUES ('bob', {A})", "search {A.id}"),
        Tampering(
            "a customer's address", "UPDATE orders SET customer = 'bob@example.com' WHERE id = {A}", "search {A#}"),
        Tampering(
            "a state that is none", "UPDATE fulfillments SET state = 'lost' WHERE order_id = {A}", "rows {A#}",
            "allocations TEE-M@LONDON"),
        Tampering(
            "a document torn", "UPDATE orders SET document = '{' WHERE id = {A}", "rows {A#}",
            "allocations TEE-M@LONDON"),
        Tampering(
            "an exception about nothing", "UPDATE exceptions SET order_id = 77",
            "rows exceptions of ord_000000000002d"),
    ]
}
