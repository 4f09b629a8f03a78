/// Whole orders in their tables: read together, and written back part by part where they changed.
public enum OrderStore {
    private static let byID = Statement(
        """
        SELECT id, number, channel, external_id, version, sequence, currency, total, placed_at, updated_at, document,
               written_off
        FROM orders WHERE id = #id
        """)
    private static let idByNumber = Statement("SELECT id FROM orders WHERE number = :number")
    private static let idByExternalID = Statement(
        "SELECT channel, external_id, id FROM orders WHERE channel = :channel AND external_id = :external_id")
    private static let linesOf = Statement(
        """
        SELECT order_id, number, sku, ordered, cancelled, backordered, allocated, shipped, closed, returned, unit_price,
               discount, tax, revision, replaces, raises, components,
               available_from
        FROM order_lines WHERE order_id = #id ORDER BY order_id, number
        """)
    private static let waiting = Statement(
        """
        SELECT stage, id FROM orders WHERE stage IS NOT NULL AND (stage, id) > (:stage, #id)
        ORDER BY stage, id LIMIT #limit
        """)
    private static let insertOrder = Statement(
        """
        INSERT INTO orders (id, number, channel, external_id, version, sequence, status, fulfillment_status,
            payment_status, return_status, stage, on_hold, currency, total, due, customer, placed_at, updated_at,
            document)
        VALUES (#id, :number, :channel, :external_id, #version, #sequence, :status, :fulfillment_status,
            :payment_status, :return_status, :stage, #on_hold, :currency, #total, #due, :customer, #placed_at,
            #updated_at, :document)
        """)
    private static let updateOrder = Statement(
        """
        UPDATE orders SET version = #version, sequence = #sequence, status = :status,
            fulfillment_status = :fulfillment_status, payment_status = :payment_status, return_status = :return_status,
            stage = :stage, on_hold = #on_hold, total = #total, due = #due, written_off = #written_off,
            customer = :customer, updated_at = #updated_at, document = :document
        WHERE id = #id AND version = #version_before
        """)
    private static let insertLine = Statement(
        """
        INSERT INTO order_lines (order_id, number, sku, ordered, cancelled, backordered, allocated, shipped, closed,
                                 returned, unit_price, discount, tax, revision, replaces, raises, components,
                                 available_from)
        VALUES (#order_id, #number, :sku, #ordered, #cancelled, #backordered, #allocated, #shipped, #closed,
                #returned, #unit_price, #discount, #tax, #revision, #replaces, :raises,
                :components, #available_from)
        """)
    private static let updateLine = Statement(
        """
        UPDATE order_lines SET ordered = #ordered, cancelled = #cancelled, backordered = #backordered,
            allocated = #allocated, shipped = #shipped, closed = #closed, returned = #returned, discount = #discount,
            tax = #tax, raises = :raises, available_from = #available_from
        WHERE order_id = #order_id AND number = #number AND ordered <= #ordered
        """)
    private static let insertWord = Statement("INSERT INTO order_words (word, order_id) VALUES (:word, #order_id)")
    private static let deleteWord = Statement("DELETE FROM order_words WHERE word = :word AND order_id = #order_id")

    /// The order of a number, or nil.
    public static func id(ofNumber number: String, in db: any Connection) throws -> OrderID? {
        try db.first(idByNumber, [.text(number)]) { OrderID(try $0.integer(0)) }
    }

    static func ids(
        ofExternalIDs names: [ExternalName], in db: any Connection, _ visit: (ExternalName, OrderID) -> Void
    ) throws {
        try db.query(idByExternalID, names.map { [.text($0.channel), .text($0.id)] }) { row in
            visit(ExternalName(channel: try row.text(0), id: try row.text(1)), OrderID(try row.integer(2)))
        }
    }

    /// One whole order, or nil.
    public static func order(_ id: OrderID, in db: any Connection) throws -> Order? {
        var found: Order?
        try load([id], in: db) { found = $0 }
        return found
    }

    /// Whole orders by their ids; those that are not there are left out.
    public static func orders(_ ids: [OrderID], in db: any Connection) throws -> [OrderID: Order] {
        var found: [OrderID: Order] = [:]
        try load(ids, in: db) { found[$0.id] = $0 }
        return found
    }

    /// Where a walk along the orders that wait at stages has come to: by stage, then by age.
    struct StagePlace: Hashable, Sendable {
        let stage: String
        let order: OrderID

        init(_ row: Row) throws { (stage, order) = (try row.text(0), OrderID(try row.integer(1))) }

        /// - Parameter text: Empty for the beginning.
        init(_ text: String) throws {
            let parts = text.split(separator: "\n", maxSplits: 1).map(String.init)
            guard !parts.isEmpty else {
                (stage, order) = ("", OrderID(0))
                return
            }
            guard parts.count == 2, let id = OrderID(parts[0]) else {
                throw BrokenInvariant("no place among the orders that wait: \(text.prefix(100))")
            }
            (stage, order) = (parts[1], id)
        }

        var text: String { "\(order)\n\(stage)" }
    }

    /// The orders that wait at some stage, behind a place.
    static func waiting(after place: StagePlace, limit: Int, in db: any Connection) throws -> [StagePlace] {
        try db.rows(
            waiting, [.text(place.stage), .integer(place.order.value), SQLValue(limit)], StagePlace.init)
    }

    /// Whole orders, by as many queries as an order has kinds of parts, however many orders are asked for.
    static func load(_ ids: [OrderID], in db: any Connection, _ visit: (Order) -> Void) throws {
        guard !ids.isEmpty else { return }
        let keys: [[SQLValue]] = ids.map { [.integer($0.value)] }
        var orders: [OrderID: Order] = [:]
        try db.query(byID, keys) { row in
            let order = try order(row)
            orders[order.id] = order
        }
        try db.query(linesOf, keys) { row in orders[OrderID(try row.integer(0))]?.lines.append(try line(row)) }
        try FulfillmentStore.load(keys, in: db) { orders[$0]?.fulfillments.append($1) }
        try ParcelStore.load(keys, in: db) { orders[$0]?.parcels.append($1) }
        try PaymentStore.load(keys, in: db) { orders[$0]?.payments.append($1) }
        try PaymentStore.loadEffects(keys, in: db) { orders[$0]?.effects.append($1) }
        try CreditMemoStore.load(keys, in: db) { orders[$0]?.memos.append($1) }
        try ReturnStore.load(keys, in: db) { orders[$0]?.returns.append($1) }
        try ExceptionStore.loadOpen(keys, in: db) { orders[$0]?.exceptions.append($1) }
        for id in ids { if let order = orders[id] { visit(order) } }
    }

    /// Writes new orders with all their parts.
    static func insert(_ orders: [Order], in db: any Connection) throws {
        guard !orders.isEmpty else { return }
        try db.change(insertOrder, orders.map(inserted))
        try db.change(insertLine, orders.flatMap { order in order.lines.map { inserted($0, of: order.id) } })
        try BackorderQueue.insert(orders.flatMap { order in order.lines.map { (order.id, $0) } }, in: db)
        try db.change(
            insertWord,
            orders.flatMap { order in OrderWords.of(order).map { [.text($0), .integer(order.id.value)] } })
        try FulfillmentStore.insert(orders.flatMap { order in order.fulfillments.map { (order.id, $0) } }, in: db)
        try ParcelStore.insert(orders.flatMap { order in order.parcels.map { (order.id, $0) } }, in: db)
        try PaymentStore.insert(orders.flatMap { order in order.payments.map { (order.id, $0) } }, in: db)
        try PaymentStore.insertEffects(orders.flatMap { order in order.effects.map { (order.id, $0) } }, in: db)
        try CreditMemoStore.insert(orders.flatMap { order in order.memos.map { (order.id, $0) } }, in: db)
        try ReturnStore.insert(orders.flatMap { order in order.returns.map { (order.id, $0) } }, in: db)
    }

    /// Writes what changed of each order, guarded by the version that was read.
    static func update(_ changes: [(before: Order, after: Order)], in db: any Connection) throws {
        guard !changes.isEmpty else { return }
        try db.changeGuarded(updateOrder, changes.map { updated($0.after, from: $0.before) })
        var lines: [[SQLValue]] = []
        var kits: [(OrderID, OrderLine)] = []
        for (before, after) in changes {
            for (line, old) in zip(after.lines, before.lines) where line != old {
                lines.append(updated(line, of: after.id))
                if line.backordered != old.backordered { kits.append((after.id, line)) }
            }
        }
        try db.changeGuarded(updateLine, lines)
        try BackorderQueue.update(kits, in: db)
        try db.change(
            insertLine,
            changes.flatMap { before, after in
                after.lines.dropFirst(before.lines.count).map { inserted($0, of: after.id) }
            })
        try BackorderQueue.insert(
            changes.flatMap { before, after in after.lines.dropFirst(before.lines.count).map { (after.id, $0) } },
            in: db)
        try updateWords(changes, in: db)
        try FulfillmentStore.update(
            changes.map { ($0.before.id, $0.before.fulfillments, $0.after.fulfillments) }, in: db)
        try ParcelStore.update(changes.map { ($0.before.id, $0.before.parcels, $0.after.parcels) }, in: db)
        try PaymentStore.update(changes.map { ($0.before.id, $0.before.payments, $0.after.payments) }, in: db)
        try PaymentStore.updateEffects(changes.map { ($0.before.id, $0.before.effects, $0.after.effects) }, in: db)
        try CreditMemoStore.update(changes.map { ($0.before.id, $0.before.memos, $0.after.memos) }, in: db)
        try ReturnStore.update(changes.map { ($0.before.id, $0.before.returns, $0.after.returns) }, in: db)
    }

    /// The words of parties that have changed find the order from now on, and the old ones no more.
    private static func updateWords(_ changes: [(before: Order, after: Order)], in db: any Connection) throws {
        var (gone, come): ([[SQLValue]], [[SQLValue]]) = ([], [])
        for (before, after) in changes
        where before.customer != after.customer || before.delivery != after.delivery
            || before.payments.count != after.payments.count
        {
            let (old, new) = (OrderWords.of(before), OrderWords.of(after))
            gone += old.filter { !new.contains($0) }.map { [.text($0), .integer(after.id.value)] }
            come += new.filter { !old.contains($0) }.map { [.text($0), .integer(after.id.value)] }
        }
        try db.change(deleteWord, gone)
        try db.change(insertWord, come)
    }

    private static func inserted(_ order: Order) -> [SQLValue] {
        let status = OrderStatus(of: order)
        return [
            .integer(order.id.value), .text(order.number), .text(order.channel), SQLValue(order.externalID),
            .integer(order.version), .integer(order.sequence), .text(status.overall.rawValue),
            .text(status.fulfillment.rawValue), .text(status.payment.rawValue), .text(status.returns.rawValue),
            SQLValue(order.stage), SQLValue(order.isOnHold), .text(order.currency.code), .integer(order.total),
            .integer(order.due), SQLValue(order.customer.email), .integer(order.placedAt.milliseconds),
            .integer(order.updatedAt.milliseconds), .text(OrderDocument.text(of: order)),
        ]
    }

    private static func updated(_ order: Order, from before: Order) -> [SQLValue] {
        let status = OrderStatus(of: order)
        return [
            .integer(order.version), .integer(order.sequence), .text(status.overall.rawValue),
            .text(status.fulfillment.rawValue), .text(status.payment.rawValue), .text(status.returns.rawValue),
            SQLValue(order.stage), SQLValue(order.isOnHold), .integer(order.total), .integer(order.due),
            .integer(order.writeOff), SQLValue(order.customer.email), .integer(order.updatedAt.milliseconds),
            .text(OrderDocument.text(of: order)), .integer(order.id.value),
            .integer(before.version),
        ]
    }

    private static func inserted(_ line: OrderLine, of order: OrderID) -> [SQLValue] {
        [
            .integer(order.value), SQLValue(line.number), .text(line.sku), .integer(line.ordered),
            .integer(line.cancelled), .integer(line.backordered), .integer(line.allocated), .integer(line.shipped),
            .integer(line.closed), .integer(line.returned), .integer(line.unitPrice), .integer(line.discount),
            .integer(line.tax), SQLValue(line.revision.map(Int64.init)), SQLValue(line.replaces.map(Int64.init)),
            SQLValue(raises(of: line)), SQLValue(KitComponent.text(of: line.components)),
            SQLValue(line.availableFrom?.milliseconds),
        ]
    }

    private static func updated(_ line: OrderLine, of order: OrderID) -> [SQLValue] {
        [
            .integer(line.ordered), .integer(line.cancelled), .integer(line.backordered), .integer(line.allocated),
            .integer(line.shipped), .integer(line.closed), .integer(line.returned), .integer(line.discount),
            .integer(line.tax), SQLValue(raises(of: line)), SQLValue(line.availableFrom?.milliseconds),
            .integer(order.value), SQLValue(line.number),
        ]
    }

    /// `[[units, discount, tax], …]`; nil for none.
    private static func raises(of line: OrderLine) -> String? {
        guard !line.raises.isEmpty else { return nil }
        return "[" + line.raises.map { "[\($0.units),\($0.discount),\($0.tax)]" }.joined(separator: ",") + "]"
    }

    private static func order(_ row: Row) throws -> Order {
        guard let currency = Currency(try row.text(6)) else { throw BrokenInvariant("an order in an unknown currency") }
        var order = try OrderDocument.order(
            id: OrderID(try row.integer(0)), number: try row.text(1), channel: try row.text(2),
            externalID: row.optionalText(3), version: try row.integer(4), sequence: try row.integer(5),
            currency: currency, total: try row.integer(7), placedAt: Timestamp(milliseconds: try row.integer(8)),
            updatedAt: Timestamp(milliseconds: try row.integer(9)), document: try JSON.stored(try row.text(10)))
        order.writeOff = try row.integer(11)
        return order
    }

    private static func line(_ row: Row) throws -> OrderLine {
        var line = OrderLine(
            number: try row.int(1), sku: try row.text(2), ordered: try row.integer(3), unitPrice: try row.integer(10),
            discount: try row.integer(11), tax: try row.integer(12), revision: row.optionalInteger(13).map { Int($0) },
            replaces: row.optionalInteger(14).map { Int($0) },
            components: try KitComponent.components(of: row.optionalText(16)))
        line.cancelled = try row.integer(4)
        line.backordered = try row.integer(5)
        line.allocated = try row.integer(6)
        line.shipped = try row.integer(7)
        line.closed = try row.integer(8)
        line.returned = try row.integer(9)
        line.availableFrom = row.optionalInteger(17).map { Timestamp(milliseconds: $0) }
        if let text = row.optionalText(15) { line.restore(try raises(text)) }
        return line
    }

    private static func raises(_ text: String) throws -> [OrderLine.Raise] {
        try (JSON.stored(text).array ?? []).map { raise in
            let numbers = (raise.array ?? []).compactMap(\.integer)
            guard numbers.count == 3 else { throw BrokenInvariant("a line was raised by \(text.prefix(100))") }
            return OrderLine.Raise(units: numbers[0], discount: numbers[1], tax: numbers[2])
        }
    }
}

/// The name that a channel gave an order: unique within the channel.
public struct ExternalName: Hashable, Sendable {
    public let channel: String
    public let id: String
    public init(channel: String, id: String) {
        self.channel = channel
        self.id = id
    }
}
