/// Why services do not take a parcel, for people: alike reasons together, and first those of services that are allowed,
/// serve the destination and may carry the goods, as these are the ones that something can be done about.
extension CourierChoice {
    /// Characters of all reasons together: an exception has room for them.
    private static let explanationMax = 1_500
    /// Services of one reason that are named.
    private static let namedMax = 3

    /// Why nobody takes it; what there is no room for is counted.
    public var explanation: String {
        guard !refused.isEmpty else { return "no courier is set up: save one by PUT /v1/couriers/{code}" }
        var services: [String: [String]] = [:]
        var ranks: [String: (Int, Int64)] = [:]
        for refusal in refused {
            let words = refusal.reason.explanation
            services[words, default: []].append("\(refusal.courier)/\(refusal.service)")
            let (before, rank) = (ranks[words] ?? (.max, .max), refusal.reason.rank)
            ranks[words] = rank < before ? rank : before
        }
        let sorted = services.sorted { left, right in
            let (first, second) = (ranks[left.key] ?? (0, 0), ranks[right.key] ?? (0, 0))
            return first == second ? left.key < right.key : first < second
        }
        var (text, left) = ("", refused.count)
        for (words, names) in sorted {
            let next = (text.isEmpty ? "" : "; ") + Self.sentence(words, names.sorted())
            guard text.isEmpty || text.count + next.count <= Self.explanationMax else { break }
            text += next
            left -= names.count
        }
        return text + (left > 0 ? "; and \(left) more" : "")
    }

    private static func sentence(_ words: String, _ names: [String]) -> String {
        if names.count == 1 { return "\(names[0]): \(words)" }
        let some = names.prefix(namedMax).joined(separator: ", ") + (names.count > namedMax ? ", …" : "")
        return "\(words): \(names.count) services (\(some))"
    }
}

extension CourierChoice {
    enum Measure { case weight, size }

    /// Whether some service would take it, were it not for what it weighs or measures.
    func refuses(_ measure: Measure) -> Bool {
        refused.contains { refusal in
            guard case .tariff(let objection, _) = refusal.reason else { return false }
            return switch objection {
            case .tooHeavy: measure == .weight
            case .tooLarge, .tooLong, .tooMuchGirth: measure == .size
            case .noZone, .zoneNotServed, .notMeasured, .tooValuable, .tooMuchCash, .notCarried, .noCash: false
            }
        }
    }

    /// Whether some service may take goods of a parcel in others: in lighter, smaller or less valuable ones, or those
    /// that need something apart from the rest.
    func mayTakeParts(of parcel: Parcel) -> Bool {
        let units = parcel.lines.reduce(0) { $0 + $1.quantity }
        return refused.contains { refusal in
            switch refusal.reason {
            case .tariff(.tooHeavy, _), .tariff(.tooLarge, _), .tariff(.tooLong, _), .tariff(.tooMuchGirth, _),
                .tariff(.tooValuable, _), .tariff(.tooMuchCash, _):
                units > 1
            case .tariff(.notCarried, _): parcel.lines.count > 1
            case .tariff(.notMeasured, _), .tariff(.noZone, _), .tariff(.zoneNotServed, _), .tariff(.noCash, _),
                .unserved, .elsewhere, .noRule, .charges, .noTime, .customs:
                false
            }
        }
    }
}

extension CourierChoice.Refused.Reason {
    /// The least is the nearest to a yes; of parcels that are too heavy, where the least is missing.
    fileprivate var rank: (Int, Int64) {
        switch self {
        case .tariff(.notMeasured, _): (0, 0)
        case .tariff(.tooHeavy(let most), _): (1, -most)
        case .tariff(.tooLarge, _), .tariff(.tooLong, _), .tariff(.tooMuchGirth, _): (2, 0)
        case .tariff(.tooValuable(let most), _), .tariff(.tooMuchCash(let most, _), _): (2, -most)
        case .customs, .charges: (3, 0)
        case .noTime: (4, 0)
        case .tariff(.notCarried, _), .tariff(.noCash, _): (5, 0)
        case .elsewhere: (6, 0)
        case .tariff(.zoneNotServed, _): (7, 0)
        case .unserved, .tariff(.noZone, _): (8, 0)
        case .noRule: (9, 0)
        }
    }

    /// For people.
    var explanation: String {
        switch self {
        case .tariff(let objection, let currency): objection.explanation(in: currency)
        case .unserved(let country): "it does not serve \(country)"
        case .elsewhere(let origin): "it does not collect at \(origin)"
        case .noRule: "no rule of the channel allows it for this parcel"
        case .charges(let currency, let counted):
            "it charges in \(currency), the channel counts in \(counted) and has no exchange rate for it"
        case .customs(let gap): gap
        case .noTime: "no time is known of it (days), and the customer asked for a faster delivery"
        }
    }
}
