import OrderManagement

/// One request on its way: what is asked, by whom, under which key.
struct Attempt: Sendable {
    let command: any Command
    let principal: Principal
    /// What the caller promises to send once, or again with the same content; nil for a careless caller.
    let keyName: String?
    var digest = "body"

    var name: String { type(of: command).name }
    var isAlone: Bool { type(of: command).isAlone }
    /// Whether it is rehearsed, and not performed: it changes nothing.
    var isQuestion: Bool { command is PromiseBasket || command is SuggestBoxes || command is RateParcel }
    var key: IdempotencyKey? {
        keyName.map { IdempotencyKey(principal: principal, method: "POST", path: "/", key: $0, digest: digest) }
    }

    /// The same key with another body.
    var disguised: Attempt {
        Attempt(command: command, principal: principal, keyName: keyName, digest: "another body")
    }
}

/// What the company's people, customers and machines ask for: weighted draws, right and wrong on purpose.
struct Workload {
    let world: World
    var chance: SplitMix64
    var now: Timestamp
    /// The orders known from replies, oldest first.
    var orders: [OrderID] = []
    /// What checkouts have reserved, the newest last.
    var reservations: [ReservationID] = []
    /// Requests sent before, for those that send them again.
    var placed: [PlaceOrder] = []
    /// What was staged, and nobody has decided yet.
    var staged: [AmendmentID] = []
    /// Digests of the cookies of people who signed in.
    var sessions: [String] = []
    private var keys: Int64 = 0
    private var names: Int64 = 0

    init(world: World, chance: SplitMix64, now: Timestamp) {
        self.world = world
        self.chance = chance
        self.now = now
    }

    /// The kinds of request, each with how often it comes.
    private enum Kind: CaseIterable {
        case place, advance, wrongStep, cancel, hold, stage, note, source, money, returns, stock, snapshot, tracking,
            exception, amend, transfer, supply, label, handOver, courier, answer, office, access, letter, question

        var weight: Int64 {
            switch self {
            case .place: 11
            case .advance: 84
            case .wrongStep: 4
            case .cancel: 6
            case .hold: 3
            case .stage: 4
            case .note: 1
            case .source: 2
            case .money: 7
            case .returns: 9
            case .stock: 6
            case .snapshot: 1
            case .tracking: 7
            case .exception: 10
            case .amend: 8
            case .transfer: 5
            case .supply: 4
            case .label: 6
            case .handOver: 5
            case .courier: 1
            case .answer: 5
            case .office: 5
            case .access: 2
            case .letter: 2
            case .question: 3
            }
        }
    }

    /// Draws a request that suits what `db` holds, or on purpose does not.
    mutating func draw(withKey: Bool, _ model: ReferenceModel, in db: any Connection) throws -> Attempt {
        if !staged.isEmpty, chance.chance(40), let decision = try decide(in: db) {
            return attempt(decision, withKey: withKey)
        }
        let kind = chance.weighted(Kind.allCases.map { ($0, $0.weight) })
        let command: any Command
        switch kind {
        case .place: command = place()
        case .stock where chance.chance(10): command = setSafetyStock()
        case .stock where chance.chance(5): command = moveDate()
        case .stock: command = moveStock(model)
        case .snapshot: command = takeSnapshot(model)
        case .exception: command = try exception(in: db) ?? place()
        case .transfer: command = try transfer(in: db)
        case .supply: command = try supply(in: db)
        case .handOver: command = try handOver(in: db) ?? drawSuited(.advance, in: db) ?? place()
        case .answer: command = try answer(in: db) ?? place()
        case .courier: command = changeCourier()
        case .amend: command = try amend(in: db) ?? place()
        case .office: command = try office(in: db)
        case .access: command = try access(in: db)
        case .letter: command = try resend(in: db) ?? place()
        case .question: command = try question(in: db)
        case .tracking: command = try wherever(try drawSuited(kind, in: db) ?? place(), in: db)
        case .advance, .wrongStep, .cancel, .hold, .stage, .note, .source, .money, .returns:
            command = try drawSuited(kind, in: db) ?? place()
        case .label: command = try drawSuited(kind, in: db) ?? drawSuited(.advance, in: db) ?? place()
        }
        return attempt(versioned(command), withKey: withKey)
    }

    /// Looks at a few orders for one of which such a request can be made.
    private mutating func drawSuited(_ kind: Kind, in db: any Connection) throws -> (any Command)? {
        for _ in 0..<8 {
            guard let order = try drawOrder(in: db) else { return nil }
            if let command = try draw(kind, order) { return command }
        }
        return nil
    }

    private mutating func draw(_ kind: Kind, _ order: Order) throws -> (any Command)? {
        switch kind {
        case .advance: advance(order)
        case .wrongStep: anyStep(order)
        case .cancel: cancel(order)
        case .hold: hold(order)
        case .stage: stage(order)
        case .note where chance.chance(20): RenewCustomerLink(order: order.id)
        case .note: NoteOrder(order: order.id, text: "Remark \(chance.number(1...99))")
        case .source: SourceOrder(order: order.id)
        case .money where order.captured == order.refunded && chance.chance(60): nil  // rather where money was taken
        case .money: money(order)
        case .returns: returns(order)
        case .tracking: tracking(order)
        case .label: label(order)
        case .place, .stock, .snapshot, .exception, .transfer, .supply, .handOver, .courier, .answer, .amend, .office,
            .access, .letter, .question:
            nil
        }
    }

    /// Mostly one of the newest, so that orders go through their whole lives; now and then one that does not exist.
    private mutating func drawOrder(in db: any Connection) throws -> Order? {
        guard !orders.isEmpty else { return nil }
        let newest = Array(orders.suffix(12))
        let id = chance.chance(80) ? chance.one(of: newest) : chance.one(of: orders)
        return try OrderStore.order(id, in: db)
    }

    /// The request as somebody would send it: with a key of its own, now and then without the right to ask.
    private mutating func attempt(_ command: any Command, withKey: Bool) -> Attempt {
        keys += 1
        let principal: Principal
        switch chance.number(1...100) {
        case 1...4: principal = Staff.visitor
        case 5...95 where Self.isOffice(command): principal = Staff.owner
        case 5...14: principal = Staff.limited(to: chance.one(of: world.locations).code)
        case 15...30: principal = .system
        case 31...80 where command is PassStage: principal = Staff.supervisor
        case 31...36 where command is CancelOrder || command is AmendOrder || command is RequestReturn:
            principal = .customer
        default: principal = Staff.clerk
        }
        // Who is the last administrator is told by the table itself: such a no is not kept.
        let isKept = withKey && !(command is EndUser)
        return Attempt(command: command, principal: principal, keyName: isKept ? "k\(keys)" : nil)
    }

    /// A few callers say which version they saw, some of them an old one.
    private mutating func versioned(_ command: any Command) -> any Command {
        guard let cancel = command as? CancelOrder, chance.chance(20) else { return command }
        return AtVersion(cancel, order: cancel.order, version: chance.number(1...6))
    }

    mutating func nextName() -> String {
        names += 1
        return "E-\(names)"
    }

    /// What a reply names that later requests are about.
    mutating func remember(_ command: any Command, _ reply: Reply) throws {
        guard command is ReserveStock || command is AmendOrder, reply.status == 201 else { return }
        let name = try JSON.parse(reply.body)["id"]?.string
        if let id = name.flatMap({ ReservationID($0) }) { reservations = reservations.suffix(5) + [id] }
        if let id = name.flatMap({ AmendmentID($0) }) { staged.append(id) }
    }

    /// Somebody else commits what one may not; and what an order has left behind is staged again.
    mutating func remember(_ command: any Command, _ refusal: Refusal) {
        guard let commit = command as? CommitAmendment, refusal.code != .illegalTransition else { return }
        staged.append(commit.amendment)
    }

    // MARK: What people do with an order

    private mutating func cancel(_ order: Order) -> CancelOrder {
        let reason = chance.one(of: CancelOrder.Reason.allCases)
        switch chance.number(1...10) {
        case 1...3:
            return CancelOrder(order: order.id, reason: reason)
        case 4...8:
            let open = order.lines.filter { $0.open > 0 }
            guard let line = chance.any(of: open) else { return CancelOrder(order: order.id, reason: reason) }
            let units = LineQuantity(line: OrderLineID(order.id, line.number), quantity: chance.number(1...line.open))
            return CancelOrder(order: order.id, lines: [units], reason: reason)
        default:
            let line = OrderLineID(order.id, Int(chance.number(1...Int64(order.lines.count + 1))))
            return CancelOrder(
                order: order.id, lines: [LineQuantity(line: line, quantity: chance.number(1...50))], reason: reason)
        }
    }

    mutating func hold(_ order: Order) -> any Command {
        if let standing = order.holds.first(where: \.stands), chance.chance(75) {
            return LiftHold(hold: HoldID(order.id, standing.number))
        }
        if chance.chance(10) { return LiftHold(hold: HoldID(order.id, Int(chance.number(1...3)))) }
        let some = order.lines.filter { _ in chance.chance(30) }.map { OrderLineID(order.id, $0.number) }
        return PlaceHold(
            order: order.id, reason: "manual", note: chance.chance(50) ? "look" : nil, lines: some,
            until: chance.chance(40) ? now + .minutes(chance.number(0...600)) : nil)
    }

    mutating func stage(_ order: Order) -> PassStage {
        let names = order.gates.map(\.name) + ["fraud", "no_such_stage"]
        let name = chance.chance(88) ? order.stage ?? chance.one(of: names) : chance.one(of: names)
        return PassStage(order: order.id, stage: name, hasPassed: chance.chance(85), note: nil)
    }
}
