extension ReferenceModel {
    /// What became of the units of an order line, by the replies.
    struct Line: Sendable {
        let sku: String
        var ordered: Int64
        var cancelled: Int64 = 0
        var shipped: Int64 = 0
        var returned: Int64 = 0
    }
}
