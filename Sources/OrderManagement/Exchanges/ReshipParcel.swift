/// Sends the goods of a parcel that never came once more: a new order that costs nothing, and the parcel is settled.
///
/// 1. A parcel that is still under way is declared lost; one that comes back to the sender need not be back yet, and
///    one that arrived at another door than its order's, or that its courier then called lost, has not come to the
///    customer.
/// 2. Places an order for the same goods, to the same address or another; it takes real stock, as any order does.
/// 3. What was paid for the goods moves to the new order with a credit memo: they are worth there what they were worth
///    here, so that they can be returned, and refunded, from there.
/// 4. Settles the parcel; what the courier brings back of it is worth nothing to the customer any more.
///
/// - Throws: `.notFound`; `.illegalTransition` for a parcel that arrived where it should, is not sent, or is settled,
///   and while the money is still being captured; what `PlaceOrder` throws.
public struct ReshipParcel: Command {
    public static let name = "reship-parcel"
    public let parcel: ParcelID
    /// nil for that of the order.
    public let delivery: Order.Delivery?
    public let note: String?

    public init(parcel: ParcelID, delivery: Order.Delivery? = nil, note: String? = nil) {
        self.parcel = parcel
        self.delivery = delivery
        self.note = note
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(parcel.order, given: work)
        needs.punctuality(to: delivery?.address, ofOrder: parcel.order, given: work)
        if let account = work.peek(parcel.order)?.creditAccount { needs.storeCredit(account) }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.returnsWrite)
        try work.principal.require(.ordersWrite)
        var order = try work.order(parcel.order)
        guard let place = order.parcels.firstIndex(where: { $0.number == parcel.number && !$0.lines.isEmpty }) else {
            throw Refusal(.notFound, "there is no parcel \(parcel)")
        }
        if let objection = order.objectionToReship(order.parcels[place]) {
            throw Refusal(.illegalTransition, objection)
        }
        if !order.parcels[place].state.isFinal { try order.declareLost(place, in: &work) }
        let units = order.parcels[place].units
        // What its customer bought beside goods that they have after all goes out like any purchase.
        if order.bought(among: units) != units,
            let objection = work.objectionToPaying(for: [:], of: order, amount: nil)
        {
            throw Refusal(.illegalTransition, objection)
        }
        let new = try order.reship(place, to: delivery, note: note, in: &work)
        order = work.update(order)
        return .part(of: order, status: 201, location: "/v1/orders/\(new)") { json in
            json.name("parcel")
            order.parcels[place].write(to: &json, of: order)
            json.name("reshipment")
            if let placed = work.peek(new) { placed.write(to: &json) } else { json.null() }
        }
    }
}

extension Order {
    /// Why its goods cannot be sent once more; nil when they can.
    func objectionToReship(_ parcel: Parcel) -> String? {
        if isUnpaid(parcel), parcel.state != .delivered {
            return "this parcel is \(parcel.state.rawValue), and \(Money(parcel.cash, currency)) were to be paid at "
                + "its door, which nobody has: settle it, and place an order for what is to be sent"
        }
        if isAtWrongDoor(parcel) || parcel.isDisputed {
            return objectionToComeBack(parcel) ?? objectionToRefunded(parcel) ?? objectionToMoving(parcel)
        }
        guard parcel.state == .returnedToSender, parcel.claim == nil else {
            return objectionToClaim(parcel) ?? objectionToRefunded(parcel) ?? objectionToMoving(parcel)
        }
        guard let entry = returns.last(where: { $0.terms.parcel == parcel.number }) else {
            return "no return is known that brings this parcel back"
        }
        guard entry.state.isOpen, entry.lines.allSatisfy({ $0.credited == 0 }) else {
            return "the return \(entry.reference(in: self)) that brings it back is \(entry.state.rawValue), or paid"
        }
        return objectionToRefunded(parcel) ?? objectionToMoving(parcel)
    }

    /// Goods whose money the customer has do not go out once more for nothing.
    private func objectionToRefunded(_ parcel: Parcel) -> String? {
        guard let (line, units) = covered(parcel.units).min(by: { $0.key < $1.key }) else { return nil }
        return "this parcel is \(parcel.state.rawValue), and \(units) × \(lines[line - 1].sku) of it were refunded by "
            + "hand already: settle it by a claim, and place an order for what is to be sent"
    }

    /// Why the money of its units cannot move yet.
    private func objectionToMoving(_ parcel: Parcel) -> String? {
        let worth = creditWorth(of: parcel.units, creditBalance).values.reduce(0, +)
        guard worth > refundable(), isBeingCaptured else { return nil }
        return "the money of order \(number) is still being captured: send the goods once more when that is done"
    }

    /// Places the order that sends a parcel's goods once more, and settles the parcel by it.
    fileprivate mutating func reship(
        _ place: Int, to delivery: Delivery?, note: String?, in work: inout Work
    ) throws -> OrderID {
        let channel = try work.configuration.channel(self.channel)
        let name = ParcelID(id, parcels[place].number)
        let units = parcels[place].units
        let worths = creditWorth(of: units, creditBalance)
        let (worth, refundable) = (worths.values.reduce(0, +), refundable())
        let amount = min(worth, refundable)
        let numbers = units.keys.sorted()
        let parts = numbers.map { worths[$0] ?? 0 }
        let values = amount == worth ? parts : amount.split(by: parts)
        let goods = zip(numbers, values).map { number, value in
            PlaceOrder.RequestedLine.kept(
                lines[number - 1].sku, units[number] ?? 0, worth: value, of: lines[number - 1], in: self,
                isGross: channel.pricesIncludeTax)
        }
        let new = following(
            delivery: delivery, goods, total: PlaceOrder.total(goods, isGross: channel.pricesIncludeTax, in: currency))
        var (placed, _, _) = try new.place(
            from: Origin(
                kind: .reshipment, order: id, number: number, entry: nil, parcel: name.number, ships: .atOnce,
                expected: amount), in: &work)
        var moved: [Moved] = []
        if amount > 0 {
            guard let draft = draft(amount, .returned, reason: "reship", subject: name.description, units: units) else {
                throw amountExceedsBalance(amount)
            }
            moved = try move(issue(draft, in: &work), upTo: amount, to: placed, in: &work)
        }
        try placed.take(moved, in: &work)
        placed = work.update(placed)
        var claim = ParcelClaim(.reship, refunded: amount, note: note, by: work.principal.name, at: work.now)
        claim.successor = Successor(.reshipment, placed, amount > 0 ? placed.origin?.state ?? .paid : .paid)
        // At another door, what came is not the customer's by this order: as of what is found when it was settled.
        if parcels[place].state == .delivered {
            (claim.foundAt, claim.isElsewhere) = (parcels[place].updatedAt, true)
        }
        settle(place, claim, in: &work)
        guard let index = returns.lastIndex(where: { $0.terms.parcel == name.number && $0.state.isOpen }) else {
            return placed.id
        }
        returns[index].terms.successor = claim.successor
        returns[index].terms.refundAt = .inspection
        try followTerms(of: index, in: &work)
        return placed.id
    }
}
