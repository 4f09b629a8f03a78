/// Shows a person what the doctor found: books that contradict each other.
///
/// 1. Opens one exception for all of it, or says in the open one what is found by now.
/// 2. Names how many contradictions there are, and the first places.
/// 3. Where the books hold, settles what the doctor has told before; a person can have them checked, too.
public struct TellContradictions: Command {
    public static let name = "tell-contradictions"
    /// What exceptions that the doctor has opened are about.
    static let subject = "doctor"
    /// Contradictions that the exception names.
    private static let namedMax = 3

    private let count: Int64
    private let named: [Doctor.Finding]
    /// The exceptions that tell of it already, the oldest first.
    private let open: [ExceptionID]

    private init(_ report: Doctor.Report, open: [ExceptionID]) {
        count = report.count
        named = Array(report.findings.prefix(Self.namedMax))
        self.open = open
    }

    /// What came of it.
    public enum Outcome: Sendable {
        case opened(ExceptionID)
        /// The books hold: what told otherwise is settled.
        case settled([ExceptionID])
    }

    /// Examines the books as they are, and has a person told what contradicts; where they hold, settles what the doctor
    /// has told before.
    public static func examine(_ waybill: OrderManagement) async throws -> Outcome {
        let (report, open) = try await waybill.read { db in
            (try Doctor.examine(in: db), try ExceptionStore.open(.brokenInvariant, about: subject, in: db))
        }
        guard !report.isClean else {
            if !open.isEmpty { _ = try await waybill.perform(TellContradictions(report, open: open), as: .system) }
            return .settled(open)
        }
        let reply = try await waybill.perform(TellContradictions(report, open: open), as: .system)
        guard let id = try JSON.parse(reply.body)["id"]?.string.flatMap({ ExceptionID($0) }) else {
            throw BrokenInvariant("the exception that tells of contradictions has no id")
        }
        return .opened(id)
    }

    /// Whether the doctor has told a person of contradictions that nobody has settled.
    public static func isOpen(in db: any Connection) throws -> Bool {
        try !ExceptionStore.open(.brokenInvariant, about: subject, in: db).isEmpty
    }

    /// How an alarm is settled that was found to be over.
    public static let cleanResolution = "All books were checked: none contradicts another."

    public func needs(_ needs: inout Needs, given work: Work) { for exception in open { needs.exception(exception) } }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.admin)
        guard count > 0 else {
            for exception in open.compactMap({ work.exception($0) }) where exception.isOpen {
                work.resolve(exception, because: Self.cleanResolution)
            }
            return Reply(body: "{}")
        }
        var shown = open.compactMap { work.exception($0) }.first { $0.isOpen }
        if shown == nil {
            let new = work.open(
                .brokenInvariant, subject: Self.subject, cause: cause, owner: "operations",
                suggestion: "Run `waybill doctor`, which names all of them with their places; correct what is wrong, "
                    + "then check the books.")
            work.record(.exceptionOpened) { new.writeOpening(to: &$0) }
            shown = new
        } else if let known = shown, known.cause != cause {
            shown = work.tell(known, cause: cause)
        }
        var json = JSONWriter()
        shown?.write(to: &json, for: work.principal)
        return Reply(status: 201, body: json.text)
    }

    private var cause: String {
        let places = named.map { "\($0.book.rawValue) of \($0.subject): expected \($0.expected), found \($0.found)" }
        let more = count > Int64(named.count) ? "; …" : ""
        return "The doctor found \(count) \(count == 1 ? "contradiction" : "contradictions"): "
            + String(places.joined(separator: "; ").prefix(600)) + more
    }
}
