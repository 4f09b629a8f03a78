/// What of a text can stand on paper.
enum Printable {
    /// The text with tabs and line breaks as single spaces, without what is not seen and moves other letters about,
    /// trimmed.
    /// - Throws: `DocumentError` for other control characters: they are no text, and a printer might obey them.
    static func text(_ text: String, _ field: String, isTrimmed: Bool = true) throws(DocumentError) -> String {
        // Almost all texts need nothing: bytes alone say so.
        guard !text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && !doubtful.contains($0) }) else {
            return isTrimmed ? trimmed(text) : text
        }
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x85, 0x2028, 0x2029: plain.append(" ")
            case 0..<0x20, 0x7F..<0xA0:
                let code = String(scalar.value, radix: 16, uppercase: true)
                throw DocumentError(.controlCharacter, field, "U+\(code) is a control character; leave it out")
            default: if !isUnseen(scalar) { plain.append(scalar) }
            }
        }
        return isTrimmed ? trimmed(String(plain)) : String(plain)
    }

    /// With these bytes begin, among others, characters that are left out or refused.
    private static let doubtful: Set<UInt8> = [0xC2, 0xD8, 0xE1, 0xE2, 0xEF, 0xF3]

    /// Whether a character is not seen itself, but changes how others stand: what sets or overrides the direction of
    /// letters (the direction follows from the letters), marks of a text's beginning and of its parts, tags. Joiners
    /// stay, without which words of Persian and of Indian languages are misspelt.
    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB,
            0xE0000...0xE007F:
            true
        default: false
        }
    }

    private static func trimmed(_ text: String) -> String {
        guard text.utf8.first == 0x20 || text.utf8.last == 0x20 else { return text }
        let start = text.drop { $0 == " " }
        guard let end = start.lastIndex(where: { $0 != " " }) else { return "" }
        return String(start[...end])
    }
}
