/// The days of locations: what is counted on each is the work that orders have there.
enum CapacityBook {
    static func add(_ order: Order, to days: inout [WorkDay: Int64]) {
        for (day, units) in order.countedDays { days[day, default: 0] &+= units }
    }

    /// Walked after the orders.
    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        var after = WorkDay(location: "", day: .min)
        while true {
            let page = try WorkDayStore.page(after: after, limit: Doctor.rowsMax, in: examination.db)
            for (day, load) in page {
                let derived = examination.days.removeValue(forKey: day) ?? 0
                examination.compare(
                    .allocations, name(day), "taken", expected: derived, found: load.taken,
                    "A day's work is what fulfillments take of it that are neither rejected nor cancelled.")
                if let capacity = load.capacity, load.taken > capacity {
                    examination.finding(
                        .allocations, name(day), "taken \(capacity) at most", "taken \(load.taken)",
                        "No day takes more than it can.")
                }
            }
            examination.count(.allocations, page.count)
            guard let last = page.last?.0, page.count == Doctor.rowsMax else { break }
            after = last
        }
        for (day, units) in examination.days.sorted(by: { $0.key < $1.key }) where units != 0 {
            examination.compare(
                .allocations, name(day), "taken", expected: units, found: 0,
                "A day's work is what fulfillments take of it that are neither rejected nor cancelled.")
        }
        progress(1)
    }

    private static func name(_ day: WorkDay) -> String {
        "\(day.location) on \(BusinessCalendar.date(ofDay: day.day))"
    }
}
