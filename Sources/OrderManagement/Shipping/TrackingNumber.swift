/// Whose parcels a courier's number may mean, in one place for those who look for one and for news that name nothing
/// else.
public enum TrackingNumber {
    /// Orders that one number finds.
    static let ordersMax = 20

    /// The orders that sent a parcel by a number, newest first, and then those to which one comes back by it.
    public static func orders(_ number: String, in db: any Connection) throws -> [OrderID] {
        let sent = try ParcelStore.orders(tracking: number, limit: ordersMax, in: db)
        let awaited = try ReturnSearch.ids(ofTracking: number, limit: ordersMax, in: db).map(\.order)
        var seen: Set<OrderID> = []
        return (sent + awaited).filter { seen.insert($0).inserted }
    }
}
