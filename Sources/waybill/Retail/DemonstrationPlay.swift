import OrderManagement

/// Plays the demonstration's orders through the door, on a clock of their times, until now.
struct DemonstrationPlay {
    /// Something that happens to an order at a moment.
    private struct Turn {
        let due: Timestamp
        let act: (inout DemonstrationPlay) throws -> Void
    }

    let waybill: OrderManagement
    let retailer: DemonstrationRetailer
    private let clock: SimulatedClock
    private let jobs: JobRunner
    private let now: Timestamp
    private var staff = SimulatedStaff(goal: .delivered, after: 0)
    private var turns: [Turn] = []
    private var pickups = 0

    /// How long the staff let work gather, and how long one step takes them.
    private static let gathering = Seconds.hours(20), gatheringOfLate = Seconds.minutes(15), step = Seconds.minutes(6)

    init(
        on waybill: OrderManagement, clock: SimulatedClock, jobs: JobRunner, retailer: DemonstrationRetailer,
        now: Timestamp
    ) {
        self.waybill = waybill
        self.clock = clock
        self.jobs = jobs
        self.retailer = retailer
        self.now = now
        staff.weights = Dictionary(
            retailer.items.map { ($0.sku, $0.weightGrams) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func run(_ roles: [DemonstrationRole], _ progress: (Int) throws -> Void) async throws {
        for (index, role) in roles.enumerated() {
            try await pass(to: role.placedAt)
            try await place(role)
            try progress(index + 1)
        }
        try await pass(to: now)
    }

    // MARK: Time

    /// Lets everything happen that is due before a moment.
    private mutating func pass(to moment: Timestamp) async throws {
        while let due = try nextDue(), due < moment {
            let isLate = now - due < .days(3)
            let wave = min(moment, max(due, clock.now + (isLate ? Self.gatheringOfLate : Self.gathering)))
            clock.advance(to: wave)
            try await work(until: moment)
        }
        clock.advance(to: moment)
    }

    private func nextDue() throws -> Timestamp? {
        [staff.nextDue, turns.lazy.map(\.due).min(), try waybill.readNow { try JobQueue.nextDue(in: $0) }]
            .compactMap(\.self).min()
    }

    /// Does what is due, step by step, until nothing is or the moment has come.
    private mutating func work(until moment: Timestamp) async throws {
        while true {
            let present = clock.now
            let steps = staff.due(at: present)
            let answers = waybill.performNow(steps.map { ($0, Principal.system, nil) })
            for (command, answer) in zip(steps, answers) {
                // A hold or a cancellation may have come between: then there is nothing to do.
                if case .success(let reply) = answer { try staff.hear(command, reply, at: present) }
                if case .failure(let error) = answer, !(error is Refusal) { throw error }
            }
            let dueTurns = turns.filter { $0.due <= present }
            turns.removeAll { $0.due <= present }
            for turn in dueTurns { try turn.act(&self) }
            try await runJobs()
            try staff.readNews(of: waybill)
            guard let next = staff.nextDue, next <= present, present + Self.step < moment else { return }
            clock.advance(to: present + Self.step)
        }
    }

    private func runJobs() async throws { while try await jobs.step().ran > 0 {} }

    mutating func at(_ due: Timestamp, _ act: @escaping (inout DemonstrationPlay) throws -> Void) {
        turns.append(Turn(due: due, act: act))
    }

    var present: Timestamp { clock.now }

    // MARK: Placing

    private mutating func place(_ role: DemonstrationRole) async throws {
        clock.advance(to: role.placedAt)
        try await prepare(role)
        var command = command(of: role)
        if role.scene == .unpaid || role.scene == .stageFailed { command.payments = [] }
        if role.isPaidAtDoor, command.delivery.address?.country == "GB" {
            command.payments = [
                .init(provider: CashOnDelivery.provider, reference: role.order.invoice, authorized: command.total)
            ]
        }
        let reply = try waybill.performNow(command, as: .system)
        let view = try JSON.parse(reply.body, limits: .stored)
        guard let id = (view["id"]?.string).flatMap({ OrderID($0) }) else {
            throw BrokenInvariant("a placed order has no id")
        }
        staff.goals[id] = role.scene.goal
        try staff.readNews(of: waybill)
        if now - role.placedAt > .days(6) { supply(what: view["lines"]?.array ?? [], id) }
        plan(role.scene, id)
    }

    private mutating func command(of role: DemonstrationRole) -> PlaceOrder {
        let home = retailer.home(of: role.order)
        var delivery = role.order.knownDelivery
        if let address = home?.address {
            delivery = Order.Delivery(method: .ship, service: "standard", address: address, location: nil)
        }
        if case .pickup = role.scene {
            delivery = Order.Delivery(method: .pickup, service: nil, address: nil, location: store)
            pickups += 1
        }
        return role.order.command(
            channel: role.channel, customer: home?.customer ?? role.order.knownCustomer, delivery: delivery,
            at: role.placedAt)
    }

    /// The store whose turn it is to hand out an order.
    private var store: String {
        let stores = retailer.locations.filter(\.offersPickup).map(\.code)
        return stores[pickups % stores.count]
    }

    /// Brings the shelves into the state that a scene needs.
    private func prepare(_ role: DemonstrationRole) async throws {
        switch role.scene {
        case .pickup:
            try await bring(role.order.lines, to: store)
        case .sentInPart:
            try await bring(Array(role.order.lines.dropFirst()), to: "LEEDS")
            if let sku = role.order.lines.first?.sku { try sellOut([sku]) }
        case .soldOut:
            try sellOut(role.order.lines.map(\.sku))
        case .rejected, .countedShort, .lateParcel, .inTransit, .walked, .cancelledInPart:
            if now - role.placedAt < .days(3) { try await bring(role.order.lines, to: "LEEDS") }
        case .remorse, .held, .unpaid, .stageFailed, .cancelled, .returned:
            break
        }
    }

    /// Receives what a location lacks of these lines. Orders that wait for the same goods are served first, and are
    /// left what they wait for until they are: what is still there then is the next customer's.
    private func bring(_ lines: [OnlineRetailOrder.Line], to location: String) async throws {
        let wanted = Dictionary(lines.map { ($0.sku, $0.quantity) }, uniquingKeysWith: +)
        while true {
            try await runJobs()
            let entries = try wanted.sorted { $0.key < $1.key }.compactMap { sku, quantity in
                let there = try levels(of: sku).first { $0.location == location }?.promisable ?? 0
                return there >= quantity
                    ? nil
                    : MoveStock.Entry(
                        reason: .receive, sku: sku, location: location, quantity: quantity - there,
                        reference: "delivery")
            }
            guard !entries.isEmpty else { return }
            _ = try waybill.performNow(MoveStock(entries: entries), as: .system)
        }
    }

    /// A count finds nothing of a SKU but what is promised already.
    private func sellOut(_ skus: [String]) throws {
        let entries = try Set(skus).sorted().flatMap { sku in
            try levels(of: sku).filter { $0.available > 0 }.map {
                MoveStock.Entry(
                    reason: .countDown, sku: sku, location: $0.location, quantity: $0.available, reference: "count")
            }
        }
        if !entries.isEmpty { _ = try waybill.performNow(MoveStock(entries: entries), as: .system) }
    }

    private func levels(of sku: String) throws -> [StockLevel] {
        try waybill.readNow { try StockReading.levels(of: sku, after: "", limit: 200, in: $0) }
    }

    /// What an old order had to wait for came three days later.
    private mutating func supply(what lines: [JSON], _ id: OrderID) {
        let entries = lines.compactMap { line -> MoveStock.Entry? in
            guard let sku = line["sku"]?.string, let units = line["backordered"]?.integer, units > 0 else { return nil }
            return MoveStock.Entry(
                reason: .receive, sku: sku, location: "LEEDS", quantity: units + 20, reference: "supply")
        }
        guard !entries.isEmpty else { return }
        at(present + .days(3)) { _ = try $0.waybill.performNow(MoveStock(entries: entries), as: .system) }
    }

    /// The order as it is now.
    func order(_ id: OrderID) throws -> Order {
        guard let order = try waybill.readNow({ try OrderStore.order(id, in: $0) }) else {
            throw BrokenInvariant("the order \(id) is not there")
        }
        return order
    }
}

extension DemonstrationScene {
    /// How far the staff go with such an order.
    var goal: SimulatedStaff.Step {
        switch self {
        case .walked(let step), .pickup(let step): step
        case .remorse, .held, .unpaid, .stageFailed, .cancelled, .rejected: .released
        case .cancelledInPart: .packed
        case .countedShort: .accepted
        case .sentInPart, .soldOut, .inTransit, .lateParcel: .shipped
        case .returned: .delivered
        }
    }
}
