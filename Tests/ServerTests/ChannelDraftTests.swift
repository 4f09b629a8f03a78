import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Versions and drafts of a channel")
struct ChannelDraftTests {
    private func body(_ remorse: Int) -> String {
        #"{"name": "Web shop", "currency": "GBP", "number_prefix": "WEB-", "policy": {"remorse_seconds": \#(remorse)}}"#
    }

    @Test("A draft binds nobody until it is published, and then is a version with its author")
    func publish() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 9"))
        let path = "/v1/channels/web"
        #expect(try await server.send("GET", path + "/draft").code == "not_found")
        let kept = try await server.send("PUT", path + "/draft", body(60))
        #expect(kept.status == 200 && kept.json["based_on"]?.integer == 1, "\(kept.text)")
        #expect(
            kept.json["changes"]?.text == #"[{"field":"policy.remorse_seconds","from":1800,"to":60}]"#, "\(kept.text)")
        #expect(try await server.send("GET", path + "/draft").text == kept.text)
        #expect(try await server.send("GET", path).json["policy"]?["remorse_seconds"]?.integer == 1800)
        let before = try server.system.place("1 × TEE-M at 10.00 GBP")

        let published = try await server.send("POST", path + "/publications", #"{"version": 1}"#)
        #expect(published.status == 201 && published.header("ETag") == "\"2\"", "\(published.text)")
        #expect(try await server.send("GET", path).json["policy"]?["remorse_seconds"]?.integer == 60)
        #expect(try await server.send("GET", path + "/draft").status == 404)
        let after = try server.system.place("1 × TEE-M at 10.00 GBP")
        #expect(try server.system.order(before).policyVersion == 1)
        #expect(try server.system.order(after).policyVersion == 2)

        let versions = try await server.send("GET", path + "/versions?limit=1")
        #expect(versions.json["data"]?.array?.map { $0["version"]?.integer } == [2])
        #expect(versions.json["data"]?.array?.first?["by"]?.string?.isEmpty == false)
        let older = try await server.send(
            "GET", path + "/versions?limit=1&cursor=\(versions.json["next_cursor"]?.string ?? "")")
        #expect(older.json["data"]?.array?.map { $0["version"]?.integer } == [1] && older.json["next_cursor"] == .null)
        #expect(try await server.send("GET", path + "?version=1").json["policy"]?["remorse_seconds"]?.integer == 1800)
        #expect(try await server.send("GET", path + "?version=3").status == 404)
        #expect(try await server.send("GET", "/v1/channels/none/versions").status == 404)
        try server.system.expectClean()
    }

    @Test("A draft that was overtaken is published only by one who has seen the version in force")
    func overtaken() async throws {
        let server = try await TestServer(try TestSystem())
        let path = "/v1/channels/web"
        #expect(try await server.send("PUT", path + "/draft", body(60)).status == 200)
        #expect(try await server.send("PUT", path, body(90)).status == 200)
        let late = try await server.send("POST", path + "/publications", "{}")
        #expect(late.status == 412 && late.code == "stale_version", "\(late.text)")
        let old = try await server.send("PUT", path + "/draft", body(30), headers: ["If-Match": "\"1\""])
        #expect(old.status == 412)
        #expect(try await server.send("GET", path).json["policy"]?["remorse_seconds"]?.integer == 90)
        #expect(try await server.send("POST", path + "/publications", #"{"version": 2}"#).status == 201)
        #expect(try await server.send("GET", path).json["policy"]?["remorse_seconds"]?.integer == 60)
        #expect(try await server.send("POST", path + "/publications", "{}").status == 404)
    }

    @Test("A draft is checked as the channel would be, and can be thrown away")
    func checked() async throws {
        let server = try await TestServer(try TestSystem())
        let path = "/v1/channels/web/draft"
        let wrong = try await server.send(
            "PUT", path, #"{"name": "Web", "currency": "EUR", "number_prefix": "WEB-", "locations": ["MARS"]}"#)
        #expect(wrong.errors == ["/locations unknown_location", "/currency invalid_input"], "\(wrong.text)")
        let typo = try await server.send("PUT", path, #"{"name": "Web", "currency": "GBP", "policy": {"remorse": 1}}"#)
        #expect(typo.status == 400 && typo.errors == ["/policy/remorse unknown_field"])
        #expect(try await server.send("PUT", "/v1/channels/new/draft", body(1)).status == 404)
        #expect(try await server.send("GET", path).status == 404)
        #expect(try await server.send("PUT", path, body(60)).status == 200)
        #expect(try await server.send("DELETE", path).status == 204)
        #expect(try await server.send("DELETE", path).status == 404)
        #expect(try await server.send("GET", "/v1/channels/web").json["version"]?.integer == 1)
    }
}
