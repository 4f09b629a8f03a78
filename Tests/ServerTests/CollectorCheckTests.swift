import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Checking who comes to collect")
struct CollectorCheckTests {
    private func ready(_ check: PickupCheck) async throws -> (TestServer, OrderID, path: String) {
        let shop = try TestSystem(stock: "TEE-M@YORK: 4", "CAP@YORK: 4")
        var policy = ChannelPolicy(stages: [])
        policy.pickupCheck = check
        try shop.perform(
            SaveChannel(
                channel: Channel(
                    code: "store", name: "Desk", currency: Channel.till.currency, numberPrefix: "STO-",
                    policy: policy)))
        let server = try await TestServer(shop)
        let placed = try await server.place([
            #""channel": "web""#: #""channel": "store""#,
            """
            "method": "ship", "service": "standard", "address": {"name": "A. Example",
               "lines": ["1 High Street"], "city": "Leeds", "region": null, "postcode": "LS1 4AP", "country": "GB"}
            """: #""method": "pickup", "location": "YORK", "delegate": "Bob""#,
        ])
        let id = try #require(placed.json["id"]?.string.flatMap { OrderID($0) }, "\(placed.text)")
        try shop.walk(id, to: .ready)
        return (server, id, "/v1/fulfillments/\(FulfillmentID(id, 1))/collector-checks")
    }

    @Test("A store's key learns whether name or code are right before anything is handed over", arguments: [
        (PickupCheck.nameOrCode, #"{"name": "a.EXAMPLE"}"#, "customer", Bool?.none, true),
        (.nameOrCode, #"{"name": "bob"}"#, "delegate", nil, true),
        (.nameOrCode, #"{"name": "Mallory"}"#, "unknown", nil, false),
        (.nameOrCode, #"{"code": "CODE"}"#, nil, true, true),
        (.nameOrCode, #"{"name": "Mallory", "code": "CODE"}"#, "unknown", true, true),
        (.nameOrCode, #"{"name": "Bob", "code": "1"}"#, "delegate", false, false),
        (.code, #"{"name": "Bob"}"#, "delegate", nil, false),
        (.optional, #"{"name": "Mallory"}"#, "unknown", nil, true),
    ] as [(PickupCheck, String, String?, Bool?, Bool)])
    func check(check: PickupCheck, body: String, collector: String?, isCodeRight: Bool?, goes: Bool) async throws {
        let (server, id, path) = try await ready(check)
        let store = try server.key([.fulfillmentsRead], locations: ["YORK"])
        let body = body.replacing("CODE", with: try server.system.order(id).collectionCode)
        let answer = try await server.send("POST", path, body, key: store)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.json["collector"]?.string == collector && answer.json["code_right"]?.bool == isCodeRight)
        #expect(answer.json["allowed"]?.bool == goes, "\(answer.text)")
        #expect((answer.json["reason"] == .null) == goes)
        #expect(try server.system.order(id).fulfillments[0].state == .ready, "nothing is changed")
    }

    @Test("Of another store nothing is told; nobody collects a parcel; what was collected is not handed out again")
    func refused() async throws {
        let (server, id, path) = try await ready(.nameOrCode)
        let london = try server.key([.fulfillmentsRead], locations: ["LONDON"])
        #expect(try await server.send("POST", path, #"{"name": "Bob"}"#, key: london).status == 404)
        #expect(try await server.send("POST", path, "{}").errors == ["/name invalid_input"])
        let sent = try server.system.place("1 × CAP at 5.00 GBP, store")
        let parcel = "/v1/fulfillments/\(FulfillmentID(sent, 1))/collector-checks"
        let nobody = try await server.send("POST", parcel, #"{"name": "Bob"}"#)
        #expect(nobody.json["allowed"]?.bool == false && nobody.json["reason"]?.string?.contains("nobody") == true)
        try server.system.perform(CollectFulfillment(fulfillment: FulfillmentID(id, 1), collectedBy: "Bob"))
        let again = try await server.send("POST", path, #"{"name": "Bob"}"#)
        #expect(again.json["allowed"]?.bool == false, "\(again.text)")
        #expect(again.json["reason"]?.string?.contains("collected") == true)
    }
}
