/// By whom a parcel goes: every service that takes it, the cheapest first, and why the others do not.
///
/// The cost of a service is its price, and what a late arrival costs the retailer: each day after the promise, and the
/// part of a day that its parcels are late on average there. A pure function: asked before an order is placed, when a
/// parcel is packed, and in sourcing, it answers the same for the same parcel.
public struct CourierChoice: Sendable {
    /// A parcel with what decides on its courier.
    public struct Shipment: Sendable {
        public let parcel: Tariff.Parcel
        public let order: Order
        public let origin: Location
        /// By the location's own cut-off.
        public let leavesAt: Timestamp
        /// From when on it may be handed over: couriers with cut-offs of their own there take it by the next of these.
        public let readyAt: Timestamp
        /// What the customer was told; nil before anybody was told anything.
        public let deliverBy: Timestamp?
        /// Whether the customer asked for speed: a service that says no time is none for them.
        public let hurries: Bool
        /// What outside couriers would have to know for customs, and nobody has said; nil for nothing.
        public let customsGap: String?

        public init(
            parcel: Tariff.Parcel, order: Order, origin: Location, leavesAt: Timestamp, readyAt: Timestamp? = nil,
            deliverBy: Timestamp?, hurries: Bool = false, customsGap: String? = nil
        ) {
            (self.parcel, self.order, self.origin) = (parcel, order, origin)
            (self.leavesAt, self.readyAt, self.deliverBy) = (leavesAt, readyAt ?? leavesAt, deliverBy)
            (self.hurries, self.customsGap) = (hurries, customsGap)
        }

        /// When a courier takes it along.
        func leavesAt(by courier: Courier) -> Timestamp {
            guard !origin.courierCutoffs.isEmpty || !courier.holidays.isEmpty else { return leavesAt }
            if origin.courierCutoffs.contains(where: { $0.courier == courier.code }) {
                return origin.nextCutoff(of: courier, from: readyAt)
            }
            let isAway = courier.holidays.contains(origin.calendar.day(of: leavesAt))
            return isAway ? origin.nextCutoff(of: courier, from: leavesAt) : leavesAt
        }
    }

    public struct Option: Hashable, Sendable {
        public let courier: String
        public let service: String
        public let name: String
        public let quote: Tariff.Quote
        /// When its courier takes it along.
        public let leavesAt: Timestamp
        /// When it is at the door; nil where the courier promises nothing: no time is known.
        public let arrivesAt: Timestamp?
        /// After the promise; nil where no time is known, which is not in time.
        public let daysLate: Int64?
        /// Of a hundred parcels, those that came in time; nil where too few were counted.
        public let onTimePercent: Int64?
        /// Its price in the channel's currency.
        public let counted: Money
        /// By what that was reckoned; nil where both are one.
        public let rate: ExchangeRate?
        /// What the part of a day costs that its parcels are late on average, in minor units of the channel's currency.
        public let risk: Int64
        /// What it is chosen by, in minor units of the channel's currency.
        public let cost: Int64
    }

    /// A service that does not take the parcel, or may not.
    struct Refused: Sendable {
        let courier: String
        let service: String
        let reason: Reason

        enum Reason: Sendable {
            case tariff(Tariff.Objection, Currency)
            /// Its courier has no zone for the country.
            case unserved(String)
            /// Its courier does not collect where the parcel is.
            case elsewhere(String)
            case noRule
            case charges(Currency, counted: Currency)
            case noTime
            case customs(String)
        }
    }

    /// Those that say when they arrive first, where something was promised; by cost, price, courier and service.
    public let options: [Option]
    let refused: [Refused]

    /// Why a service does not take it, by `courier/service`; for people.
    public var objections: [String: String] {
        refused.reduce(into: [:]) { $0["\($1.courier)/\($1.service)"] = $1.reason.explanation }
    }

    public var best: Option? { options.first }

    /// Whether no courier takes it, for all that anybody may still find out about it: not for want of a measure, of
    /// what customs ask, or of an exchange rate, which a person may add until it is packed.
    var isOutOfReach: Bool {
        options.isEmpty && !refused.isEmpty && refused.allSatisfy { refusal in
            switch refusal.reason {
            case .tariff(.notMeasured, _): false
            case .tariff, .unserved, .elsewhere, .noRule, .noTime: true
            case .charges, .customs: false
            }
        }
    }

    public init(
        of shipment: Shipment, among couriers: [Courier], by policy: CourierPolicy, in currency: Currency,
        _ records: [CourierRecord] = []
    ) {
        let allowed = policy.services(for: shipment).map(AllowedServices.init)
        var (options, refused) = ([Option](), [Refused]())
        let (address, origin) = (shipment.order.delivery.address, shipment.origin)
        let country = address?.country ?? origin.address.country
        for courier in couriers {
            func allows(_ service: String) -> Bool { allowed?.include(courier.code, service) ?? true }
            guard courier.collects(at: origin) else {
                refused += courier.tariff.services.map(\.code).map {
                    Refused(courier: courier.code, service: $0, reason: allows($0) ? .elsewhere(origin.code) : .noRule)
                }
                continue
            }
            let rate = policy.rates.first { $0.currency == courier.tariff.currency }
            let (isForeign, leavesAt) = (courier.tariff.currency != currency, shipment.leavesAt(by: courier))
            let answer = courier.tariff.quotes(
                for: shipment.parcel.valued(at: isForeign ? rate : nil, in: currency), to: country,
                postcode: address?.postcode ?? "")
            for (service, objection) in answer.objections {
                // What no rule allows is not to be measured, nor divided, nor to go there, for its sake.
                let reason: Refused.Reason =
                    if !allows(service) { .noRule } else if objection == .noZone { .unserved(country) }
                    else { .tariff(objection, courier.tariff.currency) }
                refused.append(Refused(courier: courier.code, service: service, reason: reason))
            }
            for quote in answer.quotes {
                func refuse(_ reason: Refused.Reason) {
                    refused.append(Refused(courier: courier.code, service: quote.service, reason: reason))
                }
                guard allows(quote.service) else {
                    refuse(.noRule)
                    continue
                }
                if let gap = shipment.customsGap, courier.connection != Courier.ownConnection {
                    refuse(.customs(gap))
                    continue
                }
                guard let price = isForeign ? rate?.amount(quote.price.amount, in: currency) : quote.price.amount else {
                    refuse(.charges(quote.price.currency, counted: currency))
                    continue
                }
                let record = CourierRecord.best(of: records, for: courier.code, quote.service)
                let counted = (price: Money(price, currency), rate: isForeign ? rate : nil)
                let option = Self.option(quote, counted, of: courier, leavesAt, for: shipment, policy, record)
                guard option.daysLate != nil || !shipment.hurries else {
                    refuse(.noTime)
                    continue
                }
                options.append(option)
            }
        }
        self.options = options.sorted {
            ($0.daysLate == nil ? 1 : 0, $0.cost, $0.counted.amount, $0.courier, $0.service)
                < ($1.daysLate == nil ? 1 : 0, $1.cost, $1.counted.amount, $1.courier, $1.service)
        }
        self.refused = refused
    }

    /// Days beyond which it makes no difference how late something is: a year's.
    private static let lateDaysMax: Int64 = 366

    private static func option(
        _ quote: Tariff.Quote, _ counted: (price: Money, rate: ExchangeRate?), of courier: Courier,
        _ leavesAt: Timestamp, for shipment: Shipment, _ policy: CourierPolicy, _ record: CourierRecord?
    ) -> Option {
        let service = courier.tariff.services.first { $0.code == quote.service }
        let calendar = shipment.origin.calendar
        let arrival = service?.arrival(leaving: leavesAt, by: calendar, except: courier.holidays)
        // Where nothing was promised, nothing is late.
        var late: Int64? = shipment.deliverBy == nil ? 0 : nil
        if let arrival, let promise = shipment.deliverBy {
            late = Self.daysLate(arrival, after: promise, by: calendar)
        }
        let percent = record?.onTimePercent
        let delay = min(late ?? 0, Self.lateDaysMax) * policy.latePerDay
        let risk = policy.latePerDay * (100 - (percent ?? 100)) / 100
        return Option(
            courier: courier.code, service: quote.service, name: service?.name ?? quote.service, quote: quote,
            leavesAt: leavesAt, arrivesAt: arrival, daysLate: late, onTimePercent: percent, counted: counted.price,
            rate: counted.rate, risk: risk, cost: min(Money.amountMax, counted.price.amount + delay + risk))
    }

    /// Couriers and customers count days: what comes at another hour of the promised day is in time.
    private static func daysLate(
        _ arrival: Timestamp, after promise: Timestamp, by calendar: BusinessCalendar
    ) -> Int64 {
        let seconds = (arrival - promise).count
        guard seconds > 0 else { return 0 }
        return seconds % 86_400 == 0 ? seconds / 86_400 : calendar.day(of: arrival) - calendar.day(of: promise)
    }

    public func write(to json: inout JSONWriter) {
        json.array("options") { list in
            for option in options {
                list.object {
                    $0.member("courier", option.courier)
                    $0.member("service", option.service)
                    $0.member("name", option.name)
                    $0.member("price", option.quote.price)
                    $0.member("zone", option.quote.zone)
                    $0.member("charged_weight_g", option.quote.chargedGrams)
                    $0.array("surcharges") { lines in
                        for line in option.quote.surcharges {
                            lines.object {
                                $0.member("name", line.name)
                                $0.member("amount", Money(line.amount, option.quote.price.currency))
                            }
                        }
                    }
                    $0.member("leaves_at", option.leavesAt)
                    $0.member("arrives_at", option.arrivesAt)
                    $0.member("time_known", option.arrivesAt != nil)
                    $0.member("days_late", option.daysLate)
                    $0.member("on_time_percent", option.onTimePercent)
                    $0.member("counted", option.counted)
                    if let rate = option.rate {
                        $0.name("exchange_rate")
                        rate.write(to: &$0)
                    }
                    $0.member("cost", Money(option.cost, option.counted.currency))
                }
            }
        }
        json.array("refused") { list in
            for (service, reason) in objections.sorted(by: { $0.key < $1.key }) {
                list.object {
                    $0.member("service", service)
                    $0.member("reason", reason)
                }
            }
        }
    }
}

extension CourierPolicy {
    /// What the first rule that holds allows; nil where none holds: then everything is allowed.
    func services(for shipment: CourierChoice.Shipment) -> [String]? {
        rules.first { rule in
            rule.when.holds { name in
                guard let fact = ParcelFact(rawValue: name) else { return shipment.order.values(named: name) }
                switch fact {
                case .weight: return [.number(shipment.parcel.grams)]
                case .longest: return shipment.parcel.size.map { [.number($0.edges[0])] } ?? []
                case .value: return [.number(shipment.parcel.value)]
                case .origin, .originCountry: return shipment.origin.values(named: name)
                }
            }
        }?.services
    }
}

extension Tariff.Parcel {
    /// The same with its value, and what is paid for it at the door, in the currency of a tariff, as far as there is a
    /// rate.
    fileprivate func valued(at rate: ExchangeRate?, in currency: Currency) -> Tariff.Parcel {
        guard let rate, let value = rate.amount(value, of: currency), let cash = rate.amount(cash, of: currency)
        else { return self }
        return Tariff.Parcel(grams: grams, size: size, value: value, requirements: requirements, cash: cash)
    }
}

extension Tariff.Objection {
    /// For people. - Parameter currency: The tariff's.
    func explanation(in currency: Currency) -> String {
        switch self {
        case .noZone: "it does not serve that country"
        case .zoneNotServed(let zone): "it does not serve the zone \(zone)"
        case .tooHeavy(let most): "too heavy: at most \(most) g"
        case .tooLarge(let most): "too large" + (most.map { ": at most \($0)" } ?? "")
        case .tooLong(let most): "too long: at most \(most) mm"
        case .tooMuchGirth(let most): "too large: length and girth are at most \(most) mm"
        case .notMeasured(let most): "nobody measured it: of that weight it takes what is at most \(most)"
        case .tooValuable(let most): "worth more than it may carry: at most \(Money(most, currency))"
        case .noCash: "takes no cash at the door"
        case .tooMuchCash(let most, let due):
            "collects up to \(Money(most, currency)) at the door, \(Money(due, currency)) are due"
        case .notCarried: "its goods need what this service may not carry"
        }
    }
}

extension Tariff.Size: CustomStringConvertible {
    public var description: String { edges.map(String.init).joined(separator: " × ") + " mm" }
}
