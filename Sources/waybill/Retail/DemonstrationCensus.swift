import OrderManagement

/// What a database holds, counted by state: for the summary of a demonstration, which is small.
struct DemonstrationCensus {
    /// By status and fulfillment status.
    let orders: [(name: String, count: Int)]
    /// Stages that wait or failed, holds, fulfillments, parcels and returns by state, open exceptions.
    let parts: [(name: String, count: Int)]

    init(of waybill: OrderManagement) throws {
        orders = try ReplayResult.statuses(of: waybill)
        var tally = ImportReport.Tally()
        var cursor: String?
        repeat {
            let after = cursor
            let page = try waybill.readNow { db in
                let page = try OrderSearch().page(after: after, limit: 200, in: db)
                return (next: page.next, orders: try page.ids.compactMap { try OrderStore.order($0, in: db) })
            }
            for order in page.orders { Self.count(order, &tally) }
            cursor = page.next
        } while cursor != nil
        let exceptions = try waybill.readNow { try ExceptionStore.open(after: ExceptionID(0), limit: 500, in: $0) }
        for exception in exceptions { tally.add("exception open: \(exception.kind.rawValue)") }
        parts = tally.entries.sorted { $0.name < $1.name }
    }

    private static func count(_ order: Order, _ tally: inout ImportReport.Tally) {
        for gate in order.gates where gate.state != .passed && OrderStatus(of: order).overall == .open {
            tally.add("stage \(gate.state.rawValue): \(gate.name)")
        }
        if order.isOnHold { tally.add("order on hold") }
        for fulfillment in order.fulfillments {
            tally.add("fulfillment \(fulfillment.method == .pickup ? "to collect " : "")\(fulfillment.state.rawValue)")
        }
        for parcel in order.parcels { tally.add("parcel \(parcel.state.rawValue)") }
        for entry in order.returns { tally.add("return \(entry.state.rawValue)") }
    }
}
