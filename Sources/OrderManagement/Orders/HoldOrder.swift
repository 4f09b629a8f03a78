/// Stops an order, or some of its lines, with a reason; nothing of it moves on until the hold is lifted.
///
/// - Throws: `.illegalTransition` for an order that is over; `.unknownLine`.
public struct PlaceHold: Command {
    public static let name = "place-hold"
    public let order: OrderID
    public let reason: String
    public let note: String?
    /// Empty for the whole order.
    public let lines: [OrderLineID]

    public init(order: OrderID, reason: String, note: String?, lines: [OrderLineID]) {
        self.order = order
        self.reason = reason
        self.note = note
        self.lines = lines
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(self.order)
        let overall = OrderStatus(of: order).overall
        guard overall == .open else {
            throw Refusal(.illegalTransition, "order \(order.number) is \(overall.rawValue): there is nothing to hold")
        }
        let units = try order.units(
            of: lines.map { LineQuantity(line: $0, quantity: 0) }, atMost: \.ordered, what: "ordered")
        let hold = Order.Hold(
            number: order.holds.count + 1, reason: reason, note: note, lines: units.keys.sorted(),
            by: work.principal.name, at: work.now)
        order.holds.append(hold)
        let name = HoldID(order.id, hold.number).description
        work.record(.orderHeld, on: &order) {
            $0.member("hold", name)
            $0.member("reason", reason)
            $0.member("note", note)
        }
        order = work.update(order)
        return .part(of: order, status: 201, location: "/v1/orders/\(order.id)/holds/\(name)") {
            $0.member("id", name)
            $0.member("reason", reason)
        }
    }
}

/// Lifts a hold; what it stopped goes on when nothing else stops it.
///
/// - Throws: `.notFound`; `.illegalTransition` when it was lifted before.
public struct LiftHold: Command {
    public static let name = "lift-hold"
    public let hold: HoldID

    public init(hold: HoldID) { self.hold = hold }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(hold.order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(hold.order)
        guard let index = order.holds.firstIndex(where: { $0.number == hold.number }) else {
            throw Refusal(.notFound, "there is no hold \(hold)")
        }
        guard order.holds[index].stands else {
            throw Refusal(.illegalTransition, "hold \(hold) was lifted already")
        }
        order.holds[index].liftedAt = work.now
        order.holds[index].liftedBy = work.principal.name
        let name = hold.description
        work.record(.orderHoldLifted, on: &order) { $0.member("hold", name) }
        order.passGates(in: &work)
        try order.releaseWhenReady(try work.configuration.channel(order.channel), in: &work)
        order = work.update(order)
        return .part(of: order) { $0.member("id", name) }
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
        guard order.notes.count < Self.notesMax else {
            throw Refusal(.quantityExceeded, "order \(order.number) has \(Self.notesMax) notes: that is the limit")
        }
        order.notes.append(Order.Note(text: text, by: work.principal.name, at: work.now))
        work.record(.orderNoted, on: &order) { $0.member("text", text) }
        order = work.update(order)
        return .part(of: order, status: 201) { $0.member("text", text) }
    }
}
