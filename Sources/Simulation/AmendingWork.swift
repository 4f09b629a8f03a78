import OrderManagement

/// Customers who change their minds, and agents who do it for them.
extension Workload {
    mutating func amend(_ order: Order) -> any Command {
        if let open = order.openAmendment, chance.chance(80) {
            let id = AmendmentID(order.id, open.number)
            return chance.chance(85) ? CommitAmendment(amendment: id) : DropAmendment(amendment: id)
        }
        if chance.chance(5) { return CommitAmendment(amendment: AmendmentID(order.id, Int(chance.number(1...4)))) }
        return AmendOrder(order: order.id, request: change(of: order), isPreview: chance.chance(10))
    }

    private mutating func change(of order: Order) -> AmendmentRequest {
        var request = AmendmentRequest()
        let channel = world.channels.first { $0.code == order.channel } ?? world.channels[0]
        request.pricing = chance.chance(70) ? .keep : .current
        if chance.chance(35) { request.add = [line(order.currency)] }
        for entry in order.lines where chance.chance(35) {
            let line = OrderLineID(order.id, entry.number)
            if chance.chance(70) {
                let units = chance.number(0...max(1, entry.wanted + 2))
                request.quantities.append(.init(line: line, quantity: units, price: price(order, request.pricing)))
            } else {
                request.swaps.append(
                    .init(
                        line: line, sku: chance.one(of: chance.chance(15) ? world.kits : world.items).sku,
                        quantity: chance.number(1...3),
                        price: price(order, request.pricing)))
            }
        }
        if chance.chance(20) { request.delivery = delivery(on: channel) }
        if chance.chance(10) { request.shipping = Money(chance.number(0...900), order.currency) }
        if chance.chance(10) { request.customer = Customer(name: "Customer \(chance.number(1...50))") }
        if chance.chance(40) {
            request.payment = .init(
                provider: chance.one(of: ["manual", "test"]), reference: "more",
                authorized: Money(chance.number(1...9_000), order.currency))
        }
        return request
    }

    private mutating func price(_ order: Order, _ pricing: AmendmentRequest.Pricing) -> AmendmentRequest.Price? {
        guard pricing == .current, chance.chance(90) else { return nil }
        return .init(
            unitPrice: Money(chance.number(0...5_000), order.currency),
            tax: chance.chance(50) ? Money(chance.number(0...500), order.currency) : nil)
    }
}
