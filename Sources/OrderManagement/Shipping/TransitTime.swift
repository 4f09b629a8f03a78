/// When a courier's service is at the door.
extension Tariff.Service {
    /// - Parameters:
    ///   - calendar: Of the location that it leaves: its clocks say which day that is.
    ///   - holidays: Of its courier, who is at no door then; counted from 1970-01-01.
    /// - Returns: nil where the service says no time.
    func arrival(
        leaving: Timestamp, by calendar: BusinessCalendar, except holidays: Set<Int64> = []
    ) -> Timestamp? {
        guard let days else { return nil }
        let weekdays = deliveryDays.flatMap { $0.isEmpty || $0.count == 7 ? nil : $0 }
        guard weekdays != nil || !holidays.isEmpty else { return leaving + .days(days) }
        let first = calendar.day(of: leaving)
        func comes(after passed: Int64) -> Bool {
            !holidays.contains(first + passed)
                && weekdays?.contains(BusinessCalendar.weekday(ofDay: first + passed)) ?? true
        }
        var (passed, counted) = (Int64(0), Int64(0))
        while counted < days {
            passed += 1
            if comes(after: passed) { counted += 1 }
        }
        // On the very day, where it comes then; else on the next on which it does.
        while !comes(after: passed) { passed += 1 }
        let arrival = leaving + .days(passed)
        // Near midnight an hour of daylight saving would make it another day.
        return calendar.day(of: arrival) == first + passed ? arrival : calendar.moment(passed, after: leaving)
    }
}
