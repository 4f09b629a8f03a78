import Foundation
import OrderManagement
import Server
import TestSupport
import Testing

@testable import Connectors

@Suite("Mail by SMTP", .serialized)
struct SMTPMailerTests {
    private func mailer(_ server: MailServer, _ change: (inout SMTPMailer.Options) -> Void = { _ in }) throws
        -> SMTPMailer
    {
        let from = try #require(MailAddress("Käthes Laden <orders@shop.example>"))
        var options = SMTPMailer.Options(url: "smtp://localhost:\(server.port)", from: from)
        options.restSeconds = 0
        change(&options)
        return SMTPMailer(options)
    }

    private let letter = Letter(subject: "Hello", text: "Hello", html: "<p>Hello</p>")

    @Test("What arrives is what was written: names, subjects and bodies of any text, lines of any length")
    func content() async throws {
        let server = try MailServer()
        let long = String(repeating: "Wörter ohne Ende 漢字 ", count: 200)
        let text = "Grüße,\n.\n..two dots\nFrom here\n\(long)\n=20 =3D\n  indented \nlast line"
        let subject = String(repeating: "Bestellung für Søren 漢字 👩‍👩‍👧 ", count: 10) + "end"
        let sent = Letter(subject: subject, text: text, html: "<p>Grüße &amp; \(long)</p>")
        let outcome = try await mailer(server).send(
            sent, to: "soren@example.com", named: "Søren \"S\" <x@y.example>, Müller", as: MessageID(7))
        #expect(outcome == .sent)
        let mail = try #require(try server.mails().first)
        #expect(mail["subject"]?.string == subject)
        #expect(mail["sender"]?.string == "orders@shop.example")
        #expect(mail["recipients"]?.text == #"["soren@example.com"]"#)
        #expect(mail["from"]?.text == #"[["Käthes Laden","orders@shop.example"]]"#)
        #expect(
            mail["to"]?.array?.first?.array?.map(\.string)
                == ["Søren \"S\" <x@y.example>, Müller", "soren@example.com"])
        #expect(mail["id"]?.string == "<\(MessageID(7))@shop.example>")
        #expect(mail["type"]?.string == "multipart/alternative" && mail["defects"]?.array?.isEmpty == true)
        let parts = mail["parts"]?.array ?? []
        #expect(parts.map { $0.array?.first?.string } == ["text/plain", "text/html"])
        let plain = parts.first?.array?.last?.string ?? ""
        #expect(plain.replacing("\r\n", with: "\n").trimmingCharacters(in: .newlines) == text)
        #expect(parts.last?.array?.last?.string?.contains("Grüße &amp; Wörter") == true)
        #expect((mail["longest"]?.integer ?? 0) <= 998)
    }

    @Test(
        "No name and no subject can add a line to the head",
        arguments: ["A\r\nBcc: all@example.com", "A\nX-Evil: 1", "A\u{85}B", "A\u{2028}Bcc: x@y.example", "A\0B"])
    func injection(text: String) async throws {
        let server = try MailServer()
        let outcome = try await mailer(server).send(
            Letter(subject: text, text: "x", html: "x"), to: "a@example.com", named: text, as: MessageID(1))
        #expect(outcome == .sent)
        let mail = try #require(try server.mails().first)
        let names = (mail["names"]?.array ?? []).compactMap { $0.string?.lowercased() }
        #expect(Set(names).isSubset(of: [
            "from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version", "content-type", "received",
            "x-peer", "x-mailfrom", "x-rcptto",
        ]), "\(names)")
        #expect(mail["recipients"]?.array?.count == 1)
    }

    @Test("Who cannot be written to is refused, and nobody is asked", arguments: [
        "nobody", "a@b@c", "a b@example.com", "a@example.com>\r\nRCPT TO:<b@example.com", "", "<a@example.com>",
        "a@example.com,b@example.com",
    ])
    func addresses(address: String) async throws {
        let server = try MailServer()
        let outcome = try await mailer(server).send(letter, to: address, named: "A", as: MessageID(1))
        guard case .refused = outcome else {
            Issue.record("\(address): \(outcome)")
            return
        }
        #expect(try server.mails().isEmpty)
    }

    @Test("4xx is tried again, 5xx is for good, a lost connection is unknown; none of them says whom it was about")
    func answers() async throws {
        let server = try MailServer()
        let mailer = try self.mailer(server)
        for (mode, expected) in [
            (MailServer.Mode.busy, SendingOutcome.unknown(reason: "the mail server answered 451")),
            (.refuse, .refused(reason: "the mail server answered 550")),
            (.refuseRecipient, .refused(reason: "the mail server answered 550")), (.take, .sent),
        ] {
            try server.answer(mode)
            let outcome = try await mailer.send(letter, to: "secret@example.com", named: "A", as: MessageID(1))
            #expect(outcome == expected, "\(mode)")
        }
        #expect(try server.mails().count == 1)
        try server.answer(.drop)
        let lost = try await mailer.send(letter, to: "secret@example.com", named: "A", as: MessageID(1))
        guard case .unknown(let reason) = lost else {
            Issue.record("\(lost)")
            return
        }
        #expect(!reason.contains("secret"))
        let nobody = try self.mailer(server) { $0.url = "smtp://localhost:1" }
        guard case .unknown = try await nobody.send(letter, to: "a@example.com", named: "A", as: MessageID(1)) else {
            Issue.record("a server that is not there")
            return
        }
        let another = try self.mailer(server) { ($0.url, $0.restSeconds) = ("smtp://localhost:1", 60) }
        _ = try await another.send(letter, to: "a@example.com", named: "A", as: MessageID(1))
        let rest = await #expect(throws: ConnectorRests.self, "nobody is asked a moment after that") {
            try await another.send(letter, to: "a@example.com", named: "A", as: MessageID(1))
        }
        #expect(rest.map { (50...60).contains($0.seconds) } == true)
    }

    @Test("A password goes through TLS only, to a server whose certificate is trusted")
    func secured() async throws {
        let server = try MailServer(password: "right")
        func send(_ password: String, trusted: Bool) async throws -> SendingOutcome {
            let mailer = try self.mailer(server) {
                ($0.user, $0.password) = ("shop", password)
                if trusted { $0.authorities = server.certificate }
            }
            return try await mailer.send(letter, to: "a@example.com", named: "A", as: MessageID(1))
        }
        #expect(try await send("right", trusted: true) == .sent)
        #expect(try await send("right", trusted: false) != .sent)
        guard case .unknown = try await send("wrong", trusted: true) else {
            Issue.record("a wrong password is for the operators, not for good")
            return
        }
        let mail = try #require(try server.mails().first)
        #expect(mail["secure"]?.bool == true && mail["user"]?.bool == true)
        #expect(try server.mails().count == 1)

        let open = try MailServer()
        let mailer = try self.mailer(open) { ($0.user, $0.password) = ("shop", "right") }
        #expect(try await mailer.send(letter, to: "a@example.com", named: "A", as: MessageID(1)) != .sent)
        #expect(try open.mails().isEmpty)
    }

    @Test("A lost answer brings the same mail under the same Message-ID, and one record")
    func wholeWay() async throws {
        let server = try MailServer()
        try server.answer(.drop)
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", renderer: MustacheRenderer(), mailer: try mailer(server))
        var channel = Channel.web
        channel.policy.messages = MessagePolicy(kinds: [.shipped], language: "de")
        try shop.perform(SaveChannel(channel: channel))
        let order = try shop.place("2 × TEE-M at 10.00 GBP")
        try shop.walk(order, to: .shipped)
        try await shop.runDueJobs()
        try server.answer(.take)
        shop.advance(Seconds(2))
        try await shop.runDueJobs()
        let mails = try server.mails()
        #expect(mails.count == 2 && Set(mails.map { $0["id"]?.string }).count == 1)
        #expect(Set(mails.map { $0["subject"]?.string }) == ["Ihre Bestellung WEB-1001 ist unterwegs"])
        #expect(Set(mails.map { $0["parts"]?.text }).count == 1)
        let messages = try shop.waybill.readNow { try MessageStore.of(order, in: $0) }
        #expect(messages.map { "\($0.state.rawValue) \($0.attempts)" } == ["sent 2"])
        try shop.expectClean()
    }
}
