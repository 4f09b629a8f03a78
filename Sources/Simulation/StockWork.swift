import OrderManagement

/// What comes back, what arrives, and what is counted.
extension Workload {
    // MARK: Returns

    /// The next step of one of the order's returns, or a new one.
    mutating func returns(_ order: Order) -> (any Command)? {
        let refurbished = order.returns.filter { $0.lines.contains { $0.refurbished > 0 } }
        if let entry = chance.any(of: refurbished), chance.chance(15) { return judgeAgain(order, entry) }
        let over = order.returns.filter { !$0.state.isOpen && $0.terms.tracking != nil }
        if let entry = chance.any(of: over), chance.chance(35) { return news(of: entry, order, .delivered) }
        guard let entry = chance.any(of: order.returns.filter(\.state.isOpen)), chance.chance(75) else {
            return chance.chance(40) ? exchange(order) : requestReturn(order)
        }
        let id = ReturnID(order.id, entry.number)
        switch chance.chance(90) ? entry.state : chance.one(of: Return.State.allCases) {
        case .requested: return chance.chance(85) ? ApproveReturn(id: id) : RejectReturn(id: id, note: "worn")
        case .approved where chance.chance(30): return labelReturn(id)
        case .approved where chance.chance(50):
            let isKnown = chance.chance(70)
            // Couriers use numbers again, also those by which the goods went out.
            if let parcel = chance.any(of: order.parcels.filter { $0.tracking != nil }), chance.chance(25) {
                return SendReturn(id: id, courier: parcel.courier ?? "post", tracking: parcel.tracking)
            }
            return SendReturn(id: id, courier: courierOfReturn(), tracking: isKnown ? "R\(id)" : nil)
        case .inTransit where chance.chance(15): return labelReturn(id)
        case .inTransit where chance.chance(55): return news(of: entry, order)
        case .approved where chance.chance(12), .inTransit where chance.chance(12):
            // Nobody waits for it any longer; it may turn up all the same.
            return ReceiveReturn(
                id: id, location: entry.location ?? chance.one(of: world.locations).code, lines: [], isComplete: true)
        case .approved, .inTransit: return receive(order, entry)
        case .received: return chance.chance(75) ? inspect(order, entry) : receive(order, entry)
        case .inspected, .settled, .rejected, .expired:
            let refunds: [(SettleReturn.Refund, Int64)] = [(.source, 8), (.none, 1), (.storeCredit, 1)]
            let refund = chance.weighted(refunds)
            let amount = chance.chance(75) ? nil : Money(chance.number(1...5_000), order.currency)
            return chance.chance(40)
                ? SettleReturn(agreed: id, amount: amount) : SettleReturn(id: id, refund: refund, amount: amount)
        }
    }

    /// The post and `kurier` can be asked after it, `pigeons` are nobody's.
    private mutating func courierOfReturn() -> String { chance.one(of: ["post", "kurier", "pigeons"]) }

    private mutating func labelReturn(_ id: ReturnID) -> LabelReturn {
        LabelReturn(id: id, courier: courierOfReturn(), tracking: "R\(id)\(chance.chance(20) ? "-2" : "")")
    }

    /// What a courier says of the parcel of a return, early, late and twice; sometimes by a number that nobody knows.
    /// - Parameter status: What it says; nil for anything.
    private mutating func news(
        of entry: Return, _ order: Order, _ status: Parcel.State? = nil
    ) -> RecordTracking {
        RecordTracking(
            courier: entry.terms.courier ?? "pigeons", tracking: entry.terms.tracking ?? "R?",
            status: status ?? chance.one(of: Parcel.State.allCases), at: now(less: chance.number(0...7_200_000)),
            courierEvent: "B\(chance.number(1...999))", candidates: [order.id])
    }

    private mutating func requestReturn(_ order: Order) -> RequestReturn? {
        let shipped = order.lines.filter { $0.shipped > $0.returned }
        let candidates = chance.chance(90) ? shipped : order.lines
        guard let line = chance.any(of: candidates) else { return nil }
        let most = chance.chance(90) ? max(1, line.shipped - line.returned) : line.ordered + 1
        let method = chance.one(of: Return.Method.allCases)
        let location = method == .inStore || chance.chance(40) ? chance.one(of: world.locations).code : nil
        return RequestReturn(
            order: order.id, method: method, location: location,
            lines: [
                .init(
                    line: OrderLineID(order.id, line.number), quantity: chance.number(1...most),
                    reason: chance.one(of: Return.Reason.allCases),
                    disposition: method == .inStore && chance.chance(50)
                        ? chance.one(of: Return.Disposition.allCases) : nil)
            ])
    }

    /// The same again or something else, at the old price or another, now and then paid at once.
    private mutating func exchange(_ order: Order) -> ExchangeOrder? {
        guard let request = requestReturn(order) else { return nil }
        let lines = request.lines.map { part in
            let isSame = chance.chance(60)
            let sku = isSame ? order.line(part.line.number)?.sku : nil
            let price = chance.chance(40) ? Money(chance.number(0...3_000), order.currency) : nil
            return ExchangeOrder.Line(
                sku: sku ?? chance.one(of: world.items).sku,
                quantity: chance.chance(80) ? part.quantity : chance.number(1...4),
                price: price.map { .init(unitPrice: $0) }, replaces: chance.chance(30) ? part.line : nil)
        }
        let payment = PlaceOrder.RequestedPayment(
            provider: chance.one(of: ["manual", "test"]), reference: "swap-\(chance.number(1...999))",
            authorized: Money(chance.number(1...6_000), order.currency))
        return ExchangeOrder(
            request: request, lines: lines, shipping: chance.chance(20) ? Money(300, order.currency) : nil,
            payments: chance.chance(40) ? [payment] : [], isPreview: chance.chance(5))
    }

    private mutating func receive(_ order: Order, _ entry: Return) -> ReceiveReturn {
        let lines = entry.lines.map { line in
            let coming = chance.chance(92) ? max(1, line.expected) : line.quantity + 2
            return ReceiveReturn.Line(
                line: OrderLineID(order.id, line.line), quantity: chance.number(1...coming),
                disposition: chance.chance(50) ? chance.one(of: Return.Disposition.allCases) : nil)
        }
        let location = entry.location ?? chance.one(of: world.locations).code
        return ReceiveReturn(
            id: ReturnID(order.id, entry.number),
            location: chance.chance(90) ? location : chance.one(of: world.locations).code,
            lines: chance.chance(95) ? lines : [],
            found: chance.chance(5)
                ? [.init(sku: chance.one(of: world.items).sku, quantity: chance.number(1...2), note: nil)] : [],
            isComplete: chance.chance(20), isMoreThanAnnounced: chance.chance(70))
    }

    private mutating func judgeAgain(_ order: Order, _ entry: Return) -> InspectReturn {
        let lines = entry.lines.filter { $0.refurbished > 0 }.map { line in
            ReceiveReturn.Line(
                line: OrderLineID(order.id, line.line), quantity: chance.number(1...(line.refurbished + 1)),
                disposition: chance.one(of: Return.Disposition.allCases))
        }
        return InspectReturn(id: ReturnID(order.id, entry.number), lines: lines)
    }

    private mutating func inspect(_ order: Order, _ entry: Return) -> InspectReturn {
        let lines = entry.lines.compactMap { line -> ReceiveReturn.Line? in
            let most = chance.chance(94) ? line.toInspect : line.toInspect + 1
            guard most > 0 else { return nil }
            return ReceiveReturn.Line(
                line: OrderLineID(order.id, line.line), quantity: chance.number(1...most),
                disposition: chance.one(of: Return.Disposition.allCases))
        }
        return InspectReturn(id: ReturnID(order.id, entry.number), lines: lines)
    }

    // MARK: Stock

    mutating func moveStock(_ model: ReferenceModel) -> MoveStock {
        let entries = (0..<chance.weighted([(1, 6), (2, 2), (5, 1)] as [(Int, Int64)])).map { _ in entry(model) }
        return MoveStock(entries: entries, isList: entries.count > 1)
    }

    /// An item that is sold in advance may leave on another day, or now.
    mutating func moveDate() -> SaveItems {
        var item = world.items[Int(chance.number(5...7))]
        item.availableFrom = chance.chance(80) ? now(less: chance.number(-7_200_000...600_000)) : nil
        return SaveItems(items: [item])
    }

    mutating func setSafetyStock() -> SetSafetyStock {
        let entries = (0..<chance.number(1...3)).map { _ in
            SetSafetyStock.Entry(
                sku: chance.chance(97) ? chance.one(of: world.items).sku : "NO-SUCH-SKU",
                location: chance.chance(97) ? chance.one(of: world.locations).code : "NOWHERE",
                units: chance.chance(50) ? 0 : chance.number(1...4))
        }
        return SetSafetyStock(entries: entries)
    }

    /// Now and then somebody would put on sale, or throw away, what nobody has judged yet.
    private mutating func entry(_ model: ReferenceModel) -> MoveStock.Entry {
        let reasons: [(element: MoveStock.Reason, weight: Int64)] = [
            (.receive, 9), (.quarantine, 2), (.restock, 2), (.writeOff, 2), (.countUp, 1), (.countDown, 1), (.count, 3),
            (.putAway, 1),
        ]
        let reason = chance.weighted(reasons)
        let single = chance.chance(50) ? chance.one(of: world.hot) : chance.one(of: world.items).sku
        let units = chance.number((reason == .count ? 0 : 1)...(reason == .receive ? 30 : 6))
        let source = reason == .writeOff && chance.chance(40) ? chance.one(of: MoveStock.Source.allCases) : nil
        if reason == .restock || reason == .writeOff, chance.chance(50),
            let place = chance.any(of: model.unjudged.places)
        {
            return MoveStock.Entry(
                reason: reason, sku: place.sku, location: place.location, quantity: units, from: source)
        }
        let sku = chance.chance(1) ? chance.one(of: world.kits).sku : single
        return MoveStock.Entry(
            reason: reason, sku: chance.chance(97) ? sku : "NO-SUCH-SKU",
            location: chance.chance(97) ? chance.one(of: world.locations).code : "NOWHERE",
            quantity: units, reference: chance.chance(30) ? "PO-\(chance.number(1...99))" : nil, from: source)
    }

    /// A feed of what a location says is there: near the truth at the moment it names, which may be long ago.
    mutating func takeSnapshot(_ model: ReferenceModel) -> TakeSnapshot {
        let location = chance.one(of: world.locations).code
        let takenAt = now(less: chance.number(-400_000...3_600_000))
        var lines: [TakeSnapshot.Line] = []
        for item in world.items where chance.chance(60) {
            let place = ReferenceModel.Place(sku: item.sku, location: location)
            let then = model.shelf(at: place) - model.moved(at: place, since: takenAt)
            let error = chance.chance(20) ? chance.number(-3...3) : 0
            lines.append(TakeSnapshot.Line(sku: item.sku, onHand: max(0, then + error)))
        }
        if chance.chance(5) { lines.append(TakeSnapshot.Line(sku: "NO-SUCH-SKU", onHand: 1)) }
        return TakeSnapshot(
            location: location, mode: chance.one(of: TakeSnapshot.Mode.allCases), takenAt: takenAt,
            reference: nextName(), lines: lines)
    }
}
