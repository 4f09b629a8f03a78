import OrderManagement

/// Customers who change their minds, and agents who do it for them: staged, read out to the customer, and then mostly
/// committed, whatever else has happened meanwhile.
extension Workload {
    /// What somebody would change; named as what it takes of the order's permissions.
    private enum Change: CaseIterable {
        case add, remove, more, fewer, swap, address, service, method, store, words

        var permission: String {
            switch self {
            case .add: "amendments/add"
            case .remove: "amendments/remove"
            case .more, .fewer: "amendments/quantity"
            case .swap: "amendments/swap"
            case .address, .service: "amendments/address"
            case .method, .store: "amendments/method"
            case .words: "amendments"
            }
        }
    }

    /// What becomes of what was staged: most is committed, some dropped, and some is forgotten until it expires. What
    /// its order has left behind is staged again as it was asked for.
    mutating func decide(in db: any Connection) throws -> (any Command)? {
        while !staged.isEmpty {
            let id = staged.remove(at: Int(chance.number(0...Int64(staged.count - 1))))
            guard let order = try OrderStore.order(id.order, in: db) else { continue }
            guard let open = order.openAmendment, open.number == id.number, let held = open.staged else {
                if chance.chance(10) { return CommitAmendment(amendment: id) }
                continue
            }
            switch chance.number(1...100) {
            case 1...7: return DropAmendment(amendment: id)
            case 8...13: continue
            default: break
            }
            let isBehind = held.version != order.version || held.expiresAt <= now
            if isBehind, chance.chance(85) { return AmendOrder(order: order.id, request: held.request) }
            return CommitAmendment(amendment: id)
        }
        return nil
    }

    /// A change of an order that is still open enough for it; now and then one that is not.
    mutating func amend(in db: any Connection) throws -> (any Command)? {
        let channels = try Configuration.load(in: db).channels
        for _ in 0..<8 {
            guard let id = chance.any(of: chance.chance(85) ? Array(orders.suffix(12)) : orders),
                let order = try OrderStore.order(id, in: db), let channel = channels[order.channel]
            else { return nil }
            if order.openAmendment != nil, chance.chance(90) { continue }
            if chance.chance(2) { return CommitAmendment(amendment: AmendmentID(order.id, Int(chance.number(1...4)))) }
            let allowed = Set(order.permissions(channel, at: now).filter(\.isAllowed).map(\.action))
            let kinds = Change.allCases.filter { allowed.contains($0.permission) }
            var request = AmendmentRequest()
            request.pricing = chance.chance(70) ? .keep : .current
            var named: Set<Int> = []
            for _ in 0..<chance.weighted([(1, 7), (2, 2), (4, 1)] as [(Int, Int64)]) {
                guard let kind = chance.any(of: chance.chance(92) ? kinds : Change.allCases) else { continue }
                ask(for: kind, of: order, channel, &request, &named)
            }
            guard request != AmendmentRequest() || chance.chance(5) else { continue }
            if chance.chance(35) {
                request.payment = .init(
                    provider: chance.one(of: ["manual", "test"]), reference: "more",
                    authorized: Money(chance.number(1...9_000), order.currency))
            }
            return AmendOrder(order: order.id, request: request, isPreview: chance.chance(8))
        }
        return nil
    }

    /// - Parameter named: Lines that the request names already.
    private mutating func ask(
        for kind: Change, of order: Order, _ channel: Channel, _ request: inout AmendmentRequest,
        _ named: inout Set<Int>
    ) {
        let wanted = order.lines.filter { $0.wanted > 0 && !named.contains($0.number) }
        switch kind {
        case .add: request.add.append(line(order.currency))
        case .remove, .more, .fewer, .swap:
            let few = chance.chance(96) && kind == .fewer ? wanted.filter { $0.wanted > 1 } : wanted
            let isEnough = kind != .remove || wanted.count > 1 || chance.chance(5)
            guard isEnough, let line = chance.any(of: few) else { return }
            named.insert(line.number)
            ask(for: kind, ofLine: line, order, &request)
        case .address, .service, .method, .store:
            request.delivery = delivery(kind, of: order, channel)
        case .words:
            if chance.chance(50) { request.shipping = Money(chance.number(0...900), order.currency) }
            if chance.chance(40) {
                request.customer = Customer(name: "Customer \(chance.number(1...50))", email: order.customer.email)
            }
            if chance.chance(30) { request.note = "as spoken on the telephone" }
        }
    }

    private mutating func ask(
        for kind: Change, ofLine line: OrderLine, _ order: Order, _ request: inout AmendmentRequest
    ) {
        let name = OrderLineID(order.id, line.number)
        if kind == .swap {
            request.swaps.append(
                .init(
                    line: name, sku: chance.one(of: chance.chance(15) ? world.kits : world.items).sku,
                    quantity: chance.chance(95) ? chance.number(1...line.wanted) : line.wanted + 1,
                    price: price(order, request.pricing)))
            return
        }
        let fewer = chance.number(1...max(1, line.wanted - 1))
        let units = kind == .remove ? 0 : kind == .more ? line.wanted + chance.number(1...3) : fewer
        request.quantities.append(.init(line: name, quantity: units, price: price(order, request.pricing)))
    }

    /// How it would be delivered instead: to the house beside, abroad, faster, or to a store, and back from there.
    private mutating func delivery(_ kind: Change, of order: Order, _ channel: Channel) -> Order.Delivery {
        let old = order.delivery
        let stores = world.locations.filter {
            $0.offersPickup && channel.sells(from: $0.code) && $0.code != old.location
        }
        let isToStore = kind == .store || kind == .method && old.method == .ship
        if isToStore, let store = chance.any(of: stores) {
            return Order.Delivery(method: .pickup, service: nil, address: nil, location: store.code)
        }
        let services = ["standard", "express"]
        if kind == .service, let address = old.address {
            return Order.Delivery(
                method: .ship, service: chance.one(of: services.filter { $0 != old.service }), address: address,
                location: nil)
        }
        let isNear = chance.chance(80)
        let address = Address(
            name: "A. Customer", lines: ["\(chance.number(3...99)) Street"], city: "City",
            postcode: isNear ? "C1 1CC" : "10115", country: isNear ? "GB" : "DE")
        return Order.Delivery(
            method: .ship, service: old.service ?? chance.one(of: services), address: address, location: nil)
    }

    private mutating func price(_ order: Order, _ pricing: AmendmentRequest.Pricing) -> AmendmentRequest.Price? {
        guard pricing == .current, chance.chance(95) else { return nil }
        return .init(
            unitPrice: Money(chance.number(0...5_000), order.currency),
            tax: chance.chance(50) ? Money(chance.number(0...500), order.currency) : nil)
    }
}
