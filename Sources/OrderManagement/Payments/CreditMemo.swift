/// What is owed back to a customer and why, by line; a refund pays it. Minor units.
///
/// Always: amount = Σ lines + shipping + fees − retained, and no line is credited beyond its whole value.
public struct CreditMemo: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// Units were cancelled that had been paid for.
        case cancellation
        /// Units came back.
        case returned = "return"
        /// Somebody gives money back by hand.
        case refund
        /// Money without goods, within limits.
        case goodwill
    }

    /// What is credited of one line. `amount` = goods − discount − order discount, plus tax where prices are net.
    public struct Line: Hashable, Sendable {
        public let line: Int
        /// The units that it is for; 0 where it is for a part of the line's value.
        public let units: Int64
        public let goods: Int64
        public let discount: Int64
        public let orderDiscount: Int64
        /// Contained in the goods where prices are gross.
        public let tax: Int64
        public let amount: Int64
    }

    /// Within its order.
    public let number: Int
    /// What people call it: `CM-WEB-1001`, numbered per channel.
    public let name: String
    public let kind: Kind
    public let reason: String
    /// The return or fulfillment that it is for.
    public let subject: String?
    public let lines: [Line]
    /// With its tax, as `fees`.
    public let shipping: Int64
    public let shippingTax: Int64
    public let fees: Int64
    public let feesTax: Int64
    /// Kept back from what the parts are worth, as what cancelling costs is; below zero where an earlier keeping is
    /// given up.
    public let retained: Int64
    /// What the customer gets.
    public let amount: Int64
    /// How much of the amount pays what the customer still owed for what was sent: nothing of that is paid out.
    public let setOff: Int64
    public let at: Timestamp
    public let by: String
    /// When it was found that nothing is owed for it after all; nil while it stands.
    public var withdrawnAt: Timestamp?

    /// Whether what it credits is credited.
    public var stands: Bool { withdrawnAt == nil }

    var linesText: String {
        let lines = lines.map {
            "[\($0.line),\($0.units),\($0.goods),\($0.discount),\($0.orderDiscount),\($0.tax),\($0.amount)]"
        }
        return "[" + lines.joined(separator: ",") + "]"
    }

    static func lines(_ text: String) throws -> [Line] {
        try (JSON.stored(text).array ?? []).map { entry in
            let numbers = (entry.array ?? []).compactMap(\.integer)
            guard numbers.count == 7 else { throw BrokenInvariant("a credit memo of the lines \(text.prefix(100))") }
            return Line(
                line: Int(numbers[0]), units: numbers[1], goods: numbers[2], discount: numbers[3],
                orderDiscount: numbers[4], tax: numbers[5], amount: numbers[6])
        }
    }

    public func write(to json: inout JSONWriter, of order: Order) {
        let paid = order.paid(of: self)
        json.object {
            $0.member("id", name)
            $0.member("kind", kind.rawValue)
            $0.member("reason", reason)
            $0.member("subject", subject)
            $0.array("lines") { list in for line in lines { line.write(to: &list, of: order) } }
            for (name, amount) in [
                ("shipping", shipping), ("shipping_tax", shippingTax), ("fees", fees), ("fees_tax", feesTax),
                ("retained", retained), ("retained_tax", order.taxes(keptBy: self)), ("amount", amount),
                ("set_off", setOff), ("refunded", paid.done), ("pending", paid.pending),
                ("outstanding", order.outstanding(of: self)),
            ] { $0.member(name, Money(amount, order.currency)) }
            $0.member("at", at)
            $0.member("by", by)
            $0.member("withdrawn_at", withdrawnAt)
        }
    }
}

extension Order {
    /// The memos by which something is credited: those that were not withdrawn.
    public var standingMemos: [CreditMemo] { memos.filter(\.stands) }
}

extension CreditMemo.Line {
    fileprivate func write(to json: inout JSONWriter, of order: Order) {
        json.object {
            $0.member("line", OrderLineID(order.id, line).description)
            $0.member("sku", order.line(line)?.sku)
            $0.member("units", units)
            for (name, amount) in [
                ("goods", goods), ("discount", discount), ("order_discount", orderDiscount), ("tax", tax),
                ("amount", amount),
            ] { $0.member(name, Money(amount, order.currency)) }
        }
    }
}
