import Foundation

/// Dots per inch of a label printer.
public enum PrinterResolution: Int, CaseIterable, Sendable {
    case dpi203 = 203
    case dpi300 = 300

    /// ZPL counts 8 and 12 dots per millimetre; an inch has 203 and 300 of them (ZPL II Programming Guide, `^PW`).
    var dotsPerPoint: Double { Double(rawValue) / 72 }
}

/// Writes a page in ZPL II, the language of Zebra's printers and of many others.
///
/// Texts are the printer's own font 0 where it has the characters, else pictures set by pango. Font 0 is
/// bold and condensed, so almost all that fits on paper fits there; what does not is a picture, too. No data can
/// become a command: in fields, `^`, `~`, `_`, `\` and what is not printable are written as bytes by `^FH`.
/// Source: Zebra, ZPL II Programming Guide.
struct ZPLWriter {
    let resolution: PrinterResolution

    init(_ resolution: PrinterResolution) { self.resolution = resolution }

    private func dots(_ points: Double) -> Int { Int((points * resolution.dotsPerPoint).rounded()) }

    /// One label: `^XA` … `^XZ`. Settings that outlast the label (darkness, speed, media) are the printer's own.
    func text(of page: Page) throws(DocumentError) -> String {
        let size = "^PW\(dots(page.paper.width))^LL\(dots(page.paper.height))"
        var zpl = "^XA\n^CI28\n\(size)\n^LH0,0\n^PON\n"
        for mark in page.marks { zpl += try write(mark) }
        return zpl + "^XZ\n"
    }

    private func write(_ mark: Mark) throws(DocumentError) -> String {
        switch mark {
        case .text(let text, let x, let y, let gray): return try write(text, x, y, isReversed: gray == 1)
        case .line(let fromX, let fromY, let toX, let toY, let thickness):
            let width = max(1, dots(thickness))
            if fromY == toY {
                return at(fromX, fromY - thickness / 2) + "^GB\(dots(toX - fromX)),\(width),\(width),B,0^FS\n"
            }
            return at(fromX - thickness / 2, fromY) + "^GB\(width),\(dots(toY - fromY)),\(width),B,0^FS\n"
        case .box(let frame, let thickness):
            return at(frame.x, frame.y)
                + "^GB\(dots(frame.width)),\(dots(frame.height)),\(max(1, dots(thickness))),B,0^FS\n"
        case .fill(let frame, let gray):
            // Thermal paper has no gray: a shade is left out, black stays.
            guard gray < 0.5 else { return "" }
            let (width, height) = (dots(frame.width), dots(frame.height))
            return at(frame.x, frame.y) + "^GB\(width),\(height),\(min(width, height)),B,0^FS\n"
        case .symbol(let symbol, let x, let y, let module, let height):
            return write(symbol, x, y, module, height)
        }
    }

    private func at(_ x: Double, _ y: Double) -> String { "^FO\(max(0, dots(x))),\(max(0, dots(y)))" }

    // MARK: Text

    private func write(
        _ text: SetText, _ x: Double, _ y: Double, isReversed: Bool
    ) throws(DocumentError) -> String {
        guard !text.text.isEmpty else { return "" }
        let reverse = isReversed ? "^FR" : ""
        let composed = text.text.precomposedStringWithCanonicalMapping
        let room = text.room ?? .infinity
        guard Self.isInPrinter(composed), text.lines.allSatisfy({ Self.width(of: $0, text.style) <= room }) else {
            return try picture(of: text, x, y, reverse)
        }
        var zpl = ""
        let height = max(10, dots(text.style.size))
        let font = "^A0N,\(height),\(height)"
        for line in text.lines where !line.text.isEmpty {
            let baseline = dots(y + line.baseline)
            let place: String
            switch (text.style.alignment, text.room) {
            case (.leading, _), (_, nil): place = "^FT\(max(0, dots(x + line.x))),\(baseline)\(reverse)\(font)"
            case (.center, let room?):
                place = "^FT\(max(0, dots(x))),\(baseline)\(reverse)\(font)^FB\(dots(room)),1,0,C,0"
            case (.trailing, let room?):
                place = "^FT\(max(0, dots(x))),\(baseline)\(reverse)\(font)^FB\(dots(room)),1,0,R,0"
            }
            zpl += place + "^FH_^FD\(Self.escaped(line.text.precomposedStringWithCanonicalMapping))^FS\n"
        }
        return zpl
    }

    private func picture(
        of text: SetText, _ x: Double, _ y: Double, _ reverse: String
    ) throws(DocumentError) -> String {
        let picture = try text.picture(dotsPerPoint: resolution.dotsPerPoint)
        guard !picture.isEmpty else { return "" }
        let place = "^FO\(max(0, dots(x) + picture.left)),\(max(0, dots(y) + picture.top))"
        return place + reverse + picture.zpl + "^FS\n"
    }

    /// How much wider than in the font of measuring a character is in font 0, as a share of the size: as far as it
    /// is at all. Measured dot by dot with zplkit 0.3.2, whose font 0 was captured from a printer.
    private static let excess: [Unicode.Scalar: Double] = [
        "-": 0.59, "+": 0.34, "=": 0.34, "<": 0.43, ">": 0.43, "J": 0.17, "{": 0.12, "}": 0.12, "%": 0.08, "\"": 0.07,
        "'": 0.06, " ": 0.03, ".": 0.02, ",": 0.02, ":": 0.02, ";": 0.02, "!": 0.02, "?": 0.01, "@": 0.01,
    ]

    /// The most points that a line may take in font 0.
    static func width(of line: SetText.Line, _ style: TextStyle) -> Double {
        let more = line.text.unicodeScalars.reduce(0.0) { sum, scalar in
            sum + (excess[scalar] ?? (scalar.isASCII || scalar.properties.isAlphabetic ? 0 : 0.6))
        }
        return line.width + more * style.size
    }

    /// Characters that font 0 of every printer has with `^CI28`: those of Windows-1252 in use. Others exist in newer
    /// firmware; a picture is right on all.
    static func isInPrinter(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x0A, 0x20..<0x7F, 0xA0..<0x100: true
            case 0x152, 0x153, 0x160, 0x161, 0x178, 0x17D, 0x17E, 0x192: true
            case 0x2013, 0x2014, 0x2018...0x201A, 0x201C...0x201E, 0x2022, 0x2026, 0x20AC: true
            default: false
            }
        }
    }

    /// Field data in which nothing is a command.
    static func escaped(_ text: String, alsoInvocation: Bool = false) -> String {
        var data = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "^", "~", "_", "\\": data += "_" + hex(UInt8(scalar.value))
            // In Code 128 `>` begins a code of its own; `>0` is the sign itself.
            case ">" where alsoInvocation: data += ">0"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    data += "_" + hex(UInt8(scalar.value))
                } else {
                    data.unicodeScalars.append(scalar)
                }
            }
        }
        return data
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }

    // MARK: Barcodes

    private func write(_ symbol: Symbol, _ x: Double, _ y: Double, _ module: Double, _ height: Double) -> String {
        let place = at(x, y)
        let width = max(1, Int((module * resolution.dotsPerPoint + 0.05).rounded(.down)))
        switch symbol.kind {
        case .gs1:
            // `>;` begins in subset C, `>8` is FNC1: together they make Code 128 GS1-128. Its data are digits.
            return place + "^BY\(width),3,\(dots(height))^BCN,\(dots(height)),N,N,N,N^FD>;>8\(symbol.data)^FS\n"
        case .code128:
            let data = Self.escaped(symbol.data, alsoInvocation: true)
            return place + "^BY\(width),3,\(dots(height))^BCN,\(dots(height)),N,N,N,A^FH_^FD\(data)^FS\n"
        case .qr:
            // `MM,A`: error correction M, the data as they are.
            return place + "^BQN,2,\(width)^FH_^FDMM,A\(Self.escaped(symbol.data))^FS\n"
        }
    }
}
