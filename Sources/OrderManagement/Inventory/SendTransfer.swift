/// Stock leaves for another location.
///
/// 1. An order's units leave once the order has passed its gates and nothing holds them.
/// 2. Takes the units from what is promised to the order and is there, or from what is available beyond safety stock.
/// 3. What was planned and is not sent is given up; an order's units are found another place.
///
/// - Throws: `.illegalTransition`; `.insufficientStock`; `.stagePending`, `.onHold` of its order; `.unknownSKU`,
///   `.quantityExceeded`, `.unitsUncovered` for lines that name nothing to send.
public struct SendTransfer: Command {
    public static let name = "send-transfer"
    public let transfer: TransferID
    /// nil for everything that was planned.
    public let lines: [SKUQuantity]?

    public init(transfer: TransferID, lines: [SKUQuantity]? = nil) {
        self.transfer = transfer
        self.lines = lines
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.transferWithStock(transfer, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockWrite)
        var step = try TransferStep(transfer, at: \.from, in: work)
        try step.transfer.apply(.send)
        let sent = try step.transfer.units(lines)
        guard sent.values.contains(where: { $0 > 0 }) else {
            throw Refusal(.unitsUncovered, "at least one unit is sent; a transfer of nothing is cancelled")
        }
        if let order = step.order { try order.requireReleasable(step.transfer) }
        try checkStock(sent, step, in: work)
        var given: [Int: Int64] = [:]
        for index in step.transfer.lines.indices {
            let line = step.transfer.lines[index]
            let units = sent[line.number] ?? 0
            try move(units, line, step, in: &work)
            if units < line.toCome { try step.giveUp(line.toCome - units, ofLine: index, &given, in: &work) }
        }
        step.record(.transferSent, in: &work)
        step.order?.watchSent(step.transfer, in: &work)
        try step.goOn(missing: given, in: &work)
        return step.finish(in: &work)
    }

    /// An order's units are promised to it, and must be there all the same; all others must be available.
    private func checkStock(_ sent: [Int: Int64], _ step: TransferStep, in work: Work) throws(Refusal) {
        var wrong: [Refusal.Detail] = []
        let isBound = step.order != nil
        var left: [String: Int64] = [:]
        for (index, line) in step.transfer.lines.enumerated() {
            guard let units = sent[line.number] else { continue }
            let there = left[line.sku]
                ?? work.level(of: line.sku, at: step.transfer.from).sendable(forOrder: isBound)
            left[line.sku] = max(0, there - units)
            guard units > there else { continue }
            let place = lines.map { $0.firstIndex { $0.sku == line.sku } ?? index } ?? index
            let reason = isBound
                ? "\(units) × \(line.sku) are promised to the order, and a count found \(there) at "
                    + "\(step.transfer.from): name the units that leave, the others are found another place"
                : "\(line.sku) at \(step.transfer.from): asked \(units), available \(there)"
            wrong.append(.init("/lines/\(place)/quantity", .insufficientStock, reason))
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }

    private func move(_ units: Int64, _ line: Transfer.Line, _ step: TransferStep, in work: inout Work) throws {
        let (transfer, name) = (step.transfer, step.transfer.id.description)
        try work.move(
            StockMovement(
                transfer.order == nil ? .send : .sendAllocated, units, of: line.sku, at: transfer.from,
                order: transfer.order, reference: name))
        try work.move(
            StockMovement(.sendHere, units, of: line.sku, at: transfer.to, order: transfer.order, reference: name))
    }
}

/// Stock has come from another location, in full or in part.
///
/// 1. Units that an order waits for stay promised to it: they become work of the store. Others are available.
/// 2. What is named as the last of it leaves the rest lost; a person hears of it, and an order's units are found
///    another place.
/// 3. Arrivals are offered to waiting orders.
///
/// - Throws: `.illegalTransition`; `.unknownSKU`, `.quantityExceeded`; `.unitsUncovered` for an arrival of nothing.
public struct ReceiveTransfer: Command {
    public static let name = "receive-transfer"
    public let transfer: TransferID
    /// nil for everything that is on its way; and for nothing of it where nothing more comes.
    public let lines: [SKUQuantity]?
    /// Whether nothing more comes: what is not named is lost.
    public let isShort: Bool

    public init(transfer: TransferID, lines: [SKUQuantity]? = nil, isShort: Bool = false) {
        self.transfer = transfer
        self.lines = lines
        self.isShort = isShort
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.transferWithStock(transfer, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockWrite)
        var step = try TransferStep(transfer, at: \.to, in: work)
        _ = try step.transfer.state.after(.arrive)
        let units = lines == nil && isShort ? [:] : try step.transfer.units(lines)
        guard isShort || units.values.contains(where: { $0 > 0 }) else {
            throw Refusal(.unitsUncovered, "at least one unit arrives; say \"short\": true when none will")
        }
        var (kept, missed): ([Int: Int64], [Int: Int64]) = ([:], [:])
        for index in step.transfer.lines.indices {
            try arrive(units[step.transfer.lines[index].number] ?? 0, index, &step, &kept, in: &work)
            if isShort { try lose(index, &step, &missed, in: &work) }
        }
        if step.order != nil, !kept.isEmpty { try step.order!.take(kept, from: step.transfer, in: &work) }
        try conclude(&step, in: &work)
        try step.goOn(missing: missed, in: &work)
        return step.finish(in: &work)
    }

    /// - Parameter kept: Collects the units that arrived for the order, by its lines.
    private func arrive(
        _ units: Int64, _ index: Int, _ step: inout TransferStep, _ kept: inout [Int: Int64], in work: inout Work
    ) throws {
        guard units > 0 else { return }
        let (line, place, name) = (step.transfer.lines[index], step.transfer.to, step.transfer.id.description)
        let bound = min(units, line.bound)
        step.transfer.lines[index].arrived += units
        step.transfer.lines[index].bound -= bound
        if let number = line.orderLine, bound > 0 { kept[number, default: 0] += bound }
        try work.move(
            StockMovement(
                .arriveAllocated, bound, of: line.sku, at: place, order: step.transfer.order, reference: name))
        try work.move(StockMovement(.arrive, units - bound, of: line.sku, at: place, reference: name))
        if units > bound { work.serveBackorders(of: line.sku) }
    }

    /// - Parameter missed: Collects the units that the order waited for, by its lines.
    private func lose(
        _ index: Int, _ step: inout TransferStep, _ missed: inout [Int: Int64], in work: inout Work
    ) throws {
        let line = step.transfer.lines[index]
        guard line.toCome > 0 else { return }
        if let number = line.orderLine, line.bound > 0 { missed[number, default: 0] += line.bound }
        step.transfer.lines[index].lost += line.toCome
        step.transfer.lines[index].bound = 0
        try work.move(
            StockMovement(
                .lose, line.toCome, of: line.sku, at: step.transfer.to, order: step.transfer.order,
                reference: step.transfer.id.description))
    }

    /// Tells what has become of the transfer.
    private func conclude(_ step: inout TransferStep, in work: inout Work) throws {
        let lost = step.transfer.lines.reduce(Int64(0)) { $0 + $1.lost }
        guard lost == 0 else {
            try step.transfer.apply(.lose)
            step.record(.transferShort, in: &work)
            return step.openShort(lost, in: &work)
        }
        guard step.transfer.lines.allSatisfy({ $0.toCome == 0 }) else {
            return step.record(.transferPartiallyArrived, in: &work)
        }
        try step.transfer.apply(.arrive)
        step.record(.transferArrived, in: &work)
    }
}

extension TransferStep {
    /// Shows units that were lost on the way to a person.
    fileprivate mutating func openShort(_ lost: Int64, in work: inout Work) {
        let cause = "\(lost.unitText) that \(transfer.from) sent to \(transfer.to) never came there."
        let sku = transfer.lines.first { $0.lost > 0 }?.sku
        let suggestion = "Look for them at \(transfer.from), which they may never have left, and at \(transfer.to): "
            + "say where they turned up; or that they are lost, and claim them of the carrier."
        let goods = transfer.lines.filter { $0.lost > 0 }.map { SKUQuantity(sku: $0.sku, quantity: $0.lost) }
        guard order == nil else {
            return order!.open(
                .transferShort, subject: transfer.id.description, sku: sku, location: transfer.from, goods: goods,
                cause: cause, owner: transfer.from, suggestion: suggestion, in: &work)
        }
        let exception = work.open(
            .transferShort, subject: transfer.id.description, sku: sku, location: transfer.from, goods: goods,
            cause: cause, owner: transfer.from, suggestion: suggestion)
        work.record(.exceptionOpened) { exception.writeOpening(to: &$0) }
    }
}
