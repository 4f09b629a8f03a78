/// Job: the day is over on which waiting units were expected. Who still waits is promised another one, and a person
/// hears of it.
///
/// 1. Works out by what is known now when they come: by supply that is to come, else by the channel's days from now on.
/// 2. Tells the order, and its customer.
/// 3. Tells customer service, once; what is open from before says what is so by now.
struct ChaseBackorder: Command {
    static let name = "chase-backorder"
    let order: OrderID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.orderWithStock(order, given: work)
        let waiting = (work.peek(order)?.lines ?? []).filter { $0.backordered > 0 }
        needs.supplyAhead(of: order, for: waiting, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        let asked = try work.end(job)
        let before = try work.order(self.order)
        var order = before
        let channel = try work.configuration.channel(order.channel)
        if !order.overdueLines(at: work.now).isEmpty {
            order.expect(work.supplyAhead(of: order.id)?.dates(of: order, channel) ?? [:], in: &work)
        } else if asked.payload.isEmpty {
            // An order of an older version, of which nobody knew when to look.
            if let date = order.nearestDate { work.watchBackorder(of: order.id, until: date) }
            order.promiseTogether(channel, in: work)
        }
        if order != before { work.update(order) }
        return Reply(body: "{}")
    }
}

extension Order {
    /// When the first of its waiting units are expected; nil where nothing waits, or nobody knows.
    public var nearestDate: Timestamp? {
        lines.lazy.filter { $0.backordered > 0 }.compactMap { expectedDate(of: $0) }.min()
    }

    /// Lines with units that still wait though the day (UTC) is over on which they were expected.
    func overdueLines(at now: Timestamp) -> [OrderLine] {
        lines.filter { line in
            line.backordered > 0 && expectedDate(of: line).map { InboundSupply.lateFrom($0) <= now } ?? false
        }
    }

    /// Forgets dates, and that one was missed, of lines that wait no more.
    mutating func forgetDates() {
        expected = expected.filter { (line($0.key)?.backordered ?? 0) > 0 }
        lapsed = lapsed.filter { (line($0)?.backordered ?? 0) > 0 }
    }

    /// A day that is over is no promise: where nothing better is known, the channel's days count from now on.
    mutating func renewDates(in work: Work) {
        for line in overdueLines(at: work.now) { expected[line.number] = nil }
        if !overdueLines(at: work.now).isEmpty { backorderedUntil = renewedDate(in: work) }
    }

    /// Days in which what missed its day is promised anew, where the channel's own are fewer: at least so many, as many
    /// as it has waited by then, and no more than two weeks. Each date is told once, and leaves its customer time.
    private static let renewedDays: ClosedRange<Int64> = 3...14

    /// The channel's days from now on, where they are enough.
    func renewedDate(in work: Work) -> Timestamp {
        let waited = backorderedSince.map { (work.now - $0).count / Seconds.days(1).count } ?? 0
        let least = min(max(waited, Self.renewedDays.lowerBound), Self.renewedDays.upperBound)
        return work.now + .days(max(least, work.configuration.channels[channel]?.policy.backorderDays ?? 0))
    }

    /// Has customer service know that units did not come on their day: one exception for the order, kept current.
    ///
    /// - Parameter overdue: The lines that it missed, each with the day on which its units were expected.
    mutating func tellOverdue(_ overdue: [(line: OrderLine, date: Timestamp)], in work: inout Work) {
        guard let first = overdue.map(\.date).min() else { return }
        lapsed.formUnion(overdue.map(\.line.number))
        let missing = goods(Dictionary(uniqueKeysWithValues: overdue.map { ($0.line.number, $0.line.backordered) }))
        let isKnown = overdue.allSatisfy { expected[$0.line.number] != nil }
        let date = overdue.compactMap { expectedDate(of: $0.line) }.max() ?? work.now
        let paused = pausedStock(of: overdue.map(\.line), in: work)
        let cause = "\(missing) of order \(number) should have come by \(first), and still waits. The new date is "
            + "\(date), "
            + (isKnown ? "when supply is to come." : "by the channel's days: no supply is known that it will come by.")
            + (paused.isEmpty ? "" : " At locations that are paused lie \(paused).")
            + (together.isEmpty ? "" : " What is there of the order waits with it.")
        let suggestion = (paused.isEmpty ? "Have it bought, and announce the supply" : "End the pause, if it may end")
            + "; or ask the customer: swap what waits for something else, or cancel it."
        if let shown = exceptions.first(where: { $0.isOpen && $0.kind == .backorderOverdue }) {
            return tell(shown, cause: cause, suggestion: suggestion, in: &work)
        }
        open(
            .backorderOverdue, sku: overdue.count == 1 ? overdue[0].line.sku : nil, cause: cause,
            owner: Hold.defaultOwner, suggestion: suggestion, within: .days(1), in: &work)
    }

    /// "3 × TEE-M at LONDON, 1 × CAP at YORK": what could be sent, were its location not paused.
    private func pausedStock(of lines: [OrderLine], in work: Work) -> String {
        guard let channel = work.configuration.channels[channel] else { return "" }
        let skus = Set(lines.flatMap(\.goods).map(\.sku)).sorted()
        return skus.flatMap { sku in
            work.levels(of: sku).compactMap { level -> String? in
                guard level.promisable > 0, mayBeFilled(from: level.location, channel),
                    work.configuration.locations[level.location]?.isPaused(at: work.now) == true
                else { return nil }
                return "\(level.promisable) × \(sku) at \(level.location)"
            }
        }.joined(separator: ", ")
    }
}

extension Work {
    /// Has an order looked at once the day is over on which the first of its waiting units are expected: each day that
    /// it is told has a job, and one that was moved finds nothing to do.
    mutating func watchBackorder(from before: Order?, to after: Order) {
        guard let date = after.nearestDate, date != before?.nearestDate else { return }
        watchBackorder(of: after.id, until: date)
    }

    mutating func watchBackorder(of order: OrderID, until date: Timestamp) {
        enqueue(
            .chaseBackorder, of: order, payload: String(date.milliseconds),
            due: max(now, InboundSupply.lateFrom(date)))
    }
}
