/// Has the jobs that wait for a connector tried now, and not when it would be their turn. Its next answer settles the
/// exception.
///
/// - Throws: `.notFound`; `.illegalTransition` for an exception that is resolved, or that is about no connector.
public struct RetryConnector: Command {
    public static let name = "retry-connector"
    public let exception: ExceptionID

    public init(exception: ExceptionID) { self.exception = exception }

    public func needs(_ needs: inout Needs, given work: Work) { needs.exception(exception) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        let exception = try work.openException(self.exception)
        guard exception.kind == .connectorDown, let connector = exception.subject.flatMap(Connector.init(subject:))
        else {
            throw Refusal(
                .illegalTransition,
                "the exception is open and of the kind \(exception.kind.rawValue): no connector is down")
        }
        let now = work.now
        work.write { try connector.hurry(at: now, in: $0) }
        work.record(.exceptionUpdated) {
            exception.writeUpdate(to: &$0)
            $0.member("retried", true)
        }
        var json = JSONWriter()
        exception.write(to: &json, for: work.principal)
        return Reply(status: 201, body: json.text)
    }
}
