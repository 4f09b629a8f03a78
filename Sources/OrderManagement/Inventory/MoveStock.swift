/// Books stock in, out and about: receipts, counts, adjustments, quarantine. All of them or none.
///
/// 1. Checks SKU, location and that the units are where they are taken from. Units of returns that nobody has judged
///    are not there for it, though they lie in quarantine: their return says what becomes of them, and is named.
/// 2. Writes each movement to the ledger; a count becomes `count_up` or `count_down`.
/// 3. A count below what is promised raises the shortage and opens an exception.
/// 4. Units that arrive are offered to waiting orders.
///
/// - Throws: `.unknownSKU`, `.unknownLocation`, `.insufficientStock`, each with the place of the movement.
public struct MoveStock: Command {
    public static let name = "move-stock"
    public static let entriesMax = 1_000
    /// No more returns than this are named where they hold goods back.
    static let namesMax = 5

    /// What callers may book by hand; everything else moves by the verbs of orders.
    public enum Reason: String, CaseIterable, Sendable {
        case receive, putAway = "put_away", quarantine, restock, writeOff = "write_off", countUp = "count_up",
            countDown = "count_down", count
    }

    /// Where units are written off from.
    public enum Source: String, CaseIterable, Sendable { case quarantined, available }

    public struct Entry: Hashable, Sendable {
        public let reason: Reason
        public let sku: String
        public let location: String
        /// Units; for `count`, what is there by now.
        public let quantity: Int64
        public let reference: String?
        /// What a `write_off` takes from; nil for quarantine where it has them all, else the shelf.
        public let from: Source?
        /// The inbound supply that a `put_away` names.
        fileprivate var supply: InboundID? { reason == .putAway ? reference.flatMap { InboundID($0) } : nil }

        public init(
            reason: Reason, sku: String, location: String, quantity: Int64, reference: String? = nil,
            from: Source? = nil
        ) {
            self.reason = reason
            self.sku = sku
            self.location = location
            self.quantity = quantity
            self.reference = reference
            self.from = from
        }
    }

    public let entries: [Entry]
    /// Whether they came as a list, and are answered as one.
    public let isList: Bool

    public init(entries: [Entry], isList: Bool = true) {
        self.entries = entries
        self.isList = isList
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        for entry in entries {
            needs.item(entry.sku)
            needs.stock(entry.sku)
            needs.backorders(entry.sku)
            if let supply = entry.supply { needs.inbound(supply, given: work) }
            guard entry.reason == .restock || entry.reason == .writeOff else { continue }
            if work.level(of: entry.sku, at: entry.location).uninspected > 0 {
                needs.uninspected(StockPlace(sku: entry.sku, location: entry.location))
            }
        }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockWrite)
        var wrong: [Refusal.Detail] = []
        for (index, entry) in entries.enumerated() {
            let pointer = isList ? "/\(index)" : ""
            wrong += work.objections(toStockOf: entry.sku, at: entry.location, pointer: pointer)
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
        var booked: [MovementReason] = []
        for (index, entry) in entries.enumerated() {
            booked.append(try book(entry, pointer: isList ? "/\(index)" : "", in: &work))
        }
        return Reply(status: 201, body: reply(booked, in: work))
    }

    /// - Returns: What it was booked as.
    private func book(_ entry: Entry, pointer: String, in work: inout Work) throws -> MovementReason {
        let level = work.level(of: entry.sku, at: entry.location)
        let movement: (reason: MovementReason, quantity: Int64)
        switch entry.reason {
        case .receive: movement = (.receive, entry.quantity)
        case .putAway: movement = (.putAway, entry.quantity)
        case .quarantine: movement = (.quarantine, entry.quantity)
        case .restock: movement = (.restock, entry.quantity)
        case .writeOff:
            let source = entry.from ?? (level.judged >= entry.quantity ? .quarantined : .available)
            movement = (source == .quarantined ? .writeOff : .writeOffAvailable, entry.quantity)
        case .countUp: movement = (.countUp, entry.quantity)
        case .countDown: movement = (.countDown, entry.quantity)
        case .count:
            let difference = entry.quantity - (level.onHand - level.quarantined)
            movement = (difference >= 0 ? .countUp : .countDown, abs(difference))
        }
        let there =
            if movement.reason == .countDown { level.onHand - level.quarantined } else if movement.reason == .putAway {
                try receive(entry, in: &work)
            } else if movement.reason.path.source == .quarantined {
                level.judged
            } else { level[movement.reason.path.source] }
        if movement.reason.path.source != .outside, movement.quantity > there {
            throw Refusal([
                .init(
                    "\(pointer)/quantity", .insufficientStock,
                    "\(entry.reason.rawValue) of \(movement.quantity) × \(entry.sku) at \(entry.location): "
                        + "\(movement.reason.path.source.rawValue) is \(there)" + held(entry, level, in: work))
            ])
        }
        try work.count(
            movement.reason, movement.quantity, of: entry.sku, at: entry.location, reference: entry.reference)
        return movement.reason
    }

    /// Who holds the units that lie in quarantine and are not to be taken; empty where nobody does.
    private func held(_ entry: Entry, _ level: StockLevel, in work: Work) -> String {
        guard entry.reason == .restock || entry.reason == .writeOff, entry.from != .available, level.uninspected > 0
        else { return "" }
        let returns = work.uninspected(at: StockPlace(sku: entry.sku, location: entry.location))
        let names = returns.prefix(Self.namesMax).joined(separator: ", ")
        let more = returns.count > Self.namesMax ? " and others" : ""
        return "; \(level.uninspected) more in quarantine came with \(names)\(more) and are not judged: judge them by "
            + "inspections of their return"
    }

    /// Takes units off the inbound supply that a `put_away` names.
    ///
    /// - Returns: How many it was still to bring to the place; none where nothing is named.
    private func receive(_ entry: Entry, in work: inout Work) throws -> Int64 {
        guard let id = entry.supply, var supply = work.peek(id), supply.location == entry.location,
            let index = supply.lines.firstIndex(where: { $0.sku == entry.sku })
        else { return 0 }
        let there = supply.lines[index].toCome
        guard entry.quantity <= there else { return there }
        supply.lines[index].received += entry.quantity
        if supply.lines.allSatisfy({ $0.toCome == 0 }) { try supply.apply(.receive) }
        let received = work.update(supply)
        work.record(received.state == .received ? .inboundReceived : .inboundPartiallyReceived) {
            received.writeMembers(as: "inbound", to: &$0)
        }
        return there
    }

    private func reply(_ booked: [MovementReason], in work: Work) -> String {
        var json = JSONWriter(reservingCapacity: 256 * entries.count)
        let write: (Entry, MovementReason, inout JSONWriter) -> Void = { entry, reason, json in
            json.object {
                $0.member("reason", entry.reason.rawValue)
                $0.member("sku", entry.sku)
                $0.member("location", entry.location)
                $0.member("quantity", entry.quantity)
                $0.member("from", reason.path.source.rawValue)
                $0.member("to", reason.path.target.rawValue)
                $0.member("reference", entry.reference)
                $0.name("level")
                work.level(of: entry.sku, at: entry.location).write(to: &$0)
            }
        }
        if isList {
            json.object {
                $0.array("data") { list in for (entry, reason) in zip(entries, booked) { write(entry, reason, &list) } }
            }
        } else if let entry = entries.first, let reason = booked.first {
            write(entry, reason, &json)
        }
        return json.text
    }
}

extension Work {
    /// Moves stock that belongs to no order and tells it; a shortage that grows opens an exception, one that is gone
    /// closes it; arrivals serve those who wait.
    mutating func count(
        _ reason: MovementReason, _ quantity: Int64, of sku: String, at location: String, reference: String?
    ) throws {
        guard quantity > 0 else { return }
        let before = level(of: sku, at: location)
        try move(StockMovement(reason, quantity, of: sku, at: location, reference: reference))
        let after = level(of: sku, at: location)
        record(.stockMoved) {
            $0.member("sku", sku)
            $0.member("location", location)
            $0.member("reason", reason.name)
            $0.member("quantity", quantity)
            $0.member("reference", reference)
            $0.member("available", after.available)
            $0.member("on_hand", after.onHand)
        }
        if after.shortage > before.shortage { tellShortage(after, isNew: before.shortage == 0) }
        if after.available > before.available { serveBackorders(of: sku) }
    }

    /// One exception tells of a shortage while it lasts: one that grows is written anew by its job.
    private mutating func tellShortage(_ level: StockLevel, isNew: Bool) {
        enqueue(.sourceShortage, payload: "\(level.location)\n\(level.sku)", due: now)
        guard isNew else { return }
        let exception = open(
            .short, sku: level.sku, location: level.location, cause: level.shortageCause, owner: level.location,
            suggestion: "Count again; reject the fulfillments that cannot be filled, and they are sourced elsewhere.")
        record(.exceptionOpened) { exception.writeOpening(to: &$0) }
    }
}

extension StockLevel {
    /// What an exception of the kind `short` says.
    var shortageCause: String { "\(location) has \(shortage) × \(sku) less than it has promised." }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("sku", sku)
            $0.member("location", location)
            $0.member("on_hand", onHand)
            $0.member("available", available)
            $0.member("reserved", reserved)
            $0.member("allocated", allocated)
            $0.member("quarantined", quarantined)
            $0.member("uninspected", uninspected)
            $0.member("inbound", inbound)
            $0.member("in_transit", inTransit)
            $0.member("shortage", shortage)
            $0.member("safety", safety)
        }
    }
}
