/// What couriers and people have told of a parcel: of each state the last time that it was told. Where a sent parcel is
/// follows from that alone, whatever came first (`docs/decisions/0032-news-are-a-set.md`).
public struct ParcelNews: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        /// When it happened, by the clock of whoever told it.
        public let at: Timestamp
        /// In their words.
        public let words: String?
        /// It was not so: neither this nor what is older counts.
        public var isWrong = false
    }

    /// Something that a courier told: it is part of the parcel's story, whether it moved the parcel or came late.
    public struct Scan: Hashable, Sendable {
        public let state: Parcel.State
        /// When it happened, by the courier's clock.
        public let at: Timestamp
        /// In the courier's words.
        public let words: String?

        private var step: Int { Parcel.State.allCases.firstIndex(of: state) ?? 0 }
        fileprivate func isBefore(_ other: Self) -> Bool { (at, step) < (other.at, other.step) }

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("status", state.rawValue)
                $0.member("at", at)
                $0.member("event", words)
            }
        }
    }

    /// Scans that are kept: the newest of them.
    public static let scansMax = 60

    /// All that was told, each thing once, in the order in which it happened.
    public private(set) var scans: [Scan] = []
    private var entries: [Parcel.State: Entry] = [:]
    /// What was told under its number while another parcel bore it as well, and nobody has said yet of which it was.
    private var unclear: [Parcel.State: Entry] = [:]
    /// Of what that may be, itself among them; nothing where it was kept before they were.
    private(set) var bearers: [NumberBearer] = []
    /// A person has said that what is told under its number is of another parcel.
    public internal(set) var isOthers = false
    /// When it was handed over, by our own clock; nil before, and for what was sent before this was kept.
    public internal(set) var sentAt: Timestamp?
    /// As what it was counted among its courier's parcels; nil for not at all.
    public internal(set) var counted: CountedWay?

    public init() {}

    /// What was told of a state, and counts.
    public func entry(_ state: Parcel.State) -> Entry? { entries[state].flatMap { $0.isWrong ? nil : $0 } }

    /// When a state was told last; nil where it was not, or wrongly.
    public subscript(state: Parcel.State) -> Timestamp? { entry(state)?.at }

    /// When the newest of them happened.
    public var newestAt: Timestamp? { entries.values.map(\.at).max() }

    public var isEmpty: Bool { entries.isEmpty }

    /// Since when its courier has had it: from the hand-over on, or from a scan before that, where it was recorded
    /// late; any scan but that it was handed over, which some couriers tell of the label.
    var leftAt: Timestamp? {
        guard let sentAt else { return nil }
        return scans.first { $0.state != .handedOver }.map { min($0.at, sentAt) } ?? sentAt
    }

    /// Whether just that was told before, though it may have moved nothing.
    func knows(_ state: Parcel.State, at moment: Timestamp) -> Bool {
        scans.contains { $0.state == state && $0.at == moment }
    }

    /// Takes in what was told. - Returns: Whether that is new.
    mutating func take(_ state: Parcel.State, at moment: Timestamp, words: String? = nil) -> Bool {
        keep(Scan(state: state, at: moment, words: words))
        if let known = entries[state], known.at >= moment { return false }
        entries[state] = Entry(at: moment, words: words)
        return true
    }

    /// The story is the same in whatever order it is told.
    private mutating func keep(_ scan: Scan) {
        guard !knows(scan.state, at: scan.at) else { return }
        scans.insert(scan, at: scans.firstIndex { scan.isBefore($0) } ?? scans.endIndex)
        if scans.count > Self.scansMax { scans.removeFirst() }
    }

    /// Takes in what was told under the same number elsewhere: of each state the last time counts.
    mutating func merge(_ others: Self) {
        for (state, entry) in others.entries where entries[state].map({ $0.at < entry.at }) ?? true {
            entries[state] = entry
        }
        for (state, entry) in others.unclear where unclear[state].map({ $0.at < entry.at }) ?? true {
            unclear[state] = entry
        }
        bearers += others.bearers.filter { !bearers.contains($0) }
        counted = counted ?? others.counted
        sentAt = sentAt ?? others.sentAt
        for scan in others.scans { keep(scan) }
    }

    /// Whether something was told under its number that may be of another parcel.
    public var isUnclear: Bool { !unclear.isEmpty }

    /// Keeps what may be of it, or of another parcel. - Returns: Whether that is new.
    mutating func keepUnclear(
        _ state: Parcel.State, at moment: Timestamp, words: String?, among bearers: [NumberBearer]
    ) -> Bool {
        self.bearers += bearers.filter { !self.bearers.contains($0) }
        if let known = unclear[state], known.at >= moment { return false }
        unclear[state] = Entry(at: moment, words: words)
        return true
    }

    /// What was unclear, in the order in which it happened; it is so no more.
    mutating func takeUnclear() -> [(state: Parcel.State, told: Entry)] {
        defer { (unclear, bearers) = ([:], []) }
        return unclear.sorted { ($0.value.at, $0.key.rawValue) < ($1.value.at, $1.key.rawValue) }
            .map { ($0.key, $0.value) }
    }

    /// A person says so, whatever a courier told of the same before.
    mutating func rule(_ state: Parcel.State, at moment: Timestamp) {
        entries[state] = Entry(at: max(moment, entries[state]?.at ?? moment), words: nil)
    }

    /// What was told of a state was not so.
    mutating func refute(_ state: Parcel.State) { entries[state]?.isWrong = true }

    // MARK: What follows

    /// Where a sent parcel is: at the end of its way, if one was told; else on it.
    public var state: Parcel.State { end ?? way }

    /// Of delivered and returned the newer one holds; lost is what was not delivered since it last came back, unless
    /// that was later. Of one moment the later step counts.
    private var end: Parcel.State? {
        let (delivered, returned, lost) = (self[.delivered], self[.returnedToSender], self[.lost])
        if let delivered, returned.map({ delivered >= $0 }) ?? true { return .delivered }
        if let lost, returned.map({ lost >= $0 }) ?? true { return .lost }
        return returned == nil ? nil : .returnedToSender
    }

    /// The farthest step since the last trouble; trouble where nothing was told since.
    private var way: Parcel.State {
        let trouble = self[.exception]
        func isSince(_ state: Parcel.State) -> Bool {
            guard let at = self[state] else { return false }
            return trouble.map { at > $0 } ?? true
        }
        if isSince(.outForDelivery) { return .outForDelivery }
        if isSince(.inTransit) { return .inTransit }
        return trouble == nil || isSince(.handedOver) ? .handedOver : .exception
    }

    /// Whether its courier has told that it was lost after it was delivered: one of both is not so.
    public var isDisputed: Bool {
        guard state == .delivered, let delivered = self[.delivered], let lost = self[.lost] else { return false }
        return lost > delivered
    }

    /// Whether they prove that its courier has it.
    public var showsDeparture: Bool {
        Parcel.State.allCases.contains { $0 != .handedOver && self[$0] != nil }
    }

    /// Whether they tell of an end of its way.
    public var showsEnd: Bool { end != nil }

    /// What something did that they did not hold before.
    ///
    /// - Parameter present: Where the parcel was by those before; nil for nowhere.
    func outcome(
        of status: Parcel.State, at moment: Timestamp, since before: Self, from present: Parcel.State?
    ) -> RecordTracking.Outcome {
        if state != present { return .moved }
        if isDisputed, !before.isDisputed { return .disputed }
        if state == status { return .repeated }
        return self[state].map { moment < $0 } ?? false ? .late : .passed
    }

    // MARK: Storing

    /// nil where nothing was told.
    var text: String? {
        guard self != ParcelNews() else { return nil }
        var json = JSONWriter(reservingCapacity: 128)
        store(in: &json)
        return json.text
    }

    func store(in json: inout JSONWriter) {
        json.object {
            Self.store(entries, as: "told", in: &$0)
            // Also where there are none: what people have said is no scan, and would be read as one without the list.
            $0.array("scans") { list in
                for scan in scans {
                    list.object {
                        $0.member("state", scan.state.rawValue)
                        $0.member("at", scan.at.milliseconds)
                        if let words = scan.words { $0.member("words", words) }
                    }
                }
            }
            if !unclear.isEmpty { Self.store(unclear, as: "unclear", in: &$0) }
            if !bearers.isEmpty { $0.array("bearers") { list in for bearer in bearers { bearer.write(to: &list) } } }
            if isOthers { $0.member("others", true) }
            if let sentAt { $0.member("sent", sentAt.milliseconds) }
            counted?.store(in: &$0)
        }
    }

    private static func store(_ entries: [Parcel.State: Entry], as name: String, in json: inout JSONWriter) {
        json.object(name) { told in
            for state in Parcel.State.allCases {
                guard let entry = entries[state] else { continue }
                told.object(state.rawValue) {
                    $0.member("at", entry.at.milliseconds)
                    if let words = entry.words { $0.member("words", words) }
                    if entry.isWrong { $0.member("wrong", true) }
                }
            }
        }
    }

    private static func entries(stored json: JSON?) throws -> [Parcel.State: Entry] {
        var entries: [Parcel.State: Entry] = [:]
        for state in Parcel.State.allCases {
            guard let entry = json?[state.rawValue] else { continue }
            entries[state] = Entry(
                at: Timestamp(milliseconds: try entry.integer("at")), words: entry["words"]?.string,
                isWrong: entry["wrong"]?.bool ?? false)
        }
        return entries
    }

    init(stored json: JSON) throws {
        entries = try Self.entries(stored: json["told"])
        if let stored = json["scans"]?.array {
            scans = try stored.map {
                Scan(
                    state: try $0.word("state"), at: Timestamp(milliseconds: try $0.integer("at")),
                    words: $0["words"]?.string)
            }
        } else {
            // Of before all were kept: the last of each kind.
            for (state, entry) in entries { keep(Scan(state: state, at: entry.at, words: entry.words)) }
        }
        unclear = try Self.entries(stored: json["unclear"])
        bearers = try (json["bearers"]?.array ?? []).map(NumberBearer.init(stored:))
        isOthers = json["others"]?.bool ?? false
        sentAt = (json["sent"]?.integer).map { Timestamp(milliseconds: $0) }
        counted = CountedWay(stored: json)
    }

    /// - Parameter json: The only news that is known: its state, when it happened, and the courier's words.
    init(storedWay json: JSON) throws {
        entries[try json.word("state")] = Entry(
            at: Timestamp(milliseconds: try json.integer("news_at")), words: json["event"]?.string)
    }
}

extension Parcel.State {
    /// The states through which a parcel comes from here to another one, that one last. Where news show only later that
    /// there was trouble, or that it was on its way back, in between, that is told as well.
    func way(to end: Self) -> [Self] {
        let next = Set(exits.values)
        if next.contains(end) { return [end] }
        let between: [Self] = [.exception, .returnedToSender]
        let step = between.first { next.contains($0) && $0.exits.values.contains(end) }
        return (step.map { [$0] } ?? []) + [end]
    }
}
