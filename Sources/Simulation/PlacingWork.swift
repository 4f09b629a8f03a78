import OrderManagement

/// Customers, and shops that make mistakes.
extension Workload {
    mutating func place() -> PlaceOrder {
        if let known = chance.any(of: placed), known.externalID != nil, chance.chance(6) {
            guard chance.chance(40) else { return known }
            var other = known
            other.contentDigest = "other content"
            return other
        }
        let channel = chance.weighted([(world.channels[0], 6), (world.channels[1], 4)] as [(Channel, Int64)])
        var order = order(on: channel)
        if chance.chance(12) { spoil(&order) }
        if let reservation = chance.any(of: reservations), chance.chance(15) { order.reservation = reservation }
        if order.externalID != nil { placed.append(order) }
        return order
    }

    private mutating func order(on channel: Channel) -> PlaceOrder {
        let currency = channel.currency
        let count = chance.weighted([(1, 5), (2, 3), (3, 2), (8, 1)] as [(Int, Int64)])
        let lines = (0..<count).map { _ in line(currency) }
        var total = lines.reduce(Int64(0)) { sum, line in
            sum + line.unitPrice.amount * line.quantity - (line.discount?.amount ?? 0)
                + (channel.pricesIncludeTax ? 0 : line.tax?.amount ?? 0)
        }
        let goods = total
        var order = PlaceOrder(
            channel: channel.code, externalID: chance.chance(70) ? nextName() : nil,
            placedAt: chance.chance(15) ? now(less: chance.number(0...90_000_000)) : nil,
            customer: Customer(
                name: "Customer \(chance.number(1...50))", email: "c\(chance.number(1...50))@home.example"),
            delivery: delivery(on: channel), lines: lines, total: Money(0, currency))
        if chance.chance(50) {
            order.shipping = Money(chance.number(0...900), currency)
            order.shippingTax = Money(min(chance.number(0...90), order.shipping?.amount ?? 0), currency)
            total += order.shipping?.amount ?? 0
            if !channel.pricesIncludeTax { total += order.shippingTax?.amount ?? 0 }
        }
        if chance.chance(10) {
            let (amount, tax) = { ($0, min(7, $0)) }(chance.number(0...300))
            order.fees = [.init(code: "wrap", amount: Money(amount, currency), tax: Money(tax, currency))]
            total += amount + (channel.pricesIncludeTax ? 0 : tax)
        }
        if chance.chance(20), goods > 0 {
            order.discounts = [.init(code: "sale", amount: Money(chance.number(0...goods), currency))]
            total -= order.discounts.reduce(0) { $0 + $1.amount.amount }
        }
        order.total = Money(total, currency)
        order.payments = payments(for: total, currency)
        order.contentDigest = "content of \(order.externalID ?? "none")"
        return order
    }

    func now(less milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds - milliseconds)
    }

    mutating func line(_ currency: Currency) -> PlaceOrder.RequestedLine {
        let single = chance.chance(45) ? chance.one(of: world.hot) : chance.one(of: world.items).sku
        let sku = chance.chance(15) ? chance.one(of: world.kits).sku : single
        let quantity = chance.weighted([(1, 6), (2, 3), (3, 2), (7, 1)] as [(Int64, Int64)])
        let price = chance.number(0...5_000)
        let discount = chance.chance(25) ? chance.number(0...price * quantity) : nil
        return PlaceOrder.RequestedLine(
            sku: sku, quantity: quantity, unitPrice: Money(price, currency),
            discount: discount.map { Money($0, currency) },
            tax: chance.chance(60) ? Money((price * quantity - (discount ?? 0)) / 5, currency) : nil)
    }

    mutating func delivery(on channel: Channel) -> Order.Delivery {
        let stores = world.locations.filter { $0.offersPickup && channel.sells(from: $0.code) }
        if let store = chance.any(of: stores), chance.chance(30) {
            return Order.Delivery(method: .pickup, service: nil, address: nil, location: store.code)
        }
        let isNear = chance.chance(85)
        let address = Address(
            name: "A. Customer", lines: ["2 Street"], city: "City", postcode: isNear ? "C1 1CC" : "10115",
            country: isNear ? "GB" : "DE")
        return Order.Delivery(
            method: .ship, service: chance.one(of: ["standard", "express", nil]), address: address, location: nil)
    }

    private mutating func payments(for total: Int64, _ currency: Currency) -> [PlaceOrder.RequestedPayment] {
        func payment(_ provider: String, _ amount: Int64) -> PlaceOrder.RequestedPayment {
            let isOwn = provider == StoreCredit.provider || provider == CashOnDelivery.provider
            let isPending = !isOwn && chance.chance(8)
            let end = chance.chance(12) ? now(less: -chance.number(60_000...86_400_000)) : nil
            return .init(
                provider: provider, reference: "ref-\(amount)", authorized: Money(amount, currency),
                isPending: isPending, expiresAt: end)
        }
        guard total > 0 else { return [] }
        let provider = chance.one(of: ["manual", "test", "manual", "test", StoreCredit.provider])
        // Some pay at the door, some of them a part of it beforehand.
        if total % 6 == 1 { return [payment(CashOnDelivery.provider, total)] }
        if total % 12 == 5 {
            let part = total / 3
            return [payment("test", part), payment(CashOnDelivery.provider, total - part)]
        }
        switch chance.number(1...10) {
        case 1: return []
        case 2: return [payment(provider, chance.number(1...total))]
        case 3:
            let part = chance.number(0...total)
            return [payment("manual", part), payment("test", total - part)].filter { $0.authorized.amount > 0 }
        case 4: return [payment(provider, total + chance.number(1...500))]
        default: return [payment(provider, total)]
        }
    }

    /// One mistake that a shop can make.
    private mutating func spoil(_ order: inout PlaceOrder) {
        let first = order.lines[0]
        let dollars = Currency("USD") ?? order.total.currency
        switch chance.number(1...8) {
        case 1: order.total.amount += chance.number(1...99)
        case 2: order.channel = "no-such-channel"
        case 3: order.lines[0] = .init(sku: "NO-SUCH-SKU", quantity: 1, unitPrice: first.unitPrice)
        case 4: order.total = Money(order.total.amount, dollars)
        case 5: order.placedAt = now(less: -200_000_000)
        case 6:
            order.delivery = Order.Delivery(
                method: .pickup, service: nil, address: nil, location: chance.one(of: ["NOWHERE", "HOUSE-1"]))
        case 7:
            order.delivery = Order.Delivery(
                method: .ship, service: "by_pigeon", address: order.delivery.address, location: nil)
        default:
            order.lines[0] = .init(
                sku: first.sku, quantity: first.quantity, unitPrice: first.unitPrice,
                discount: Money(first.unitPrice.amount * first.quantity + 1, first.unitPrice.currency))
        }
    }
}
