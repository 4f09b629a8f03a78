import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// Mistakes that people make, and what they are told: the place, what is wrong, and what would be right.
@Suite("Clear answers to mistakes")
struct ClearAnswerTests {
    private func server() async throws -> TestServer {
        try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 9"))
    }

    private func saved(_ policy: String, on server: TestServer) async throws -> TestServer.Answer {
        try await server.send(
            "PUT", "/v1/channels/web", #"{"name": "Web shop", "currency": "GBP", "policy": {\#(policy)}}"#)
    }

    @Test("A template's tag that stands for nothing is refused when it is saved, with its line and column", arguments: [
        ("Dear {{nmae}}", "line 1, column 6: there is no {{nmae}}; known here: address, amount, arrived, cash, code, "),
        (#"a\n\n{{#lines}}{{item}} {{colour}}{{/lines}}"#, "line 3, column 20: there is no {{colour}}; "),
        ("{{sku}}", "line 1, column 1: there is no {{sku}}; "),
        ("{{#linse}}x{{/linse}}", "line 1, column 1: there is no {{linse}}; "),
        ("{{{ nmae }}}{{& number}}", "line 1, column 1: there is no {{nmae}}; "),
        ("{{shout(name)}}", "line 1, column 1: there is no function shout; "),
        ("{{> footer}}", "line 1, column 1: tags as {{> footer}} are not known here"),
    ])
    func templateTags(text: String, objection: String) async throws {
        let server = try await server()
        let template = #"{"kind": "received", "language": "en", "subject": "{{number}}", "text": "\#(text)"}"#
        let answer = try await saved(#""messages": {"templates": [\#(template)]}"#, on: server)
        #expect(answer.errors == ["/policy/messages/templates/0/text invalid_input"], "\(answer.text)")
        #expect(answer.json["detail"]?.string?.contains(objection) == true, "\(answer.text)")
    }

    @Test("A template may name all that messages know, in lists what their entries have, and the engine's functions")
    func knownTags() async throws {
        let server = try await server()
        let text =
            "{{! a remark }}{{uppercased(name)}} {{&shop}} {{#lines}}{{quantity}} {{item}} {{number}}{{^last()}}, "
            + "{{/last()}}{{/lines}}{{#expected}}{{.}}{{/expected}}{{^parcels}}none{{/parcels}}"
        let template = #"{"kind": "received", "language": "en", "subject": "{{number}}", "text": "\#(text)"}"#
        let answer = try await saved(#""messages": {"templates": [\#(template)]}"#, on: server)
        #expect(answer.status == 200, "\(answer.text)")
        for (name, text) in EmbeddedFiles.templates where name.hasPrefix("messages-") {
            #expect(TemplateTags.objection(to: text, knowing: MessageValues.vocabulary) == nil, "\(name)")
        }
    }

    @Test("What templates may name is what messages know, with the members of its lists")
    func vocabulary() throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 9")
        for text in ["2 × TEE-M at 10.00 GBP, store, pickup at YORK", "2 × TEE-M at 10.00 GBP, store"] {
            let order = try shop.place(text)
            try shop.walk(order, to: .delivered)
            let last = try shop.order(order).sequence
            let values = try #require(try shop.waybill.readNow { try MessageValues(of: order, telling: last, in: $0) })
            for member in try values.json().members ?? [] {
                let known = try #require(MessageValues.vocabulary[member.name], "\(member.name)")
                // A line has its day only while it waits for one.
                for entry in member.value.array ?? [] {
                    #expect((entry.members?.map(\.name) ?? []) == known.filter { $0 != "day" || entry["day"] != nil })
                }
            }
        }
    }

    @Test("A message that is never told of such an order is not previewed blank, but refused with the reason")
    func previewOfPickup() async throws {
        let server = try await server()
        let order = try await server.place().json["id"]?.string ?? ""
        let path = "/v1/orders/\(order)/message-previews"
        let ready = try await server.send("POST", path, #"{"kind": "ready"}"#)
        #expect(ready.errors == ["/kind invalid_input"], "\(ready.text)")
        #expect(ready.json["detail"]?.string == "ready is told of orders to pickup; order WEB-1001 is to ship")
        #expect(try await server.send("POST", path, #"{"kind": "shipped"}"#).status == 200)
    }

    @Test("An order names payment or payments, not both")
    func paymentAndPayments() async throws {
        let server = try await server()
        let payment = #"{"provider": "manual", "reference": "b", "authorized": {"amount": 1, "currency": "GBP"}}"#
        let both = try await server.place([#""fees": []"#: #""fees": [], "payments": [\#(payment)]"#])
        #expect(both.status == 400 && both.errors == ["/payment invalid_input"], "\(both.text)")
        #expect(both.json["detail"]?.string?.contains("say one payment, or all of them in payments") == true)
        #expect(try await server.place([#""fees": []"#: #""fees": [], "payments": []"#]).status == 201)
    }

    @Test("Numbers that are no quantities are told apart: fractions, and what is beyond all bounds", arguments: [
        ("1.5", "must be a whole number, is 1.5"), ("1e20", "must be from 1 to 1000000, is 1e+20"),
        ("1e3", "must be written in digits alone, as 1000: without exponent, point or decimals"),
        ("100000000000000000000", "must be from 1 to 1000000, is 1e+20"), ("-1", "must be from 1 to 1000000, is -1"),
        (#""2""#, "expected a whole number, found a text"),
    ])
    func quantities(number: String, told: String) async throws {
        let answer = try await server().place([#""quantity": 2"#: #""quantity": \#(number)"#])
        #expect(answer.errors == ["/lines/0/quantity invalid_input"], "\(answer.text)")
        #expect(answer.json["errors"]?.array?.first?["detail"]?.string == told, "\(answer.text)")
    }

    @Test("A policy that names items that are not there, or two stages for payment, is refused with the places")
    func policies() async throws {
        let server = try await server()
        let rules = #""returning": {"rules": [{"skus": ["TEE-M", "NOPE"], "days": 5}]}"#
        let unknown = try await saved(rules, on: server)
        #expect(unknown.status == 422, "\(unknown.text)")
        #expect(unknown.errors == ["/policy/returning/rules/0/skus/1 unknown_sku"])
        let body = #"{"name": "Web shop", "currency": "GBP", "policy": {\#(rules)}}"#
        #expect(try await server.send("PUT", "/v1/channels/web/draft", body).code == "unknown_sku")
        #expect(try await server.send("PUT", "/v1/items/NOPE", #"{"name": "Is there now"}"#).status == 200)
        #expect(try await saved(rules, on: server).status == 200)
        let stages = #""stages": ["payment", {"name": "deposit", "kind": "payment"}]"#
        let twice = try await saved(stages, on: server)
        #expect(twice.errors == ["/policy/stages invalid_input"], "\(twice.text)")
        #expect(twice.json["detail"]?.string == "may have one stage of the kind payment, has payment, deposit")
    }

    @Test("A callback of a connector that nobody knows says which ones there are")
    func unknownConnector() async throws {
        let server = try await server()
        let body = #"""
            {"order": "ord_0000000000000", "at": "2026-03-02T10:00:00Z", "stage": {"name": "x", "result": "passed"}}
            """#
        let none = try await server.send("POST", "/v1/callbacks/nope", body)
        #expect(none.status == 404 && none.json["detail"]?.string?.contains("(none does)") == true, "\(none.text)")
        _ = try await saved(#""stages": [{"name": "fraud", "connector": "screener"}]"#, on: server)
        let other = try await server.send("POST", "/v1/callbacks/nope", body)
        #expect(other.json["detail"]?.string?.contains("(known: screener)") == true, "\(other.text)")
    }

    @Test("Two revisions are compared under the names that were asked for")
    func comparedRevisions() async throws {
        let server = try await server()
        _ = try await saved(#""stages": []"#, on: server)
        let order = try await server.place().json["id"]?.string ?? ""
        let line = order.replacing("ord_", with: "lin_") + "-1"
        let path = "/v1/orders/\(order)"
        let staged = try await server.send(
            "POST", path + "/amendments", #"{"quantities": [{"line": "\#(line)", "quantity": 1}]}"#)
        let amendment = staged.json["id"]?.string ?? ""
        let done = try await server.send("POST", path + "/amendments/\(amendment)/commitments", "{}", once: "c")
        #expect(done.status == 201, "\(done.text)")
        let there = try await server.send("GET", path + "/revisions/1?compare=2").json
        let back = try await server.send("GET", path + "/revisions/2?compare=1").json
        #expect(there["revision"]?.integer == 1 && there["compared"]?.integer == 2, "\(there.text)")
        #expect(back["revision"]?.integer == 2 && back["compared"]?.integer == 1, "\(back.text)")
        #expect(there["changes"] == back["changes"] && there["changes"]?.isNull == false)
    }

    @Test("An exception is given to a user, by name, e-mail or id, and until a time that is still to come")
    func assignments() async throws {
        let server = try await server()
        let shop = server.system
        let order = try shop.place("1 × TEE-M at 10.00 GBP")
        try shop.perform(PassStage(order: order, stage: "remorse", hasPassed: false, note: nil))
        try shop.perform(CreateUser(email: "ada@example.com", name: "Ada", passwordHash: "none", scopes: [.admin]))
        let ada = try #require(
            try shop.waybill.readNow { try UserStore.user(withEmail: "ada@example.com", in: $0) })
        let id = try await server.send("GET", "/v1/exceptions").json["data"]?.array?.first?["id"]?.string ?? ""
        let path = "/v1/exceptions/\(id)/assignments"
        for name in ["Ada", "Ada@Example.com", ada.id.description] {
            let given = try await server.send("POST", path, #"{"assignee": "\#(name)"}"#)
            #expect(given.status == 201 && given.json["assignee"]?.string == "Ada", "\(given.text)")
        }
        let unknown = try await server.send("POST", path, #"{"assignee": "Eve"}"#)
        #expect(unknown.status == 422 && unknown.code == "unknown_user", "\(unknown.text)")
        #expect(unknown.errors == ["/assignee unknown_user"])
        let past = try await server.send("POST", path, #"{"assignee": "Ada", "due": "2026-03-02T10:00:00Z"}"#)
        #expect(past.status == 400 && past.errors == ["/due invalid_input"], "\(past.text)")
        try shop.expectClean()
    }

    @Test("Who may not approve may not fail the approval, and is not offered it; another person is, with the scope")
    func secondPerson() async throws {
        let server = try await server()
        _ = try await saved(#""stages": ["approval"]"#, on: server)
        let seller = try server.key([.ordersWrite, .ordersRead])
        let order = try await server.place(key: seller).json["id"]?.string ?? ""
        let path = "/v1/orders/\(order)/stages/approval"
        for result in ["passed", "failed"] {
            let own = try await server.send("POST", path, #"{"result": "\#(result)"}"#, key: seller)
            #expect(own.status == 403 && own.code == "second_person_required", "\(own.text)")
        }
        #expect(try await server.send("POST", path, #"{"result": "failed"}"#).status == 200)
        func offered(to key: String) async throws -> [String] {
            let listed = try await server.send("GET", "/v1/exceptions", key: key).json["data"]?.array
            return (listed?.first?["actions"]?.array ?? []).map {
                "\($0["action"]?.string ?? "") \($0["scope"]?.string ?? "")"
            }
        }
        #expect(try await offered(to: seller) == ["cancellations orders:write"])
        #expect(try await offered(to: server.admin) == ["stages/approval orders:write", "cancellations orders:write"])
        try server.system.expectClean()
    }
}
