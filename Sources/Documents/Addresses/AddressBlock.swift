public import OrderManagement

/// A person or a place with an address, as documents show it.
public struct Party: Hashable, Sendable {
    public var address: Address
    public var phone: String?

    public init(_ address: Address, phone: String? = nil) {
        self.address = address
        self.phone = phone
    }
}

extension Typesetter {
    /// Sets an address in one size for all its lines, as large as the room allows; name and country in bold.
    /// - Parameters:
    ///   - sender: The country that the parcel comes from; nil when the address is read, not posted.
    ///   - width: Points.
    ///   - height: Points.
    ///   - field: Where the address stands: `recipient`.
    /// - Throws: `DocumentError` naming the part of the address that has no room.
    func address(
        _ address: Address, from sender: String?, _ style: TextStyle, width: Double, height: Double, _ field: String
    ) throws(DocumentError) -> SetText {
        var lines: [(text: String, field: String)] = []
        for line in AddressLayout.lines(address, from: sender) {
            let text = try Printable.text(line.text, "\(field)/\(line.field)")
            if !text.isEmpty { lines.append((text, "\(field)/\(line.field)")) }
        }
        let isFromRight = Self.alignRight(&lines)
        guard let first = lines.first else {
            throw DocumentError(.contradiction, field, "the address is empty; it needs a name, a street and a city")
        }
        let text = lines.map(\.text).joined(separator: "\n")
        do {
            let bold = Self.bold(in: lines)
            var airy = style
            airy.lineSpacing = 0
            // Lines that would have no room below each other are set as close as any.
            for style in isFromRight ? [airy, style] : [style] {
                let set = try fit(clean: text, style, width, height, lines.count * 3, field, bold: bold)
                if let set { return set }
            }
        } catch {
            // A character that no font has: each line by itself says which field it is in.
            for line in lines { _ = try set(line.text, style, line.field) }
            throw error
        }
        let longest = lines.max { $0.text.count < $1.text.count } ?? first
        let millimetres = "\(Int((width * 25.4 / 72).rounded())) × \(Int((height * 25.4 / 72).rounded())) mm"
        throw DocumentError(
            .doesNotFit, longest.field,
            """
            the address has no room in \(millimetres) at \(Figures.plain(style.sizeMin ?? style.size)) pt, the least \
            size; this is its longest line (\(longest.text.count) characters): shorten it
            """)
    }

    /// Lines of an address that is written from right to left begin at the right as well where they are in Latin
    /// letters, as the country is: else the block falls apart. Lines of unlike height are set one below the other (0),
    /// since a part of a low line's height is less than the tails of a high one need.
    /// - Returns: Whether it is written so.
    private static func alignRight(_ lines: inout [(text: String, field: String)]) -> Bool {
        let fromRight = lines.map { isRightToLeft($0.text) }
        guard fromRight.count(where: { $0 }) * 2 > lines.count else { return false }
        for place in lines.indices where !fromRight[place] { lines[place].text = rightToLeftMark + lines[place].text }
        return true
    }

    /// The name and the country, in bytes of the whole text.
    private static func bold(in lines: [(text: String, field: String)]) -> [Range<Int>] {
        var start = 0
        var parts: [Range<Int>] = []
        for line in lines {
            let end = start + line.text.utf8.count
            if line.field.hasSuffix("/name") || line.field.hasSuffix("/country") { parts.append(start..<end) }
            start = end + 1
        }
        return parts
    }
}
