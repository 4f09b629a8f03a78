/// Shipping that amendments let go of: it is given back once, by hand before that or for it.
enum ShippingBook {
    static func examine(_ file: OrderFile, in examination: inout Examination) throws {
        let order = file.order
        guard order.shippingWaived > 0 || order.shippingGiven > 0 else { return }
        if order.shippingWaived > order.shippingWithTax || order.shippingTaxWaived > order.shippingTax {
            examination.finding(
                .money, order.number, "at most \(order.shippingWithTax) of shipping let go of",
                "\(order.shippingWaived), tax \(order.shippingTaxWaived)", "No more is let go of than was charged.")
        }
        if !order.isGivenUp, order.shippingGivenBack > order.shippingWaived {
            examination.finding(
                .money, order.number, "at most \(order.shippingWaived) given back of shipping that was let go of",
                "\(order.shippingGivenBack)", "Shipping that is let go of is given back once.")
        }
        let byHand = order.memos.reduce(Int64(0)) { $1.kind == .cancellation ? $0 : $0 + $1.shipping }
        if order.shippingGiven > byHand {
            examination.finding(
                .money, order.number, "at most \(byHand) of shipping given before", "\(order.shippingGiven)",
                "What counts as given for shipping that is let go of was given by hand.")
        }
        // A memo that was withdrawn counted as given while it stood.
        if order.memos.allSatisfy(\.stands) { try examineGiven(file, in: &examination) }
    }

    /// What was given by hand before counts for what is let go of then, as the order's events tell it.
    private static func examineGiven(_ file: OrderFile, in examination: inout Examination) throws {
        var (given, counted) = (Int64(0), Int64(0))
        for event in file.events {
            if event.type == EventType.creditMemoIssued.rawValue {
                let memo = try JSON.stored(event.text)["credit_memo"]
                guard memo?["kind"]?.string != CreditMemo.Kind.cancellation.rawValue else { continue }
                given += memo?["shipping"]?["amount"]?.integer ?? 0
            } else if event.type == EventType.orderAmended.rawValue {
                let change = try JSON.stored(event.text)["changes"]?["shipping"]
                guard let before = change?["before"]?["amount"]?.integer,
                    let after = change?["after"]?["amount"]?.integer, after < before
                else { continue }
                let part = min(before - after, given)
                given -= part
                counted += part
            }
        }
        examination.compare(
            .money, file.order.number, "shipping given before", expected: counted, found: file.order.shippingGiven,
            "What was given of shipping before counts as given for what an amendment lets go of.")
    }
}
