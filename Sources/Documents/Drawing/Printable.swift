/// What of a text can stand on paper.
enum Printable {
    /// The text with tabs and line breaks as single spaces, trimmed.
    /// - Throws: `DocumentError` for other control characters: they are no text, and a printer might obey them.
    static func text(_ text: String, _ field: String) throws(DocumentError) -> String {
        // Almost all texts need nothing: bytes alone say so.
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0xC2 && $0 != 0xE2 }) { return trimmed(text) }
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x85, 0x2028, 0x2029: plain.append(" ")
            case 0..<0x20, 0x7F..<0xA0:
                let code = String(scalar.value, radix: 16, uppercase: true)
                throw DocumentError(.controlCharacter, field, "U+\(code) is a control character; leave it out")
            default: plain.append(scalar)
            }
        }
        return trimmed(String(plain))
    }

    private static func trimmed(_ text: String) -> String {
        guard text.utf8.first == 0x20 || text.utf8.last == 0x20 else { return text }
        let start = text.drop { $0 == " " }
        guard let end = start.lastIndex(where: { $0 != " " }) else { return "" }
        return String(start[...end])
    }
}
