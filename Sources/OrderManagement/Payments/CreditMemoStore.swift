/// Credit memos, in their table: written once; all that may change is that one is withdrawn.
enum CreditMemoStore {
    private static let ofOrder = Statement(
        """
        SELECT order_id, number, name, kind, reason, subject, lines, shipping, shipping_tax, fees, fees_tax, retained,
               amount, at, principal, set_off, withdrawn_at
        FROM credit_memos WHERE order_id = #id ORDER BY order_id, number
        """)
    private static let insert = Statement(
        """
        INSERT INTO credit_memos (order_id, number, name, kind, reason, subject, lines, shipping, shipping_tax, fees,
                                  fees_tax, retained, amount, at, principal, set_off)
        VALUES (#order_id, #number, :name, :kind, :reason, :subject, :lines, #shipping, #shipping_tax, #fees,
                #fees_tax, #retained, #amount, #at, :principal, #set_off)
        """)

    private static let withdraw = Statement(
        """
        UPDATE credit_memos SET withdrawn_at = #withdrawn_at
        WHERE order_id = #order_id AND number = #number AND withdrawn_at IS NULL
        """)

    static func load(_ keys: [[SQLValue]], in db: any Connection, _ visit: (OrderID, CreditMemo) -> Void) throws {
        try db.query(ofOrder, keys) { visit(OrderID(try $0.integer(0)), try memo($0)) }
    }

    static func insert(_ memos: [(order: OrderID, part: CreditMemo)], in db: any Connection) throws {
        guard !memos.isEmpty else { return }
        try db.change(
            insert,
            memos.map { order, part in
                [
                    .integer(order.value), SQLValue(part.number), .text(part.name), .text(part.kind.rawValue),
                    .text(part.reason), SQLValue(part.subject), .text(part.linesText), .integer(part.shipping),
                    .integer(part.shippingTax), .integer(part.fees), .integer(part.feesTax), .integer(part.retained),
                    .integer(part.amount), .integer(part.at.milliseconds), .text(part.by),
                    .integer(part.setOff),
                ]
            })
    }

    static func update(_ changes: [(order: OrderID, before: [CreditMemo], after: [CreditMemo])], in db: any Connection)
        throws
    {
        let parts = PartChanges(changes)
        try db.changeGuarded(
            withdraw,
            parts.updated.map { order, part in
                [SQLValue(part.withdrawnAt?.milliseconds), .integer(order.value), SQLValue(part.number)]
            })
        try insert(parts.inserted, in: db)
    }

    private static func memo(_ row: Row) throws -> CreditMemo {
        let text = try row.text(3)
        guard let kind = CreditMemo.Kind(rawValue: text) else { throw BrokenInvariant("a credit memo of kind \(text)") }
        return CreditMemo(
            number: try row.int(1), name: try row.text(2), kind: kind, reason: try row.text(4),
            subject: row.optionalText(5), lines: try CreditMemo.lines(row.text(6)), shipping: try row.integer(7),
            shippingTax: try row.integer(8), fees: try row.integer(9), feesTax: try row.integer(10),
            retained: try row.integer(11), amount: try row.integer(12), setOff: try row.integer(15),
            at: Timestamp(milliseconds: try row.integer(13)), by: try row.text(14),
            withdrawnAt: row.optionalInteger(16).map { Timestamp(milliseconds: $0) })
    }
}
