/// A pickup whose units come from another location: what becomes of them as the transfer goes on.
extension Order {
    /// The place of the fulfillment that waits for a transfer. - Throws: `BrokenInvariant` when none does.
    private func index(waitingFor transfer: TransferID) throws(BrokenInvariant) -> Int {
        guard let index = fulfillments.firstIndex(where: { $0.transfer == transfer }) else {
            throw BrokenInvariant("no fulfillment of order \(number) waits for the transfer \(transfer)")
        }
        return index
    }

    /// - Throws: `.stagePending`, `.onHold`: an order's goods do not travel before it may be worked on.
    func requireReleasable(_ transfer: Transfer) throws(Refusal) {
        if let stage {
            throw Refusal(
                .stagePending, "the transfer is for order \(number), which has not passed the stage \(stage)")
        }
        try requireNoHold(on: transfer.lines.compactMap(\.orderLine))
    }

    /// Units have come that a fulfillment waited for: they can be worked on, those still under way wait on.
    mutating func take(_ units: [Int: Int64], from transfer: Transfer, in work: inout Work) throws {
        let index = try index(waitingFor: transfer.id)
        let whole = fulfillments[index]
        guard take(units, outOf: index) else {
            let lines = units.keys.sorted().map { Fulfillment.Line(line: $0, quantity: units[$0] ?? 0) }
            fulfillments.append(whole.split(lines, as: nextFulfillmentNumber))
            return
        }
        fulfillments[index] = whole
        fulfillments[index].transfer = nil
        fulfillments[index].updatedAt = work.now
    }

    /// Units that a fulfillment waited for will not come: they are found another place than the sender's, or wait.
    ///
    /// A sender that gave up the whole transfer is not asked again, as one that rejects is not; where nobody else has
    /// the units, a person hears of it. One that sent a part of it, or lost it, may have the rest later.
    mutating func miss(_ units: [Int: Int64], of transfer: Transfer, channel: Channel, in work: inout Work) throws {
        let index = try index(waitingFor: transfer.id)
        let whole = fulfillments[index]
        for (line, count) in units { lines[line - 1].allocated -= count }
        if take(units, outOf: index) {
            fulfillments[index].lines = whole.lines  // a cancelled job keeps saying what it was
            fulfillments[index].transfer = nil
            try fulfillments[index].apply(.cancel, at: work.now)
            record(.fulfillmentCancelled, fulfillments[index], in: &work)
        }
        if transfer.state == .cancelled {
            missedSenders.insert(transfer.from)
            let placed = try source(units, channel: channel, in: &work)
            if placed < units.values.reduce(0, +) { tellOfUnits(missedAt: transfer.from, "gave up to send", in: &work) }
            return
        }
        try source(units, leavingOut: [transfer.from], channel: channel, in: &work)
        // Where nobody else has them, they wait for what the sender still has, before all who come later.
        for line in units.keys.sorted().map({ lines[$0 - 1] }) where line.backordered > 0 {
            for part in line.goods { work.enqueue(.fillBackorders, payload: part.sku, due: work.now) }
        }
    }

    /// Gives units of a fulfillment back to stock: where they are, or where they are still to be sent from. Units on
    /// their way arrive for everybody.
    mutating func release(_ units: Int64, ofLine line: Int, from fulfillment: Fulfillment, in work: inout Work) throws {
        let sku = lines[line - 1].sku
        guard let id = fulfillment.transfer else {
            try move(.deallocate, units, ofLine: line, at: fulfillment.location, in: &work)
            return work.serveBackorders(ofGoodsOf: lines[line - 1])
        }
        guard var transfer = work.peek(id), let index = transfer.lines.firstIndex(where: { $0.orderLine == line }),
            transfer.lines[index].bound >= units
        else { throw BrokenInvariant("the transfer \(id) does not bring \(units) × \(sku) to order \(number)") }
        transfer.lines[index].bound -= units
        if transfer.state == .planned {
            transfer.lines[index].cancelled += units
            try work.move(StockMovement(.deallocate, units, of: sku, at: transfer.from, order: self.id))
            work.serveBackorders(of: sku)
            if transfer.lines.allSatisfy({ $0.toCome == 0 }) {
                try transfer.apply(.cancel)
                let cancelled = transfer
                work.record(.transferCancelled, on: &self) { cancelled.writeMembers(to: &$0) }
            }
        }
        work.update(transfer)
    }

    /// Tells of the transfers that were planned for it.
    mutating func recordPlanned(_ transfers: [Transfer], in work: inout Work) {
        for transfer in transfers {
            work.record(.transferPlanned, on: &self) { transfer.writeMembers(to: &$0) }
        }
    }
}

/// Units that a store lacks for a pickup are brought there from other locations.
extension OrderAllocation {
    /// What other locations bring to the store of a pickup.
    struct Supply {
        /// Who sends what, and why.
        let plan: SourcingPlan
        let transfers: [Transfer]
    }

    /// Plans who sends units to the store, and holds them there; nil where the channel leaves that out.
    ///
    /// One transfer and one fulfillment per sender and date from which goods may leave; the fulfillment waits for its
    /// transfer. It is ready after the sender's next cut-off, the channel's days on the way, and the store's next
    /// cut-off then. A store that rejected its own units may still hand out what others bring.
    /// - Parameter kept: What the order's checkout has reserved and sourcing did not take yet.
    func supply(
        _ wants: [Want], keeping kept: inout [Reservation.Claim], of order: inout Order, channel: Channel,
        in work: inout Work
    ) throws -> Supply? {
        guard channel.policy.supply.pickupByTransfer, let code = order.delivery.location,
            let store = work.configuration.locations[code], store.offersPickup, channel.sells(from: code)
        else { return nil }
        // The parts of a kit stay together: what a transfer brings in pieces is no kit.
        let wanted = wants.filter { want in
            guard !order.lines[want.line - 1].isKit else { return false }
            let needed = work.item(order.lines[want.line - 1].sku)?.requirements ?? 0
            return needed & ~store.capabilities == 0
        }
        guard !wanted.isEmpty else { return nil }
        var rest = self
        rest.reserved = kept
        let input = rest.senders(wanted, to: store, of: order, channel: channel, in: work)
        var plan = Sourcing.plan(input, nodesMax: Self.nodesMax)
        Self.deal(out: &plan, among: wanted, of: order)
        guard !plan.assignments.isEmpty else { return nil }
        var transfers: [Transfer] = []
        let from = order.workableFrom(work)
        for assignment in plan.assignments {
            let sender = try work.configuration.location(assignment.location)
            let goods = Dictionary(grouping: assignment.lines) { order.lines[$0.line - 1].availableFrom ?? .earliest }
            for date in goods.keys.sorted() {
                transfers.append(
                    try bring(
                        goods[date] ?? [], from: sender, at: max(date, from), to: store, keeping: &kept, of: &order,
                        channel, in: &work))
            }
        }
        return Supply(plan: plan, transfers: transfers)
    }

    /// Plans one transfer of goods that may leave from a moment on, and the work that waits for it.
    private func bring(
        _ portions: [SourcingPlan.Portion], from sender: Location, at moment: Timestamp, to store: Location,
        keeping kept: inout [Reservation.Claim], of order: inout Order, _ channel: Channel, in work: inout Work
    ) throws -> Transfer {
        let leaves = work.cutoff(of: sender, from: moment)
        let ready = store.calendar.nextCutoff(from: leaves + .days(channel.policy.supply.transferDays))
        let transfer = Transfer(
            id: work.nextIdentifier(at: work.now), from: sender.code, to: store.code, order: order.id,
            reference: order.number, due: ready,
            lines: portions.enumerated().map { index, portion in
                Transfer.Line(
                    number: index + 1, sku: order.lines[portion.line - 1].sku, orderLine: portion.line,
                    quantity: portion.quantity)
            }, at: work.now)
        for line in transfer.lines {
            let taken = Self.take(line.quantity, of: line.sku, at: sender.code, from: &kept)
            try work.move(StockMovement(.allocateReserved, taken, of: line.sku, at: sender.code, order: order.id))
            try work.move(
                StockMovement(.allocate, line.quantity - taken, of: line.sku, at: sender.code, order: order.id))
        }
        for portion in portions { order.lines[portion.line - 1].allocated += portion.quantity }
        var fulfillment = Fulfillment(
            number: order.nextFulfillmentNumber, location: store.code, method: .pickup, shipBy: ready,
            deliverBy: ready, lines: portions.map { .init(line: $0.line, quantity: $0.quantity) }, at: work.now)
        fulfillment.transfer = transfer.id
        order.fulfillments.append(fulfillment)
        work.insert(transfer)
        order.watch(transfer, in: &work)
        return transfer
    }

    private func senders(
        _ wants: [Want], to store: Location, of order: Order, channel: Channel, in work: Work
    ) -> SourcingInput {
        let merged = Self.merged(wants, of: order)
        let offers = merged.map { offer(of: order.lines[$0.line - 1].sku, channel: channel, in: work) }
        var candidates: [SourcingInput.Candidate] = []
        for (place, location) in work.configuration.sortedLocations.enumerated() where location.code != store.code {
            var exclusion: SourcingInput.Exclusion?
            if leavingOut.contains(location.code) {
                exclusion = .rejected
            } else if !channel.sells(from: location.code) {
                exclusion = .notInChannel
            } else if location.isPaused(at: work.now) {
                exclusion = .paused
            } else if !location.canShip {
                exclusion = .cannotShip
            }
            candidates.append(
                SourcingInput.Candidate(
                    location: location.code, priority: location.priority, openCost: location.handlingCost,
                    arrivalDay: Int((work.cutoff(of: location) - work.now).count / 86_400),
                    capabilities: location.capabilities, stock: offers.map { $0[place] }, exclusion: exclusion))
        }
        let demands = merged.map { want in
            let line = order.lines[want.line - 1]
            let item = work.item(line.sku)
            return SourcingInput.Demand(
                line: want.line, sku: line.sku, quantity: want.units, weightGrams: item?.weightGrams ?? 0,
                requirements: item?.requirements ?? 0, unfilledCost: channel.policy.unfilledCost)
        }
        return SourcingInput(
            demands: demands, candidates: candidates, promiseDay: candidates.map(\.arrivalDay).min() ?? 0,
            latePerDay: Self.latePerDay)
    }
}
