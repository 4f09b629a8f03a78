/// Codes that addresses, files and rules name things by: of locations, channels, couriers.
public enum PlainCode {
    public static let charactersMax = 64

    /// Why a text is no such code, as what follows "the code …"; nil for one that is.
    public static func objection(to code: String) -> String? {
        guard code.wholeMatch(of: /[A-Za-z0-9._-]*/) == nil else { return nil }
        return "may have letters (A to Z), digits, -, _ and . only, such as \(mended(code))"
    }

    /// A code that is like one, and allowed.
    private static func mended(_ code: String) -> String {
        let text = code.replacing(/[^A-Za-z0-9._-]+/, with: "-")
        return text.contains(where: \.isLetter) ? text : "LONDON-1"
    }
}
