/// Fulfillments and their lines, in their tables.
public enum FulfillmentStore {
    private static let ofOrder = Statement(
        """
        SELECT order_id, number, location, method, state, ship_by, deliver_by, updated_at, note, transfer_id,
               collect_by, work_day, collected_by, checked
        FROM fulfillments WHERE order_id = #id ORDER BY order_id, number
        """)
    private static let linesOfOrder = Statement(
        """
        SELECT order_id, fulfillment, line, quantity, picked
        FROM fulfillment_lines WHERE order_id = #id ORDER BY order_id, fulfillment, line
        """)
    private static let insert = Statement(
        """
        INSERT INTO fulfillments (order_id, number, location, method, state, ship_by, deliver_by, updated_at, note,
                                  transfer_id, collect_by, work_day)
        VALUES (#order_id, #number, :location, :method, :state, #ship_by, #deliver_by, #updated_at, :note,
                #transfer_id, #collect_by, #work_day)
        """)
    private static let update = Statement(
        """
        UPDATE fulfillments SET state = :state, ship_by = #ship_by, deliver_by = #deliver_by,
            updated_at = #updated_at, note = :note, transfer_id = #transfer_id,
            collect_by = #collect_by, work_day = #work_day
        WHERE order_id = #order_id AND number = #number
        """)
    private static let collect = Statement(
        """
        UPDATE fulfillments SET collected_by = :collected_by, checked = :checked
        WHERE order_id = #order_id AND number = #number
        """)
    private static let insertLine = Statement(
        """
        INSERT INTO fulfillment_lines (order_id, fulfillment, line, quantity, picked)
        VALUES (#order_id, #fulfillment, #line, #quantity, #picked)
        """)
    private static let deleteLines = Statement(
        "DELETE FROM fulfillment_lines WHERE order_id = #order_id AND fulfillment = #fulfillment")
    private static let toDo = Statement(
        """
        SELECT order_id, number, state, ship_by FROM fulfillments
        WHERE location = :location AND state IN ('open', 'released', 'accepted', 'picking', 'packed', 'ready')
            AND (ship_by, order_id, number) > (#ship_by, #order_id, #number)
        ORDER BY ship_by, order_id, number LIMIT #limit
        """)
    private static let anywhere = Statement(
        """
        SELECT order_id, number, state, ship_by, location FROM fulfillments
        WHERE (order_id, number) > (#order_id, #number)
        ORDER BY order_id, number LIMIT #limit
        """)
    private static let atLocation = Statement(
        """
        SELECT order_id, number, state, ship_by FROM fulfillments
        WHERE location = :location AND (order_id, number) > (#order_id, #number)
        ORDER BY order_id, number LIMIT #limit
        """)

    private static let overdue = Statement(
        """
        SELECT order_id, number, ship_by FROM fulfillments
        WHERE location = :location AND state IN ('open', 'released', 'accepted', 'picking', 'packed', 'ready')
            AND state <> 'ready' AND ship_by < #before
        ORDER BY ship_by, order_id, number LIMIT #limit
        """)

    static func load(_ keys: [[SQLValue]], in db: any Connection, _ visit: (OrderID, Fulfillment) -> Void) throws {
        var lines: [FulfillmentID: [Fulfillment.Line]] = [:]
        try db.query(linesOfOrder, keys) { row in
            lines[FulfillmentID(OrderID(try row.integer(0)), try row.int(1)), default: []].append(
                Fulfillment.Line(line: try row.int(2), quantity: try row.integer(3), picked: try row.integer(4)))
        }
        try db.query(ofOrder, keys) { row in
            let order = OrderID(try row.integer(0))
            var fulfillment = try fulfillment(row)
            fulfillment.lines = lines[FulfillmentID(order, fulfillment.number)] ?? []
            visit(order, fulfillment)
        }
    }

    private static func fulfillment(_ row: Row) throws -> Fulfillment {
        let method = try row.text(3)
        let state = try row.text(4)
        guard let method = Fulfillment.Method(rawValue: method), let state = Fulfillment.State(rawValue: state) else {
            throw BrokenInvariant("a fulfillment by \(method) in the state \(state)")
        }
        var part = Fulfillment(
            stored: try row.int(1), try row.text(2), method, state, Timestamp(milliseconds: try row.integer(5)),
            Timestamp(milliseconds: try row.integer(6)), Timestamp(milliseconds: try row.integer(7)),
            row.optionalText(8), transfer: row.optionalInteger(9).map { TransferID($0) },
            collectBy: row.optionalInteger(10).map { Timestamp(milliseconds: $0) })
        part.workDay = row.optionalInteger(11)
        part.collectedBy = row.optionalText(12)
        part.collectorCheck = row.optionalText(13).flatMap(CollectorProof.init(rawValue:))
        return part
    }

    static func insert(_ fulfillments: [(order: OrderID, part: Fulfillment)], in db: any Connection) throws {
        guard !fulfillments.isEmpty else { return }
        try db.change(
            insert,
            fulfillments.map { order, part in
                [
                    .integer(order.value), SQLValue(part.number), .text(part.location), .text(part.method.rawValue),
                    .text(part.state.rawValue), .integer(part.shipBy.milliseconds),
                    .integer(part.deliverBy.milliseconds), .integer(part.updatedAt.milliseconds), SQLValue(part.note),
                    SQLValue(part.transfer?.value), SQLValue(part.collectBy?.milliseconds), SQLValue(part.workDay),
                ]
            })
        try insertLines(fulfillments, in: db)
        try collect(fulfillments, in: db)
    }

    /// Who took the goods is written by itself: few fulfillments are collected, and none as it is placed.
    private static func collect(_ fulfillments: [(order: OrderID, part: Fulfillment)], in db: any Connection) throws {
        let collected = fulfillments.filter { $0.part.collectedBy != nil }
        guard !collected.isEmpty else { return }
        try db.changeGuarded(
            collect,
            collected.map { order, part in
                [
                    SQLValue(part.collectedBy), SQLValue(part.collectorCheck?.rawValue), .integer(order.value),
                    SQLValue(part.number),
                ]
            })
    }

    private static func insertLines(_ fulfillments: [(order: OrderID, part: Fulfillment)], in db: any Connection)
        throws
    {
        try db.change(
            insertLine,
            fulfillments.flatMap { order, part in
                part.lines.map { line in
                    [
                        .integer(order.value), SQLValue(part.number), SQLValue(line.line), .integer(line.quantity),
                        .integer(line.picked),
                    ]
                }
            })
    }

    static func update(
        _ changes: [(order: OrderID, before: [Fulfillment], after: [Fulfillment])], in db: any Connection
    ) throws {
        let parts = PartChanges(changes)
        try db.changeGuarded(
            update,
            parts.updated.map { order, part in
                [
                    .text(part.state.rawValue), .integer(part.shipBy.milliseconds),
                    .integer(part.deliverBy.milliseconds), .integer(part.updatedAt.milliseconds), SQLValue(part.note),
                    SQLValue(part.transfer?.value), SQLValue(part.collectBy?.milliseconds), SQLValue(part.workDay),
                    .integer(order.value), SQLValue(part.number),
                ]
            })
        try collect(parts.updated, in: db)
        var relined: [(order: OrderID, part: Fulfillment)] = []
        for (order, before, after) in changes {
            for (part, old) in zip(after, before) where part.lines != old.lines { relined.append((order, part)) }
        }
        if !relined.isEmpty {
            try db.change(deleteLines, relined.map { [.integer($0.order.value), SQLValue($0.part.number)] })
            try insertLines(relined, in: db)
        }
        try insert(parts.inserted, in: db)
    }

    /// Work of some locations that should have left before a moment, the longest overdue first.
    public static func late(at locations: [String], before moment: Timestamp, limit: Int, in db: any Connection) throws
        -> [FulfillmentID]
    {
        var found: [Cursor] = []
        try db.query(overdue, locations.map { [.text($0), .integer(moment.milliseconds), SQLValue(limit)] }) { row in
            let id = FulfillmentID(OrderID(try row.integer(0)), try row.int(1))
            found.append(Cursor(shipBy: try row.integer(2), id: id))
        }
        return found.sorted { ($0.shipBy, $0.id) < ($1.shipBy, $1.id) }.prefix(limit).map(\.id)
    }

    /// A place in a list of fulfillments: where the next page begins.
    public struct Cursor: Hashable, Sendable {
        public let shipBy: Int64
        public let id: FulfillmentID
        public static let start = Cursor(shipBy: -1, id: FulfillmentID(OrderID(0), 0))
        public init(shipBy: Int64, id: FulfillmentID) {
            self.shipBy = shipBy
            self.id = id
        }
    }

    /// What a location, or everybody, has to do: unfinished work in the order it must leave, or all by age.
    ///
    /// No more than `scanMax` rows are looked at; the cursor of the last one says where to go on.
    /// - Parameter states: How far it is; none of them named means unfinished work of a location, and any of everybody.
    public static func page(
        location: String?, in states: Set<Fulfillment.State>, dueBefore: Timestamp?, after cursor: Cursor, limit: Int,
        from db: any Connection
    ) throws -> (found: [FulfillmentID], next: Cursor?) {
        let scanMax = 2_000
        let names = Set(states.map(\.rawValue))
        var parameters: [SQLValue] = [.integer(cursor.id.order.value), SQLValue(cursor.id.number), SQLValue(scanMax)]
        var statement = anywhere
        if let location {
            if states.allSatisfy(\.holdsStock) {
                statement = toDo
                parameters = [
                    .text(location), .integer(cursor.shipBy), .integer(cursor.id.order.value),
                    SQLValue(cursor.id.number), SQLValue(scanMax),
                ]
            } else {
                statement = atLocation
                parameters = [
                    .text(location), .integer(cursor.id.order.value), SQLValue(cursor.id.number), SQLValue(scanMax),
                ]
            }
        }
        var found: [FulfillmentID] = []
        var last: Cursor?
        var looked = 0
        try db.query(statement, parameters) { row in
            guard found.count < limit else { return }
            looked += 1
            let id = FulfillmentID(OrderID(try row.integer(0)), try row.int(1))
            let shipBy = try row.integer(3)
            last = Cursor(shipBy: shipBy, id: id)
            if !names.isEmpty, !names.contains(try row.text(2)) { return }
            if let dueBefore, shipBy >= dueBefore.milliseconds { return }
            found.append(id)
        }
        return (found, found.count == limit || looked == scanMax ? last : nil)
    }

    /// Work of a location that is read at once, with its orders.
    private static let walkMax = 200

    /// Walks the unfinished work of a location in the order in which it must leave.
    ///
    /// - Parameter visit: Says whether to go on.
    /// - Returns: Whether all of it was seen.
    @discardableResult
    public static func walk(
        _ states: Set<Fulfillment.State>, at location: String, from db: any Connection,
        _ visit: (Order, Fulfillment) throws -> Bool
    ) throws -> Bool {
        var next: Cursor? = .start
        while let cursor = next {
            let page = try page(
                location: location, in: states, dueBefore: nil, after: cursor, limit: walkMax, from: db)
            let orders = try OrderStore.orders(Set(page.found.map(\.order)).sorted(), in: db)
            for id in page.found {
                guard let order = orders[id.order],
                    let part = order.fulfillments.first(where: { $0.number == id.number })
                else { continue }
                guard try visit(order, part) else { return false }
            }
            next = page.next
        }
        return true
    }
}
