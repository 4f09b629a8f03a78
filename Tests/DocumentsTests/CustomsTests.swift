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

    @Test("Nobody signs that a parcel holds nothing dangerous which does; what was given for nothing is known as that",
        .enabled(if: Tool.pdftotext.isInstalled, "poppler is missing"), arguments: CustomsDeclaration.Form.allCases)
    func dangerous(form: CustomsDeclaration.Form) throws {
        let harmless = ["notcontainanydangerousarticle", "aucunobjetdangereux", "keinegefährlichen"]
        for language in DocumentLanguage.allCases {
            var customs = Sample.customs(form, language)
            let plain = try Reading.letters(try customs.pdf())
            #expect(harmless.contains(where: plain.contains) && !plain.contains("Marchandisesdangereuses"))
            (customs.hasDangerousGoods, customs.hasFreeGoods) = (true, true)
            let letters = try Reading.letters(try customs.pdf())
            #expect(!harmless.contains(where: letters.contains))
            for words in ["Marchandisesdangereuses", "contientdesmarchandisesdangereuses", "pourladouane"] {
                #expect(letters.contains(words), "\(words)")
            }
            #expect(letters.contains("GB123456789000"))
        }
    }

    @Test("Rows of a CN 22 in which nothing stands give their height to the certificate: it is there in both languages",
        .enabled(if: Tool.pdftotext.isInstalled, "poppler is missing"))
    func certificate() throws {
        let letters = try Reading.letters(try Sample.dangerous(.cn22, .german).pdf())
        #expect(letters.contains("dassdieAngabenrichtigsind") && letters.contains("Jecertifieque"))
    }

    @Test("A label and a packing slip say which goods are dangerous, in words",
        .enabled(if: Tool.pdftotext.isInstalled, "poppler is missing"))
    func marked() throws {
        var label = Sample.label
        #expect(try !Reading.letters(try label.pdf()).contains("DANGEROUSGOODS"))
        label.hasDangerousGoods = true
        #expect(try Reading.letters(try label.pdf()).contains("DANGEROUSGOODS"))
        #expect(try label.zpl().contains("^FR^A0N") && label.zpl().contains("DANGEROUS GOODS"))
        var slip = Sample.slip(lines: 2, .german)
        slip.lines[1].isHazardous = true
        let text = try Reading.pages(try slip.pdf()).joined()
        #expect(text.ranges(of: "Gefahrgut").count == 1)
    }

    @Test("A label, a packing slip and a hand-over list say what is to be paid at the door, in each language",
        .enabled(if: Tool.pdftotext.isInstalled, "poppler is missing"), arguments: DocumentLanguage.allCases)
    func paidAtTheDoor(language: DocumentLanguage) throws {
        let words = [
            "en": "Cashondelivery", "de": "Nachnahme", "fr": "Contreremboursement", "es": "Contrareembolso",
            "it": "Contrassegno", "nl": "Rembours", "pl": "Pobranie",
        ]
        let phrase = try #require(words[language.rawValue])
        func letters(_ document: some PrintableDocument) throws -> String {
            try Reading.letters(try document.pdf()).filter { !$0.isWhitespace }
        }
        var label = Sample.label(to: Sample.plain, language)
        #expect(try !letters(label).contains(phrase))
        label.cash = Sample.money(1_250_00, "EUR")
        let printed = try letters(label)
        #expect(printed.contains(phrase) && printed.contains("EUR"))
        // Where the printer's own letters have no room, it is drawn.
        var bare = label
        bare.cash = nil
        let (zpl, plain) = (try label.zpl(), try bare.zpl())
        let isDrawn = zpl.ranges(of: "^GF").count == plain.ranges(of: "^GF").count + 1
        #expect(zpl.filter { !$0.isWhitespace }.contains(phrase) || isDrawn)
        var slip = Sample.slip(lines: 2, language)
        slip.cash = Sample.money(1_250_00, "EUR")
        #expect(try letters(slip).lowercased().contains(phrase.lowercased()))
        var list = Sample.handover(parcels: 3, language)
        (list.parcels[0].cash, list.parcels[2].cash) = (Sample.money(10_00, "EUR"), Sample.money(15_50, "EUR"))
        let listed = try letters(list)
        let point = ["en"].contains(language.rawValue) ? "." : ","
        for amount in ["10\(point)00EUR", "15\(point)50EUR", "25\(point)50EUR"] {
            #expect(listed.contains(amount), "\(amount)")
        }
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
