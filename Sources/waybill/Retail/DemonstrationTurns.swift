import OrderManagement

/// What happens to the orders of the demonstration beside the straight way.
extension DemonstrationPlay {
    /// Plans the turns of an order that was just placed.
    mutating func plan(_ scene: DemonstrationScene, _ id: OrderID) {
        switch scene {
        case .walked, .remorse, .unpaid, .sentInPart, .soldOut, .pickup:
            break
        case .held:
            at(present + .minutes(3)) { try $0.hold(id) }
        case .stageFailed:
            at(present + .minutes(20)) {
                try $0.perform(PassStage(order: id, stage: "payment", hasPassed: false, note: "The card was declined."))
            }
        case .cancelled:
            at(present + .minutes(9)) { try $0.perform(CancelOrder(order: id, reason: .customer)) }
        case .cancelledInPart:
            at(present + .minutes(12)) { try $0.cancelOneUnit(id) }
        case .rejected:
            at(present + .minutes(50)) { try $0.reject(id) }
        case .countedShort:
            at(present + .minutes(90)) { try $0.countShort(id) }
        case .inTransit:
            at(present + .hours(12)) { try $0.tell(.inTransit, id) }
        case .lateParcel:
            at(present + .hours(12)) { try $0.tell(.inTransit, id) }
            at(present + .hours(20)) { try $0.tell(.exception, id) }
        case .returned(let state):
            at(present + .hours(100)) { try $0.beginReturn(id, until: state) }
        }
    }

    func perform(_ command: any Command) throws { _ = try waybill.performNow(command, as: .system) }

    private func hold(_ id: OrderID) throws {
        try perform(
            PlaceHold(order: id, reason: "manual", note: "The customer asked for another address.", lines: []))
        try perform(NoteOrder(order: id, text: "Waiting for the customer's reply."))
    }

    private func cancelOneUnit(_ id: OrderID) throws {
        guard let line = try order(id).lines.max(by: { ($0.open, $1.number) < ($1.open, $0.number) }), line.open > 0
        else { return }
        try perform(
            CancelOrder(
                order: id, lines: [LineQuantity(line: OrderLineID(id, line.number), quantity: (line.open + 1) / 2)],
                reason: .customer))
    }

    /// The location that has the work says no; the units are sourced elsewhere.
    private func reject(_ id: OrderID) throws {
        guard let work = try order(id).fulfillments.first(where: { $0.state == .released }) else { return }
        try perform(RejectFulfillment(fulfillment: FulfillmentID(id, work.number), reason: .noCapacity))
    }

    /// The shelf holds a unit less than is promised from it.
    private func countShort(_ id: OrderID) throws {
        let order = try order(id)
        guard let work = order.fulfillments.first(where: { $0.state.holdsStock }), let line = work.lines.first,
            let sku = order.line(line.line)?.sku,
            let level = try waybill.readNow({ try StockReading.levels(of: sku, after: "", limit: 200, in: $0) })
                .first(where: { $0.location == work.location }), level.allocated > 0
        else { return }
        try perform(
            MoveStock(entries: [
                .init(
                    reason: .count, sku: sku, location: work.location, quantity: level.allocated - 1,
                    reference: "shelf count")
            ]))
    }

    /// The courier's news of an order's parcels.
    private func tell(_ state: Parcel.State, _ id: OrderID) throws {
        for parcel in try order(id).parcels {
            guard let courier = parcel.courier, let tracking = parcel.tracking else { continue }
            try perform(
                RecordTracking(courier: courier, tracking: tracking, status: state, at: present, candidates: [id]))
        }
    }

    // MARK: Returns

    /// One or two units of the first returnable line come back, as far as a state; an order that has not arrived
    /// yet is left in peace.
    private mutating func beginReturn(_ id: OrderID, until state: Return.State) throws {
        let order = try order(id)
        let finalSales = Set(retailer.items.filter { !$0.isReturnable }.map(\.sku))
        guard let line = order.lines.first(where: { $0.closed > 0 && !finalSales.contains($0.sku) }) else { return }
        let units = min(2, line.closed)
        let name = OrderLineID(id, line.number)
        try perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [
                    .init(line: name, quantity: units, reason: line.number.isMultiple(of: 2) ? .damaged : .unwanted)
                ],
                note: "It does not match the room."))
        let entry = ReturnID(id, 1)
        if state == .rejected {
            return at(present + .hours(5)) {
                try $0.perform(RejectReturn(id: entry, note: "It was used for some time."))
            }
        }
        guard state != .requested else { return }
        at(present + .hours(3)) { try $0.perform(ApproveReturn(id: entry)) }
        guard state != .approved else { return }
        at(present + .hours(30)) {
            try $0.perform(
                ReceiveReturn(id: entry, location: "LEEDS", lines: [.init(line: name, quantity: units)]))
        }
        guard state != .received else { return }
        at(present + .hours(32)) {
            try $0.perform(
                InspectReturn(id: entry, lines: [.init(line: name, quantity: units, disposition: .restock)]))
        }
        guard state != .inspected else { return }
        at(present + .hours(36)) { try $0.perform(SettleReturn(id: entry, refund: .source)) }
    }
}
