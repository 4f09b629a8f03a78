/// Places by how their postcodes begin, as tariffs name them: `100` of the United States, `HS`, `LS1` and `LS1 4` of
/// Great Britain.
///
/// In most countries that is what it says: the first characters. British postcodes have parts of different lengths, so
/// that `L1` would begin `L10 8AB` as well, at the other end of the town: there a beginning is a whole part. Letters
/// alone are an area (`L` is Liverpool, and not Leeds, `LS`), letters and digits a district (`L1` is not `L10`; `EC1`
/// is all of `EC1A` to `EC1Y`), and what follows a space is of the inward code: `LS1 4` is a sector, `LS14` a district.
extension Postcode {
    /// Shapes of an outward code, as `shapes`.
    private static let outwardShapes = ["A9", "A99", "AA9", "AA99", "A9A", "AA9A"]
    private static let inwardShapes = ["9", "9A", "9AA"]

    /// Whether postcodes of a country have an outward and an inward code, as British ones.
    static func hasInwardCode(_ country: String) -> Bool { withInwardCode.contains(country) }

    /// Every beginning of a postcode, the longest first.
    public static func beginnings(of postcode: String, in country: String) -> [String] {
        let bare = bare(postcode, in: country)
        guard withInwardCode.contains(country) else {
            return stride(from: bare.count, to: 0, by: -1).map { String(bare.prefix($0)) }
        }
        let (outward, inward) = halves(of: postcode, in: country)
        let sectors = stride(from: inward.count, to: 0, by: -1).map { outward + " " + inward.prefix($0) }
        let letters = outward.prefix { $0.isLetter }
        let rest = outward.dropFirst(letters.count)
        // The last letter of `EC1A` divides a district that is known as `EC1`.
        let district = letters + rest.prefix { $0.isNumber }
        var found = sectors
        for beginning in [outward, String(district), String(letters)] where !beginning.isEmpty {
            if found.last != beginning { found.append(beginning) }
        }
        return found
    }

    /// A beginning as `beginnings` has it: in capitals, and without a space but where it parts a British code.
    public static func beginning(_ text: String, in country: String) -> String {
        guard withInwardCode.contains(country) else { return bare(text, in: country) }
        let (outward, inward) = halves(of: text, in: country)
        return inward.isEmpty ? outward : outward + " " + inward
    }

    /// Why a text is no beginning of a country's postcodes; nil where it is one, or where nothing is known of them.
    public static func objection(toBeginning text: String, in country: String) -> String? {
        let bare = bare(text, in: country)
        guard !bare.isEmpty else { return "is empty" }
        guard withInwardCode.contains(country) else {
            guard let shapes = shapes[country] else { return nil }
            let fits = shapes.contains { $0.count >= bare.count && self.fits(bare, String($0.prefix(bare.count))) }
            return fits ? nil : "\(text) begins no postcode of \(country)"
        }
        let (outward, inward) = halves(of: text, in: country)
        let isArea = (1...2).contains(outward.count) && outward.allSatisfy(\.isLetter) && inward.isEmpty
        let isDistrict = outwardShapes.contains { fits(outward, $0) }
        let isSector = inward.isEmpty || inwardShapes.contains { fits(inward, $0) }
        guard !isArea, !(isDistrict && isSector) else { return nil }
        return "\(text) is neither an area as LS, nor a district as LS1, nor a sector as LS1 4"
    }

    /// The parts of a British postcode, or of its beginning: what stands before the space, or, of a whole one, before
    /// its last three characters.
    private static func halves(of text: String, in country: String) -> (outward: String, inward: String) {
        let bare = bare(text, in: country)
        if shapes[country]?.contains(where: { fits(bare, $0) }) ?? false {
            return (String(bare.dropLast(3)), String(bare.suffix(3)))
        }
        let parts = text.uppercased().split { $0.isWhitespace || $0 == "-" }
        return (parts.first.map(String.init) ?? "", parts.dropFirst().joined())
    }
}
