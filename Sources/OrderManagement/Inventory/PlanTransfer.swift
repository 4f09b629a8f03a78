/// Plans that stock goes from one location to another. The plan holds no stock: sending takes what is there by then.
///
/// 1. Checks locations and SKUs.
/// 2. Writes the transfer down as planned, and says what of it is not available there now.
///
/// - Throws: `.unknownLocation`, `.unknownSKU`, each with its place; `.invalidInput` for one place, or a SKU, twice.
public struct PlanTransfer: Command {
    public static let name = "plan-transfer"
    public static let linesMax = 1_000
    public let from: String
    public let to: String
    public let lines: [SKUQuantity]
    public let reference: String?
    /// When it should be there; nil for the sender's next cut-off.
    public let due: Timestamp?

    public init(from: String, to: String, lines: [SKUQuantity], reference: String? = nil, due: Timestamp? = nil) {
        self.from = from
        self.to = to
        self.lines = lines
        self.reference = reference
        self.due = due
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        for line in lines {
            needs.item(line.sku)
            needs.stock(line.sku)
        }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockWrite)
        try check(in: work)
        let sender = try work.configuration.location(from, at: "/from")
        let transfer = Transfer(
            id: work.nextIdentifier(at: work.now), from: from, to: to, reference: reference,
            due: due ?? work.cutoff(of: sender),
            lines: lines.enumerated().map {
                Transfer.Line(number: $0 + 1, sku: $1.sku, quantity: $1.quantity)
            }, at: work.now)
        work.insert(transfer)
        let short = transfer.shortages { work.level(of: $0, at: from) }
        work.record(.transferPlanned) {
            transfer.writeMembers(to: &$0)
            Transfer.write(short, to: &$0)
        }
        var json = JSONWriter(reservingCapacity: 512)
        transfer.write(to: &json) { Transfer.write(short, to: &$0) }
        return Reply(status: 201, body: json.text, location: "/v1/stock/transfers/\(transfer.id)")
    }

    private func check(in work: Work) throws(Refusal) {
        var wrong: [Refusal.Detail] = []
        if work.configuration.locations[from] == nil || !work.principal.sees(location: from) {
            wrong.append(.init("/from", .unknownLocation, "there is no location \(from)"))
        }
        if work.configuration.locations[to] == nil {
            wrong.append(.init("/to", .unknownLocation, "there is no location \(to)"))
        }
        due?.objectionToPlan(at: "/due", now: work.now).map { wrong.append($0) }
        if from == to { wrong.append(.init("/to", .invalidInput, "a transfer goes to another location than \(from)")) }
        wrong += work.objections(toLinesOf: lines.map(\.sku), in: "transfer")
        if !wrong.isEmpty { throw Refusal(wrong) }
    }
}

/// Gives up a transfer that was not sent. Units that an order waits for are found another place.
///
/// - Throws: `.illegalTransition` once it was sent.
public struct CancelTransfer: Command {
    public static let name = "cancel-transfer"
    public let transfer: TransferID
    public init(transfer: TransferID) { self.transfer = transfer }

    public func needs(_ needs: inout Needs, given work: Work) { needs.transferWithStock(transfer, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockWrite)
        var step = try TransferStep(transfer, at: \.from, in: work)
        try step.transfer.apply(.cancel)
        var given: [Int: Int64] = [:]
        for index in step.transfer.lines.indices where step.transfer.lines[index].toCome > 0 {
            let units = step.transfer.lines[index].toCome
            try step.giveUp(units, ofLine: index, &given, in: &work)
        }
        step.record(.transferCancelled, in: &work)
        try step.goOn(missing: given, in: &work)
        return step.finish(in: &work)
    }
}

/// The calls on one transfer have the same frame: find, check, move on, tell; with the order that it is bound to.
struct TransferStep {
    var transfer: Transfer
    /// The order whose pickup it fills.
    var order: Order?

    /// - Parameter end: The location whose work the step is: callers who are limited to others have no business there.
    /// - Throws: `.notFound`.
    init(_ id: TransferID, at end: KeyPath<Transfer, String>, in work: Work) throws(Refusal) {
        transfer = try work.transfer(id)
        guard work.principal.sees(location: transfer[keyPath: end]) else {
            throw Refusal(.notFound, "there is no transfer \(id)")
        }
        if let order = transfer.order {
            guard let known = work.peek(order) else { throw Refusal(.notFound, "there is no order \(order)") }
            self.order = known
        }
    }

    /// Units that will not be sent: an order's go back to the sender's stock.
    ///
    /// - Parameter given: Collects the order's units, by order line.
    mutating func giveUp(
        _ units: Int64, ofLine index: Int, _ given: inout [Int: Int64], in work: inout Work
    ) throws {
        let line = transfer.lines[index]
        transfer.lines[index].cancelled += units
        guard let order, let number = line.orderLine else { return }
        transfer.lines[index].bound -= units
        given[number, default: 0] += units
        try work.move(StockMovement(.deallocate, units, of: line.sku, at: transfer.from, order: order.id))
        work.serveBackorders(of: line.sku)
    }

    /// Finds the order's units that will not come another place, the sender left out; releases what can be worked on.
    mutating func goOn(missing units: [Int: Int64], in work: inout Work) throws {
        guard var order else { return }
        let channel = try work.configuration.channel(order.channel)
        if !units.isEmpty { try order.miss(units, of: transfer, channel: channel, in: &work) }
        try order.releaseWhenReady(channel, in: &work)
        self.order = order
    }

    mutating func record(_ type: EventType, in work: inout Work) {
        let transfer = transfer
        guard order != nil else { return work.record(type) { transfer.writeMembers(to: &$0) } }
        work.record(type, on: &order!) { transfer.writeMembers(to: &$0) }  // checked above
    }

    /// Puts the transfer and its order in place and answers with the transfer as it is now.
    mutating func finish(in work: inout Work) -> Reply {
        transfer = work.update(transfer)
        if let order { work.update(order) }
        return .transfer(transfer)
    }
}

extension Needs {
    /// A transfer, its stock, who waits for it, and the order that it is bound to.
    mutating func transferWithStock(_ id: TransferID, given work: Work) {
        transfer(id)
        guard let known = work.peek(id) else { return }
        for line in known.lines {
            item(line.sku)
            stock(line.sku)
            backorders(line.sku)
        }
        if let order = known.order { orderWithStock(order, given: work) }
    }
}

extension Transfer {
    /// What events tell of it.
    func writeMembers(to json: inout JSONWriter) {
        json.member("transfer", id.description)
        json.member("status", state.rawValue)
        json.member("from", from)
        json.member("to", to)
        json.member("reference", reference)
        json.array("lines") { list in
            for line in lines {
                list.object {
                    $0.member("sku", line.sku)
                    $0.member("quantity", line.quantity)
                    $0.member("cancelled", line.cancelled)
                    $0.member("arrived", line.arrived)
                    $0.member("lost", line.lost)
                }
            }
        }
    }
}

extension Reply {
    /// The whole transfer, as after the command.
    static func transfer(_ transfer: Transfer, status: Int = 200, location: String? = nil) -> Reply {
        var json = JSONWriter(reservingCapacity: 512)
        transfer.write(to: &json)
        return Reply(status: status, body: json.text, location: location)
    }
}
