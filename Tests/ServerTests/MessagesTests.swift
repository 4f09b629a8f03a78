import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Messages by the interface")
struct MessagesTests {
    private func server(_ messages: String = #"{"send": ["received", "shipped"]}"#) async throws -> TestServer {
        let server = try await TestServer(
            try TestSystem(stock: "TEE-M@LONDON: 9", renderer: MustacheRenderer(), mailer: TestMailer()))
        let answer = try await server.send(
            "PUT", "/v1/channels/web",
            #"{"name": "Käthe & Co", "currency": "GBP", "policy": {"messages": \#(messages)}}"#)
        #expect(answer.status == 200, "\(answer.text)")
        return server
    }

    @Test("What an order's customer was told is listed with its words, and can be sent once more to another address")
    func log() async throws {
        let server = try await server()
        let placed = try await server.place([#""name": "A. Example", "email""#: #""name": "<b>Zoë</b>", "email""#])
        let order = try #require(placed.json["id"]?.string)
        try await server.system.runDueJobs()
        let log = try await server.send("GET", "/v1/orders/\(order)/messages")
        let message = try #require(log.json["data"]?.array?.first, "\(log.text)")
        #expect(message["subject"]?.string == "Your order WEB-1001" && message["state"]?.string == "sent")
        #expect(message["recipient"]?.string == "a@example.com")
        #expect(message["text"]?.string?.contains("Hello <b>Zoë</b>,") == true)
        #expect(message["text"]?.string?.contains("2 × Item TEE-M\n\nTotal: 28.95 GBP\n\nKäthe & Co") == true)
        #expect(message["html"]?.string?.contains("<p>Hello &lt;b&gt;Zoë&lt;/b&gt;,</p>") == true)
        #expect(message["html"]?.string?.contains("Käthe &amp; Co") == true)

        let id = try #require(message["id"]?.string)
        let again = try await server.send("POST", "/v1/messages/\(id)/resendings", #"{"email": "B@Example.com"}"#)
        #expect(again.status == 201 && again.json["recipient"]?.string == "b@example.com", "\(again.text)")
        #expect(again.json["repeats"]?.string == id && again.json["state"]?.string == "queued")
        let early = try await server.send("POST", "/v1/messages/\(again.json["id"]?.string ?? "")/resendings", "{}")
        #expect(early.status == 409 && early.code == "illegal_transition")
        let wrong = try await server.send("POST", "/v1/messages/\(id)/resendings", #"{"email": "x"}"#)
        #expect(wrong.errors == ["/email invalid_input"])
        #expect(try await server.send("GET", "/v1/messages?state=queued").json["data"]?.array?.count == 1)
        #expect(try await server.send("GET", "/v1/messages?limit=1").json["next_cursor"]?.string != nil)
        #expect(try await server.send("GET", "/v1/messages/\(id)").json == message)
        let york = try server.key([.ordersRead], locations: ["YORK"])
        for path in ["/v1/messages/\(id)", "/v1/orders/\(order)/messages"] {
            #expect(try await server.send("GET", path, key: york).status == 404)
        }
        #expect(try await server.send("GET", "/v1/messages", key: york).status == 403)
        try server.system.expectClean()
    }

    @Test("Who changes the address is told the new one; who changes something else is not")
    func newAddress() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", renderer: MustacheRenderer(), mailer: TestMailer())
        var channel = Channel.till
        channel.policy.messages.kinds = [.amended]
        try shop.perform(SaveChannel(channel: channel))
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        func amend(_ number: Int, _ change: (inout AmendmentRequest) -> Void) throws {
            var request = AmendmentRequest()
            change(&request)
            try shop.perform(AmendOrder(order: id, request: request))
            try shop.perform(CommitAmendment(amendment: AmendmentID(id, number)))
        }
        try amend(1) { $0.quantities = [.init(line: OrderLineID(id, 1), quantity: 1)] }
        try amend(2) {
            var address = Address.example()
            address.lines = ["2 Low Street"]
            $0.delivery = .init(method: .ship, service: "standard", address: address, location: nil)
        }
        try await shop.runDueJobs()
        let server = try await TestServer(shop)
        let log = try await server.send("GET", "/v1/orders/\(id)/messages").json["data"]?.array ?? []
        let texts = log.compactMap { $0["text"]?.string }
        let told = " It goes to: Ada Example, 2 Low Street, LS1 4AP Leeds."
        #expect(texts.count == 2 && texts.filter { $0.contains(told) }.count == 1, "\(texts)")
    }

    @Test("A template is shown as it would be before anybody gets it, and refused where it cannot be read")
    func preview() async throws {
        let server = try await server()
        let order = try #require(try await server.place().json["id"]?.string)
        let path = "/v1/orders/\(order)/message-previews"
        let body = """
            {"kind": "shipped", "template": {"subject": "{{number}}\\n!", "html": "<i>{{shop}}</i>",
             "text": "{{name}} & co: {{#lines}}{{sku}} {{/lines}}"}}
            """
        let shown = try await server.send("POST", path, body)
        #expect(shown.json["subject"]?.string == "WEB-1001 !", "\(shown.text)")
        #expect(shown.json["text"]?.string == "A. Example & co: TEE-M ")
        #expect(shown.json["html"]?.string == "<i>Käthe &amp; Co</i>")
        let german = try await server.send("POST", path, #"{"kind": "shipped", "language": "de-AT"}"#)
        #expect(german.json["subject"]?.string == "Ihre Bestellung WEB-1001 ist unterwegs")
        let wrong = try await server.send(
            "POST", path, #"{"kind": "hello", "language": "DE", "template": {"subject": "{{#a}}", "text": " "}}"#)
        #expect(
            wrong.errors.sorted() == [
                "/kind invalid_input", "/language invalid_input", "/template/subject invalid_input",
                "/template/text invalid_input",
            ], "\(wrong.text)")
    }

    @Test("Messages lead to the order's page where the address is known; who may only read orders does not learn it")
    func links() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", renderer: MustacheRenderer(), mailer: TestMailer())
        let server = try await TestServer(shop, publicURL: "https://orders.example.com")
        var channel = Channel.web
        channel.policy.messages.kinds = [.received]
        try shop.perform(SaveChannel(channel: channel))
        let evil = "https://evil.example/o/x"
        let placed = try await server.place([#""name": "A. Example", "email""#: #""name": "\#(evil)", "email""#])
        let order = try #require(placed.json["id"]?.string)
        let link = try #require(try await server.send("GET", "/v1/orders/\(order)/customer-links").json["url"]?.string)
        let runner = JobRunner(
            shop.waybill, renderer: MustacheRenderer(), mailer: TestMailer(),
            links: CustomerLinks(shop.waybill, publicURL: "https://orders.example.com"))
        while try await runner.step().ran > 0 {}
        let path = "/v1/orders/\(order)/messages"
        let message = try #require(try await server.send("GET", path).json["data"]?.array?.first)
        #expect(message["text"]?.string?.contains("See how it stands, or change it: \(link)\n\nWeb shop") == true)
        #expect(message["html"]?.string?.contains(#"<a href="\#(link)">\#(link)</a>"#) == true)
        #expect(message["html"]?.string?.contains(#"href="https://evil"#) == false)
        let reader = try server.key([.ordersRead])
        let id = try #require(message["id"]?.string)
        for place in [path, "/v1/messages", "/v1/messages/\(id)"] {
            let read = try await server.send("GET", place, key: reader)
            #expect(read.text.contains("orders.example.com/o/…") && !read.text.contains(link), "\(place)")
        }
        let preview = try await server.send(
            "POST", "/v1/orders/\(order)/message-previews",
            #"""
            {"kind": "received",
             "template": {"subject": "x", "text": "{{#order_link}}at {{order_link}}{{/order_link}}"}}
            """#)
        #expect(preview.json["text"]?.string == "at " + link, "\(preview.text)")
    }

    @Test("A channel's policy of messages is checked, kept, and shown")
    func policy() async throws {
        let server = try await server(
            #"""
            {"send": ["ready"], "language": "de", "reminder_days": 0,
             "templates": [{"kind": "ready", "language": "fr", "subject": "Prêt", "text": "a\nb"}]}
            """#)
        let kept = try await server.send("GET", "/v1/channels/web").json["policy"]?["messages"]
        #expect(
            kept?.text == #"{"send":["ready"],"language":"de","reminder_days":0,"templates":"#
                + #"[{"kind":"ready","language":"fr","subject":"Prêt","text":"a\nb"}]}"#)
        let wrong = try await server.send(
            "PUT", "/v1/channels/web",
            #"""
            {"name": "Web", "currency": "GBP", "policy": {"messages": {"send": ["greeting"], "reminder_days": 400,
             "templates": [{"kind": "ready", "language": "fr", "subject": "{{#a}}", "text": "x"},
                           {"kind": "ready", "language": "fr", "subject": "x", "text": "x"}]}}}
            """#)
        #expect(
            wrong.errors.sorted() == [
                "/policy/messages/reminder_days invalid_input", "/policy/messages/send/0 invalid_input",
                "/policy/messages/templates invalid_input", "/policy/messages/templates/0/subject invalid_input",
            ], "\(wrong.text)")
    }

    @Test("Amounts are written as the words around them write them, whoever reads these", arguments: [
        ("en", "1,020.50 GBP"), ("de", "1.020,50 GBP"), ("de-CH", "1’020.50 GBP"), ("it", "1.020,50 GBP"),
        ("fr", "1\u{202F}020,50 GBP"), ("pl", "1020,50 GBP"), ("el", "1,020.50 GBP"),
    ])
    func amounts(language: String, text: String) throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 9")
        let order = try shop.place("2 × TEE-M at 510.25 GBP, pickup at YORK")
        let values = try #require(try shop.waybill.readNow { try MessageValues(of: order, telling: nil, in: $0) })
        let letter = try values.letter(.received, in: language, by: MustacheRenderer())
        #expect(letter.text.contains(text), "\(letter.text)")
    }
}
