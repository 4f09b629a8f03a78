/// Judges returned units: for sale again, to be refurbished (they stay in quarantine), or written off.
///
/// While announced units are still to come, the return stays open for them; where the policy pays after inspection,
/// what is judged is paid for by then.
///
/// Refurbished units may be judged again at any later time, when their work is done: restocked or written off.
///
/// - Throws: `.notFound`, also where the goods came to a location that the caller may not see; `.illegalTransition`;
///   `.quantityExceeded` beyond what was received and not judged; `.unknownLine`; `.insufficientStock` where
///   refurbished units were taken out of quarantine by a stock movement: the first judgement finds its units always.
public struct InspectReturn: Command {
    public static let name = "inspect-return"
    public let id: ReturnID
    public let lines: [ReceiveReturn.Line]

    public init(id: ReturnID, lines: [ReceiveReturn.Line]) {
        self.id = id
        self.lines = lines
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.orderWithReturn(id, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try ReturnStep(id, in: work)
        let index = step.index
        if step.order.returns[index].canBeJudgedAgain(lines) {
            try step.order.judgeAgain(lines, of: index, in: &work)
        } else {
            _ = try step.order.returns[index].state.after(.inspect)
            try step.order.inspect(lines, of: index, in: &work)
            try step.order.closeInspection(of: index, in: &work)
            try step.order.followTerms(of: index, in: &work)
            try step.order.watchSettlement(of: index, in: &work)
        }
        return step.finish(in: &work)
    }
}

extension Order {
    /// Moves judged units.
    mutating func inspect(_ judged: [ReceiveReturn.Line], of index: Int, in work: inout Work) throws {
        let waiting = Dictionary(returns[index].lines.map { ($0.line, $0.toInspect) }, uniquingKeysWith: +)
        _ = try units(
            of: judged.map { LineQuantity(line: $0.line, quantity: $0.quantity) },
            atMost: { waiting[$0.number] ?? 0 }, what: "received and not inspected")
        for entry in judged {
            try judge(entry, of: index, in: &work)
            guard let location = returns[index].location else { continue }
            awaitJudgement(of: -entry.quantity, ofLine: entry.line.number, at: location, in: &work)
        }
    }

    /// Units that were to be refurbished are judged again.
    fileprivate mutating func judgeAgain(
        _ judged: [ReceiveReturn.Line], of index: Int, in work: inout Work
    ) throws {
        for entry in judged {
            guard let place = returns[index].lines.firstIndex(where: { $0.line == entry.line.number }) else { continue }
            returns[index].lines[place].refurbished -= entry.quantity
            try requireRefurbished(entry, of: index, in: work)
            try judge(entry, of: index, in: &work)
        }
        returns[index].updatedAt = work.now
        record(.returnJudgedAgain, returns[index], in: &work)
    }

    /// Units that were to be refurbished are anybody's in quarantine: movements may have taken them.
    private func requireRefurbished(_ entry: ReceiveReturn.Line, of index: Int, in work: Work) throws(Refusal) {
        guard let location = returns[index].location else { return }
        for part in lines[entry.line.number - 1].goods {
            let here = work.level(of: part.sku, at: location).judged
            guard here < entry.quantity * part.quantity else { continue }
            throw Refusal(
                .insufficientStock,
                "\(location) has \(here) × \(part.sku) in quarantine beside what is not judged yet: stock movements "
                    + "have taken the others out")
        }
    }

    /// Units of a line stand in quarantine until they are judged, or are judged: below zero.
    func awaitJudgement(of units: Int64, ofLine line: Int, at location: String, in work: inout Work) {
        for part in lines[line - 1].goods {
            work.awaitJudgement(of: units * part.quantity, part.sku, at: location)
        }
    }

    private mutating func judge(_ entry: ReceiveReturn.Line, of index: Int, in work: inout Work) throws {
        guard entry.quantity > 0, let location = returns[index].location,
            let place = returns[index].lines.firstIndex(where: { $0.line == entry.line.number })
        else { return }
        let line = entry.line.number
        switch entry.disposition ?? .refurbish {
        case .restock:
            returns[index].lines[place].restocked += entry.quantity
            try move(.restock, entry.quantity, ofLine: line, at: location, in: &work)
            work.serveBackorders(ofGoodsOf: lines[line - 1])
        case .refurbish:
            returns[index].lines[place].refurbished += entry.quantity
        case .writeOff:
            returns[index].lines[place].writtenOff += entry.quantity
            try move(.writeOff, entry.quantity, ofLine: line, at: location, in: &work)
        }
    }

    /// The return is inspected once nothing of it waits for a judgement, and nothing more is to come. While announced
    /// units are still to come it stays received, for them.
    mutating func closeInspection(of index: Int, in work: inout Work) throws {
        guard !returns[index].isWaiting, returns[index].isJudged else { return }
        try returns[index].apply(.inspect, at: work.now)
        record(.returnInspected, returns[index], in: &work)
    }
}

extension Work {
    /// The returns that hold units at a place which nobody has judged, for commands that asked.
    func uninspected(at place: StockPlace) -> [String] { rows.uninspected[place] ?? [] }

    /// No movement takes so many more units of a place out of quarantine, or fewer. Of returns whose goods movements
    /// took before there was such a guard, fewer were held than are judged.
    fileprivate mutating func awaitJudgement(of units: Int64, _ sku: String, at location: String) {
        var levels = levels(of: sku)
        guard let place = levels.firstIndex(where: { $0.location == location }) else { return }
        levels[place].uninspected = max(0, levels[place].uninspected + units)
        rows.stock.put(sku, levels)
    }
}

extension Return {
    /// Whether all of this speaks of units that were to be refurbished, and of nothing that still waits for its first
    /// judgement.
    fileprivate func canBeJudgedAgain(_ judged: [ReceiveReturn.Line]) -> Bool {
        var left = Dictionary(lines.map { ($0.line, $0.refurbished) }, uniquingKeysWith: +)
        for entry in judged {
            guard let line = lines.first(where: { $0.line == entry.line.number }), line.toInspect == 0,
                entry.disposition == .restock || entry.disposition == .writeOff
            else { return false }
            left[line.line, default: 0] -= entry.quantity
        }
        return !judged.isEmpty && left.values.allSatisfy { $0 >= 0 }
    }
}
