/// Payments and their effects, in their tables.
enum PaymentStore {
    private static let ofOrder = Statement(
        """
        SELECT number, provider, reference, state, authorized, capture_pending, captured, void_pending, voided,
               refund_pending, refunded, at, order_id, expires_at, card_last4
        FROM payments WHERE order_id = #id ORDER BY order_id, number
        """)
    private static let effectsOfOrder = Statement(
        """
        SELECT number, payment, kind, state, amount, reason, subject, provider_reference, at, order_id, lines, memo,
               paid_to
        FROM payment_effects WHERE order_id = #id ORDER BY order_id, number
        """)
    private static let insert = Statement(
        """
        INSERT INTO payments (order_id, number, provider, reference, state, authorized, capture_pending, captured,
                              void_pending, voided, refund_pending, refunded, at, expires_at, card_last4)
        VALUES (#order_id, #number, :provider, :reference, :state, #authorized, #capture_pending, #captured,
                #void_pending, #voided, #refund_pending, #refunded, #at, #expires_at, :card_last4)
        """)
    /// Guarded by the sums it was decided on; the table's CHECKs are the last word. A refund that did not arrive after
    /// all lowers what was given back; that it was decided on the newest order, its version guards.
    private static let update = Statement(
        """
        UPDATE payments SET state = :state, reference = :reference, expires_at = #expires_at,
            capture_pending = #capture_pending, captured = #captured,
            void_pending = #void_pending, voided = #voided, refund_pending = #refund_pending, refunded = #refunded
        WHERE order_id = #order_id AND number = #number
            AND authorized >= #capture_pending + #captured + #void_pending + #voided
            AND #captured >= #refund_pending + #refunded AND #captured >= captured
        """)
    private static let insertEffect = Statement(
        """
        INSERT INTO payment_effects (order_id, number, payment, kind, state, amount, reason, subject,
                                     provider_reference, at, lines, memo, paid_to)
        VALUES (#order_id, #number, #payment, :kind, :state, #amount, :reason, :subject, :provider_reference, #at,
                :lines, #memo, :paid_to)
        """)
    private static let updateEffect = Statement(
        """
        UPDATE payment_effects SET state = :state, provider_reference = :provider_reference
        WHERE order_id = #order_id AND number = #number
            AND (state = 'pending' OR kind = 'refund' AND state <> :state)
        """)

    static func load(_ keys: [[SQLValue]], in db: any Connection, _ visit: (OrderID, Payment) -> Void) throws {
        try db.query(ofOrder, keys) { visit(OrderID(try $0.integer(12)), try Payment(stored: $0)) }
    }

    static func loadEffects(_ keys: [[SQLValue]], in db: any Connection, _ visit: (OrderID, PaymentEffect) -> Void)
        throws
    {
        try db.query(effectsOfOrder, keys) { visit(OrderID(try $0.integer(9)), try PaymentEffect(stored: $0)) }
    }

    static func insert(_ payments: [(order: OrderID, part: Payment)], in db: any Connection) throws {
        guard !payments.isEmpty else { return }
        try db.change(
            insert,
            payments.map { order, part in
                [
                    .integer(order.value), SQLValue(part.number), .text(part.provider), .text(part.reference),
                    .text(part.state.rawValue), .integer(part.amount), .integer(part.capturePending),
                    .integer(part.captured), .integer(part.voidPending), .integer(part.voided),
                    .integer(part.refundPending), .integer(part.refunded), .integer(part.at.milliseconds),
                    SQLValue(part.expiresAt?.milliseconds), SQLValue(part.cardLast4),
                ]
            })
    }

    static func update(_ changes: [(order: OrderID, before: [Payment], after: [Payment])], in db: any Connection)
        throws
    {
        let parts = PartChanges(changes)
        try db.changeGuarded(
            update,
            parts.updated.map { order, part in
                [
                    .text(part.state.rawValue), .text(part.reference), SQLValue(part.expiresAt?.milliseconds),
                    .integer(part.capturePending), .integer(part.captured),
                    .integer(part.voidPending), .integer(part.voided), .integer(part.refundPending),
                    .integer(part.refunded), .integer(order.value), SQLValue(part.number),
                ]
            })
        try insert(parts.inserted, in: db)
    }

    static func insertEffects(_ effects: [(order: OrderID, part: PaymentEffect)], in db: any Connection) throws {
        guard !effects.isEmpty else { return }
        try db.change(
            insertEffect,
            effects.map { order, part in
                [
                    .integer(order.value), SQLValue(part.number), SQLValue(part.payment), .text(part.kind.rawValue),
                    .text(part.state.rawValue), .integer(part.amount), .text(part.reason), SQLValue(part.subject),
                    SQLValue(part.providerReference), .integer(part.at.milliseconds), SQLValue(part.unitsText),
                    SQLValue(part.memo.map { Int64($0) }), SQLValue(part.paidTo),
                ]
            })
    }

    static func updateEffects(
        _ changes: [(order: OrderID, before: [PaymentEffect], after: [PaymentEffect])], in db: any Connection
    ) throws {
        let parts = PartChanges(changes)
        try db.changeGuarded(
            updateEffect,
            parts.updated.map { order, part in
                [
                    .text(part.state.rawValue), SQLValue(part.providerReference), .integer(order.value),
                    SQLValue(part.number),
                ]
            })
        try insertEffects(parts.inserted, in: db)
    }
}
