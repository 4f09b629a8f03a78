import OrderManagement

/// Goods of returns that stand in quarantine until somebody judges them, as the replies tell it.
struct UnjudgedGoods: Sendable {
    private var byReturn: [ReturnID: [ReferenceModel.Place: Int64]] = [:]
    /// The same of all returns together.
    private(set) var units: [ReferenceModel.Place: Int64] = [:]

    /// Places where some stand.
    var places: [ReferenceModel.Place] { units.filter { $0.value > 0 }.map(\.key).sorted() }

    /// Of a line of a return, as a reply shows it.
    static func units(of line: JSON) -> Int64 {
        let judged = ["restocked", "refurbished", "written_off"].reduce(Int64(0)) { $0 + (line[$1]?.integer ?? 0) }
        return (line["received"]?.integer ?? 0) - judged
    }

    /// What of one return waits now, in place of what did before.
    mutating func take(_ goods: [ReferenceModel.Place: Int64], of id: ReturnID) {
        for (place, count) in byReturn[id] ?? [:] { units[place, default: 0] -= count }
        for (place, count) in goods { units[place, default: 0] += count }
        byReturn[id] = goods
    }
}
