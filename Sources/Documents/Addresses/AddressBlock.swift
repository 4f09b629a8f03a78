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

/// What of an address gives way to `…` where it has no room: of one by which nothing is delivered anything may.
enum AddressCut { case nothing, name, anything }

extension Typesetter {
    /// Sets an address in one size for all its lines, as large as the room allows; name and country in bold.
    /// - Parameters:
    ///   - sender: The country that the parcel comes from; nil when the address is read, not posted.
    ///   - width: Points.
    ///   - height: Points.
    ///   - cut: What may be cut at the least size, rather than that nothing is printed.
    ///   - field: Where the address stands: `recipient`.
    /// - Throws: `DocumentError` naming the part of the address that has no room.
    func address(
        _ address: Address, from sender: String?, _ style: TextStyle, width: Double, height: Double,
        cut: AddressCut = .nothing, _ field: String
    ) throws(DocumentError) -> SetText {
        var lines: [AddressText] = []
        for line in AddressLayout.lines(address, from: sender) {
            let text = try Printable.text(line.text, "\(field)/\(line.field)")
            if !text.isEmpty { lines.append((text, "\(field)/\(line.field)")) }
        }
        let isFromRight = Self.alignRight(&lines)
        guard let first = lines.first else {
            throw DocumentError(.contradiction, field, "the address is empty; it needs a name, a street and a city")
        }
        do {
            var airy = style
            airy.lineSpacing = 0
            // Lines that would have no room below each other are set as close as any.
            for style in isFromRight ? [airy, style] : [style] {
                if let set = try fit(lines, style, width, height, field) { return set }
            }
            if let set = try fit(lines, style, width, height, cut, field) { return set }
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

    private typealias AddressText = (text: String, field: String)

    private func fit(
        _ lines: [AddressText], _ style: TextStyle, _ width: Double, _ height: Double, _ field: String
    ) throws(DocumentError) -> SetText? {
        try fit(
            clean: lines.map(\.text).joined(separator: "\n"), style, width, height, lines.count * 3, field,
            bold: Self.bold(in: lines))
    }

    /// Letters that a line is not cut below.
    private static let leastLine = 16

    /// Cuts the longest line, again and again, until all have room; where that is not enough, the street's lines stand
    /// in one.
    /// - Returns: nil where nothing may be cut, or it does not help.
    private func fit(
        _ lines: [AddressText], _ style: TextStyle, _ width: Double, _ height: Double, _ cut: AddressCut,
        _ field: String
    ) throws(DocumentError) -> SetText? {
        guard cut != .nothing else { return nil }
        var least = style
        least.size = style.sizeMin ?? style.size
        for lines in [lines, cut == .anything ? Self.joined(lines) : []] where !lines.isEmpty {
            var lines = lines
            while true {
                if let set = try fit(lines, least, width, height, field) { return set }
                let mayBeCut = lines.indices.filter {
                    lines[$0].text.count > Self.leastLine && (cut == .anything || lines[$0].field.hasSuffix("/name"))
                }
                guard let longest = mayBeCut.max(by: { lines[$0].text.count < lines[$1].text.count }) else { break }
                let text = lines[longest].text
                var kept = text.prefix(max(Self.leastLine - 1, text.count * 4 / 5))
                while kept.last == " " { kept.removeLast() }
                lines[longest].text = kept + "…"
            }
        }
        return nil
    }

    /// The lines of the street in one.
    private static func joined(_ lines: [AddressText]) -> [AddressText] {
        lines.reduce(into: []) { joined, line in
            if line.field.contains("/lines/"), let last = joined.last, last.field.contains("/lines/") {
                joined[joined.count - 1].text += ", " + line.text
            } else {
                joined.append(line)
            }
        }
    }

    /// Lines of an address that is written from right to left begin at the right as well where they are in Latin
    /// letters, as the country is: else the block falls apart. Lines of unlike height are set one below the other (0),
    /// since a part of a low line's height is less than the tails of a high one need.
    /// - Returns: Whether it is written so.
    private static func alignRight(_ lines: inout [AddressText]) -> Bool {
        let fromRight = lines.map { isRightToLeft($0.text) }
        guard fromRight.count(where: { $0 }) * 2 > lines.count else { return false }
        for place in lines.indices where !fromRight[place] { lines[place].text = rightToLeftMark + lines[place].text }
        return true
    }

    /// The name and the country, in bytes of the whole text.
    private static func bold(in lines: [AddressText]) -> [Range<Int>] {
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
