import OrderManagement

/// A cancellation note of the *Online Retail* layout: goods that a customer gave back, or did not get after all.
///
/// It says who and what, but not of which order: that is found among what the customer bought before (`NoteMatching`).
struct OnlineRetailNote {
    struct Line {
        /// Of the file.
        let line: Int
        let sku: String
        /// Units given back: above zero.
        let quantity: Int64
        /// In pence; nil for a price that is no whole number of pence.
        let price: Int64?
    }

    let invoice: String
    let at: Timestamp
    let customer: String?
    var lines: [Line] = []
}

/// Finds the orders that a note gives goods back of, as far as the data allows: earlier orders of the same customer
/// with the same SKU, at the same price before any other, the latest first.
///
/// Units that were not sent are cancelled; those that were come back by post. Units that no earlier order has left are
/// told, row by row.
struct NoteMatching {
    /// What a note does to one order.
    struct Claim {
        let order: OrderID
        var cancelled: [LineQuantity] = []
        var returned: [RequestReturn.Line] = []
        /// Rows of the file that it stands for, wholly or in part.
        var rows: [Int] = []

        var commands: [any Command] {
            var commands: [any Command] = []
            if !cancelled.isEmpty { commands.append(CancelOrder(order: order, lines: cancelled, reason: .customer)) }
            if !returned.isEmpty {
                commands.append(RequestReturn(order: order, method: .byPost, location: nil, lines: returned))
            }
            return commands
        }
    }

    /// A row, or the part of it, that no earlier order accounts for.
    struct Unmatched {
        let line: Int
        let reason: String
    }

    /// Orders of a customer looked through for one SKU.
    static let ordersMax = 50

    let waybill: OrderManagement
    private(set) var claims: [Claim] = []
    private(set) var unmatched: [Unmatched] = []
    /// Units that this note has claimed of a line already.
    private var claimed: [OrderLineID: Int64] = [:]

    init(_ note: OnlineRetailNote, in waybill: OrderManagement) throws {
        self.waybill = waybill
        for line in note.lines { try match(line, of: note) }
    }

    private mutating func match(_ row: OnlineRetailNote.Line, of note: OnlineRetailNote) throws {
        guard let customer = note.customer else {
            unmatched.append(Unmatched(line: row.line, reason: "note \(note.invoice) names no customer"))
            return
        }
        var rest = row.quantity
        let orders = try orders(of: customer, with: row.sku)
        for isSamePrice in [true, false] {
            for order in orders where rest > 0 {
                for line in order.lines
                where line.sku == row.sku && (line.unitPrice == row.price) == isSamePrice && rest > 0 {
                    rest -= claim(rest, of: line, in: order, for: row.line)
                }
            }
        }
        guard rest > 0 else { return }
        unmatched.append(
            Unmatched(
                line: row.line,
                reason: "note \(note.invoice): \(rest) of \(row.quantity) × \(row.sku) were not bought earlier "
                    + "in this file, or were given back before"))
    }

    private func orders(of customer: String, with sku: String) throws -> [Order] {
        var search = OrderSearch()
        search.text = customer
        search.sku = sku
        let chosen = search
        return try waybill.readNow { db in
            let page = try chosen.page(after: nil, limit: Self.ordersMax, in: db)
            let orders = try OrderStore.orders(page.ids, in: db)
            return page.ids.compactMap { orders[$0] }.filter { $0.customer.name == "Customer \(customer)" }
        }
    }

    /// Claims units of a line: those that are still open first. - Returns: how many.
    private mutating func claim(_ wanted: Int64, of line: OrderLine, in order: Order, for row: Int) -> Int64 {
        let id = OrderLineID(order.id, line.number)
        let before = claimed[id] ?? 0
        let open = max(0, line.open - before)
        let sent = max(0, line.shipped - line.returned - order.announced(line.number) - max(0, before - line.open))
        let (cancelled, returned) = (min(wanted, open), min(wanted - min(wanted, open), sent))
        guard cancelled + returned > 0 else { return 0 }
        let place = claims.firstIndex { $0.order == order.id } ?? claims.count
        if place == claims.count { claims.append(Claim(order: order.id)) }
        if cancelled > 0 { claims[place].cancelled.add(cancelled, of: id) }
        if returned > 0 { claims[place].returned.add(returned, of: id) }
        claims[place].rows.append(row)
        claimed[id] = before + cancelled + returned
        return cancelled + returned
    }
}

extension [LineQuantity] {
    fileprivate mutating func add(_ units: Int64, of line: OrderLineID) {
        let before = first { $0.line == line }?.quantity ?? 0
        removeAll { $0.line == line }
        append(LineQuantity(line: line, quantity: before + units))
    }
}

extension [RequestReturn.Line] {
    fileprivate mutating func add(_ units: Int64, of line: OrderLineID) {
        let before = first { $0.line == line }?.quantity ?? 0
        removeAll { $0.line == line }
        append(RequestReturn.Line(line: line, quantity: before + units, reason: .unwanted))
    }
}
