import OrderManagement
import TestSupport
import Testing

@Suite("The version of the policies that decided")
struct PolicyVersionTests {
    private func versions(_ id: OrderID, in shop: TestSystem) throws -> [String: [Int64?]] {
        var found: [String: [Int64?]] = [:]
        for event in try shop.waybill.readNow({ try EventLog.page(of: id, after: 0, limit: 100, in: $0) }) {
            found[event.type, default: []].append(try JSON.parse(event.data)["policy_version"]?.integer)
        }
        return found
    }

    @Test("Cancellations, sourcing, amendments and credit memos tell it, each that which held then")
    func told() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("shop")
        let id = try shop.place("4 × TEE-M at 10.00 GBP", on: "shop")
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        try shop.open("shop", policy: ChannelPolicy(stages: [], backorderDays: 9))
        var request = AmendmentRequest()
        request.add = [.init(sku: "TEE-M", quantity: 1, unitPrice: gbp(1_000))]
        try shop.perform(AmendOrder(order: id, request: request))
        try shop.perform(CommitAmendment(amendment: AmendmentID(id, 1)))
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        try shop.walk(id, to: .delivered)
        try shop.perform(RefundPayment(order: id, amount: gbp(500), payment: nil, reason: "damaged"))
        let versions = try versions(id, in: shop)
        #expect(versions["order.cancelled"] == [1, 2])
        #expect(versions["amendment.staged"] == [2] && versions["order.amended"] == [2])
        #expect(versions["order.sourced"]?.first == 1 && versions["order.sourced"]?.last == 2)
        #expect(versions["credit_memo.issued"] == [2])
        try shop.expectClean()
    }
}
