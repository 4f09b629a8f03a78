/// The statuses: derived again from quantities, money, gates and holds, and held against what is searched by.
enum StatusBook {
    static func examine(_ file: OrderFile, in examination: inout Examination) {
        let order = file.order
        let status = OrderStatus(of: order)
        let stored = file.stored
        let pairs: [(what: String, derived: String?, stored: String?)] = [
            ("status", status.overall.rawValue, stored.status),
            ("fulfillment_status", status.fulfillment.rawValue, stored.fulfillment),
            ("payment_status", status.payment.rawValue, stored.payment),
            ("return_status", status.returns.rawValue, stored.returns),
            ("stage", order.stage, stored.stage),
            ("on_hold", order.isOnHold ? "true" : "false", stored.isOnHold ? "true" : "false"),
        ]
        for pair in pairs {
            examination.compare(
                .statuses, order.number, pair.what, expected: pair.derived, found: pair.stored,
                "Statuses follow from the order's parts and are stored only to search by.")
        }
    }
}
