import Foundation
import OrderManagement

/// Plays historic orders through the whole system, in the order of their times and on a clock of their times: placed,
/// stages passed, released, accepted, picked, packed, handed over, delivered; shelves filled again when they run low;
/// cancellation notes matched to earlier orders and played as cancellations and returns.
///
/// Everything goes through the one door, many commands to a group. The clock advances in rounds: what falls due within
/// a round is done at its end.
struct Replay {
    /// How long a round is, and how fast rounds follow each other.
    enum Pace: Equatable {
        case asFastAsPossible
        /// Seconds of the file per second of the wall.
        case speed(Double)

        /// A round, in seconds of the file.
        var round: Seconds {
            switch self {
            case .asFastAsPossible: .hours(1)
            case .speed(let factor): Seconds(min(3_600, max(1, Int64(factor.rounded()))))
            }
        }
    }

    /// Orders placed in one group: with the staff's steps they stay within what shares a commit.
    static let ordersMax = 64

    let waybill: OrderManagement
    let clock: SimulatedClock
    let jobs: JobRunner
    let pace: Pace
    private var staff: SimulatedStaff
    private var supply: SimulatedSupply
    private(set) var result: ReplayResult
    private let wallStart = ContinuousClock.now
    private var firstMoment: Timestamp?

    /// - Throws: `CommandRefused` when no location could ship what is supplied.
    init(
        on waybill: OrderManagement, clock: SimulatedClock, jobs: JobRunner, pace: Pace,
        until goal: SimulatedStaff.Step, report: ImportReport
    ) throws {
        self.waybill = waybill
        self.clock = clock
        self.jobs = jobs
        self.pace = pace
        let (locations, position) = try waybill.readNow {
            (try Configuration.load(in: $0).locations.values.sorted { $0.code < $1.code },
                try EventLog.lastPosition(in: $0))
        }
        let shipping = locations.filter(\.canShip)
        let warehouses = shipping.filter { $0.kind == .warehouse }
        guard let first = (warehouses.isEmpty ? shipping : warehouses).first else {
            throw CommandRefused("no location ships: import locations first")
        }
        supply = SimulatedSupply(warehouses: warehouses.isEmpty ? [first.code] : warehouses.map(\.code))
        staff = SimulatedStaff(goal: goal, after: position)
        staff.returnsTo = (warehouses.first { $0.takesReturns } ?? locations.first { $0.takesReturns })?.code
        result = ReplayResult(report: report)
    }

    // MARK: The file

    /// Plays the whole file, then what is still under way.
    mutating func run(_ stream: ReplayStream, _ progress: (String) throws -> Void) async throws {
        var window: [ReplayStream.Entry] = []
        var windowEnd: Timestamp?
        while true {
            let entries = try stream.next()
            if entries.isEmpty { break }
            for entry in entries {
                switch entry {
                case .omitted(let row, let kind): try result.report.reject(row, kind: kind)
                case .note(let note):
                    try await place(window)
                    window.removeAll(keepingCapacity: true)
                    windowEnd = nil
                    try await advance(to: note.at)
                    try await play(note)
                case .order(let command, _, _):
                    let moment = command.placedAt ?? clock.now
                    if let end = windowEnd, moment > end || window.count == Self.ordersMax {
                        try await place(window)
                        window.removeAll(keepingCapacity: true)
                        windowEnd = nil
                    }
                    if windowEnd == nil {
                        try await advance(to: moment)
                        windowEnd = moment + pace.round
                    }
                    window.append(entry)
                }
            }
            try progress(result.line(at: clock.now, since: wallStart))
        }
        try await place(window)
        try await finish(progress)
        result.report.rows = stream.rowsRead
        result.seconds = (ContinuousClock.now - wallStart) / .seconds(1)
    }

    /// Makes what is due before a moment happen, round by round.
    private mutating func advance(to moment: Timestamp) async throws {
        if firstMoment == nil {
            firstMoment = moment
            clock.advance(to: moment)
        }
        while let due = try nextDue(), due < moment {
            try await round([], at: min(moment, max(due, clock.now + pace.round)))
        }
    }

    /// Lets everything that was begun come to its end.
    private mutating func finish(_ progress: (String) throws -> Void) async throws {
        let end = clock.now + .days(60)
        while let due = try nextDue(), due < end {
            try await round([], at: max(due, clock.now + pace.round))
            try progress(result.line(at: clock.now, since: wallStart))
        }
    }

    private func nextDue() throws -> Timestamp? {
        [staff.nextDue, supply.nextDue, try waybill.readNow { try JobQueue.nextDue(in: $0) }].compactMap(\.self).min()
    }

    // MARK: A round

    private mutating func place(_ window: [ReplayStream.Entry]) async throws {
        guard !window.isEmpty else { return }
        var items: [Item] = []
        var orders: [(command: PlaceOrder, rows: [Int])] = []
        for case .order(let command, let new, let rows) in window {
            items += new
            orders.append((command, rows))
        }
        let last = orders.compactMap(\.command.placedAt).max() ?? clock.now
        clock.advance(to: last)
        try await wait(until: last)
        try addItems(items)
        try await round(orders, at: last)
    }

    private mutating func addItems(_ items: [Item]) throws {
        guard !items.isEmpty else { return }
        var fresh: [Item] = []
        for item in items {
            let (isThere, units) = try waybill.readNow { db in
                (try ItemStore.item(item.sku, in: db) != nil,
                    try StockReading.levels(of: item.sku, after: "", limit: 1_000, in: db)
                        .reduce(Int64(0)) { $0 + $1.available })
            }
            if !isThere { fresh.append(item) }
            if units > 0 { supply.find(item.sku, units: units) }
        }
        if !fresh.isEmpty { _ = try waybill.performNow(SaveItems(items: fresh), as: .system) }
        for command in supply.stock(items.map(\.sku)) { _ = try waybill.performNow(command, as: .system) }
    }

    /// One group: new orders, the staff's steps, receipts; then the jobs that are due.
    private mutating func round(_ orders: [(command: PlaceOrder, rows: [Int])], at moment: Timestamp) async throws {
        try Task.checkCancellation()
        clock.advance(to: moment)
        try await wait(until: moment)
        let now = clock.now
        let steps = staff.due(at: now)
        let receipts = supply.due(at: now)
        let answers = waybill.performNow(
            (orders.map(\.command) + steps + receipts).map { ($0, Principal.system, nil) })
        for (order, answer) in zip(orders, answers) { try hear(order, answer, at: now) }
        for (command, answer) in zip(steps + receipts as [any Command], answers.dropFirst(orders.count)) {
            guard let reply = try result.count(command, answer) else {
                if let refused = command as? PackFulfillment { try staff.packAgain(refused.fulfillment, of: waybill) }
                continue
            }
            try staff.hear(command, reply, at: now)
        }
        while try await jobs.step().ran > 0 {}
        try staff.readNews(of: waybill)
    }

    private mutating func hear(
        _ order: (command: PlaceOrder, rows: [Int]), _ answer: Result<Reply, any Error>, at now: Timestamp
    ) throws {
        guard let reply = try result.count(order.command, answer) else {
            guard case .failure(let error) = answer else { return }
            for line in order.rows {
                try result.report.reject(
                    line: line, kind: "the order was refused",
                    reason: "order \(order.command.externalID ?? ""): \(explanation(of: error))")
            }
            return
        }
        result.report.take("played", rows: order.rows.count)
        result.note(reply, order.command)
        guard reply.status == 201 else { return }
        supply.sell(order.command.lines.map { ($0.sku, $0.quantity) }, at: now)
    }

    /// Gives back what a cancellation note says, of the orders that it is found to be of.
    private mutating func play(_ note: OnlineRetailNote) async throws {
        clock.advance(to: note.at)
        try await wait(until: note.at)
        let matching = try NoteMatching(note, in: waybill)
        var reasons = Dictionary(matching.unmatched.map { ($0.line, $0.reason) }, uniquingKeysWith: { $1 })
        var kinds = reasons.mapValues { _ in OnlineRetail.Omission.cancellationUnmatched.rawValue }
        for claim in matching.claims {
            for command in claim.commands {
                let answer = waybill.performNow([(command, Principal.system, nil)])[0]
                if let reply = try result.count(command, answer) {
                    try staff.hear(command, reply, at: clock.now)
                } else if case .failure(let error) = answer {
                    for row in claim.rows {
                        reasons[row] = "note \(note.invoice): \(explanation(of: error))"
                        kinds[row] = "the note was refused"
                    }
                }
            }
        }
        for line in note.lines {
            if let reason = reasons[line.line] {
                try result.report.reject(line: line.line, kind: kinds[line.line] ?? "", reason: reason)
            } else {
                result.report.take("played as a cancellation or a return")
            }
        }
    }

    /// Keeps pace with the wall.
    private func wait(until moment: Timestamp) async throws {
        guard case .speed(let factor) = pace, let firstMoment else { return }
        let wall = Duration.seconds(Double((moment - firstMoment).count) / factor)
        let left = wall - (ContinuousClock.now - wallStart)
        if left > .zero { try await Task.sleep(for: left) }
    }
}
