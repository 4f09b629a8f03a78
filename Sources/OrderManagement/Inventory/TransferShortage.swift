/// What of a planned transfer its sender has not, as its stock is now.
public struct TransferShortage: Hashable, Sendable {
    public let sku: String
    /// Units that are to be sent.
    public let quantity: Int64
    /// Of them, those that may be.
    public let available: Int64

    /// Of the planned ones among some transfers, what their senders have not.
    public static func of(
        _ transfers: some Sequence<Transfer>, in db: any Connection
    ) throws -> [TransferID: [TransferShortage]] {
        let planned = transfers.filter { $0.state == .planned }
        var places: Set<StockPlace> = []
        for transfer in planned {
            for line in transfer.lines { places.insert(StockPlace(sku: line.sku, location: transfer.from)) }
        }
        var levels: [StockPlace: StockLevel] = [:]
        for level in try StockReading.levels(at: places, in: db) {
            levels[StockPlace(sku: level.sku, location: level.location)] = level
        }
        return planned.reduce(into: [:]) { found, transfer in
            found[transfer.id] = transfer.shortages { sku in
                levels[StockPlace(sku: sku, location: transfer.from)]
                    ?? StockLevel(sku: sku, location: transfer.from)
            }
        }
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.object {
            $0.member("sku", sku)
            $0.member("quantity", quantity)
            $0.member("available", available)
            $0.member("short", quantity - available)
        }
    }
}

extension StockLevel {
    /// Units that a transfer may take: an order's are promised to it, and leave as far as they are there, whatever a
    /// count has missed; others must be available.
    func sendable(forOrder isBound: Bool) -> Int64 { isBound ? max(0, onHand - quarantined) : promisable }
}

extension Transfer {
    /// The lines of a planned transfer that cannot be sent whole; none once it was sent or given up.
    public func shortages(_ level: (String) -> StockLevel) -> [TransferShortage] {
        guard state == .planned else { return [] }
        var left: [String: Int64] = [:]
        return lines.compactMap { line in
            let units = line.toCome
            let there = left[line.sku] ?? level(line.sku).sendable(forOrder: order != nil)
            left[line.sku] = max(0, there - units)
            return there < units ? TransferShortage(sku: line.sku, quantity: units, available: there) : nil
        }
    }

    /// - Parameter shortages: What senders have not, by transfer: said of those that are planned.
    public func write(to json: inout JSONWriter, _ shortages: [TransferID: [TransferShortage]]) {
        let short = shortages[id]
        write(to: &json) { json in short.map { Self.write($0, to: &json) } }
    }

    static func write(_ shortages: [TransferShortage], to json: inout JSONWriter) {
        json.array("shortages") { list in for shortage in shortages { shortage.write(to: &list) } }
    }
}
