/// A day of a location's own calendar, counted from 1970-01-01.
struct WorkDay: Hashable, Comparable, Sendable {
    let location: String
    let day: Int64
    static func < (left: Self, right: Self) -> Bool { (left.location, left.day) < (right.location, right.day) }
}

/// How much work a location has taken on for a day.
public struct DayLoad: Hashable, Sendable {
    /// Fulfillments that are to leave on it, or to be ready, other than rejected and cancelled ones.
    public var taken: Int64 = 0
    /// How many it could take when the last one was counted; nil for any number.
    public var capacity: Int64?
    /// Whether it has said that it takes no more.
    public var isClosed = false
    /// Whether a job will serve those who wait once the day is over.
    var resumes = false

    public init() {}

    /// Days from today on which work may be put; behind them a location counts as full.
    static let daysAhead = 14
}

extension Location {
    /// Whether its days are counted.
    var countsDays: Bool { capacityPerDay != nil || closesForNoCapacity }

    /// Whether a day takes no more work.
    func isFull(_ day: Int64, in loads: [WorkDay: DayLoad]) -> Bool {
        guard let load = loads[WorkDay(location: code, day: day)] else { return capacityPerDay == 0 }
        return load.isClosed || capacityPerDay.map { load.taken >= $0 } ?? false
    }

    /// The first cut-off from a moment on whose day takes more work; nil where none of the next days does.
    func shipBy(from moment: Timestamp, isFull: (Int64) -> Bool) -> Timestamp? {
        var next = calendar.nextCutoff(from: moment)
        for _ in 0..<DayLoad.daysAhead {
            if !isFull(calendar.day(of: next)) { return next }
            next = calendar.nextCutoff(from: next)
        }
        return nil
    }
}

extension Fulfillment {
    /// The day on which it takes of its location's capacity; nil where it takes nothing.
    func counted() -> WorkDay? {
        guard let workDay, state != .rejected, state != .cancelled else { return nil }
        return WorkDay(location: location, day: workDay)
    }
}

extension Order {
    /// How many of its fulfillments are counted on each day.
    var countedDays: [WorkDay: Int64] {
        var days: [WorkDay: Int64] = [:]
        for fulfillment in fulfillments { if let day = fulfillment.counted() { days[day, default: 0] += 1 } }
        return days
    }
}

extension Work {
    /// Whether a location takes no more work on a day, given what this order has put there already.
    func isFull(_ location: Location, on day: Int64, beside order: Order) -> Bool {
        let key = WorkDay(location: location.code, day: day)
        // What nobody has looked at could be anything.
        guard rows.days.isLoaded(key) else { return true }
        let load = rows.days[key] ?? DayLoad()
        if load.isClosed { return true }
        guard let capacity = location.capacityPerDay else { return false }
        let before = peek(order.id)?.countedDays[key] ?? 0
        return load.taken + (order.countedDays[key] ?? 0) - before >= capacity
    }

    /// The next cut-off of a location from a moment on; from now on, where none is said.
    func cutoff(of location: Location, from moment: Timestamp? = nil) -> Timestamp {
        let from = moment ?? now
        if let known = rows.cutoffs[location.code], known.from <= from, from < known.next { return known.next }
        let next = location.calendar.nextCutoff(from: from)
        rows.cutoffs[location.code] = (from, next)
        return next
    }

    /// The first cut-off of a location from a moment on, on a day that takes more work; nil for none in sight.
    func shipBy(of location: Location, from moment: Timestamp? = nil, beside order: Order) -> Timestamp? {
        guard location.countsDays else { return cutoff(of: location, from: moment) }
        return location.shipBy(from: moment ?? now) { isFull(location, on: $0, beside: order) }
    }

    /// Counts what an order's change takes of its locations' days, or gives back.
    mutating func countDays(from before: Order?, to after: Order) {
        let (old, new) = (before?.countedDays ?? [:], after.countedDays)
        guard old != new else { return }
        for key in Set(old.keys).union(new.keys).sorted() {
            let change = (new[key] ?? 0) - (old[key] ?? 0)
            guard change != 0 else { continue }
            var load = rows.days[key] ?? DayLoad()
            load.taken += change
            if change > 0 { load.capacity = configuration.locations[key.location]?.capacityPerDay }
            // A capacity that was lowered meanwhile does not undo what was taken before.
            load.capacity = load.capacity.map { max($0, load.taken) }
            rows.days.put(key, load)
        }
    }

    /// Units wait beside stock, since its place has no day in sight: they are looked at again on each day that comes.
    mutating func awaitDays(for line: OrderLine, of order: Order) {
        for location in configuration.countingLocations
        where line.goods.contains(where: { level(of: $0.sku, at: location.code).promisable > 0 }) {
            if shipBy(of: location, beside: order) == nil { resumeOnNextDay(location) }
        }
    }

    /// Has those who wait for what a location has served at its next cut-off, by one job.
    mutating func resumeOnNextDay(_ location: Location) {
        let due = location.calendar.nextCutoff(from: now)
        let key = WorkDay(location: location.code, day: location.calendar.day(of: due))
        var load = rows.days[key] ?? DayLoad()
        guard rows.days.isLoaded(key), !load.resumes else { return }
        load.resumes = true
        rows.days.put(key, load)
        enqueue(.resumeLocation, payload: location.code, due: due)
    }

    /// A location has said that a day takes no more work: it gets none of that day, whatever its capacity.
    mutating func close(_ location: Location, for shipBy: Timestamp) {
        let day = location.calendar.day(of: max(shipBy, now))
        let key = WorkDay(location: location.code, day: day)
        var load = rows.days[key] ?? DayLoad()
        guard rows.days.isLoaded(key), !load.isClosed else { return }
        load.isClosed = true
        rows.days.put(key, load)
        record(.locationDayClosed) {
            $0.member("location", location.code)
            $0.member("date", BusinessCalendar.date(ofDay: day))
            $0.member("taken", load.taken)
        }
    }
}

extension Needs {
    /// The days on which work could be put from some moments on, at every location that counts them.
    mutating func workDays(from moments: Set<Timestamp>, given work: Work) {
        for location in work.configuration.countingLocations {
            for moment in moments {
                let first = location.calendar.day(of: location.calendar.nextCutoff(from: moment))
                // Closed days lie between: twice as many, and a holiday or two.
                for day in first...(first + Int64(2 * DayLoad.daysAhead)) {
                    workDay(WorkDay(location: location.code, day: day))
                }
            }
        }
    }

    /// The days on which an order's work is counted, and those on which it could be.
    mutating func workDays(of order: Order, given work: Work) {
        guard !work.configuration.countingLocations.isEmpty else { return }
        var moments: Set<Timestamp> = [work.now]
        for line in order.lines {
            if let date = line.availableFrom, date > work.now { moments.insert(date) }
            for sku in [line.sku] + line.components.map(\.sku) {
                if let date = work.item(sku)?.availableFrom, date > work.now { moments.insert(date) }
            }
        }
        workDays(from: moments, given: work)
    }
}

/// The days of locations, in their table.
public enum WorkDayStore {
    private static let load = Statement(
        """
        SELECT location, day, taken, capacity, closed, resumes FROM location_days
        WHERE location = :location AND day = #day
        """)
    private static let insert = Statement(
        """
        INSERT INTO location_days (location, day, taken, capacity, closed, resumes)
        VALUES (:location, #day, #taken, #capacity, #closed, #resumes)
        """)
    /// Guarded by what was read: two writers cannot take the last place of a day.
    private static let update = Statement(
        """
        UPDATE location_days SET taken = #taken, capacity = #capacity, closed = #closed,
            resumes = #resumes
        WHERE location = :location AND day = #day AND taken = #before AND closed <= #closed
        """)
    private static let from = Statement(
        """
        SELECT location, day, taken, capacity, closed, resumes FROM location_days
        WHERE location = :location AND day >= #day ORDER BY day LIMIT #limit
        """)
    private static let page = Statement(
        """
        SELECT location, day, taken, capacity, closed, resumes FROM location_days
        WHERE (location, day) > (:location, #day) ORDER BY location, day LIMIT #limit
        """)

    static func load(_ days: [WorkDay], in db: any Connection, _ visit: (WorkDay, DayLoad) -> Void) throws {
        try db.query(load, days.map { [.text($0.location), .integer($0.day)] }) { row in
            let (key, load) = try Self.row(row)
            visit(key, load)
        }
    }

    /// The days of a location from one on that have some work, or are closed.
    public static func days(
        of location: String, from day: Int64, limit: Int, in db: any Connection
    ) throws -> [(day: Int64, load: DayLoad)] {
        try db.rows(from, [.text(location), .integer(day), SQLValue(limit)]) { row in
            let (key, load) = try Self.row(row)
            return (key.day, load)
        }
    }

    /// The next days of those of some locations that count them.
    static func loads(
        of locations: [Location], from now: Timestamp?, in db: any Connection
    ) throws -> [WorkDay: DayLoad] {
        var loads: [WorkDay: DayLoad] = [:]
        for location in locations where location.countsDays {
            let today = now.map { location.calendar.day(of: $0) } ?? 0
            for (day, load) in try days(of: location.code, from: today, limit: 2 * DayLoad.daysAhead, in: db) {
                loads[WorkDay(location: location.code, day: day)] = load
            }
        }
        return loads
    }

    /// All of them, for those who walk them.
    static func page(after: WorkDay, limit: Int, in db: any Connection) throws -> [(WorkDay, DayLoad)] {
        try db.rows(page, [.text(after.location), .integer(after.day), SQLValue(limit)], row)
    }

    static func save(_ changes: [(key: WorkDay, before: DayLoad?, now: DayLoad)], in db: any Connection) throws {
        let sorted = changes.sorted { $0.key < $1.key }
        try db.change(
            insert,
            sorted.filter { $0.before == nil }.map { key, _, now in
                [
                    .text(key.location), .integer(key.day), .integer(now.taken), SQLValue(now.capacity),
                    SQLValue(now.isClosed), SQLValue(now.resumes),
                ]
            })
        try db.changeGuarded(
            update,
            sorted.compactMap { key, before, now in
                before.map {
                    [
                        .integer(now.taken), SQLValue(now.capacity), SQLValue(now.isClosed), SQLValue(now.resumes),
                        .text(key.location), .integer(key.day), .integer($0.taken),
                    ]
                }
            })
    }

    private static func row(_ row: Row) throws -> (WorkDay, DayLoad) {
        var load = DayLoad()
        load.taken = try row.integer(2)
        load.capacity = row.optionalInteger(3)
        load.isClosed = try row.bool(4)
        load.resumes = try row.bool(5)
        return (WorkDay(location: try row.text(0), day: try row.integer(1)), load)
    }
}
