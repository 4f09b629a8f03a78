import TestSupport
import Testing

@testable import OrderManagement

/// Mail that came back is sent again from where a person sees it.
@Suite("Mail that was given up")
struct BouncedMailTests {
    private func bounced(_ then: SendingOutcome...) async throws -> (TestSystem, OrderID, TestMailer) {
        let mailer = TestMailer(.refused(reason: "the mail server answered 550"), then.first ?? .sent)
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", mailer: mailer)
        var policy = ChannelPolicy(stages: [])
        policy.messages = MessagePolicy(kinds: [.received])
        try shop.open("shop", policy: policy)
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try await shop.runDueJobs()
        return (shop, id, mailer)
    }

    private func shown(_ shop: TestSystem) throws -> [OrderException] {
        try shop.waybill.readNow { db in
            try ExceptionStore.page(ExceptionSearch(), after: ExceptionID(0), limit: 99, in: db).knowing([:], in: db)
        }
    }

    @Test("Its exception offers to send it again, or elsewhere, to whoever may write orders")
    func offered() async throws {
        let (shop, id, mailer) = try await bounced()
        let exception = try #require(try shown(shop).first)
        let message = try #require(try shop.waybill.readNow { try MessageStore.of(id, in: $0) }.first)
        let actions = exception.actions(about: nil)
        #expect(actions == [.resendMessage(message.id), .redirectMessage(message.id)])
        #expect(Set(actions.map(\.key)).count == 2 && actions.map(\.scope) == [.ordersWrite, .ordersWrite])
        var json = JSONWriter()
        actions[1].write(to: &json)
        let call = try JSON.parse(json.text)
        #expect(call["path"]?.string == "/v1/messages/\(message.id)/resendings")
        #expect(call.at("missing.0")?.string == "email")
        try shop.perform(ResendMessage(message: message.id, recipient: "new@example.com"))
        try await shop.runDueJobs()
        #expect(mailer.asked.last?.recipient == "new@example.com")
        #expect(try shown(shop).isEmpty)
        try shop.expectClean()
    }

    @Test("Any other job that was given up is tried again")
    func otherJobs() async throws {
        let (shop, _, _) = try await bounced()
        try shop.tamper("UPDATE jobs SET kind = 'fill_backorders' WHERE state = 'buried'")
        let exception = try #require(try shown(shop).first)
        let job = try #require(exception.subject.flatMap { JobID($0) })
        #expect(exception.actions(about: nil) == [.retryJob(job)])
    }
}
