import Documents
import TestSupport
import Testing

@testable import OrderManagement

@Suite("Room on labels")
struct LabelRoomTests {
    /// The same throws in every run.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    /// Words in the scripts that addresses come in, the widest letters among them.
    private static let words = [
        ["HIGH", "Street", "of", "the", "Four", "Winds", "12a"], ["WWWWWW", "MMMM", "@@@@", "mmmmmmmm"],
        ["Große", "Elbstraße", "ÄÖÜ", "Straßenbahnhaltestelle"], ["朝阳区", "建国路", "号楼", "单元"],
        ["شارع", "الملك", "فهد", "الرياض"], ["Οδός", "Αγίου", "Δημητρίου"], ["улица", "Льва", "Толстого", "ШИРОКАЯ"],
        ["Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrikstraße"],
    ]

    @Test("What the purchase finds room for is printed, in any script and length")
    func promised() throws {
        var chance = Dice(state: 7)
        var (printed, refused) = (0, 0)
        for round in 0..<400 {
            let script = Self.words[round % Self.words.count]
            func text(_ most: Int) -> String {
                let count = Int.random(in: 1...max(1, most), using: &chance)
                return (0..<count).map { _ in script.randomElement(using: &chance) ?? "" }.joined(separator: " ")
            }
            let size = 1 + round / 20
            let address = Address(
                name: text(size), lines: (0..<Int.random(in: 1...5, using: &chance)).map { _ in text(size) },
                city: text(2), postcode: "3011", country: "CH")
            guard address.labelObjection() == nil else {
                refused += 1
                continue
            }
            let label = ShippingLabel(
                courier: "Post", service: "Air", sender: Party(.example("Shop")),
                recipient: Party(address, phone: nil), weightGrams: 500, reference: "WEB-1", code: .number("1"),
                date: try #require(PrintedDate(year: 2026, month: 3, day: 1)))
            #expect(throws: Never.self, "\(address)") { try label.zpl() }
            printed += 1
        }
        #expect(printed > 100 && refused > 50, "\(printed) printed, \(refused) refused")
    }
}
