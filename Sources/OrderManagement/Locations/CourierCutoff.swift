/// Until when parcels for a courier must be ready at a location: its van comes then, at another hour than the
/// location's own cut-off, or on other days.
///
/// It stands with the location, not with the courier: its clock is the location's, and so are its holidays; who opens a
/// location says all of its hours in one place, and a price list is imported anew without them.
public struct CourierCutoff: Hashable, Sendable {
    /// By its code.
    public let courier: String
    /// Minutes after local midnight.
    public let minutes: Int64
    /// Weekdays, Monday 1 to Sunday 7; nil for all on which the location is open.
    public let days: Set<Int>?

    /// Of one location.
    public static let countMax = 200

    public init(courier: String, minutes: Int64, days: Set<Int>? = nil) {
        (self.courier, self.minutes, self.days) = (courier, minutes, days)
    }

    /// Minutes after midnight of a time of day as clocks show it; nil for what is none, and beyond 23:59.
    public static func minutes(_ clock: String) -> Int64? {
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].utf8.count), parts[1].utf8.count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int64(parts[0]), let minute = Int64(parts[1]), hour < 24, minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    /// `16:30`
    public var clock: String { BusinessCalendar.clock(minutes: minutes) }

    func comes(onWeekday day: Int) -> Bool { days?.contains(day) ?? true }

    /// Whether both are one courier at one hour of some weekday.
    public func repeats(_ other: CourierCutoff) -> Bool {
        guard courier == other.courier, minutes == other.minutes else { return false }
        guard let days, let others = other.days else { return true }
        return !days.isDisjoint(with: others)
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("courier", courier)
            $0.member("cutoff", clock)
            if let days { $0.array("days") { list in for day in days.sorted() { list.value(day) } } }
        }
    }

    init(stored json: JSON) throws {
        guard let minutes = Self.minutes(try json.text("cutoff")) else {
            throw BrokenInvariant("a stored cut-off of a courier cannot be read: \(json.text)")
        }
        self.init(
            courier: try json.text("courier"), minutes: minutes,
            days: (json["days"]?.array).map { Set($0.compactMap { $0.integer.map(Int.init) }) })
    }
}

extension Location {
    /// Beyond so many days without a van there is none in sight: the location's own cut-off counts then.
    private static let daysAheadMax: Int64 = 400

    /// When a courier next takes along what is ready by a moment: at its own cut-offs here, or else at the location's;
    /// never while the location is closed, nor on the courier's holidays.
    public func nextCutoff(of courier: Courier, from moment: Timestamp) -> Timestamp {
        let own = courierCutoffs.filter { $0.courier == courier.code }
        guard !own.isEmpty || !courier.holidays.isEmpty else { return calendar.nextCutoff(from: moment) }
        let first = calendar.day(of: moment)
        for day in first..<first + Self.daysAheadMax where calendar.isOpen(onDay: day) {
            guard !courier.holidays.contains(day) else { continue }
            let weekday = BusinessCalendar.weekday(ofDay: day)
            let hours = own.isEmpty
                ? [calendar.cutoffMinutes] : own.filter { $0.comes(onWeekday: weekday) }.map(\.minutes)
            let vans = hours.map { calendar.moment(onDay: day, minutes: $0) }
            if let next = vans.filter({ moment < $0 }).min() { return next }
        }
        return calendar.nextCutoff(from: moment)
    }

    /// From when on goods may be handed over that may be worked on from a moment on, and whose work is due by a
    /// cut-off: on the day of that, where they wait for a day that has room for them.
    func readyAt(from moment: Timestamp, dueBy cutoff: Timestamp) -> Timestamp {
        guard !courierCutoffs.isEmpty else { return moment }
        return max(moment, calendar.moment(onDay: calendar.day(of: cutoff), minutes: 0))
    }
}

extension Configuration {
    /// What is wrong with couriers' cut-offs of locations that are to be saved: there is no such courier.
    func objections(
        toCutoffsOf wanted: [Location], _ pointer: (Int) -> String
    ) -> [Refusal.Detail] {
        wanted.enumerated().flatMap { index, location in
            location.courierCutoffs.enumerated().compactMap { place, cutoff in
                guard couriers[cutoff.courier] == nil else { return nil }
                return .init(
                    "\(pointer(index))/courier_cutoffs/\(place)/courier", .unknownCourier,
                    words(withoutCourier: cutoff.courier))
            }
        }
    }
}
