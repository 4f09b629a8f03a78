import OrderManagement

/// The people of all locations, and the courier: they learn of work from the event feed, as a warehouse's own system
/// would, and do the next step of each fulfillment: accept, pick, pack, hand over or set aside, deliver, hand out. What
/// customers send back they agree to, take in, put on the shelf again, and settle.
struct SimulatedStaff {
    /// How far work goes.
    enum Step: Int, CaseIterable, Comparable {
        case released, accepted, picking, packed, ready, shipped, delivered
        static func < (left: Step, right: Step) -> Bool { left.rawValue < right.rawValue }
    }

    /// A step to be done at a moment.
    private struct Task {
        let due: Timestamp
        let command: any Command
    }

    /// What the courier needs from door to door.
    static let transit = Seconds.hours(44)
    /// How long goods set aside wait until their customer comes.
    static let collection = Seconds.hours(20)
    static let courier = "parcel_post"
    /// Where goods come back to; nil where nobody takes any.
    var returnsTo: String?
    /// Events read at once.
    private static let page = 500

    /// The step that work on an order ends with, unless `goals` says otherwise.
    let goal: Step
    var goals: [OrderID: Step] = [:]
    /// Grams by SKU; others weigh what a made-up item does.
    var weights: [String: Int64] = [:]
    private(set) var tasks = 0
    private var waiting: [Task] = []
    private var position: Int64

    /// - Parameter position: Of the last event that they have seen.
    init(goal: Step, after position: Int64) {
        self.goal = goal
        self.position = position
    }

    /// When the next step is due; nil when there is nothing to do.
    var nextDue: Timestamp? { waiting.lazy.map(\.due).min() }

    /// Takes the steps that are due.
    mutating func due(at now: Timestamp) -> [any Command] {
        guard waiting.contains(where: { $0.due <= now }) else { return [] }
        let commands = waiting.filter { $0.due <= now }.map(\.command)
        waiting.removeAll { $0.due <= now }
        tasks += commands.count
        return commands
    }

    // MARK: News

    private static let types: Set<String> = [
        EventType.fulfillmentReleased.rawValue, EventType.fulfillmentAccepted.rawValue,
        EventType.fulfillmentPicking.rawValue,
    ]

    /// Reads what has happened since, and plans the next steps of it.
    mutating func readNews(of waybill: OrderManagement) throws {
        while true {
            let after = position
            let (events, last) = try waybill.readNow {
                try EventLog.page(after: after, types: Self.types, limit: Self.page, in: $0)
            }
            for event in events { try plan(event) }
            position = last
            if last == after { return }
        }
    }

    private mutating func plan(_ event: Event) throws {
        guard let type = EventType(rawValue: event.type), let order = event.order else { return }
        let data = try JSON.parse(event.data, limits: .stored)
        guard let name = data["fulfillment"]?.string, let id = FulfillmentID(name) else { return }
        let goal = goals[order] ?? self.goal
        if type == .fulfillmentReleased, goal >= .accepted { add(AcceptFulfillment(fulfillment: id), event.at) }
        if type == .fulfillmentAccepted, goal >= .picking { add(PickFulfillment(fulfillment: id), event.at) }
        if type == .fulfillmentPicking, goal >= .packed {
            add(PackFulfillment(fulfillment: id, parcels: [box(of: data["lines"]?.array ?? [])]), event.at)
        }
    }

    /// Packs what is left of a fulfillment whose units were given up while it was picked.
    mutating func packAgain(_ id: FulfillmentID, of waybill: OrderManagement) throws {
        guard let order = try waybill.readNow({ try OrderStore.order(id.order, in: $0) }),
            let rest = order.fulfillments.first(where: { $0.number == id.number }), rest.state == .picking
        else { return }
        let units = rest.lines.map { LineQuantity(line: OrderLineID(id.order, $0.line), quantity: $0.quantity) }
        let grams = rest.lines.reduce(Int64(0)) { sum, line in
            sum + line.quantity * (weights[order.line(line.line)?.sku ?? ""] ?? MadeUpItem.weightGrams)
        }
        add(PackFulfillment(fulfillment: id, parcels: [.init(lines: units, weightGrams: grams)]), waybill.clock())
    }

    private mutating func add(_ command: any Command, _ due: Timestamp) {
        waiting.append(Task(due: due, command: command))
    }

    /// One box for everything, as heavy as its contents.
    private func box(of lines: [JSON]) -> PackFulfillment.Box {
        var grams: Int64 = 0
        var units: [LineQuantity] = []
        for line in lines {
            guard let name = line["line"]?.string, let id = OrderLineID(name), let quantity = line["quantity"]?.integer
            else { continue }
            units.append(LineQuantity(line: id, quantity: quantity))
            grams += quantity * (weights[line["sku"]?.string ?? ""] ?? MadeUpItem.weightGrams)
        }
        return PackFulfillment.Box(lines: units, weightGrams: grams)
    }

    // MARK: Answers

    /// Plans what follows a step that was done; the reply shows the fulfillment.
    mutating func hear(_ command: any Command, _ reply: Reply, at now: Timestamp) throws {
        switch command {
        case let packed as PackFulfillment:
            let view = try JSON.parse(reply.body, limits: .stored)
            let goal = goals[packed.fulfillment.order] ?? self.goal
            if view["method"]?.string == Fulfillment.Method.pickup.rawValue {
                if goal >= .ready { add(MakeFulfillmentReady(fulfillment: packed.fulfillment), now) }
            } else if goal >= .shipped {
                add(handOver(packed.fulfillment, view), now)
            }
        case let shipped as ShipFulfillment:
            if (goals[shipped.fulfillment.order] ?? goal) >= .delivered {
                add(DeliverFulfillment(fulfillment: shipped.fulfillment), now + Self.transit)
            }
        case let ready as MakeFulfillmentReady:
            if (goals[ready.fulfillment.order] ?? goal) >= .delivered {
                add(
                    CollectFulfillment(fulfillment: ready.fulfillment, collectedBy: "the customer"),
                    now + Self.collection)
            }
        case is RequestReturn, is ApproveReturn, is ReceiveReturn: try plan(ofReturn: reply, at: now)
        default: break
        }
    }

    /// Plans what follows in the life of a return, by the state that its view shows.
    private mutating func plan(ofReturn reply: Reply, at now: Timestamp) throws {
        let view = try JSON.parse(reply.body, limits: .stored)
        guard let id = view["id"]?.string.flatMap({ ReturnID($0) }),
            let state = view["status"]?.string.flatMap({ Return.State(rawValue: $0) }), let returnsTo
        else { return }
        switch state {
        case .requested: add(ApproveReturn(id: id), now)
        case .approved, .inTransit:
            let lines = (view["lines"]?.array ?? []).compactMap { line -> ReceiveReturn.Line? in
                guard let name = line["line"]?.string, let id = OrderLineID(name),
                    let quantity = line["quantity"]?.integer
                else { return nil }
                return ReceiveReturn.Line(line: id, quantity: quantity, disposition: .restock)
            }
            add(ReceiveReturn(id: id, location: returnsTo, lines: lines), now + Self.transit)
        case .inspected: add(SettleReturn(id: id, refund: .source), now)
        case .received, .settled, .rejected, .expired: break
        }
    }

    private func handOver(_ id: FulfillmentID, _ view: JSON) -> ShipFulfillment {
        let parcels = (view["parcels"]?.array ?? []).compactMap { parcel -> ShipFulfillment.ParcelDetail? in
            guard let name = parcel["id"]?.string.flatMap({ ParcelID($0) }) else { return nil }
            // What bears a label goes under it.
            guard parcel["tracking"]?.string == nil else { return .init(parcel: name) }
            return .init(
                parcel: name, courier: Self.courier, service: "standard",
                tracking: "PP\(id.order.value % 1_000_000_000_000)-\(name.number)")
        }
        return ShipFulfillment(fulfillment: id, parcels: parcels)
    }
}
