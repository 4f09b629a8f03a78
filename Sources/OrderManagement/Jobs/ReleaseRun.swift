extension JobRunner {
    /// Has the orders of a channel looked at that have work which is not released, the first promised first.
    func releaseWaiting(on channel: String, _ job: JobID) async throws {
        let waiting = try await waybill.read { db -> [OrderID] in
            var found: Set<OrderID> = []
            for location in try Configuration.load(in: db).sortedLocations {
                try FulfillmentStore.walk([.open], at: location.code, from: db) { order, _ in
                    if order.channel == channel { found.insert(order.id) }
                    return true
                }
            }
            return found.sorted()
        }
        for order in waiting { _ = try await waybill.perform(ReleaseWaiting(order: order), as: .system) }
        _ = try await waybill.perform(FinishJob(job: job, followUp: nil), as: .system)
    }
}
