/// What differs between two states of an order, as far as amendments change it: what a revision keeps.
public struct OrderDifference: Hashable, Sendable {
    /// How many units of a line were wanted before and after; nil where there was no such line.
    struct Line: Hashable, Sendable {
        let number: Int
        let sku: String
        let unitPrice: Int64
        let replaces: Int?
        let before: Int64?
        var after: Int64
    }

    /// Something that the order has once: its delivery, its total.
    struct Part: Hashable, Sendable {
        let name: String
        /// JSON, as after.
        let before: String
        var after: String
    }

    let order: OrderID
    let currency: Currency
    private(set) var lines: [Line] = []
    private(set) var parts: [Part] = []

    var isEmpty: Bool { lines.isEmpty && parts.isEmpty }

    init(from before: Order, to after: Order) {
        (order, currency) = (after.id, after.currency)
        for (index, line) in after.lines.enumerated() {
            let old = index < before.lines.count ? before.lines[index].wanted : nil
            guard old != line.wanted else { continue }
            lines.append(
                Line(
                    number: line.number, sku: line.sku, unitPrice: line.unitPrice, replaces: line.replaces, before: old,
                    after: line.wanted))
        }
        func add(_ name: String, _ write: (Order, inout JSONWriter) -> Void) {
            var (old, new) = (JSONWriter(reservingCapacity: 256), JSONWriter(reservingCapacity: 256))
            write(before, &old)
            write(after, &new)
            if old.text != new.text { parts.append(Part(name: name, before: old.text, after: new.text)) }
        }
        add("customer") { $0.customer.write(to: &$1) }
        add("delivery") { $0.delivery.write(to: &$1) }
        add("shipping") { $1.value(Money($0.shippingDue, $0.currency)) }
        add("total") { $1.value(Money($0.total, $0.currency)) }
        add("due") { $1.value(Money($0.due, $0.currency)) }
    }

    /// Between two of an order's revisions.
    init(from before: AgreedOrder, to after: AgreedOrder, of order: Order) {
        (self.order, currency) = (order.id, order.currency)
        for (index, line) in after.lines.enumerated() {
            let old = index < before.lines.count ? before.lines[index].wanted : nil
            // What was added and given up meanwhile is in neither.
            guard (old ?? 0) != line.wanted else { continue }
            lines.append(
                Line(
                    number: line.number, sku: line.sku, unitPrice: line.unitPrice, replaces: line.replaces, before: old,
                    after: line.wanted))
        }
        func add(_ name: String, _ old: String, _ new: String) {
            if old != new { parts.append(Part(name: name, before: old, after: new)) }
        }
        func add(_ name: String, _ old: Int64, _ new: Int64) {
            func text(_ amount: Int64) -> String {
                var json = JSONWriter()
                json.value(Money(amount, order.currency))
                return json.text
            }
            add(name, text(old), text(new))
        }
        add("customer", before.customer, after.customer)
        add("delivery", before.delivery, after.delivery)
        add("shipping", before.shipping, after.shipping)
        add("total", before.total, after.total)
        add("due", before.due, after.due)
    }

    func part(_ name: String) -> Part? { parts.first { $0.name == name } }
}

// MARK: As a document

extension OrderDifference {
    public func write(to json: inout JSONWriter) {
        json.object {
            $0.array("lines") { list in
                for line in lines {
                    list.object {
                        $0.member("line", OrderLineID(order, line.number).description)
                        $0.member("sku", line.sku)
                        $0.member("change", line.before == nil ? "added" : line.after == 0 ? "removed" : "changed")
                        $0.member("before", line.before)
                        $0.member("after", line.after)
                        $0.member("unit_price", Money(line.unitPrice, currency))
                        if let replaces = line.replaces {
                            $0.member("replaces", OrderLineID(order, replaces).description)
                        }
                    }
                }
            }
            for part in parts {
                $0.name(part.name)
                $0.object {
                    $0.member("before", raw: part.before)
                    $0.member("after", raw: part.after)
                }
            }
        }
    }

    init(stored json: JSON, of order: OrderID, in currency: Currency) throws {
        (self.order, self.currency) = (order, currency)
        for entry in json["lines"]?.array ?? [] {
            guard let line = OrderLineID(try entry.text("line")) else {
                throw BrokenInvariant("a revision of \(order) names no line")
            }
            lines.append(
                Line(
                    number: line.number, sku: try entry.text("sku"),
                    unitPrice: try entry["unit_price"]?.integer("amount") ?? 0,
                    replaces: entry["replaces"]?.string.flatMap { OrderLineID($0) }?.number,
                    before: entry["before"]?.integer, after: try entry.integer("after")))
        }
        for member in json.members ?? [] where member.name != "lines" {
            guard let before = member.value["before"], let after = member.value["after"] else { continue }
            parts.append(Part(name: member.name, before: before.text, after: after.text))
        }
    }
}
