/// By whom a channel's parcels go, and whether their labels are bought as soon as they are packed.
public struct CourierPolicy: Hashable, Sendable {
    /// Whether packing buys the labels, or a person says by whom each parcel goes.
    public enum Labels: String, CaseIterable, Sendable { case automatic, manual }

    /// The services that parcels may go by, where a condition holds; the first rule that holds counts.
    public struct Rule: Hashable, Sendable {
        public let when: Condition
        /// `royal_mail/tracked24`, or `royal_mail/*` for all of a courier's.
        public let services: [String]

        public init(when: Condition, services: [String]) { (self.when, self.services) = (when, services) }

        /// A courier and its service, by their codes; a name that is not written so has one part.
        static func parts(of name: String) -> [String] { name.split(separator: "/", maxSplits: 1).map(String.init) }
    }

    public static let rulesMax = 100

    public var labels = Labels.manual
    public var rules: [Rule] = []
    /// What a day later than promised costs the retailer, in minor units: what it pays more for a faster service.
    public var latePerDay: Int64 = 500
    /// What a label may cost more than was expected before a person is told: minor units, or a share of what was
    /// expected, whichever is more.
    public var priceTolerance: Int64 = 50
    public var priceTolerancePercent: Int64 = 10
    public static let tolerancePercentMax: Int64 = 1_000
    /// Who pays duties of parcels that cross a customs border.
    public var incoterm = Incoterm.dap
    /// By which numbers customs know the retailer.
    public var customs = CustomsNumbers()
    /// What the currencies of couriers are worth in the channel's; a courier of another one is not compared.
    public var rates: [ExchangeRate] = []

    public init() {}

    /// Whether a price is so far above what was expected that a person should know; another currency always is.
    func isSurprised(by price: Money, insteadOf quoted: Money) -> Bool {
        guard price.currency == quoted.currency else { return true }
        // Hundredths of what was expected are whole enough, and overflow nowhere.
        let share = quoted.amount / 100 * priceTolerancePercent + quoted.amount % 100 * priceTolerancePercent / 100
        return price.amount - quoted.amount > max(priceTolerance, share)
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("labels", labels.rawValue)
            $0.array("rules") { list in
                for rule in rules {
                    list.object {
                        $0.name("when")
                        rule.when.write(to: &$0)
                        $0.array("services") { names in for service in rule.services { names.value(service) } }
                    }
                }
            }
            $0.member("late_per_day", latePerDay)
            $0.member("price_tolerance", priceTolerance)
            $0.member("price_tolerance_percent", priceTolerancePercent)
            $0.member("incoterm", incoterm.rawValue)
            customs.write(to: &$0)
            $0.array("exchange_rates") { list in for rate in rates { rate.write(to: &list) } }
        }
    }

    init(stored json: JSON?) throws {
        guard let json else { return }
        labels = try json.word("labels")
        rules = try (json["rules"]?.array ?? []).map { rule in
            guard let when = rule["when"] else { throw BrokenInvariant("a rule for couriers without a condition") }
            return Rule(
                when: try Condition(stored: when, in: ParcelFact.vocabulary),
                services: (rule["services"]?.array ?? []).compactMap(\.string))
        }
        latePerDay = try json.integer("late_per_day")
        // Channels of before had no limit of their own.
        priceTolerance = json["price_tolerance"]?.integer ?? priceTolerance
        priceTolerancePercent = json["price_tolerance_percent"]?.integer ?? priceTolerancePercent
        if json["incoterm"] != nil { incoterm = try json.word("incoterm") }
        customs = CustomsNumbers(stored: json)
        rates = try (json["exchange_rates"]?.array ?? []).map(ExchangeRate.init(stored:))
    }
}

extension Configuration {
    /// What is wrong with a policy of a channel that counts in a currency: rules that name services which nobody
    /// offers, numbers without what they need.
    func objections(to policy: CourierPolicy, in currency: Currency, at pointer: String) -> [Refusal.Detail] {
        let wrong: [Refusal.Detail] = policy.rules.enumerated().flatMap { index, rule in
            rule.services.enumerated().compactMap { place, name in
                let parts = CourierPolicy.Rule.parts(of: name)
                let at = pointer + "/rules/\(index)/services/\(place)"
                guard let courier = couriers[parts.first ?? ""] else {
                    return .init(at, .unknownCourier, words(withoutCourier: parts.first ?? name))
                }
                guard parts.count == 2 else {
                    return .init(at, .invalidInput, "expected courier/service, or \(courier.code)/* for all of them")
                }
                guard courier.offers(parts[1]) else {
                    return .init(at, .unknownCourier, "\(courier.name) has no service \(parts[1])")
                }
                return nil
            }
        }
        let itself = policy.rates.firstIndex { $0.currency == currency }.map {
            Refusal.Detail(
                pointer + "/exchange_rates/\($0)/currency", .invalidInput,
                "the channel counts in \(currency.code) itself: name the currencies of couriers")
        }
        let number = policy.customs.objection(in: currency, by: policy.rates, at: pointer)
        return [number, itself].compactMap(\.self) + wrong
    }
}

/// What conditions of rules for couriers may ask of a parcel, beside all that they may ask of its order.
enum ParcelFact: String, CaseIterable {
    case weight = "parcel.weight_g"
    /// Its longest edge in millimetres.
    case longest = "parcel.longest_mm"
    /// What its goods are worth, in minor units.
    case value = "parcel.value"
    /// The location that sends it.
    case origin = "origin.location"
    /// The country of that location.
    case originCountry = "origin.country"

    /// Those that the location decides.
    static let ofOrigin = Set([origin, originCountry].map(\.rawValue))

    private var kind: Condition.Field.Kind {
        switch self {
        case .weight: .number(0...Tariff.gramsMax)
        case .longest: .number(0...100_000)
        case .value: .number(0...Money.amountMax)
        case .origin: .text(.exact)
        case .originCountry: .words(Country.codes.sorted())
        }
    }

    static let vocabulary = Order.vocabulary + allCases.map {
        Condition.Field(name: $0.rawValue, kind: $0.kind, isMany: false)
    }
}

extension Location {
    /// What it has for a fact of parcels that start there.
    func values(named fact: String) -> [Condition.Value] {
        switch ParcelFact(rawValue: fact) {
        case .origin: [.text(code)]
        case .originCountry: [.text(address.country)]
        case .weight, .longest, .value, nil: []
        }
    }
}

extension CourierPolicy {
    /// The fields that its rules may name.
    public static var vocabulary: [Condition.Field] { ParcelFact.vocabulary }
}
