import Documents
import Foundation
import OrderManagement
import Testing

/// Texts shrink, then wrap, then are refused: none is ever cut.
@Suite("Fitting", .enabled(if: Tool.pdftotext.isInstalled, "poppler is missing"))
struct FittingTests {
    private enum Field: String, CaseIterable {
        case name = "recipient/name", line = "recipient/lines/0", city = "recipient/city", phone = "recipient/phone"
        case sender = "sender/name", courier, service, routing, zone, reference

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

    @Test("A text is on the label whole, or refused by the name of its field", arguments: [true, false])
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
                    #expect(isWhole, "\(field) \(length)")
                    longest = max(longest, length)
                } catch let error as DocumentError {
                    refused += 1
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
