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

    // MARK: What is expected, and what checkouts keep

    /// The next step of an inbound supply or of a checkout, or a new one.
    mutating func supply(in db: any Connection) throws -> any Command {
        guard chance.chance(50) else { return checkout() }
        let open = try InboundStore.page(state: .expected, after: InboundID(0), limit: 40, in: db)
        guard let supply = chance.any(of: open), chance.chance(70) else { return expect() }
        switch chance.number(1...10) {
        case 1: return CloseInbound(inbound: supply.id, isCancellation: false)
        case 2: return CloseInbound(inbound: supply.id, isCancellation: true)
        case 3: return RescheduleInbound(inbound: supply.id, due: now(less: chance.number(-900_000_000...0)))
        case 4:
            let line = supply.lines[0]
            return MoveStock(
                entries: [
                    .init(
                        reason: .putAway, sku: line.sku, location: supply.location, quantity: chance.number(1...6),
                        reference: supply.id.description)
                ], isList: false)
        default:
            guard chance.chance(50), let line = chance.any(of: supply.lines) else {
                return ReceiveInbound(inbound: supply.id)
            }
            let most = chance.chance(92) ? max(1, line.toCome) : line.toCome + 2
            return ReceiveInbound(
                inbound: supply.id, lines: [.init(sku: line.sku, quantity: chance.number(1...most))])
        }
    }

    private mutating func expect() -> ExpectInbound {
        let lines = (0..<chance.number(1...3)).map { _ in
            SKUQuantity(
                sku: chance.chance(97) ? chance.one(of: world.items).sku : "NO-SUCH-SKU",
                quantity: chance.number(1...20))
        }
        return ExpectInbound(
            location: chance.chance(97) ? chance.one(of: world.locations).code : "NOWHERE",
            reference: chance.chance(90) ? nextName() : "E-1", due: now(less: chance.number(-900_000_000...0)),
            lines: lines)
    }

    private mutating func checkout() -> any Command {
        if let reservation = chance.any(of: reservations), chance.chance(25) {
            return ReleaseReservation(reservation: reservation)
        }
        let lines = (0..<chance.number(1...2)).map { _ in
            ReserveStock.Line(
                sku: chance.chance(50)
                    ? chance.one(of: world.hot) : chance.one(of: chance.chance(25) ? world.kits : world.items).sku,
                quantity: chance.number(1...3),
                location: chance.chance(20) ? chance.one(of: world.locations).code : nil)
        }
        return ReserveStock(
            channel: chance.one(of: world.channels).code, lines: lines, expiresIn: Seconds(chance.number(30...3_600)))
    }
}
