/// Whose parcels a courier's number may mean, in one place for those who look for one and for news that name nothing
/// else.
public enum TrackingNumber {
    /// Orders that one number finds.
    static let ordersMax = 20

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
        // What a person has said to be of another parcel is of no other one than that.
        let meant = known.filter { !$0.parcel.news.isOthers }
        let candidates = meant.isEmpty ? known : meant
        guard candidates.count > 1 else { return candidates.map(\.name) }
        let open = candidates.filter { $0.parcel.mayBeToldOf(status, at: moment) }
        guard open.isEmpty else { return open.map(\.name) }
        // All were at their ends: the last of them.
        return candidates.max { ($0.since, $0.name) < ($1.since, $1.name) }.map { [$0.name] } ?? []
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
