import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Exceptions at the console")
struct ConsoleExceptionTests {
    @Test("A shortage is counted again there and then")
    func count() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5")
        try shop.place("4 × TEE at 10.00 GBP, store")
        try shop.move(.countDown, 3, "TEE@LONDON")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/exceptions")
        #expect(browser.page.contains("How many of TEE are at LONDON"))
        try await browser.submit("/actions", button: "Count TEE again")
        #expect(browser.flash == "Not done: Units there is missing: please fill it in.", "\(browser.flash ?? "")")
        try await browser.submit("/actions", ["counted": "5"], button: "Count TEE again")
        #expect(browser.flash == "Done: Count TEE again.")
        #expect(try shop.stock("TEE@LONDON") == "available 1, allocated 4")
        try shop.expectClean()
    }

    @Test("Another payment is recorded there and then; whoever may not is not offered it")
    func payment() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5")
        let id = try shop.place("2 × TEE at 10.00 GBP, store, unpaid")
        try shop.walk(id, to: .shipped)
        #expect(try shop.order(id).exceptions.map(\.kind) == [.paymentFailed])
        let reader = try ConsoleBrowser.signedIn(shop, scopes: [.ordersRead, .ordersWrite])
        try await reader.open("/console/exceptions")
        #expect(!reader.page.contains("Record another payment") && reader.page.contains("Resolve"))
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/exceptions")
        #expect(!browser.page.contains("POST") && !browser.page.contains("/v1/"))
        try await browser.submit("/actions", ["reference": "again"], button: "Record another payment")
        #expect(browser.flash == "Done: Record another payment.")
        #expect(try shop.order(id).payments.last?.reference == "again")
        try shop.expectClean()
    }

    @Test("No advice tells people to call the interface for programs, and moments are told as clocks show them")
    func advice() throws {
        let clock = WallClock(now: Timestamp(milliseconds: 1_772_445_600_000))
        for kind in OrderException.Kind.allCases {
            let shown = try shown(kind, "Answer by POST /v1/returns/ret_1/approvals.").advice(clock)
            #expect(!OrderException.namesCall(shown) && shown.hasSuffix("."), "\(kind): \(shown)")
        }
        #expect(try shown(.putBack, "Stop the parcel.").advice(clock) == "Stop the parcel.")
        #expect(clock.humanized("It came at 2026-03-01T12:30:00Z, late.") == "It came at 1 Mar, 12:30, late.")
        #expect(clock.humanized("Nothing at 2026-03-01.") == "Nothing at 2026-03-01.")
    }

    @Test("The history of an order tells moments as clocks show them")
    func history() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5")
        let id = try shop.place("1 × TEE at 10.00 GBP")
        try shop.walk(id, to: .accepted)
        shop.advance(.days(10))
        try await shop.runDueJobs()
        let late = try #require(try shop.order(id).exceptions.first)
        #expect(late.cause.contains("T16:00:00Z"), "\(late.cause)")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/orders/\(id)")
        #expect(browser.page.contains(" was to send ") && !browser.page.contains(late.cause))
    }

    /// An exception as the books tell it.
    private func shown(_ kind: OrderException.Kind, _ suggestion: String) throws -> OrderException {
        let shop = try TestSystem(stock: "TEE@LONDON: 5")
        let id = try shop.place("1 × TEE at 10.00 GBP")
        try shop.perform(PassStage(order: id, stage: "remorse", hasPassed: false, note: nil))
        try shop.tamper("UPDATE exceptions SET kind = '\(kind.rawValue)', suggestion = '\(suggestion)'")
        return try #require(try shop.waybill.readNow { try ExceptionStore.of(id, in: $0) }.first)
    }
}
