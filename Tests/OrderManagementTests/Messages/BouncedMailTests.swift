import TestSupport
import Testing

@testable import OrderManagement

/// Mail that came back is sent again from where a person sees it.
@Suite("Mail that was given up")
struct BouncedMailTests {
    private func bounced(_ then: SendingOutcome...) async throws -> (TestSystem, OrderID, TestMailer) {
        let mailer = TestMailer([.refused(reason: "the mail server answered 550")] + then)
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

    @Test("Sent again, it goes to the address that the order has by now, unless another is named")
    func amended() async throws {
        let (shop, id, mailer) = try await bounced()
        let message = try #require(try shop.waybill.readNow { try MessageStore.of(id, in: $0) }.first)
        let customer = try shop.order(id).customer
        try shop.amend(id) {
            $0.rest = { request, _ in request.customer = Customer(name: customer.name, email: "right@example.com") }
        }
        let reply = try JSON.parse(shop.perform(ResendMessage(message: message.id)).body)
        #expect(reply["recipient"]?.string == "right@example.com" && message.recipient != "right@example.com")
        try await shop.runDueJobs()
        #expect(mailer.asked.last?.recipient == "right@example.com")
        try shop.perform(ResendMessage(message: message.id, recipient: "named@example.com"))
        try await shop.runDueJobs()
        #expect(try mailer.asked.last?.recipient == "named@example.com" && shown(shop).isEmpty)
        try shop.expectClean()
    }

    @Test("However often it is sent again in vain, one exception tells of it, and the first that comes settles it")
    func inVain() async throws {
        let no = SendingOutcome.refused(reason: "the mail server answered 550")
        let (shop, id, _) = try await bounced(no, no, no, no)
        let exception = try #require(try shown(shop).first)
        let message = try #require(try shop.waybill.readNow { try MessageStore.of(id, in: $0) }.first)
        for recipient in ["one@example.com", "two@example.com"] {
            try shop.perform(ResendMessage(message: message.id, recipient: recipient))
        }
        try await shop.runDueJobs()
        let grown = try #require(try shown(shop).first)
        #expect(try shown(shop).count == 1 && grown.id == exception.id)
        #expect(grown.cause.contains("nor when it was sent again, to") && grown.actions(about: nil).count == 2)
        let told = try shop.waybill.readNow { try MessageStore.of(id, in: $0) }
        #expect(told.map(\.state) == [.failed, .skipped, .skipped])
        #expect(told[1].reason == "the mail server answered 550; \(message.id) stands for it")
        #expect(try shop.events(id).suffix(3) == ["exception.opened", "exception.updated", "exception.updated"])
        // Another that is of one of those that did not go out joins it as well.
        try shop.perform(ResendMessage(message: told[2].id))
        try await shop.runDueJobs()
        #expect(try shown(shop).map(\.id) == [exception.id])
        try shop.expectClean()
        try shop.perform(ResendMessage(message: message.id, recipient: "three@example.com"))
        try await shop.runDueJobs()
        #expect(try shown(shop).map(\.id) == [exception.id])
        try shop.perform(ResendMessage(message: told[1].id, recipient: "right@example.com"))
        try await shop.runDueJobs()
        #expect(try shown(shop).isEmpty)
        let states = try shop.waybill.readNow { try MessageStore.of(id, in: $0) }.map(\.state)
        #expect(states == [.skipped, .skipped, .skipped, .skipped, .skipped, .sent])
        #expect(try shop.events(id).last == "exception.resolved")
        try shop.expectClean()
    }

    @Test("What came and is sent again in vain, twice at once, is told by one exception")
    func others() async throws {
        let no = SendingOutcome.refused(reason: "the mail server answered 550")
        let (shop, id, _) = try await bounced(.sent, .sent, no, no)
        let message = try #require(try shop.waybill.readNow { try MessageStore.of(id, in: $0) }.first)
        try shop.perform(ResendMessage(message: message.id))
        try await shop.runDueJobs()
        let other = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try await shop.runDueJobs()
        #expect(try shown(shop).isEmpty && shop.order(other).exceptions.isEmpty)
        // The first one went out, to whomever: two repeats of it at once do not.
        for recipient in ["one@example.com", "two@example.com"] {
            try shop.perform(ResendMessage(message: message.id, recipient: recipient))
        }
        try await shop.runDueJobs()
        let exception = try #require(try shown(shop).first)
        #expect(try shown(shop).count == 1 && exception.cause.contains("nor when it was sent again"))
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
