import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("What was granted, wherever it is asked")
struct RightsStayAPITests {
    @Test("Permissions, the list of what may come back, the customer's page and the counter say the same")
    func agree() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE@LONDON: 9"), paperwork: NamedPapers())
        let shop = server.system
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .delivered)
        let end = shop.now + .days(30)
        try shop.setPolicy {
            $0.returnDays = 10
            $0.returning.feeFixed = 500
        }
        shop.advance(.days(20))
        let permissions = try await server.send("GET", "/v1/orders/\(id)/permissions").json["data"]?.array
        let asked = permissions?.first { $0["action"]?.string == "returns" }
        #expect(asked?["allowed"]?.bool == true && asked?["until"]?.string == "\(end)")
        let line = try await server.send("GET", "/v1/orders/\(id)/returnable").json["data"]?.array?.first
        #expect(line?["returnable"]?.integer == 2 && line?["until"]?.string == "\(end)")
        #expect(line?["reasons"]?.array?.allSatisfy { $0["fee"]?["amount"]?.integer == 0 } == true)
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.hint(of: "Send something back")?.hasPrefix("Possible until") == true)
        let body = """
            {"method": "in_store", "location": "YORK",
             "lines": [{"line": "\(OrderLineID(id, 1))", "quantity": 2, "reason": "unwanted"}]}
            """
        let preview = try await server.send("POST", "/v1/orders/\(id)/returns?preview=true", body, once: "look")
        #expect(preview.status == 200 && preview.json["fee"]?["amount"]?.integer == 0, "\(preview.text)")
        let made = try await server.send("POST", "/v1/orders/\(id)/returns", body, once: "do")
        #expect(made.status == 201, "\(made.text)")
        try shop.expectClean()
    }
}
