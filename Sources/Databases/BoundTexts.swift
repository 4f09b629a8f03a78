import OrderManagement

/// Where the texts of a statement's parameters stand while it runs, so that SQLite need not copy each.
///
/// A class, since it owns memory. Only the thread that was lent the connection touches it.
final class BoundTexts {
    private var memory = UnsafeMutableBufferPointer<CChar>.allocate(capacity: 16 * 1024)
    private var used = 0

    deinit { memory.deallocate() }

    /// Forgets the rows before and makes room for the texts of the next ones: they will not move.
    func makeRoom(for rows: ArraySlice<[SQLValue]>) {
        var needed = 0
        for values in rows { for case .text(let text) in values { needed += text.utf8.count } }
        used = 0
        guard needed >= memory.count else { return }
        memory.deallocate()
        memory = .allocate(capacity: 2 * needed)
    }

    /// The text's bytes, valid until the next rows. Their address is never nil, which SQLite would take for null.
    func add(_ text: String) -> UnsafeBufferPointer<CChar> {
        var text = text
        return text.withUTF8 { bytes in
            let place = UnsafeMutableBufferPointer(rebasing: memory[used..<used + bytes.count])
            bytes.withMemoryRebound(to: CChar.self) { _ = place.update(fromContentsOf: $0) }
            used += bytes.count
            return UnsafeBufferPointer(place)
        }
    }
}
