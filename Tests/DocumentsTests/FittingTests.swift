import Documents
import Foundation
import OrderManagement
import Testing

/// Texts shrink, then wrap; what has no room then is cut where it is a name, and refused where a parcel is lost by it.
@Suite("Fitting", .enabled(if: Tool.pdftotext.isInstalled, "poppler is missing"))
struct FittingTests {
    private enum Field: String, CaseIterable {
        case name = "recipient/name", line = "recipient/lines/0", city = "recipient/city", phone = "recipient/phone"
        case sender = "sender/name", courier, service, routing, zone, reference

        /// Without its end it still says enough.
        var isCut: Bool {
            switch self {
            case .name, .sender, .courier, .service: true
            case .line, .city, .phone, .routing, .zone, .reference: false
            }
        }

        func set(_ text: String, _ label: inout ShippingLabel) {
            switch self {
            case .name: label.recipient.address.name = text
            case .line: label.recipient.address.lines = [text]
            case .city: label.recipient.address.city = text
            case .phone: label.recipient.phone = text
            case .sender: label.sender.address.name = text
            case .courier: label.courier = text
            case .service: label.service = text
            case .routing: label.routing = text
            case .zone: label.zone = text
            case .reference: label.reference = text
            }
        }
    }

    /// Words of a kind, without letters that fonts join.
    private func text(_ length: Int, hasSpaces: Bool) -> String {
        let letters = Array("Quartz judge monks vow hexad Black type zebra")
        return String((0..<length).map { number in
            let letter = letters[number % letters.count]
            return letter == " " && !hasSpaces ? "x" : letter
        }).trimmingCharacters(in: .whitespaces)
    }

    @Test("A name is on the label, whole or cut; any other text whole, or refused by the name of its field",
        arguments: [true, false])
    func wholeOrRefused(hasSpaces: Bool) throws {
        for field in Field.allCases {
            var longest = 0
            var refused = 0
            for length in [1, 7, 18, 25, 40, 60, 90, 130, 200, 400, 1500] {
                var label = Sample.label
                let text = text(length, hasSpaces: hasSpaces)
                field.set(text, &label)
                do {
                    let letters = try Reading.letters(try label.pdf())
                    let isWhole = letters.contains(text.filter { !$0.isWhitespace })
                    let isCut = field.isCut && letters.contains("…")
                        && letters.contains(text.filter { !$0.isWhitespace }.prefix(10))
                    #expect(isWhole || isCut, "\(field) \(length)")
                    if isWhole { longest = max(longest, length) } else { refused += 1 }
                } catch let error as DocumentError {
                    refused += 1
                    #expect(!field.isCut, "\(field) \(length)")
                    #expect(error.problem == .doesNotFit, "\(error)")
                    #expect(error.field == field.rawValue, "\(error)")
                }
            }
            #expect(longest >= 18 && refused > 0, "\(field): \(longest)")
        }
    }

    @Test("An address of many lines shrinks as a whole, and is refused when it has no room")
    func manyLines() throws {
        var label = Sample.label
        label.recipient.address.lines = (1...7).map { "Line \($0) of a long address" }
        let letters = try Reading.letters(try label.pdf())
        for number in 1...7 { #expect(letters.contains("Line\(number)ofalongaddress")) }
        label.recipient.address.lines = (1...40).map { "Line \($0) of a long address" }
        let error = #expect(throws: DocumentError.self) { try label.pdf() }
        #expect(error?.problem == .doesNotFit && error?.field.hasPrefix("recipient/lines/") == true)
    }

    /// As long as the interface takes names, of words and of one word, in wide letters and in eastern ones.
    private static let lengthy = [
        "Handgefertigter Steingut-Frühstücksbecher mit gesprenkelter Reaktivglasur, spülmaschinen- und "
            + "mikrowellengeeignet, Geschenkset", String(repeating: "W", count: 200),
        String(repeating: "Donaudampfschifffahrt ", count: 9), String(repeating: "漢字", count: 100),
    ]

    @Test("Whatever things and people are called, every document is printed", arguments: lengthy)
    func longNames(name: String) throws {
        var documents: [any PrintableDocument] = []
        var shop = Sample.shop
        (shop.name, shop.lines) = (name, [name, name])
        var (slip, list, handover) = (Sample.slip(), Sample.pickList(stops: 3), Sample.handover(parcels: 3))
        (slip.retailer, slip.shipTo, slip.service) = (shop, shop, name)
        slip.lines = [.init(sku: String(name.prefix(64)), description: name, quantity: 1, note: name + name)]
        (list.location, list.picks[0].description, list.picks[0].bin) = (shop, name, String(name.prefix(64)))
        (handover.location, handover.courier) = (shop, name)
        (handover.parcels[0].service, handover.parcels[0].reference) = (name, name)
        var note = Sample.creditNote()
        (note.retailer, note.billTo, note.reason) = (shop, shop, name)
        (note.lines[0].description, note.refunds) = (name, [.init(to: .tender(name), amount: Sample.money(264_80))])
        documents += [slip, list, handover, note]
        for form in CustomsDeclaration.Form.allCases {
            var customs = Sample.customs(form)
            (customs.sender.address, customs.items[0].description) = (shop, name)
            documents.append(customs)
        }
        var (label, pickup) = (Sample.label, Sample.pickup)
        (label.courier, label.service, label.sender.address) = (name, name, shop)
        label.recipient.address.name = name
        (pickup.location, pickup.name) = (shop, name)
        documents += [label, pickup, Notice([.init(name: name, reason: name)], date: Sample.date)]
        for document in documents {
            let letters = try Reading.letters(try document.pdf())
            #expect(letters.contains(name.filter { !$0.isWhitespace }.prefix(8)), "\(document.title)")
        }
        #expect(try label.zpl().contains("^XA") && pickup.zpl().contains("^XA"))
        let form = try Reading.letters(try documents[4].pdf())
        #expect(form.contains("2×") && form.contains("6912.00"), "the tariff number is not what is cut")
    }

    @Test("What is not seen and turns other letters about is left out: letters stand as they are read", arguments: [
        "\u{202E}", "\u{202D}", "\u{2067}", "\u{200F}", "\u{061C}", "\u{200B}", "\u{FEFF}", "\u{E0041}",
    ])
    func turned(sign: String) throws {
        var label = Sample.label
        label.recipient.address.name = "B \(sign)EVILA"
        label.reference = "12\(sign)34"
        #expect(try Reading.letters(try label.pdf()).contains("BEVILA"))
        let zpl = try label.zpl()
        #expect(zpl.contains("^FDB EVILA^FS") && zpl.contains("^FD1234^FS"))
    }

    @Test("Every script is on the page", arguments: [Sample.arabic, Sample.chinese, Sample.greek, Sample.german])
    func scripts(address: Address) throws {
        let letters = try Reading.letters(try Sample.label(to: address).pdf())
        for part in [address.name, address.city] {
            for scalar in part.unicodeScalars where scalar.properties.isAlphabetic {
                #expect(letters.unicodeScalars.contains { same($0, scalar) }, "\(scalar)")
            }
        }
    }

    /// Arabic letters come back in the form that they have in their place, as compatible characters.
    private func same(_ left: Unicode.Scalar, _ right: Unicode.Scalar) -> Bool {
        left == right || String(left).precomposedStringWithCompatibilityMapping.unicodeScalars.contains(right)
    }

    @Test("Characters that no font has are named, not printed as boxes", arguments: [
        ("Ada \u{E123}", "recipient/name"), ("\u{10FFFD}", "recipient/name"),
    ])
    func missingGlyphs(name: String, field: String) throws {
        var label = Sample.label
        label.recipient.address.name = name
        let error = #expect(throws: DocumentError.self) { try label.pdf() }
        guard case .missingGlyphs(let missing) = error?.problem else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(missing.unicodeScalars.count == 1 && name.hasSuffix(missing) && error?.field == field)
        let code = String(missing.unicodeScalars.first?.value ?? 0, radix: 16, uppercase: true)
        #expect(error?.reason.contains("U+\(code)") == true)
        #expect(throws: DocumentError.self) { try label.zpl() }
    }

    @Test("Where nobody can mend a name, a sign stands for each character that cannot be printed", arguments: [
        ("Ada Example", "Ada Example"), ("Ελένη 王小明 محمد", "Ελένη 王小明 محمد"), ("Mug \u{E123} love", "Mug □ love"),
        ("a\u{E123}\u{E124}b\u{1}", "a□□b□"), ("two\tlines\n", "two\tlines\n"), ("", ""),
        // One sign for what is one to its reader, whatever it is made of; a letter keeps what is known of it.
        ("x \u{E123}\u{FE0F} y", "x □ y"),
    ])
    func legible(text: String, wanted: String) throws {
        #expect(Legible.text(text) == wanted)
        var label = Sample.label
        label.recipient.address.name = "A " + Legible.text(text)
        #expect(try !label.pdf().isEmpty && !label.zpl().isEmpty)
    }

    @Test("What is missing from a print job is named on pages of its own")
    func notice() throws {
        let text = try Reading.pages(try Sample.notice.pdf()).joined(separator: "\n")
        #expect(text.contains("Not printed: 8") && text.contains("WEB-100231") && !text.contains("more"))
        #expect(try Sample.notice.zpl().contains("Not printed: 8"))
        let long = Notice([.init(name: "\u{E123}", reason: String(repeating: "why ", count: 400))], date: Sample.date)
        #expect(try Reading.pages(try long.pdf()).first?.contains("…") == true)
    }

    @Test("Line breaks and tabs are spaces")
    func whiteSpace() throws {
        var label = Sample.label
        label.reference = " WEB\t100\n231\u{2028} "
        #expect(try Reading.pages(try label.pdf()).first?.contains("WEB 100 231") == true)
    }

    @Test("What is missing among labels is named to the last, on as many pages as that takes")
    func manyMissing() throws {
        let entries = (1...40).map { Notice.Entry(name: "WEB-\($0)x", reason: "the parcel bears no label") }
        let text = try Notice(entries, date: Sample.date).zpl()
        for entry in entries { #expect(text.contains(entry.name)) }
        let pages = text.components(separatedBy: "^XA").count - 1
        #expect(pages > 1 && pages < 10)
        let endless = (1...2_000).map { Notice.Entry(name: "WEB-\($0)x", reason: "the parcel bears no label") }
        let cut = try Notice(endless, date: Sample.date).zpl()
        #expect(cut.components(separatedBy: "^XA").count - 1 == 20 && cut.contains("more"))
    }
}
