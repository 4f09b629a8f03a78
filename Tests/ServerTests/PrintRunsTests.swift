import Connectors
import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Print runs of labels, by call and at the console")
struct PrintRunsTests {
    private func server(packed count: Int) async throws -> (TestServer, [OrderID]) {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        try shop.perform(SaveCouriers(couriers: [.vans]))
        var channel = Channel.till
        channel.policy.shipping.labels = .automatic
        try shop.perform(SaveChannel(channel: channel))
        let server = try await TestServer(shop, paperwork: NamedPapers())
        let ids = try (0..<count).map { _ in try shop.place("1 × TEE at 10.00 GBP, store") }
        for id in ids { try shop.walk(id, to: .packed) }
        return (server, ids)
    }

    @Test("A run takes what no run has taken, and is printed as often as wanted; a repeat takes nothing more")
    func runs() async throws {
        let (server, ids) = try await server(packed: 2)
        let body = #"{"location": "LONDON"}"#
        let made = try await server.send("POST", "/v1/print-runs", body, once: "a")
        #expect(made.status == 201 && made.json["labels"]?.integer == 2, "\(made.text)")
        let run = try #require(made.json["id"]?.string)
        #expect(try await server.send("POST", "/v1/print-runs", body, once: "a").text == made.text)
        let none = try await server.send("POST", "/v1/print-runs", body, once: "b")
        #expect(none.status == 409 && none.text.contains(run), "\(none.text)")
        let paper = "/v1/print-runs/\(run)/labels"
        for _ in 1...2 {
            let pdf = try await server.send("GET", paper + ".pdf")
            #expect(pdf.text == "pdf of STO-1001/1\npdf of STO-1002/1")
        }
        #expect(try await server.send("GET", paper + ".zpl").text.hasPrefix("zpl of STO-1001/1"))
        try server.system.perform(VoidLabel(parcel: ParcelID(ids[0], 1)))
        try server.system.perform(BuyLabel(parcel: ParcelID(ids[1], 1), again: true))
        let gone = try await server.send("GET", paper + ".pdf")
        #expect(gone.status == 422 && gone.text.contains("bears no label"), "\(gone.text)")
        try server.system.perform(BuyLabel(parcel: ParcelID(ids[0], 1)))
        let one = #"{"location": "LONDON", "parcels": ["\#(ParcelID(ids[1], 1))"]}"#
        let next = try await server.send("POST", "/v1/print-runs", one)
        #expect(next.json["labels"]?.integer == 1)
        let few = try await server.send("POST", "/v1/print-runs", #"{"location": "LONDON", "limit": 1}"#)
        let listed = try await server.send("GET", "/v1/print-runs/\(few.json["id"]?.string ?? "")")
        #expect(listed.json["list"]?.array?.first?["parcel"]?.string == ParcelID(ids[0], 1).description)
        #expect(listed.json["list"]?.array?.first?["label"]?.integer == 2)
        let all = try await server.send("GET", "/v1/print-runs?location=LONDON&limit=2")
        #expect(all.json["data"]?.array?.count == 2 && all.json["next_cursor"]?.string != nil)
        let label = try await server.send("GET", "/v1/orders/\(ids[0])").json["fulfillments"]?.array?.first?["parcels"]?
            .array?.first?["labels"]?.array?.last
        #expect(label?["print_run"]?.string == few.json["id"]?.string && label?["printed_at"]?.string != nil)
        for (path, status) in [
            ("?location=NOWHERE", 404), ("/prn_0000000000000", 404), ("/prn_0000000000000/labels.pdf", 404),
        ] { #expect(try await server.send("GET", "/v1/print-runs" + path).status == status, "\(path)") }
        for body in [#"{}"#, #"{"location": "LONDON", "parcels": ["x"]}"#, #"{"location": "LONDON", "parcels": []}"#] {
            #expect(try await server.send("POST", "/v1/print-runs", body).status == 400, "\(body)")
        }
        try server.system.expectClean()
    }

    @Test("A wave shows what was printed, what was not, or both, and notes nothing")
    func filter() async throws {
        let (server, ids) = try await server(packed: 2)
        let one = #"{"location": "LONDON", "parcels": ["\#(ParcelID(ids[0], 1))"]}"#
        #expect(try await server.send("POST", "/v1/print-runs", one).status == 201)
        for (printed, text) in [
            ("false", "pdf of STO-1002/1"), ("true", "pdf of STO-1001/1"),
            ("any", "pdf of STO-1001/1\npdf of STO-1002/1"),
        ] {
            for _ in 1...2 {
                let wave = try await server.send("GET", "/v1/labels.pdf?location=LONDON&printed=\(printed)")
                #expect(wave.text == text)
            }
        }
        #expect(try await server.send("GET", "/v1/labels.pdf?location=LONDON&printed=maybe").status == 400)
    }

    @Test("The work list prints what is new in one run, and shows what was printed, to be had again")
    func console() async throws {
        let (server, ids) = try await server(packed: 2)
        let browser = try ConsoleBrowser.signedIn(server.system)
        let list = "/console/fulfillments?location=LONDON"
        try await browser.open(list)
        #expect(!browser.page.contains("print again"))
        try await browser.submit("/print-runs", button: "Print 2 new labels")
        #expect(browser.page == "pdf of STO-1001/1\npdf of STO-1002/1")
        try await browser.open(list)
        #expect(browser.page.contains("2 labels, printed ") && browser.page.contains(" by Ada Byron:"))
        #expect(!browser.page.contains("new label"))
        let again = try #require(browser.links("print again").first)
        try await browser.open(again)
        #expect(browser.page == "pdf of STO-1001/1\npdf of STO-1002/1")
        try server.system.perform(BuyLabel(parcel: ParcelID(ids[0], 1), again: true))
        try await browser.open(list)
        try server.system.perform(PrintLabels(location: "LONDON", parcels: [ParcelID(ids[0], 1)]))
        try await browser.submit("/print-runs", button: "Print 1 new label")
        #expect(browser.flash?.hasPrefix("Not done: all labels that lie at LONDON are printed") == true)
        let reader = try ConsoleBrowser.signedIn(server.system, scopes: [.ordersRead, .fulfillmentsRead])
        try await reader.open(list)
        #expect(!reader.page.contains("new label") && reader.links("Label").count == 2)
    }

    /// A shop whose orders go alternately by vans of its own, and by couriers who give labels in forms of their own.
    private func forms(_ formats: LabelDocument.Format?...) async throws -> (TestServer, [OrderID]) {
        let sellers = formats.enumerated().map { index, format in
            let document = format.map { LabelDocument(format: $0, content: Array("\($0)".utf8)) }
            return TestCourier(name: "seller\(index)", document: document)
        }
        let shop = try TestSystem(stock: "TEE@LONDON: 9", connections: sellers)
        var couriers = [Courier.vans]
        for name in sellers.map(\.name) {
            couriers.append(Courier(code: name, name: name, connection: name, tariff: Courier.post.tariff))
        }
        try shop.perform(SaveCouriers(couriers: couriers))
        var channel = Channel.till
        channel.policy.shipping.labels = .manual
        try shop.perform(SaveChannel(channel: channel))
        let server = try await TestServer(shop, paperwork: NamedPapers())
        let ids = try formats.map { _ in try shop.place("1 × TEE at 10.00 GBP, store") }
        for (index, id) in ids.enumerated() {
            try shop.walk(id, to: .packed)
            let service = formats[index] == nil ? ("vans", "day") : (sellers[index].name, "parcel")
            try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: service))
        }
        try await shop.runDueJobs()
        return (server, ids)
    }

    @Test("What one PDF does not show is led to form by form: nobody takes a label for printed that no paper shows")
    func forms() async throws {
        let (server, ids) = try await forms(nil, .zpl, .pdf)
        let browser = try ConsoleBrowser.signedIn(server.system)
        let list = "/console/fulfillments?location=LONDON"
        try await browser.open(list)
        try await browser.submit("/print-runs", button: "Print 3 new labels")
        #expect(browser.page.contains("3 labels, printed ") && browser.page.contains("1 label for any printer"))
        #expect(browser.page.contains("1 label for a label printer") && browser.page.contains("in no other form."))
        #expect(browser.page.contains("STO-1003, parcel 1") && browser.page.contains("a PDF of its own"))
        let shown = browser.page
        let papers = browser.papers("Open as PDF") + browser.papers("Load as ZPL")
        var printed: [String] = []
        for paper in papers {
            try await browser.open(paper)
            printed.append(String(browser.page.prefix { $0 != "\n" }))
        }
        #expect(printed == ["pdf of STO-1001/1", "pdf", "zpl of STO-1002/1"])
        try await browser.open(list)
        try await browser.open(try #require(browser.links("print again").first))
        #expect(browser.page == shown, "as often as wanted")
        try await browser.open(try #require(browser.papers("Load all as ZPL").first))
        #expect(browser.page.hasPrefix("zpl of STO-1001/1\nzpl of STO-1002/1\nnot STO-1003"))
        // What is taken off meanwhile is named.
        try server.system.perform(VoidLabel(parcel: ParcelID(ids[1], 1)))
        try await browser.open("/console/print-runs/" + String(papers[0].split(separator: "/")[3]))
        #expect(browser.page.contains("STO-1002, parcel 1") && browser.page.contains("Not printed: "))
        let call = "/v1/print-runs/" + String(papers[0].split(separator: "/")[3]) + "/labels.pdf"
        #expect(try await server.send("GET", call + "?only=drawn").text.hasPrefix("pdf of STO-1001/1"))
        #expect(try await server.send("GET", call + "?only=all").status == 400)
    }

    @Test("Labels for label printers alone are offered as those, and one of an order as well, when printed and again")
    func labelPrinters() async throws {
        let (server, ids) = try await forms(.zpl, .zpl)
        let browser = try ConsoleBrowser.signedIn(server.system)
        try await browser.open("/console/orders/\(ids[0])")
        try await browser.press("Label")
        #expect(browser.status == 200 && browser.page.contains("Its courier gives it as ZPL, for a label printer."))
        #expect(browser.papers("Open as PDF").isEmpty)
        try await browser.open(try #require(browser.papers("Load as ZPL").first))
        #expect(browser.page == "zpl")
        try await browser.open("/console/orders/\(ids[0])")
        try await browser.open(try #require(browser.links("Label again").first))
        #expect(browser.papers("Load as ZPL").count == 1)
        try await browser.open("/console/fulfillments?location=LONDON")
        try await browser.submit("/print-runs", button: "Print 1 new label")
        #expect(browser.papers("Open as PDF").isEmpty && browser.papers("Load all as ZPL").isEmpty)
        try await browser.open(try #require(browser.papers("Load as ZPL").first))
        #expect(browser.page == "zpl of STO-1002/1")
    }

    @Test("An order's label is printed by a button that notes it, and is no part of the next run")
    func order() async throws {
        let (server, ids) = try await server(packed: 2)
        let browser = try ConsoleBrowser.signedIn(server.system)
        try await browser.open("/console/orders/\(ids[0])")
        #expect(browser.links("Label").isEmpty)
        try await browser.press("Label")
        #expect(browser.page == "label of STO-1001/1")
        #expect(try server.system.order(ids[0]).parcels[0].label?.print != nil)
        try await browser.open("/console/orders/\(ids[0])")
        #expect(browser.prints("Label").isEmpty)
        try await browser.send("GET", try #require(browser.links("Label again").first))
        #expect(browser.page == "label of STO-1001/1")
        try await browser.open("/console/fulfillments?location=LONDON")
        try await browser.submit("/print-runs", button: "Print 1 new label")
        #expect(browser.page == "pdf of STO-1002/1")
        let third = try server.system.place("1 × TEE at 10.00 GBP, store")
        try server.system.walk(third, to: .picking)
        try await browser.open("/console/orders/\(third)")
        try await browser.submit("/packings")
        try await browser.press("Label")
        #expect(browser.page == "label of STO-1003/1")
        #expect(try server.system.order(third).parcels[0].label?.print != nil)
    }
}
