/// Those who wait for a SKU are told when it is expected, the longest waiting first.
extension JobRunner {
    /// Orders that are told of a new date by one job before it makes way.
    private static let promisesMax = 200

    func promiseBackorders(of sku: String, _ job: JobID) async throws {
        let now = waybill.clock()
        let changes = try await waybill.read { try BackorderPromise.changes(of: sku, at: now, in: $0) }
        for promise in changes.prefix(Self.promisesMax) {
            _ = try await waybill.perform(PromiseBackorder(promise: promise), as: .system)
        }
        let isMore = changes.count > Self.promisesMax
        _ = try await waybill.perform(
            FinishJob(job: job, followUp: isMore ? (.promiseBackorders, sku) : nil), as: .system)
    }

    /// Moves what was sold of an item in advance to the day that the item says now.
    func movePreorders(of sku: String, _ job: JobID) async throws {
        var after = OrderID(0)
        while true {
            let page = try await waybill.read { [after] in
                try BackorderQueue.preordered(sku, after: after, limit: Self.promisesMax, in: $0)
            }
            for order in page { _ = try await waybill.perform(MovePreorder(order: order), as: .system) }
            guard let last = page.last, page.count == Self.promisesMax else { break }
            after = last
        }
        _ = try await waybill.perform(FinishJob(job: job, followUp: nil), as: .system)
    }
}
