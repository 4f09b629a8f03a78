/// What a courier's own words for a parcel's way mean here: `Delivered to neighbour` is `delivered`.
///
/// Words are compared without regard to capitals and to how many spaces part them.
public struct CourierWords: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public let word: String
        /// nil for words that tell nothing of where the parcel is.
        public let status: Parcel.State?
        /// Whether the parcel is at its sender's door again, and not only on its way there.
        public let isBack: Bool

        public init(_ word: String, _ status: Parcel.State?) {
            (self.word, self.status, isBack) = (word, status, false)
        }

        /// A word for what was delivered to its sender.
        public init(broughtBack word: String) { (self.word, status, isBack) = (word, .returnedToSender, true) }

        /// As a table of words has it; nil for words that tell nothing.
        var meaning: String? { isBack ? CourierWords.broughtBack : status?.rawValue }
    }

    public enum Meaning: Hashable, Sendable {
        case state(Parcel.State)
        /// It came back to its sender, and is there: many couriers call that delivered as well.
        case broughtBack
        case nothing
        case unknown
    }

    /// What a table of words calls what is back at its sender's door.
    public static let broughtBack = "brought_back"

    public let entries: [Entry]
    private let meanings: [String: Meaning]

    public static let countMax = 500
    public static let lengthMax = 200
    /// What a courier can tell of.
    public static let states = Parcel.State.allCases.filter { $0.news != nil }
    /// What words can mean, besides nothing.
    public static let meanings = states.map(\.rawValue) + [broughtBack]

    /// - Parameter entries: Of words that are there twice the first one counts.
    public init(_ entries: [Entry] = []) {
        self.entries = entries
        meanings = Dictionary(
            entries.map {
                (Self.plain($0.word), $0.isBack ? .broughtBack : $0.status.map { .state($0) } ?? .nothing)
            },
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
                    $0.member("status", entry.meaning)
                }
            }
        }
    }

    init(stored json: JSON?) throws {
        self.init(
            try (json?.array ?? []).map { entry in
                let name = entry["status"]?.string
                if name == Self.broughtBack { return Entry(broughtBack: try entry.text("word")) }
                let status = name.flatMap { Parcel.State(rawValue: $0) }
                guard (name == nil) == (status == nil) else {
                    throw BrokenInvariant("a courier's word means \(name ?? "nothing"), which is no state")
                }
                return Entry(try entry.text("word"), status)
            })
    }
}
