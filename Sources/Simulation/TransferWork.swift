import OrderManagement

/// Stock between locations: planned, sent, come and lost, in whole and in part, rightly and wrongly.
extension Workload {
    /// The next step of a transfer that is under way, or a new one.
    mutating func transfer(in db: any Connection) throws -> any Command {
        let open = try [Transfer.State.planned, .sent].flatMap {
            try TransferStore.page(.init(state: $0), after: TransferID(0), limit: 40, in: db)
        }
        guard let transfer = chance.any(of: open), chance.chance(80) else { return planTransfer() }
        switch chance.chance(94) ? transfer.state : chance.one(of: Transfer.State.allCases) {
        case .planned:
            if chance.chance(20) { return CancelTransfer(transfer: transfer.id) }
            return SendTransfer(transfer: transfer.id, lines: chance.chance(75) ? nil : part(of: transfer))
        case .sent, .arrived, .short, .cancelled:
            return ReceiveTransfer(
                transfer: transfer.id, lines: chance.chance(55) ? nil : part(of: transfer),
                isShort: chance.chance(25))
        }
    }

    private mutating func planTransfer() -> PlanTransfer {
        let lines = (0..<chance.number(1...3)).map { _ in
            SKUQuantity(
                sku: chance.chance(97) ? chance.one(of: world.items).sku : "NO-SUCH-SKU",
                quantity: chance.number(1...8))
        }
        return PlanTransfer(
            from: chance.one(of: world.locations).code,
            to: chance.chance(97) ? chance.one(of: world.locations).code : "NOWHERE", lines: lines)
    }

    /// Some of its units, sometimes too many.
    private mutating func part(of transfer: Transfer) -> [SKUQuantity] {
        transfer.lines.compactMap { line in
            let most = chance.chance(95) ? line.toCome : line.toCome + 2
            let units = most > 0 ? chance.number(0...most) : 0
            return units > 0 ? SKUQuantity(sku: line.sku, quantity: units) : nil
        }
    }
}
