/// Goods have come back to a location: they stand in its quarantine until somebody judges them.
///
/// 1. Books each unit in: `outside → quarantined` at the location that took it, whatever location had sent it; keeps
///    the condition that it is said to be in.
/// 2. Units that come with a disposition are judged at once, as `InspectReturn` does: `restock` makes them available
///    in the same commit, and waiting customers are served.
///
/// - Throws: `.illegalTransition`; `.quantityExceeded` beyond what was announced; `.unknownLocation`; `.unknownLine`.
public struct ReceiveReturn: Command {
    public static let name = "receive-return"

    public struct Line: Hashable, Sendable {
        public let line: OrderLineID
        public let quantity: Int64
        public let disposition: Return.Disposition?
        /// In which condition they came; nil where nobody looked.
        public let condition: String?

        public init(
            line: OrderLineID, quantity: Int64, disposition: Return.Disposition? = nil, condition: String? = nil
        ) {
            self.line = line
            self.quantity = quantity
            self.disposition = disposition
            self.condition = condition
        }
    }

    public let id: ReturnID
    public let location: String
    public let lines: [Line]

    public init(id: ReturnID, location: String, lines: [Line]) {
        self.id = id
        self.location = location
        self.lines = lines
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.orderWithStock(id.order, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.returnsWrite)
        guard try work.configuration.location(location).takesReturns, work.principal.sees(location: location) else {
            throw Refusal([.init("/location", .notReturnable, "\(location) takes no returns")])
        }
        guard var order = work.peek(id.order) else { throw Refusal(.notFound, "there is no return \(id)") }
        let index = try order.indexOfReturn(id.number)
        try order.receive(lines, of: index, at: location, in: &work)
        order = work.update(order)
        return order.reply(id.number)
    }
}

/// Judges returned units: for sale again, to be refurbished (they stay in quarantine), or written off.
///
/// - Throws: `.illegalTransition`; `.quantityExceeded` beyond what was received and not judged; `.unknownLine`.
public struct InspectReturn: Command {
    public static let name = "inspect-return"
    public let id: ReturnID
    public let lines: [ReceiveReturn.Line]

    public init(id: ReturnID, lines: [ReceiveReturn.Line]) {
        self.id = id
        self.lines = lines
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.orderWithStock(id.order, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.returnsWrite)
        var order = try work.order(id.order)
        let index = try order.indexOfReturn(id.number)
        _ = try order.returns[index].state.after(.inspect)
        try order.inspect(lines, of: index, in: &work)
        try order.closeInspection(of: index, in: &work)
        order = work.update(order)
        return order.reply(id.number)
    }
}

extension Order {
    /// Books returned units in, and judges those that come with a disposition.
    mutating func receive(
        _ received: [ReceiveReturn.Line], of index: Int, at location: String, in work: inout Work
    ) throws {
        let announced = Dictionary(
            returns[index].lines.map { ($0.line, $0.quantity - $0.received) }, uniquingKeysWith: +)
        let units = try units(
            of: received.map { LineQuantity(line: $0.line, quantity: $0.quantity) },
            atMost: { announced[$0.number] ?? 0 }, what: "announced and not here yet")
        if let known = returns[index].location, known != location, returns[index].state == .received {
            throw Refusal(
                .illegalTransition, "the first units of this return came to \(known): the rest is received there too")
        }
        try returns[index].apply(.receive, at: work.now)
        returns[index].location = location
        for entry in received { note(entry.condition, of: entry.line.number, in: index) }
        for place in returns[index].lines.indices {
            let line = returns[index].lines[place].line
            guard let count = units[line], count > 0 else { continue }
            returns[index].lines[place].received += count
            lines[line - 1].returned += count
            // What has come back has been with the customer, whatever the courier says.
            lines[line - 1].closed = max(lines[line - 1].closed, lines[line - 1].returned)
            try work.move(StockMovement(.returned, count, of: lines[line - 1].sku, at: location, order: id))
        }
        record(.returnReceived, returns[index], in: &work)
        let judged = received.filter { $0.disposition != nil }
        guard !judged.isEmpty else { return }
        try inspect(judged, of: index, in: &work)
        // While announced units are still to come, the return stays open for them.
        if returns[index].lines.allSatisfy({ $0.received == $0.quantity }) { try closeInspection(of: index, in: &work) }
    }

    /// Keeps what was said of units of a line, behind what was said of earlier ones.
    private mutating func note(_ condition: String?, of line: Int, in index: Int) {
        guard let condition, let place = returns[index].lines.firstIndex(where: { $0.line == line }) else { return }
        let known = returns[index].lines[place].condition
        if known == condition { return }
        returns[index].lines[place].condition = known.map { String("\($0); \(condition)".prefix(1_000)) } ?? condition
    }

    /// Moves judged units.
    mutating func inspect(_ judged: [ReceiveReturn.Line], of index: Int, in work: inout Work) throws {
        guard let location = returns[index].location else {
            throw BrokenInvariant("a received return without a location")
        }
        let waiting = Dictionary(returns[index].lines.map { ($0.line, $0.toInspect) }, uniquingKeysWith: +)
        _ = try units(
            of: judged.map { LineQuantity(line: $0.line, quantity: $0.quantity) },
            atMost: { waiting[$0.number] ?? 0 }, what: "received and not inspected")
        for entry in judged where entry.quantity > 0 {
            guard let place = returns[index].lines.firstIndex(where: { $0.line == entry.line.number }) else { continue }
            let sku = lines[entry.line.number - 1].sku
            switch entry.disposition ?? .refurbish {
            case .restock:
                returns[index].lines[place].restocked += entry.quantity
                try work.move(StockMovement(.restock, entry.quantity, of: sku, at: location, order: id))
                work.serveBackorders(of: sku)
            case .refurbish:
                returns[index].lines[place].refurbished += entry.quantity
            case .writeOff:
                returns[index].lines[place].writtenOff += entry.quantity
                try work.move(StockMovement(.writeOff, entry.quantity, of: sku, at: location, order: id))
            }
        }
    }

    /// The return is inspected: nothing of it waits for a judgement.
    mutating func closeInspection(of index: Int, in work: inout Work) throws {
        guard returns[index].lines.allSatisfy({ $0.toInspect == 0 }) else { return }
        try returns[index].apply(.inspect, at: work.now)
        record(.returnInspected, returns[index], in: &work)
    }
}
