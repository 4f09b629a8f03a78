/// Goods have come back to a location: they stand in its quarantine until somebody judges them.
///
/// 1. What comes to another counter than the first units of its return did is a return of its own from then on, by the
///    same terms: each stands where it came.
/// 2. Takes in what really came: announced units, more units of the order than were announced (only if that is said,
///    since two who count the same parcel would say it too), goods that are not of the order at all; what will not
///    come any more is closed as missing. What may still come is waited for: until it is here, until somebody says
///    that nothing more comes, or until its time is over.
/// 3. Books each unit in: `outside → quarantined` at the location that took it, whatever location had sent it; keeps
///    the condition that it is said to be in. Until it is judged, no stock movement takes it from there.
/// 4. Units that come with a disposition are judged at once, as `InspectReturn` does: `restock` makes them available
///    in the same commit, and waiting customers are served.
/// 5. Gives the money back, where the policy says so.
///
/// - Throws: `.illegalTransition`; `.quantityExceeded` beyond what the customer can have, and beyond what is announced
///   and not here yet where that is not said; `.unknownLocation`;
///   `.unknownLine`; `.unknownSKU`.
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
    /// Goods in the parcel that are not of the order.
    public let found: [ReturnTerms.Found]
    /// Whether nothing more will come.
    public let isComplete: Bool
    /// Whether more units may have come than were announced.
    public let isMoreThanAnnounced: Bool

    public init(
        id: ReturnID, location: String, lines: [Line], found: [ReturnTerms.Found] = [], isComplete: Bool = false,
        isMoreThanAnnounced: Bool = false
    ) {
        self.id = id
        self.location = location
        self.lines = lines
        self.found = found
        self.isComplete = isComplete
        self.isMoreThanAnnounced = isMoreThanAnnounced
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithReturn(id, given: work)
        for goods in found {
            needs.item(goods.sku)
            needs.stock(goods.sku)
        }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.returnsWrite)
        let place = try work.configuration.location(location)
        guard work.principal.sees(location: location) else {
            throw Refusal([.init("/location", .notReturnable, "\(location) takes no returns")])
        }
        // Any counter takes what really comes there, whatever location it was announced to. To say that nothing more
        // will come takes no goods: that is for those who see the order.
        guard var order = work.peek(id.order),
            !(lines.isEmpty && found.isEmpty) || order.isVisible(to: work.principal)
        else { throw Refusal(.notFound, "there is no return \(id)") }
        var index = try order.indexOfReturn(id.number)
        guard order.returns[index].mayComeTo(place) else {
            throw Refusal([.init("/location", .notReturnable, "\(location) takes no returns")])
        }
        try requireSomething()
        if let other = try order.rest(of: index, cameTo: location, lines, in: &work) { index = other }
        try order.takeIn(found, of: index, at: location, in: &work)
        try order.receive(
            lines, of: index, at: location, isComplete: isComplete, mayExceed: isMoreThanAnnounced, in: &work)
        order = work.update(order)
        return order.reply(order.returns[index].number)
    }

    private func requireSomething() throws(Refusal) {
        guard lines.isEmpty, found.isEmpty, !isComplete else { return }
        throw Refusal([
            .init("/lines", .invalidInput, "a receipt names what came, or says by complete that nothing more will")
        ])
    }
}

extension Order {
    /// Books returned units in, and judges those that come with a disposition.
    /// - Parameter mayExceed: Whether more may come than was announced.
    mutating func receive(
        _ received: [ReceiveReturn.Line], of index: Int, at location: String, isComplete: Bool = false,
        mayExceed: Bool = false, in work: inout Work
    ) throws {
        if let known = returns[index].location, known != location, returns[index].state == .received {
            throw Refusal(
                .illegalTransition, "the first units of this return came to \(known): the rest is received there too")
        }
        _ = try returns[index].stateAfterReceipt
        let number = returns[index].number
        var kept: [Int: Int64] = [:]
        for line in lines { kept[line.number] = self.kept(line.number, beside: number).reduce(0) { $0 + $1.units } }
        let here = Dictionary(returns[index].lines.map { ($0.line, $0.received) }, uniquingKeysWith: +)
        // A courier brings what customers never had; all else must be with the customer still, whatever was announced.
        // Of neither comes more in than has left and is not here.
        let coming = Dictionary(
            returns[index].lines.filter { $0.reason == .undelivered }.map { ($0.line, $0.expected) },
            uniquingKeysWith: +)
        let units = try units(
            of: received.map { LineQuantity(line: $0.line, quantity: $0.quantity) },
            atMost: {
                let most = coming[$0.number] ?? max(0, (kept[$0.number] ?? 0) - (here[$0.number] ?? 0))
                return min(most, unitsOutside($0))
            }, what: { objectionToMore(of: $0, with: index) })
        if !mayExceed { try requireAnnounced(received, units, in: returns[index]) }
        let wasHere = returns[index].state == .received
        try returns[index].apply(.receive, at: work.now)
        returns[index].location = location
        for number in units.keys.sorted() { try take(units[number] ?? 0, of: number, into: index, in: &work) }
        for entry in received { note(entry.condition, of: entry.line.number, in: index) }
        try arriveByReturn(in: &work)
        if isComplete { returns[index].giveUpWaiting() }
        record(wasHere && units.isEmpty ? .returnWaitingEnded : .returnReceived, returns[index], in: &work)
        let judged = received.filter { $0.disposition != nil }
        try inspect(judged, of: index, in: &work)
        try awaitRest(of: index, in: &work)
        try goOn(withReturn: index, in: &work)
    }

    /// - Throws: `.quantityExceeded` for units beyond those that are announced and not here yet.
    private func requireAnnounced(
        _ received: [ReceiveReturn.Line], _ units: [Int: Int64], in entry: Return
    ) throws(Refusal) {
        let wrong = units.keys.sorted().compactMap { number -> Refusal.Detail? in
            let (asked, here) = entry.lines.reduce((Int64(0), Int64(0))) {
                $1.line == number ? ($0.0 + $1.quantity, $0.1 + $1.received) : $0
            }
            guard let count = units[number], count > asked - here else { return nil }
            let place = received.lastIndex { $0.line.number == number } ?? 0
            let came = here == 0 ? "none came so far" : "\(here) came already"
            return Refusal.Detail(
                "/lines/\(place)/quantity", .quantityExceeded,
                "\(entry.reference(in: self)) announces \(asked) × \(line(number)?.sku ?? ""), of which \(came): "
                    + "\(count) are more than announced. If they really came, say so by more_than_announced")
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }

    /// What follows when goods of a return are here, or are not waited for any more.
    mutating func goOn(withReturn index: Int, in work: inout Work) throws {
        try closeInspection(of: index, in: &work)
        try followTerms(of: index, in: &work)
        try settleOfNothing(index, in: &work)
        try loseUndelivered(index, in: &work)
        try watchSettlement(of: index, in: &work)
    }

    /// What a courier was to bring back is lost where it brings nothing; where it brings a part, its customer waits for
    /// the money of all of it, and a person is told at once where they have to give it.
    private mutating func loseUndelivered(_ index: Int, in work: inout Work) throws {
        let entry = returns[index]
        guard !entry.undelivered.isEmpty else { return }
        if entry.state == .inspected { return askForSettlement(of: index, in: &work) }
        guard entry.isEmpty, entry.state == .settled,
            let place = parcels.firstIndex(where: { $0.number == entry.terms.parcel }),
            parcels[place].state == .returnedToSender
        else { return }
        try declareLost(place, in: &work)
        // What was settled before is closed with that.
        if parcels[place].claim == nil { try followLoss(of: place, in: &work) }
    }

    /// A return of which nothing came is over with that: there is nothing to pay for, and nobody waits. Where something
    /// else came, a person decides.
    private mutating func settleOfNothing(_ index: Int, in work: inout Work) throws {
        guard returns[index].state == .inspected, returns[index].isEmpty else { return }
        try returns[index].apply(.settle, at: work.now)
        try endExchange(of: index, in: &work)
        record(.returnSettled, returns[index], in: &work)
    }

    /// Units of a line are here; those beyond the announced ones are announced by being here.
    private mutating func take(_ count: Int64, of line: Int, into index: Int, in work: inout Work) throws {
        guard count > 0, let location = returns[index].location else { return }
        if !returns[index].lines.contains(where: { $0.line == line }) {
            var new = Return.Line(line: line, quantity: count, reason: .other)
            new.excess = count
            returns[index].lines.append(new)
        }
        guard let place = returns[index].lines.firstIndex(where: { $0.line == line }) else { return }
        returns[index].lines[place].received += count
        let (here, asked) = (returns[index].lines[place].received, returns[index].lines[place].quantity)
        returns[index].lines[place].quantity = max(asked, here)
        returns[index].lines[place].excess += max(0, here - asked)
        returns[index].lines[place].missing = min(returns[index].lines[place].missing, max(0, asked - here))
        lines[line - 1].returned += count
        countClosed([line])
        try move(.returned, count, ofLine: line, at: location, in: &work)
        awaitJudgement(of: count, ofLine: line, at: location, in: &work)
    }

    /// Goods that nobody expected are set apart at the location, and a person is told.
    mutating func takeIn(_ found: [ReturnTerms.Found], of index: Int, at location: String, in work: inout Work) throws {
        var wrong: [Refusal.Detail] = []
        for (place, goods) in found.enumerated() where work.item(goods.sku) == nil {
            wrong.append(.init("/found/\(place)/sku", .unknownSKU, "there is no item \(goods.sku)"))
        }
        wrong += found.enumerated().compactMap { work.objectionToKit($1.sku, at: "/found/\($0)/sku") }
        for (place, goods) in found.enumerated() {
            guard let objection = objectionToFound(goods, with: index, at: location) else { continue }
            wrong.append(.init("/found/\(place)/sku", .invalidInput, objection))
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
        for goods in found {
            try work.move(StockMovement(.returned, goods.quantity, of: goods.sku, at: location, order: id))
            let parts = origins(of: goods)
            returns[index].terms.found += parts
            let settled = parts.compactMap { part in
                part.origin.map { "\(part.quantity) of them of parcel \($0.parcel), which was settled as lost" }
            }
            let reference = returns[index].reference(in: self)
            open(
                .wrongItem, subject: ReturnID(id, returns[index].number).description, sku: goods.sku,
                location: location, goods: [SKUQuantity(sku: goods.sku, quantity: goods.quantity)],
                cause: "\(goods.quantity) × \(goods.sku) came with the return \(reference) and are "
                    + "not of it" + (settled.isEmpty ? "" : ", but " + settled.joined(separator: ", "))
                    + (goods.note.map { ": " + $0.withoutFinalStop } ?? "") + ".",
                owner: location,
                suggestion: "Ask the customer. Say what becomes of the goods; refund what should have come, if they "
                    + "were sent the wrong thing.",
                in: &work)
        }
    }

    /// Keeps what was said of units of a line, behind what was said of earlier ones.
    private mutating func note(_ condition: String?, of line: Int, in index: Int) {
        guard let condition, let place = returns[index].lines.firstIndex(where: { $0.line == line }) else { return }
        let known = returns[index].lines[place].condition
        if known == condition { return }
        returns[index].lines[place].condition = known.map { String("\($0); \(condition)".prefix(1_000)) } ?? condition
    }

    /// Counts the closed units of lines anew, of which something became.
    mutating func countClosed(_ numbers: [Int]) {
        for number in numbers { lines[number - 1].closed = closedUnits(number) }
    }

    /// Units of a line that nobody has to see to any more: delivered, collected, come back, or lost and settled. Units
    /// that came back have been with the customer, whatever the courier says.
    func closedUnits(_ number: Int) -> Int64 {
        guard let line = line(number) else { return 0 }
        let missed = parcels.filter(\.state.isMissed)
        let arrived = fulfillments.reduce(Int64(0)) { sum, fulfillment in
            guard fulfillment.state == .delivered || fulfillment.state == .collected else { return sum }
            let gone = missed.reduce(Int64(0)) { $1.fulfillment == fulfillment.number ? $0 + $1.units(of: number) : $0 }
            return fulfillment.lines.reduce(sum - gone) { $1.line == number ? $0 + $1.quantity : $0 }
        }
        let settled = parcels.reduce(Int64(0)) { sum, parcel in
            if parcel.isSettled(in: self) { return sum + parcel.units(of: number) }
            return parcel.state == .returnedToSender ? sum + (handedIn(parcel)[number] ?? 0) : sum
        }
        let brought = returns.reduce(Int64(0)) { sum, entry in
            entry.lines.reduce(sum + (entry.terms.lost[number] ?? 0)) {
                $1.line == number && $1.reason == .undelivered ? $0 + $1.received : $0
            }
        }
        return min(line.shipped, brought + settled + max(arrived, line.returned - brought))
    }
}

extension Return {
    /// Whether a location takes it. What a courier brings back comes to where it was sent from, whether customers may
    /// send goods there or not.
    public func mayComeTo(_ place: Location) -> Bool {
        place.takesReturns || terms.parcel != nil && location == place.code
    }

    /// - Throws: `.illegalTransition` where nothing can be received.
    fileprivate var stateAfterReceipt: State {
        get throws(Refusal) {
            var copy = self
            try copy.apply(.receive, at: updatedAt)
            return copy.state
        }
    }

    /// What has not come is not waited for any more.
    mutating func giveUpWaiting() {
        for place in lines.indices { lines[place].missing = lines[place].quantity - lines[place].received }
    }
}

extension Parcel {
    /// Whether its units are closed by what was decided when it was lost, and not by having arrived.
    fileprivate func isSettled(in order: Order) -> Bool {
        guard claim != nil else { return false }
        // Found after all, it is counted by its fulfillment once that is delivered.
        let isOut = order.fulfillments.contains { $0.number == fulfillment && $0.state == .shipped }
        return state == .lost || state == .delivered && isOut
    }
}
