/// Job: goods have a weight now that had none, or a hold was lifted. Labels of an order that failed for want of it are
/// asked for anew, and people are told what is in the way now, if anything is. What is on hold waits, and so does what
/// is still unknown.
struct AskForLabels: Command {
    static let name = "ask-for-labels"
    let order: OrderID
    /// Whether a hold was lifted: all of them are, whatever they failed for.
    var isAfterHold = false

    func needs(_ needs: inout Needs, given work: Work) { needs.packed(order, given: work) }

    func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.fulfillmentsWrite)
        let before = try work.order(self.order)
        var order = before
        if isAfterHold { try order.labelUnheld(in: &work) } else { order.labelWeighed(in: &work) }
        if order != before { work.update(order) }
        return Reply(body: "{}")
    }
}

extension ExceptionStore {
    /// Of a page of labels that failed, the orders whose goods had no weight and may have one now: they themselves, or
    /// a kit of them.
    ///
    /// - Returns: The orders, and where the next page begins; nil at the end.
    static func weighed(
        after: ExceptionID, limit: Int, in db: any Connection
    ) throws -> (orders: [OrderID], last: ExceptionID?) {
        var search = ExceptionSearch()
        search.kind = .labelFailed
        let page = try page(search, after: after, limit: limit, in: db)
        var hasWeight: [String: Bool] = [:]
        for sku in Set(page.compactMap(\.sku)).sorted() {
            try ItemStore.load([sku] + ItemStore.allKits(of: sku, in: db), in: db) { item in
                if item.weightGrams > 0 { hasWeight[sku] = true }
            }
        }
        let found = page.filter { $0.sku.flatMap { hasWeight[$0] } ?? false }.compactMap(\.order)
        return (Set(found).sorted(), page.count == limit ? page.last?.id : nil)
    }
}
