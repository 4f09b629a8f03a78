import TestSupport
import Testing

@testable import OrderManagement

@Suite("What an exception advises it also offers")
struct AdvisedActionsTests {
    @Test("Of a refused capture: taking it again, another payment, which is taken at once and settles it, or giving up")
    func refusedCapture() async throws {
        let card = TestProvider("card") { request in
            request.kind == .capture ? .refused(reason: "expired card") : .done(reference: request.id)
        }
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", providers: [card])
        try shop.open("shop")
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop") {
            $0.payments = [.init(provider: "card", reference: "auth-1", authorized: gbp(1_000))]
        }
        try shop.walk(id, to: .delivered)
        try await shop.runDueJobs()
        let shown = try #require(try shop.openExceptions().first { $0.kind == .paymentFailed })
        let all = gbp(1_000)
        #expect(
            try shown.actions(about: shop.order(id)) == [.capture(id, all), .addPayment(id, all), .writeOff(id, all)])
        try shop.perform(
            AddPayment(order: id, payment: .init(provider: "manual", reference: "cash", authorized: gbp(1_000))))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("Of an address that is in doubt: to change it, before passing it as it is")
    func address() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("strict", policy: ChannelPolicy(stages: ["address"]))
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "strict") {
            var wrong = Address.example()
            wrong.city = ""
            $0.delivery = Order.Delivery(method: .ship, service: "standard", address: wrong, location: nil)
        }
        let shown = try #require(try shop.openExceptions().first)
        let offered = try shown.actions(about: shop.order(id))
        #expect(shown.kind == .address && offered.map(\.name) == ["amendments", "stages/address", "cancellations"])
    }
}
