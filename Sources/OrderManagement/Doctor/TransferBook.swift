/// The transfers: what they hold at their senders and have under way, and the pickups that wait for them.
enum TransferBook {
    /// Walked after the orders, before the levels.
    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        var after = TransferID(Int64.min)
        while true {
            let page = try TransferStore.page(after: after, limit: Doctor.rowsMax, in: examination.db)
            for transfer in page { examine(transfer, in: &examination) }
            examination.count(.transfers, page.count)
            guard let last = page.last, page.count == Doctor.rowsMax else { break }
            after = last.id
        }
        for (claim, units) in examination.awaited.sorted(by: { $0.key < $1.key }) {
            examination.finding(
                .transfers, claim.transfer.description, "a line for line \(claim.line) of an order", "none",
                "A fulfillment waits for \(units) units that no transfer brings.")
        }
    }

    private static func examine(_ transfer: Transfer, in examination: inout Examination) {
        for line in transfer.lines {
            let (here, there) = (
                StockPlace(sku: line.sku, location: transfer.from), StockPlace(sku: line.sku, location: transfer.to)
            )
            switch transfer.state {
            case .planned:
                examination.holdings[here, default: Holding()].allocated &+= line.bound
            case .sent, .arrived, .short:
                examination.holdings[here, default: Holding()].sent &+= line.quantity &- line.cancelled
                examination.holdings[there, default: Holding()].inTransit &+= line.toCome
            case .cancelled: break
            }
            examineStates(line, of: transfer, in: &examination)
            guard let number = line.orderLine else { continue }
            let claim = TransferClaim(transfer: transfer.id, line: number)
            let awaited = examination.awaited.removeValue(forKey: claim) ?? 0
            examination.compare(
                .transfers, transfer.id.description, "line \(line.number) bound", expected: awaited, found: line.bound,
                "Bound units are those that a fulfillment of the order waits for.")
        }
    }

    private static func examineStates(
        _ line: Transfer.Line, of transfer: Transfer, in examination: inout Examination
    ) {
        let isOver = transfer.state.isFinal
        let isWrong =
            line.toCome < 0 || line.bound > line.toCome || isOver && line.toCome != 0
            || transfer.state == .planned && line.arrived + line.lost != 0
            || transfer.state == .arrived && line.lost != 0
        guard isWrong else { return }
        examination.finding(
            .transfers, transfer.id.description, "units that a \(transfer.state.rawValue) transfer can have",
            "line \(line.number): \(line.quantity) planned, \(line.cancelled) cancelled, \(line.arrived) arrived, "
                + "\(line.lost) lost", "What is over has no unit to come, and nothing arrives before it is sent.")
    }
}

/// Units of an order's line that wait for a transfer.
struct TransferClaim: Hashable, Comparable {
    let transfer: TransferID
    let line: Int
    static func < (left: Self, right: Self) -> Bool { (left.transfer, left.line) < (right.transfer, right.line) }
}
