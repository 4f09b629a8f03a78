/// What can be done about a label that failed, as couriers, rules and goods are now: looked at as buying it does, so
/// that it is offered to be bought again where it would be, and only there.
struct LabelOutlook: Hashable, Sendable {
    /// Whether some service takes the parcel as it is.
    var isTaken = false
    /// Whether nobody knows what it weighs: whoever buys its label says so.
    var isUnweighed = false
    /// Whether services may take its goods in other parcels.
    var isDividable = false
    /// Whether services would take it to another address.
    var isUnserved = false
    /// Whether services take such parcels at other locations.
    var isElsewhere = false
    /// Whether policy still lets its fulfillment be cancelled.
    var isCancellable = false

    /// The calls that help, the likeliest first.
    func actions(on parcel: Parcel, of order: Order) -> [ExceptionAction] {
        let (id, part) = (ParcelID(order.id, parcel.number), FulfillmentID(order.id, parcel.fulfillment))
        if isTaken || isUnweighed { return [.buyLabel(id, isUnweighed: isUnweighed)] }
        return (isDividable || isElsewhere ? [.unpack(part)] : [])
            + (isUnserved && order.objectionToMoreAmendments == nil ? [.changeAddress(order.id)] : [])
            + (isCancellable ? [.cancelWork(part)] : [])
    }

    /// What is to be done where the label cannot be bought, in words; nil where it can.
    fileprivate var suggestion: String? {
        guard !isTaken, !isUnweighed else { return nil }
        var ways: [String] = []
        if isDividable { ways.append("undo the packing, and pack its goods in other parcels") }
        if isUnserved { ways.append("give it an address that some courier goes to") }
        if isElsewhere, !isDividable { ways.append("undo the packing, and have another location do it") }
        if isCancellable { ways.append("cancel its units") }
        ways.append("send it by hand, and name its courier and tracking number when it is shipped")
        return "Buying its label again is refused as before, until a courier takes such a parcel: then it is offered "
            + "here. Until then " + ways.joined(separator: "; or ") + "."
    }
}

extension CourierChoice {
    /// What keeps it from being taken that may be otherwise elsewhere, or another way.
    fileprivate func outlook(of parcel: Parcel) -> LabelOutlook {
        var outlook = LabelOutlook(isTaken: !options.isEmpty, isDividable: mayTakeParts(of: parcel))
        for refusal in refused {
            switch refusal.reason {
            case .unserved, .tariff(.noZone, _), .tariff(.zoneNotServed, _): outlook.isUnserved = true
            case .elsewhere: outlook.isElsewhere = true
            case .tariff, .noRule, .charges, .noTime, .customs: break
            }
        }
        return outlook
    }
}

extension Order {
    fileprivate func labelOutlook(on parcel: Parcel, in work: Work) -> LabelOutlook? {
        guard let place = parcels.firstIndex(where: { $0.number == parcel.number }),
            let part = fulfillments.first(where: { $0.number == parcel.fulfillment })
        else { return nil }
        var outlook = LabelOutlook()
        do throws(Refusal) {
            outlook = try choice(for: place, in: work).outlook(of: parcel)
        } catch {
            let isUnknown = !skusWithoutWeight(in: parcel.units.keys.sorted(), work).isEmpty
            outlook.isUnweighed = parcel.weightGrams == 0 && isUnknown
            // It is too heavy for anybody.
            outlook.isDividable = !outlook.isUnweighed && parcel.lines.reduce(0) { $0 + $1.quantity } > 1
        }
        let policy = work.configuration.channels[channel]?.policy
        outlook.isCancellable = policy.map { part.objectionToCancelling($0) == nil } ?? false
        return outlook
    }
}

extension Sequence<OrderException> {
    /// The same as `knowing` without a configuration; and of each label that failed, whether it could be bought now.
    /// One more question to the database for each table that deciding on couriers takes, if any is among them.
    public func knowing(
        _ orders: [OrderID: Order], by known: KnownConfiguration, at now: Timestamp, in db: any Connection
    ) throws -> [OrderException] {
        let exceptions = try knowing(orders, in: db)
        func parcel(_ exception: OrderException) -> (order: Order, parcel: Parcel)? {
            guard exception.isOpen, exception.kind == .labelFailed, let order = exception.order.flatMap({ orders[$0] }),
                let parcel = order.unlabelledParcel(exception.subject), order.hold(on: parcel.lines.map(\.line)) == nil
            else { return nil }
            return (order, parcel)
        }
        let parcels = exceptions.compactMap(parcel)
        guard !parcels.isEmpty else { return exceptions }
        let set = WorkingSet(
            try known.configuration(in: db), Connected(), counters: [:], filling: [:], cache: GroupCache())
        let looks = parcels.map { order, parcel in
            Submission(command: RateParcel(parcel: ParcelID(order.id, parcel.number)), principal: .system, key: nil)
        }
        try GroupCommit.load(looks, set, at: now) { _, body in try body(db) }
        let work = Work(set, now: now, principal: .system, command: RateParcel.name)
        return exceptions.map { exception in
            guard let (order, parcel) = parcel(exception),
                let outlook = order.labelOutlook(on: parcel, in: work)
            else { return exception }
            var known = exception
            known.labelOutlook = outlook
            if let suggestion = outlook.suggestion, !order.isUnaddressable(parcel) { known.suggestion = suggestion }
            if outlook.isTaken, !exception.goods.isEmpty {
                known.suggestion = "Some courier takes it as it is by now: buy its label."
            }
            return known
        }
    }
}

extension Order {
    /// Whether its address is in the way of a parcel's label: no courier finds it, or no label has room for it.
    func isUnaddressable(_ parcel: Parcel) -> Bool {
        let place = parcels.firstIndex { $0.number == parcel.number }
        let hasCash = cash(for: parcel.units, of: place) > 0
        return objectionToAddress != nil || delivery.address?.labelObjection(besideCash: hasCash) != nil
    }
}
