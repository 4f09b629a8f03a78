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
            guard let day = json.integer, (1...7).contains(day) else {
                problems.note("expected a weekday from 1, Monday, to 7, found \(problems.found(json))")
                return nil
            }
            if let open = calendar?.openWeekdays, !open.contains(Int(day)) {
                let known = open.sorted().map(String.init).joined(separator: ", ")
                problems.note("nobody is there on weekday \(day) to hand over: the calendar is open on \(known)")
            }
            return Int(day)
        }
        guard let minutes = CourierCutoff.minutes(clock) else {
            if !clock.isEmpty {
                problems.note(at: "cutoff", "must be a time of day from 00:00 to 23:59, as 16:30, is \(clock)")
            }
            return nil
        }
        return CourierCutoff(courier: courier, minutes: minutes, days: days.map { Set($0) })
    }

    /// Days on which a courier neither collects nor delivers.
    mutating func courierHolidays() -> Set<Int64> {
        let problems = problems
        let days = values("holidays", 0...Courier.holidaysMax) { json -> Int64? in
            guard let date = problems.text(json, max: 64) else { return nil }
            guard let day = BusinessCalendar.day(ofDate: date) else {
                problems.note("must be a day as 2026-12-25, is \(date)")
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

    static let savedLocation = Schema.named(
        "SavedLocation",
        .object([.must("code", .text(max: 64))] + newLocation + [.may("oddities", oddities)]))

    static let oddities = Schema.list(.text(max: 1_000), max: Courier.odditiesMax + 1)
}
