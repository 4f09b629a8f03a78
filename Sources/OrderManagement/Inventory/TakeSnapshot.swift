/// Takes in a stock feed: what a location says is on its shelves.
///
/// 1. Refuses a feed older than the last one, or older than the ledger is looked through for.
/// 2. Per SKU: the difference to what is on hand here is counted up or down; what moved here after the feed was
///    taken is added back first.
/// 3. `full`: SKUs that the feed lacks are reported and left; `nonzero`: they are counted to zero; `delta`: only those
///    named.
///
/// - Throws: `.snapshotStale`; `.unknownLocation`; `.unknownSKU`.
public struct TakeSnapshot: Command {
    public static let name = "take-snapshot"
    public enum Mode: String, CaseIterable, Sendable { case full, nonzero, delta }

    public struct Line: Hashable, Sendable {
        public let sku: String
        public let onHand: Int64
        public init(sku: String, onHand: Int64) {
            self.sku = sku
            self.onHand = onHand
        }
    }

    /// What the location has, and what moved there since the feed was taken, by SKU.
    struct Known: Hashable {
        var skus: [String] = []
        var movedSince: [String: Int64] = [:]
    }

    public static let linesMax = 50_000
    /// How old a feed may be: everything that has moved since is looked at.
    public static let ageMax = Seconds.days(31)
    public let location: String
    public let mode: Mode
    public let takenAt: Timestamp
    public let reference: String
    public let lines: [Line]

    public init(location: String, mode: Mode, takenAt: Timestamp, reference: String, lines: [Line]) {
        self.location = location
        self.mode = mode
        self.takenAt = takenAt
        self.reference = reference
        self.lines = lines
    }

    /// Alone, since what it needs to know of the location is not kept up to date within a group.
    public static var isAlone: Bool { true }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.snapshot(location)
        // What would be refused for its age is not looked into: everybody waits meanwhile.
        if objectionToAge(at: work.now) == nil { needs.known(at: location, since: takenAt) }
        let known = work.known(at: location)
        for sku in lines.map(\.sku) + (mode == .nonzero ? known.skus : []) {
            needs.item(sku)
            needs.stock(sku)
            needs.backorders(sku)
        }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockWrite)
        guard work.configuration.locations[location] != nil, work.principal.sees(location: location) else {
            throw Refusal([.init("/location", .unknownLocation, "there is no location \(location)")])
        }
        try check(in: work)
        var changed = 0
        var named = Set<String>()
        for line in lines {
            named.insert(line.sku)
            changed += try settle(line.sku, to: line.onHand, in: &work) ? 1 : 0
        }
        let missing = work.known(at: location).skus.filter { !named.contains($0) }
        if mode == .nonzero { for sku in missing { changed += try settle(sku, to: 0, in: &work) ? 1 : 0 } }
        work.put(StockSnapshot(location: location, takenAt: takenAt, reference: reference))
        work.record(.stockSnapshotTaken) {
            $0.member("location", location)
            $0.member("mode", mode.rawValue)
            $0.member("reference", reference)
            $0.member("lines", lines.count)
            $0.member("changed", changed)
        }
        // A delta says nothing of what it does not name.
        return reply(changed: changed, missing: mode == .delta ? [] : missing)
    }

    /// What is wrong with its time.
    private func objection(in work: Work) -> Refusal.Detail? {
        if let last = work.snapshot(of: location), takenAt <= last.takenAt {
            return .init(
                "/taken_at", .snapshotStale,
                "\(location) gave a feed taken at \(last.takenAt) (\(last.reference)): one of \(takenAt) is not newer")
        }
        return objectionToAge(at: work.now)
    }

    private func objectionToAge(at now: Timestamp) -> Refusal.Detail? {
        if takenAt > now + .minutes(5) {
            return .init("/taken_at", .invalidInput, "a feed cannot be taken in the future")
        }
        guard now - takenAt > Self.ageMax else { return nil }
        return .init(
            "/taken_at", .snapshotStale,
            "a feed of \(takenAt) is older than \(Self.ageMax.count / 86_400) days: count what is there now")
    }

    private func check(in work: Work) throws(Refusal) {
        var wrong = objection(in: work).map { [$0] } ?? []
        wrong += work.objections(toLinesOf: lines.map(\.sku), in: "feed")
        if !wrong.isEmpty { throw Refusal(wrong) }
    }

    /// - Returns: Whether something had to be counted.
    private func settle(_ sku: String, to onHand: Int64, in work: inout Work) throws -> Bool {
        let level = work.level(of: sku, at: location)
        let counted = max(0, onHand + (work.known(at: location).movedSince[sku] ?? 0))
        let difference = counted - (level.onHand - level.quarantined)
        guard difference != 0 else { return false }
        try work.count(
            difference > 0 ? .countUp : .countDown, abs(difference), of: sku, at: location, reference: reference)
        return true
    }

    private func reply(changed: Int, missing: [String]) -> Reply {
        var json = JSONWriter()
        json.object {
            $0.member("location", location)
            $0.member("mode", mode.rawValue)
            $0.member("reference", reference)
            $0.member("lines", lines.count)
            $0.member("changed", changed)
            $0.array("missing") { list in for sku in missing.prefix(1_000) { list.value(sku) } }
        }
        return Reply(status: 201, body: json.text)
    }
}
