import OrderManagement
import TestSupport
import Testing

@testable import waybill

@Suite("Import")
struct ImportTests {
    private func tables(_ text: String, _ shop: TestSystem, isDryRun: Bool = false) throws -> ImportTables {
        ImportTables(
            waybill: shop.waybill, table: TableFile(text: text, name: "test"), isDryRun: isDryRun,
            report: try ImportReport(path: nil) { _ in }, progress: { _ in })
    }

    private func orders(_ text: String, _ shop: TestSystem, isDryRun: Bool = false) throws -> ImportReport {
        var orders = ImportOrders(
            waybill: shop.waybill, table: TableFile(text: text, name: "test"), channel: "web", isDryRun: isDryRun,
            report: try ImportReport(path: nil) { _ in }, progress: { _ in })
        try orders.run()
        try orders.report.finish()
        return orders.report
    }

    private func position(_ shop: TestSystem) throws -> Int64 {
        try shop.waybill.readNow { try EventLog.lastPosition(in: $0) }
    }

    private static let invoices = """
        InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
        536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom
        536365,POST,POSTAGE,1,2010-12-01 08:26:00,18.00,17850,United Kingdom
        536366,22633,HAND WARMER,2,2010-12-01 08:28:00,1.85,,Unspecified
        536366,D,Discount,1,2010-12-01 08:28:00,1.85,,Unspecified
        """

    @Test("Orders go in once: the second time changes nothing")
    func ordersTwice() throws {
        let shop = try TestSystem()
        let first = try orders(Self.invoices, shop)
        #expect(first.results["orders placed"] == 2 && first.results["items added"] == 2)
        #expect(first.rows == 4 && first.rejected == 1 && first.outcomes["carriage: an order's shipping"] == 1)
        let before = try position(shop)
        let second = try orders(Self.invoices, shop)
        #expect(second.results["orders there already"] == 2 && second.rows == 4)
        #expect(try position(shop) == before)
    }

    @Test("An invoice that comes again with other content is refused, row by row")
    func ordersChanged() throws {
        let shop = try TestSystem()
        _ = try orders(Self.invoices, shop)
        let report = try orders(Self.invoices.replacing("536365,85123A,HOLDER,6", with: "536365,85123A,HOLDER,7"), shop)
        #expect(report.results["orders refused"] == 1)
        #expect(report.outcomes["left out: refused: external_id_used"] == 2)
    }

    @Test("A dry run changes nothing and says what would be")
    func dryRun() throws {
        let shop = try TestSystem()
        let before = try position(shop)
        let report = try orders(Self.invoices, shop, isDryRun: true)
        #expect(report.results["orders that would be placed"] == 2)
        #expect(try position(shop) == before)
    }

    @Test("Orders as the API takes them, one a line; a wrong one is left out with its reason")
    func bodies() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let body = #"""
            {"channel":"web","external_id":"X1","customer":{"name":"A. Example"},"delivery":{"method":"ship",\#
            "address":{"name":"A. Example","lines":["1 High Street"],"city":"Leeds","postcode":"LS1 4AP",\#
            "country":"GB"}},"lines":[{"sku":"TEE-M","quantity":1,"unit_price":{"amount":1000,"currency":"GBP"}}],\#
            "total":{"amount":1000,"currency":"GBP"}}
            """#
        let text = [
            body, body.replacing("X1", with: "X2").replacing("TEE-M", with: "NONE"),
            body.replacing("\"external_id\":\"X1\",", with: ""), body.replacing("total", with: "sum"), body,
        ].joined(separator: "\n")
        let report = try orders(text, shop)
        #expect(report.rows == 5 && report.rejected == 3)
        #expect(report.results["orders placed"] == 1 && report.results["orders there already"] == 1)
        #expect(report.outcomes["left out: refused: unknown_sku"] == 1)
    }

    @Test("Items go in by row; wrong rows are told by line, and twice changes nothing")
    func items() throws {
        let shop = try TestSystem()
        let text = "sku,name,weight_g,returnable\nA,Tea,100,no\nB,Cup,heavy,yes\nC,,5,perhaps\nD,,7,\n"
        var first = try tables(text, shop)
        try first.items()
        try first.report.finish()
        #expect(first.report.results["items added"] == 2 && first.report.rejected == 2)
        let before = try position(shop)
        var second = try tables(text, shop)
        try second.items()
        #expect(second.report.results["items unchanged"] == 2)
        #expect(try position(shop) == before)
        let item = try shop.waybill.readNow { try ItemStore.item("A", in: $0) }
        #expect(item?.weightGrams == 100 && item?.isReturnable == false)
    }

    @Test("A size of two sides is told and left out, not forgotten")
    func halfSize() throws {
        let shop = try TestSystem()
        var first = try tables("sku,weight_g,length_mm,width_mm,height_mm\nA,1,3,2,1\nB,1,3,2,\nC,1,,,\n", shop)
        try first.items()
        #expect(first.report.results["items added"] == 2 && first.report.rejected == 1)
        #expect(try shop.waybill.readNow { try ItemStore.item("A", in: $0) }?.size?.height == 1)
    }

    @Test("Stock is counted to what the table says, once per reference, whatever was sold since")
    func stock() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let text = "location,sku,on_hand\nLONDON,TEE-M,8\nNOWHERE,TEE-M,1\nLONDON,NONE,1\nLONDON,TEE-M,-1\n"
        var first = try tables(text, shop)
        try first.stock(reference: "monday")
        try first.report.finish()
        #expect(first.report.rejected == 3)
        #expect(try shop.stock("TEE-M@LONDON") == "available 8")
        try shop.perform(
            MoveStock(entries: [.init(reason: .countDown, sku: "TEE-M", location: "LONDON", quantity: 2)]))
        var again = try tables(text, shop)
        try again.stock(reference: "monday")
        #expect(try shop.stock("TEE-M@LONDON") == "available 6")
        #expect(again.report.results["levels counted earlier"] == 1)
        var tuesday = try tables(text, shop)
        try tuesday.stock(reference: "tuesday")
        #expect(try shop.stock("TEE-M@LONDON") == "available 8")
    }

    @Test("A table of stock may say what is kept back; without the column, it stays as it is")
    func safetyStock() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        func safety() throws -> [Int64] {
            try shop.waybill.readNow { try StockReading.levels(of: "TEE-M", after: "", limit: 9, in: $0) }
                .map(\.safety)
        }
        var first = try tables("location,sku,on_hand,safety_stock\nLONDON,TEE-M,8,3\nLEEDS,TEE-M,1,\n", shop)
        try first.stock(reference: "monday")
        #expect(try safety() == [0, 3])
        let before = try position(shop)
        var again = try tables("location,sku,on_hand,safety_stock\nLONDON,TEE-M,8,3\nLEEDS,TEE-M,1,\n", shop)
        try again.stock(reference: "monday")
        #expect(try position(shop) == before)
        var without = try tables("location,sku,on_hand\nLONDON,TEE-M,9\n", shop)
        try without.stock(reference: "tuesday")
        #expect(try safety() == [0, 3])
        try shop.expectClean()
    }

    @Test("Locations are read with their calendars; an unknown zone or kind is told")
    func locations() throws {
        let shop = try TestSystem()
        let text = EmbeddedDemonstration.locations.replacing("LEEDS,Leeds warehouse,warehouse", with: "X,X,castle")
            .replacing("GB,52.217508,-1.18785,Europe/London", with: "GB,52.217508,-1.18785,Europe/Daventry")
        var first = try tables(text, shop)
        try first.locations()
        try first.report.finish()
        #expect(first.report.results["locations added"] == 12 && first.report.rejected == 2)
        let before = try position(shop)
        var second = try tables(text, shop)
        try second.locations()
        #expect(second.report.results["locations unchanged"] == 12)
        #expect(try position(shop) == before)
    }
}
