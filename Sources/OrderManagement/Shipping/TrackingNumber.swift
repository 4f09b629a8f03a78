/// Whose parcels a courier's number may mean, in one place for those who look for one and for news that name nothing
/// else.
public enum TrackingNumber {
    /// Orders that one number finds.
    static let ordersMax = 20

    /// A number as it is kept, of one that somebody types or scans in: of a parcel's own code (SSCC) that was read with
    /// what says that it is one, the digits.
    public static func entered(_ number: String) -> String { SSCC(number)?.digits ?? number }

    /// A number as it is known here. Scanners read a parcel's own code (SSCC) with what says that it is one: the digits
    /// are meant where nothing is known by all that was read.
    public static func known(_ number: String, in db: any Connection) throws -> String {
        guard let digits = SSCC(number)?.digits, digits != number, try orders(number, in: db).isEmpty else {
            return number
        }
        return digits
    }

    /// The orders that sent a parcel by a number, newest first, then those to which one comes back by it, and those
    /// from whose parcels a label of that number was taken off.
    public static func orders(_ number: String, in db: any Connection) throws -> [OrderID] {
        let sent = try ParcelStore.orders(tracking: number, limit: ordersMax, in: db)
        let awaited = try ReturnSearch.ids(ofTracking: number, limit: ordersMax, in: db).map(\.order)
        let before = try OldLabelStore.orders(tracking: number, limit: ordersMax, in: db)
        var seen: Set<OrderID> = []
        return (sent + awaited + before).filter { seen.insert($0).inserted }
    }

    /// The parcels that news of a moment may be of. Couriers use numbers again: news are of the parcel that bore the
    /// number then and was not at its end. None where no parcel of the number was there yet; more than one where it
    /// cannot be known which is meant.
    static func parcels(
        bearing tracking: String, by courier: String, told status: Parcel.State?, at moment: Timestamp,
        among orders: [Order]
    ) -> [ParcelID] {
        typealias Bearer = (name: ParcelID, parcel: Parcel, since: Timestamp)
        let known = orders.flatMap { order -> [Bearer] in
            order.parcels.filter { $0.bears(tracking, by: courier) }
                .map { (ParcelID(order.id, $0.number), $0, RecordTracking.earliest(for: $0, of: order)) }
        }.filter { $0.since <= moment }
        // What a person has said to be of another parcel is of that one until its way has ended: then it is of those
        // that are still under way.
        let meant = known.filter { !$0.parcel.news.isOthers }
        let others = known.filter(\.parcel.news.isOthers)
        guard known.count > 1 else { return known.map(\.name) }
        for bearers in [meant, others] {
            let open = bearers.filter { $0.parcel.mayBeToldOf(status, at: moment) }
            guard open.isEmpty else { return open.map(\.name) }
        }
        let candidates = meant.isEmpty ? known : meant
        // All were at their ends: the last of them.
        return candidates.max { ($0.since, $0.name) < ($1.since, $1.name) }.map { [$0.name] } ?? []
    }

    /// The returns that are to come under a number, and that news of a moment may be of: not those that were asked for
    /// later, nor one whose way had ended.
    static func returns(
        bearing tracking: String, by courier: String, told status: Parcel.State?, at moment: Timestamp,
        among orders: [Order]
    ) -> [ReturnID] {
        orders.compactMap { order in
            guard let index = order.place(ofReturn: tracking, by: courier),
                order.returns[index].mayBeToldOf(status, at: moment)
            else { return nil }
            return ReturnID(order.id, order.returns[index].number)
        }
    }

    /// Whether one of some parcels was not at its end when something was told.
    static func mayMean(
        _ parcels: [ParcelID], told status: Parcel.State?, at moment: Timestamp, among orders: [Order]
    ) -> Bool {
        parcels.contains { name in
            orders.first { $0.id == name.order }?.part(name)?.mayBeToldOf(status, at: moment) ?? false
        }
    }
}

extension Parcel {
    func bears(_ number: String, by courier: String) -> Bool {
        tracking == number && (self.courier ?? courier) == courier
    }

    /// Whether a courier can have told something of it at a moment: while it was under way; and for a while after,
    /// where that is another end, which may follow its own.
    fileprivate func mayBeToldOf(_ status: State?, at moment: Timestamp) -> Bool {
        let last = (state.isSent ? news[state] ?? news.newestAt : news.newestAt) ?? updatedAt
        if moment <= last { return true }
        guard last + Order.askedAfterEnd > moment else { return false }
        guard state.isFinal else { return true }
        return status.map(state.exits.values.contains) ?? false
    }
}

extension Order {
    /// What else is under way by a number, as people are told: another parcel of its courier that is not at its end,
    /// so that news would be of both; nil where nothing is.
    func otherBearer(of tracking: String, by courier: String?, than place: Int, in work: Work) -> String? {
        let others = work.orders(tracked: tracking).filter { $0 != id }.compactMap { work.peek($0) }
        for order in [self] + others {
            let other = order.parcels.first {
                $0.tracking == tracking && $0.courier == courier && !$0.state.isFinal && !$0.lines.isEmpty
                    && (order.id != id || $0.number != parcels[place].number)
            }
            guard let other else { continue }
            return order.isVisible(to: work.principal)
                ? "the parcel \(ParcelID(order.id, other.number)) of order \(order.number)" : "another parcel"
        }
        return nil
    }

    /// A parcel goes by a number that was taken off before, off it or another one of the order: what was told under it
    /// meanwhile is of this parcel.
    mutating func takeUpNews(of tracking: String, by courier: String?, on place: Int) {
        for other in parcels.indices {
            for index in parcels[other].labels.indices {
                let label = parcels[other].labels[index]
                guard !label.state.isLive, label.tracking == tracking, label.courier == courier ?? label.courier else {
                    continue
                }
                parcels[place].news.merge(label.news)
                parcels[other].labels[index].news = ParcelNews()
            }
        }
    }
}

/// The numbers of labels that were taken off, in their table.
enum OldLabelStore {
    private static let insert = Statement(
        """
        INSERT INTO old_labels (tracking, order_id) VALUES (:tracking, #order_id)
        ON CONFLICT (tracking, order_id) DO NOTHING
        """)
    private static let ordersByTracking = Statement(
        "SELECT order_id FROM old_labels WHERE tracking = :tracking ORDER BY order_id DESC LIMIT #limit")

    static func insert(_ tracking: String, of order: OrderID, in db: any Connection) throws {
        try db.change(insert, [[.text(tracking), .integer(order.value)]])
    }

    static func orders(tracking: String, limit: Int, in db: any Connection) throws -> [OrderID] {
        try db.rows(ordersByTracking, [.text(tracking), SQLValue(limit)]) { OrderID(try $0.integer(0)) }
    }
}
