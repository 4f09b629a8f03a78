/// What sourcing decides on: the need of one order and a snapshot of the locations that may fill it.
///
/// Money is in minor units, weight in grams, days are whole days of one calendar. The caller keeps quantities at or
/// below 1,000,000, costs and weights at or below 1,000,000,000, lines at or below 500, locations at or below 3,000;
/// within these nothing overflows. Nothing else is validated.
public struct SourcingInput: Hashable, Sendable {
    /// One order line and how many of its units are to be placed.
    public struct Demand: Hashable, Sendable {
        /// Number of the order line; handed back in the plan.
        public var line: Int
        public var sku: String
        /// Units to place.
        public var quantity: Int64
        /// Grams of one unit.
        public var weightGrams: Int64
        /// Bit mask; a location needs every one of these capabilities.
        public var requirements: UInt64
        /// Minor units for each unit left unfilled; nil: no unit may be left unfilled.
        public var unfilledCost: Int64?
        /// All shipped units of this line come from one location (kits).
        public var isWhole: Bool

        public init(
            line: Int, sku: String, quantity: Int64, weightGrams: Int64 = 0, requirements: UInt64 = 0,
            unfilledCost: Int64? = nil, isWhole: Bool = false
        ) {
            self.line = line
            self.sku = sku
            self.quantity = quantity
            self.weightGrams = weightGrams
            self.requirements = requirements
            self.unfilledCost = unfilledCost
            self.isWhole = isWhole
        }
    }

    /// A location with its costs for this order; `stock` and `depletion` have one entry for each demand.
    public struct Candidate: Hashable, Sendable {
        /// Code of the location.
        public var location: String
        /// The merchant's order of locations; 1 is first. Breaks ties only.
        public var priority: Int
        /// Minor units for using the location at all.
        public var openCost: Int64
        /// Minor units for one parcel.
        public var parcelCost: Int64
        /// Grams that a parcel from here carries at most, 0 for no limit; nil: what the order's parcels do.
        public var parcelGramsMax: Int64?
        /// Minor units for picking one unit.
        public var pickCost: Int64
        /// Minor units for one kilogram; rounded up for each unit.
        public var costPerKilogram: Int64
        /// Day on which the goods arrive, cut-off time already applied.
        public var arrivalDay: Int
        /// Bit mask of what the location can handle.
        public var capabilities: UInt64
        /// Units that the location may still take today; nil: no limit.
        public var capacity: Int64?
        /// Units available to this order; what is below zero counts as none.
        public var stock: [Int64]
        /// Opportunity cost of taking one unit, in minor units; empty means zeros.
        public var depletion: [Int64]
        /// Why the merchant's rules leave this location out; nil: they do not.
        public var exclusion: Exclusion?

        public init(
            location: String, priority: Int = 1, openCost: Int64 = 0, parcelCost: Int64 = 0,
            parcelGramsMax: Int64? = nil, pickCost: Int64 = 0, costPerKilogram: Int64 = 0, arrivalDay: Int = 0,
            capabilities: UInt64 = 0, capacity: Int64? = nil, stock: [Int64], depletion: [Int64] = [],
            exclusion: Exclusion? = nil
        ) {
            self.location = location
            self.priority = priority
            self.openCost = openCost
            self.parcelCost = parcelCost
            self.parcelGramsMax = parcelGramsMax
            self.pickCost = pickCost
            self.costPerKilogram = costPerKilogram
            self.arrivalDay = arrivalDay
            self.capabilities = capabilities
            self.capacity = capacity
            self.stock = stock
            self.depletion = depletion
            self.exclusion = exclusion
        }
    }

    /// Why a location cannot ship anything of this order.
    public enum Exclusion: String, CaseIterable, Hashable, Sendable {
        case cannotShip = "cannot_ship"
        case closed
        case paused
        /// It rejected units of this order before.
        case rejected
        case notInChannel = "not_in_channel"
        case notForPickup = "not_for_pickup"
        /// A rule of the merchant that has no word of its own here.
        case filtered
        /// It may take no more units today.
        case full
        case tooLate = "too_late"
        /// It has stock, but only of lines that need a capability it lacks.
        case lacksCapability = "lacks_capability"
        case outOfStock = "out_of_stock"
    }

    public var demands: [Demand]
    public var candidates: [Candidate]
    /// Grams that one parcel carries at most, where its location has no limit of its own; 0: no limit.
    public var parcelGramsMax: Int64
    /// Locations that may ship at most; 0: no limit.
    public var locationsMax: Int
    /// Ship complete: every unit ships, or none does.
    public var isComplete: Bool
    /// The promised day; arriving later costs `latePerDay` for each unit and day.
    public var promiseDay: Int
    /// A location whose goods arrive later than this day may not ship.
    public var latestDay: Int
    /// Minor units for each unit and day.
    public var latePerDay: Int64

    public init(
        demands: [Demand], candidates: [Candidate], parcelGramsMax: Int64 = 0, locationsMax: Int = 0,
        isComplete: Bool = false, promiseDay: Int = 0, latestDay: Int = .max, latePerDay: Int64 = 0
    ) {
        self.demands = demands
        self.candidates = candidates
        self.parcelGramsMax = parcelGramsMax
        self.locationsMax = locationsMax
        self.isComplete = isComplete
        self.promiseDay = promiseDay
        self.latestDay = latestDay
        self.latePerDay = latePerDay
    }
}
