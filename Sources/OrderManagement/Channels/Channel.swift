/// Where orders come from, and the policies that hold for them.
public struct Channel: Hashable, Sendable {
    public let code: String
    /// The version of these settings; each decision records it.
    public var version: Int64
    public var name: String
    public var currency: Currency
    /// Whether prices contain their taxes (gross) or taxes come on top (net).
    public var pricesIncludeTax: Bool
    /// What order numbers begin with: `WEB-`.
    public var numberPrefix: String
    /// The locations it may sell from; empty for all.
    public var locations: Set<String>
    /// Units per SKU that stay unsold on this channel.
    public var buffer: Int64
    @Shared public var policy: ChannelPolicy

    public init(
        code: String, version: Int64 = 1, name: String, currency: Currency, pricesIncludeTax: Bool = false,
        numberPrefix: String, locations: Set<String> = [], buffer: Int64 = 0, policy: ChannelPolicy = ChannelPolicy()
    ) {
        self.code = code
        self.version = version
        self.name = name
        self.currency = currency
        self.pricesIncludeTax = pricesIncludeTax
        self.numberPrefix = numberPrefix
        self.locations = locations
        self.buffer = buffer
        self.policy = policy
    }

    public func sells(from location: String) -> Bool { locations.isEmpty || locations.contains(location) }

    /// - Parameter oddities: What a person should look at, though it is saved.
    public func write(to json: inout JSONWriter, oddities: [String] = []) {
        json.object {
            $0.member("code", code)
            $0.member("version", version)
            $0.member("name", name)
            $0.member("currency", currency.code)
            $0.member("prices_include_tax", pricesIncludeTax)
            $0.member("number_prefix", numberPrefix)
            $0.array("locations") { list in for location in locations.sorted() { list.value(location) } }
            $0.member("buffer", buffer)
            $0.name("policy")
            policy.write(to: &$0)
            if !oddities.isEmpty { $0.array("oddities") { list in for words in oddities { list.value(words) } } }
        }
    }

    init(stored json: JSON) throws {
        guard let currency = Currency(try json.text("currency")), let policy = json["policy"] else {
            throw BrokenInvariant("a stored channel is incomplete")
        }
        self.init(
            code: try json.text("code"), version: try json.integer("version"), name: try json.text("name"),
            currency: currency, pricesIncludeTax: json["prices_include_tax"]?.bool ?? false,
            numberPrefix: try json.text("number_prefix"),
            locations: Set((json["locations"]?.array ?? []).compactMap(\.string)),
            buffer: try json.integer("buffer"), policy: try ChannelPolicy(stored: policy))
    }
}

/// What a store asks of whoever comes for an order.
public enum PickupCheck: String, CaseIterable, Sendable {
    /// Nothing; a code that is shown must be right.
    case optional
    /// The name of the customer or of their delegate, or else the code.
    case nameOrCode = "name_or_code"
    case code
}

/// The policies of a channel, with the defaults of a careful web shop.
public struct ChannelPolicy: Hashable, Sendable {
    public enum Release: String, CaseIterable, Sendable { case automatic, manual }
    public enum Shortfall: String, CaseIterable, Sendable { case backorder, refuse }

    /// Gates before release, in order.
    public var stages: [Stage]
    /// How long a customer may still change their mind before work begins.
    public var remorse: Seconds
    public var release: Release
    /// What happens to units that no location has.
    public var shortfall: Shortfall
    /// When a backordered unit is promised, without a supply date.
    public var backorderDays: Int64
    /// Cost of leaving one unit on backorder, in minor units: what sourcing weighs a split against. By default so high
    /// that a unit waits only where stock lacks, however dear its way to the customer is.
    public var unfilledCost: Int64
    /// No more locations than this per sourcing decision; 0 for no limit. It yields where it alone would leave units
    /// waiting beside stock: how dear waiting is, `unfilledCost` says.
    public var locationsMax: Int
    public var services: [DeliveryService]
    /// Until when units may be cancelled: the last fulfillment state that still allows it.
    public var cancellableUntil: String
    /// What may stand there, in the order of work: `packed` ends for a pickup when it is ready to collect, `ready` when
    /// it is collected; a parcel leaves from `packed`.
    public static let cancellableStates: [Fulfillment.State] = [
        .open, .released, .accepted, .picking, .packed, .ready,
    ]
    public var cancelling = CancellingPolicy()
    /// Days from delivery in which units may come back.
    public var returnDays: Int64
    /// How long collected goods wait at a store.
    public var pickupDays: Int64
    public var pickupCheck = PickupCheck.optional
    public var returning = ReturningPolicy()
    public var amending = AmendingPolicy()
    /// What is done about units that are not simply there.
    public var supply: SupplyPolicy
    /// What customers are told.
    public var messages = MessagePolicy()
    /// How money is taken and given back.
    public var paying = PaymentPolicy()
    /// By whom parcels go.
    public var shipping = CourierPolicy()

    public init(
        stages: [Stage] = ["payment", "remorse"], remorse: Seconds = .minutes(30), release: Release = .automatic,
        shortfall: Shortfall = .backorder, backorderDays: Int64 = 14, unfilledCost: Int64 = 1_000_000,
        locationsMax: Int = 4, services: [DeliveryService] = DeliveryService.defaults,
        cancellableUntil: String = "ready", returnDays: Int64 = 30, pickupDays: Int64 = 7,
        supply: SupplyPolicy = SupplyPolicy()
    ) {
        self.stages = stages
        self.remorse = remorse
        self.release = release
        self.shortfall = shortfall
        self.backorderDays = backorderDays
        self.unfilledCost = unfilledCost
        self.locationsMax = locationsMax
        self.services = services
        self.cancellableUntil = cancellableUntil
        self.returnDays = returnDays
        self.pickupDays = pickupDays
        self.supply = supply
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.array("stages") { list in for stage in stages { stage.write(to: &list) } }
            $0.member("remorse_seconds", remorse.count)
            $0.member("release", release.rawValue)
            $0.member("shortfall", shortfall.rawValue)
            $0.member("backorder_days", backorderDays)
            $0.member("unfilled_cost", unfilledCost)
            $0.member("locations_max", locationsMax)
            $0.array("services") { list in for service in services { service.write(to: &list) } }
            $0.member("cancellable_until", cancellableUntil)
            $0.name("cancelling")
            cancelling.write(to: &$0)
            $0.member("return_days", returnDays)
            $0.member("pickup_days", pickupDays)
            $0.member("pickup_check", pickupCheck.rawValue)
            $0.name("returning")
            returning.write(to: &$0)
            $0.name("amending")
            amending.write(to: &$0)
            $0.name("supply")
            supply.write(to: &$0)
            $0.name("messages")
            messages.write(to: &$0)
            $0.name("paying")
            paying.write(to: &$0)
            $0.name("shipping")
            shipping.write(to: &$0)
        }
    }

    init(stored json: JSON) throws {
        guard let release = Release(rawValue: try json.text("release")),
            let shortfall = Shortfall(rawValue: try json.text("shortfall"))
        else { throw BrokenInvariant("a stored policy cannot be read") }
        self.init(
            stages: try (json["stages"]?.array ?? []).map(Stage.init(stored:)),
            remorse: Seconds(try json.integer("remorse_seconds")), release: release, shortfall: shortfall,
            backorderDays: try json.integer("backorder_days"), unfilledCost: try json.integer("unfilled_cost"),
            locationsMax: Int(try json.integer("locations_max")),
            services: try (json["services"]?.array ?? []).map(DeliveryService.init(stored:)),
            cancellableUntil: try json.text("cancellable_until"), returnDays: try json.integer("return_days"),
            pickupDays: try json.integer("pickup_days"), supply: SupplyPolicy(stored: json["supply"]))
        pickupCheck = try json["pickup_check"].map { _ in try json.word("pickup_check") } ?? .optional
        cancelling = try json["cancelling"].map(CancellingPolicy.init(stored:)) ?? CancellingPolicy()
        returning = try ReturningPolicy(stored: json["returning"])
        amending = AmendingPolicy(stored: json["amending"])
        messages = try MessagePolicy(stored: json["messages"])
        if let paying = json["paying"] { self.paying = try PaymentPolicy(stored: paying) }
        shipping = try CourierPolicy(stored: json["shipping"])
    }
}

/// A way of shipping that a channel offers: how long it takes and what a parcel costs the retailer.
public struct DeliveryService: Hashable, Sendable {
    public let code: String
    /// Courier to door within the location's country, and abroad.
    public let domesticDays: Int64
    public let foreignDays: Int64
    /// Minor units per parcel within the country, and abroad.
    public let domesticParcelCost: Int64
    public let foreignParcelCost: Int64
    public let costPerKilogram: Int64
    /// Whether it delivers to post-office boxes.
    public let takesBoxes: Bool

    public init(
        code: String, domesticDays: Int64, foreignDays: Int64, domesticParcelCost: Int64, foreignParcelCost: Int64,
        costPerKilogram: Int64, takesBoxes: Bool = true
    ) {
        self.code = code
        self.domesticDays = domesticDays
        self.foreignDays = foreignDays
        self.domesticParcelCost = domesticParcelCost
        self.foreignParcelCost = foreignParcelCost
        self.costPerKilogram = costPerKilogram
        self.takesBoxes = takesBoxes
    }

    public static let defaults = [
        DeliveryService(
            code: "standard", domesticDays: 3, foreignDays: 8, domesticParcelCost: 350, foreignParcelCost: 1200,
            costPerKilogram: 40),
        DeliveryService(
            code: "express", domesticDays: 1, foreignDays: 3, domesticParcelCost: 750, foreignParcelCost: 2900,
            costPerKilogram: 90),
    ]

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("code", code)
            $0.member("domestic_days", domesticDays)
            $0.member("foreign_days", foreignDays)
            $0.member("domestic_parcel_cost", domesticParcelCost)
            $0.member("foreign_parcel_cost", foreignParcelCost)
            $0.member("cost_per_kg", costPerKilogram)
            $0.member("po_boxes", takesBoxes)
        }
    }

    init(stored json: JSON) throws {
        self.init(
            code: try json.text("code"), domesticDays: try json.integer("domestic_days"),
            foreignDays: try json.integer("foreign_days"),
            domesticParcelCost: try json.integer("domestic_parcel_cost"),
            foreignParcelCost: try json.integer("foreign_parcel_cost"),
            costPerKilogram: try json.integer("cost_per_kg"), takesBoxes: json["po_boxes"]?.bool ?? true)
    }
}
