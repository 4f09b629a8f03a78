/// Rows of one kind in the working set: as read, as they are now, and how to undo the command that runs.
struct Table<Key: Hashable, Row> {
    private struct Slot {
        /// As read from the database; nil when it held none.
        var before: Row?
        var now: Row?
        var isChanged = false
    }

    private var slots: [Key: Slot] = [:]
    private var undo: [(key: Key, slot: Slot?)] = []
    private var changedKeys: [Key] = []

    func isLoaded(_ key: Key) -> Bool { slots[key] != nil }
    subscript(key: Key) -> Row? { slots[key]?.now }

    /// Takes in what the database holds under a key.
    mutating func load(_ key: Key, _ row: Row?) { slots[key] = Slot(before: row, now: row) }

    /// Every row that is there.
    var rows: some Sequence<(Key, Row)> { slots.lazy.compactMap { key, slot in slot.now.map { (key, $0) } } }

    /// Puts a row in place of what is there, or where nothing was.
    mutating func put(_ key: Key, _ row: Row) {
        let slot = slots[key]
        undo.append((key, slot))
        if slot?.isChanged != true { changedKeys.append(key) }
        slots[key] = Slot(before: slot?.before, now: row, isChanged: true)
    }

    /// Keeps what the command did.
    mutating func keep() { undo.removeAll(keepingCapacity: true) }

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
            return (key, slot.before, now)
        }
    }
}
