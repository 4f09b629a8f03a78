import OrderManagement

/// What waits at a location for each courier, couriers that were called, and what they took along.
struct HandOverPage: Page {
    static let template = "hand-overs"

    /// A courier with what waits for it.
    struct Waiting: Sendable {
        var name: String
        /// "3 parcels, 4.2 kg"
        var load: String
        var isEmpty: Bool
        var list: PageLink?
        var actions: ActionBar
    }

    /// A courier that was called.
    struct Visit: Sendable {
        var courier: String
        var when: TimeText
        var until: String
        var load: String
        var status: Pill
        var reason: String?
        var actions: ActionBar
    }

    /// What a courier took along.
    struct Taken: Sendable {
        var courier: String
        var at: TimeText
        var by: String
        var parcels: String
        var manifest: Pill
        var reason: String?
        var list: PageLink?
    }

    let title = "Hand-over"
    let address = "/console/hand-overs"
    let filters: [FormInput]
    let isChosen: Bool
    /// Of the location's times, where that is not the console's own.
    let zone: String?
    let waiting: [Waiting]
    let visits: [Visit]
    let hasVisits: Bool
    let taken: [Taken]
    let hasTaken: Bool
}

/// What the page shows, from one snapshot.
struct HandOverReading: Sendable {
    let location: Location
    let lists: [HandOver]
    let visits: [CourierPickup]
    let taken: [ClosedHandOver]
    /// What couriers are called, by code.
    let names: [String: String]
    /// What those are called who closed lists.
    let principals: [String: String]

    private static let shownMax = 20

    /// How many parcels are on the lists, or wait beyond them; nil for none.
    var waiting: Int64? {
        let parcels = lists.reduce(0) { $0 + $1.parcels }
        return parcels > 0 ? Int64(parcels) : nil
    }

    init(_ location: Location, _ configuration: Configuration, in db: any Connection) throws {
        self.location = location
        let couriers = configuration.couriers.values.sorted { $0.code < $1.code }
        // One that was switched off still takes along what bears its labels.
        lists = try HandOver.lists(at: location, by: couriers, from: db)
            .filter { $0.courier.isActive || $0.parcels > 0 }
        visits = try CourierPickupStore.page(
            of: location.code, nil, before: CourierPickupID(.max), limit: Self.shownMax, in: db)
        taken = try ClosedHandOverStore.page(
            of: location.code, nil, before: HandOverID(.max), limit: Self.shownMax, in: db)
        names = configuration.couriers.mapValues(\.name)
        principals = try PrincipalNames.of(Set(taken.map(\.closedBy)), in: db)
    }
}

extension HandOverPage {
    /// - Parameter counts: How many parcels wait, by location.
    init(
        _ reading: HandOverReading?, locations: [Location], counts: [String: Int64], visit: ConsoleVisit,
        hasPapers: Bool
    ) {
        let zone = reading?.location.calendar.zone ?? WallClock.home
        let clock = WallClock(now: visit.now, zone: zone)
        let query = reading.map { "?location=\(PercentCoding.encoded($0.location.code))" }
        let back = "/console/hand-overs" + (query ?? "")
        let forms = HandOverForms(visit: visit, clock: clock, back: back)
        filters = [
            FormInput(
                "Location", name: "location",
                choices: locations.map { place in
                    let count = counts[place.code].map { " (\(MoneyText.of($0)))" } ?? ""
                    return Choice(
                        value: place.code, label: place.name + count,
                        isSelected: place.code == reading?.location.code)
                })
        ]
        isChosen = reading != nil
        self.zone = zone == WallClock.home ? nil : zone
        waiting = (reading?.lists ?? []).map { list in
            Waiting(
                name: list.courier.name, load: Self.load(of: list), isEmpty: list.entries.isEmpty,
                list: hasPapers && !list.entries.isEmpty ? Self.link(to: list) : nil, actions: forms.of(list))
        }
        visits = (reading?.visits ?? []).map { pickup in
            let wish = pickup.agreed
            return Visit(
                courier: reading?.names[pickup.courier] ?? pickup.courier, when: clock.time(wish.ready),
                until: String(clock.time(wish.closes).text.suffix(5)),
                load: Self.load(wish.parcels, grams: wish.weightGrams), status: Pill(pickup: pickup.state),
                reason: pickup.reason, actions: forms.of(pickup))
        }
        taken = (reading?.taken ?? []).map { closed in
            Taken(
                courier: reading?.names[closed.courier] ?? closed.courier, at: clock.time(closed.closedAt),
                by: reading?.principals[closed.closedBy] ?? closed.closedBy, parcels: MoneyText.of(closed.parcels),
                manifest: Pill(manifest: closed.manifest), reason: closed.reason,
                list: hasPapers
                    ? PageLink(label: "List", address: "\(Console.papers)/hand-overs/\(closed.id)/manifest.pdf") : nil)
        }
        (hasVisits, hasTaken) = (!visits.isEmpty, !taken.isEmpty)
    }

    private static func load(of list: HandOver) -> String {
        guard !list.entries.isEmpty else { return "Nothing waits" }
        let listed = list.isMore ? "; the list has the first \(list.fulfillments.count) fulfillments" : ""
        let shared = list.shared == 0 ? "" : "; of \(list.shared) "
            + (list.shared == 1 ? "fulfillment" : "fulfillments") + " other parcels go by "
            + list.names.sorted { $0.key < $1.key }.map(\.value).joined(separator: ", ")
        let cash = list.cash.map { MoneyText.of($0) }.joined(separator: " + ")
        let collected = cash.isEmpty ? "" : "; \(cash) to be collected at the door"
        return load(Int64(list.parcels), grams: list.weightGrams) + collected + listed + shared
    }

    private static func load(_ parcels: Int64, grams: Int64) -> String {
        let weight = grams < 1_000 ? "\(grams) g" : "\(MoneyText.of(grams / 1_000)).\(grams % 1_000 / 100) kg"
        return "\(MoneyText.of(parcels)) \(parcels == 1 ? "parcel" : "parcels"), \(weight)"
    }

    private static func link(to list: HandOver) -> PageLink {
        let query = "location=\(PercentCoding.encoded(list.location.code))&courier="
            + PercentCoding.encoded(list.courier.code)
        return PageLink(label: "List", address: "\(Console.papers)/hand-overs.pdf?\(query)")
    }
}

extension Pill {
    fileprivate init(pickup state: CourierPickup.State) {
        switch state {
        case .requested: self.init("Being called", .progress)
        case .booked: self.init("Comes", .good)
        case .refused: self.init("Does not come", .danger)
        case .changing: self.init("Being changed", .progress)
        case .cancelling: self.init("Being cancelled", .progress)
        case .cancelled: self.init("Cancelled", .quiet)
        case .kept: self.init("Comes all the same", .caution)
        }
    }

    fileprivate init(manifest state: ClosedHandOver.ManifestState) {
        switch state {
        case .pending: self.init("Manifest asked for", .progress)
        case .made: self.init("Manifest", .good)
        case .forgone: self.init("Own list", .neutral)
        case .refused: self.init("No manifest", .danger)
        }
    }
}

extension Console {
    /// Locations whose waiting parcels are counted.
    private static let countedMax = 200

    /// Without a location, that is shown where most parcels wait.
    var handOverPage: Endpoint {
        page("/console/hand-overs", .fulfillmentsRead, .handOvers, query: ["location"]) { visit in
            let wanted = visit.request.query.text("location")
            let principal = visit.principal
            let (locations, counts, reading) = try await waybill.read { db in
                let configuration = try known.configuration(in: db)
                let locations = configuration.locations.values.filter { principal.sees(location: $0.code) }
                    .sorted { $0.code < $1.code }
                var counts = try HandOver.waiting(at: locations.prefix(Self.countedMax).map(\.code), in: db)
                let busiest = counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? locations.first?.code
                let place = locations.first { $0.code == wanted ?? busiest }
                let reading = try place.map { try HandOverReading($0, configuration, in: db) }
                // What is shown is what its lists add up to.
                if let reading { counts[reading.location.code] = reading.waiting }
                return (locations, counts, reading)
            }
            return HandOverPage(
                reading, locations: locations, counts: counts, visit: visit, hasPapers: paperwork != nil)
        }
    }
}
