import Foundation
import OrderManagement
import Testing

@testable import Documents

@Suite("Sheets", .enabled(if: Tool.pdftotext.isInstalled, "poppler is missing"))
struct SheetTests {
    @Test("A packing slip of many lines goes on, each page with its titles and number, and loses no line")
    func pages() throws {
        var slip = Sample.slip(lines: 0)
        slip.lines = (0..<140).map { PackingSlip.Line(sku: "SKU\($0)X", description: "Thing \($0)", quantity: 1) }
        let pages = try Reading.pages(try slip.pdf())
        #expect(pages.count >= 4)
        for (number, page) in pages.enumerated() {
            #expect(page.contains("Page \(number + 1) of \(pages.count)"))
            #expect(page.contains("WEB-100231/1"))
        }
        #expect(pages.dropLast().allSatisfy { $0.contains("DESCRIPTION") })
        let text = pages.joined()
        for number in 0..<140 { #expect(text.contains("SKU\(number)X")) }
        #expect(pages[0].contains("140"))
    }

    @Test("An address from right to left stands at the right as a whole, with its country; others begin at the left")
    func rightToLeft() throws {
        let typesetter = try Typesetter()
        func lines(_ address: Address) throws -> [SetText.Line] {
            try typesetter.address(address, from: "GB", .plain(10, min: 7), width: 240, height: 120, "recipient").lines
        }
        let arabic = try lines(Sample.arabic)
        #expect(arabic.count == 4 && arabic.allSatisfy { abs($0.x + $0.width - 240) < 1 })
        #expect(try lines(Sample.greek).allSatisfy { $0.x < 1 })
    }

    @Test("A packing slip that goes abroad names the retailer's country; one that stays does not")
    func countryOfRetailer() throws {
        var slip = Sample.slip()
        slip.shipTo = Sample.greek
        #expect(try Reading.pages(try slip.pdf()).joined().contains("UNITED KINGDOM"))
        slip.shipTo = slip.retailer
        #expect(try !Reading.pages(try slip.pdf()).joined().contains("UNITED KINGDOM"))
    }

    @Test("A packing slip says no price, and nothing of what is not there")
    func slip() throws {
        var slip = Sample.slip()
        (slip.giftMessage, slip.howToReturn, slip.toFollow) = (nil, nil, [])
        let text = try Reading.pages(try slip.pdf()).joined()
        for word in ["GBP", "£", "MESSAGE", "Follows later", "RETURNING"] { #expect(!text.contains(word)) }
        #expect(text.contains("WEB-100231/1") && !text.contains("ful_"))
        let german = try Reading.pages(try Sample.slip(lines: 3, .german).pdf()).joined()
        // From England to Germany: the country is the last line.
        for word in ["GERMANY", "Lieferschein", "LIEFERANSCHRIFT", "MENGE", "26.11.2026", "Seite 1 von 1"] {
            #expect(german.contains(word), "\(word)")
        }
    }

    @Test("A slip of a pickup says where it is collected, and by whom")
    func pickupSlip() throws {
        var slip = Sample.slip()
        slip.collectAt = Sample.shop
        slip.shipTo = Address(name: "Grace Example", lines: [], city: "", postcode: "", country: Sample.shop.country)
        let text = try Reading.pages(try slip.pdf()).joined()
        for word in ["COLLECT AT", "FOR", "Grace Example", "18 Canal Street"] {
            #expect(text.contains(word), "\(word)")
        }
        #expect(!text.contains("SHIP TO"))
    }

    @Test("A credit note says where money went and why in words of its language")
    func creditWords() throws {
        var note = Sample.creditNote()
        note.refunds = [
            .init(to: .source, amount: Sample.money(1_00)), .init(to: .storeCredit, amount: Sample.money(2_00)),
            .init(to: .exchange, amount: Sample.money(3_00)), .init(to: .tender("Visa"), amount: Sample.money(4_00)),
        ]
        note.reason = CreditReason.wrongSize.words(in: .german)
        let text = try Reading.pages(try note.pdf()).joined().replacing("\u{A0}", with: " ")
        for word in [
            "Erstattet auf die ursprüngliche", "als Guthaben", "Umtausch verrechnet", "Visa", "Falsche Größe",
        ] {
            #expect(text.contains(word), "\(word)")
        }
        for reason in CreditReason.allCases {
            for language in DocumentLanguage.allCases { #expect(!reason.words(in: language).contains("_")) }
        }
    }

    @Test("A pick list walks from bin to bin and says for whom")
    func pickList() throws {
        let bins = ["B-2", "A-10-1", nil, "A-2-10", "A-2-9", "a-2-1", "A-02-9"]
        var picks = bins.enumerated().map {
            PickList.Pick(bin: $1, sku: "S\($0)", description: "D", quantity: 1, target: "O1")
        }
        picks.append(PickList.Pick(bin: "B-2", sku: "S0", description: "D", quantity: 4, target: "O2"))
        picks.append(PickList.Pick(bin: "B-2", sku: "S0", description: "D", quantity: 2, target: "O1"))
        let list = PickList(location: Sample.shop, number: "PL-1", picks: picks, date: Sample.date)
        #expect(list.stops.map(\.sku) == ["S5", "S4", "S6", "S3", "S1", "S0", "S2"])
        #expect(list.stops[5].quantity == 7)
        let text = try Reading.pages(try list.pdf()).joined().replacing("\u{A0}", with: " ")
        #expect(text.contains("3 × O1, 4 × O2"))
        let places = list.stops.dropLast().compactMap { text.range(of: $0.sku)?.lowerBound }
        #expect(places.count == 6 && places == places.sorted())
    }

    @Test("A hand-over list adds up its parcels")
    func handover() throws {
        let pages = try Reading.pages(try Sample.handover(parcels: 120).pdf())
        let text = pages.joined()
        #expect(text.contains("120") && pages.count > 2)
        for number in 0..<120 { #expect(text.contains("WEB-\(100_231 + number)")) }
        let grams = Sample.handover(parcels: 120).parcels.reduce(0) { $0 + $1.weightGrams }
        #expect(text.contains(Figures.weight(grams, .english)))
        #expect(try Reading.pages(try Sample.handover(parcels: 2, .german).pdf()).joined().contains("Übergabeliste"))
    }

    @Test("A credit note adds up, or is refused")
    func creditNote() throws {
        let text = try Reading.pages(try Sample.creditNote().pdf()).joined().replacing("\u{A0}", with: " ")
        let words = ["Rechnungskorrektur", "CM-WEB-1001", "259,80", "−4,95", "264,80 EUR", "42,28 EUR", "222,52 EUR"]
        for word in words {
            #expect(text.contains(word), "\(word)")
        }
        var wrong = Sample.creditNote()
        wrong.total = Sample.money(264_81)
        let error = #expect(throws: DocumentError.self) { try wrong.pdf() }
        #expect(error?.problem == .contradiction && error?.field == "total")
        wrong = Sample.creditNote()
        wrong.lines[1].amount = Sample.money(995, "GBP")
        #expect(throws: DocumentError.self) { try wrong.pdf() }
    }

    @Test("Lists longer than any that is printed are refused")
    func tooMany() throws {
        var slip = Sample.slip()
        slip.lines = Array(repeating: slip.lines[0], count: PackingSlip.linesMax + 1)
        var list = Sample.pickList()
        list.picks = Array(repeating: list.picks[0], count: PickList.picksMax + 1)
        var handover = Sample.handover()
        handover.parcels = Array(repeating: handover.parcels[0], count: HandoverList.parcelsMax + 1)
        var note = Sample.creditNote()
        note.lines = []
        let documents: [any PrintableDocument] = [slip, list, handover, note]
        for document in documents {
            let error = #expect(throws: DocumentError.self) { try document.pdf() }
            #expect(error?.problem == .tooMany)
        }
    }

    @Test("Numbers, weights, days and amounts are written as each language does")
    func figures() {
        #expect(Figures.weight(99, .english) == "99 g" && Figures.weight(1_234_561, .german) == "1.234,57 kg")
        #expect(Figures.money(Sample.money(-123_456_789), .english) == "−1,234,567.89\u{A0}EUR")
        #expect(Figures.money(Sample.money(1_234, "JPY"), .german) == "1.234\u{A0}JPY")
        #expect(Figures.day(Sample.date, .english) == "26 Nov 2026")
        #expect(Figures.day(Sample.date, .german) == "26.11.2026")
        let midnight = Timestamp("2026-11-25T23:30:00Z") ?? Timestamp(milliseconds: 0)
        #expect(PrintedDate(midnight, zone: "Europe/Berlin") == Sample.date)
        #expect(PrintedDate(midnight, zone: "Europe/Nowhere") == nil)
        #expect(PrintedDate(year: 2026, month: 2, day: 29) == nil && PrintedDate(year: 2028, month: 2, day: 29) != nil)
    }
}
