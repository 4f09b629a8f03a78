/// Serial numbers of parcels (SSCC) after a backup was put back. What was given out since it was made is on parcels all
/// the same, and stands in no book: these numbers are passed over, as none may be on two parcels.
public struct RestoredSerials: Hashable, Sendable {
    /// The last that is known to have been given.
    public let known: Int64
    /// The last that is passed over.
    public let passed: Int64

    /// A thousandth of a company prefix's numbers, and not less than these: more than are given between two backups,
    /// and so few that a prefix has room for a thousand restores.
    private static let leapMin: Int64 = 100
    private static let share: Int64 = 1_000
    /// Where no prefix is set, it may have been since the backup.
    private static let leapWithoutPrefix: Int64 = 1_000

    /// The last serial number that a database has given; 0 for none.
    public static func last(in db: any Connection) throws -> Int64 { try Counters.load(in: db)[Counters.sscc] ?? 0 }

    /// Passes over what may have been given since a backup was made.
    ///
    /// - Parameter replaced: The last that the database gave in whose place the backup was put; nil where that could
    ///   not be read.
    public static func pass(replaced: Int64?, in db: any Connection) throws -> RestoredSerials {
        let counters = try Counters.load(in: db)
        let packaging = try PackagingStore.load(in: db)
        let most = packaging.companyPrefix.flatMap { SSCC.serialMax(companyPrefix: $0) }
        let leap = most.map { max(leapMin, $0 / share) } ?? leapWithoutPrefix
        let known = max(counters[Counters.sscc] ?? 0, replaced ?? 0)
        let passed = known + leap
        try Counters.save([Counters.sscc: passed], before: counters, in: db)
        return RestoredSerials(known: known, passed: passed)
    }
}
