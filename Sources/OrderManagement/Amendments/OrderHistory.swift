/// What was agreed with the customer: the order as it was placed, or as one of its amendments left it.
public struct AgreedOrder: Hashable, Sendable {
    /// Units, prices and what was cancelled by then; nothing of what became of them.
    fileprivate(set) var lines: [OrderLine]
    /// JSON, as an order shows them.
    fileprivate(set) var customer: String
    fileprivate(set) var delivery: String
    /// Minor units, with the taxes in it where prices are net.
    fileprivate(set) var shipping: Int64
    fileprivate(set) var total: Int64
    fileprivate(set) var due: Int64

    func write(to json: inout JSONWriter, of order: Order) {
        json.object {
            $0.array("lines") { list in
                for line in lines {
                    list.object {
                        $0.member("line", OrderLineID(order.id, line.number).description)
                        $0.member("sku", line.sku)
                        $0.member("quantity", line.wanted)
                        $0.member("ordered", line.ordered)
                        $0.member("cancelled", line.cancelled)
                        $0.member("unit_price", Money(line.unitPrice, order.currency))
                        $0.member("discount", Money(line.discount, order.currency))
                        $0.member("tax", Money(line.tax, order.currency))
                        if let replaces = line.replaces {
                            $0.member("replaces", OrderLineID(order.id, replaces).description)
                        }
                    }
                }
            }
            $0.member("customer", raw: customer)
            $0.member("delivery", raw: delivery)
            $0.member("shipping", Money(shipping, order.currency))
            $0.member("total", Money(total, order.currency))
            $0.member("due", Money(due, order.currency))
        }
    }
}

/// An order as it was placed, or after one of its amendments: what that changed, by whom and when, and what was agreed
/// on from then on.
public struct Revision: Sendable {
    public let number: Int
    /// nil for the placing.
    let amendment: AmendmentID?
    public let at: Timestamp
    /// Who placed or amended it; nil for the placing of an order that is older than this.
    public let by: String?
    /// What the amendment changed; nothing for the placing.
    public let changes: OrderDifference
    /// Units that were cancelled since the revision before, by line number: no part of what the amendment changed.
    public let cancelled: [Int: Int64]
    public let agreed: AgreedOrder

    public func write(to json: inout JSONWriter, of order: Order) {
        json.object {
            $0.member("revision", number)
            $0.member("amendment", amendment?.description)
            $0.member("at", at)
            $0.member("by", by)
            $0.name("changes")
            changes.write(to: &$0)
            order.writeUnits(cancelled, to: &$0, as: "cancelled")
            $0.name("agreed")
            agreed.write(to: &$0, of: order)
        }
    }
}

/// How an order came to be what it is: its revisions, the placing first.
///
/// Nothing of them is stored twice. They follow from the order, of which nothing that was placed is rewritten (decision
/// 0018), from the differences that its amendments have kept, and from what was told of its cancellations; so they are
/// known of orders that are older than this, too.
public struct OrderHistory: Sendable {
    /// An amendment as its row keeps it.
    struct Kept {
        let number: Int
        let amendment: AmendmentID
        let at: Timestamp
        let by: String?
        let changes: OrderDifference
    }

    public let order: Order
    public private(set) var revisions: [Revision] = []

    /// - Parameters:
    ///   - kept: Every amendment that was committed, in their order.
    ///   - cancelled: By the revision that came next, the units that were cancelled before it.
    init(_ order: Order, _ kept: [Kept], cancelled: [Int: [Int: Int64]]) throws {
        self.order = order
        var agreed = try placed(kept)
        revisions = [
            Revision(
                number: 1, amendment: nil, at: order.placedAt, by: order.placedBy,
                changes: OrderDifference(from: order, to: order), cancelled: [:], agreed: agreed)
        ]
        for entry in kept {
            let units = cancel(before: entry, told: cancelled[entry.number] ?? [:], in: &agreed)
            try amend(by: entry, &agreed)
            revisions.append(
                Revision(
                    number: entry.number, amendment: entry.amendment, at: entry.at, by: entry.by,
                    changes: entry.changes, cancelled: units, agreed: agreed))
        }
    }

    /// All that differs between two revisions, and the units that were cancelled meanwhile.
    public func difference(
        from older: Int, to newer: Int
    ) -> (changes: OrderDifference, cancelled: [Int: Int64]) {
        let changes = OrderDifference(from: revisions[older - 1].agreed, to: revisions[newer - 1].agreed, of: order)
        let cancelled = revisions[older..<newer].reduce(into: [Int: Int64]()) {
            $0.merge($1.cancelled, uniquingKeysWith: +)
        }
        return (changes, cancelled)
    }

    // MARK: Working it out

    /// What an amendment has changed was before as the first of them found it; all else is as it is.
    private func placed(_ kept: [Kept]) throws -> AgreedOrder {
        func first(_ name: String) -> String? {
            kept.lazy.compactMap { $0.changes.part(name)?.before }.first
        }
        func text(_ write: (inout JSONWriter) -> Void) -> String {
            var json = JSONWriter(reservingCapacity: 256)
            write(&json)
            return json.text
        }
        let total = try first("total").map(Self.amount) ?? order.total
        return AgreedOrder(
            lines: order.lines.filter { $0.revision == nil }.map(\.asBegun),
            customer: first("customer") ?? text { order.customer.write(to: &$0) },
            delivery: first("delivery") ?? text { order.delivery.write(to: &$0) },
            shipping: try first("shipping").map(Self.amount) ?? order.shippingDue, total: total, due: total)
    }

    /// Counts the units that were cancelled before an amendment: those that were told of, and what it found missing
    /// besides.
    private func cancel(
        before entry: Kept, told: [Int: Int64], in agreed: inout AgreedOrder
    ) -> [Int: Int64] {
        var units = told
        for change in entry.changes.lines {
            guard let before = change.before, let line = agreed.line(change.number) else { continue }
            units[change.number] = max(0, line.wanted - before)
        }
        units = units.filter { $0.value > 0 }
        for (number, count) in units where agreed.line(number) != nil { agreed.lines[number - 1].cancelled += count }
        return units
    }

    private func amend(by entry: Kept, _ agreed: inout AgreedOrder) throws {
        for change in entry.changes.lines {
            guard let line = order.line(change.number) else { continue }
            guard let before = change.before, agreed.line(change.number) != nil else {
                agreed.lines.append(line.asBegun)
                continue
            }
            let seen = agreed.lines[change.number - 1].raises.count
            if change.after < before {
                agreed.lines[change.number - 1].cancelled += before - change.after
            } else if line.raises.indices.contains(seen) {
                agreed.lines[change.number - 1].raise(by: line.raises[seen])
            }
        }
        if let customer = entry.changes.part("customer") { agreed.customer = customer.after }
        if let delivery = entry.changes.part("delivery") { agreed.delivery = delivery.after }
        if let shipping = entry.changes.part("shipping") { agreed.shipping = try Self.amount(shipping.after) }
        if let total = entry.changes.part("total") { agreed.total = try Self.amount(total.after) }
        agreed.due = try (entry.changes.part("due")?.after).map(Self.amount) ?? due(of: agreed, at: entry.at)
    }

    /// What was due when an amendment had been made that did not change it: cancellations before may have.
    private func due(of agreed: AgreedOrder, at moment: Timestamp) -> Int64 {
        var past = order
        past.lines = agreed.lines
        past.cancellationFees.removeAll { $0.at > moment }
        past.memos.removeAll { $0.at > moment }
        for index in past.memos.indices where past.memos[index].withdrawnAt.map({ $0 > moment }) ?? false {
            past.memos[index].withdrawnAt = nil
        }
        past.total = OrderTotals.total(
            lines: past.lines.map { ($0.unitPrice, $0.ordered, $0.discount, $0.tax) }, shipping: past.shipping,
            shippingTax: past.shippingTax, fees: past.fees, discounts: past.discounts,
            pricesIncludeTax: past.pricesIncludeTax)
        return past.due - past.shippingDue + agreed.shipping
    }

    private static func amount(_ money: String) throws -> Int64 { try JSON.stored(money).integer("amount") }
}

extension AgreedOrder {
    fileprivate func line(_ number: Int) -> OrderLine? {
        lines.indices.contains(number - 1) ? lines[number - 1] : nil
    }
}

extension OrderLine {
    /// The line as it came into its order.
    fileprivate var asBegun: OrderLine {
        let (discount, tax) = raises.reduce((discount, tax)) { ($0.0 - $1.discount, $0.1 - $1.tax) }
        return OrderLine(
            number: number, sku: sku, ordered: begun, unitPrice: unitPrice, discount: discount, tax: tax,
            revision: revision, replaces: replaces, components: components)
    }
}
