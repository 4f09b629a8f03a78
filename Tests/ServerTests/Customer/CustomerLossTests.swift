import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("What a customer sees of a parcel that is lost")
struct CustomerLossTests {
    /// One parcel with two TEE, sent and lost, as its customer sees it.
    private func lost() async throws -> (TestSystem, OrderID, CustomerBrowser) {
        let server = try await TestServer(try TestSystem(stock: "TEE@LONDON: 9"), paperwork: NamedPapers())
        let shop = server.system
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .packed)
        let detail = ShipFulfillment.ParcelDetail(parcel: ParcelID(id, 1), courier: "dpd", tracking: "T1")
        try shop.perform(ShipFulfillment(fulfillment: FulfillmentID(id, 1), parcels: [detail]))
        try tell(.lost, of: id, in: shop)
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.headline == "It did not arrive")
        #expect(browser.story.first == "The parcel is lost. We are seeing to it.")
        return (shop, id, browser)
    }

    private func tell(_ status: Parcel.State, of id: OrderID, in shop: TestSystem) throws {
        shop.advance(.hours(1))
        try shop.perform(
            RecordTracking(courier: "dpd", tracking: "T1", status: status, at: shop.now, candidates: [id]))
    }

    @Test("Once it is paid back the page says so")
    func refunded() async throws {
        let (shop, id, browser) = try await lost()
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
        try await browser.open()
        #expect(browser.story.first == "The parcel is lost. You have your money back.")
    }

    @Test("Once its goods are sent again the page names that order, and not an exchange")
    func sentAgain() async throws {
        let (shop, id, browser) = try await lost()
        try shop.perform(ReshipParcel(parcel: ParcelID(id, 1)))
        try await browser.open()
        let number = try #require(try shop.order(id).parcels[0].claim?.successor?.number)
        #expect(browser.story.first == "The parcel is lost. We send its goods again with order \(number).")
        #expect(browser.page.contains("For the goods that are sent again, on "))
        #expect(!browser.page.contains("exchange"))
    }

    @Test("Once it came after all nothing on the page says that it is lost")
    func found() async throws {
        let (shop, id, browser) = try await lost()
        try tell(.delivered, of: id, in: shop)
        try await browser.open()
        #expect(browser.headline == "Delivered")
        #expect(browser.story.prefix(2) == ["Delivered", "It was thought to be lost"])
        #expect(!browser.page.contains("parcel is lost"))
    }

    @Test("What was on its way back and is delivered after all is not said to come back any more")
    func arrivedAfterAll() async throws {
        let (shop, id, browser) = try await lost()
        try tell(.returnedToSender, of: id, in: shop)
        try await browser.open()
        #expect(browser.headline == "On its way back to us")
        try tell(.delivered, of: id, in: shop)
        try await browser.open()
        #expect(browser.headline == "Delivered" && browser.page.contains("It reached you after all"))
    }
}
