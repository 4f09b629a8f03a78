import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Cut-offs and holidays of couriers, by calls")
struct CourierCutoffAPITests {
    private static let vans = #"""
        {"name": "Our vans", "currency": "GBP", "zones": [{"country": "GB", "zone": "home"}], "holidays": HOLIDAYS,
         "services": [{"code": "day", "name": "By day", "days": 1, "bands": [{"zone": "home", "weight_g_max": 2000,
            "price": 400}]}]}
        """#
    private static let london = #"""
        {"name": "London", "kind": "warehouse", "address": {"name": "London", "lines": ["1 High Street"],
            "city": "London", "postcode": "N1 9GU", "country": "GB"},
         "calendar": {"zone": "Europe/London", "open": [1, 2, 3, 4, 5], "cutoff_minutes": 960},
         "courier_cutoffs": CUTOFFS}
        """#

    private func put(_ cutoffs: String, to story: Story, country: String = "GB") async throws -> TestServer.Answer {
        let code = country == "GB" ? "LONDON" : "OSLO"
        let body = Self.london.replacing("CUTOFFS", with: cutoffs).replacing(#""GB""#, with: #""\#(country)""#)
        return try await story.server.send("PUT", "/v1/locations/\(code)", body)
    }

    private func story() async throws -> Story {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 5"))
        try await story.put("/v1/couriers/vans", Self.vans.replacing("HOLIDAYS", with: #"["2026-12-25"]"#))
        return story
    }

    @Test("A location's cut-offs of couriers are shown as they were saved, and taken away by saving it without them")
    func saved() async throws {
        let story = try await story()
        let cutoffs = #"[{"courier": "vans", "cutoff": "12:30", "days": [1, 2, 3, 4]}, "#
            + #"{"courier": "vans", "cutoff": "11:00", "days": [5]}]"#
        let answer = try await put(cutoffs, to: story)
        #expect(answer.status == 200 && answer.json["oddities"] == nil, "\(answer.text)")
        let known = try await story.get("/v1/locations/LONDON")
        #expect(known["courier_cutoffs"] == (try JSON.parse(cutoffs)) && known["oddities"] == nil)
        // The van of Monday has its hour in rates and on the list of what waits.
        try await story.put(
            "/v1/channels/shop",
            #"{"name": "S", "currency": "GBP", "number_prefix": "S-", "policy": {"stages": [], "#
                + #""shipping": {"labels": "automatic"}}}"#)
        let order = try await story.place(Basket(.init("TEE-M", 1, at: 1_000), on: "shop"))
        let part = try await story.part(order, at: "LONDON")
        for step in ["acceptances", "picks", "packings"] { try await story.post("\(part)/\(step)") }
        let parcel = try #require(try await story.get(part).at("parcels.0.id")?.string)
        let rates = try await story.get("/v1/parcels/\(parcel)/rates")
        #expect(rates.at("options.0.leaves_at")?.string == "2026-03-02T12:30:00Z")
        #expect(rates.at("options.0.arrives_at")?.string == "2026-03-03T12:30:00Z")
        let list = try await story.get("/v1/hand-overs?location=LONDON&courier=vans")
        #expect(list["leaves_at"]?.string == "2026-03-02T12:30:00Z" && list["fulfillments"]?.integer == 1)
        #expect(try await put("[]", to: story).status == 200)
        #expect(try await story.get("/v1/locations/LONDON")["courier_cutoffs"] == nil)
    }

    @Test("What is no cut-off of a courier is refused at its place, and says what would be right", arguments: [
        (#"[{"courier": "moon", "cutoff": "12:30"}]"#, "/courier_cutoffs/0/courier unknown_courier", "are: vans"),
        (#"[{"courier": "vans", "cutoff": "24:00"}]"#, "/courier_cutoffs/0/cutoff invalid_input", "to 23:59"),
        (#"[{"courier": "vans", "cutoff": "half"}]"#, "/courier_cutoffs/0/cutoff invalid_input", "as 16:30"),
        (#"[{"courier": "vans", "cutoff": "12:30", "days": [0]}]"#, "/courier_cutoffs/0/days/0 invalid_input", "1 ("),
        (#"[{"courier": "vans", "cutoff": "12:30", "days": [8]}]"#, "/courier_cutoffs/0/days/0 invalid_input", "d 8"),
        (
            #"[{"courier": "vans", "cutoff": "12:30", "days": [5, 6]}]"#, "/courier_cutoffs/0/days/1 invalid_input",
            "open on 1, 2, 3, 4, 5"
        ),
        (
            #"[{"courier": "vans", "cutoff": "12:30"}, {"courier": "vans", "cutoff": "12:30", "days": [1]}]"#,
            "/courier_cutoffs/1/cutoff invalid_input", "vans has the cut-off 12:30 on the same day before"
        ),
    ])
    func refused(cutoffs: String, place: String, words: String) async throws {
        let story = try await story()
        let before = try await story.get("/v1/locations/LONDON")
        let answer = try await put(cutoffs, to: story)
        #expect(answer.errors == [place] && answer.text.contains(words), "\(answer.text)")
        #expect(try await story.get("/v1/locations/LONDON") == before)
    }

    @Test("A courier's holidays are shown in their order; what is no date is refused at its place")
    func holidays() async throws {
        let story = try await story()
        try await story.put(
            "/v1/couriers/vans", Self.vans.replacing("HOLIDAYS", with: #"["2027-01-01", "2026-12-25"]"#))
        let known = try await story.get("/v1/couriers/vans")
        #expect(known["holidays"] == (try JSON.parse(#"["2026-12-25", "2027-01-01"]"#)))
        for wrong in ["2026-02-30", "25.12.2026", "20812", "2026-12-25T00:00:00Z"] {
            let body = Self.vans.replacing("HOLIDAYS", with: #"["2026-12-25", "\#(wrong)"]"#)
            let answer = try await story.server.send("PUT", "/v1/couriers/vans", body)
            #expect(answer.errors == ["/holidays/1 invalid_input"], "\(answer.text)")
            #expect(answer.text.contains("must be a day as 2026-12-25"))
        }
        #expect(try await story.get("/v1/couriers/vans") == known)
    }

    @Test("A location's holidays are days as people write them; those that were counted from 1970 are taken as well")
    func closedDays() async throws {
        let story = try await story()
        func put(_ days: String) async throws -> TestServer.Answer {
            let body = Self.london.replacing("CUTOFFS", with: "[]")
                .replacing(#""cutoff_minutes""#, with: #""holidays": \#(days), "cutoff_minutes""#)
            return try await story.server.send("PUT", "/v1/locations/LONDON", body)
        }
        #expect(try await put(#"["2027-01-01", 20812]"#).status == 200)
        let known = try await story.get("/v1/locations/LONDON")
        #expect(known.at("calendar.holidays") == (try JSON.parse(#"["2026-12-25", "2027-01-01"]"#)))
        for (wrong, words) in [
            (#""2026-02-30""#, "is 2026-02-30"), ("-1", "is -1"), ("100001", "is 100001"), ("true", "is true"),
        ] {
            let answer = try await put(#"["2026-12-25", \#(wrong)]"#)
            #expect(answer.errors == ["/calendar/holidays/1 invalid_input"], "\(answer.text)")
            #expect(answer.text.contains("must be a day as 2026-12-25, " + words), "\(answer.text)")
        }
        #expect(try await story.get("/v1/locations/LONDON") == known)
    }

    @Test("Saving a location in a second country says which couriers do not say where they collect; a list as well")
    func oddities() async throws {
        let story = try await story()
        let words = "courier vans: it does not say where it collects, and locations in GB, NO ship"
        let answer = try await put("[]", to: story, country: "NO")
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.json.at("oddities.0")?.string?.hasPrefix(words) == true, "\(answer.text)")
        let oslo = try await story.get("/v1/locations/OSLO").text
        let list = try await story.post("/v1/locations", #"{"locations": [\#(oslo)]}"#)
        #expect(list["changed"]?.integer == 0 && list.at("oddities.0")?.string?.hasPrefix(words) == true)
        let twice = try await story.server.send("POST", "/v1/locations", #"{"locations": [\#(oslo), \#(oslo)]}"#)
        #expect(twice.errors == ["/locations/1/code invalid_input"], "\(twice.text)")
    }
}
