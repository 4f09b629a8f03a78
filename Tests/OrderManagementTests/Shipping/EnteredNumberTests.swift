import OrderManagement
import TestSupport
import Testing

@Suite("Numbers that are scanned in")
struct EnteredNumberTests {
    private let digits = "106141412345678908"

    @Test(
        "A parcel's own code is kept by its digits, whatever the scanner sends before them",
        arguments: ["00106141412345678908", "]C100106141412345678908", "(00)106141412345678908"])
    func shipped(scan: String) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .packed)
        try shop.perform(
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [.init(parcel: ParcelID(id, 1), courier: "dpd", tracking: scan)]))
        #expect(try shop.order(id).parcels[0].tracking == digits)
        #expect(try shop.tell(.delivered, of: digits, by: "dpd") == "moved")
        let entry = try shop.approveReturn(1, of: id)
        try shop.perform(SendReturn(id: entry, courier: "dpd", tracking: scan))
        #expect(try shop.order(id).returns[0].terms.tracking == digits)
        try shop.perform(LabelReturn(id: entry, courier: "dpd", tracking: scan))
        #expect(try shop.order(id).returns[0].terms.tracking == digits)
        #expect(SSCC(scan)?.digits == digits)
        try shop.expectClean()
    }
}
