/// Compares a list of an order's parts as read with the list as it is now.
///
/// Parts are never removed and never change places, so a part is new when it stands behind the old ones.
struct PartChanges<Part: Equatable> {
    var inserted: [(order: OrderID, part: Part)] = []
    var updated: [(order: OrderID, part: Part)] = []

    init(_ changes: [(order: OrderID, before: [Part], after: [Part])]) {
        for (order, before, after) in changes {
            for (part, old) in zip(after, before) where part != old { updated.append((order, part)) }
            for part in after.dropFirst(before.count) { inserted.append((order, part)) }
        }
    }
}
