/// Rows of one kind in the working set: as read, as they are now, and how to undo the command that runs.
struct Table<Key: Hashable, Row> {
    /// Rows are kept by reference: a slot is copied with each change, to undo it.
    private struct Slot {
        /// As read from the database; nil when it held none.
        var before: Kept<Row>?
        var now: Kept<Row>?
        var isChanged = false
    }

    private var slots: [Key: Slot] = [:]
    private var undo: [(key: Key, slot: Slot?)] = []
    private var changedKeys: [Key] = []

    func isLoaded(_ key: Key) -> Bool { slots[key] != nil }
    subscript(key: Key) -> Row? { slots[key]?.now?.value }

    /// Takes in what the database holds under a key.
    mutating func load(_ key: Key, _ row: Row?) {
        let kept = row.map { Kept($0) }
        slots[key] = Slot(before: kept, now: kept)
    }

    /// Every row that is there.
    var rows: some Sequence<(Key, Row)> { slots.lazy.compactMap { key, slot in slot.now.map { (key, $0.value) } } }

    /// Puts a row in place of what is there, or where nothing was.
    mutating func put(_ key: Key, _ row: Row) {
        let slot = slots[key]
        undo.append((key, slot))
        if slot?.isChanged != true { changedKeys.append(key) }
        slots[key] = Slot(before: slot?.before, now: Kept(row), isChanged: true)
    }

    /// Keeps what the command did.
    mutating func keep() { if !undo.isEmpty { undo.removeAll(keepingCapacity: true) } }

    /// Takes back what the command did, newest change first.
    mutating func takeBack() {
        while let (key, slot) = undo.popLast() {
            slots[key] = slot
            if slot?.isChanged != true { changedKeys.removeLast() }
        }
    }

    /// The rows that changed, in the order of their first change: before (nil for new) and now.
    var changes: [(key: Key, before: Row?, now: Row)] {
        changedKeys.compactMap { key in
            guard let slot = slots[key], let now = slot.now else { return nil }
            return (key, slot.before?.value, now.value)
        }
    }
}
