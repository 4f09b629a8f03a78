import OrderManagement

/// The truth as somebody would keep it who believes only the replies: which units are on which shelf, and what became
/// of each unit of each order. Small, and without any of the rules that it is compared with.
struct ReferenceModel: Sendable {
    struct Place: Hashable, Comparable, Sendable {
        let sku: String
        let location: String
        static func < (left: Self, right: Self) -> Bool { (left.sku, left.location) < (right.sku, right.location) }
    }

    /// Units that can be touched at a place.
    struct Units: Sendable {
        var shelf: Int64 = 0
        var quarantined: Int64 = 0
        /// Whether a count ever found less there than was believed.
        var wasCountedDown = false
        /// Units rejected as lost or damaged on a shelf that was short: a count may have missed them already, which the
        /// replies do not tell.
        var doubtful: Int64 = 0
    }

    /// What kits are made of, by SKU.
    let kits: [String: [KitComponent]]
    private(set) var places: [Place: Units] = [:]
    /// By order's name, its lines by number.
    private(set) var orders: [OrderID: [Line]] = [:]
    /// By inbound supply and SKU, the units that were received.
    private var supplies: [InboundID: [String: Int64]] = [:]
    /// By transfer and line, the units that have come.
    private var arrivals: [TransferID: [Int: Int64]] = [:]
    /// What waits in quarantine for a judgement.
    private(set) var unjudged = UnjudgedGoods()
    /// What somebody has just said to have left, and the job whose boxes did: what is wanted of these leaves beside it.
    private var countedOut: (units: [Place: Int64], by: String?) = ([:], nil)
    /// What changed on shelves, for feeds that were taken a while ago.
    private var journal: [(at: Timestamp, place: Place, change: Int64)] = []

    init(kits: [Item] = []) {
        self.kits = Dictionary(kits.map { ($0.sku, $0.components) }, uniquingKeysWith: { first, _ in first })
    }

    func shelf(at place: Place) -> Int64 { places[place]?.shelf ?? 0 }

    func moved(at place: Place, since moment: Timestamp) -> Int64 {
        journal.reduce(0) { $0 + ($1.at > moment && $1.place == place ? $1.change : 0) }
    }

    /// Takes in the reply to an accepted command.
    mutating func learn(_ command: any Command, _ reply: Reply, at now: Timestamp) throws {
        if reply.status == 200, command is PlaceOrder { return }  // the same order again
        if let bound = command as? AtVersion<CancelOrder> { return try learn(bound.command, reply, at: now) }
        switch command {
        case is PlaceOrder, is CancelOrder, is ShipFulfillment, is CollectFulfillment, is CancelFulfillment:
            try learnUnits(command, try JSON.parse(reply.body), at: now)
        case is HandOverFulfillment:
            let view = try JSON.parse(reply.body)
            if view["outcome"]?.string == "shipped", let part = view["fulfillment"] { leave(part, now) }
        case let command as CommitAmendment: amend(command.amendment.order, try JSON.parse(reply.body))
        case let command as RejectFulfillment:
            let view = try JSON.parse(reply.body)
            let units = command.lines.map { lines in lines.map { ($0.line, $0.quantity) } } ?? Self.lines(of: view)
            reject(units, command.reason, command.components, at: view["location"]?.string ?? "", now)
        case let command as PickFulfillment:
            let location = try JSON.parse(reply.body)["location"]?.string ?? ""
            for line in command.lines ?? [] where line.short > 0 {
                reject([(line.line, line.short)], line.reason, line.components, at: location, now)
            }
        case is RequestReturn, is ExchangeOrder, is ReceiveReturn, is InspectReturn:
            learnReturn(command, try JSON.parse(reply.body), at: now)
        case is ReshipParcel: place(try JSON.parse(reply.body)["reshipment"])
        case let command as SettleGoods: settle(command, try JSON.parse(reply.body), now)
        case let command as MoveStock:
            let view = try JSON.parse(reply.body)
            for (entry, booked) in zip(command.entries, view["data"]?.array ?? [view]) {
                move(entry, from: booked["from"]?.string, now)
            }
        case let command as TakeSnapshot: take(command, now)
        case let command as ReceiveInbound:
            let view = try JSON.parse(reply.body)
            let place = view["location"]?.string ?? ""
            for line in view["lines"]?.array ?? [] {
                let sku = line["sku"]?.string ?? ""
                let sum = (line["received"]?.integer ?? 0) + (line["excess"]?.integer ?? 0)
                put(sum - received(of: command.inbound, sku), sku, at: place, now)
                supplies[command.inbound, default: [:]][sku] = sum
            }
        case is SendTransfer:
            let view = try JSON.parse(reply.body)
            for (sku, units) in Self.travelling(view) { put(-units, sku, at: view["from"]?.string ?? "", now) }
        case let command as ReceiveTransfer:
            let view = try JSON.parse(reply.body)
            let name = command.transfer
            for (index, line) in (view["lines"]?.array ?? []).enumerated() {
                let arrived = line["arrived"]?.integer ?? 0
                let before = arrivals[name]?[index] ?? 0
                put(arrived - before, line["sku"]?.string ?? "", at: view["to"]?.string ?? "", now)
                arrivals[name, default: [:]][index] = arrived
            }
        default:
            break
        }
    }

    /// Takes in that units were given up as what somebody else did asks for: goods that were not collected in time, and
    /// orders that went out for a return that brought nothing. Only an event tells of it.
    mutating func learn(expiry event: Event) throws {
        for (line, units) in Self.lines(of: try JSON.parse(event.data)) { change(line) { $0.cancelled += units } }
    }

    private mutating func learnReturn(_ command: any Command, _ view: JSON, at now: Timestamp) {
        switch command {
        case let command as RequestReturn:
            comeBack(command, now)
            hold(view)
        case let command as ExchangeOrder where !command.isPreview:
            place(view["exchange"])
            comeBack(command.request, now)
            hold(view["return"])
        case let command as ReceiveReturn:
            for line in command.lines {
                comeBack(line.line, line.quantity, line.disposition, at: command.location, now)
            }
            for goods in command.found { quarantine(goods.quantity, goods.sku, at: command.location) }
            hold(view)
        case let command as InspectReturn:
            let location = view["location"]?.string ?? ""
            for line in command.lines { judge(line.line, line.quantity, line.disposition, at: location, now) }
            hold(view)
        default:
            break
        }
    }

    private mutating func learnUnits(_ command: any Command, _ view: JSON, at now: Timestamp) throws {
        let lines = Self.lines(of: view)
        switch command {
        case is PlaceOrder: place(view)
        case is CancelOrder, is CancelFulfillment:
            for (line, units) in lines { change(line) { $0.cancelled += units } }
        default: leave(view, now)
        }
    }

    /// Takes in units that left a location: as a reply or an event names them.
    ///
    /// - Parameter isSettled: Whether somebody has just said that they left: what was counted out by that is gone.
    mutating func leave(_ view: JSON, _ now: Timestamp, isSettled: Bool = false) {
        let location = view["location"]?.string ?? ""
        let counted = isSettled && view["fulfillment"]?.string != countedOut.by ? countedOut.units : [:]
        for (line, units) in Self.lines(of: view) {
            change(line) { $0.shipped += units }
            for (sku, count) in parts(of: line, units) {
                put(min(count, counted[Place(sku: sku, location: location)] ?? 0) - count, sku, at: location, now)
            }
        }
    }

    private mutating func place(_ view: JSON?) {
        guard let view, let id = view["id"]?.string.flatMap({ OrderID($0) }) else { return }
        let lines = view["lines"]?.array ?? []
        orders[id] = lines.map { Line(sku: $0["sku"]?.string ?? "", ordered: $0["ordered"]?.integer ?? 0) }
    }

    private mutating func comeBack(_ request: RequestReturn, _ now: Timestamp) {
        guard request.method == .inStore, let location = request.location else { return }
        for line in request.lines { comeBack(line.line, line.quantity, line.disposition, at: location, now) }
    }

    /// Takes in what of a return waits for a judgement.
    private mutating func hold(_ view: JSON?) {
        guard let view, let id = view["id"]?.string.flatMap({ ReturnID($0) }) else { return }
        var goods: [Place: Int64] = [:]
        for entry in view["lines"]?.array ?? [] {
            guard let line = entry["line"]?.string.flatMap({ OrderLineID($0) }) else { continue }
            let units = UnjudgedGoods.units(of: entry)
            for (sku, count) in parts(of: line, units) {
                goods[Place(sku: sku, location: view["location"]?.string ?? ""), default: 0] += count
            }
        }
        unjudged.take(goods, of: id)
    }

    private mutating func amend(_ order: OrderID, _ view: JSON) {
        for entry in view["changes"]?["lines"]?.array ?? [] {
            let (sku, after) = (entry["sku"]?.string ?? "", entry["after"]?.integer ?? 0)
            guard let before = entry["before"]?.integer else {
                orders[order]?.append(Line(sku: sku, ordered: after))
                continue
            }
            guard let line = entry["line"]?.string.flatMap({ OrderLineID($0) }) else { continue }
            change(line) {
                $0.ordered += max(0, after - before)
                $0.cancelled += max(0, before - after)
            }
        }
    }

    private static func lines(of view: JSON) -> [(OrderLineID, Int64)] {
        (view["lines"]?.array ?? []).compactMap { line in
            line["line"]?.string.flatMap { OrderLineID($0) }.map { ($0, line["quantity"]?.integer ?? 0) }
        }
    }

    private func received(of supply: InboundID, _ sku: String) -> Int64 { supplies[supply]?[sku] ?? 0 }

    /// The units by SKU that a transfer has sent.
    private static func travelling(_ view: JSON) -> [(String, Int64)] {
        (view["lines"]?.array ?? []).map {
            ($0["sku"]?.string ?? "", ($0["quantity"]?.integer ?? 0) - ($0["cancelled"]?.integer ?? 0))
        }
    }

    private mutating func change(_ line: OrderLineID, _ body: (inout Line) -> Void) {
        guard let count = orders[line.order]?.count, line.number <= count else { return }
        orders[line.order]?[line.number - 1].with(body)
    }

    private func sku(of line: OrderLineID) -> String {
        guard let lines = orders[line.order], line.number <= lines.count else { return "" }
        return lines[line.number - 1].sku
    }

    /// The goods that units of a line are, by SKU.
    private func parts(of line: OrderLineID, _ units: Int64) -> [(sku: String, units: Int64)] {
        guard let kit = kits[sku(of: line)] else { return [(sku(of: line), units)] }
        return kit.map { ($0.sku, units * $0.quantity) }
    }

    // MARK: Shelves

    private mutating func put(_ units: Int64, _ sku: String, at location: String, _ now: Timestamp) {
        let place = Place(sku: sku, location: location)
        places[place, default: Units()].shelf += units
        if units != 0 { journal.append((now, place, units)) }
    }

    private mutating func quarantine(_ units: Int64, _ sku: String, at location: String) {
        places[Place(sku: sku, location: location), default: Units()].quarantined += units
    }

    private mutating func reject(
        _ units: [(OrderLineID, Int64)], _ reason: RejectionReason, _ missing: [String], at location: String,
        _ now: Timestamp
    ) {
        for (line, rejected) in units {
            let isKit = kits[sku(of: line)] != nil
            for (sku, count) in parts(of: line, rejected) where !isKit || missing.contains(sku) {
                reject(count, sku, reason, at: location, now)
            }
        }
    }

    private mutating func reject(
        _ count: Int64, _ sku: String, _ reason: RejectionReason, at location: String, _ now: Timestamp
    ) {
        let place = Place(sku: sku, location: location)
        if places[place]?.wasCountedDown == true, reason == .notFound || reason == .damaged {
            places[place]?.doubtful += count
        }
        switch reason {
        case .notFound:
            put(-count, sku, at: location, now)
        case .damaged:
            put(-count, sku, at: location, now)
            quarantine(count, sku, at: location)
        case .noCapacity, .closed, .cannotShip, .other:
            break
        }
    }

    private mutating func comeBack(
        _ line: OrderLineID, _ units: Int64, _ disposition: Return.Disposition?, at location: String, _ now: Timestamp
    ) {
        change(line) { $0.returned += units }
        for (sku, count) in parts(of: line, units) { quarantine(count, sku, at: location) }
        if disposition != nil { judge(line, units, disposition, at: location, now) }
    }

    /// Places where only the books can tell what a rejection found.
    var doubtful: [Place] { places.filter { $0.value.doubtful > 0 }.map(\.key).sorted() }

    /// Takes what the books say of a doubtful place for the truth, if it lies within the doubt.
    mutating func settle(_ place: Place, shelf: Int64, quarantined: Int64, at now: Timestamp) {
        guard let units = places[place] else { return }
        places[place]?.doubtful = 0
        let (more, fewer) = (shelf - units.shelf, units.quarantined - quarantined)
        guard (0...units.doubtful).contains(more), (0...units.doubtful).contains(fewer) else { return }
        put(more, place.sku, at: place.location, now)
        quarantine(-fewer, place.sku, at: place.location)
    }

    private mutating func judge(
        _ line: OrderLineID, _ units: Int64, _ disposition: Return.Disposition?, at location: String, _ now: Timestamp
    ) {
        for (sku, count) in parts(of: line, units) {
            switch disposition {
            case .restock:
                quarantine(-count, sku, at: location)
                put(count, sku, at: location, now)
            case .writeOff:
                quarantine(-count, sku, at: location)
            case .refurbish, nil:
                break
            }
        }
    }

    private mutating func settle(_ command: SettleGoods, _ view: JSON, _ now: Timestamp) {
        let location = command.location ?? view["location"]?.string ?? ""
        countedOut = ([:], view["subject"]?.string)
        func book(_ reason: MoveStock.Reason, _ sku: String, _ units: Int64) {
            guard units > 0 else { return }
            // What is written off here had been set apart.
            move(.init(reason: reason, sku: sku, location: location, quantity: units), from: "quarantined", now)
        }
        for goods in view["goods"]?.array ?? [] {
            let (sku, units) = (goods["sku"]?.string ?? "", goods["quantity"]?.integer ?? 0)
            let damaged = command.damaged.reduce(0) { $1.sku == sku ? $0 + $1.quantity : $0 }
            let missing = command.missing.reduce(0) { $1.sku == sku ? $0 + $1.quantity : $0 }
            switch command.outcome {
            case .putBack:
                book(.quarantine, sku, damaged)
                book(.countDown, sku, missing)
            case .left:
                book(.countDown, sku, units)
                countedOut.units[Place(sku: sku, location: location)] = units
            case .restocked: book(.restock, sku, units)
            case .writtenOff, .sentBack:
                if view["kind"]?.string == OrderException.Kind.excess.rawValue { book(.quarantine, sku, units) }
                book(.writeOff, sku, units)
            case .handedIn, .found:
                book(.receive, sku, units - missing)
                book(.quarantine, sku, damaged)
            case .stopped, .kept, .accepted, .lost: break
            }
        }
    }

    /// - Parameter source: The bucket that the reply names: a write-off does not say by itself what it takes from.
    private mutating func move(_ entry: MoveStock.Entry, from source: String?, _ now: Timestamp) {
        let (sku, location, units) = (entry.sku, entry.location, entry.quantity)
        let before = places[Place(sku: sku, location: location)] ?? Units()
        switch entry.reason {
        case .receive, .countUp:
            put(units, sku, at: location, now)
        case .putAway:
            put(units, sku, at: location, now)
            if let id = entry.reference.flatMap({ InboundID($0) }) {
                supplies[id, default: [:]][sku, default: 0] += units
            }
        case .quarantine:
            put(-units, sku, at: location, now)
            quarantine(units, sku, at: location)
        case .restock:
            put(units, sku, at: location, now)
            quarantine(-units, sku, at: location)
        case .writeOff:
            if source == "quarantined" {
                quarantine(-units, sku, at: location)
            } else {
                put(-units, sku, at: location, now)
            }
        case .countDown:
            count(before.shelf - units, sku, at: location, now)
        case .count:
            count(units, sku, at: location, now)
        }
    }

    private mutating func count(_ units: Int64, _ sku: String, at location: String, _ now: Timestamp) {
        let place = Place(sku: sku, location: location)
        let difference = units - shelf(at: place)
        put(difference, sku, at: location, now)
        if difference < 0 { places[place]?.wasCountedDown = true }
    }

    private mutating func take(_ feed: TakeSnapshot, _ now: Timestamp) {
        var named = Set<String>()
        var found: [(sku: String, units: Int64)] = []
        for line in feed.lines {
            named.insert(line.sku)
            found.append((line.sku, line.onHand))
        }
        if feed.mode == .nonzero {
            for (place, units) in places.sorted(by: { $0.key < $1.key })
            where place.location == feed.location && units.shelf + units.quarantined > 0 && !named.contains(place.sku) {
                found.append((place.sku, 0))
            }
        }
        for (sku, units) in found {
            let since = moved(at: Place(sku: sku, location: feed.location), since: feed.takenAt)
            count(max(0, units + since), sku, at: feed.location, now)
        }
    }
}

extension ReferenceModel.Line {
    fileprivate mutating func with(_ body: (inout Self) -> Void) { body(&self) }
}
