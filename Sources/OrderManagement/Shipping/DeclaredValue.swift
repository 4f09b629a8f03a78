/// What goods are worth to customs and to couriers: what is paid for them, after discounts of their lines and their
/// shares of those of the order; taxes that are charged on top of net prices are no part of it.
///
/// Units for which nothing is paid at all are worth their list price: customs want a value of a gift, too, and what it
/// is sold for otherwise is the only one that is known.
extension Order {
    /// The worth of what lies in a parcel, by line number: minor units. Units of parcels with lower numbers come first,
    /// so that those of all parcels add up to what is paid.
    public func declaredValues(of parcel: Parcel) -> [Int: Int64] {
        var before: [Int: Int64] = [:]
        for other in parcels where other.number < parcel.number {
            for entry in other.lines { before[entry.line, default: 0] += entry.quantity }
        }
        return declaredValues(of: parcel.units, behind: before)
    }

    /// The worth of units by line number.
    /// - Parameter before: Units of the same lines that went before them.
    func declaredValues(
        of units: some Sequence<(key: Int, value: Int64)>, behind before: [Int: Int64] = [:]
    ) -> [Int: Int64] {
        let shares = discounts.isEmpty ? [] : orderDiscountShares
        var values: [Int: Int64] = [:]
        for (number, count) in units {
            guard let line = line(number) else { continue }
            let share = shares.isEmpty ? 0 : shares[number - 1]
            guard line.paid(forFirst: line.ordered, share) > 0 else {
                values[number] = line.unitPrice * count
                continue
            }
            let first = min(before[number] ?? 0, line.ordered)
            values[number] = line.paid(forFirst: min(first + count, line.ordered), share)
                - line.paid(forFirst: first, share)
        }
        return values
    }

    /// Whether a parcel holds goods for which nothing is paid, so that their declared value is their list price.
    public func hasFreeGoods(in parcel: Parcel) -> Bool {
        let shares = orderDiscountShares
        return parcel.lines.contains { entry in
            guard let line = line(entry.line), line.unitPrice > 0 else { return false }
            return line.paid(forFirst: line.ordered, shares[entry.line - 1]) == 0
        }
    }
}

extension OrderLine {
    /// What is paid for its first units, cumulative, so that any grouping of parts closes to the penny; units that
    /// amendments added stand behind those that it began with.
    /// - Parameter share: Its part of the discounts of the order, which are for what was placed.
    fileprivate func paid(forFirst units: Int64, _ share: Int64) -> Int64 {
        let discount = raises.reduce(discount) { $0 - $1.discount }
        var (rest, sum) = (units - begun, Int64(0))
        if begun > 0 {
            sum = Order.part(of: max(0, unitPrice * begun - discount - share), min(units, begun), begun)
        }
        for raise in raises where rest > 0 {
            let part = min(rest, raise.units)
            sum += Order.part(of: max(0, unitPrice * raise.units - raise.discount), part, raise.units)
            rest -= part
        }
        return sum
    }
}
