@testable import OrderManagement
import TestSupport
import Testing

extension TestSystem {
    /// A shop whose vans take up to 500.00 at the door, and that labels as it packs.
    static func withCash(
        _ stock: String = "TEE-M@LONDON: 9", _ change: (inout ChannelPolicy) -> Void = { _ in }
    ) throws -> TestSystem {
        try labelling(stock, by: [Courier.vans.changingServices { $0.cashMax = 50_000 }], change)
    }

    /// An order that is paid at the door, but for what a card pays first.
    func placeForCash(_ text: String, card: Int64 = 0) throws -> OrderID {
        var order = try PlaceOrder(text)
        order.channel = "shop"
        order.payments = [
            .init(provider: CashOnDelivery.provider, reference: "door", authorized: gbp(order.total.amount - card))
        ]
        if card > 0 { order.payments.append(.init(provider: "manual", reference: "card", authorized: gbp(card))) }
        return try #require(OrderID(JSON.parse(perform(order).body)["id"]?.string ?? ""))
    }

    /// Two TEE-M at 10.01 in a parcel each, with shipping of 4.95, sent to be paid at the door: 14.96 and 10.01.
    func sendTwoForCash(card: Int64 = 0) throws -> OrderID {
        let id = try placeForCash("2 × TEE-M at 10.01 GBP, shipping 4.95", card: card)
        try walk(id, to: .picking)
        try perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 1]), id.box([1: 1])]))
        try perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        return id
    }

    /// News of a labelled parcel, an hour later.
    func tellLater(_ status: Parcel.State, of parcel: Int, _ id: OrderID) throws {
        advance(.hours(1))
        try tell(status, of: #require(try order(id).parcels[parcel - 1].tracking))
    }

    func claim(_ parcel: Int, _ id: OrderID, _ resolution: ParcelClaim.Resolution = .refund) throws {
        try perform(ClaimParcel(parcel: ParcelID(id, parcel), resolution: resolution))
    }
}
