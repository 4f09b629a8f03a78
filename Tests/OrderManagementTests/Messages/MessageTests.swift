import Synchronization
import TestSupport
import Testing

@testable import OrderManagement

@Suite("Messages to customers")
struct MessageTests {
    private func shop(_ mailer: TestMailer?, _ kinds: Set<Message.Kind> = Set(Message.Kind.allCases)) throws
        -> TestSystem
    {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "TEE-M@YORK: 9", mailer: mailer)
        try tell(kinds, in: shop)
        return shop
    }

    private func tell(_ kinds: Set<Message.Kind>, templates: [MessageTemplate] = [], in shop: TestSystem) throws {
        var channel = Channel.web
        channel.policy.messages = MessagePolicy(kinds: kinds, language: "de", reminderDays: 3, templates: templates)
        try shop.perform(SaveChannel(channel: channel))
    }

    private func messages(_ order: OrderID, in shop: TestSystem) throws -> [Message] {
        try shop.waybill.readNow { try MessageStore.of(order, in: $0) }
    }

    private func told(_ order: OrderID, in shop: TestSystem) throws -> [String] {
        try messages(order, in: shop).map { "\($0.kind.rawValue) \($0.state.rawValue)" }
    }

    @Test("Each event that the channel tells is told once, to the customer's address, in the channel's language")
    func straight() async throws {
        let mailer = TestMailer()
        let shop = try shop(mailer)
        let order = try shop.place("2 × TEE-M at 10.00 GBP, shipping 4.95")
        #expect(try told(order, in: shop) == ["received queued"])
        try shop.walk(order, to: .delivered)
        try await shop.runDueJobs()
        #expect(try told(order, in: shop) == ["received sent", "shipped sent", "delivered sent"])
        #expect(mailer.asked.map(\.recipient) == Array(repeating: "ada@example.com", count: 3))
        #expect(
            mailer.asked.map(\.letter.subject).sorted()
                == ["delivered de WEB-1001", "received de WEB-1001", "shipped de WEB-1001"])
        let shipped = try #require(mailer.asked.first { $0.letter.subject.hasPrefix("shipped") })
        let values = try JSON.parse(shipped.letter.text)
        #expect(values["lines"]?.array?.map { $0["item"]?.string } == ["Item TEE-M"])
        #expect(values["lines"]?.array?.first?["quantity"]?.string == "2")
        #expect(values["total"]?.string == "24,95 GBP" && values["name"]?.string == "Ada Example")
        try shop.expectClean()
    }

    @Test("A channel that tells nothing, and a customer without an address, get no message")
    func silent() async throws {
        let mailer = TestMailer()
        let shop = try shop(mailer, [.shipped])
        let quiet = try shop.place("1 × TEE-M at 10.00 GBP")
        #expect(try told(quiet, in: shop).isEmpty)
        try shop.walk(quiet, to: .shipped)
        #expect(try told(quiet, in: shop) == ["shipped queued"])
        var nobody = try PlaceOrder("1 × TEE-M at 10.00 GBP")
        nobody.customer.email = nil
        let reply = try JSON.parse(try shop.perform(nobody).body)
        let id = try #require(reply["id"]?.string.flatMap { OrderID($0) })
        try shop.walk(id, to: .shipped)
        #expect(try told(id, in: shop).isEmpty)
    }

    @Test("A customer is written to in the language they asked for, in the merchant's words where there are some")
    func words() async throws {
        let mailer = TestMailer()
        let shop = try shop(mailer)
        let own = MessageTemplate(kind: .received, language: "fr", subject: "Merci", text: "x")
        try tell([.received], templates: [own], in: shop)
        for language in ["fr-CA", "it"] {
            var order = try PlaceOrder("1 × TEE-M at 10.00 GBP")
            order.customer.language = language
            try shop.perform(order)
        }
        try await shop.runDueJobs()
        #expect(mailer.asked.map(\.letter.subject).sorted() == ["Merci fr-CA WEB-1001", "received it WEB-1002"])
    }

    @Test("Cancelling, returning, refunding and collecting are told; of a wait from the beginning only the order tells")
    func sideWays() async throws {
        let mailer = TestMailer()
        let shop = try shop(mailer)
        let waiting = try shop.place("30 × TEE-M at 10.00 GBP")
        #expect(try shop.events(waiting).contains("order.backordered"))
        #expect(try told(waiting, in: shop) == ["received queued"])
        try shop.perform(CancelOrder(order: waiting, lines: nil, reason: .customer))
        let pickup = try shop.place("1 × TEE-M at 10.00 GBP, pickup at YORK")
        try shop.walk(pickup, to: .ready)
        try await shop.runDueJobs()
        #expect(try told(waiting, in: shop) == ["received sent", "cancelled sent"])
        #expect(try told(pickup, in: shop) == ["received sent", "ready sent"])
        let ready = try #require(mailer.asked.first { $0.letter.subject.hasPrefix("ready") })
        #expect(try JSON.parse(ready.letter.text)["code"]?.string == shop.order(pickup).collectionCode)
        try shop.expectClean()
    }

    @Test("Customers are reminded so long before the goods go back; of those that were collected they are not")
    func reminder() async throws {
        let mailer = TestMailer()
        let shop = try shop(mailer)
        let late = try shop.place("1 × TEE-M at 10.00 GBP, pickup at YORK")
        let prompt = try shop.place("1 × TEE-M at 10.00 GBP, pickup at YORK")
        try shop.walk(late, to: .ready)
        try shop.walk(prompt, to: .ready)
        // They go back after seven days, and the channel writes three days before.
        shop.advance(Seconds(4 * 86_400 - 1))
        try await shop.runDueJobs()
        #expect(try told(late, in: shop).last == "ready sent")
        shop.advance(Seconds(1))
        // Between the intent to remind and the mail, the goods are collected.
        let jobs = try shop.waybill.readNow { try JobQueue.page(nil, after: JobID(0), limit: 100, in: $0) }
        let job = try #require(jobs.first { $0.kind == .remindPickup && $0.order == prompt })
        let end = try #require(try shop.order(prompt).fulfillments[0].collectBy)
        try shop.perform(RemindPickup(fulfillment: prompt.fulfillment(1), deadline: end, job: job.id))
        #expect(try told(prompt, in: shop).last == "reminder queued")
        try shop.walk(prompt, to: .collected)
        try await shop.runDueJobs()
        #expect(try told(late, in: shop).last == "reminder sent")
        let skipped = try messages(prompt, in: shop).last
        #expect(skipped?.kind == .reminder && skipped?.state == .skipped)
        #expect(skipped?.reason == "the goods wait no more")
        try shop.expectClean()
    }

    @Test("Who was given more time to collect is reminded before the later end, and not before the first")
    func remindedLater() async throws {
        let mailer = TestMailer()
        let shop = try shop(mailer)
        let order = try shop.place("1 × TEE-M at 10.00 GBP, pickup at YORK")
        try shop.walk(order, to: .ready)
        let end = shop.now + .days(20)
        try shop.perform(ExtendCollection(fulfillment: order.fulfillment(1), until: end))
        shop.advance(Seconds(17 * 86_400 - 1))
        try await shop.runDueJobs()
        #expect(try told(order, in: shop).last == "extended sent")
        shop.advance(Seconds(1))
        try await shop.runDueJobs()
        #expect(try told(order, in: shop).last == "reminder sent")
        let letter = try #require(mailer.asked.last).letter.text
        #expect(try JSON.parse(letter).at("lines.0.sku")?.string == "TEE-M")
        try shop.expectClean()
    }

    @Test("A reminder that may have gone out is not said to have been left out when the goods are collected meanwhile")
    func remindedAfterAll() async throws {
        let mailer = TestMailer(.sent, .unknown(reason: "lost"))
        let shop = try shop(mailer, [.received, .reminder, .ready])
        let order = try shop.place("1 × TEE-M at 10.00 GBP, pickup at YORK")
        try await shop.runDueJobs()
        try tell([.reminder, .ready], in: shop)
        try shop.walk(order, to: .ready)
        shop.advance(.minutes(10))
        try await shop.runDueJobs()
        shop.advance(.days(4))
        try await shop.runDueJobs()
        try shop.walk(order, to: .collected)
        shop.advance(.hours(1))
        try await shop.runDueJobs()
        let reminders = mailer.asked.filter { $0.letter.subject.contains("reminder") }
        #expect(Set(reminders.map(\.id)).count <= 1)
        #expect(try messages(order, in: shop).allSatisfy { $0.state == .sent })
        try shop.expectClean()
    }

    @Test("An attempt whose outcome is unknown is made again later, by the same id and with the same words")
    func unknown() async throws {
        let mailer = TestMailer(.unknown(reason: "lost"), .unknown(reason: "away"))
        let shop = try shop(mailer, [.received])
        let order = try shop.place("1 × TEE-M at 10.00 GBP")
        try await shop.runDueJobs()
        #expect(mailer.asked.count == 1)
        #expect(try messages(order, in: shop).map(\.reason) == ["lost"])
        // What the channel says by now makes no difference to a message that may have come.
        try tell(
            [.received], templates: [.init(kind: .received, language: "de", subject: "Neu", text: "x")], in: shop)
        shop.advance(Seconds(2))
        try await shop.runDueJobs()
        shop.advance(Seconds(4))
        try await shop.runDueJobs()
        #expect(mailer.asked.count == 3 && Set(mailer.asked.map(\.id)).count == 1)
        #expect(Set(mailer.asked.map(\.letter)).count == 1)
        #expect(try messages(order, in: shop).map { "\($0.state.rawValue) \($0.attempts)" } == ["sent 3"])
        try shop.expectClean()
    }

    @Test("A refusal for good buries the job and tells a person; tried again, or resent elsewhere, it goes out")
    func refused() async throws {
        let no = SendingOutcome.refused(reason: "the mail server answered 550")
        let mailer = TestMailer(no, .sent, no, no)
        let shop = try shop(mailer, [.received])
        let first = try shop.place("1 × TEE-M at 10.00 GBP")
        try await shop.runDueJobs()
        let shown = try #require(try shop.openExceptions().first)
        try shop.perform(RetryJob(job: try #require(shown.subject.flatMap { JobID($0) })))
        try await shop.runDueJobs()
        #expect(try told(first, in: shop) == ["received sent"] && shop.openExceptions().isEmpty)

        let order = try shop.place("1 × TEE-M at 10.00 GBP")
        try await shop.runDueJobs()
        let message = try #require(try messages(order, in: shop).first)
        #expect(message.state == .failed && message.reason == "the mail server answered 550")
        let exception = try #require(try shop.openExceptions().first)
        #expect(exception.kind == .buriedJob && exception.cause.contains("550"))
        try shop.expectClean()

        let again = try shop.perform(ResendMessage(message: message.id, recipient: "wrong@example.com"))
        #expect(again.status == 201)
        try await shop.runDueJobs()
        // A person knows of it already: what they know says that it did not go out there either.
        #expect(try told(order, in: shop) == ["received failed", "received skipped"])
        let grown = try shop.openExceptions()
        #expect(grown.map(\.id) == [exception.id] && grown[0].cause.contains("sent again, to wrong@example.com"))
        try shop.expectClean()
        let second = try #require(try messages(order, in: shop).last)
        try shop.perform(ResendMessage(message: second.id, recipient: "new@example.com"))
        try await shop.runDueJobs()
        #expect(mailer.asked.last?.recipient == "new@example.com" && mailer.asked.last?.id != message.id)
        // It went out: nobody has to see to those that did not.
        #expect(try told(order, in: shop) == ["received skipped", "received skipped", "received sent"])
        #expect(try shop.openExceptions().isEmpty)
        let settled = try shop.waybill.readNow { try ExceptionStore.exception(exception.id, in: $0) }
        #expect(settled?.resolution == "The message was sent again, to new@example.com.")
        let job = try #require(exception.subject.flatMap { JobID($0) })
        try expectRefusal(.notFound, of: RetryJob(job: job), in: shop)
        try shop.expectClean()
    }

    @Test("A refund over several tenders is told once, with what the customer gets of it")
    func oneRefund() async throws {
        let mailer = TestMailer()
        let answers = Mutex([PaymentOutcome.done(reference: "taken"), .done(reference: "back")])
        let card = TestProvider("card") { _ in answers.withLock { $0.removeFirst() } }
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", providers: [card], mailer: mailer)
        try tell([.refunded], in: shop)
        func refunded(_ providers: [String]) async throws -> OrderID {
            let id = try shop.place("2 × TEE-M at 10.00 GBP", on: nil) {
                $0.payments = providers.map {
                    .init(provider: $0, reference: "of \($0)", authorized: gbp(1000))
                }
            }
            try shop.walk(id, to: .delivered)
            try await shop.runDueJobs()
            try shop.perform(RefundPayment(order: id, amount: gbp(1500), payment: nil, reason: "late"))
            try await shop.runDueJobs()
            return id
        }
        func amounts() throws -> [String] {
            try mailer.asked.map { try JSON.parse($0.letter.text)["amount"]?.string ?? "" }
        }
        _ = try await refunded(["manual", "card"])
        #expect(try amounts() == ["15,00 GBP"])
        answers.withLock { $0 = [.done(reference: "taken"), .refused(reason: "closed")] }
        let partly = try await refunded(["manual", "card"])
        #expect(try amounts() == ["15,00 GBP", "5,00 GBP"])
        #expect(try shop.openExceptions().map(\.kind) == [.paymentFailed])
        let memo = try #require(try shop.order(partly).memos.first)
        answers.withLock { $0 = [.done(reference: "back")] }
        shop.advance(.minutes(5))
        try shop.perform(PayCreditMemo(order: partly, memo: memo.name, payment: PaymentID(partly, 2)))
        try await shop.runDueJobs()
        #expect(try amounts() == ["15,00 GBP", "5,00 GBP", "10,00 GBP"])
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("A refund says what was kept back of what the goods cost")
    func keptBack() async throws {
        let mailer = TestMailer()
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", mailer: mailer)
        try tell([.refunded], in: shop)
        var channel = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.channels["web"])
        channel.policy.returning.refundAt = .receipt
        channel.policy.returning.feeFixed = 250
        try shop.perform(SaveChannel(channel: channel))
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        try shop.deliver(id)
        try await shop.runDueJobs()
        for _ in 1...2 {
            try shop.perform(
                RequestReturn(
                    order: id, method: .inStore, location: "YORK",
                    lines: [.init(line: id.line(1), quantity: 1, reason: .unwanted, disposition: .restock)]))
            try await shop.runDueJobs()
        }
        let letters = try mailer.asked.map { try JSON.parse($0.letter.text) }
        #expect(letters.map { $0["amount"]?.string } == ["7,50 GBP", "7,50 GBP"])
        #expect(letters.map { $0["retained"]?.string } == ["2,50 GBP", "2,50 GBP"])
        try shop.expectClean()
    }

    @Test("Whoever is to collect is told until when, by the clocks of the store")
    func collectBy() async throws {
        let mailer = TestMailer()
        let shop = try shop(mailer)
        let id = try shop.place("1 × TEE-M at 10.00 GBP, pickup at YORK")
        try shop.walk(id, to: .ready)
        try await shop.runDueJobs()
        let ready = try #require(mailer.asked.first { $0.letter.subject.hasPrefix("ready") })
        #expect(try JSON.parse(ready.letter.text)["collect_by"]?.string == "Mo., 9. März 2026, 10:00 Uhr")
        try shop.expectClean()
    }

    @Test("After three days of attempts a message is given up, and a person told")
    func givenUp() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", mailer: AwayMailer())
        try tell([.received], in: shop)
        let order = try shop.place("1 × TEE-M at 10.00 GBP, unpaid")
        for _ in 1..<Job.attemptsOfMailMax {
            try await shop.runDueJobs()
            shop.advance(.hours(1))
        }
        #expect(try messages(order, in: shop).map(\.state) == [.queued])
        try await shop.runDueJobs()
        #expect(try messages(order, in: shop).map { "\($0.state.rawValue) \($0.attempts)" } == ["failed 84"])
        let kinds = try shop.openExceptions().map(\.kind)
        #expect(Set(kinds) == [.buriedJob, .stageOverdue, .connectorDown] && kinds.count == 3, "\(kinds)")
        try shop.expectClean()
    }

    private struct AwayMailer: Mailer {
        func send(_ letter: Letter, to recipient: String, named name: String, as id: MessageID) async
            -> SendingOutcome
        { .unknown(reason: "away") }
    }

    @Test("Without a mail server messages are kept with their words, and say why they were not sent")
    func skipped() async throws {
        let shop = try shop(nil, [.received])
        let order = try shop.place("1 × TEE-M at 10.00 GBP")
        let queued = try #require(try messages(order, in: shop).first)
        try expectRefusal(.illegalTransition, of: ResendMessage(message: queued.id), in: shop)
        try await shop.runDueJobs()
        let message = try #require(try messages(order, in: shop).first)
        #expect(message.state == .skipped && message.reason == "no mail server is configured")
        #expect(message.letter?.subject == "received de WEB-1001")
        try expectRefusal(.notFound, of: ResendMessage(message: MessageID(1)), in: shop)
        let reader = Principal(name: "reader", scopes: [.ordersRead])
        try expectRefusal(.forbidden, of: ResendMessage(message: message.id), in: shop, as: reader)
        try shop.expectClean()
    }

    @Test("A template that cannot be rendered is shown to a person")
    func brokenTemplate() async throws {
        let shop = try shop(TestMailer(), [.received])
        try tell(
            [.received], templates: [.init(kind: .received, language: "de", subject: "x", text: "broken")], in: shop)
        let order = try shop.place("1 × TEE-M at 10.00 GBP")
        try await shop.runDueJobs()
        #expect(try messages(order, in: shop).first?.reason == "the template is broken")
        #expect(try shop.openExceptions().map(\.kind) == [.buriedJob])
    }

    @Test(
        "The doctor finds a message without its job, one that tells nothing, and one sent while its job waits",
        arguments: [
            ("DELETE FROM jobs WHERE kind = 'send_message'", "the job waiting"),
            ("UPDATE messages SET sequence = 99", "the event order.placed"),
            ("UPDATE messages SET state = 'sent', subject = 'x', text = '', html = ''", "the job none"),
            ("UPDATE messages SET kind = 'greeting'", "a known kind and state"),
        ])
    func tampering(sql: String, expected: String) throws {
        let shop = try shop(nil, [.received])
        try shop.place("1 × TEE-M at 10.00 GBP")
        try shop.expectClean()
        let findings = try shop.examine(tamperedBy: sql).findings.filter { $0.book == .messages }
        #expect(findings.map(\.expected) == [expected])
    }

    @Test("A message whose job was given up by an error can be sent again")
    func jobGivenUp() async throws {
        let mailer = TestMailer()
        let shop = try shop(mailer)
        let id = try shop.place("1 × TEE-M at 10.00 GBP")
        let message = try #require(try messages(id, in: shop).first)
        let job = try #require(
            try shop.waybill.readNow { try JobQueue.page(.waiting, after: JobID(0), limit: 50, in: $0) }
                .first { $0.payload == message.id.description })
        for _ in 1...Job.attemptsOfMailMax {
            try shop.perform(FailJob(job, because: "the disk is full"))
        }
        #expect(try messages(id, in: shop).first?.state == .failed)
        try shop.perform(ResendMessage(message: message.id))
        try await shop.runDueJobs()
        #expect(try messages(id, in: shop).contains { $0.state == .sent && $0.repeats == message.id })
        try shop.expectClean()
    }
}
