/// The exchanges and reshipments: both orders name each other, and what left the one came to the other.
enum ExchangeBook {
    /// The orders at the other ends of some orders, beside those that are known.
    static func partners(of orders: [OrderID: Order], in db: any Connection) throws -> [OrderID: Order] {
        var ids: Set<OrderID> = []
        for order in orders.values {
            if let origin = order.origin { ids.insert(origin.order) }
            for link in order.successors { ids.insert(link.order) }
        }
        let missing = ids.subtracting(orders.keys).sorted()
        var partners = orders.filter { ids.contains($0.key) }
        for start in stride(from: 0, to: missing.count, by: Doctor.ordersMax) {
            let page = Array(missing[start..<min(start + Doctor.ordersMax, missing.count)])
            // One that cannot be read is a finding of its own, where it stands.
            do { try OrderStore.load(page, in: db) { partners[$0.id] = $0 } } catch is BrokenInvariant { continue }
        }
        return partners
    }

    static func examine(_ file: OrderFile, in examination: inout Examination) {
        let order = file.order
        for entry in order.returns {
            guard let link = entry.terms.successor else { continue }
            let name = ReturnID(order.id, entry.number).description
            examine(link, of: name, entry.terms.parcel, file, in: &examination)
            if !entry.state.isOpen, link.state == .open {
                examination.finding(
                    .money, name, "an exchange that has ended", "one that is open",
                    "A return that is \(entry.state.rawValue) brings nothing more.")
            }
        }
        for parcel in order.parcels {
            guard let link = parcel.claim?.successor else { continue }
            let name = ParcelID(order.id, parcel.number).description
            examine(link, of: name, parcel.number, file, in: &examination)
            if parcel.claim?.endedAt != nil { examineWayBack(of: link, name, file, in: &examination) }
        }
        examineOrigin(file, in: &examination)
    }

    /// The order that a return or parcel names says the same of it.
    private static func examine(
        _ link: Successor, of name: String, _ parcel: Int?, _ file: OrderFile, in examination: inout Examination
    ) {
        guard let other = file.partners[link.order], let origin = other.origin, origin.order == file.order.id else {
            examination.finding(
                .rows, name, "an order that names it", link.number, "An exchange and its order name each other.")
            return
        }
        let isSame = origin.kind == .exchange ? origin.subject == name : origin.parcel == parcel
        examination.compare(
            .rows, name, "named by \(link.number)", expected: "yes", found: isSame ? "yes" : "no",
            "An exchange and its order name each other.")
        guard link.kind == .exchange else { return }
        examination.compare(
            .rows, name, "exchange", expected: origin.state.rawValue, found: link.state.rawValue,
            "A return and its order agree on what became of the exchange.")
    }

    /// What had moved to an order that was stopped has come back, payment by payment, and nothing goes out any more.
    private static func examineWayBack(
        of link: Successor, _ name: String, _ file: OrderFile, in examination: inout Examination
    ) {
        guard let other = file.partners[link.order] else { return }
        examination.compare(
            .rows, name, "still to be sent once more", expected: 0, found: other.lines.reduce(0) { $0 + $1.open },
            "What was stopped, or came back, since its parcel came does not go out.")
        let subject = link.order.description
        let gave = other.moved(.refund, for: subject) { $0.paidTo == Order.exchangeReason }
        let took = file.order.moved(.capture, for: subject) { $0.reason == Order.exchangeReason }
        for source in Set(gave.keys).union(took.keys).sorted() {
            examination.compare(
                .money, name, "back from \(source)", expected: gave[source] ?? 0, found: took[source] ?? 0,
                "What comes back from an order that was stopped is what that gave.")
        }
    }

    /// What an order took from another is what that gave, payment by payment.
    private static func examineOrigin(_ file: OrderFile, in examination: inout Examination) {
        guard let origin = file.order.origin else { return }
        let number = file.order.number
        guard let other = file.partners[origin.order] else {
            examination.finding(.rows, number, "the order \(origin.number)", "none", "An order's origin is there.")
            return
        }
        let isNamed = other.successors.contains { $0.order == file.order.id }
        examination.compare(
            .rows, number, "named by \(origin.number)", expected: "yes", found: isNamed ? "yes" : "no",
            "An exchange and its order name each other.")
        let gave = other.moved(.refund, for: origin.subject) { $0.paidTo == Order.exchangeReason }
        let took = file.order.moved(.capture, for: origin.subject) { $0.reason == Order.exchangeReason }
        for source in Set(gave.keys).union(took.keys).sorted() {
            examination.compare(
                .money, number, "from \(source)", expected: gave[source] ?? 0, found: took[source] ?? 0,
                "What an exchange brings is what its return paid for it.")
        }
        examination.compare(
            .money, number, "brought", expected: took.values.reduce(0, +), found: origin.brought,
            "What an exchange brings is what its return paid for it.")
    }
}

extension Order {
    /// The orders that go out for its returns and parcels.
    var successors: [Successor] { returns.compactMap(\.terms.successor) + parcels.compactMap { $0.claim?.successor } }

    /// Sums of moved money, by the payment as its provider knows it.
    fileprivate func moved(
        _ kind: PaymentEffect.Kind, for subject: String, where isMoved: (PaymentEffect) -> Bool
    ) -> [String: Int64] {
        var sums: [String: Int64] = [:]
        for effect in effects where effect.kind == kind && effect.subject == subject && isMoved(effect) {
            let payment = payments.first { $0.number == effect.payment }
            sums["\(payment?.provider ?? "none") \(payment?.reference ?? "none")", default: 0] += effect.amount
        }
        return sums
    }
}
