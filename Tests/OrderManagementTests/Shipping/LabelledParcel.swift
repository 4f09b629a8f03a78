import Connectors
import OrderManagement
import TestSupport
import Testing

extension TestSystem {
    /// A shop that labels as it packs.
    static func labelling(
        _ stock: String = "TEE-M@LONDON: 9", by couriers: [Courier] = [.vans],
        connections: [any CourierConnection] = [], _ change: (inout ChannelPolicy) -> Void = { _ in }
    ) throws -> TestSystem {
        let shop = try TestSystem(stock: stock, connections: connections)
        try shop.perform(SaveCouriers(couriers: couriers))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        change(&policy)
        try shop.open("shop", policy: policy)
        return shop
    }

    /// A shop with a parcel of one TEE-M that bears the label of its own vans, and that nobody has shipped; with the
    /// label's number.
    static func withLabelledParcel() throws -> (TestSystem, OrderID, String) {
        let shop = try labelling("TEE-M@LONDON: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        return (shop, id, try #require(try shop.order(id).parcels[0].tracking))
    }

    /// A shop with a parcel of one TEE-M that bears a label which its courier has sold, and that nobody has shipped.
    static func withSoldLabel(by courier: TestCourier) async throws -> (TestSystem, OrderID) {
        let shop = try labelling(by: [.post], connections: [courier])
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        try await shop.runDueJobs()
        return (shop, id)
    }

    /// A shop with a parcel of one TEE-M that was sent under its second label, of `vans/fast`, some time ago; with the
    /// number of the first label and of the second.
    static func withReplacedLabel(
        sentBefore age: Seconds, _ change: (inout ChannelPolicy) -> Void = { _ in }
    ) throws -> (shop: TestSystem, order: OrderID, old: String, new: String) {
        let shop = try labelling("TEE-M@LONDON: 5", change)
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        let (old, new) = try shop.sendByOtherLabel(id, before: age)
        return (shop, id, old, new)
    }

    /// The question that is open about a label that was taken off; nil for none.
    func oldLabelQuestion() throws -> OrderException? { try openExceptions().first { $0.kind == .oldLabelUsed } }

    /// What a courier tells of a number, as anybody tells it who knows nothing but that. - Returns: What it did.
    @discardableResult
    func tell(
        _ status: Parcel.State, of tracking: String, by courier: String = "vans", at moment: Timestamp? = nil
    ) throws -> String? {
        let candidates = try waybill.readNow { try TrackingNumber.orders(tracking, in: $0) }
        let reply = try perform(
            RecordTracking(
                courier: courier, tracking: tracking, status: status, at: moment ?? now, candidates: candidates))
        return try JSON.parse(reply.body)["outcome"]?.string
    }
}
