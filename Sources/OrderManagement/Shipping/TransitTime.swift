/// When a courier's service is at the door.
extension Tariff.Service {
    /// - Parameter calendar: Of the location that it leaves: its clocks say which day that is.
    /// - Returns: nil where the service says no time.
    func arrival(leaving: Timestamp, by calendar: BusinessCalendar) -> Timestamp? {
        guard let days else { return nil }
        guard let deliveryDays, !deliveryDays.isEmpty, deliveryDays.count < 7 else { return leaving + .days(days) }
        let first = calendar.day(of: leaving)
        func comes(after passed: Int64) -> Bool {
            deliveryDays.contains(BusinessCalendar.weekday(ofDay: first + passed))
        }
        var (passed, counted) = (Int64(0), Int64(0))
        while counted < days {
            passed += 1
            if comes(after: passed) { counted += 1 }
        }
        // On the very day, where it comes then; else on the next on which it does.
        while !comes(after: passed) { passed += 1 }
        return leaving + .days(passed)
    }
}
