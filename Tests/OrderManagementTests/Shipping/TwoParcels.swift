@testable import OrderManagement
import TestSupport

extension TestSystem {
    /// A shop that has sent two TEE-M at 10.01, a parcel each, with shipping of 4.95.
    static func withTwoParcelsSent(
        stages: [Stage], service: String? = nil, _ change: (inout ReturningPolicy) -> Void
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        var policy = ChannelPolicy(stages: stages)
        change(&policy.returning)
        try shop.open("shop", policy: policy)
        let id = try shop.place("2 × TEE-M at 10.01 GBP, shipping 4.95", on: "shop")
        try shop.walk(id, to: .picking)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 1]), id.box([1: 1])]))
        try shop.perform(
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [1, 2].map {
                    .init(parcel: ParcelID(id, $0), courier: "dpd", service: service, tracking: "T\($0)")
                }))
        return (shop, id)
    }

    /// The courier's news of one of them. - Returns: Whether they changed something.
    @discardableResult
    func tell(_ status: Parcel.State, of parcel: Int, _ id: OrderID) throws -> Bool? {
        let reply = try perform(
            RecordTracking(courier: "dpd", tracking: "T\(parcel)", status: status, at: now, candidates: [id]))
        return try JSON.parse(reply.body)["changed"]?.bool
    }
}

extension TestSystem {
    /// Sends all of an order from its only location, in boxes of which the first goes by dpd under the letter and 1.
    func send(_ id: OrderID, as letter: String, boxes: [[Int: Int64]]? = nil) throws {
        try walk(id, to: boxes == nil ? .packed : .picking)
        if let boxes {
            try perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: boxes.map { id.box($0) }))
        }
        let parcels = try order(id).boxes(of: 1).enumerated().map {
            ShipFulfillment.ParcelDetail(
                parcel: ParcelID(id, $1.number), courier: "dpd", tracking: "\(letter)\($0 + 1)")
        }
        try perform(ShipFulfillment(fulfillment: id.fulfillment(1), parcels: parcels))
    }

    /// The news of a number by dpd.
    func tell(_ tracking: String, _ status: Parcel.State, of id: OrderID) throws {
        try perform(
            RecordTracking(courier: "dpd", tracking: tracking, status: status, at: now, candidates: [id]))
    }

    /// Sends the goods of a parcel once more. - Returns: the order that does.
    func reship(_ id: OrderID, _ parcel: Int) throws -> OrderID {
        let view = try JSON.parse(perform(ReshipParcel(parcel: ParcelID(id, parcel))).body)
        guard let new = view["reshipment"]?["id"]?.string.flatMap({ OrderID($0) }) else {
            throw BrokenInvariant("the reply names no order")
        }
        return new
    }
}
