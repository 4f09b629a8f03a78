import Documents
import Foundation
import OrderManagement
import Testing

@Suite("Customs")
struct CustomsTests {
    @Test("CN 22 and CN 23 say what is inside, in French and the document's language",
        .enabled(if: Tool.pdftotext.isInstalled, "poppler is missing"), arguments: CustomsDeclaration.Form.allCases)
    func texts(form: CustomsDeclaration.Form) throws {
        let letters = try Reading.letters(try Sample.customs(form, .german).pdf())
        for word in [
            "ZOLLINHALTSERKLÄRUNG", "Déclarationendouane", "Ceramiccakestand", "6912.00", "PT", "269,75GBP", "2,350",
            "1,840", "GB123456789000", "RX123456785GB", "26.11.2026", "×",
        ] { #expect(letters.contains(word), "\(word)") }
    }

    @Test("What customs would stop is refused before it is printed")
    func refusals() throws {
        let changes: [(String, (inout CustomsDeclaration) -> Void)] = [
            ("items", { $0.items = [] }), ("items", { $0.items = Array(repeating: $0.items[0], count: 5) }),
            ("gross_weight_g", { $0.grossWeightGrams = 1999 }), ("items/1", { $0.items[1].quantity = 0 }),
            ("items/1/value", { $0.items[1].value = Sample.money(1, "USD") }),
            ("items/0/value", { $0.items[0].value.amount = -1 }),
            ("items/0/tariff_number", { $0.items[0].tariffNumber = "69" }),
            ("items/0/origin", { $0.items[0].origin = "XX" }), ("postage", { $0.postage = Sample.money(-1) }),
        ]
        for (field, change) in changes {
            var form = Sample.customs(.cn22)
            change(&form)
            let error = #expect(throws: DocumentError.self) { try form.pdf() }
            #expect(error?.field == field)
        }
    }
}
