/// What a courier's own words for a parcel's way mean here: `Delivered to neighbour` is `delivered`.
///
/// Words are compared without regard to capitals and to how many spaces part them.
public struct CourierWords: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public let word: String
        /// nil for words that tell nothing of where the parcel is.
        public let status: Parcel.State?

        public init(_ word: String, _ status: Parcel.State?) { (self.word, self.status) = (word, status) }
    }

    public enum Meaning: Hashable, Sendable {
        case state(Parcel.State)
        case nothing
        case unknown
    }

    public let entries: [Entry]
    private let meanings: [String: Meaning]

    public static let countMax = 500
    public static let lengthMax = 200
    /// What a courier can tell of.
    public static let states = Parcel.State.allCases.filter { $0.news != nil }

    /// - Parameter entries: Of words that are there twice the first one counts.
    public init(_ entries: [Entry] = []) {
        self.entries = entries
        meanings = Dictionary(
            entries.map { (Self.plain($0.word), $0.status.map { .state($0) } ?? .nothing) },
            uniquingKeysWith: { first, _ in first })
    }

    public func meaning(of word: String) -> Meaning { meanings[Self.plain(word)] ?? .unknown }

    /// A word as it is compared.
    public static func plain(_ word: String) -> String {
        word.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    func write(to json: inout JSONWriter) {
        guard !entries.isEmpty else { return }
        json.array("words") { list in
            for entry in entries {
                list.object {
                    $0.member("word", entry.word)
                    $0.member("status", entry.status?.rawValue)
                }
            }
        }
    }

    init(stored json: JSON?) throws {
        self.init(
            try (json?.array ?? []).map { entry in
                let name = entry["status"]?.string
                let status = name.flatMap { Parcel.State(rawValue: $0) }
                guard (name == nil) == (status == nil) else {
                    throw BrokenInvariant("a courier's word means \(name ?? "nothing"), which is no state")
                }
                return Entry(try entry.text("word"), status)
            })
    }
}
