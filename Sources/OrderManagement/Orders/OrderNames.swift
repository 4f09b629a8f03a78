/// What names one order, on paper and on boxes: its number and id, the channel's own name, the reference on a return's
/// label, the courier's number of a parcel that goes out or comes back.
extension OrderSearch {
    private static let byExternalID = Statement(
        "SELECT id FROM orders WHERE channel = :channel AND external_id = :external_id")
    private static let channels = Statement("SELECT DISTINCT code FROM channels ORDER BY code LIMIT 1000")
    /// The orders that are named; nil when the search is for something else, or the free text names none.
    func named(in db: any Connection) throws -> [OrderID]? {
        if let number { return try order(ofNumber: number, in: db).map { [$0] } ?? [] }
        if let externalID { return try orders(externalID: externalID, in: db) }
        if let tracking { return try orders(tracked: tracking, in: db) }
        guard let text = freeText else { return nil }
        if let id = OrderID(text) { return [id] }
        if let id = try order(ofNumber: text, in: db) { return [id] }
        let named = try orders(externalID: text, in: db)
        if !named.isEmpty { return named }
        let tracked = try orders(tracked: text, in: db)
        return tracked.isEmpty ? nil : tracked
    }

    /// By the order's number, or by the reference of one of its returns.
    private func order(ofNumber text: String, in db: any Connection) throws -> OrderID? {
        let number = text.trimmed.uppercased()
        return try OrderStore.id(ofNumber: number, in: db) ?? ReturnSearch.id(ofReference: number, in: db)?.order
    }

    /// By a courier's number, or by what a scanner read of it.
    private func orders(tracked text: String, in db: any Connection) throws -> [OrderID] {
        try TrackingNumber.orders(TrackingNumber.known(text.trimmed, in: db), in: db).sorted(by: >)
    }

    private func orders(externalID: String, in db: any Connection) throws -> [OrderID] {
        let codes = try channel.map { [$0] } ?? db.rows(Self.channels) { try $0.text(0) }
        var found: [OrderID] = []
        try db.query(Self.byExternalID, codes.map { [.text($0), .text(externalID)] }) {
            found.append(OrderID(try $0.integer(0)))
        }
        return found.sorted(by: >)
    }
}
