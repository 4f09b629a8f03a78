/// Stops an order, or some of its lines, with a reason; nothing of it moves on until the hold is lifted.
///
/// One without an end is looked at in time: its owner is told then (`ReviewHold`).
///
/// - Throws: `.illegalTransition` for an order that is over; `.unknownLine`; `.invalidInput` for a time that is past,
///   or both times; `.quantityExceeded` for one more than an order may have.
public struct PlaceHold: Command {
    public static let name = "place-hold"
    public let order: OrderID
    public let reason: String
    public let note: String?
    /// Empty for the whole order.
    public let lines: [OrderLineID]
    /// Who sees to it; nil for customer service.
    public let owner: String?
    /// When it lifts by itself; nil when somebody must.
    public let until: Timestamp?
    /// When its owner is to look at it, where it does not lift by itself; nil for three days from now.
    public let reviewBy: Timestamp?
    /// Holds that an order may have, lifted ones counted: each stays in it.
    public static let holdsMax = 200

    public init(
        order: OrderID, reason: String, note: String?, lines: [OrderLineID], owner: String? = nil,
        until: Timestamp? = nil, reviewBy: Timestamp? = nil
    ) {
        self.order = order
        self.reason = reason
        self.note = note
        self.lines = lines
        self.owner = owner
        self.until = until
        self.reviewBy = reviewBy
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(self.order)
        let overall = OrderStatus(of: order).overall
        guard overall == .open else {
            throw Refusal(.illegalTransition, "order \(order.number) is \(overall.rawValue): there is nothing to hold")
        }
        if let objection = order.objectionToMoreHolds { throw Refusal(.quantityExceeded, objection) }
        let review = try review(at: work.now)
        let units = try order.units(
            of: lines.map { LineQuantity(line: $0, quantity: 0) }, atMost: \.ordered, what: "ordered")
        let hold = Order.Hold(
            number: order.holds.count + 1, reason: reason, note: note, lines: units.keys.sorted(),
            by: work.principal.name, at: work.now, owner: owner ?? Order.Hold.defaultOwner, until: until,
            reviewBy: review)
        if let until { work.enqueue(.liftHold, of: order.id, payload: String(hold.number), due: until) }
        if let review { work.enqueue(.reviewHold, of: order.id, payload: String(hold.number), due: review) }
        order.holds.append(hold)
        let name = HoldID(order.id, hold.number).description
        let skus = hold.lines.compactMap { order.line($0)?.sku }
        work.record(.orderHeld, on: &order) {
            $0.member("hold", name)
            $0.member("reason", reason)
            $0.member("note", note)
            $0.member("owner", hold.owner)
            $0.member("until", until)
            if !skus.isEmpty { $0.array("skus") { list in for sku in skus { list.value(sku) } } }
            if let review { $0.member("review_by", review) }
        }
        order = work.update(order)
        return .part(of: order, status: 201, location: "/v1/orders/\(order.id)/holds/\(name)") {
            $0.member("id", name)
            $0.member("reason", reason)
        }
    }

    /// When somebody is to look at it; nil where it lifts by itself.
    private func review(at now: Timestamp) throws(Refusal) -> Timestamp? {
        if let objection = until?.objectionToPlan(at: "/until", now: now) { throw Refusal([objection]) }
        if let objection = reviewBy?.objectionToPlan(at: "/review_by", now: now) { throw Refusal([objection]) }
        guard until != nil else { return reviewBy ?? now + Order.Hold.reviewedWithin }
        guard reviewBy == nil else {
            throw Refusal([
                .init("/review_by", .invalidInput, "a hold with until lifts by itself then: name one of both")
            ])
        }
        return nil
    }
}

extension Order {
    /// Holds the order, or some lines of it, by itself: whoever has seen to the reason lifts it.
    mutating func hold(_ reason: String, note: String? = nil, lines numbers: [Int] = [], in work: inout Work) {
        let hold = Hold(
            number: holds.count + 1, reason: reason, note: note, lines: numbers, by: work.principal.name, at: work.now)
        holds.append(hold)
        let name = HoldID(id, hold.number).description
        let skus = numbers.compactMap { line($0)?.sku }
        work.record(.orderHeld, on: &self) {
            $0.member("hold", name)
            $0.member("reason", reason)
            if !skus.isEmpty { $0.array("skus") { list in for sku in skus { list.value(sku) } } }
        }
    }
}

extension Order {
    /// Nothing is left that holds could stop: all that stand are lifted.
    mutating func liftHoldsOfNothing(in work: inout Work) {
        guard isGivenUp else { return }
        for index in holds.indices where holds[index].stands { endHold(index, in: &work) }
    }

    fileprivate mutating func endHold(_ index: Int, in work: inout Work) {
        holds[index].liftedAt = work.now
        holds[index].liftedBy = work.principal.name
        let name = HoldID(id, holds[index].number).description
        work.record(.orderHoldLifted, on: &self) { $0.member("hold", name) }
    }
}

/// Lifts a hold; what it stopped goes on when nothing else stops it.
///
/// - Throws: `.notFound`; `.illegalTransition` when it was lifted before.
public struct LiftHold: Command {
    public static let name = "lift-hold"
    public let hold: HoldID

    public init(hold: HoldID) { self.hold = hold }

    public func needs(_ needs: inout Needs, given work: Work) { needs.orderToRelease(hold.order, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(hold.order)
        guard let index = order.holds.firstIndex(where: { $0.number == hold.number }) else {
            throw Refusal(.notFound, "there is no hold \(hold)")
        }
        guard order.holds[index].stands else {
            throw Refusal(.illegalTransition, "hold \(hold) was lifted already")
        }
        try order.lift(index, in: &work)
        order = work.update(order)
        return .part(of: order) { $0.member("id", hold.description) }
    }
}

/// Job: a hold's time is up. One that was lifted meanwhile leaves nothing to do.
struct EndHold: Command {
    static let name = "end-hold"
    let hold: HoldID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.orderToRelease(hold.order, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(hold.order)
        guard let index = order.holds.firstIndex(where: { $0.number == hold.number }), order.holds[index].stands else {
            return Reply(body: "{}")
        }
        try order.lift(index, in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

extension Order {
    /// Lifts a hold; what it stopped goes on when nothing else stops it.
    fileprivate mutating func lift(_ index: Int, in work: inout Work) throws {
        endHold(index, in: &work)
        askForLabelsAgain(in: &work)
        passGates(in: &work)
        try releaseWhenReady(try work.configuration.channel(channel), in: &work)
    }
}

/// Adds a remark to an order.
public struct NoteOrder: Command {
    public static let name = "note-order"
    public let order: OrderID
    public let text: String
    public static let notesMax = 200

    public init(order: OrderID, text: String) {
        self.order = order
        self.text = text
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(self.order)
        if let objection = order.objectionToMoreNotes { throw Refusal(.quantityExceeded, objection) }
        order.notes.append(Order.Note(text: text, by: work.principal.name, at: work.now))
        work.record(.orderNoted, on: &order) { $0.member("text", text) }
        order = work.update(order)
        return .part(of: order, status: 201) { $0.member("text", text) }
    }
}

extension Order {
    /// Why nobody can hold it once more; nil while somebody can. What the order does to itself is not limited.
    var objectionToMoreHolds: String? {
        holds.count < PlaceHold.holdsMax
            ? nil : "order \(number) has had \(PlaceHold.holdsMax) holds: that is the limit"
    }

    /// Why no remark can be added, by itself or with an amendment; nil while one can.
    var objectionToMoreNotes: String? {
        notes.count < NoteOrder.notesMax ? nil : "order \(number) has \(NoteOrder.notesMax) notes: that is the limit"
    }
}
