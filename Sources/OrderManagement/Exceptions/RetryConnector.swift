/// Has the jobs that wait for a connector tried now, and not when it would be their turn. Its next answer settles the
/// exception.
///
/// 1. Makes them due now. They begin anew, as a job that was given up does when it is tried again: somebody who presses
///    often while nobody answers neither has them given up nor moves their next try away.
/// 2. Says in the exception when that was, and how many jobs it were.
///
/// Whoever is left alone after a call in vain is so for its few seconds all the same: they are tried after that.
/// - Throws: `.notFound`; `.illegalTransition` for an exception that is resolved, or that is about no connector.
public struct RetryConnector: Command {
    public static let name = "retry-connector"
    public let exception: ExceptionID
    /// Jobs that wait for it, as they were counted before; nil where nobody has.
    private let waiting: Int64?

    public init(exception: ExceptionID) { self.init(exception, waiting: nil) }

    private init(_ exception: ExceptionID, waiting: Int64?) { (self.exception, self.waiting) = (exception, waiting) }

    /// The command that also tells how many jobs it has tried.
    public static func counted(_ exception: ExceptionID, by waybill: OrderManagement) async throws -> Self {
        let now = waybill.clock()
        let waiting = try await waybill.read { db in
            try ExceptionStore.exception(exception, in: db)?.subject.flatMap(Connector.init(subject:))?
                .waiting(at: now, in: db)
        }
        return Self(exception, waiting: waiting)
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.exception(exception) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var exception = try work.openException(self.exception)
        guard exception.kind == .connectorDown, let connector = exception.subject.flatMap(Connector.init(subject:))
        else {
            throw Refusal(
                .illegalTransition,
                "the exception is open and of the kind \(exception.kind.rawValue): no connector is down")
        }
        let now = work.now
        work.write { try connector.renew(at: now, in: $0) }
        exception.suggestion = "\(tried(at: now)) \(TellOutage.advice)"
        work.update(exception)
        let updated = exception
        work.record(.exceptionUpdated) {
            updated.writeUpdate(to: &$0)
            $0.member("retried", true)
            if let waiting { $0.member("jobs", waiting) }
        }
        var json = JSONWriter()
        exception.write(to: &json, for: work.principal)
        return Reply(status: 201, body: json.text)
    }

    private func tried(at now: Timestamp) -> String {
        switch waiting {
        case nil: "All that waits was tried at \(now)."
        case 0?: "At \(now) no job waited that could be tried."
        case 1?: "1 job was tried at \(now)."
        case .some(let count): "\(count) jobs were tried at \(now)."
        }
    }
}
