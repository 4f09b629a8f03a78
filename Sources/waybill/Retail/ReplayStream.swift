import Foundation
import OrderManagement
import Server

/// Reads a file of orders on a thread of its own, ahead of those who place them, but not far.
///
/// A class, since two threads share its queue; the condition guards everything mutable.
final class ReplayStream: @unchecked Sendable {
    enum Entry: Sendable {
        /// An order, the items that it is made of, and the rows.
        case order(PlaceOrder, items: [Item], rows: [Int])
        case note(OnlineRetailNote)
        case omitted(RejectedRow, kind: String)
    }

    /// Entries gathered before the reader waits.
    static let aheadMax = 512

    private let condition = NSCondition()
    private var entries: [Entry] = []
    private var rows = 0
    private var error: (any Error)?
    private var isDone = false
    private var isStopped = false

    private struct Stopped: Error {}

    init(_ table: TableFile, channel: String) throws {
        let isOnlineRetail = try OnlineRetail.isLayout(of: table)
        let path = table.name
        let thread = Thread { [self] in
            do {
                // Opened anew: a table is used by one thread only.
                let table = TableFile(path: path)
                if isOnlineRetail { try readOnlineRetail(table, channel) } else { try readBodies(table) }
                end(nil)
            } catch is Stopped {
                end(nil)
            } catch {
                end(error)
            }
        }
        thread.name = "file reader"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// The next entries, as many as are there; empty at the end of the file.
    /// - Throws: what reading the file came upon.
    func next() throws -> [Entry] {
        condition.lock()
        defer { condition.unlock() }
        while entries.isEmpty, !isDone { condition.wait() }
        if entries.isEmpty, let error { throw error }
        let taken = entries
        entries.removeAll()
        condition.broadcast()
        return taken
    }

    /// Rows of the whole file: known at its end.
    var rowsRead: Int {
        condition.lock()
        defer { condition.unlock() }
        return rows
    }

    /// Ends the reading early.
    func stop() {
        condition.lock()
        isStopped = true
        condition.broadcast()
        condition.unlock()
    }

    private func put(_ entry: Entry) throws {
        condition.lock()
        defer { condition.unlock() }
        while entries.count >= Self.aheadMax, !isStopped { condition.wait() }
        if isStopped { throw Stopped() }
        entries.append(entry)
        condition.broadcast()
    }

    private func end(_ error: (any Error)?) {
        condition.lock()
        self.error = error
        isDone = true
        condition.broadcast()
        condition.unlock()
    }

    private func note(rows count: Int) {
        condition.lock()
        rows = count
        condition.unlock()
    }

    private func readOnlineRetail(_ table: TableFile, _ channel: String) throws {
        var source = OnlineRetail(tellsNotes: true)
        var known: Set<String> = []
        try source.read(table) { entry in
            switch entry {
            case .omitted(let row):
                try put(.omitted(RejectedRow(row.line, row.reason), kind: row.omission.rawValue))
            case .note(let note): try put(.note(note))
            case .order(let order):
                let items = order.lines.filter { known.insert($0.sku).inserted }.map { MadeUpItem.item($0) }
                let command = order.command(
                    channel: channel, customer: order.knownCustomer, delivery: order.knownDelivery)
                try put(.order(command, items: items, rows: order.rows))
            }
        }
        note(rows: source.rows)
    }

    private func readBodies(_ table: TableFile) throws {
        var count = 0
        var known: Set<String> = []
        try table.read { record in
            count += 1
            do {
                let record = try record.get()
                guard let body = record.object else {
                    throw CommandRefused("\(table.name) holds neither Online Retail nor one JSON order per line")
                }
                let command = try PlaceOrder(body: body)
                let items = command.lines.filter { known.insert($0.sku).inserted }.map {
                    Item(sku: $0.sku, name: $0.sku, weightGrams: MadeUpItem.weightGrams)
                }
                try put(.order(command, items: items, rows: [record.line]))
            } catch let wrong as RejectedRow {
                try put(.omitted(wrong, kind: "cannot be read"))
            } catch let refusal as Refusal {
                try put(.omitted(RejectedRow(count, refusal.explanation), kind: "cannot be read"))
            }
        }
        note(rows: count)
    }
}
