import Connectors
import Testing

@testable import OrderManagement

@Suite("The provider test")
struct TestPaymentsTests {
    private func request(_ id: String, reference: String = "pay-1") throws -> PaymentRequest {
        PaymentRequest(id: id, kind: .capture, amount: Money(500, try #require(Currency("GBP"))), reference: reference)
    }

    @Test("Asked twice with one id, it acts once and answers the same")
    func idempotent() async throws {
        let payments = TestPayments()
        let first = try await payments.settle(try request("pay_1-1"))
        #expect(try await payments.settle(try request("pay_1-1")) == first)
        #expect(payments.acted == ["pay_1-1"])
    }

    @Test("A lost answer hides a deed that was done: asked again, it tells and does not act again")
    func lostAnswer() async throws {
        let payments = TestPayments(script: [.loseAnswer])
        await #expect(throws: TestPayments.NoAnswer.self) { try await payments.settle(try request("pay_1-1")) }
        #expect(try await payments.settle(try request("pay_1-1")) == .done(reference: "test-capture-pay_1-1"))
        #expect(payments.acted == ["pay_1-1"])
    }

    @Test("A failure does nothing; a refusal stays one")
    func failAndRefuse() async throws {
        let payments = TestPayments(script: [.fail, .refuse(reason: "card stolen")])
        await #expect(throws: TestPayments.NoAnswer.self) { try await payments.settle(try request("pay_1-1")) }
        #expect(payments.acted.isEmpty)
        #expect(try await payments.settle(try request("pay_1-1")) == .refused(reason: "card stolen"))
        #expect(try await payments.settle(try request("pay_1-1")) == .refused(reason: "card stolen"))
        #expect(try await payments.settle(try request("pay_1-2", reference: "refuse-2")) != .done(reference: ""))
        #expect(payments.acted.isEmpty)
    }
}
