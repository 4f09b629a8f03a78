/// Those who wait for a SKU are served and told when it is expected, the longest waiting first.
extension JobRunner {
    /// Serves the orders that wait for a SKU, the oldest first: one walk along the queue, until nothing is left. Those
    /// who wait on have moved up: their dates are worked out again where more is to come.
    func fillBackorders(of sku: String, _ job: JobID) async throws {
        var (place, isServed): (OrderID?, Bool) = (OrderID(0), false)
        while let after = place {
            let page = try await waybill.read {
                try BackorderQueue.servable(with: sku, after: after, limit: Self.pageMax, in: $0)
            }
            for order in page.orders {
                do {
                    _ = try await waybill.perform(FillBackorders(order: order, sku: sku), as: .system)
                    isServed = true
                } catch let refusal as Refusal where refusal.code == .insufficientStock {
                    continue  // nothing for this order; another channel may keep less back
                }
            }
            place = page.last
        }
        let now = waybill.clock()
        var isMore = false
        if isServed { isMore = try await waybill.read { try !InboundStore.toCome([sku], at: now, in: $0).isEmpty } }
        _ = try await waybill.perform(
            FinishJob(job: job, followUp: isMore ? (.promiseBackorders, sku) : nil), as: .system)
    }

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
