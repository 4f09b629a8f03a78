/// What lies ready at a location for a courier: the parcels that bear its labels, of packed work whose parcels are all
/// labelled, in the order in which it must leave. What is on hold stays, and is on no list.
///
/// Parcels of one fulfillment may go by several couriers: each list has its own, and says who takes the others.
public struct HandOver: Sendable {
    /// A parcel that is to be handed over.
    public struct Entry: Sendable {
        public let fulfillment: FulfillmentID
        public let orderNumber: String
        public let destination: Address
        /// Of its order: what is to be paid for it at the door is in it.
        public let currency: Currency
        public let parcel: Parcel
        /// Which of its fulfillment's boxes it is, from 1 on, of how many.
        public let place: (number: Int, of: Int)
        /// The couriers that take the others, where it is not this one; by code.
        public let others: [String]
    }

    public let location: Location
    public let courier: Courier
    /// The list that was closed when it left; nil for what still waits.
    public internal(set) var closedAs: HandOverID?
    public private(set) var entries: [Entry] = []
    /// All parcels that wait for the courier, also those beyond the list.
    public private(set) var parcels = 0
    /// What they weigh.
    public private(set) var weightGrams: Int64 = 0
    /// Whether more waits than is listed: it is, as soon as this has left.
    public private(set) var isMore = false
    /// What the couriers are called that take others, by code.
    public private(set) var names: [String: String] = [:]

    /// Fulfillments on one list.
    public static let fulfillmentsMax = 200
    /// Parcels that are handed over by one call.
    public static let parcelsMax = 2_000

    /// - Parameter db: One snapshot.
    public init(at location: Location, by courier: Courier, from db: any Connection) throws {
        self = try Self.lists(at: location, by: [courier], from: db)[0]
    }

    /// What lies ready for several couriers, from one walk along what is packed.
    public static func lists(
        at location: Location, by couriers: [Courier], from db: any Connection
    ) throws -> [HandOver] {
        var lists = couriers.map { HandOver(location: location, courier: $0) }
        var listed = [Int](repeating: 0, count: lists.count)
        let places = Dictionary(uniqueKeysWithValues: couriers.enumerated().map { ($1.code, $0) })
        try FulfillmentStore.walk([.packed], at: location.code, from: db) { order, part in
            let boxes = order.boxes(of: part.number)
            guard let address = order.delivery.address,
                boxes.allSatisfy({ $0.state == .labelled && $0.courier != nil && $0.tracking != nil }),
                order.hold(on: part.lines.map(\.line)) == nil, order.stage == nil
            else { return true }
            let together = try PackedTogether(order, in: db)
            for code in Set(boxes.compactMap(\.courier)) {
                guard let place = places[code] else { continue }
                let own = boxes.filter { $0.courier == code }
                lists[place].parcels += own.count
                lists[place].weightGrams += own.reduce(0) { $0 + $1.weightGrams }
                listed[place] += 1
                let isRoom = lists[place].entries.isEmpty || lists[place].entries.count + own.count <= parcelsMax
                guard isRoom, !lists[place].isMore, listed[place] <= fulfillmentsMax else {
                    lists[place].isMore = true
                    continue
                }
                for box in own {
                    lists[place].entries.append(
                        Entry(
                            fulfillment: FulfillmentID(order.id, part.number), orderNumber: order.number,
                            destination: address, currency: order.currency, parcel: box, place: together.place(of: box),
                            others: together.others(than: code, with: box)))
                }
            }
            return true
        }
        for place in lists.indices { try lists[place].nameOthers(in: db) }
        return lists
    }

    private mutating func nameOthers(in db: any Connection) throws {
        for code in Set(entries.flatMap(\.others)) {
            names[code] = try CourierStore.courier(code, in: db)?.name ?? code
        }
    }

    private init(location: Location, courier: Courier) { (self.location, self.courier) = (location, courier) }

    /// What a courier took along, as it was listed.
    public init(
        _ closed: ClosedHandOver, at location: Location, by courier: Courier, from db: any Connection
    ) throws {
        let listed = Dictionary(
            try ClosedHandOverStore.listed(closed.id, in: db).map { ($0.parcel, $0) }, uniquingKeysWith: { $1 })
        closedAs = closed.id
        entries = try Self.parcels(of: closed.id, in: db).compactMap { order, parcel in
            guard let address = order.delivery.address else { return nil }
            let together = try PackedTogether(order, in: db)
            let (place, others) = (
                together.place(of: parcel), together.others(than: closed.courier, with: parcel)
            )
            var parcel = parcel
            if let then = listed[ParcelID(order.id, parcel.number)] {
                (parcel.courier, parcel.service, parcel.tracking) = (closed.courier, then.service, then.tracking)
                parcel.weightGrams = then.weightGrams
            }
            return Entry(
                fulfillment: FulfillmentID(order.id, parcel.fulfillment), orderNumber: order.number,
                destination: address, currency: order.currency, parcel: parcel, place: place, others: others)
        }
        (self.location, self.courier) = (location, courier)
        (parcels, weightGrams) = (entries.count, entries.reduce(0) { $0 + $1.parcel.weightGrams })
        try nameOthers(in: db)
    }

    /// The parcels of a closed hand-over, with their orders.
    static func parcels(of id: HandOverID, in db: any Connection) throws -> [(Order, Parcel)] {
        let names = try ParcelStore.parcels(of: id, in: db)
        let orders = try OrderStore.orders(Set(names.map(\.order)).sorted(), in: db)
        return names.compactMap { name in
            guard let order = orders[name.order], let parcel = order.part(name) else { return nil }
            return (order, parcel)
        }
    }

    /// As lists have them: not of orders that are held up, nor where another box has no label yet.
    private static let labelled = Statement(
        """
        SELECT t.location, COUNT(*) FROM (
            SELECT order_id, number, location, state FROM fulfillments
            WHERE location = :location AND state IN ('open', 'released', 'accepted', 'picking', 'packed', 'ready')
            ORDER BY ship_by, order_id, number LIMIT #limit) AS t
        JOIN orders AS o ON o.id = t.order_id AND o.on_hold = 0 AND o.stage IS NULL
        JOIN parcels AS p ON p.order_id = t.order_id AND p.fulfillment = t.number AND p.state = 'labelled'
        WHERE t.state = 'packed' AND NOT EXISTS (
            SELECT 1 FROM parcels AS q WHERE q.order_id = t.order_id AND q.fulfillment = t.number
                AND q.state = 'packed' AND q.lines <> '[]')
        GROUP BY t.location
        """)
    /// What is to do at a location, as far as it is looked at for a count.
    private static let countedMax = 1_000

    /// How many labelled parcels wait at locations, by their codes; those at which none does are left out.
    public static func waiting(at locations: [String], in db: any Connection) throws -> [String: Int64] {
        var counts: [String: Int64] = [:]
        try db.query(labelled, locations.map { [.text($0), SQLValue(countedMax)] }) {
            counts[try $0.text(0)] = try $0.integer(1)
        }
        return counts
    }

    /// The fulfillments that leave, each once.
    public var fulfillments: [FulfillmentID] {
        var seen: Set<FulfillmentID> = []
        return entries.map(\.fulfillment).filter { seen.insert($0).inserted }
    }

    /// How many of them leave some of their parcels to other couriers.
    public var shared: Int { Set(entries.lazy.filter { !$0.others.isEmpty }.map(\.fulfillment)).count }

    /// Where the others of a parcel's fulfillment are: "box 1 of 2, the other goes by Pallet line"; nil where all go
    /// together.
    public func companions(of entry: Entry) -> String? {
        guard !entry.others.isEmpty else { return nil }
        let couriers = entry.others.map { names[$0] ?? $0 }.joined(separator: ", ")
        let rest = entry.place.of == 2 ? "the other goes" : "others go"
        return "box \(entry.place.number) of \(entry.place.of), \(rest) by \(couriers)"
    }

    /// - Parameter now: From when on its courier's next cut-off there is looked for.
    public func write(to json: inout JSONWriter, at now: Timestamp) {
        json.object {
            $0.member("location", location.code)
            $0.member("courier", courier.code)
            $0.member("leaves_at", location.nextCutoff(of: courier, from: now))
            $0.member("fulfillments", fulfillments.count)
            $0.member("weight_g", entries.reduce(0) { $0 + $1.parcel.weightGrams })
            writeCash(to: &$0)
            $0.member("more", isMore)
            $0.array("parcels") { writeEntries(to: &$0) }
        }
    }

    /// What is to be collected at all doors of the list, by currency.
    public var cash: [Money] {
        let sums = Dictionary(entries.map { ($0.currency, $0.parcel.cash) }, uniquingKeysWith: +)
        return sums.filter { $0.value > 0 }.sorted { $0.key.code < $1.key.code }.map { Money($1, $0) }
    }

    public func writeCash(to json: inout JSONWriter) {
        json.array("cash") { list in for sum in cash { list.value(sum) } }
    }

    public func writeEntries(to list: inout JSONWriter) {
        for entry in entries {
            list.object {
                $0.member("parcel", ParcelID(entry.fulfillment.order, entry.parcel.number).description)
                $0.member("box", entry.place.number)
                $0.member("boxes", entry.place.of)
                $0.array("others_by") { list in for courier in entry.others { list.value(courier) } }
                $0.member("fulfillment", entry.fulfillment.description)
                $0.member("order_number", entry.orderNumber)
                $0.member("service", entry.parcel.service)
                $0.member("tracking", entry.parcel.tracking)
                $0.member("routing", entry.parcel.label?.routing)
                $0.member("weight_g", entry.parcel.weightGrams)
                $0.member("cash", entry.parcel.cash > 0 ? Money(entry.parcel.cash, entry.currency) : nil)
                $0.member("postcode", entry.destination.postcode)
                $0.member("country", entry.destination.country)
            }
        }
    }
}
