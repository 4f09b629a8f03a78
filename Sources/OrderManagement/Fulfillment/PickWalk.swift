import Foundation

/// What a location has to fetch from its shelves for the work that waits there, in walking order.
///
/// By bin as people number them (`A-2-10` behind `A-2-9`); what has no bin comes last, by SKU.
public struct PickWalk: Sendable {
    /// Units of one order to take from one place.
    public struct Pick: Sendable {
        public let bin: String?
        public let sku: String
        /// What the item is called; its SKU where it is gone.
        public let name: String
        /// Units that are not picked yet.
        public let quantity: Int64
        /// The kit that it becomes a part of.
        public let kit: String?
        public let fulfillment: FulfillmentID
        /// Of the order.
        public let number: String
        public let shipBy: Timestamp
    }

    public static let fulfillmentsMax = 200
    /// Pages of the location's work that are looked through for what may be picked.
    private static let pagesMax = 20

    public let location: Location
    public let picks: [Pick]
    public let fulfillments: [FulfillmentID]
    /// Whether more work waits than was asked for.
    public let isPart: Bool

    /// The states of work that may be picked now.
    public static let states: [Fulfillment.State] = [.released, .accepted, .picking]

    /// - Parameters:
    ///   - states: How far the work is.
    ///   - limit: Fulfillments, those first that must leave first.
    public init(at location: Location, in states: [Fulfillment.State], limit: Int, from db: any Connection) throws {
        var found: [FulfillmentID] = []
        var next: FulfillmentStore.Cursor? = .start
        for _ in 0..<Self.pagesMax {
            guard let cursor = next, found.count <= limit else { break }
            let page = try FulfillmentStore.page(
                location: location.code, in: Set(states), dueBefore: nil, after: cursor,
                limit: limit + 1 - found.count, from: db)
            found += page.found
            next = page.next
        }
        isPart = found.count > limit || next != nil
        fulfillments = Array(found.prefix(limit))
        let orders = try OrderStore.orders(Array(Set(fulfillments.map(\.order))), in: db)
        var picks: [(goods: KitComponent, kit: String?, part: FulfillmentID, order: Order, due: Timestamp)] = []
        for id in fulfillments {
            guard let order = orders[id.order], let part = order.fulfillments.first(where: { $0.number == id.number })
            else { continue }
            for entry in part.lines where entry.quantity > entry.picked {
                guard let line = order.line(entry.line) else { continue }
                for goods in line.goods {
                    let units = (entry.quantity - entry.picked) * goods.quantity
                    let taken = KitComponent(sku: goods.sku, quantity: units)
                    picks.append((taken, line.isKit ? line.sku : nil, id, order, part.shipBy))
                }
            }
        }
        let skus = Set(picks.map(\.goods.sku))
        let bins = try BinStore.bins(of: skus.sorted(), at: location.code, in: db)
        let names = try ItemStore.names(of: skus, in: db)
        self.location = location
        self.picks = picks.map { pick in
            Pick(
                bin: bins[pick.goods.sku], sku: pick.goods.sku, name: names[pick.goods.sku] ?? pick.goods.sku,
                quantity: pick.goods.quantity, kit: pick.kit, fulfillment: pick.part, number: pick.order.number,
                shipBy: pick.due)
        }.sorted(by: Self.isBefore)
    }

    private static func isBefore(_ left: Pick, _ right: Pick) -> Bool {
        guard left.bin != right.bin else {
            return (left.sku, left.shipBy, left.fulfillment) < (right.sku, right.shipBy, right.fulfillment)
        }
        guard let first = left.bin, let second = right.bin else { return left.bin != nil }
        let order = first.compare(second, options: [.numeric, .caseInsensitive])
        return order == .orderedSame ? first < second : order == .orderedAscending
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("location", location.code)
            $0.member("fulfillments", fulfillments.count)
            $0.member("units", picks.reduce(0) { $0 + $1.quantity })
            $0.member("more", isPart)
            $0.array("picks") { list in
                for pick in picks {
                    list.object {
                        $0.member("bin", pick.bin)
                        $0.member("sku", pick.sku)
                        $0.member("name", pick.name)
                        $0.member("quantity", pick.quantity)
                        if let kit = pick.kit { $0.member("kit", kit) }
                        $0.member("fulfillment", pick.fulfillment.description)
                        $0.member("number", pick.number)
                        $0.member("ship_by", pick.shipBy)
                    }
                }
            }
        }
    }
}
