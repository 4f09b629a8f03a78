import Foundation
import OrderManagement
import Testing

@testable import Documents

@Suite("ZPL")
struct ZPLTests {
    @Test("A label in ZPL has the size of its page, and everything lies on it", arguments: PrinterResolution.allCases)
    func size(resolution: PrinterResolution) throws {
        for address in [Sample.german, Sample.arabic, Sample.chinese, Sample.greek, Sample.plain] {
            let label = try ZPLReading(try Sample.label(to: address).zpl(resolution))
            #expect(label.width == 4 * resolution.rawValue && label.height == 6 * resolution.rawValue)
            for field in label.fields {
                let (width, height) = field.size ?? (0, 0)
                #expect(field.x >= 0 && field.x + width <= label.width + 7, "\(field)")
                #expect(field.y >= 0 && field.y + height <= label.height, "\(field)")
            }
        }
    }

    @Test("Texts are the printer's where it has the characters")
    func texts() throws {
        let label = try ZPLReading(try Sample.label.zpl())
        for text in [
            "DE 22767", "Europe", "Jürgen Groß", "Große Elbstraße 145", "22767 Hamburg", "GERMANY", "Express 24",
            "WEB-100231",
        ] {
            #expect(label.texts.contains(text), "\(text)")
        }
        #expect(label.pictures == 0)
        #expect(label.fields.filter(\.isReversed).compactMap(\.text) == ["Express 24", "1 of 2"])
    }

    @Test("Texts that printers lack are pictures", arguments: [Sample.arabic, Sample.chinese, Sample.greek])
    func pictures(address: Address) throws {
        let label = try ZPLReading(try Sample.label(to: address).zpl())
        #expect(label.pictures >= 1)
        #expect(!label.texts.contains { $0.contains(address.name) })
    }

    @Test("GS1-128 begins in subset C with FNC1")
    func gs1() throws {
        let label = try ZPLReading(try Sample.label.zpl())
        #expect(label.fields.compactMap(\.barcode) == [">;>800106141412345678908"])
        #expect(try Sample.label.zpl().contains("^BY4,3,254^BCN,254,N,N,N,N^FD"))
    }

    @Test("No data becomes a command", arguments: [
        "^XZ^XA^FO0,0^FDowned", "~JA~HI", "_5EXZ", "a^FSb~DGc_7Ed\\&e", ">8>;>:", "\"'`$(reboot)",
    ])
    func injection(text: String) throws {
        var label = Sample.label
        label.recipient.address.name = text
        label.sender.address.lines = [text]
        (label.reference, label.routing, label.service, label.courier) = (text, text, text, text)
        label.code = .number(String(text.prefix(12)))
        label.recipient.phone = text
        let read = try ZPLReading(try label.zpl())
        #expect(read.texts.contains(text))
        let code = String(text.prefix(12)).replacing(">", with: ">0")
        #expect(read.fields.compactMap(\.barcode) == [code])
    }

    @Test("A control character is refused, not sent to a printer", arguments: ["a\u{1B}b", "a\u{0}b", "a\u{9B}b"])
    func control(text: String) throws {
        var label = Sample.label
        label.recipient.address.name = text
        let error = #expect(throws: DocumentError.self) { try label.zpl() }
        #expect(error?.problem == .controlCharacter && error?.field == "recipient/name")
    }

    @Test("Many labels are one job, and the one at fault is named")
    func many() throws {
        var wrong = Sample.label
        wrong.weightGrams = 0
        let text = try ShippingLabel.zpl([Sample.label, Sample.returnLabel])
        #expect(text.components(separatedBy: "^XA").count == 3)
        let error = #expect(throws: DocumentError.self) { try ShippingLabel.zpl([Sample.label, wrong]) }
        #expect(error?.field == "1/weight_g")
    }

    @Test("A pickup code in ZPL holds its QR code")
    func pickup() throws {
        let page = try ZPLReading(try Sample.pickup.zpl())
        #expect(page.fields.compactMap(\.barcode) == ["MM,A482915"])
    }

    @Test("An independent interpreter draws the labels, and a scanner reads what it drew",
        .enabled(if: Readers.areInstalled && Tool.zbarimg.isInstalled, Comment(rawValue: Readers.advice)))
    func interpreter() throws {
        let folder = try Folder()
        var hyphens = Sample.label(to: Sample.chinese)
        hyphens.reference = "A-B-C-D-E-F-G-H-I-J"
        // The interpreter's fonts have ASCII only; all else comes as a picture, or is parsed only.
        var back = Sample.returnLabel
        (back.language, back.sender, back.service) = (.english, Party(Sample.plain), "Parcel")
        back.code = .number("RMA-1>8^~_2")
        let labels = [Sample.label(to: Sample.plain), Sample.label(to: Sample.arabic), hyphens, back]
        for (number, label) in labels.enumerated() {
            let zpl = try label.zpl().replacing("·", with: "-")
            _ = try folder.write(Array(zpl.utf8), "\(number).zpl")
        }
        let program = """
            import sys, zplkit
            for number in range(int(sys.argv[2])):
                name = f"{sys.argv[1]}/{number}"
                drawn = zplkit.render(open(name + ".zpl", encoding="utf8").read(), zplkit.Options(dpi=203))
                assert len(drawn.labels) == 1
                open(name + ".png", "wb").write(drawn.labels[0].png())
            """
        _ = try Tool.run(Readers.python, ["-c", program, folder.path, "\(labels.count)"])
        #expect(
            try Reading.scan(folder.path)
                == Array(repeating: "CODE-128:00106141412345678908", count: 3) + ["CODE-128:RMA-1>8^~_2"])
    }
}
