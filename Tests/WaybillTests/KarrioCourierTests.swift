@testable import Connectors
import Foundation
import OrderManagement
import TestSupport
import Testing

/// Against what a Karrio server 2026.1.32 said when it was asked (Tests/Recordings); `scripts/karrio record` asks anew.
@Suite("Labels by Karrio", .serialized)
struct KarrioCourierTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let base = environment["WAYBILL_KARRIO_URL"] ?? "http://karrio.test"
    static let isRecording = environment["RECORD_KARRIO"] == "1"
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Recordings")

    /// Runs `body` over a recording; while recording, over the real server.
    private func over(
        _ name: String, format: LabelDocument.Format = .zpl,
        _ body: (KarrioCourier, Exchanges) async throws -> Void
    ) async throws {
        let file = Self.folder.appendingPathComponent("karrio-\(name).json")
        let exchanges: Exchanges
        if Self.isRecording {
            let curl = CurlCalls()
            exchanges = Exchanges(
                recording: { try await curl.perform($0) }, base: Self.base,
                key: "par_\(UUID().uuidString.prefix(8))-1-1")
        } else {
            exchanges = try Exchanges(file: file, base: Self.base)
        }
        var options = KarrioCourier.Options(url: Self.base, token: Self.environment["WAYBILL_KARRIO_TOKEN"] ?? "key_1")
        options.format = format
        try await body(KarrioCourier(options) { try await exchanges.answer($0) }, exchanges)
        if Self.isRecording { try exchanges.save(to: file) }
        #expect(exchanges.isAtEnd, "not all that was recorded was asked")
    }

    private func request(
        _ exchanges: Exchanges, _ suffix: String = "", account: String = "vans", service: String = "vans_day"
    ) -> LabelRequest {
        .example(key: exchanges.key + suffix, courier: "vans", service: service, account: account)
    }

    @Test("It keeps the contract of couriers' connections")
    func contract() async throws {
        try await over("contract") { karrio, exchanges in
            let breaches = try await CourierContract.breaches(of: karrio, for: request(exchanges))
            #expect(breaches == [])
        }
    }

    @Test("A label is what Karrio gave, at the price that it took, as ZPL and as PDF")
    func documents() async throws {
        for format in LabelDocument.Format.allCases {
            try await over("label-\(format.rawValue)", format: format) { karrio, exchanges in
                let outcome = try await karrio.buy(request(exchanges, "-\(format.rawValue)"))
                guard case .bought(let tracking, let reference, let price, let document, _) = outcome else {
                    Issue.record("\(outcome)")
                    return
                }
                #expect(!tracking.isEmpty && reference?.hasPrefix("shp_") == true)
                #expect(price?.description == "4.99 GBP")
                #expect(document?.format == format)
                let text = String(decoding: document?.content ?? [], as: UTF8.self)
                #expect(text.contains(format == .zpl ? "^XA" : "%PDF"))
            }
        }
    }

    @Test(
        "A purchase whose answer was lost is found by its key, and bought once", arguments: ["/shipments", "/purchase"])
    func lostAnswer(of step: String) async throws {
        try await over("lost-\(step.dropFirst())") { karrio, exchanges in
            let wanted = request(exchanges)
            if Self.isRecording { exchanges.loseNext(step) }
            await #expect(throws: (any Error).self) { try await karrio.buy(wanted) }
            let found = try await karrio.purchase(under: wanted.key)
            // A shipment that was made and not bought is none yet; the next purchase takes it up.
            #expect((found == nil) == (step == "/shipments"))
            guard case .bought(let first, let reference, _, _, _) = try await karrio.buy(wanted),
                case .bought(let second, let again, _, _, _) = try await karrio.buy(wanted)
            else {
                Issue.record("it was not bought")
                return
            }
            #expect(first == second && reference == again)
            if case .bought(let tracking, _, _, _, _)? = found { #expect(tracking == first) }
        }
    }

    @Test("What Karrio or the carrier does not do comes with the reason")
    func refusals() async throws {
        try await over("refusals") { karrio, exchanges in
            #expect(
                try await karrio.buy(request(exchanges, "-a", account: "nobody"))
                    == .refused(reason: "No active carrier connection found to process the request"))
            #expect(
                try await karrio.buy(request(exchanges, "-b", service: "vans_night"))
                    == .refused(reason: "Karrio: it offers no vans_night there and of that weight"))
            let unknown = BoughtLabel(
                account: "vans", courier: "vans", service: "vans_day", tracking: "1", reference: "shp_none")
            guard case .refused(let reason) = try await karrio.void(unknown) else {
                Issue.record("it took back a label that nobody bought")
                return
            }
            #expect(reason.contains("not found"))
        }
    }

    /// The real server, before a generic carrier that was taught to come when it is called, and to know parcels.
    @Test("A carrier that comes when it is called keeps the contract for calls; what it refuses comes with the reason")
    func pickups() async throws {
        try await over("pickups") { karrio, exchanges in
            func request(_ suffix: String, note: String? = nil) -> PickupRequest {
                .example(key: exchanges.key + suffix, courier: "vans", account: "vans", note: note)
            }
            #expect(try await CourierContract.breaches(of: karrio, calledBy: request("-1")) == [])
            #expect(try await karrio.pickup(of: request("-1")) == .refused(reason: "it was cancelled in Karrio"))
            #expect(try await karrio.requestPickup(request("-2", note: "refuse")) == .refused(reason: "no van is free"))
            let nobody = PickupRequest.example(key: exchanges.key + "-3", courier: "x", account: "nobody")
            #expect(
                try await karrio.requestPickup(nobody) == .refused(reason: "Karrio has no connection nobody"))
            let unknown = BookedPickup(request("-1"), reference: "pck_none")
            #expect(try await karrio.cancelPickup(unknown) == .refused(reason: "Pickup not found"))
            // A parcel whose label was bought elsewhere is followed by its number.
            let label = BoughtLabel(
                account: "vans", courier: "vans", service: "", tracking: "R-\(exchanges.key)", reference: nil)
            let news = try await karrio.news(of: [label])
            #expect(news.map { "\($0.status?.rawValue ?? "?") \($0.at)" } == ["in_transit 2026-11-26T10:05:00Z"])
            #expect(try await karrio.news(of: [label]) == news)
        }
    }

    @Test("A carrier that Karrio does not call is to be called by hand")
    func deaf() async throws {
        let body = #"{"results":[{"carrier_id":"vans","carrier_name":"generic","capabilities":["shipping"]}]}"#
        let request = PickupRequest.example(key: "k", courier: "vans", account: "vans")
        #expect(
            try await karrio(200, body).requestPickup(request)
                == .refused(reason: "generic is not called by Karrio: call it yourself"))
        await #expect(throws: KarrioCourier.Trouble.self) { try await karrio(500, "").requestPickup(request) }
        await #expect(throws: KarrioCourier.Trouble.self) { try await karrio(500, "").pickup(of: request) }
    }

    @Test("A key that is contained in another's is not taken for it")
    func keys() async throws {
        try await over("keys") { karrio, exchanges in
            guard case .bought = try await karrio.buy(request(exchanges, "1")) else {
                Issue.record("it was not bought")
                return
            }
            #expect(try await karrio.purchase(under: request(exchanges).key) == nil)
        }
    }

    @Test("What is to be paid at the door is Karrio's own option, an amount in the currency of the goods' worth")
    func paidAtTheDoor() throws {
        func options(_ cash: Money?) throws -> JSON? {
            let plain = LabelRequest.example(key: "k", courier: "vans", service: "day")
            let request = LabelRequest(
                key: plain.key, courier: plain.courier, account: nil, service: plain.service, sender: plain.sender,
                recipient: plain.recipient, recipientEmail: nil, recipientPhone: nil, weightGrams: plain.weightGrams,
                size: nil, reference: plain.reference, sscc: nil, contents: plain.contents, value: plain.value,
                cash: cash)
            return try JSON.parse(KarrioCourier.ShipmentText(request, format: .pdf).text)["options"]
        }
        #expect(try options(nil)?["cash_on_delivery"] == nil)
        let pounds = try #require(Currency("GBP"))
        let paid = try #require(try options(Money(25_05, pounds)))
        #expect(paid["cash_on_delivery"] == .number(25.05))
        #expect(paid["currency"]?.string == "GBP")
    }

    // MARK: Answers that the real server was not brought to give

    private func karrio(
        _ status: Int, _ body: String, tell: @escaping @Sendable (String) -> Void = { _ in }
    ) -> KarrioCourier {
        KarrioCourier(
            KarrioCourier.Options(url: Self.base, token: "key_1"),
            calls: { _ in HTTPAnswer(status: status, body: Array(body.utf8)) }, tell: tell)
    }

    @Test(
        "An answer that is no answer has an unknown outcome",
        arguments: [
            (500, "<h1>Server Error</h1>"), (503, #"{"errors":[{"message":"busy"}]}"#),
            (429, #"{"errors":[{"message":"slow"}]}"#), (401, #"{"errors":[{"message":"no credentials"}]}"#),
            (404, "<html></html>"), (200, "<html></html>"), (302, ""),
        ])
    func unknown(status: Int, body: String) async throws {
        let request = LabelRequest.example(key: "k", courier: "vans", service: "vans_day")
        let karrio = karrio(status, body)
        await #expect(throws: KarrioCourier.Trouble.self) { try await karrio.buy(request) }
        await #expect(throws: KarrioCourier.Trouble.self) { try await karrio.purchase(under: "k") }
        let label = BoughtLabel(
            account: nil, courier: "vans", service: "vans_day", tracking: "1", reference: "shp_1")
        await #expect(throws: KarrioCourier.Trouble.self) { try await karrio.void(label) }
    }

    @Test(
        "Prices are taken by their digits",
        arguments: [
            ("4.99", "GBP", 499 as Int64?), ("0.1", "EUR", 10), ("1.005", "GBP", 101), ("1.004", "GBP", 100),
            ("7", "USD", 700), ("0.30000000000000004", "GBP", 30), ("1234.0", "JPY", 1234), ("1.2345", "KWD", 1235),
            ("19.9", "GBP", 1990), (#""12.50""#, "GBP", 1250), ("-1", "GBP", nil), ("1e99", "GBP", nil),
            ("null", "GBP", nil),
            ("4.99", "XXX", nil), (#""4,99""#, "GBP", nil), ("99999999999999", "GBP", nil),
        ])
    func prices(number: String, currency: String, amount: Int64?) async throws {
        let rate = #"{"id":"r","service":"s","total_charge":\#(number),"currency":"\#(currency)","transit_days":2}"#
        let rates = try await karrio(200, #"{"rates":[\#(rate)]}"#).rates(
            for: .example(key: "k", courier: "vans", service: "s"))
        #expect(rates.map(\.price.amount) == (amount.map { [$0] } ?? []))
    }

    @Test("Karrio's words for where a parcel is become ours; those without a meaning are named and left out")
    func news() async throws {
        let label = BoughtLabel(account: nil, courier: "c", service: "s", tracking: "T1", reference: nil)
        let told = TextList()
        let body = #"""
            {"tracking_number":"T1","status":"delivered","events":[
            {"date":"2026-03-04","time":"02:05 PM","timestamp":null,"status":"delivered","description":"Left at door"},
            {"date":"2026-03-04","time":"09:30","status":"out_for_delivery","code":"OFD"},
            {"date":"2026-03-03","timestamp":"2026-03-03T22:00:00.500Z","status":"teleported"},
            {"date":"2026-03-02","timestamp":"2026-03-02 08:00:00+01:00","status":"picked_up"},
            {"date":"2026-03-02","time":"07:00","status":"pending"},{"date":"2026-03-05","status":"on_hold"},
            {"date":"2026-03-06","time":"12:10 AM","status":"return_to_sender"},
            {"date":"2026-03-07","time":"10:00","status":"on_hold","reason":"carrier_parcel_lost"}]}
            """#
        let news = try await karrio(200, body) { told.add($0) }.news(of: [label])
        #expect(
            news.map { "\($0.at) \($0.status?.rawValue ?? "?") \($0.event ?? "")" } == [
                "2026-03-04T14:05:00Z delivered Left at door", "2026-03-04T09:30:00Z out_for_delivery OFD",
                "2026-03-03T22:00:00.500Z ? teleported", "2026-03-02T07:00:00Z in_transit picked_up",
                "2026-03-02T07:00:00Z ? pending", "2026-03-05T00:00:00Z exception on_hold",
                "2026-03-06T00:10:00Z returned_to_sender return_to_sender", "2026-03-07T10:00:00Z lost on_hold",
            ])
        #expect(told.texts == ["Karrio says teleported of T1, which has no meaning here"])
        let bare = #"{"status":"in_transit","events":[]}"#
        #expect(try await karrio(200, bare) { told.add($0) }.news(of: [label]).isEmpty)
        #expect(told.texts.last == "Karrio says in_transit of T1, but not when")
        let whole = #"{"status":"delivered","events":[{"date":"2026-03-01","time":"10:00"}]}"#
        #expect(try await karrio(200, whole).news(of: [label]).map { "\($0.at)" } == ["2026-03-01T10:00:00Z"])
    }

    @Test("News as the real server has them, of a tracker that was put there by hand")
    func realNews() async throws {
        let file = Self.folder.appendingPathComponent("karrio-news.json")
        let exchanges = try Exchanges(file: file, base: Self.base)
        let karrio = KarrioCourier(KarrioCourier.Options(url: Self.base, token: "key_1"), calls: {
            try await exchanges.answer($0)
        })
        let labels = [exchanges.key, "nope"].map {
            BoughtLabel(account: "vans", courier: "vans", service: "vans_day", tracking: $0, reference: "shp_1")
        }
        let news = try await karrio.news(of: labels)
        #expect(
            news.map { "\($0.tracking) \($0.at) \($0.status?.rawValue ?? "?") \($0.event ?? "")" } == [
                "WBTRACK1 2026-11-25T09:15:00Z in_transit Left the depot",
                "WBTRACK1 2026-11-26T08:05:00Z out_for_delivery With the driver",
            ])
        #expect(exchanges.isAtEnd)
    }

    @Test("A parcel whose label was bought elsewhere is given a tracker when it is asked after, once")
    func followed() async throws {
        let made = TextList()
        let karrio = KarrioCourier(KarrioCourier.Options(url: Self.base, token: "key_1"), calls: { call in
            let event = #"{"date":"2026-03-02","time":"07:00","status":"in_transit"}"#
            let tracker = #"{"status":"in_transit","events":[\#(event)]}"#
            switch call.method + call.url.dropFirst(Self.base.count + 4) {
            case "GETtrackers/R1" where !made.texts.isEmpty: return HTTPAnswer(status: 200, body: Array(tracker.utf8))
            case "GETtrackers/R1", "GETtrackers/R2":
                return HTTPAnswer(status: 404, body: Array(#"{"errors":[{"message":"not found"}]}"#.utf8))
            case "GETconnections?limit=100":
                let body = #"{"results":[{"carrier_id":"u","carrier_name":"ups"}]}"#
                return HTTPAnswer(status: 200, body: Array(body.utf8))
            case "POSTtrackers":
                made.add(call.body ?? "")
                return HTTPAnswer(status: 200, body: Array(tracker.utf8))
            case let other: throw Exchanges.Unexpected(description: other)
            }
        })
        func label(_ tracking: String, _ account: String?) -> BoughtLabel {
            BoughtLabel(account: account, courier: "ups", service: "", tracking: tracking, reference: nil)
        }
        #expect(try await karrio.news(of: [label("R2", "nobody")]).isEmpty && made.texts.isEmpty)
        #expect(try await karrio.news(of: [label("R1", "u")]).map(\.status) == [.inTransit])
        #expect(try await karrio.news(of: [label("R1", "u")]).map(\.status) == [.inTransit])
        #expect(made.texts == [#"{"tracking_number":"R1","carrier_name":"ups"}"#])
    }

    @Test("What the real server's webhook called with names its parcel, under the header that has its secret")
    func webhook() throws {
        let file = Self.folder.appendingPathComponent("karrio-webhook.json")
        let calls = try JSON.parse([UInt8](try Data(contentsOf: file)), limits: .stored)["calls"]?.array ?? []
        #expect(calls.map { $0["body"]?["event"]?.string } == ["tracker_created", "tracker_updated"])
        for call in calls {
            #expect(call["headers"]?[KarrioCourier.secretHeader]?.string?.hasPrefix("whsec_") == true)
            #expect(call["headers"]?["Content-type"]?.string == "application/json")
            #expect(KarrioCourier.parcels(ofCall: call["body"] ?? .null) == ["WBTRACK2"])
        }
    }

    @Test("A label that nobody here can print is taken back, and refused with the reason")
    func unprintable() async throws {
        let shipment = #"{"id":"shp_1","reference":"k","status":"created","tracking_number":"T1","shipping_documents":"#
            + #"[{"category":"label","format":"GIF","base64":"R0lGODlh"}]}"#
        let calls = TextList()
        let karrio = KarrioCourier(KarrioCourier.Options(url: Self.base, token: "key_1"), calls: { call in
            calls.add(call.method + String(call.url.dropFirst(Self.base.count)))
            let body = call.method == "GET" ? #"{"results":[\#(shipment)]}"# : shipment
            return HTTPAnswer(status: 200, body: Array(body.utf8))
        })
        let outcome = try await karrio.purchase(under: "k")
        #expect(outcome == .refused(reason: "Karrio gave the label as GIF, which is neither PDF nor ZPL"))
        #expect(calls.texts.last == "POST/v1/shipments/shp_1/cancel")
    }

    @Test("A carrier's own list of a day's parcels is made once under one key")
    func manifests() async throws {
        let made = TextList()
        let karrio = KarrioCourier(KarrioCourier.Options(url: Self.base, token: "key_1"), calls: { call in
            let manifest = #"{"id":"manf_1","reference":"day-1"}"#
            let body: String
            switch call.method + call.url.dropFirst(Self.base.count + 4).prefix(11) {
            case "GETshipments/s": body = #"{"carrier_name":"ups","carrier_id":"u","shipper":{"country_code":"GB"}}"#
            case "GETconnections": body = #"{"results":[{"carrier_id":"u","capabilities":["manifest"]}]}"#
            case "GETmanifests?l": body = #"{"results":[\#(made.texts.isEmpty ? "" : manifest)]}"#
            case "POSTmanifests/m": body = #"{"category":"manifest","format":"PDF","base64":"JVBERg=="}"#
            case "POSTmanifests":
                made.add(call.body ?? "")
                body = manifest
            case let other: throw Exchanges.Unexpected(description: other)
            }
            return HTTPAnswer(status: 200, body: Array(body.utf8))
        })
        let label = BoughtLabel(account: "u", courier: "ups", service: "s", tracking: "T", reference: "shp_1")
        let first = try await karrio.handOver([label], key: "day-1")
        #expect(
            first == .done(reference: "manf_1", manifest: LabelDocument(format: .pdf, content: Array("%PDF".utf8))))
        #expect(try await karrio.handOver([label], key: "day-1") == first)
        #expect(made.texts.count == 1 && made.texts[0].contains(#""shipment_ids":["shp_1"]"#))
    }

    @Test("A server that is not there is trouble at once, and is left alone for a while")
    func unreachable() async throws {
        let curl = CurlCalls()
        let call = HTTPCall(method: "GET", url: "http://127.0.0.1:9/secret")
        let error = await #expect(throws: NoHTTPAnswer.self) { try await curl.perform(call) }
        #expect(error?.description.hasPrefix("no answer of 127.0.0.1:9") == true)
        #expect(error?.description.contains("secret") == false)
        let rest = await #expect(throws: ConnectorRests.self) { try await curl.perform(call) }
        #expect(rest?.description == "127.0.0.1:9 did not answer a moment ago")
        #expect(rest.map { $0.seconds > 0 && $0.seconds <= 5 } == true, "so long it is not asked")
    }
}
