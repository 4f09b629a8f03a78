/// What follows from a change of an order by itself, whatever brought it.
extension Order {
    /// 1. What is said of the whole follows its parts: dates that nobody waits for, and debts that were paid after all.
    /// 2. An order that is completed by it says so.
    /// 3. What waited for it goes on or ends: returns, labels of nothing, and exceptions that are settled by it.
    ///
    /// - Parameter before: nil for one that is placed.
    mutating func settleChange(since before: Order?, in work: inout Work) {
        forgetDates()
        reduceWriteOff(in: &work)
        if let before, OrderStatus(of: before).overall == .open, OrderStatus(of: self).overall == .completed {
            work.record(.orderCompleted, on: &self) { $0.member("number", before.number) }
        }
        if let before { payReturnsThatWaited(since: before, in: &work) }
        letGoOfUselessLabels(in: &work)
        resolveSettledExceptions(in: &work)
        tellOldLabelsAnew(in: &work)
    }
}
