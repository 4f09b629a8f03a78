import OrderManagement

/// When couriers come to a location, and when they come nowhere, as bodies.
extension Fields {
    /// A location's cut-offs of couriers.
    /// - Parameter calendar: Its own; nil where that is wrong, which is said already.
    mutating func courierCutoffs(beside calendar: BusinessCalendar?) -> [CourierCutoff] {
        var known: [CourierCutoff] = []
        _ = optionalList("courier_cutoffs", 0...CourierCutoff.countMax) { fields in
            guard let cutoff = fields.courierCutoff(beside: calendar) else { return }
            if known.contains(where: cutoff.repeats) {
                fields.problems.note(
                    at: "cutoff", "\(cutoff.courier) has the cut-off \(cutoff.clock) on the same day before")
            }
            known.append(cutoff)
        }
        return known
    }

    private mutating func courierCutoff(beside calendar: BusinessCalendar?) -> CourierCutoff? {
        let (courier, clock) = (text("courier", max: PlainCode.charactersMax), text("cutoff", max: 16))
        let problems = problems
        let days = values("days", 1...7) { json -> Int? in
            guard let day = problems.weekday(json) else { return nil }
            if let open = calendar?.openWeekdays, !open.contains(day) {
                let known = open.sorted().map(String.init).joined(separator: ", ")
                problems.note("nobody is there on weekday \(day) to hand over: the calendar is open on \(known)")
            }
            return day
        }
        guard let minutes = CourierCutoff.minutes(clock) else {
            if !clock.isEmpty {
                problems.note(at: "cutoff", "must be a time of day from 00:00 to 23:59, as 16:30, is \(clock)")
            }
            return nil
        }
        return CourierCutoff(courier: courier, minutes: minutes, days: days.map { Set($0) })
    }

    /// Days on which a location is closed, or a courier neither collects nor delivers: as `2026-12-25`, or, as
    /// documents had it before, as days since 1970-01-01.
    mutating func holidays(atMost most: Int) -> Set<Int64> {
        let problems = problems
        let days = values("holidays", 0...most) { json -> Int64? in
            if let day = json.integer, BusinessCalendar.holidays.contains(day) { return day }
            let day = json.string.flatMap(BusinessCalendar.day(ofDate:))
            guard let day, BusinessCalendar.holidays.contains(day) else {
                let found = json.string.map { $0.prefix(40).description } ?? problems.foundNumber(json)
                problems.note("must be a day as 2026-12-25, is \(found)")
                return nil
            }
            return day
        }
        return Set(days ?? [])
    }
}

extension Shapes {
    static let courierCutoff = Schema.named(
        "CourierCutoff",
        .object([
            .must("courier", .text(max: PlainCode.charactersMax)), .must("cutoff", .text(max: 16)),
            .may("days", .list(.integer(1...7), max: 7)),
        ]))

    /// Days as `2026-12-25`, which is how they are answered; taken as days since 1970-01-01 as well.
    static func holidays(atMost most: Int) -> Schema { .list(.either(.text(max: 10), .count), max: most) }

    static let savedLocation = Schema.named(
        "SavedLocation",
        .object([.must("code", .text(max: 64))] + newLocation + [.may("oddities", oddities)]))

    static let oddities = Schema.list(.text(max: 1_000), max: Courier.odditiesMax + 1)
}
