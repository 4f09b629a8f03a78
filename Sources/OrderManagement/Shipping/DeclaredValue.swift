/// What goods are worth to customs and to couriers: what is paid for them, after discounts of their lines and their
/// shares of those of the order; taxes that are charged on top of net prices are no part of it.
///
/// Units for which nothing is paid at all are worth their list price: customs want a value of a gift, too, and what it
/// is sold for otherwise is the only one that is known. What is sold for nothing (its unit price is 0) has none here;
/// to customs it is worth what its item says (`CustomsWorth`).
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
            let worth = line.worth(shares.isEmpty ? 0 : shares[number - 1])
            values[number] = worth.behind(before[number] ?? 0).of(count)
        }
        return values
    }

    /// What units of its lines are worth that go next, for looking how many of them one parcel may hold.
    /// - Parameter fulfillment: Whose goods they are: parcels that these lie in already are no others.
    func declaredWorths(of lines: some Sequence<Int>, besides fulfillment: Int?) -> [Int: DeclaredWorth] {
        let shares = discounts.isEmpty ? [] : orderDiscountShares
        var before: [Int: Int64] = [:]
        for parcel in parcels where parcel.fulfillment != fulfillment {
            for entry in parcel.lines { before[entry.line, default: 0] += entry.quantity }
        }
        return lines.reduce(into: [:]) { worths, number in
            guard let line = line(number) else { return }
            worths[number] = line.worth(shares.isEmpty ? 0 : shares[number - 1]).behind(before[number] ?? 0)
        }
    }

    /// Whether a parcel holds goods for which nothing is paid, so that their value to customs is their list price, or
    /// what their items say.
    public func hasFreeGoods(in parcel: Parcel) -> Bool {
        let shares = orderDiscountShares
        return parcel.lines.contains { entry in
            line(entry.line)?.worth(shares[entry.line - 1]).isFree ?? false
        }
    }
}

/// What units of a line are worth, one after another, so that any grouping of them closes to the penny; units that
/// amendments added stand behind those that the line began with.
struct DeclaredWorth: Hashable, Sendable {
    private let unitPrice: Int64
    private let ordered: Int64
    private let begun: Int64
    /// What is paid for all that it began with.
    private let paidBegun: Int64
    private let raises: [OrderLine.Raise]
    /// Units that went before.
    private var gone: Int64 = 0
    /// Whether nothing is paid for any of them: each is worth its list price then.
    private(set) var isFree = false

    /// - Parameter share: The line's part of the discounts of the order, which are for what was placed.
    fileprivate init(of line: OrderLine, _ share: Int64) {
        (unitPrice, ordered, begun, raises) = (line.unitPrice, line.ordered, line.begun, line.raises)
        let discount = raises.reduce(line.discount) { $0 - $1.discount }
        paidBegun = begun > 0 ? max(0, unitPrice * begun - discount - share) : 0
        isFree = paid(forFirst: ordered) == 0
    }

    /// The worth of the units that come behind others.
    func behind(_ units: Int64) -> DeclaredWorth {
        var rest = self
        rest.gone += units
        return rest
    }

    /// What so many units are worth, in minor units.
    func of(_ units: Int64) -> Int64 {
        if isFree { return unitPrice * units }
        let first = min(gone, ordered)
        return paid(forFirst: min(first + units, ordered)) - paid(forFirst: first)
    }

    private func paid(forFirst units: Int64) -> Int64 {
        var (rest, sum) = (units - begun, Int64(0))
        if begun > 0 { sum = Order.part(of: paidBegun, min(units, begun), begun) }
        for raise in raises where rest > 0 {
            let part = min(rest, raise.units)
            sum += Order.part(of: max(0, unitPrice * raise.units - raise.discount), part, raise.units)
            rest -= part
        }
        return sum
    }
}

extension OrderLine {
    fileprivate func worth(_ share: Int64) -> DeclaredWorth { DeclaredWorth(of: self, share) }
}
