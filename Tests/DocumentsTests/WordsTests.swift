import Foundation
import OrderManagement
import Testing

@testable import Documents

@Suite("Words of papers")
struct WordsTests {
    /// Every phrase by its name, as each language says it.
    private static func words(_ language: Language) -> [String: String] {
        var words: [String: String] = [:]
        for phrase in Phrase.allCases { words["\(phrase)"] = language(phrase) }
        for reason in CreditReason.allCases { words["reason \(reason)"] = reason.words(in: language) }
        for phrase in CustomsPhrase.allCases { words["customs \(phrase)"] = phrase.words(language) }
        return words
    }

    /// What is said as in English, since it is the same word.
    private static let same: [Language: Set<String>] = [
        .german: ["zone"],
        .french: [
            "date", "service", "zone", "destination", "signature", "total", "page", "customs documents",
        ],
        .spanish: ["total"], .dutch: ["zone", "postcode"],
    ]

    @Test("Every word is there in every language, with the same values, and none is left in English",
        arguments: Language.allCases)
    func words(language: Language) {
        let (own, english) = (Self.words(language), Self.words(.english))
        #expect(own.count == english.count)
        var same: Set<String> = []
        for (name, text) in own {
            let forms = text.split(separator: "|", omittingEmptySubsequences: false)
            #expect(forms.count == 1 || forms.count == language.plurals.count, "\(language) \(name)")
            let places = english[name]?.matches(of: /\{\}/).count
            for form in forms {
                #expect(!form.isEmpty && form.matches(of: /\{\}/).count == places, "\(language) \(name)")
            }
            if text == english[name] { same.insert(name) }
        }
        if language != .english { #expect(same == Self.same[language] ?? []) }
    }

    @Test("Forms of customs are in French and the paper's language, French ones in English too")
    func customs() {
        #expect(CustomsPhrase.gift.both(.polish) == "Prezent / Cadeau")
        #expect(CustomsPhrase.gift.both(.french) == "Cadeau / Gift")
        #expect(CustomsPhrase.documents.both(.english) == "Documents")
    }

    @Test("How many more there are is said in the form that goes with the number")
    func plurals() {
        #expect(Language.polish(.andMore, count: 22) == "i jeszcze 22 pozycje")
        #expect(Language.polish(.andMore, count: 25) == "i jeszcze 25 pozycji")
        #expect(Language.french(.andMore, count: 1) == "et 1 autre")
        #expect(Language.english(.andMore, count: 1_200) == "and 1,200 more")
    }

    @Test("Amounts keep their currency's decimals in each language's signs", arguments: [
        (Language.english, "1,234,567.89", "1,234,567", "1,234.567"),
        (.german, "1.234.567,89", "1.234.567", "1.234,567"),
        (.french, "1\u{202F}234\u{202F}567,89", "1\u{202F}234\u{202F}567", "1\u{202F}234,567"),
        (.spanish, "1.234.567,89", "1.234.567", "1234,567"), (.italian, "1.234.567,89", "1.234.567", "1.234,567"),
        (.dutch, "1.234.567,89", "1.234.567", "1.234,567"),
        (.polish, "1\u{A0}234\u{A0}567,89", "1\u{A0}234\u{A0}567", "1234,567"),
    ])
    func amounts(language: Language, euros: String, yen: String, dinars: String) {
        #expect(Figures.amount(Sample.money(123_456_789), language) == euros)
        #expect(Figures.amount(Sample.money(-1_234_567, "JPY"), language) == "\u{2212}" + yen)
        #expect(Figures.money(Sample.money(1_234_567, "KWD"), language) == dinars + "\u{A0}KWD")
    }

    @Test("Every paper has room for its words in every language", arguments: Language.allCases)
    func room(language: Language) throws {
        let folder = ProcessInfo.processInfo.environment["WAYBILL_GALLERY"]
        for (name, document) in Sample.gallery(in: language) {
            let pdf = try document.pdf()
            #expect(pdf.starts(with: Array("%PDF-".utf8)), "\(language) \(name)")
            if let folder {
                try Data(pdf).write(to: URL(fileURLWithPath: "\(folder)/\(name)-\(language.rawValue).pdf"))
            }
        }
    }

    @Test("Papers say their words in their own language",
        .enabled(if: Tool.pdftotext.isInstalled, "poppler is missing"), arguments: Language.allCases)
    func papers(language: Language) throws {
        /// What is in print is in capitals where it is a caption.
        func expect(_ document: any PrintableDocument, _ phrases: [Phrase], _ more: [String] = []) throws {
            let letters = try Reading.letters(try document.pdf()).lowercased()
            for words in phrases.map({ language($0) }) + more {
                let sought = words.lowercased().filter { !$0.isWhitespace }
                #expect(letters.contains(sought), "\(language): \(words)")
            }
        }
        try expect(
            Sample.slip(lines: 3, language), [.packingSlip, .shipTo, .quantity, .toFollow, .giftMessage, .page],
            [DayWords(language).short("2026-11-26")])
        try expect(
            Sample.creditNote(language), [.creditNote, .billTo, .description, .net, .gross, .total, .refundedToSource])
        for (name, document) in Sample.gallery(in: language) {
            switch name {
            case "label": try expect(document, [.from, .to, .date, .weight, .parcelOf, .reference])
            case "return-label": try expect(document, [.returnLabel, .authorization, .affixPostage])
            case "pickup-code": try expect(document, [.pickupCode, .showThisCode, .pickupAt, .collectBy, .collector])
            case "pick-list": try expect(document, [.pickList, .bin, .totes, .pickedBy, .signature])
            case "handover-list": try expect(document, [.handoverList, .tracking, .takenOverBy, .nameAndTime])
            case "cn22", "cn23":
                let phrases = [CustomsPhrase.declaration, .saleOfGoods, .totalWeight, .signature]
                try expect(document, [], phrases.map { $0.words(language) } + [CustomsPhrase.declaration.french])
            default: break
            }
        }
    }
}
