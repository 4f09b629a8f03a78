import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Packing in several boxes, by hand at the console")
struct PackingPageTests {
    /// An order that is being picked, of two lines, in a shop with two kinds of boxes.
    private func shop() throws -> (TestSystem, OrderID, page: String) {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        try shop.receive("CAP@LONDON: 9")
        var packaging = Packaging()
        packaging.boxes = [
            .init(code: "small", inner: .init(300, 200, 100), weightGrams: 80),
            .init(code: "large", inner: .init(600, 400, 300), weightGrams: 400),
        ]
        try shop.perform(SavePackaging(packaging: packaging))
        let id = try shop.place("3 × TEE at 10.00 GBP + 2 × CAP at 5.00 GBP, store")
        try shop.walk(id, to: .picking)
        return (shop, id, "/console/orders/\(id)/fulfillments/\(FulfillmentID(id, 1))/packing")
    }

    @Test("Units of each line go into the boxes that somebody says, with their kind and weight; what is empty is none")
    func packs() async throws {
        let (shop, id, page) = try shop()
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/orders/\(id)")
        #expect(browser.page.contains("href=\"\(page)\">Pack in several boxes</a>"))
        try await browser.open(page)
        #expect(browser.page.contains("Box 1") && browser.page.contains("small (300 × 200 × 100 mm)"))
        try await browser.submit(
            "/packing",
            [
                "fill-1-1": "2", "fill-1-2": "", "weight-1": "700", "box-1": "small", "fill-2-1": "1",
                "fill-2-2": "2", "weight-2": "900", "box-2": "",
            ])
        #expect(browser.flash?.hasPrefix("Fulfillment 1 of STO-1001 was packed in 2 boxes.") == true)
        let parcels = try shop.order(id).parcels
        #expect(parcels.map(\.units) == [[1: 2], [1: 1, 2: 2]] && parcels.map(\.weightGrams) == [700, 900])
        #expect(parcels.map(\.size?.length) == [300, nil])
        try await browser.open(page)
        #expect(browser.status == 409)
        try shop.expectClean()
    }

    @Test("What does not hold all units, or too many, is refused as by the interface, and what was typed stays")
    func sums() async throws {
        let (shop, id, page) = try shop()
        let browser = try ConsoleBrowser.signedIn(shop)
        for (fields, words) in [
            (["fill-1-1": "2", "fill-1-2": "2", "weight-1": "700"], "TEE: 3 to pack, the parcels hold 2"),
            (["fill-1-1": "3", "fill-1-2": "2", "weight-1": "700", "fill-2-2": "1", "weight-2": "5"], "3 × CAP asked"),
            (["fill-1-1": "4", "fill-1-2": "2", "weight-1": "700"], "Units of TEE in box 1 must be a whole number"),
            (["fill-1-1": "", "fill-1-2": "", "weight-1": ""], "no unit was chosen"),
            (["fill-1-1": "3", "fill-1-2": "2", "weight-1": "1", "weight-2": "7"], "box 2 has a weight, and nothing"),
            (["fill-1-1": "3", "fill-1-2": "2", "weight-1": "1", "box-1": "bag"], "there is no box called bag"),
        ] as [([String: String], String)] {
            try await browser.open(page)
            try await browser.submit("/packing", fields)
            #expect(browser.flash?.contains(words) == true, "\(browser.flash ?? "")")
            for (name, value) in fields where !value.isEmpty && name != "box-1" {
                #expect(browser.page.contains("name=\"\(name)\" value=\"\(value)\""), "\(name)")
            }
        }
        #expect(try shop.order(id).parcels.isEmpty)
        try shop.expectClean()
    }

    @Test("It is filled in as it is suggested; without a weight a box weighs what is in it, with the box itself")
    func suggested() async throws {
        let (shop, id, page) = try shop()
        for (sku, grams) in [("TEE", 200), ("CAP", 100)] as [(String, Int64)] {
            var item = try #require(try shop.waybill.readNow { try ItemStore.item(sku, in: $0) })
            (item.weightGrams, item.size) = (grams, ItemSize(length: 100, width: 100, height: 20))
            try shop.perform(SaveItems(items: [item]))
        }
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(page)
        #expect(browser.page.contains(#"name="fill-1-1" value="3""#))
        #expect(browser.page.contains(#"<option value="small" selected>"#))
        try await browser.submit("/packing")
        #expect(try shop.order(id).parcels.map(\.weightGrams) == [880])
        try shop.expectClean()
    }

    @Test("Only who may pack is offered it, and sees it")
    func rights() async throws {
        let (shop, id, page) = try shop()
        let reader = try ConsoleBrowser.signedIn(shop, scopes: [.ordersRead, .fulfillmentsRead])
        try await reader.open("/console/orders/\(id)")
        #expect(!reader.page.contains("Pack in several boxes"))
        try await reader.open(page)
        #expect(reader.status == 403)
        let york = try ConsoleBrowser.signedIn(shop, scopes: [.ordersRead, .fulfillmentsWrite], locations: ["YORK"])
        try await york.open(page)
        #expect(york.status == 404)
    }
}
