import OrderManagement
import TestSupport
import Testing

@testable import Server

/// One order, two boxes, two couriers: by calls and by the console, each takes what is its own.
@Suite("Two couriers come for one order")
struct TwoCouriersTests {
    private static func courier(_ name: String, upTo grams: Int, price: Int) -> String {
        #"""
        {"name": "\#(name)", "currency": "GBP", "zones": [{"country": "GB", "zone": "home"}],
         "services": [{"code": "day", "name": "By day", "days": 2,
            "bands": [{"zone": "home", "weight_g_max": \#(grams), "price": \#(price)}]}]}
        """#
    }

    /// A fulfillment of two TEE-M, the second on a pallet. - Returns: Its path, its name and those of its parcels.
    private func packed() async throws -> (story: Story, part: String, name: String, parcels: [String]) {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 50"))
        try await story.put("/v1/couriers/post", Self.courier("Parcel post", upTo: 2_000, price: 400))
        try await story.put("/v1/couriers/pallets", Self.courier("Pallet line", upTo: 500_000, price: 9_000))
        try await story.put("/v1/packaging", #"{"gs1_company_prefix": "0614141", "boxes": []}"#)
        try await story.put(
            "/v1/channels/shop",
            #"""
            {"name": "Shop", "currency": "GBP", "number_prefix": "SHO-",
             "policy": {"stages": [], "shipping": {"labels": "automatic"}}}
            """#)
        let order = try await story.place(Basket(.init("TEE-M", 2, at: 1_000), on: "shop"))
        let part = try await story.part(order, at: "LONDON")
        try await story.post(part + "/acceptances")
        try await story.post(part + "/picks")
        let line = try await story.get(part).at("lines.0.line")?.string ?? ""
        let boxes = [900, 50_000].map { #"{"lines": [{"line": "\#(line)", "quantity": 1}], "weight_g": \#($0)}"# }
        let done = try await story.post(part + "/packings", #"{"parcels": [\#(boxes.joined(separator: ", "))]}"#)
        let parcels = (done["parcels"]?.array ?? []).compactMap { $0["id"]?.string }
        return (story, part, done["id"]?.string ?? "", parcels)
    }

    private func outcomes(_ answer: JSON) -> [String] {
        (answer["data"]?.array ?? []).map { "\($0["outcome"]?.string ?? "") \($0["status"]?.integer ?? 0)" }
    }

    @Test("Each list shows its own box and who takes the other; what one courier took leaves the other's on its list")
    func calls() async throws {
        let (story, part, name, parcels) = try await packed()
        func list(_ courier: String) async throws -> JSON {
            try await story.get("/v1/hand-overs?location=LONDON&courier=\(courier)")
        }
        let post = try await list("post")
        #expect(post.at("parcels.0.parcel")?.string == parcels[0] && post.at("parcels.1") == nil)
        #expect(post.at("parcels.0.box")?.integer == 1 && post.at("parcels.0.boxes")?.integer == 2)
        #expect(post.at("parcels.0.others_by.0")?.string == "pallets" && post["weight_g"]?.integer == 900)
        // By the fulfillment nobody knows which left; by parcels it is said.
        let asked = try await story.post("/v1/hand-overs", #"{"fulfillments": ["\#(name)"]}"#)
        #expect(outcomes(asked) == ["refused 400"] && asked.at("hand_overs.0") == nil)
        #expect(asked.at("data.0.fulfillment")?.string == name)
        let taken = try await story.post("/v1/hand-overs", #"{"parcels": ["\#(parcels[0])"]}"#)
        #expect(outcomes(taken) == ["shipped 200"] && taken.at("hand_overs.0.parcels")?.integer == 1)
        #expect(taken.at("data.0.body.parcels.0.hand_over") == taken.at("hand_overs.0.id"))
        #expect(try await story.get(part)["status"]?.string == "shipped")
        #expect(try await list("post").at("parcels.0") == nil)
        let rest = try await list("pallets")
        #expect(rest.at("parcels.0.parcel")?.string == parcels[1] && rest.at("parcels.0.boxes")?.integer == 2)
        #expect(rest.at("parcels.0.fulfillment")?.string != name)
        let both = try await story.post("/v1/hand-overs", #"{"parcels": ["\#(parcels[0])", "\#(parcels[1])"]}"#)
        #expect(outcomes(both) == ["already_handed_over 200", "shipped 200"])
        let courier = (both["hand_overs"]?.array ?? []).compactMap { $0["courier"]?.string }
        #expect(courier.sorted() == ["pallets", "post"])
        try story.server.system.expectClean()
    }

    @Test("Parcels and fulfillments are not mixed")
    func refused() async throws {
        let (story, part, name, parcels) = try await packed()
        for (body, errors) in [
            ("{}", ["/parcels invalid_input"]),
            (#"{"fulfillments": ["\#(name)"], "parcels": ["\#(parcels[0])"]}"#, ["/parcels invalid_input"]),
        ] {
            let answer = try await story.server.send("POST", "/v1/hand-overs", body, once: body)
            #expect(answer.errors == errors, "\(answer.text)")
        }
        #expect(try await story.get(part)["status"]?.string == "packed")
    }

    @Test("A parcel that there is not is refused by itself, and the others leave")
    func unknownParcel() async throws {
        let (story, _, _, parcels) = try await packed()
        let nobody = ParcelID(OrderID(1), 9)
        let body = #"{"parcels": ["\#(nobody)", "\#(parcels[0])"]}"#
        let taken = try await story.post("/v1/hand-overs", body)
        #expect(outcomes(taken) == ["shipped 200", "refused 422"])
        #expect(taken.at("data.1.parcel")?.string == "\(nobody)" && taken.at("data.1.fulfillment")?.isNull == true)
        #expect(taken.at("data.1.body.errors.0.code")?.string == "unknown_parcel")
        #expect(taken.at("data.1.body.errors.0.pointer")?.string == "/parcels/0")
        #expect(taken.at("hand_overs.0.parcels")?.integer == 1)
        let nothing = try await story.post("/v1/hand-overs", #"{"parcels": ["\#(nobody)"]}"#)
        #expect(outcomes(nothing) == ["refused 422"] && nothing.at("hand_overs.0") == nil)
        try story.server.system.expectClean()
    }

    @Test("What was shipped one by one is put on a list, and read so; said again, it was handed over already")
    func oneByOne() async throws {
        let (story, part, name, _) = try await packed()
        try await story.post(part + "/shipments")
        let body = #"{"fulfillments": ["\#(name)"]}"#
        let listed = try await story.post("/v1/hand-overs", body)
        #expect(outcomes(listed) == ["listed 200"] && listed.at("hand_overs.1.parcels")?.integer == 1)
        #expect(outcomes(try await story.post("/v1/hand-overs", body)) == ["already_handed_over 200"])
    }

    @Test("The console's page says who takes the others, counts what its lists add up to, and hands over one list")
    func console() async throws {
        let (story, _, _, parcels) = try await packed()
        let shop = story.server.system
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/hand-overs")
        #expect(browser.page.contains("LONDON (2)"))
        #expect(browser.page.contains("1 parcel, 900 g; of 1 fulfillment other parcels go by Pallet line"))
        try await browser.submit("/console/hand-overs", ["courier": "pallets"], button: "Hand over")
        #expect(browser.flash?.hasPrefix("Handed over.") == true)
        let order = try shop.order(try #require(ParcelID(parcels[0])).order)
        #expect(order.parcels.filter { $0.state == .handedOver }.count == 1)
        #expect(browser.page.contains("LONDON (1)"))
        try shop.expectClean()
    }

    @Test("A parcel's own code is found as scanners read it, with what says that it is one; news of it are taken in")
    func scanned() async throws {
        let (story, part, _, parcels) = try await packed()
        let sscc = try #require(try await story.get(part).at("parcels.0.sscc")?.string)
        try await story.post("/v1/hand-overs", #"{"parcels": ["\#(parcels[0])"]}"#)
        for scan in ["00\(sscc)", "%2800%29\(sscc)", "%5DC100\(sscc)", sscc] {
            for query in ["tracking", "q"] {
                let found = try await story.get("/v1/orders?\(query)=\(scan)")
                #expect((found["data"]?.array ?? []).count == 1, "\(query) \(scan)")
            }
        }
        let at = story.server.system.now
        for (scan, outcome) in [("00\(sscc)", "moved"), ("(00)\(sscc)", "repeated"), (sscc, "repeated")] {
            let news = try await story.post(
                "/v1/tracking-events",
                #"{"courier": "post", "tracking": "\#(scan)", "status": "in_transit", "at": "\#(at)"}"#, expect: 201)
            #expect(news["outcome"]?.string == outcome, "\(scan)")
        }
    }
}
