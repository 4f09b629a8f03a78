/// Goes through all orders, oldest first, and hands each with its events and jobs to the books of orders.
enum OrderRound {
    private static let page = Statement(
        """
        SELECT id, number, sequence, status, fulfillment_status, payment_status, return_status, stage, on_hold, due,
               customer
        FROM orders WHERE id > #after ORDER BY id LIMIT #limit
        """)
    private static let ends = Statement("SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM orders")
    /// The long data of placing and sourcing is not needed here.
    private static let events = Statement(
        """
        SELECT order_id, position, sequence, type,
               CASE WHEN type IN ('order.placed', 'order.sourced') THEN '{}' ELSE data END
        FROM events WHERE order_id = #id ORDER BY sequence
        """)
    private static let jobs = Statement(
        "SELECT order_id, kind, payload, state FROM jobs WHERE order_id = #id ORDER BY id")

    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        let ends = try examination.db.first(ends) { (try $0.integer(0), try $0.integer(1)) } ?? (0, 0)
        let span = Double(max(1, ends.1 &- ends.0))
        var after = Int64.min
        while true {
            let rows = try examination.db.rows(
                page, [.integer(after), SQLValue(Doctor.ordersMax)], StoredStatuses.init(row:))
            for file in try files(of: rows, in: &examination) { try examine(file, in: &examination) }
            guard let last = rows.last, rows.count == Doctor.ordersMax else { break }
            after = last.id.value
            progress(Double(after &- ends.0) / span)
        }
    }

    private static func examine(_ file: OrderFile, in examination: inout Examination) throws {
        let order = file.order
        examination.count(.lines, order.lines.count)
        examination.count(.allocations, order.fulfillments.count)
        examination.count(.money, 1 + order.payments.count + order.effects.count)
        examination.count(.statuses, 1)
        AllocationBook.add(order, to: &examination.holdings, awaiting: &examination.awaited)
        CapacityBook.add(order, to: &examination.days)
        OrderEventBook.examine(file, in: &examination)
        JobBook.examine(file, in: &examination)
        try SearchBook.examine(file, in: &examination)
        if let fault = order.fault {
            examination.finding(
                .rows, order.number, "numbers within their limits", fault,
                "Nothing can be derived from such rows: lines, money and statuses of this order were left out.")
            return
        }
        LineBook.examine(order, in: &examination)
        LabelBook.examine(file, in: &examination)
        try AmendmentBook.examine(file, in: &examination)
        ReturnBook.examine(order, in: &examination)
        KitBook.examine(file, in: &examination)
        MoneyBook.examine(file, in: &examination)
        try ShippingBook.examine(file, in: &examination)
        StoreCreditBook.examine(file, in: &examination)
        ExchangeBook.examine(file, in: &examination)
        StatusBook.examine(file, in: &examination)
    }

    /// Whole orders with their events and jobs; one that cannot be read is a finding.
    private static func files(of rows: [StoredStatuses], in examination: inout Examination) throws -> [OrderFile] {
        let keys: [[SQLValue]] = rows.map { [.integer($0.id.value)] }
        guard !keys.isEmpty else { return [] }
        let credit = try StoreCreditBook.booked(for: keys, in: examination.db)
        let orders = try orders(of: rows, in: &examination)
        let parts = try KitBook.parts(of: keys, in: examination.db)
        let partners = try ExchangeBook.partners(of: orders, in: examination.db)
        var told: [OrderID: [ToldEvent]] = [:]
        try examination.db.query(events, keys) { row in
            told[OrderID(try row.integer(0)), default: []].append(
                ToldEvent(
                    position: try row.integer(1), sequence: try row.integer(2), type: try row.text(3),
                    text: try row.text(4)))
        }
        var waiting: [OrderID: [OrderFile.Job]] = [:]
        try examination.db.query(jobs, keys) { row in
            waiting[OrderID(try row.integer(0)), default: []].append(
                OrderFile.Job(kind: try row.text(1), payload: try row.text(2), state: try row.text(3)))
        }
        return rows.compactMap { row in
            orders[row.id].map {
                OrderFile(order: $0, stored: row, events: told[row.id] ?? [], jobs: waiting[row.id] ?? [],
                    credit: credit[row.id] ?? [:], parts: parts[row.id] ?? [], partners: partners)
            }
        }
    }

    private static func orders(of rows: [StoredStatuses], in examination: inout Examination) throws
        -> [OrderID: Order]
    {
        var orders: [OrderID: Order] = [:]
        do {
            try OrderStore.load(rows.map(\.id), in: examination.db) { orders[$0.id] = $0 }
        } catch is BrokenInvariant {
            orders = [:]
            for row in rows {
                do {
                    try OrderStore.load([row.id], in: examination.db) { orders[$0.id] = $0 }
                } catch let broken as BrokenInvariant {
                    examination.finding(
                        .rows, row.number, "an order that can be read", broken.description,
                        "Nothing else of this order was examined.")
                }
            }
        }
        return orders
    }
}

/// An order with all that was told of it and waits for it.
struct OrderFile {
    struct Job {
        let kind: String
        let payload: String
        let state: String
    }

    let order: Order
    let stored: StoredStatuses
    let events: [ToldEvent]
    let jobs: [Job]
    /// What the ledgers of store credits say of it.
    let credit: [StoreCreditBook.Booked: Int64]
    let parts: [KitBook.Part]
    /// The orders at the other ends of its exchanges, among others.
    let partners: [OrderID: Order]
}

/// An event as it stands in its row.
struct ToldEvent {
    let position: Int64
    let sequence: Int64
    let type: String
    let text: String
}

/// The columns of an order that are derived and stored only to search by.
struct StoredStatuses {
    let id: OrderID
    let number: String
    let sequence: Int64
    let status: String
    let fulfillment: String
    let payment: String
    let returns: String
    let stage: String?
    let isOnHold: Bool
    let due: Int64
    let customer: String?

    init(row: Row) throws {
        id = OrderID(try row.integer(0))
        number = try row.text(1)
        sequence = try row.integer(2)
        status = try row.text(3)
        fulfillment = try row.text(4)
        payment = try row.text(5)
        returns = try row.text(6)
        stage = row.optionalText(7)
        isOnHold = try row.bool(8)
        due = try row.integer(9)
        customer = row.optionalText(10)
    }
}

extension Order {
    /// What of its numbers lies outside the limits that arithmetic counts on; nil when all is well.
    var fault: String? {
        let numbers = lines.map(\.number)
        guard !numbers.isEmpty, numbers == Array(1...numbers.count) else { return "line numbers \(numbers)" }
        for line in lines {
            let parts = [line.cancelled, line.backordered, line.allocated, line.shipped, line.closed, line.returned]
            guard (1...PlaceOrder.quantityMax).contains(line.ordered),
                parts.allSatisfy({ (0...line.ordered).contains($0) })
            else { return "line \(line.number) of \(line.ordered) units in parts \(parts)" }
            let (value, overflows) = line.unitPrice.multipliedReportingOverflow(by: line.ordered)
            guard !overflows, Self.isAmount(value), Self.isAmount(line.unitPrice), Self.isAmount(line.tax),
                (0...value).contains(line.discount)
            else { return "line \(line.number) at \(line.unitPrice), discount \(line.discount), tax \(line.tax)" }
        }
        for raise in lines.flatMap(\.raises) {
            guard (1...PlaceOrder.quantityMax).contains(raise.units), Self.isAmount(raise.discount),
                Self.isAmount(raise.tax)
            else { return "a line raised by \(raise.units) units, discount \(raise.discount), tax \(raise.tax)" }
        }
        let charges = [shipping, shippingTax, shippingWaived, shippingTaxWaived, shippingGiven, writeOff]
            + fees.flatMap { [$0.amount, $0.tax] } + discounts.map(\.amount)
        if let wrong = charges.first(where: { !Self.isAmount($0) }) { return "a charge of \(wrong)" }
        if let wrong = cancellationFees.first(where: { !Self.isAmount($0.amount) }) {
            return "a cancellation fee of \(wrong.amount)"
        }
        for (line, refunded) in refundedCancelled {
            guard numbers.contains(line), Self.isAmount(refunded.amount), refunded.units >= 0 else {
                return "\(refunded.units) cancelled units of line \(line) refunded by hand, \(refunded.amount)"
            }
        }
        for (line, taken) in creditTakenOver {
            guard numbers.contains(line), Self.isAmount(taken.amount), taken.units >= 0 else {
                return "\(taken.units) refunded units, \(taken.amount), taken over by line \(line)"
            }
        }
        for payment in payments {
            let amounts = [
                payment.authorized, payment.capturePending, payment.captured, payment.voidPending, payment.voided,
                payment.refundPending, payment.refunded,
            ]
            guard amounts.allSatisfy(Self.isAmount) else { return "payment \(payment.number) of \(amounts)" }
        }
        if let wrong = effects.first(where: { !Self.isAmount($0.amount) }) { return "an effect of \(wrong.amount)" }
        for memo in memos {
            let amounts = [memo.shipping, memo.fees, memo.amount] + memo.lines.flatMap { [$0.units, $0.amount] }
            let isWrong = memo.lines.contains { !numbers.contains($0.line) } || !amounts.allSatisfy(Self.isAmount)
            if isWrong { return "credit memo \(memo.name) of \(memo.linesText.prefix(100)), \(amounts)" }
        }
        if let wrong = returns.first(where: { !Self.isAmount($0.refunded) }) { return "a return of \(wrong.refunded)" }
        return nil
    }

    private static func isAmount(_ amount: Int64) -> Bool { (0...1_000 * Money.amountMax).contains(amount) }
}
