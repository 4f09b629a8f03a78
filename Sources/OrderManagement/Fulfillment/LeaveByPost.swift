/// A box that was to be stopped has left by post, though its goods are to be collected since: they are not waited with
/// at the store as well.
extension Order {
    /// Goods in the boxes of a job that is over, by line, which its order wants still, and at a store by now: they are
    /// on their way to the customer. Nothing where the job was another's, and where its stock is promised to others by
    /// now.
    /// - Parameter hasLeft: Whether the box at a place of the order did.
    func unitsLeft(
        byPostOf subject: String?, in work: Work, _ hasLeft: (Int) -> Bool
    ) -> [Int: Int64] {
        guard delivery.method == .pickup, let job = subject.flatMap({ FulfillmentID($0) }), job.order == id,
            let part = fulfillments.first(where: { $0.number == job.number }), part.method == .ship,
            part.state == .cancelled
        else { return [:] }
        var (units, used) = ([Int: Int64](), [String: Int64]())
        for (place, parcel) in parcels.enumerated()
        where parcel.fulfillment == job.number && !parcel.state.isSent && hasLeft(place) {
            for entry in parcel.held where parcel.labels.last?.tracking != nil {
                guard let line = line(entry.line) else { continue }
                let count = min(entry.quantity, line.open - (units[entry.line] ?? 0))
                let isThere = line.goods.allSatisfy { goods in
                    let free = work.level(of: goods.sku, at: part.location).available - (used[goods.sku] ?? 0)
                    return count * goods.quantity <= free
                }
                guard count > 0, isThere else { continue }
                units[entry.line, default: 0] += count
                for goods in line.goods { used[goods.sku, default: 0] += count * goods.quantity }
            }
        }
        return units
    }

    /// Sends what left by post, and lets the store go of it.
    ///
    /// 1. The units are taken out of what waits, or is to come, elsewhere; what lies there is put back.
    /// 2. They are promised where they were packed, and leave there in their boxes, by the labels that were taken off.
    ///
    /// - Returns: The job that they left by; nil where none did.
    mutating func leaveByPost(
        _ subject: String?, _ left: LeftBoxes, in work: inout Work
    ) throws -> FulfillmentID? {
        let units = left.sent
        guard !units.isEmpty, let job = subject.flatMap({ FulfillmentID($0) }),
            let old = fulfillments.first(where: { $0.number == job.number })
        else { return nil }
        try letGo(of: units, in: &work)
        for number in units.keys.sorted() {
            let count = units[number] ?? 0
            try move(.allocate, count, ofLine: number, at: old.location, in: &work)
            lines[number - 1].allocated += count
        }
        let held = units.keys.sorted().map {
            Fulfillment.Line(line: $0, quantity: units[$0] ?? 0, picked: units[$0] ?? 0)
        }
        let part = old.picked(held, as: nextFulfillmentNumber, at: work.now)
        fulfillments.append(part)
        record(.fulfillmentPicking, part, in: &work)
        var boxes: [Int] = []
        for place in parcels.indices
        where parcels[place].fulfillment == job.number && !parcels[place].state.isSent && left.contains(place) {
            guard let label = parcels[place].labels.lastIndex(where: { $0.tracking != nil }) else { continue }
            if parcels[place].labels[label].opened == nil {
                parcels[place].labels[label].opened = OpenedParcel(lines: parcels[place].lines)
            }
            // It is on its way to an address, and its order is to be collected.
            parcels[place].labels[label].opened?.isMisaddressed = true
            parcels[place].fulfillment = part.number
            parcels[place].lines = []
            boxes.append(place)
        }
        try ship(fulfillments.count - 1, in: boxes, in: &work)
        return FulfillmentID(id, part.number)
    }

    /// What left by post and cannot be sent in the books, since its stock is promised to others, is not handed out a
    /// second time: what of it waits at a store does so until a person has said what is to become of it.
    mutating func holdAtStore(_ subject: String?, _ left: LeftBoxes, in work: inout Work) {
        let sent = left.sent
        guard delivery.method == .pickup, let job = subject.flatMap({ FulfillmentID($0) }), job.order == id,
            fulfillments.contains(where: { $0.number == job.number && $0.method == .ship && $0.state == .cancelled })
        else { return }
        var held: Set<Int> = []
        for (place, parcel) in parcels.enumerated()
        where parcel.fulfillment == job.number && !parcel.state.isSent && left.contains(place) {
            for entry in parcel.held where lines[entry.line - 1].open > (sent[entry.line] ?? 0) {
                if entry.quantity > (sent[entry.line] ?? 0) { held.insert(entry.line) }
            }
        }
        guard !held.isEmpty else { return }
        hold(
            "left_by_post",
            note: "A box with them left by post: cancel them here if the customer keeps it, or lift the hold once it "
                + "is back.", lines: held.sorted(), in: &work)
    }

    /// Takes units from where they wait by now: those that wait for stock first, then the least work done.
    private mutating func letGo(of units: [Int: Int64], in work: inout Work) throws {
        var rest = units
        for number in rest.keys.sorted() {
            let waiting = min(rest[number] ?? 0, lines[number - 1].backordered)
            lines[number - 1].backordered -= waiting
            rest[number, default: 0] -= waiting
        }
        let states = Fulfillment.State.allCases.filter(\.holdsStock)
        for state in states {
            for index in fulfillments.indices where fulfillments[index].state == state {
                let taken = fulfillments[index].take(&rest)
                try takeBack(taken, from: index, TakingBack(givesUp: false), in: &work)
            }
        }
        if lines.allSatisfy({ $0.backordered == 0 }) { (backorderedSince, backorderedUntil) = (nil, nil) }
    }
}
