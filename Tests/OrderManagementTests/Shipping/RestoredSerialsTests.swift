import TestSupport
import Testing

@testable import OrderManagement

@Suite("Numbers of parcels after a restore")
struct RestoredSerialsTests {
    /// A thousandth of the prefix's numbers; a hundred where that is less.
    private static let cases: [(String?, Int64?, Int64)] = [
        ("0614141", nil, 1_000_000), ("061414112345", nil, 101), ("0614141", 5_000, 1_004_999), (nil, nil, 1_001),
    ]

    @Test("Numbers that may have been given since the backup are passed over, and more where more are known",
        arguments: cases)
    func passed(prefix: String?, replaced: Int64?, expected: Int64) throws {
        let shop = try TestSystem.labelling()
        var packaging = Packaging()
        packaging.companyPrefix = prefix ?? "0614141"
        try shop.perform(SavePackaging(packaging: packaging))
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        packaging.companyPrefix = prefix
        try shop.perform(SavePackaging(packaging: packaging))
        let serials = try shop.database.write { try RestoredSerials.pass(replaced: replaced, in: $0) }
        #expect(serials.known == replaced ?? 1 && serials.passed == expected)
        #expect(try shop.database.read { try RestoredSerials.last(in: $0) } == expected)
        try shop.expectClean()
    }
}
