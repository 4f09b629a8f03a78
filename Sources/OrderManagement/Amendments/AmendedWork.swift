/// What amendments ask of the locations: work taken back, goods put back, parcels stopped.
extension Order {
    /// What changing to a delivery is called; nil for no change.
    func change(to delivery: Delivery) -> AmendingPolicy.Kind? {
        if delivery == self.delivery { return nil }
        let isOther = delivery.method != self.delivery.method || delivery.location != self.delivery.location
        return isOther ? .method : .address
    }

    /// Changes how it is delivered: by another method or to another store, every unit looks for its place anew; with
    /// another service or to another country, those that were not picked; else all stays where it is.
    mutating func deliver(
        _ request: AmendmentRequest, _ channel: Channel, _ wants: inout [Int: Int64], in work: inout Work
    ) throws {
        guard let delivery = request.delivery, let kind = change(to: delivery) else { return }
        let old = self.delivery
        self.delivery = delivery
        if kind == .address {
            try unpackLabelled(in: &work)
            noteOldAddress()
        }
        let isFarther = delivery.service != old.service || delivery.address?.country != old.address?.country
        guard kind == .method || isFarther else { return }
        for index in fulfillments.indices where fulfillments[index].state.holdsStock {
            if kind == .method || !fulfillments[index].state.isPicked {
                try withdraw(index, &wants, in: &work)
            } else if let location = work.configuration.locations[fulfillments[index].location],
                let service = channel.service(of: self)
            {
                fulfillments[index].deliverBy =
                    fulfillments[index].shipBy + OrderAllocation.transit(from: location, of: self, by: service)
            }
        }
        for line in lines where line.backordered > 0 {
            wants[line.number, default: 0] += line.backordered
            lines[line.number - 1].backordered = 0
        }
    }

    /// Parcels whose labels say where they do not go any more are opened in the books: their goods stay picked, and are
    /// packed and labelled anew once a person has stopped them.
    private mutating func unpackLabelled(in work: inout Work) throws {
        for index in fulfillments.indices {
            guard fulfillments[index].state == .packed, isLabelled(fulfillments[index]) else { continue }
            try unpack(index, in: &work)
            record(.fulfillmentPicking, fulfillments[index], in: &work)
        }
    }

    /// Takes a job back from its location; its units want another place.
    private mutating func withdraw(_ index: Int, _ wants: inout [Int: Int64], in work: inout Work) throws {
        let units = fulfillments[index].unitsByLine
        wants.merge(units, uniquingKeysWith: +)
        try takeBack(units, from: index, TakingBack(givesUp: false, asks: false), in: &work)
    }

    /// What a location has to put back on its shelves.
    struct PutBack {
        let fulfillment: Fulfillment
        let wasLabelled: Bool
        /// By line number.
        let units: [Int: Int64]
    }

    /// Goods that were picked for what is not wanted there any more.
    func putBacks(since before: Order) -> [PutBack] {
        zip(before.fulfillments, fulfillments).compactMap { old, new in
            guard old.state.isPicked, old != new else { return nil }
            let left = Dictionary(uniqueKeysWithValues: new.lines.map { ($0.line, new.lying(of: $0)) })
            var units: [Int: Int64] = [:]
            for line in old.lines {
                let back = old.lying(of: line) - (left[line.line] ?? 0)
                if back > 0 { units[line.line] = back }
            }
            guard !units.isEmpty else { return nil }
            let wasLabelled = before.isLabelled(old) || before.isUnstopped(old)
            return PutBack(fulfillment: new, wasLabelled: wasLabelled, units: units)
        }
    }

    /// Leaves each location a note of what changed under its hands; a person hears of goods that would stay lying
    /// beside their shelves, and of parcels that must not leave.
    mutating func noteChanges(since before: Order, in work: inout Work) {
        for task in putBacks(since: before) {
            guard let index = fulfillments.firstIndex(where: { $0.number == task.fulfillment.number }) else { continue }
            fulfillments[index].note = "Put back \(goods(task.units)): the order was amended."
                + (fulfillments[index].state == .cancelled ? "" : " Check the rest.")
            tell(task, of: before, in: &work)
        }
        for old in readdressed(since: before) { stop(old, of: before, in: &work) }
        for (old, new) in zip(before.fulfillments, fulfillments) where new.state == old.state && new.state != .open {
            let known = Dictionary(uniqueKeysWithValues: old.lines.map { ($0.line, $0.quantity) })
            var units: [Int: Int64] = [:]
            for line in new.lines {
                let more = line.quantity - (known[line.line] ?? 0)
                if more > 0 { units[line.line] = more }
            }
            let place = fulfillments.firstIndex { $0.number == new.number }
            guard !units.isEmpty, let index = place else { continue }
            fulfillments[index].note = "Added: \(goods(units)). The order was amended."
        }
    }

    /// Has a location told of goods that lie beside their shelf, or of a parcel that must not leave.
    private mutating func tell(_ task: PutBack, of before: Order, in work: inout Work) {
        let (job, goods) = (task.fulfillment, goods(task.units))
        let isMoved = task.wasLabelled && before.change(to: delivery) == .address
        let told = task.wasLabelled ? before.courierWord(on: job) : nil
        open(
            task.wasLabelled ? .interception : .putBack, subject: FulfillmentID(id, job.number).description,
            location: job.location, goods: parts(of: task.units),
            cause: "Order \(number) was amended after \(job.location) had "
                + (task.wasLabelled ? "labelled a parcel with \(goods)." : "picked \(goods).")
                + (isMoved ? " It is to be delivered to another address, too." : "") + Self.warning(of: told),
            owner: job.location,
            suggestion: task.wasLabelled
                ? "Stop the parcel and put its goods back on their shelf"
                    + (isMoved ? ", and pack and label the rest anew" : "") + "; or say that it has left already."
                : "Put the goods back on their shelf, and say so.",
            in: &work)
        if task.wasLabelled { askWhetherStopped(job.number) }
    }

    /// What a courier has told of a labelled parcel of a job that it has, while nobody has shipped it; nil for nothing.
    func courierWord(on job: Fulfillment) -> Parcel.State? {
        boxes(of: job.number).first(where: \.isAwayUnshipped)?.news.state
    }

    private static func warning(of told: Parcel.State?) -> String {
        told.map { " Its courier tells that it is \($0.rawValue): it may have left already." } ?? ""
    }

    /// Jobs, as they were, whose parcels bore labels to another address than the order has now.
    func readdressed(since before: Order) -> [Fulfillment] {
        guard before.change(to: delivery) == .address else { return [] }
        let putBack = Set(putBacks(since: before).map(\.fulfillment.number))
        return before.fulfillments.filter { old in
            old.state == .packed && before.isLabelled(old) && !putBack.contains(old.number)
                && fulfillments.contains { $0.number == old.number && $0.state == .picking }
        }
    }

    /// Has the location stop a parcel that bears the label to another address.
    private mutating func stop(_ job: Fulfillment, of before: Order, in work: inout Work) {
        guard let index = fulfillments.firstIndex(where: { $0.number == job.number }) else { return }
        fulfillments[index].note = "The address was changed: pack and label it anew."
        open(
            .interception, subject: FulfillmentID(id, job.number).description, location: job.location,
            cause: "Order \(number) is to be delivered otherwise, after \(job.location) had labelled its parcel with "
                + "\(goods(job.unitsByLine))." + Self.warning(of: before.courierWord(on: job)),
            owner: job.location,
            suggestion: "Stop the parcel, and pack and label it anew; or say that it has left already.", in: &work)
        askWhetherStopped(job.number)
    }

    /// What units are made of, kits taken apart: by SKU.
    func parts(of units: [Int: Int64]) -> [SKUQuantity] {
        var parts: [String: Int64] = [:]
        for (number, count) in units {
            for part in lines[number - 1].goods { parts[part.sku, default: 0] += count * part.quantity }
        }
        return parts.keys.sorted().map { SKUQuantity(sku: $0, quantity: parts[$0] ?? 0) }
    }

    /// `2 × TEE-M, 1 × CAP`
    func goods(_ units: [Int: Int64]) -> String {
        units.keys.sorted().map { "\(units[$0] ?? 0) × \(lines[$0 - 1].sku)" }.joined(separator: ", ")
    }
}
