/// Where a parcel would go: a country and a postcode, written `GB-LS1 4AP`.
public struct Destination: Hashable, Sendable {
    /// ISO 3166-1, two capital letters.
    public let country: String
    public let postcode: String

    /// What is said of text that is none.
    public static let expectation =
        "must be a country and a postcode as GB-LS1 4AP (ISO 3166-1), or a country that needs no postcode alone, as AE"
    private static let postcodeMax = 20

    /// A country and a postcode; the country alone where its addresses are taken without one.
    ///
    /// - Returns: nil for other text.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let code = parts.first, code.utf8.count == 2, code.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            return nil
        }
        let rest = parts.dropFirst().first ?? ""
        guard rest.count <= Self.postcodeMax,
            rest.allSatisfy({ $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" })
        else { return nil }
        country = String(code)
        guard rest.contains(where: { $0 != " " }) else {
            // Shops that put both together by rule write `AE-`.
            guard Country.isKnown(country), Postcode.objection(to: "", in: country) == nil else { return nil }
            postcode = ""
            return
        }
        postcode = String(rest)
    }
}

/// A way in which units of a SKU can be shipped somewhere right now.
public struct DeliveryOption: Sendable {
    /// A service of the channel.
    public let service: String
    public let available: Int64
    /// Of the location that has some of it and delivers soonest.
    public let shipBy: Timestamp
    public let deliverBy: Timestamp

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("method", Fulfillment.Method.ship.rawValue)
            $0.member("service", service)
            $0.member("available", available)
            $0.member("ship_by", shipBy)
            $0.member("deliver_by", deliverBy)
        }
    }
}

/// How could it be shipped there, if it were ordered now?
public struct DeliveryQuestion: Sendable {
    public let destination: Destination
    public let now: Timestamp

    public init(to destination: Destination, at now: Timestamp) {
        self.destination = destination
        self.now = now
    }

    /// The channel's services for units that lie at some locations; none where nothing is left to ship.
    ///
    /// - Parameter isFull: Whether a location takes no more work on a day of its own.
    func options(
        for available: Int64, at locations: [Location], of channel: Channel,
        isFull: (Location, Int64) -> Bool = { _, _ in false }
    ) -> [DeliveryOption] {
        guard available > 0 else { return [] }
        return channel.policy.services.compactMap { service in
            let dates = locations.compactMap { location -> (shipBy: Timestamp, deliverBy: Timestamp)? in
                guard let shipBy = location.shipBy(from: now, isFull: { isFull(location, $0) }) else { return nil }
                let isAbroad = location.address.country != destination.country
                let days = isAbroad ? service.foreignDays : service.domesticDays
                return (shipBy: shipBy, deliverBy: shipBy + .days(days))
            }
            let soonest = dates.min { ($0.deliverBy, $0.shipBy) < ($1.deliverBy, $1.shipBy) }
            return soonest.map {
                DeliveryOption(
                    service: service.code, available: available, shipBy: $0.shipBy, deliverBy: $0.deliverBy)
            }
        }
    }
}
