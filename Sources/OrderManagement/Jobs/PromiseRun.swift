/// Those who wait for a SKU are told when it is expected, the longest waiting first.
extension JobRunner {
    /// Orders that are told of a new date by one job before it makes way.
    private static let promisesMax = 200

    func promiseBackorders(of sku: String, _ job: JobID) async throws {
        let changes = try await waybill.read { try BackorderPromise.changes(of: sku, in: $0) }
        for promise in changes.prefix(Self.promisesMax) {
            _ = try await waybill.perform(PromiseBackorder(promise: promise), as: .system)
        }
        let isMore = changes.count > Self.promisesMax
        _ = try await waybill.perform(
            FinishJob(job: job, followUp: isMore ? (.promiseBackorders, sku) : nil), as: .system)
    }
}
