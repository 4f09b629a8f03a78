import OrderManagement
import TestSupport
import Testing

@testable import Server

/// Stages and cancelling, as callers meet them.
@Suite("Stages and cancelling over HTTP")
struct StageTests {
    private let channel = #"""
        {"name": "Strict", "currency": "GBP", "policy": {"stages": ["payment",
          {"name": "fraud", "connector": "screener", "owner": "fraud_desk", "within_seconds": 3600,
           "on_time_out": "cancel",
           "score": {"rules": [{"points": 50, "when": {"field": "order.total", "at_least": 1}}],
                     "review_at": 40, "fail_at": 90}}],
         "cancelling": {"customer_until": "released", "fee": {"amount": 100, "from": "open"}, "unfillable_days": 14}}}
        """#

    private func shop() async throws -> (TestServer, String) {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 10"))
        #expect(try await server.send("PUT", "/v1/channels/web", #"{"name": "Web", "currency": "GBP"}"#).status == 200)
        let saved = try await server.send("PUT", "/v1/channels/web", channel.replacing("Strict", with: "Web"))
        #expect(saved.status == 200, "\(saved.text)")
        return (server, try await server.place().json["id"]?.string ?? "")
    }

    @Test("A channel shows its stages as they were set up, and they can be saved again")
    func roundTrip() async throws {
        let (server, _) = try await shop()
        let read = try await server.send("GET", "/v1/channels/web")
        let stages = read.json["policy"]?["stages"]?.array
        #expect(stages?.map { $0["owner"]?.string } == ["finance", "fraud_desk"])
        #expect(stages?.last?["score"]?["review_at"]?.integer == 40)
        #expect(read.json["policy"]?["cancelling"]?["fee"]?["amount"]?.integer == 100)
        let saved = try await server.send("PUT", "/v1/channels/web", read.text)
        #expect(saved.text == read.text)
    }

    @Test("What asks for a stage of the merchant's own again is shown as it was set up, and can be saved again")
    func askedAgainBy() async throws {
        let server = try await TestServer(try TestSystem())
        let stage = #"{"name": "engraving", "asked_again_by": ["address", "items"]}"#
        let saved = try await server.send(
            "PUT", "/v1/channels/web", #"{"name": "W", "currency": "GBP", "policy": {"stages": [\#(stage), "gift"]}}"#)
        let stages = saved.json["policy"]?["stages"]?.array
        #expect(stages?[0]["asked_again_by"]?.array?.map(\.string) == ["items", "address"], "\(saved.text)")
        #expect(stages?[1]["asked_again_by"] == nil)
        let read = try await server.send("GET", "/v1/channels/web")
        #expect(try await server.send("PUT", "/v1/channels/web", read.text).text == read.text)
    }

    @Test("What is wrong with a stage is refused at its place", arguments: [
        (#"{"name": "x", "passes_when": {"field": "order.totl", "is": 1}}"#, "/passes_when/field unknown_field"),
        (#"{"name": "x", "passes_when": {"all": [{"field": "channel", "is": 1}]}}"#,
            "/passes_when/all/0/is invalid_input"),
        (#"{"name": "x", "kind": "magic"}"#, "/kind invalid_input"),
        (#"{"name": "x", "asked_again_by": ["weather"]}"#, "/asked_again_by/0 invalid_input"),
        (#"{"name": "fraud", "asked_again_by": ["items"]}"#, "/asked_again_by invalid_input"),
        (#"{"name": "x", "on_time_out": "explode"}"#, "/on_time_out invalid_input"),
        (#"{"name": "x", "score": {}}"#, "/score invalid_input"),
        (#"{"name": "fraud", "score": {"rules": [{"points": 1}], "review_at": 1, "fail_at": 2}}"#,
            "/score/rules/0/when invalid_input"),
        (#"{"name": "fraud", "score": {"rules": [{"points": 1, "when": {"field": "channel", "is": "web"}}], "#
            + #""review_at": 5, "fail_at": 2}}"#, "/score/fail_at invalid_input"),
    ])
    func wrong(stage: String, place: String) async throws {
        let server = try await TestServer(try TestSystem())
        let answer = try await server.send(
            "PUT", "/v1/channels/web", #"{"name": "W", "currency": "GBP", "policy": {"stages": [\#(stage)]}}"#)
        #expect(answer.status == 400 && answer.errors.contains("/policy/stages/0" + place), "\(answer.text)")
    }

    @Test("An order shows who its stage waits for, until when and why")
    func view() async throws {
        let (server, id) = try await shop()
        let gate = try await server.send("GET", "/v1/orders/" + id).json["stages"]?.array?.last
        #expect(gate?["owner"]?.string == "fraud_desk" && gate?["on_time_out"]?.string == "cancel")
        #expect(gate?["due"]?.string == (server.system.now + .hours(1)).description)
        #expect(gate?["reason"]?.string?.contains("score 50") == true && gate?["score"]?.integer == 50)
        #expect(gate?["exception"]?.string?.hasPrefix("exc_") == true)
    }

    @Test("A connector's answers count once, the newest last; what nobody knows is said clearly")
    func callbacks() async throws {
        let (server, id) = try await shop()
        func call(_ at: String, _ stage: String, connector: String = "screener", order: String? = nil)
            async throws -> TestServer.Answer
        {
            try await server.send(
                "POST", "/v1/callbacks/" + connector,
                #"{"order": "\#(order ?? id)", "at": "2026-03-02T\#(at)Z", "stage": {"name": "fraud", \#(stage)}}"#)
        }
        #expect(try await call("10:00:05", #""result": "failed""#, connector: "nobody").status == 404)
        #expect(
            try await call("10:00:05", #""result": "failed""#, order: "ord_0000000000000").errors
                == ["/order unknown_order"])
        let other = try await server.send(
            "POST", "/v1/callbacks/screener",
            #"{"order": "\#(id)", "at": "2026-03-02T10:00:00Z", "stage": {"name": "payment", "result": "passed"}}"#)
        #expect(other.code == "unknown_stage" && other.errors == ["/stage/name unknown_stage"], "\(other.text)")
        let future = try await call("10:05:01", #""result": "passed""#)
        #expect(future.errors == ["/at invalid_input"], "\(future.text)")
        let failed = try await call("10:00:05", #""result": "failed", "score": 95"#)
        #expect(failed.status == 200 && failed.json["applied"]?.bool == true, "\(failed.text)")
        #expect(failed.json["status"]?.string == "failed")
        let again = try await call("10:00:05", #""result": "failed", "score": 95"#)
        #expect(again.status == 200 && again.json["applied"]?.bool == false)
        let older = try await call("10:00:01", #""result": "passed""#)
        #expect(older.json["applied"]?.bool == false && older.json["status"]?.string == "failed")
        let newer = try await call("10:00:09", #""score": 3"#)
        #expect(newer.json["status"]?.string == "passed", "\(newer.text)")
        #expect(try await server.send("GET", "/v1/orders/" + id).json["stage"]?.isNull == true)
        try server.system.expectClean()
    }

    @Test("A preview of a cancellation needs no key, says the fee and leaves the order alone")
    func preview() async throws {
        let (server, id) = try await shop()
        let order = "/v1/orders/" + id
        let before = try await server.send("GET", order).text
        let asked = server.system.waybill.counts.commands
        let preview = try await server.send(
            "POST", order + "/cancellations?preview=true", #"{"reason": "customer"}"#, once: nil)
        #expect(server.system.waybill.counts.commands == asked, "nobody waits for it")
        #expect(preview.status == 200 && preview.json["fee"]?["amount"]?.integer == 100, "\(preview.text)")
        #expect(try await server.send("GET", order).text == before)
        let bare = try await server.send("POST", order + "/cancellations", #"{"reason": "customer"}"#, once: nil)
        #expect(bare.code == "key_required")
        let done = try await server.send("POST", order + "/cancellations", #"{"reason": "customer"}"#, once: "c-1")
        #expect(done.status == 201 && done.json["voided"] == preview.json["voided"], "\(done.text)")
        try server.system.expectClean()
    }
}
