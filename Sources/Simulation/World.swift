import OrderManagement

/// The company that a seed makes: its places, its channels, what it sells and what is on its shelves at first.
struct World: Sendable {
    let locations: [Location]
    let channels: [Channel]
    let couriers: [Courier]
    let packaging: Packaging
    let items: [Item]
    /// What is sold and made of items; none of them lies on a shelf by itself.
    let kits: [Item]
    /// The few items that most customers want, one of them before it is there.
    let hot: [String]
    let firstReceipts: [MoveStock.Entry]

    /// When the simulated company opens: a Monday in winter, so that clocks change during a long run.
    static let opening = Timestamp(milliseconds: 1_767_600_000_000)

    init(_ chance: inout SplitMix64) {
        locations = Self.locations(&chance)
        couriers = Self.couriers(&chance)
        packaging = Self.packaging(&chance)
        channels = Self.channels(locations, couriers, &chance)
        items = (1...chance.number(20...60)).map { number in
            Item(
                sku: "SKU-\(number)", name: "Item \(number)",
                weightGrams: chance.chance(6) ? 0 : chance.number(1...4_000),
                size: chance.chance(60) ? Self.size(&chance) : nil, requirements: chance.chance(6) ? 1 : 0,
                isReturnable: !chance.chance(6),
                availableFrom: (6...8).contains(number) ? Self.opening + .minutes(chance.number(30...600)) : nil,
                commodityCode: chance.chance(92) ? "610910" : nil, originCountry: chance.chance(95) ? "PT" : nil)
        }
        hot = items.prefix(6).map(\.sku)
        kits = Self.kits(items, &chance)
        firstReceipts = Self.receipts(items, locations, &chance)
    }

    /// Sets of two or three items, one of them among the hot ones: lines share parts.
    private static func kits(_ items: [Item], _ chance: inout SplitMix64) -> [Item] {
        (1...3).map { number in
            let first = Int(chance.number(0...4))
            let others = chance.number(1...2)
            let parts = [items[first]] + items.dropFirst(5 + number * 3).prefix(Int(others))
            return Item(
                sku: "KIT-\(number)", name: "Kit \(number)", weightGrams: chance.chance(50) ? 0 : 900,
                isReturnable: !chance.chance(10),
                components: parts.map { KitComponent(sku: $0.sku, quantity: chance.number(1...3)) })
        }
    }

    private static func locations(_ chance: inout SplitMix64) -> [Location] {
        let zones = ["Europe/London", "Europe/Berlin", "America/New_York", "Asia/Tokyo"]
        return (0..<chance.number(3...6)).compactMap { index in
            let isStore = index % 2 == 1
            let days = chance.chance(50) ? Set(1...7) : Set(1...5)
            guard
                let calendar = BusinessCalendar(
                    zone: chance.one(of: zones), openWeekdays: days, cutoffMinutes: chance.number(600...1_200))
            else { return nil }
            let country = chance.chance(75) ? "GB" : "DE"
            var location = Location(
                code: (isStore ? "STORE-" : "HOUSE-") + String(index + 1), name: "Place \(index + 1)",
                kind: isStore ? .store : .warehouse,
                address: Address(
                    name: "Place \(index + 1)", lines: ["1 Road"], city: "Town", postcode: "T1 1TT", country: country),
                latitude: 51, longitude: 0, calendar: calendar, canShip: index == 0 || chance.chance(85),
                offersPickup: isStore, takesReturns: index < 2 || chance.chance(70),
                handlingCost: chance.number(0...400), priority: Int(chance.number(1...3)),
                capabilities: chance.chance(70) ? 1 : 0)
            if index == 1 || chance.chance(30) { location.capacityPerDay = chance.number(1...6) }
            location.closesForNoCapacity = chance.chance(30)
            return location
        }
    }

    /// Terms that a customer may like or not.
    static func returning(_ chance: inout SplitMix64) -> ReturningPolicy {
        var policy = ReturningPolicy()
        policy.refundAt = chance.one(of: ReturningPolicy.RefundAt.allCases)
        policy.refundTo = chance.one(of: ReturningPolicy.RefundTo.allCases)
        policy.isRefundFixed = chance.chance(20)
        policy.exchanges = chance.chance(10) ? .none : chance.one(of: [.onReceipt, .atOnce])
        policy.exchangeBearsFees = chance.chance(30)
        policy.approvesItself = chance.chance(50)
        policy.feeFixed = chance.chance(50) ? chance.number(0...900) : 0
        policy.feePercent = chance.chance(50) ? chance.number(0...100) : 0
        policy.sendWithinDays = chance.number(1...5)
        policy.answerWithinDays = chance.number(1...3)
        policy.overdueDays = chance.number(1...5)
        policy.lost = chance.one(of: ReturningPolicy.Compensation.allCases)
        policy.undelivered = chance.one(of: ReturningPolicy.Compensation.allCases)
        return policy
    }

    /// Fraud is judged by somebody outside; of the shop's own rules some orders pass by themselves.
    private static func judged(_ chance: inout SplitMix64) -> Stage {
        var stage: Stage = "fraud"
        stage.connector = Workload.judge
        stage.within = .minutes(chance.number(30...3_000))
        stage.timeOut = chance.one(of: Stage.TimeOut.allCases)
        if chance.chance(70) {
            stage.score = FraudScore(rules: [], reviewAt: chance.one(of: [0, 1]), failAt: chance.number(2...90))
        }
        return stage
    }

    /// Two shops of opposite tempers: one backorders, waits and releases by itself; the other refuses, and waits for no
    /// one but its clerks.
    private static func channels(
        _ locations: [Location], _ couriers: [Courier], _ chance: inout SplitMix64
    ) -> [Channel] {
        let pounds = couriers[0].tariff.currency, other = couriers[2].tariff.currency
        var web = ChannelPolicy()
        let fraud = judged(&chance)
        web.stages = chance.one(of: [["payment", "remorse"], ["payment", fraud, "remorse"], [fraud, "remorse"]])
        web.remorse = .minutes(chance.number(1...90))
        // A tighter limit leaves units waiting beside full shelves, by the merchant's choice.
        web.locationsMax = chance.one(of: [0, 6])
        web.cancellableUntil = chance.one(of: ["open", "released", "picking", "packed", "ready"])
        web.supply.pickupByTransfer = chance.chance(75)
        web.cancelling = cancelling(&chance)
        web.supply.uncollected = chance.one(of: SupplyPolicy.Uncollected.allCases)
        web.pickupDays = chance.number(1...3)
        web.returnDays = chance.number(5...40)
        web.returning = returning(&chance)
        web.amending = amending(&chance)
        web.shipping = shipping(among: Array(couriers.prefix(2)), from: locations, &chance)
        web.messages.kinds = Set(Message.Kind.allCases)
        web.paying.providers["test"] = .init(
            captures: chance.one(of: PaymentPolicy.Captures.allCases),
            authorizationDays: chance.one(of: [nil, 1, 7]), reauthorizes: chance.chance(50))
        web.paying.captureOrder = chance.one(of: [[], ["test"], [StoreCredit.provider, "manual"]])
        web.paying.refundOrder = chance.one(of: [[], [StoreCredit.provider]])
        var store = ChannelPolicy()
        store.stages = chance.one(of: [[], ["approval"], ["payment"]])
        store.release = .manual
        store.shortfall = .refuse
        store.pickupDays = chance.number(1...3)
        store.supply.uncollected = chance.one(of: SupplyPolicy.Uncollected.allCases)
        store.returning.exchanges = .atOnce
        store.amending = amending(&chance)
        store.shipping = shipping(among: Array(couriers.suffix(2)), from: locations, &chance)
        store.cancellableUntil = chance.one(of: ["accepted", "packed"])
        let some = Set(locations.map(\.code).enumerated().filter { $0.offset != 2 }.map(\.element))
        return [
            Channel(
                code: "web", name: "Web", currency: pounds, numberPrefix: "WEB-", buffer: chance.number(0...2),
                policy: web),
            Channel(
                code: "store", name: "Tills", currency: other, pricesIncludeTax: chance.chance(50),
                numberPrefix: "STO-", locations: some, policy: store),
        ]
    }

    /// Who cancels pays for it, or not; what waits too long for stock is given up, or waits on.
    static func cancelling(_ chance: inout SplitMix64) -> CancellingPolicy {
        CancellingPolicy(
            customerUntil: chance.chance(30) ? .released : nil,
            fee: chance.chance(60)
                ? .init(amount: chance.number(0...900), percent: chance.number(0...60), from: .released) : nil,
            unfillableDays: chance.chance(40) ? chance.number(1...6) : nil)
    }

    static func amending(_ chance: inout SplitMix64) -> AmendingPolicy {
        var policy = AmendingPolicy()
        policy.addUntil = chance.one(of: AmendingPolicy.Limit.allCases)
        policy.removeUntil = chance.one(of: AmendingPolicy.Limit.allCases)
        policy.quantityUntil = chance.one(of: AmendingPolicy.Limit.allCases)
        policy.swapUntil = chance.one(of: AmendingPolicy.Limit.allCases)
        policy.addressUntil = chance.one(of: AmendingPolicy.Limit.allCases)
        policy.methodUntil = chance.one(of: AmendingPolicy.Limit.allCases)
        policy.picked = chance.one(of: AmendingPolicy.Picked.allCases)
        policy.labelled = chance.one(of: AmendingPolicy.Labelled.allCases)
        policy.expiry = .minutes(chance.chance(30) ? chance.number(1...30) : chance.number(31...2_880))
        return policy
    }

    private static func receipts(
        _ items: [Item], _ locations: [Location], _ chance: inout SplitMix64
    ) -> [MoveStock.Entry] {
        var entries: [MoveStock.Entry] = []
        for item in items {
            let most: Int64 = chance.chance(35) ? 3 : 60
            for location in locations where chance.chance(60) {
                entries.append(
                    MoveStock.Entry(
                        reason: .receive, sku: item.sku, location: location.code, quantity: chance.number(1...most),
                        reference: "opening"))
            }
        }
        return entries
    }

    /// The commands that found the company.
    var founding: [any Command] {
        [SaveLocations(locations: locations), SaveItems(items: items), SaveItems(items: kits)]
            + [SaveCouriers(couriers: couriers), SavePackaging(packaging: packaging)]
            + channels.map { SaveChannel(channel: $0) } + [MoveStock(entries: firstReceipts)]
    }
}

/// Who acts in the company.
enum Staff {
    static let writes: Set<Scope> = [.ordersWrite, .stockWrite, .fulfillmentsWrite, .returnsWrite, .paymentsWrite]
    static let reads: Set<Scope> = [
        .ordersRead, .stockRead, .fulfillmentsRead, .returnsRead, .paymentsRead, .configRead, .eventsRead,
    ]
    static let clerk = Principal(name: "clerk", scopes: writes.union(reads))
    /// The second person whom approvals need.
    static let supervisor = Principal(name: "supervisor", scopes: writes)
    /// Who decides on the rules of the shop, and on who may work there.
    static let owner = Principal(name: "owner", scopes: [.admin])
    static let visitor = Principal(name: "visitor", scopes: [.ordersRead, .stockRead])
    static func limited(to location: String) -> Principal {
        Principal(name: "counter-\(location)", scopes: writes, locations: [location])
    }
}
