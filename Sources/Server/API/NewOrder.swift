import OrderManagement

/// The body that places an order.
extension Fields {
    mutating func newOrder() -> PlaceOrder {
        let channel = text("channel", max: 64)
        let externalID = optionalText("external_id", max: 100)
        let placedAt = optionalTime("placed_at")
        let customer = object("customer") { $0.customer() } ?? Customer(name: "")
        let delivery =
            object("delivery") { $0.delivery() }
            ?? Order.Delivery(method: .ship, service: nil, address: nil, location: nil)
        let lines = list("lines", 1...PlaceOrder.linesMax) { $0.newLine() }
        let shipping = optionalMoney("shipping")
        let shippingTax = optionalMoney("shipping_tax")
        let fees = optionalList("fees", 0...Self.chargesMax) { $0.charge(hasTax: true) } ?? []
        let discounts = optionalList("discounts", 0...Self.chargesMax) { $0.charge(hasTax: false) } ?? []
        let total = money("total")
        let payments = payments()
        let reservation = optionalReservation()
        var order = PlaceOrder(
            channel: channel, externalID: externalID, placedAt: placedAt, customer: customer, delivery: delivery,
            lines: lines, total: total, payments: payments)
        order.shipping = shipping
        order.shippingTax = shippingTax
        order.fees = fees
        order.discounts = discounts
        order.reservation = reservation
        order.contentDigest = order.content
        return order
    }

    private static let chargesMax = 50

    mutating func newLine() -> PlaceOrder.RequestedLine {
        PlaceOrder.RequestedLine(
            sku: text("sku", max: 100), quantity: quantity(), unitPrice: money("unit_price"),
            discount: optionalMoney("discount"), tax: optionalMoney("tax"))
    }

    private mutating func optionalReservation() -> ReservationID? {
        guard let text = optionalText("reservation") else { return nil }
        let id = ReservationID(text)
        if id == nil { problems.note(at: "reservation", "expected an id as rsv_…") }
        return id
    }

    /// Whether the provider has answered for a payment.
    enum RequestedStatus: String, CaseIterable { case authorized, pending }

    mutating func customer() -> Customer {
        let name = text("name")
        return Customer(
            name: name, email: optionalEmail("email"), phone: optionalText("phone", max: 50),
            language: language("language"))
    }

    mutating func optionalEmail(_ name: String) -> String? {
        has(name) ? email(name) : optionalText(name, max: 254)
    }

    /// In lower case.
    mutating func email(_ name: String) -> String {
        let email = text(name, max: 254)
        if !email.isEmpty, !Self.isEmail(email) { problems.note(at: name, "is no e-mail address") }
        return email.lowercased()
    }

    /// One `@` with something on both sides and no spaces: only sending a message could tell more.
    static func isEmail(_ text: String) -> Bool {
        let utf8 = text.utf8
        if utf8.allSatisfy({ $0 < 0x80 }), let at = utf8.firstIndex(of: UInt8(ascii: "@")) {
            let domain = utf8[at...].dropFirst()
            return at > utf8.startIndex && !domain.isEmpty && !domain.contains(UInt8(ascii: "@"))
                && !utf8.contains(0x20)
        }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !text.contains(" ")
    }

    mutating func delivery() -> Order.Delivery {
        switch word("method", Fulfillment.Method.self) {
        case .ship:
            for name in ["location", "delegate", "note"] { refuse(name, "goes with the method pickup only") }
            return Order.Delivery(
                method: .ship, service: optionalText("service", max: 64) ?? "standard", address: address("address"),
                location: nil)
        case .pickup:
            for name in ["service", "address"] { refuse(name, "goes with the method ship only") }
            var pickup = Order.Delivery(
                method: .pickup, service: nil, address: nil, location: text("location", max: 64))
            pickup.delegate = optionalText("delegate")
            pickup.note = optionalText("note", max: 500)
            return pickup
        }
    }

    private mutating func charge(hasTax: Bool) -> PlaceOrder.Charge {
        PlaceOrder.Charge(
            code: text("code", max: 64), amount: money("amount"), tax: hasTax ? optionalMoney("tax") : nil)
    }

    mutating func payment() -> PlaceOrder.RequestedPayment {
        let provider = text("provider", max: 64)
        let status = optionalWord("status", RequestedStatus.self) ?? .authorized
        if provider == StoreCredit.provider, status == .pending {
            problems.note(at: "status", "is authorized with store credit: the retailer itself answers for it")
        }
        if provider == CashOnDelivery.provider, status == .pending {
            problems.note(at: "status", "is authorized with cash on delivery: the customer has promised it")
        }
        return PlaceOrder.RequestedPayment(
            provider: provider, reference: text("reference"), authorized: money("authorized"),
            isPending: status == .pending, expiresAt: optionalTime("expires_at"), cardLast4: cardDigits())
    }

    /// How an order is paid: `payment`, or `payments`.
    mutating func payments() -> [PlaceOrder.RequestedPayment] {
        let payments = optionalList("payments", 0...AddPayment.paymentsMax) { $0.payment() } ?? []
        guard let payment = optionalObject("payment", { $0.payment() }) else { return payments }
        if !payments.isEmpty {
            problems.note(at: "payment", "does not go with payments: say one payment, or all of them in payments")
        }
        return [payment]
    }

    /// The last four digits of a card, and never more of it.
    private mutating func cardDigits() -> String? {
        guard let digits = optionalText("card_last4", max: 4) else { return nil }
        if !digits.isCardEnd { problems.note(at: "card_last4", "expected the last four digits of the card, as 1234") }
        return digits
    }
}

extension String {
    /// Whether it is four digits.
    var isCardEnd: Bool { utf8.count == 4 && utf8.allSatisfy { (48...57).contains($0) } }
}

extension Refusal {
    /// With the places that the body has: its `payment` is the only one of the command's payments.
    var namingPayment: Refusal {
        let moved = details.map { detail in
            let parts = detail.pointer.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count > 2, parts[1] == "payments", parts[2] == "0" else { return detail }
            let rest = parts.dropFirst(3).map { "/" + $0 }.joined()
            return Detail("/payment" + rest, detail.code, detail.detail)
        }
        return Refusal(code, explanation, moved)
    }
}

extension PlaceOrder {
    /// The digest of what is asked for, however its text was written: spaces, the order of members and parts
    /// that are none make no difference.
    fileprivate var content: String {
        var json = JSONWriter(reservingCapacity: 512 + 128 * lines.count)
        json.object {
            $0.member("channel", channel)
            $0.member("external_id", externalID)
            $0.member("placed_at", placedAt)
            $0.name("customer")
            customer.write(to: &$0)
            $0.member("method", delivery.method.rawValue)
            $0.member("service", delivery.service)
            $0.member("location", delivery.location)
            if let delegate = delivery.delegate { $0.member("delegate", delegate) }
            if let note = delivery.note { $0.member("note", note) }
            if let address = delivery.address {
                $0.name("address")
                address.write(to: &$0)
            }
            $0.array("lines") { list in
                for line in lines {
                    list.value(line.sku)
                    list.value(line.quantity)
                    list.value(line.unitPrice)
                    list.value(line.discount?.amount ?? 0)
                    list.value(line.tax?.amount ?? 0)
                }
            }
            $0.member("shipping", shipping?.amount ?? 0)
            $0.member("shipping_tax", shippingTax?.amount ?? 0)
            for (name, charges) in [("fees", fees), ("discounts", discounts)] {
                $0.array(name) { list in
                    for charge in charges {
                        list.value(charge.code)
                        list.value(charge.amount)
                        list.value(charge.tax?.amount ?? 0)
                    }
                }
            }
            $0.member("total", total)
            if let reservation { $0.member("reservation", reservation.description) }
            $0.array("payments") { list in
                for payment in payments {
                    list.value(payment.provider)
                    list.value(payment.reference)
                    list.value(payment.authorized)
                    if payment.isPending { list.value("pending") }
                    if let end = payment.expiresAt { list.value(end) }
                    if let digits = payment.cardLast4 { list.value("card " + digits) }
                }
            }
        }
        return json.bytes.withUnsafeBytes { Digest(of: $0).base64url }
    }
}
