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

    /// Differences that followed each other, as one; what ends as it began is not in it.
    public init(adding differences: [OrderDifference], of order: Order) {
        (self.order, currency) = (order.id, order.currency)
        for next in differences {
            for line in next.lines {
                if let place = lines.firstIndex(where: { $0.number == line.number }) {
                    lines[place].after = line.after
                } else {
                    lines.append(line)
                }
            }
            for part in next.parts {
                if let place = parts.firstIndex(where: { $0.name == part.name }) {
                    parts[place].after = part.after
                } else {
                    parts.append(part)
                }
            }
        }
        lines.removeAll { $0.before == $0.after || $0.before == nil && $0.after == 0 }
        parts.removeAll { $0.before == $0.after }
    }
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
