/// What an amendment does to an order, from its units to its money: shared by its preview and its commitment.
extension Order {
    /// Changes the order as asked; that it may be is checked before.
    ///
    /// 1. Gives up units that are not wanted any more, puts others in their place, and another price on those that have
    ///    one now. Refunds by hand pay for those that nothing takes the place of.
    /// 2. Adds units: to a line at its own price, or as a line of their own.
    /// 3. Changes how it is delivered; units that must come from elsewhere now are taken back.
    /// 4. Finds all of these units a place in one decision on the live stock; says when those come that still wait.
    /// 5. Lets go of money that is not owed any more; notes what was authorized besides.
    /// 6. Enters stages again where that is needed, and hands out what is ready.
    ///
    /// - Throws: `.insufficientStock` where the channel does not backorder; `.quantityExceeded` for too many lines;
    ///   `.illegalTransition` where a label asks for another amount at the door than would be due.
    mutating func amend(_ request: AmendmentRequest, _ channel: Channel, in work: inout Work) throws {
        let before = self
        var wants: [Int: Int64] = [:]
        try give(up: request, channel.policy.amending, in: &work)
        reprice(by: request, since: before)
        let start = before.priced(as: self)
        swap(in: request, since: before, &wants, work)
        raise(by: request, since: before, &wants, work)
        add(request.add, &wants, work)
        guard lines.count <= Self.linesMax else {
            throw Refusal([.init("/add", .quantityExceeded, "an order may have \(Self.linesMax) lines at most")])
        }
        try deliver(request, channel, &wants, in: &work)
        try find(wants, for: request, since: start, channel, in: &work)
        moveUp(since: start, channel, in: &work)
        try settle(request, in: &work)
        try captureCovered(since: before, in: &work)
        // Dearer shipping of what was sent is earned already: nothing that is sent later may come to take it.
        if earned > before.earned { _ = try captureEarned(subject: nil, in: &work) }
        try voidExcess(reason: "amendment", in: &work)
        try refundExcess(reason: "amendment", in: &work)
        try closeCash(in: &work)
        reenterStages(after: before, channel, in: &work)
        passGates(in: &work)
        joinWork(since: start, channel)
        noteChanges(since: start, in: &work)
        try releaseWhenReady(channel, in: &work)
        if let objection = objectionToCash(since: before) { throw Refusal(.illegalTransition, objection) }
    }

    // MARK: Units that go

    /// Units that a request takes away, by what that is called and by line.
    func units(givenUpBy request: AmendmentRequest) -> [AmendingPolicy.Kind: [Int: Int64]] {
        var units: [AmendingPolicy.Kind: [Int: Int64]] = [:]
        for entry in request.quantities {
            guard let line = line(entry.line.number), entry.quantity < line.wanted else { continue }
            units[entry.quantity == 0 ? .remove : .quantity, default: [:]][line.number] = line.wanted - entry.quantity
        }
        for swap in request.swaps { units[.swap, default: [:]][swap.line.number, default: 0] += swap.quantity }
        return units
    }

    /// Waiting units first, then those with the least work done; a person stops a labelled parcel.
    private mutating func give(
        up request: AmendmentRequest, _ policy: AmendingPolicy, in work: inout Work
    ) throws {
        let units = units(givenUpBy: request)
        for kind in AmendingPolicy.Kind.allCases {
            guard var rest = units[kind] else { continue }
            for number in rest.keys {
                let waiting = min(rest[number] ?? 0, lines[number - 1].backordered)
                lines[number - 1].backordered -= waiting
                lines[number - 1].cancelled += waiting
                rest[number, default: 0] -= waiting
            }
            for state in policy.states(for: kind) {
                for index in fulfillments.indices where fulfillments[index].state == state {
                    guard policy.labelled == .intercept || !isLabelled(fulfillments[index]) else { continue }
                    try cancel(&rest, in: index, asks: false, work: &work)
                }
            }
            guard rest.values.allSatisfy({ $0 == 0 }) else {
                throw BrokenInvariant("an amendment of \(self.number) was checked and does not find its units")
            }
            // What swapped units are worth pays for what takes their place: nobody is asked for it anew.
            if kind != .swap { cover(cancelled: units[kind] ?? [:]) }
        }
    }

    /// Whether the label is on a parcel of it that waits for the courier, or is being bought.
    func isLabelled(_ fulfillment: Fulfillment) -> Bool {
        boxes(of: fulfillment.number).contains { $0.state == .labelled || $0.label?.state == .pending }
    }

    // MARK: Units that come

    /// A line of the new item per swap. Where the price is kept the customer pays for it what the units were worth.
    private mutating func swap(
        in request: AmendmentRequest, since before: Order, _ wants: inout [Int: Int64], _ work: Work
    ) {
        guard !request.swaps.isEmpty else { return }
        let values = lineValues
        for swap in request.swaps {
            let old = before.lines[swap.line.number - 1]
            let freed =
                value(ofFirst: old.wanted, of: old, worth: values[old.number - 1])
                - value(ofFirst: old.wanted - swap.quantity, of: old, worth: values[old.number - 1])
            let price = swap.price.map { AmendedPrice($0) }
                ?? AmendedPrice(of: swap.quantity, worth: freed, of: old, isGross: pricesIncludeTax)
            let new = append(swap.sku, swap.quantity, price, replacing: old.number, in: work)
            takeOverCredit(byLine: new)
            wants[new] = swap.quantity
        }
    }

    /// More units of a line: at its own price within it, at another one as a line of their own.
    private mutating func raise(
        by request: AmendmentRequest, since before: Order, _ wants: inout [Int: Int64], _ work: Work
    ) {
        for entry in request.quantities {
            let line = lines[entry.line.number - 1]
            let more = entry.quantity - before.lines[line.number - 1].wanted
            guard more > 0 else { continue }
            if let price = entry.price {
                wants[append(line.sku, more, AmendedPrice(price), replacing: nil, in: work)] = more
            } else {
                lines[line.number - 1].raise(by: raise(of: line, by: more))
                wants[line.number] = more
            }
        }
    }

    /// More units at the price of a line. They take the places of units that were given up, and those stand behind them
    /// then: where money was given back for these, none of it is missing when all that is kept comes back.
    func raise(of line: OrderLine, by units: Int64) -> OrderLine.Raise {
        var price = AmendedPrice(of: units, asIn: line)
        let credited = CreditGiven(of: self).cancelled[line.number - 1]
        var after = self
        // What is added to the last units may be divided with those before them.
        for _ in 1...3 where credited > 0 {
            after.lines[line.number - 1] = line
            after.lines[line.number - 1].raise(by: .init(units: units, discount: price.discount, tax: price.tax))
            let (raised, worth) = (after.lines[line.number - 1], after.lineValues[line.number - 1])
            let missing = after.value(ofFirst: raised.wanted, of: raised, worth: worth) - (worth - credited)
            guard missing > 0 else { break }
            let ofDiscount = min(missing, price.discount)
            price.discount -= ofDiscount
            if !pricesIncludeTax { price.tax += missing - ofDiscount }
        }
        return OrderLine.Raise(units: units, discount: price.discount, tax: price.tax)
    }

    private mutating func add(_ added: [PlaceOrder.RequestedLine], _ wants: inout [Int: Int64], _ work: Work) {
        for line in added {
            let price = AmendedPrice(.init(unitPrice: line.unitPrice, discount: line.discount, tax: line.tax))
            wants[append(line.sku, line.quantity, price, replacing: nil, in: work)] = line.quantity
        }
    }

    /// - Returns: The number of the new line.
    private mutating func append(
        _ sku: String, _ units: Int64, _ price: AmendedPrice, replacing old: Int?, in work: Work
    ) -> Int {
        let line = OrderLine(
            number: lines.count + 1, sku: sku, ordered: units, unitPrice: price.unitPrice, discount: price.discount,
            tax: price.tax, revision: revision + 1, replaces: old, in: work)
        lines.append(line)
        return lines.count
    }

    // MARK: Places

    private mutating func find(
        _ wants: [Int: Int64], for request: AmendmentRequest, since before: Order, _ channel: Channel,
        in work: inout Work
    ) throws {
        let isMoved = delivery != before.delivery
        guard !wants.isEmpty else {
            if lines.allSatisfy({ $0.backordered == 0 }) { backorderedUntil = nil }
            return
        }
        var rooms: [Int: Int64] = [:]
        for number in wants.keys where lines[number - 1].isPreorder(at: work.now) {
            rooms[number] = lines[number - 1].goods.kits { work.preorderRoom(of: $0, on: channel) }
        }
        try source(wants, since: before, channel: channel, in: &work)
        awaitStreetDates(of: wants.keys.sorted().filter { $0 > before.lines.count }, in: &work)
        try requirePreorders(rooms, for: request, since: before, in: work)
        // Units that found a better place leave the old one to those who wait.
        if isMoved { for number in wants.keys.sorted() { work.serveBackorders(ofGoodsOf: lines[number - 1]) } }
        guard channel.policy.shortfall == .refuse else { return }
        let short = lines.filter { line in
            line.backordered > (before.line(line.number)?.backordered ?? 0) && !line.isPreorder(at: work.now)
        }
        if !short.isEmpty {
            throw Refusal(
                short.map { line in
                    .init(
                        pointer(to: line.number, in: request, since: before), .insufficientStock,
                        "\(line.sku): asked \(wants[line.number] ?? 0), "
                            + "available \((wants[line.number] ?? 0) - line.backordered)")
                })
        }
    }

    /// What waits beyond what the channel sells in advance.
    private func requirePreorders(
        _ rooms: [Int: Int64], for request: AmendmentRequest, since before: Order, in work: Work
    ) throws(Refusal) {
        let beyond = lines.filter { line in
            let more = line.backordered - (before.line(line.number)?.backordered ?? 0)
            return line.isPreorder(at: work.now) && more > 0 && more > (rooms[line.number] ?? .max)
        }
        guard !beyond.isEmpty else { return }
        throw Refusal(
            beyond.map { line in
                refusal(
                    toPreorder: (line.number, rooms[line.number] ?? 0),
                    at: pointer(to: line.number, in: request, since: before))
            })
    }

    /// The entry of a request that made or raised a line: they were made in the order of their lists.
    private func pointer(to number: Int, in request: AmendmentRequest, since before: Order) -> String {
        if let place = request.quantities.firstIndex(where: { $0.line.number == number && $0.price == nil }),
            request.quantities[place].quantity > (before.line(number)?.wanted ?? 0)
        {
            return "/quantities/\(place)/quantity"
        }
        var place = number - before.lines.count - 1
        guard place >= 0 else { return "/delivery" }
        if place < request.swaps.count { return "/swap/\(place)/quantity" }
        place -= request.swaps.count
        let priced = request.quantities.indices.filter { index in
            let entry = request.quantities[index]
            let isRepriced = before.lines.contains { $0.replaces == entry.line.number && $0.revision == revision + 1 }
            return entry.price != nil && !isRepriced && entry.quantity > (before.line(entry.line.number)?.wanted ?? 0)
        }
        if place < priced.count { return "/quantities/\(priced[place])/quantity" }
        return "/add/\(place - priced.count)/quantity"
    }

    /// New work joins what its location has not begun to pick, so that it goes in one parcel; work that was handed out
    /// takes it only where nothing is in the way of handing it out too.
    private mutating func joinWork(since before: Order, _ channel: Channel) {
        let known = before.fulfillments.count
        for index in fulfillments.indices.dropFirst(known).reversed() {
            let new = fulfillments[index]
            // What comes by transfer goes on its own way.
            guard new.transfer == nil else { continue }
            let mayBeReleased = stage == nil && channel.policy.release == .automatic
                && hold(on: new.lines.map(\.line)) == nil
            let place = fulfillments.indices.prefix(known).first { place in
                let old = fulfillments[place]
                guard old.location == new.location, old.method == new.method, old.transfer == nil,
                    streetDate(of: old) == streetDate(of: new)
                else { return false }
                return old.state == .open || mayBeReleased && (old.state == .released || old.state == .accepted)
            }
            guard let place else { continue }
            fulfillments[place].take(in: new.lines)
            fulfillments.remove(at: index)
        }
    }

    // MARK: Money and parties

    /// Money comes first: store credit is that of the customer who has ordered.
    private mutating func settle(_ request: AmendmentRequest, in work: inout Work) throws {
        if let payment = request.payment { _ = try add(payment, in: &work) }
        if let customer = request.customer { self.customer = customer }
        if request.shipping != nil || request.shippingTax != nil {
            charge(shipping: request.shipping?.amount, tax: request.shippingTax?.amount)
        }
        if let note = request.note { notes.append(Note(text: note, by: work.principal.name, at: work.now)) }
        total = OrderTotals.total(
            lines: lines.map { ($0.unitPrice, $0.ordered, $0.discount, $0.tax) }, shipping: shipping,
            shippingTax: shippingTax, fees: fees, discounts: discounts, pricesIncludeTax: pricesIncludeTax)
    }
}

extension Fulfillment {
    /// Takes units in, to be picked with its own.
    mutating func take(in units: [Line]) {
        let places = Dictionary(uniqueKeysWithValues: lines.enumerated().map { ($1.line, $0) })
        for line in units {
            if let place = places[line.line] {
                lines[place].quantity += line.quantity
            } else {
                lines.append(line)
            }
        }
        lines.sort { $0.line < $1.line }
    }
}

/// What units cost that an amendment brings. Minor units; discount and tax are for all of them.
struct AmendedPrice {
    let unitPrice: Int64
    var discount: Int64
    var tax: Int64

    init(_ price: AmendmentRequest.Price) {
        unitPrice = price.unitPrice.amount
        discount = price.discount?.amount ?? 0
        tax = price.tax?.amount ?? 0
    }

    /// More units at the price of a line, with their part of its discount and tax, rounded to the nearest.
    init(of units: Int64, asIn line: OrderLine) {
        unitPrice = line.unitPrice
        discount = Self.part(of: line.discount, units, line.ordered)
        tax = Self.part(of: line.tax, units, line.ordered)
    }

    /// Other goods for what units of a line were worth, to the penny: its share of order-wide discounts, and what was
    /// given back of their price, becomes a discount of their own.
    ///
    /// - Parameter kept: The tax in that worth; nil for the units' part of the line's, where nothing was given back.
    init(of units: Int64, worth value: Int64, tax kept: Int64? = nil, of line: OrderLine, isGross: Bool) {
        self.init(of: units, asIn: line)
        if let kept { tax = kept }
        let goods = unitPrice * units
        if isGross {
            discount = goods - value
            return
        }
        discount = min(goods, max(0, goods + tax - value))
        if line.discount == 0, discount <= 1 { discount = 0 }  // no discount, but a rounded tax
        tax = max(0, value - goods + discount)
        discount = goods + tax - value
    }

    /// The same where prices contain tax now and did not, or the other way round: the price of a unit carries the
    /// worth, of which so much is tax.
    init(of units: Int64, worth value: Int64, tax kept: Int64, isGross: Bool) {
        let worth = max(0, value)
        tax = min(worth, kept)
        let goods = isGross ? worth : worth - tax
        unitPrice = (goods + units - 1) / units
        discount = unitPrice * units - goods
    }

    /// `amount` × `units` ÷ `whole`, rounded to the nearest.
    private static func part(of amount: Int64, _ units: Int64, _ whole: Int64) -> Int64 {
        let product = amount.magnitude.multipliedFullWidth(by: UInt64(units))
        let (quotient, remainder) = UInt64(whole).dividingFullWidth(product)
        return Int64(quotient) + (remainder >= UInt64(whole) - remainder ? 1 : 0)
    }
}
