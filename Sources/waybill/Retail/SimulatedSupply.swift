import OrderManagement

/// The buyers of the warehouses: what runs low is ordered, and comes in by ordinary receipts.
///
/// They reckon with what was supplied and what was sold of each SKU, backordered units included, so they need not look
/// at the shelves. How much they keep is made up.
struct SimulatedSupply {
    /// Below this many units of a SKU more is ordered.
    static let low: Int64 = 300
    /// Up to this many.
    static let full: Int64 = 1_000
    /// From order to receipt.
    static let lead = Seconds.days(3)

    /// The codes of the warehouses, which share what comes.
    let warehouses: [String]
    private var position: [String: Int64] = [:]
    private var coming: [(due: Timestamp, entries: [MoveStock.Entry])] = []
    private var orders = 0

    init(warehouses: [String]) { self.warehouses = warehouses }

    /// Notes what is there of an item that has been known before.
    mutating func find(_ sku: String, units: Int64) { position[sku] = units }

    /// First stock of items that are new.
    mutating func stock(_ skus: [String]) -> [MoveStock] {
        let fresh = skus.filter { position[$0] == nil }
        for sku in fresh { position[sku] = Self.full }
        orders += fresh.isEmpty ? 0 : 1
        return commands(fresh.flatMap { receipts($0, Self.full) })
    }

    /// Notes units that were sold; orders what runs low by it.
    mutating func sell(_ units: [(sku: String, quantity: Int64)], at now: Timestamp) {
        var entries: [MoveStock.Entry] = []
        for (sku, quantity) in units {
            let left = (position[sku] ?? 0) - quantity
            position[sku] = left
            guard left < Self.low else { continue }
            if entries.isEmpty { orders += 1 }
            entries += receipts(sku, Self.full - left)
            position[sku] = Self.full
        }
        if !entries.isEmpty { coming.append((now + Self.lead, entries)) }
    }

    var nextDue: Timestamp? { coming.first?.due }

    /// Takes the receipts that are due.
    mutating func due(at now: Timestamp) -> [MoveStock] {
        let arrived = coming.prefix { $0.due <= now }
        coming.removeFirst(arrived.count)
        return commands(arrived.flatMap(\.entries))
    }

    private func receipts(_ sku: String, _ units: Int64) -> [MoveStock.Entry] {
        let shares = units.split(by: warehouses.map { _ in 1 })
        return zip(warehouses, shares).filter { $0.1 > 0 }.map { warehouse, share in
            MoveStock.Entry(reason: .receive, sku: sku, location: warehouse, quantity: share, reference: "PO-\(orders)")
        }
    }

    /// In pieces of a size that leaves others room in a group.
    private func commands(_ entries: [MoveStock.Entry]) -> [MoveStock] {
        stride(from: 0, to: entries.count, by: 100).map {
            MoveStock(entries: Array(entries[$0..<min(entries.count, $0 + 100)]))
        }
    }
}
