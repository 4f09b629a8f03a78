/// Quantities by line, as requests name them: `[{"line": "lin_…", "quantity": 2}]`.
public struct LineQuantity: Hashable, Sendable {
    public let line: OrderLineID
    public let quantity: Int64
    public init(line: OrderLineID, quantity: Int64) {
        self.line = line
        self.quantity = quantity
    }
}

extension Order {
    /// Whether all of it was cancelled: nothing was sent, and nothing is to be.
    public var isGivenUp: Bool { lines.allSatisfy { $0.cancelled == $0.ordered } }

    /// Sums requested units by line number.
    ///
    /// - Throws: `.unknownLine` for a line of another order; `.quantityExceeded` beyond `most` of a line.
    func units(
        of requested: [LineQuantity], at pointer: String = "/lines", atMost most: (OrderLine) -> Int64, what: String
    ) throws(Refusal) -> [Int: Int64] {
        try units(of: requested, at: pointer, atMost: most, what: { _ in what })
    }

    /// - Parameter what: Why no more of a line, behind how many.
    func units(
        of requested: [LineQuantity], at pointer: String = "/lines", atMost most: (OrderLine) -> Int64,
        what: (OrderLine) -> String
    ) throws(Refusal) -> [Int: Int64] {
        try units(of: requested, at: { "\(pointer)/\($0)" }, atMost: most, what: what)
    }

    /// - Parameter place: Where an entry stands in the request.
    func units(
        of requested: [LineQuantity], at place: (Int) -> String, atMost most: (OrderLine) -> Int64,
        what: (OrderLine) -> String
    ) throws(Refusal) -> [Int: Int64] {
        var units: [Int: Int64] = [:]
        var wrong: [Refusal.Detail] = []
        for (index, entry) in requested.enumerated() {
            guard entry.line.order == id, let line = line(entry.line.number) else {
                wrong.append(
                    .init(place(index) + "/line", .unknownLine, "\(entry.line) is no line of order \(number)"))
                continue
            }
            let sum = (units[line.number] ?? 0) + entry.quantity
            units[line.number] = sum
            if sum > most(line) {
                wrong.append(
                    .init(
                        place(index) + "/quantity", .quantityExceeded,
                        "\(sum) × \(line.sku) asked, \(most(line)) \(what(line))"))
            }
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
        return units
    }

    /// Units of a fulfillment named by a request, or all of them.
    func units(_ requested: [LineQuantity]?, in fulfillment: Fulfillment) throws(Refusal) -> [Int: Int64] {
        var all: [Int: Int64] = [:]
        for line in fulfillment.lines { all[line.line] = line.quantity }
        guard let requested else { return all }
        return try units(of: requested, atMost: { all[$0.number] ?? 0 }, what: "in this fulfillment")
    }

    /// Takes units out of a fulfillment. - Returns: whether none are left in it.
    mutating func take(_ units: [Int: Int64], outOf index: Int) -> Bool {
        for line in fulfillments[index].lines.indices {
            let taken = units[fulfillments[index].lines[line].line] ?? 0
            fulfillments[index].lines[line].quantity -= taken
            fulfillments[index].lines[line].picked = min(
                fulfillments[index].lines[line].picked, fulfillments[index].lines[line].quantity)
        }
        let isEmpty = fulfillments[index].lines.allSatisfy { $0.quantity == 0 }
        fulfillments[index].lines.removeAll { $0.quantity == 0 }
        return isEmpty
    }
}
