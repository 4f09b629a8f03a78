/// Units that were agreed, and are sent at another price: a line of the same item takes their place where they are, and
/// no location hears of it.
///
/// What was placed is not rewritten (decision 0018): the old line says what was agreed before, the new one names it.
extension Order {
    /// How many units of a line an entry prices anew: those that stay and were not sent. 0 where they come at their own
    /// price, or where all that the entry prices is what comes.
    func repriced(by entry: AmendmentRequest.Quantity) -> Int64 {
        guard let price = entry.price, let line = line(entry.line.number) else { return 0 }
        let units = left(of: line, by: entry)
        return units > 0 && !isAgreed(price, for: units, of: line) ? units : 0
    }

    /// Units of a line that stay and were not sent where an entry raises nothing.
    private func left(of line: OrderLine, by entry: AmendmentRequest.Quantity) -> Int64 {
        guard entry.quantity > 0, entry.quantity <= line.wanted else { return 0 }
        return max(0, line.open - (line.wanted - entry.quantity))
    }

    private func isAgreed(_ price: AmendmentRequest.Price, for units: Int64, of line: OrderLine) -> Bool {
        let (new, old) = (AmendedPrice(price), AmendedPrice(of: units, asIn: line))
        return new.unitPrice == old.unitPrice && new.discount == old.discount && new.tax == old.tax
    }

    /// What is wrong with what an entry says of the price of units that no other units come beside; nil for nothing.
    func objection(toPricing entry: AmendmentRequest.Quantity, at pointer: String) -> Refusal.Detail? {
        guard let line = line(entry.line.number) else { return nil }
        let place = pointer + "/unit_price"
        guard let price = entry.price else {
            return entry.quantity == 0
                ? nil
                : .init(
                    place, .priceMissing,
                    "with the current price, say what the line's units cost, also where that is what was agreed; or "
                        + #"send "price": "keep""#)
        }
        guard entry.quantity > 0 else {
            return .init(place, .invalidInput, "no unit of the line would be left at that price: leave it out")
        }
        let units = left(of: line, by: entry)
        guard units > 0 else {
            return .init(
                place, .tooLateToAmend,
                "all \(entry.quantity) × \(line.sku) that stay were sent at the price that was agreed: give money back "
                    + "by refunds or goodwill")
        }
        guard isAgreed(price, for: units, of: line) else { return nil }
        return entry.quantity < line.wanted
            ? nil : .init(place, .invalidInput, "\(units) × \(line.sku) cost that already")
    }

    /// Why the units of a line keep the price that was agreed; nil if they may have another.
    func objection(toPricing line: OrderLine, _ policy: AmendingPolicy, at pointer: String) -> Refusal.Detail? {
        let jobs = fulfillments.filter { job in
            job.state.holdsStock && job.lines.contains { $0.line == line.number }
        }
        if let job = jobs.first(where: { $0.transfer != nil }), let transfer = job.transfer {
            return .init(
                pointer, .illegalTransition,
                "\(line.sku) comes to \(job.location) by the transfer \(transfer): price it anew once it is there")
        }
        if let job = jobs.first(where: isUnstopped) {
            return .init(
                pointer, .illegalTransition,
                "\(job.location) is still to say whether the parcel with \(line.sku) was stopped: price it anew then")
        }
        return objection(to: .price, line.open, of: line, policy, at: pointer)
    }

    /// Has new lines take the place of units that cost something else from now on.
    mutating func reprice(by request: AmendmentRequest, since before: Order) {
        for entry in request.quantities {
            let units = before.repriced(by: entry)
            guard units > 0, let price = entry.price.map({ AmendedPrice($0) }) else { continue }
            let old = lines[entry.line.number - 1]
            takeOver(
                by: OrderLine(
                    number: lines.count + 1, sku: old.sku, ordered: units, unitPrice: price.unitPrice,
                    discount: price.discount, tax: price.tax, revision: revision + 1, replaces: old.number,
                    components: old.components))
            takeOverCredit(byLine: lines.count)
        }
    }

    /// The order as it would have been if what `after` prices anew had been on its new lines already: what locations
    /// have to do is told from there.
    func priced(as after: Order) -> Order {
        var order = self
        for line in after.lines.dropFirst(lines.count) {
            // Only at another price does an item take its own place, and such lines come first.
            guard let old = line.replaces, after.lines[old - 1].sku == line.sku else { break }
            order.takeOver(by: line)
        }
        return order
    }

    /// Counts the open units of the line that another replaces on that one, wherever they are.
    private mutating func takeOver(by new: OrderLine) {
        guard let number = new.replaces else { return }
        var line = new
        let old = lines[number - 1]
        line.availableFrom = old.availableFrom
        (line.backordered, line.allocated) = (old.backordered, old.allocated)
        lines[number - 1].cancelled += old.open
        (lines[number - 1].backordered, lines[number - 1].allocated) = (0, 0)
        lines.append(line)
        expected[line.number] = expected.removeValue(forKey: number)
        for index in fulfillments.indices where fulfillments[index].state.holdsStock {
            fulfillments[index].lines = fulfillments[index].lines.counting(number, as: line.number)
            for place in parcels.indices where parcels[place].fulfillment == fulfillments[index].number {
                parcels[place].lines = parcels[place].lines.counting(number, as: line.number)
            }
        }
        for index in holds.indices where holds[index].stands && holds[index].lines.contains(number) {
            holds[index].lines.append(line.number)
        }
    }
}

extension [Fulfillment.Line] {
    /// The same with the units of one line on another.
    fileprivate func counting(_ old: Int, as new: Int) -> [Fulfillment.Line] {
        map { $0.line == old ? .init(line: new, quantity: $0.quantity, picked: $0.picked) : $0 }
            .sorted { $0.line < $1.line }
    }
}
