import Foundation
import OrderManagement
import Testing

@testable import Documents

/// Barcodes are proven by a reader that is none of ours: zbar, on the page as poppler renders it.
@Suite("Barcodes", .enabled(if: Tool.zbarimg.isInstalled && Tool.pdftoppm.isInstalled, "zbar and poppler are missing"))
struct BarcodeTests {
    @Test("A label's SSCC is read at the dots of every printer", arguments: [203, 300])
    func sscc(dotsPerInch: Int) throws {
        let labels = [
            Sample.label, Sample.label(to: Sample.arabic, .german), Sample.label(to: Sample.chinese),
            Sample.label(to: Sample.greek),
        ]
        let read = try Reading.barcodes(try Press.pdf(of: labels), dotsPerInch: dotsPerInch)
        #expect(read == Array(repeating: "CODE-128:00106141412345678908", count: 4))
    }

    @Test("A number of letters and digits is read, up to the longest that has room", arguments: [1, 8, 16, 24])
    func numbers(length: Int) throws {
        var label = Sample.label
        let number = String("RMA-2026/00417.ABCDEFGH".prefix(length - 1)) + "9"
        label.code = .number(number)
        #expect(try Reading.barcodes(try label.pdf(), dotsPerInch: 203) == ["CODE-128:\(number)"])
    }

    @Test("A number that is too long or no ASCII is refused, naming it", arguments: [
        "", String(repeating: "8", count: 25), "Ä1",
    ])
    func refused(number: String) throws {
        var label = Sample.label
        label.code = .number(number)
        let error = #expect(throws: DocumentError.self) { try label.pdf() }
        #expect(error?.problem == .notEncodable && error?.field == "code")
    }

    @Test("Sheets bear their number")
    func sheets() throws {
        let pages: [any PrintableDocument] = [Sample.slip(), Sample.pickList(), Sample.handover()]
        #expect(
            try Reading.barcodes(try Press.pdf(of: pages), dotsPerInch: 200)
                == ["CODE-128:ful_06FZ3M8Q1G0WR-1", "CODE-128:PL-2026-0815", "CODE-128:HO-2026-0331"])
    }

    @Test("A pickup's QR code is read, and holds what it was given in any script")
    func pickup() throws {
        var pickup = Sample.pickup
        #expect(try Reading.barcodes(try pickup.pdf(), dotsPerInch: 203) == ["QR-Code:482915"])
        pickup.payload = "https://shop.example/c/482915?für=Ελένη"
        let read = try Reading.barcodes(try pickup.pdf(), dotsPerInch: 203)
        #expect(read == ["QR-Code:https://shop.example/c/482915?für=Ελένη"])
    }

    @Test("A GS1 symbol is Code 128 with FNC1, as long as the specification says")
    func modules() throws {
        let symbol = try Symbol(.gs1, "00106141412345678908", "code")
        // Start, FNC1, ten pairs of digits, check: 11 modules each; stop: 13.
        #expect(symbol.columns == 13 * 11 + 13 && symbol.rows == 1)
        // Start C is 211232, FNC1 is 411131 (ISO/IEC 15417, table 1): bars and spaces in turn.
        let bars = symbol.runs.prefix(6).map(\.length)
        let starts = symbol.runs.prefix(7).map(\.start)
        #expect(bars == [2, 1, 3, 4, 1, 3] && starts == [0, 3, 6, 11, 16, 18, 22])
    }

    @Test("The SSCC is what GS1's own syntax says",
        .enabled(if: Readers.areInstalled, Comment(rawValue: Readers.advice)))
    func syntax() throws {
        let read = try Reading.barcodes(try Sample.label.pdf(), dotsPerInch: 203).first ?? ""
        let program = """
            import biip, sys
            found = biip.parse(sys.argv[1])
            message = found.gs1_message
            sscc = message.element_strings[0].sscc
            print(message.as_hri(), sscc.value, sscc.prefix.usage, sscc.extension_digit, sscc.check_digit)
            """
        let said = try Tool.run(Readers.python, ["-c", program, String(read.dropFirst("CODE-128:".count))])
        #expect(said.contains("(00)106141412345678908") && said.contains("106141412345678908"))
        #expect(said.hasSuffix(" 1 8\n"))
    }
}
