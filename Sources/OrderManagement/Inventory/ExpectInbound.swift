/// Writes down what a location expects.
///
/// 1. Finds the supply again when the location has announced it before: same content, same supply.
/// 2. Checks location and SKUs.
/// 3. Moves the units from outside to inbound.
/// 4. Orders that wait for a SKU hear of a new date, by a job; and again when the supply turns out to be late. A person
///    at the location hears of that as well. What is late as it is announced is taken all the same, since documents
///    come late: the reply says that it is overdue, and a person hears of it at once.
///
/// - Throws: `.unknownLocation`, `.unknownSKU`, each with its place; `.invalidInput` for a SKU that stands twice;
///   `.externalIDUsed` for a reference that the location has used for something else.
public struct ExpectInbound: Command {
    public static let name = "expect-inbound"
    public static let linesMax = 1_000
    public let location: String
    public let reference: String
    public let due: Timestamp
    public let lines: [SKUQuantity]

    public init(location: String, reference: String, due: Timestamp, lines: [SKUQuantity]) {
        self.location = location
        self.reference = reference
        self.due = due
        self.lines = lines
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        for line in lines {
            needs.item(line.sku)
            needs.stock(line.sku)
            needs.backorders(line.sku)
        }
        let name = InboundName(location: location, reference: reference)
        needs.inbound(named: name)
        if let known = work.inbound(named: name) { needs.inbound(known) }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockWrite)
        try check(in: work)
        if let known = try sameSupply(in: work) { return .supply(known, at: work.now) }
        let supply = InboundSupply(
            id: work.nextIdentifier(at: work.now), location: location, reference: reference, due: due,
            lines: lines.enumerated().map { .init(number: $0 + 1, sku: $1.sku, quantity: $1.quantity) },
            at: work.now)
        for line in lines {
            try work.move(
                StockMovement(.expect, line.quantity, of: line.sku, at: location, reference: supply.id.description))
        }
        work.insert(supply)
        for line in lines { work.promiseBackorders(of: line.sku) }
        work.promiseAgainWhenLate(supply)
        work.watch(supply)
        work.record(.inboundExpected) { supply.writeMembers(as: "inbound", to: &$0) }
        return .supply(supply, at: work.now, status: 201, location: "/v1/stock/inbound/\(supply.id)")
    }

    /// What the location has announced under this reference already, and what was not cancelled since.
    private func sameSupply(in work: Work) throws(Refusal) -> InboundSupply? {
        let name = InboundName(location: location, reference: reference)
        guard let id = work.inbound(named: name), let known = work.peek(id), known.state != .cancelled else {
            return nil
        }
        let announced = known.lines.map { SKUQuantity(sku: $0.sku, quantity: $0.quantity) }
        guard Set(announced) == Set(lines), known.due == due else {
            throw Refusal([
                .init(
                    "/reference", .externalIDUsed,
                    "\(location) expects something else as \(reference) already: it is \(id), due \(known.due); "
                        + "move it by its due-dates, or cancel it first")
            ])
        }
        return known
    }

    private func check(in work: Work) throws(Refusal) {
        var wrong: [Refusal.Detail] = []
        if work.configuration.locations[location] == nil || !work.principal.sees(location: location) {
            wrong.append(.init("/location", .unknownLocation, "there is no location \(location)"))
        }
        // What is late already is announced all the same.
        due.objectionToPlan(at: "/due", now: work.now, mayBeOver: true).map { wrong.append($0) }
        wrong += work.objections(toLinesOf: lines.map(\.sku), in: "supply")
        if !wrong.isEmpty { throw Refusal(wrong) }
    }
}

/// Expected units are here, all or some of them; waiting orders are served.
///
/// Units beyond the announced ones are taken in as well, marked as excess, and shown to a person.
///
/// - Throws: `.illegalTransition`; `.unknownSKU`; `.unitsUncovered`.
public struct ReceiveInbound: Command {
    public static let name = "receive-inbound"
    public let inbound: InboundID
    /// nil for everything that is to come.
    public let lines: [SKUQuantity]?

    public init(inbound: InboundID, lines: [SKUQuantity]? = nil) {
        self.inbound = inbound
        self.lines = lines
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.inboundWithStock(inbound, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockWrite)
        var supply = try work.inbound(inbound)
        _ = try supply.state.after(.receive)
        let units = try supply.units(lines)
        guard units.values.contains(where: { $0 > 0 }) else {
            throw Refusal(.unitsUncovered, "at least one unit is received; a supply that brings nothing is cancelled")
        }
        var excess: [SKUQuantity] = []
        for index in supply.lines.indices {
            let (line, count) = (supply.lines[index], units[supply.lines[index].number] ?? 0)
            let (announced, more) = (min(count, line.toCome), max(0, count - line.toCome))
            supply.lines[index].received += announced
            supply.lines[index].excess += more
            try work.count(
                .putAway, announced, of: line.sku, at: supply.location, reference: supply.id.description)
            try work.count(.receive, more, of: line.sku, at: supply.location, reference: supply.id.description)
            if more > 0 { excess.append(SKUQuantity(sku: line.sku, quantity: more)) }
        }
        if supply.lines.allSatisfy({ $0.toCome == 0 }) { try supply.apply(.receive) }
        supply = work.update(supply)
        work.record(supply.state == .received ? .inboundReceived : .inboundPartiallyReceived) {
            supply.writeMembers(as: "inbound", to: &$0)
        }
        for more in excess { work.openExcess(more, of: supply) }
        return .supply(supply, at: work.now)
    }
}

extension Work {
    /// The supply that a location calls so, if it is not cancelled.
    func inbound(named name: InboundName) -> InboundID? { rows.inboundNames[name] ?? nil }

    mutating func insert(_ supply: InboundSupply) {
        rows.inbound.put(supply.id, supply)
        rows.inboundNames[InboundName(location: supply.location, reference: supply.reference)] = supply.id
    }

    /// Shows units that nobody had announced to a person.
    fileprivate mutating func openExcess(_ more: SKUQuantity, of supply: InboundSupply) {
        let exception = open(
            .excess, subject: supply.id.description, sku: more.sku, location: supply.location, goods: [more],
            cause: "\(supply.location) received \(more.quantity) × \(more.sku) more than \(supply.reference) "
                + "announced.",
            owner: supply.location,
            suggestion: "Count again where that is doubtful. Then say what becomes of them: they stay and are paid "
                + "for, are sent back, or are written off.")
        record(.exceptionOpened) { exception.writeOpening(to: &$0) }
    }
}

/// Nothing more comes: what is missing is no longer expected. Before anything was received, that cancels it.
///
/// - Throws: `.illegalTransition`, also for cancelling what was received in part.
public struct CloseInbound: Command {
    public static let name = "close-inbound"
    public let inbound: InboundID
    /// Whether nothing may have been received.
    public let isCancellation: Bool

    public init(inbound: InboundID, isCancellation: Bool) {
        self.inbound = inbound
        self.isCancellation = isCancellation
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.inboundWithStock(inbound, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockWrite)
        var supply = try work.inbound(inbound)
        let received = supply.lines.reduce(Int64(0)) { $0 + $1.received }
        _ = try supply.state.after(isCancellation ? .cancel : .close)
        guard !isCancellation || received == 0 else {
            throw supply.state.refusal(
                of: "cancel", among: supply.state.exits.filter { $0.key != .cancel },
                because: ", and \(received) units of \(supply.reference) were received")
        }
        try supply.apply(isCancellation ? .cancel : .close)
        for index in supply.lines.indices {
            let line = supply.lines[index]
            supply.lines[index].missing += line.toCome
            try work.move(
                StockMovement(
                    .unexpect, line.toCome, of: line.sku, at: supply.location, reference: supply.id.description))
            if line.toCome > 0 { work.promiseBackorders(of: line.sku) }
        }
        supply = work.update(supply)
        work.record(isCancellation ? .inboundCancelled : .inboundShort) {
            supply.writeMembers(as: "inbound", to: &$0)
        }
        return .supply(supply, at: work.now)
    }
}

/// Expected units come on another day.
///
/// - Throws: `.illegalTransition` when nothing is to come any more.
public struct RescheduleInbound: Command {
    public static let name = "reschedule-inbound"
    public let inbound: InboundID
    public let due: Timestamp

    public init(inbound: InboundID, due: Timestamp) {
        self.inbound = inbound
        self.due = due
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.inboundWithStock(inbound, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockWrite)
        var supply = try work.inbound(inbound)
        _ = try supply.state.after(.receive)
        guard supply.due != due else { return .supply(supply, at: work.now) }
        if let objection = due.objectionToPlan(at: "/due", now: work.now) { throw Refusal([objection]) }
        let before = supply.due
        supply.due = due
        supply = work.update(supply)
        for line in supply.lines where line.toCome > 0 { work.promiseBackorders(of: line.sku) }
        work.promiseAgainWhenLate(supply)
        work.watch(supply)
        work.record(.inboundRescheduled) {
            supply.writeMembers(as: "inbound", to: &$0)
            $0.member("due_before", before)
        }
        return .supply(supply, at: work.now)
    }
}

extension Work {
    /// Who was promised units of a supply hears of it once that is late.
    fileprivate mutating func promiseAgainWhenLate(_ supply: InboundSupply) {
        let late = InboundSupply.lateFrom(supply.due)
        guard late > now else { return }
        for line in supply.lines where line.toCome > 0 { enqueue(.promiseBackorders, payload: line.sku, due: late) }
    }
}

extension InboundSupply {
    /// From when on supply is late: once the day for which it was announced (UTC) is over.
    static func lateFrom(_ due: Timestamp) -> Timestamp {
        let day = Int64((Double(due.milliseconds) / 86_400_000).rounded(.down))
        return Timestamp(milliseconds: (day + 1) * 86_400_000)
    }

    /// Units by line number; all that are to come where none are named.
    ///
    /// - Throws: `.unknownSKU` for what is not in it.
    func units(_ named: [SKUQuantity]?) throws(Refusal) -> [Int: Int64] {
        var units: [Int: Int64] = [:]
        guard let named else {
            for line in lines { units[line.number] = line.toCome }
            return units
        }
        var wrong: [Refusal.Detail] = []
        for (index, entry) in named.enumerated() {
            guard let line = lines.first(where: { $0.sku == entry.sku }) else {
                wrong.append(.init("/lines/\(index)/sku", .unknownSKU, "\(entry.sku) is not in \(reference)"))
                continue
            }
            units[line.number, default: 0] += entry.quantity
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
        return units
    }
}

extension Needs {
    /// An inbound supply, its stock, and who waits for it.
    mutating func inboundWithStock(_ id: InboundID, given work: Work) {
        inbound(id, given: work)
        guard let known = work.peek(id) else { return }
        for line in known.lines {
            item(line.sku)
            stock(line.sku)
            backorders(line.sku)
        }
    }
}

extension Reply {
    /// The whole inbound supply, as after the command.
    static func supply(
        _ supply: InboundSupply, at now: Timestamp, status: Int = 200, location: String? = nil
    ) -> Reply {
        var json = JSONWriter(reservingCapacity: 512)
        supply.write(to: &json, at: now)
        return Reply(status: status, body: json.text, location: location)
    }
}
