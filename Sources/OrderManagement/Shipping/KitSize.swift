/// How large a kit is that nobody has measured: as large as its parts together.
extension Work {
    /// - Returns: nil where nobody has measured the line's item, nor any of its parts.
    func size(of line: OrderLine) -> Tariff.Size? {
        func measured(_ sku: String) -> Tariff.Size? {
            let size = item(sku)?.size.map(Tariff.Size.init)
            // Nobody has measured what has an edge of nothing.
            return size.flatMap { $0.edges[2] > 0 ? $0 : nil }
        }
        if let own = measured(line.sku) { return own }
        let parts = line.components.map { (size: measured($0.sku), count: $0.quantity) }
        let known = parts.compactMap(\.size)
        guard !known.isEmpty else { return nil }
        let boxes = configuration.packaging.boxes
        if known.count == parts.count {
            let block = Tariff.Size.block(of: parts.map { ($0.size ?? known[0], $0.count) })
            if let block, boxes.contains(where: { block.fits(in: $0.inner) }) { return block }
        }
        // They may go in by a cleverer arrangement, but into nothing that one of them does not fit.
        let edges = (0..<3).map { edge in known.map { $0.edges[edge] }.max() ?? 0 }
        return Tariff.Size(edges[0], edges[1], edges[2])
    }
}

extension Tariff.Size {
    /// Units of one part that are laid out; what has more of them is looked at no closer.
    private static let unitsMax: Int64 = 200

    /// A cuboid that parts surely go into: those of a kind in rows, columns and layers, the kinds on each other.
    fileprivate static func block(of parts: [(size: Self, count: Int64)]) -> Self? {
        var block: Self?
        for part in parts {
            guard part.count <= unitsMax else { return nil }
            let layers = grid(of: part.count, part.size)
            block = block.map {
                Self(
                    max($0.edges[0], layers.edges[0]), max($0.edges[1], layers.edges[1]),
                    $0.edges[2] + layers.edges[2])
            } ?? layers
        }
        return block
    }

    /// The grid with the shortest longest edge; of several, the least.
    private static func grid(of count: Int64, _ size: Self) -> Self {
        var best: Self?
        for rows in 1...max(1, count) {
            for columns in 1...max(1, count / rows) {
                let layers = (count - 1) / (rows * columns) + 1
                let tried = Self(size.edges[0] * layers, size.edges[1] * columns, size.edges[2] * rows)
                if best.map({ tried.edges.lexicographicallyPrecedes($0.edges) }) ?? true { best = tried }
            }
        }
        return best ?? size
    }
}
