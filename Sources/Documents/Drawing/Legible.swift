/// Texts that are printed whatever is in them: what no font has, and what is no text, is seen to be missing.
///
/// Meant for what nobody at the printer can mend, such as names of goods and of customers. Everything else is refused
/// by its field instead.
public enum Legible {
    /// - Returns: The text with `□` in place of each sign that cannot be printed; the same text where all can be.
    public static func text(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isDoubtful) else { return text }
        do { return try Typesetter().legible(text) } catch { return text }  // without fonts nothing is printed at all
    }

    /// Latin letters and what stands between them are in every font.
    private static func isDoubtful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20..<0x7F, 0xA0..<0x180: false
        default: true
        }
    }
}

extension Typesetter {
    fileprivate func legible(_ text: String) -> String {
        let missing = Set(text.unicodeScalars.filter { !isPrinted($0) })
        guard !missing.isEmpty else { return text }
        let sign: Unicode.Scalar = isPrinted("□") ? "□" : "?"
        var plain = String.UnicodeScalarView()
        for character in text {
            // A sign of several characters, as a flag or a family, is missing as a whole; a letter keeps what is known.
            let known = character.unicodeScalars.filter { !missing.contains($0) }
            if known.count == character.unicodeScalars.count {
                plain.append(contentsOf: known)
            } else if let first = known.first, first.properties.isAlphabetic {
                plain.append(contentsOf: known)
                plain.append(sign)
            } else {
                plain.append(sign)
            }
        }
        return String(plain)
    }

    private func isPrinted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x85, 0x2028, 0x2029: return true  // printed as a space
        case 0..<0x20, 0x7F..<0xA0: return false
        default: return hasGlyphs(String(Character(scalar)))
        }
    }
}
