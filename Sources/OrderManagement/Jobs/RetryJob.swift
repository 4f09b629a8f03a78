/// Has a job that was given up tried again, as if it were new: somebody has seen to the cause.
///
/// 1. Makes the job due now, with all its attempts before it.
/// 2. Resolves the exception that showed it, if a person has not done so.
///
/// What the job asks of others it asks by the same id as before, so that nothing is done twice.
/// - Throws: `.notFound`; `.illegalTransition` for a job that was not given up.
public struct RetryJob: Command {
    public static let name = "retry-job"
    public let job: JobID

    public init(job: JobID) { self.job = job }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        if let exception = work.anyJob(job)?.exception { needs.exceptionWithOrder(exception, given: work) }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.admin)
        guard var job = work.anyJob(self.job) else { throw Refusal(.notFound, "there is no job \(self.job)") }
        guard job.state == .buried else {
            throw Refusal(
                .illegalTransition,
                "the job \(job.id) is \(job.state.rawValue) for its next try at \(job.due): it was not given up")
        }
        let exception = job.exception
        (job.state, job.attempts, job.due, job.exception) = (.waiting, 0, work.now, nil)
        let (id, now) = (job.id, work.now)
        work.write { try JobQueue.revive(id, due: now, in: $0) }
        if let exception, let shown = work.exception(exception), shown.isOpen {
            let resolved = work.resolve(shown, "The job is tried again.")
            _ = work.tell(.exceptionResolved, of: resolved) {
                resolved.writeResolution(to: &$0)
                $0.member("job", id.description)
            }
        }
        var json = JSONWriter()
        job.write(to: &json)
        return Reply(status: 201, body: json.text)
    }
}
