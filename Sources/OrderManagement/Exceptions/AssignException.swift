/// Says who takes an exception on, or that nobody does any more, and by when it should be settled.
///
/// - Throws: `.notFound`; `.illegalTransition` for one that is resolved; `.invalidInput` for a time that is over.
public struct AssignException: Command {
    public static let name = "assign-exception"
    public let exception: ExceptionID
    /// nil: nobody any more.
    public let assignee: String?
    /// nil: as it was.
    public let due: Timestamp?

    public init(exception: ExceptionID, assignee: String?, due: Timestamp? = nil) {
        self.exception = exception
        self.assignee = assignee
        self.due = due
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.exceptionWithOrder(exception, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var exception = try work.openException(self.exception)
        if let objection = due?.objectionToPlan(at: "/due", now: work.now) { throw Refusal([objection]) }
        exception.assignee = assignee
        exception.due = due ?? exception.due
        work.update(exception)
        let assigned = exception
        let order = work.tell(.exceptionAssigned, of: assigned) {
            $0.member("exception", assigned.id.description)
            $0.member("kind", assigned.kind.rawValue)
            $0.member("assignee", assigned.assignee)
            $0.member("due", assigned.due)
        }
        var json = JSONWriter()
        assigned.write(to: &json, about: order, for: work.principal)
        return Reply(status: 201, body: json.text)
    }
}
