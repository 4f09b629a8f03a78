/// Parcels, in their table.
public enum ParcelStore {
    private static let ofOrder = Statement(
        """
        SELECT order_id, number, fulfillment, state, weight_g, length_mm, width_mm, height_mm, courier, service,
               tracking, lines, updated_at, news, claim, sscc, labels, hand_over, asked, cash
        FROM parcels WHERE order_id = #id ORDER BY order_id, number
        """)
    private static let insert = Statement(
        """
        INSERT INTO parcels (order_id, number, fulfillment, state, weight_g, length_mm, width_mm, height_mm, courier,
                             service, tracking, lines, updated_at, news, claim, sscc, labels,
                             hand_over, asked, cash)
        VALUES (#order_id, #number, #fulfillment, :state, #weight_g, #length_mm, #width_mm, #height_mm, :courier,
                :service, :tracking, :lines, #updated_at, :news, :claim, :sscc, :labels, #hand_over, #asked,
                #cash)
        """)
    private static let update = Statement(
        """
        UPDATE parcels SET fulfillment = #fulfillment, state = :state, courier = :courier, service = :service,
            tracking = :tracking, lines = :lines, updated_at = #updated_at, news = :news, claim = :claim, sscc = :sscc,
            labels = :labels, hand_over = #hand_over, asked = #asked, weight_g = #weight_g,
            length_mm = #length_mm, width_mm = #width_mm, height_mm = #height_mm, cash = #cash
        WHERE order_id = #order_id AND number = #number
        """)
    private static let ordersByTracking = Statement(
        "SELECT order_id FROM parcels WHERE tracking = :tracking ORDER BY order_id DESC LIMIT #limit")

    /// The orders that have a parcel of a tracking number, newest first.
    public static func orders(tracking: String, limit: Int, in db: any Connection) throws -> [OrderID] {
        try db.rows(ordersByTracking, [.text(tracking), SQLValue(limit)]) { OrderID(try $0.integer(0)) }
    }

    private static let byHandOver = Statement(
        "SELECT order_id, number FROM parcels WHERE hand_over = #id ORDER BY order_id, number")

    /// The parcels that left with a hand-over.
    public static func parcels(of handOver: HandOverID, in db: any Connection) throws -> [ParcelID] {
        try db.rows(byHandOver, [.integer(handOver.value)]) { ParcelID(OrderID(try $0.integer(0)), try $0.int(1)) }
    }

    static func load(_ keys: [[SQLValue]], in db: any Connection, _ visit: (OrderID, Parcel) -> Void) throws {
        try db.query(ofOrder, keys) { visit(OrderID(try $0.integer(0)), try parcel($0)) }
    }

    private static func parcel(_ row: Row) throws -> Parcel {
        let text = try row.text(3)
        guard let state = Parcel.State(rawValue: text) else { throw BrokenInvariant("a parcel in the state \(text)") }
        var size: ItemSize?
        if let length = row.optionalInteger(5), let width = row.optionalInteger(6), let height = row.optionalInteger(7)
        {
            size = ItemSize(length: length, width: width, height: height)
        }
        let lines = try JSON.stored(try row.text(11)).array ?? []
        var parcel = Parcel(
            stored: try row.int(1), try row.int(2), state, try row.integer(4), size,
            lines.compactMap { pair in
                guard let pair = pair.array, pair.count == 2, let line = pair[0].integer, let quantity = pair[1].integer
                else { return nil }
                return Fulfillment.Line(line: Int(line), quantity: quantity)
            }, Timestamp(milliseconds: try row.integer(12)))
        parcel.courier = row.optionalText(8)
        parcel.service = row.optionalText(9)
        parcel.tracking = row.optionalText(10)
        parcel.claim = try row.optionalText(14).map(ParcelClaim.init(stored:))
        parcel.sscc = row.optionalText(15)
        if let labels = row.optionalText(16) {
            parcel.labels = try (try JSON.stored(labels).array ?? []).map(Label.init(stored:))
        }
        parcel.handOver = row.optionalInteger(17).map { HandOverID($0) }
        parcel.isAsked = try row.integer(18) == 1
        parcel.cash = try row.integer(19)
        parcel.news = try row.optionalText(13).map { try ParcelNews(stored: JSON.stored($0)) } ?? ParcelNews()
        return parcel
    }

    /// nil where there never was one.
    private static func labelsText(_ parcel: Parcel) -> String? {
        guard !parcel.labels.isEmpty else { return nil }
        var json = JSONWriter(reservingCapacity: 256)
        json.array { list in for label in parcel.labels { label.store(in: &list) } }
        return json.text
    }

    private static func linesText(_ parcel: Parcel) -> String {
        "[" + parcel.lines.map { "[\($0.line),\($0.quantity)]" }.joined(separator: ",") + "]"
    }

    static func insert(_ parcels: [(order: OrderID, part: Parcel)], in db: any Connection) throws {
        guard !parcels.isEmpty else { return }
        try db.change(
            insert,
            parcels.map { order, part in
                [
                    .integer(order.value), SQLValue(part.number), SQLValue(part.fulfillment),
                    .text(part.state.rawValue),
                    .integer(part.weightGrams), SQLValue(part.size?.length), SQLValue(part.size?.width),
                    SQLValue(part.size?.height), SQLValue(part.courier), SQLValue(part.service),
                    SQLValue(part.tracking), .text(linesText(part)), .integer(part.updatedAt.milliseconds),
                    SQLValue(part.news.text), SQLValue(part.claim?.text), SQLValue(part.sscc),
                    SQLValue(labelsText(part)), SQLValue(part.handOver?.value), SQLValue(part.isAsked ? 1 : 0),
                    .integer(part.cash),
                ]
            })
    }

    static func update(_ changes: [(order: OrderID, before: [Parcel], after: [Parcel])], in db: any Connection) throws {
        let parts = PartChanges(changes)
        try db.changeGuarded(
            update,
            parts.updated.map { order, part in
                [
                    SQLValue(part.fulfillment), .text(part.state.rawValue), SQLValue(part.courier),
                    SQLValue(part.service), SQLValue(part.tracking), .text(linesText(part)),
                    .integer(part.updatedAt.milliseconds), SQLValue(part.news.text), SQLValue(part.claim?.text),
                    SQLValue(part.sscc), SQLValue(labelsText(part)), SQLValue(part.handOver?.value),
                    SQLValue(part.isAsked ? 1 : 0), .integer(part.weightGrams), SQLValue(part.size?.length),
                    SQLValue(part.size?.width), SQLValue(part.size?.height), .integer(part.cash),
                    .integer(order.value),
                    SQLValue(part.number),
                ]
            })
        try insert(parts.inserted, in: db)
    }
}

extension Work {
    /// The orders that have a parcel of a tracking number, as far as it was asked for.
    func orders(tracked number: String) -> [OrderID] { rows.tracked[number] ?? [] }

    /// Who asks for a tracking number in the same group finds the order that has just taken it.
    func note(_ order: OrderID, takes number: String) {
        if rows.tracked[number]?.contains(order) == false { rows.tracked[number]?.append(order) }
    }
}
