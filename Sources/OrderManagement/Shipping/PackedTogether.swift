/// Boxes that were packed for one fulfillment, also after some of them have left: those that stayed are a fulfillment
/// of their own since then (`HandOverFulfillment`), but box 2 of 2 is that for whoever receives it.
public struct PackedTogether: Sendable {
    private let order: Order
    /// By the number of a fulfillment that stayed: that of which it was a part.
    private var wholes: [Int: Int] = [:]

    /// Events that are read at a time.
    private static let readMax = 500

    /// Reads what an order's events say of it, where more than one of its fulfillments has boxes at a place.
    public init(_ order: Order, in db: any Connection) throws {
        self.order = order
        let boxed = Set(order.parcels.lazy.filter { !$0.lines.isEmpty }.map(\.fulfillment))
        let places = order.fulfillments.filter { $0.method == .ship && boxed.contains($0.number) }.map(\.location)
        guard Set(places).count < places.count else { return }
        var after: Int64 = 0
        while true {
            let events = try EventLog.page(of: order.id, after: after, limit: Self.readMax, in: db)
            for event in events where event.type == EventType.fulfillmentPacked.rawValue {
                let data = try JSON.parse(event.data)
                if let rest = data["fulfillment"]?.string.flatMap({ FulfillmentID($0) }),
                    let whole = data["rest_of"]?.string.flatMap({ FulfillmentID($0) })
                {
                    wholes[rest.number] = whole.number
                }
            }
            guard events.count == Self.readMax, let last = events.last?.sequence else { return }
            after = last
        }
    }

    /// A parcel with all that were packed with it, by number: those that lie there, and those that have left.
    public func boxes(with parcel: Parcel) -> [Parcel] {
        let whole = whole(of: parcel.fulfillment)
        return order.parcels.filter { !$0.lines.isEmpty && self.whole(of: $0.fulfillment) == whole }
    }

    /// Which of them it is, from 1 on, of how many.
    func place(of parcel: Parcel) -> (number: Int, of: Int) {
        let boxes = boxes(with: parcel)
        return ((boxes.firstIndex { $0.number == parcel.number } ?? 0) + 1, max(1, boxes.count))
    }

    /// The couriers that take, or took, the others; by code.
    func others(than courier: String, with parcel: Parcel) -> [String] {
        Set(boxes(with: parcel).compactMap(\.courier)).subtracting([courier]).sorted()
    }

    /// The fulfillment that boxes were packed for; a part has a higher number than what it was a part of.
    private func whole(of fulfillment: Int) -> Int {
        var number = fulfillment
        while let before = wholes[number], before < number { number = before }
        return number
    }
}
