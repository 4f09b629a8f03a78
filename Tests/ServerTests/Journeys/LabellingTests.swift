import OrderManagement
import TestSupport
import Testing

@testable import Server

/// Out of the door: couriers are set up, parcels packed, labelled and handed over, all by calls.
@Suite("The parcel goes out of the door")
struct LabellingTests {
    private static let vans = #"""
        {"name": "Our vans", "currency": "GBP", "zones": [{"country": "GB", "zone": "home"},
            {"country": "GB", "postcode": "IV", "zone": "far"}],
         "services": [
            {"code": "day", "name": "By day", "days": 2, "bands": [{"zone": "home", "weight_g_max": 2000, "price": 400},
                {"zone": "far", "weight_g_max": 2000, "price": 900}]},
            {"code": "fast", "name": "Fast", "days": 1,
             "bands": [{"zone": "home", "weight_g_max": 9000, "price": 800}]}],
         "surcharges": [{"name": "fuel", "percent_hundredths": 500}]}
        """#
    private static let shop = #"""
        {"name": "Shop", "currency": "GBP", "number_prefix": "SHO-",
         "policy": {"stages": [], "shipping": {"labels": "automatic", "rules": [
            {"when": {"field": "parcel.value", "at_least": 100000}, "services": ["vans/fast"]}]}}}
        """#

    private func story() async throws -> Story {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 50"))
        try await story.put("/v1/couriers/vans", Self.vans)
        try await story.put(
            "/v1/packaging",
            #"""
            {"gs1_company_prefix": "0614141", "boxes": [{"code": "S", "inner_mm": [300, 200, 100], "weight_g": 80}]}
            """#)
        try await story.put("/v1/channels/shop", Self.shop)
        return story
    }

    @Test("A zone of postcodes that begin no postcode, or that has another zone already, is refused at its place")
    func postcodes() async throws {
        let story = try await story()
        for (postcode, other, isFine) in [
            ("LS1 4", "LS1", true), ("L", "LS", true), ("LS1X4", "LS1", false), ("LS1", "ls1", false),
        ] {
            let body = Self.vans.replacing(
                #""postcode": "IV", "zone": "far"}"#,
                with: #""postcode": "\#(postcode)", "zone": "far"}, "#
                    + #"{"country": "GB", "postcode": "\#(other)", "zone": "home"}"#)
            let answer = try await story.server.send("PUT", "/v1/couriers/other", body)
            #expect((answer.status == 200) == isFine, "\(postcode): \(answer.text)")
            let place = postcode == "LS1" ? "/zones/2/postcode" : "/zones/1/postcode"
            if !isFine { #expect(answer.errors == ["\(place) invalid_input"]) }
        }
    }

    @Test("One call packs: boxes suggested, service chosen, label bought; the courier takes what is on its list")
    func packs() async throws {
        let story = try await story()
        var parts: [String] = []
        for _ in 1...2 {
            let order = try await story.place(Basket(.init("TEE-M", 2, at: 1_000), on: "shop"))
            let part = try await story.part(order, at: "LONDON")
            try await story.post(part + "/acceptances")
            try await story.post(part + "/picks")
            let boxes = try await story.get(part + "/boxes")
            #expect(boxes.at("parcels.0.box")?.string == "S" && boxes.at("parcels.0.weight_g")?.integer == 1_080)
            let packed = try await story.post(part + "/packings", "{}")
            #expect(packed.at("parcels.0.status")?.string == "labelled")
            #expect(packed.at("parcels.0.labels.0.price.amount")?.integer == 420)
            let sscc = try #require(packed.at("parcels.0.sscc")?.string)
            #expect(SSCC(sscc) != nil && packed.at("parcels.0.tracking")?.string == sscc)
            parts.append(part)
        }
        let list = try await story.get("/v1/hand-overs?location=LONDON&courier=vans")
        #expect(list.at("fulfillments")?.integer == 2 && list.at("parcels.1.service")?.string == "day")
        let names = parts.map { #""\#($0.split(separator: "/").last ?? "")""# }.joined(separator: ", ")
        let nobody = FulfillmentID(OrderID(1), 9)
        let done = try await story.post("/v1/hand-overs", #"{"fulfillments": [\#(names), "\#(nobody)"]}"#)
        #expect((done["data"]?.array ?? []).map { $0["status"]?.integer } == [200, 200, 404])
        #expect((done["data"]?.array ?? []).map { $0["outcome"]?.string } == ["shipped", "shipped", "refused"])
        let closed = (done["hand_overs"]?.array ?? []).map { $0["id"]?.string ?? "" }
        #expect(closed.count == 1 && done.at("hand_overs.0.parcels")?.integer == 2)
        #expect(done.at("data.0.body.parcels.0.hand_over")?.string == closed.first)
        #expect(done.at("data.1.body.parcels.0.hand_over")?.string == closed.first)
        #expect(done.at("hand_overs.0.manifest.status")?.string == "forgone")
        let shown = try await story.get("/v1/hand-overs/" + closed[0])
        #expect((shown["list"]?.array ?? []).count == 2 && shown.at("list.0.tracking") == list.at("parcels.0.tracking"))
        let part = try await story.get(parts[0])
        #expect(part.at("parcels.0.hand_over")?.string == closed[0])
        for query in ["", "&courier=vans"] {
            let page = try await story.get("/v1/hand-overs/closed?location=LONDON" + query)
            #expect(page.at("data.0.id")?.string == closed[0] && page["next_cursor"]?.isNull == true)
        }
        #expect(try await story.get("/v1/hand-overs/closed?location=LONDON&courier=dhl").at("data.0") == nil)
        try await story.refused("/v1/hand-overs/\(closed[0])/manifests", "{}", "illegal_transition")
        // Sent again, and closed again: nothing more is made of it.
        let unsaid = try await story.server.send("GET", "/v1/hand-overs?location=LONDON")
        #expect(unsaid.errors == ["?courier invalid_input"] && unsaid.text.contains("is missing: say who takes them"))
        #expect(try await story.server.send("GET", "/v1/hand-overs?courier=vans").errors == ["?location invalid_input"])
        let again = try await story.post("/v1/hand-overs", #"{"fulfillments": [\#(names)]}"#)
        #expect((again["data"]?.array ?? []).allSatisfy { $0["outcome"]?.string == "already_handed_over" })
        #expect(again.at("hand_overs.0.id")?.string == closed[0])
        #expect(try await story.get("/v1/hand-overs?location=LONDON&courier=vans").at("fulfillments")?.integer == 0)
    }

    @Test("A hand-over's key is of its list: another list ships nothing, and the same one has the same reply later")
    func repeatedHandOver() async throws {
        let story = try await story()
        var names: [String] = []
        for _ in 1...2 {
            let order = try await story.place(Basket(.init("TEE-M", 2, at: 1_000), on: "shop"))
            let part = try await story.part(order, at: "LONDON")
            for step in ["acceptances", "picks", "packings"] { try await story.post("\(part)/\(step)") }
            names.append(#""\#(part.split(separator: "/").last ?? "")""#)
        }
        func send(_ names: [String]) async throws -> TestServer.Answer {
            let body = #"{"fulfillments": [\#(names.joined(separator: ", "))]}"#
            return try await story.server.send("POST", "/v1/hand-overs", body, once: "van of Monday")
        }
        let first = try await send([names[0]])
        #expect(first.status == 200 && first.json.at("data.0.status")?.integer == 200, "\(first.text)")
        let other = try await send(names)
        #expect(other.status == 422 && other.code == "key_reused", "\(other.text)")
        #expect(try await story.get("/v1/hand-overs?location=LONDON&courier=vans").at("fulfillments")?.integer == 1)
        // What becomes of the list later is no part of the reply that was given.
        try story.server.system.tamper("UPDATE hand_overs SET closed_by = 'somebody else'")
        let again = try await send([names[0]])
        #expect(again.status == 200 && again.text == first.text, "\(again.text)")
    }

    @Test("Who could carry a parcel is told before it is chosen; another service takes the old label back")
    func chooses() async throws {
        let story = try await story()
        let order = try await story.place(Basket(.init("TEE-M", 2, at: 1_000), on: "shop"))
        let part = try await story.part(order, at: "LONDON")
        try await story.post(part + "/acceptances")
        try await story.post(part + "/picks")
        let packed = try await story.post(part + "/packings", "{}")
        let parcel = "/v1/parcels/" + (packed.at("parcels.0.id")?.string ?? "")
        let rates = try await story.get(parcel + "/rates")
        #expect((rates["options"]?.array ?? []).map { $0["service"]?.string } == ["day", "fast"])
        let relabelled = try await story.post(
            parcel + "/labels", #"{"courier": "vans", "service": "fast", "weight_g": 1500}"#, expect: 201)
        #expect((relabelled["labels"]?.array ?? []).map { $0["status"]?.string } == ["voided", "bought"])
        try await story.refused(parcel + "/labels", #"{"weight_g": 9001}"#, "no_service")
        try await story.refused(parcel + "/labels", #"{"courier": "dhl", "service": "x"}"#, "unknown_courier")
        try await story.refused(parcel + "/labels", #"{"courier": "vans"}"#, "invalid_input")
        try await story.refused(parcel + "/labels", #"{"weight_g": 0}"#, "invalid_input")
        let voided = try await story.post(parcel + "/voidings", "{}")
        #expect(voided["status"]?.string == "packed" && voided["tracking"]?.isNull == true)
        try await story.refused(parcel + "/voidings", "{}", "illegal_transition")
    }

    @Test("A surcharge that no destination is all of is refused where it contradicts itself, with what would be right")
    func neverAsked() async throws {
        let story = try await story()
        let places = #""zones": [{"country": "GB", "zone": "home"}, {"country": "FR", "zone": "europe"}]"#
        let services = #""services": [{"code": "day", "name": "D", "bands": ["#
            + #"{"zone": "home", "weight_g_max": 9, "price": 1}, {"zone": "europe", "weight_g_max": 9, "price": 2}]}]"#
        func body(_ surcharge: String) -> String {
            #"{"name": "X", "currency": "GBP", \#(places), \#(services), "#
                + #""surcharges": [{"name": "s", "amount": 1, \#(surcharge)}]}"#
        }
        for (surcharge, pointer, words) in [
            (#""countries": ["GB"], "zones": ["europe"]"#, "/surcharges/0/zones", "there the zones are home"),
            (#""postcodes": ["LS"], "zones": ["europe"]"#, "/surcharges/0/postcodes", "they are in home"),
            (#""postcodes": []"#, "/surcharges/0/postcodes", "1"), (#""services": []"#, "/surcharges/0/services", "1"),
        ] {
            let answer = try await story.server.send("PUT", "/v1/couriers/x", body(surcharge))
            let error = answer.json.at("errors.0")
            #expect(answer.status == 400 && error?["pointer"]?.string == pointer, "\(answer.text)")
            #expect(error?["detail"]?.string?.contains(words) ?? false, "\(answer.text)")
        }
        try await story.put("/v1/couriers/x", body(#""countries": ["FR"], "zones": ["europe"]"#))
    }

    @Test("A saved courier is answered with what is odd in it, and collects where it says; wrong places are refused")
    func origins() async throws {
        let story = try await story()
        func body(_ more: String) -> String {
            #"""
            {"name": "X", "currency": "GBP", "zones": [{"country": "GB", "zone": "home"}], \#(more)
             "services": [{"code": "day", "name": "Day", "days": 1, "delivery_days": [1, 2, 3, 4, 5],
                "bands": [{"zone": "home", "weight_g_max": 5, "price": 2},
                    {"zone": "MOON", "weight_g_max": 5, "price": 1}]}]}
            """#
        }
        let saved = try await story.server.send(
            "PUT", "/v1/couriers/x", body(#""origins": {"countries": ["GB"], "locations": ["YORK"]},"#))
        #expect(saved.json["oddities"]?.array?.compactMap(\.string) == [
            "no country is in the zone MOON: its prices are never asked"
        ])
        let shown = try await story.get("/v1/couriers/x")
        #expect(shown.at("origins.locations.0")?.string == "YORK" && shown.at("origins.countries.0")?.string == "GB")
        #expect(shown.at("services.0.delivery_days.4")?.integer == 5 && shown["oddities"] == nil)
        for (more, errors) in [
            (#""origins": {},"#, ["/origins/countries invalid_input"]),
            (#""origins": {"countries": ["XX"]},"#, ["/origins/countries/0 invalid_input"]),
            (#""origins": {"locations": ["MOON"]},"#, ["/origins/locations unknown_location"]),
            (#""zone_starts": [{"country": "GB", "postcode": "100"}],"#, ["/zone_starts/0/postcode invalid_input"]),
        ] {
            #expect(try await story.server.send("PUT", "/v1/couriers/x", body(more)).errors == errors, "\(more)")
        }
    }

    @Test("A tariff that contradicts itself is refused with every place that is wrong")
    func wrongTariff() async throws {
        let story = try await story()
        let body = #"""
            {"name": "X", "currency": "GBB", "zones": [{"country": "UK", "zone": "a"}, {"country": "GB", "zone": "a"},
                {"country": "GB", "zone": "b"}],
             "services": [{"code": "a/b", "name": "N", "bands": [{"zone": "a", "weight_g_max": 0, "price": -1},
                {"zone": "b", "weight_g_max": 5, "price": 1}, {"zone": "b", "weight_g_max": 5, "price": 2}]}],
             "surcharges": [{"name": "s", "amount": 1, "percent_hundredths": 2, "services": ["z"]},
                {"name": "far", "amount": -1}, {"name": "isles", "amount": 1, "zones": ["c"], "countries": ["FR"]},
                {"name": "twice", "amount": 1, "postcodes": ["JE"]},
                {"name": "twice", "amount": 2, "postcodes": ["JE"]},
                {"name": "nowhere", "amount": 1, "countries": ["GB"], "postcodes": ["100"]}]}
            """#
        let problem = try await story.server.send("PUT", "/v1/couriers/x", body)
        #expect(problem.status == 400)
        let pointers = Set((problem.json["errors"]?.array ?? []).compactMap { $0["pointer"]?.string })
        #expect(
            pointers.isSuperset(of: [
                "/currency", "/zones/0/country", "/zones/2/country", "/services/0/code",
                "/services/0/bands/0/weight_g_max", "/services/0/bands/0/price", "/services/0/bands/2/weight_g_max",
                "/surcharges/0/amount", "/surcharges/0/services/0", "/surcharges/1/amount", "/surcharges/2/zones/0",
                "/surcharges/2/countries/0", "/surcharges/4/name", "/surcharges/5/postcodes/0",
            ]), "\(pointers.sorted())")
    }

    @Test("What is wrong with a courier is said at its place in the body, with what was found there")
    func wrongWords() async throws {
        let story = try await story()
        func body(_ courier: String, _ service: String, size: String = "[9, 9, 9]") -> String {
            #"{"name": "X", "currency": "GBP", "zones": [{"country": "GB", "zone": "home"}], \#(courier) "services": ["#
                + #"{"code": "s", "name": "S", \#(service) "bands": "#
                + #"[{"zone": "home", "weight_g_max": 5, "price": 2, "size_mm": \#(size)}]}]}"#
        }
        let long = String(repeating: "x", count: 65)
        for (path, body, pointer, words) in [
            ("x", body("", #""delivery_days": [8],"#), "/services/0/delivery_days/0", "to 7 (Sunday), found 8"),
            ("x", body("", "", size: "[0, 1, 1]"), "/services/0/bands/0/size_mm/0", "from 1 to 100000, found 0"),
            ("x", body("", "", size: "[1, 2]"), "/services/0/bands/0/size_mm", "must have 3 entries, has 2"),
            ("x", body("", #""capabilities": 64,"#), "/services/0/capabilities", "expected a sum of 1 (hazardous), 2"),
            ("x", body(#""surcharges": [{"name": "f"}],"#, ""), "/surcharges/0/amount", "found neither"),
            (long, body("", ""), "", "the code in the path may have 64 characters at most, has 65"),
            ("a%20b", body("", ""), "", "the code in the path may have letters"),
        ] {
            let answer = try await story.server.send("PUT", "/v1/couriers/\(path)", body)
            let error = answer.json.at("errors.0")
            #expect(error?["pointer"]?.string == pointer, "\(answer.text)")
            #expect(error?["detail"]?.string?.contains(words) ?? false, "\(answer.text)")
        }
        for (path, body) in [
            ("items/CUBE", #"{"name": "Cube", "requirements": 8}"#),
            ("channels/shop", Self.shop.replacing(#""at_least": 100000"#, with: #""at_least": "x""#)),
        ] { #expect(try await story.server.send("PUT", "/v1/\(path)", body).status == 400) }
    }
}
