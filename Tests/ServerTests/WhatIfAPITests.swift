import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Trying a draft by HTTP")
struct WhatIfAPITests {
    private static let draft = """
        {"name": "Web shop", "currency": "GBP", "number_prefix": "WEB-",
         "policy": {"cancelling": {"fee": {"amount": 300}}, "return_days": 7}}
        """

    private func ask(_ server: TestServer, _ body: String, key: String? = nil) async throws -> TestServer.Answer {
        try await server.send("POST", "/v1/what-ifs", body, key: key)
    }

    @Test("The draft that is kept is tried on the newest orders, or one that is sent along on one of them")
    func tried() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 9"))
        let first = try server.system.place("1 × TEE-M at 10.00 GBP")
        let second = try server.system.place("2 × TEE-M at 10.00 GBP")
        let none = try await ask(server, #"{"channel": "web"}"#)
        #expect(none.status == 400 && none.errors == ["/draft invalid_input"], "\(none.text)")
        #expect(try await server.send("PUT", "/v1/channels/web/draft", Self.draft).status == 200)
        let kept = try await ask(server, #"{"channel": "web", "orders": 1}"#)
        #expect(kept.status == 200, "\(kept.text)")
        #expect(kept.json["orders"]?.integer == 1 && kept.json["more"]?.bool == true)
        #expect(kept.json["data"]?.array?.first?["order"]?.string == second.description, "the newest")
        #expect(kept.json["version"]?.integer == 1)
        let fields = (kept.json["changes"]?.array ?? []).compactMap { $0["field"]?.string }
        #expect(fields.contains("policy.return_days"))
        let one = try await ask(
            server, #"{"channel": "web", "order": "\#(first)", "draft": \#(Self.draft.replacing("300", with: "400"))}"#)
        let answers = try #require(one.json["data"]?.array?.first?["answers"]?.array, "\(one.text)")
        let fee = answers.first { $0["question"]?.string == "cancellations/customer" }
        #expect(fee?["in_force"]?["fee"]?["amount"]?.integer == 0)
        #expect(fee?["by_draft"]?["fee"]?["amount"]?.integer == 400)
        #expect(fee?["by_draft"]?["until_state"]?.string == "packed")
        let draft = try await server.send("GET", "/v1/channels/web/draft")
        #expect(draft.json["channel"]?["policy"]?["cancelling"]?["fee"]?["amount"]?.integer == 300, "it is kept")
        let all = try await ask(server, #"{"channel": "web", "placed_from": "2026-03-02T10:00:00Z"}"#)
        #expect(all.json["orders"]?.integer == 2 && all.json["more"]?.bool == false)
        let earlier = try await ask(server, #"{"channel": "web", "placed_to": "2026-03-02T10:00:00Z"}"#)
        #expect(earlier.json["orders"]?.integer == 0)
        try server.system.expectClean()
    }

    @Test("What cannot be tried is refused at its place")
    func refused() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 9"))
        let id = try server.system.place("1 × TEE-M at 10.00 GBP, store")
        #expect(try await ask(server, #"{"channel": "none"}"#).errors == ["/channel unknown_channel"])
        let wrong = Self.draft.replacing("GBP", with: "EUR")
        #expect(
            try await ask(server, #"{"channel": "web", "draft": \#(wrong)}"#).errors
                == ["/draft/currency invalid_input"])
        let typo = Self.draft.replacing("return_days", with: "return_day")
        let unknown = try await ask(server, #"{"channel": "web", "draft": \#(typo)}"#)
        #expect(unknown.errors == ["/draft/policy/return_day unknown_field"], "\(unknown.text)")
        let other = #"{"channel": "web", "draft": \#(Self.draft), "order": "\#(id)"}"#
        #expect(try await ask(server, other).errors == ["/order invalid_input"])
        let both = #"{"channel": "store", "draft": \#(Self.draft), "order": "\#(id)", "orders": 3}"#
        #expect(try await ask(server, both).errors == ["/orders invalid_input"])
        for to in ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"] {
            let period = #""placed_from": "2026-03-02T00:00:00Z", "placed_to": "\#(to)""#
            let answer = try await ask(server, #"{"channel": "web", "draft": \#(Self.draft), \#(period)}"#)
            #expect(answer.errors == ["/placed_to invalid_input"] && answer.text.contains("after placed_from"))
        }
        #expect(try await ask(server, #"{"channel": "web", "orders": 501}"#).errors == ["/orders invalid_input"])
        let clerk = try server.key([.configRead])
        let scope = try await ask(server, #"{"channel": "web"}"#, key: clerk)
        #expect(scope.status == 403 && scope.text.contains("orders:read"))
        let york = try server.key([.configRead, .ordersRead], locations: ["YORK"])
        let hidden = #"{"channel": "store", "order": "\#(id)", "draft": \#(Self.draft.replacing("WEB-", with: "T-"))}"#
        #expect(try await ask(server, hidden, key: york).errors == ["/order not_found"])
    }
}
