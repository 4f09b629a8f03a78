import Foundation

/// A strict reader of ZPL, written from Zebra's guide and not from the writer: every byte belongs to a command that a
/// label may have, or the label is refused.
struct ZPLReading {
    struct Failure: Error, CustomStringConvertible { let description: String }

    struct Field: Equatable {
        var x = 0
        var y = 0
        var isReversed = false
        var text: String?
        var barcode: String?
        /// Width, height of a picture or box.
        var size: (Int, Int)?

        static func == (left: Field, right: Field) -> Bool {
            left.text == right.text && left.barcode == right.barcode && left.x == right.x && left.y == right.y
        }
    }

    private(set) var width = 0
    private(set) var height = 0
    private(set) var fields: [Field] = []
    /// Bytes that pictures have, and that they say they have.
    private(set) var pictures = 0

    var texts: [String] { fields.compactMap(\.text) }

    /// One label.
    init(_ zpl: String) throws {
        guard zpl.hasPrefix("^XA\n"), zpl.hasSuffix("^XZ\n") else { throw Failure(description: "no label") }
        let body = zpl.dropFirst(1)
        guard !body.contains("~") else { throw Failure(description: "a control command") }
        let commands = body.split(separator: "^", omittingEmptySubsequences: false).map { String($0) }
        var field = Field()
        var isHex = false
        var isBarcode = false
        var isOver = false
        for command in commands {
            guard !isOver else { throw Failure(description: "something behind the end: \(command)") }
            let name = String(command.prefix(2))
            let rest = String(command.dropFirst(2).filter { $0 != "\n" })
            let numbers = rest.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
            switch name {
            case "XA", "CI", "LH", "PO": break
            case "PW": width = numbers[0]
            case "LL": height = numbers[0]
            case "FO", "FT":
                field = Field(x: numbers[0], y: numbers[1])
                (isHex, isBarcode) = (false, false)
            case "FR": field.isReversed = true
            case "A0", "BY", "FB": break
            case "FH":
                guard rest == "_" else { throw Failure(description: "another sign for bytes") }
                isHex = true
            case "BC", "BQ": isBarcode = true
            case "GB": field.size = (numbers[0], numbers[1])
            case "GF":
                field.size = try Self.picture(rest)
                pictures += 1
            case "FD":
                let data = isHex ? try Self.bytes(rest) : rest
                if isBarcode { field.barcode = data } else { field.text = data }
            case "FS":
                guard rest.isEmpty else { throw Failure(description: "something between fields: \(rest)") }
                fields.append(field)
            case "XZ": isOver = true
            default: throw Failure(description: "no label has ^\(name)")
            }
        }
        guard isOver else { throw Failure(description: "no end") }
    }

    /// `_5E` is a byte.
    private static func bytes(_ text: String) throws -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "_") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                throw Failure(description: "no byte behind _")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `A,total,total,per row,data` with `,` for the rest of a row in white and `:` for the row before.
    private static func picture(_ text: String) throws -> (Int, Int) {
        let parts = text.split(separator: ",", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[0] == "A", parts[1] == parts[2], let total = Int(parts[1]),
            let perRow = Int(parts[3]), perRow > 0, total % perRow == 0
        else { throw Failure(description: "a picture without its sizes") }
        var rows = 0
        var digits = 0
        for character in parts[4] {
            switch character {
            case "0"..."9", "A"..."F":
                digits += 1
                if digits == perRow * 2 { (rows, digits) = (rows + 1, 0) }
            case ",": (rows, digits) = (rows + 1, 0)
            case ":":
                guard digits == 0, rows > 0 else { throw Failure(description: "no row to repeat") }
                rows += 1
            default: throw Failure(description: "\(character) in a picture")
            }
        }
        guard digits == 0, rows * perRow == total else {
            throw Failure(description: "a picture of \(rows) rows says that it has \(total / perRow)")
        }
        return (perRow * 8, rows)
    }
}
