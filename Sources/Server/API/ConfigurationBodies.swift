import OrderManagement

/// Items, locations and channels as bodies: the same members as their documents show.
extension Fields {
    /// A sum of what goods need beside what all can do; nothing where it is not said.
    mutating func needs(_ name: String) -> UInt64 {
        guard let sum = optionalInteger(name, in: 0...Int64.max) else { return 0 }
        if let objection = Item.objection(toNeeds: sum) { problems.note(at: name, objection) }
        return UInt64(sum)
    }

    /// - Parameter name: the SKU, where the path says it; nil where the body does.
    mutating func item(named name: String?) -> Item {
        let sku = code("sku", name, max: 100)
        let title = text("name", max: 500)
        let weight = optionalInteger("weight_g", in: 0...100_000_000) ?? 0
        let problems = problems
        let sides = values("size_mm", 3...3) { json -> Int64? in
            guard let side = json.integer, (0...100_000).contains(side) else {
                problems.note("expected millimetres from 0 to 100000, found \(problems.foundNumber(json))")
                return nil
            }
            return side
        }
        var size: ItemSize?
        if let sides, sides.count == 3 { size = ItemSize(length: sides[0], width: sides[1], height: sides[2]) }
        return Item(
            sku: sku, name: title, weightGrams: weight, size: size, barcode: optionalText("barcode", max: 50),
            requirements: needs("requirements"),
            isReturnable: optionalTruth("returnable") ?? true,
            components: optionalList("components", 0...KitComponent.countMax) {
                KitComponent(
                    sku: $0.text("sku", max: 100), quantity: $0.integer("quantity", in: 1...KitComponent.quantityMax))
            } ?? [], availableFrom: optionalTime("available_from"), commodityCode: commodityCode(),
            originCountry: originCountry(), customsValue: optionalMoney("customs_value", from: 1))
    }

    private mutating func originCountry() -> String? {
        guard let code = optionalText("origin_country", max: 2) else { return nil }
        check(country: code, at: "origin_country")
        return code
    }

    private mutating func commodityCode() -> String? {
        guard let text = optionalText("commodity_code", max: 20) else { return nil }
        guard let code = Item.commodityCode(text) else {
            problems.note(
                at: "commodity_code", "must have 6 to 12 digits of the Harmonized System, as 6109.10: \(text) has not")
            return nil
        }
        return code
    }

    /// A name that stands in the path or in the body; in both, they must agree.
    mutating func code(_ field: String, _ inPath: String?, max: Int) -> String {
        guard let inPath else { return text(field, max: max) }
        if let inBody = optionalText(field, max: max), inBody != inPath {
            problems.note(at: field, "differs from the address, which says \(inPath)")
        }
        if case .failure(let fault) = PlainText.read(inPath, max: max) {
            problems.note("the \(field) in the path \(fault.reason)")
        }
        return inPath
    }

    /// A code that addresses, files and rules name things by.
    mutating func plainCode(_ inPath: String?) -> String {
        let code = code("code", inPath, max: PlainCode.charactersMax)
        if let words = PlainCode.objection(to: code) {
            if inPath == nil {
                problems.note(at: "code", words)
            } else {
                problems.note("the code in the path \(words)")
            }
        }
        return code
    }

    mutating func location(named name: String?) -> Location? {
        let code = plainCode(name)
        let title = text("name")
        let kind = word("kind", Location.Kind.self)
        let address = address("address")
        let latitude = optionalNumber("latitude", in: -90...90) ?? 0
        let longitude = optionalNumber("longitude", in: -180...180) ?? 0
        let calendar = object("calendar") { $0.calendar() } ?? nil
        let (ships, pickup, returns) = (optionalTruth("ships"), optionalTruth("pickup"), optionalTruth("returns"))
        let cost = optionalInteger("handling_cost", in: 0...Money.amountMax) ?? 0
        let priority = optionalInteger("priority", in: 0...1_000_000) ?? 0
        let capabilities = needs("capabilities")
        let (isPaused, pausedUntil) = (optionalTruth("paused") ?? false, optionalTime("paused_until"))
        let capacity = optionalInteger("capacity_per_day", in: 0...1_000_000)
        let closes = optionalTruth("no_capacity_closes") ?? false
        let cutoffs = courierCutoffs(beside: calendar)
        guard let address, let calendar else { return nil }
        var location = Location(
            code: code, name: title, kind: kind, address: address, latitude: latitude, longitude: longitude,
            calendar: calendar, canShip: ships ?? true, offersPickup: pickup ?? false, takesReturns: returns ?? false,
            handlingCost: cost, priority: Int(priority), capabilities: capabilities)
        location.capacityPerDay = capacity
        location.closesForNoCapacity = closes
        location.courierCutoffs = cutoffs
        location.isPaused = isPaused
        location.pausedUntil = pausedUntil
        return location
    }

    private mutating func calendar() -> BusinessCalendar? {
        let zone = text("zone", max: 64)
        let problems = problems
        let open = values("open", 1...7) { problems.weekday($0) }
        let holidays = holidays(atMost: BusinessCalendar.holidaysMax)
        let cutoff = integer("cutoff_minutes", in: 0...1_439)
        let calendar = BusinessCalendar(
            zone: zone, openWeekdays: Set(open ?? [1, 2, 3, 4, 5]), holidays: holidays, cutoffMinutes: cutoff)
        if calendar == nil, !zone.isEmpty { problems.note(at: "zone", "is no time zone that is known here (IANA)") }
        return calendar
    }

    /// A channel to be saved, on the version that its document says it was read at.
    ///
    /// - Parameter seen: the version that the request's head says.
    mutating func saveChannel(named name: String?, seen: Int64? = nil) -> SaveChannel {
        let version = optionalInteger("version", in: 0...Int64.max)
        return SaveChannel(channel: channel(named: name), expected: seen ?? version)
    }

    private mutating func channel(named name: String?) -> Channel {
        let code = plainCode(name)
        let title = text("name")
        let currency = currency("currency")
        let problems = problems
        let isGross = optionalTruth("prices_include_tax") ?? false
        let prefix = optionalText("number_prefix", max: 16) ?? code.uppercased() + "-"
        let locations = values("locations", 0...5_000) { problems.text($0, max: 64) }
        let buffer = optionalInteger("buffer", in: 0...PlaceOrder.quantityMax) ?? 0
        let policy = optionalObject("policy") { $0.policy() } ?? ChannelPolicy()
        return Channel(
            code: code, name: title, currency: currency, pricesIncludeTax: isGross,
            numberPrefix: prefix, locations: Set(locations ?? []), buffer: buffer, policy: policy)
    }

    /// A currency by its letters; what stands in for a wrong one is never used: the body is refused.
    mutating func currency(_ name: String) -> Currency {
        let symbol = text(name, max: 3)
        if let currency = Currency(symbol) { return currency }
        if !symbol.isEmpty {
            problems.note(at: name, "is no currency that is known here: expected one as GBP (ISO 4217)")
        }
        return Currency("EUR")!  // in the table of currencies
    }

    private mutating func policy() -> ChannelPolicy {
        var policy = ChannelPolicy()
        policy.stages = optionalStages("stages") ?? policy.stages
        if let seconds = optionalInteger("remorse_seconds", in: 0...31_536_000) { policy.remorse = Seconds(seconds) }
        policy.release = optionalWord("release", ChannelPolicy.Release.self) ?? policy.release
        policy.shortfall = optionalWord("shortfall", ChannelPolicy.Shortfall.self) ?? policy.shortfall
        policy.backorderDays = optionalInteger("backorder_days", in: 0...1_000) ?? policy.backorderDays
        policy.unfilledCost = optionalInteger("unfilled_cost", in: 0...Money.amountMax) ?? policy.unfilledCost
        policy.locationsMax = Int(optionalInteger("locations_max", in: 0...1_000) ?? Int64(policy.locationsMax))
        if let services = optionalList("services", 0...50, { $0.service() }) { policy.services = services }
        if let state = optionalCancellableState("cancellable_until") { policy.cancellableUntil = state.rawValue }
        policy.cancelling = optionalObject("cancelling") { $0.cancelling() } ?? policy.cancelling
        policy.returnDays = optionalInteger("return_days", in: 0...3_650) ?? policy.returnDays
        policy.pickupCheck = optionalWord("pickup_check", PickupCheck.self) ?? policy.pickupCheck
        policy.pickupDays = optionalInteger("pickup_days", in: 1...365) ?? policy.pickupDays
        policy.returning = optionalObject("returning") { $0.returningPolicy() } ?? policy.returning
        policy.amending = optionalObject("amending") { $0.amendingPolicy() } ?? policy.amending
        policy.supply = optionalObject("supply") { $0.supplyPolicy() } ?? policy.supply
        policy.messages = optionalObject("messages") { $0.messagePolicy() } ?? policy.messages
        policy.paying = optionalObject("paying") { $0.paying() } ?? policy.paying
        policy.shipping = optionalObject("shipping") { $0.courierPolicy() } ?? policy.shipping
        return policy
    }

    private mutating func service() -> DeliveryService {
        DeliveryService(
            code: text("code", max: 64), domesticDays: integer("domestic_days", in: 0...365),
            foreignDays: integer("foreign_days", in: 0...365),
            domesticParcelCost: integer("domestic_parcel_cost", in: 0...Money.amountMax),
            foreignParcelCost: integer("foreign_parcel_cost", in: 0...Money.amountMax),
            costPerKilogram: integer("cost_per_kg", in: 0...Money.amountMax),
            takesBoxes: optionalTruth("po_boxes") ?? true)
    }
}
