/// Ends a job that did its work by other commands.
struct FinishJob: Command {
    static let name = "finish-job"
    let job: JobID
    /// What is still to be done, as a job of its own.
    let followUp: (kind: JobKind, payload: String)?

    func needs(_ needs: inout Needs, given work: Work) { needs.job(job) }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        if let followUp { work.enqueue(followUp.kind, payload: followUp.payload, due: work.now) }
        return Reply(body: "{}")
    }
}

/// Notes that a job failed: it is tried again later, or buried and shown to a person.
struct FailJob: Command {
    static let name = "fail-job"
    let job: JobID
    let error: String
    /// The message that it is to send.
    let message: MessageID?

    init(job: JobID, error: String, message: MessageID?) {
        (self.job, self.error, self.message) = (job, error, message)
    }

    init(_ job: Job, because error: String) {
        self.init(job: job.id, error: error, message: job.kind == .sendMessage ? MessageID(job.payload) : nil)
    }

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        guard let message else { return }
        needs.message(message)
        if work.job(job)?.isLastTry == true { needs.givingUp(message, given: work) }
    }

    func execute(in work: inout Work) throws -> Reply {
        var job = try work.waiting(self.job)
        guard job.fail(because: error, isFinal: false, in: &work) else { return Reply(body: "{}") }
        // What nobody will send any more may be sent again.
        guard let id = message, var message = work.message(id), message.state == .queued else {
            job.bury(in: &work)
            return Reply(body: "{}")
        }
        message.changedAt = work.now
        message.attempts += 1
        work.giveUp(&message, job, because: job.lastError ?? error)
        work.update(message)
        return Reply(body: "{}")
    }
}

extension Job {
    /// Longest part of an error that an exception repeats.
    static let causeMax = 200

    /// Whether it is given up when it fails once more.
    var isLastTry: Bool { attempts + 1 >= attemptsMax }

    /// Notes a failure, and has the job tried again later: not after many of them, nor where that is no use.
    /// - Returns: Whether it is to be given up: the caller buries it.
    mutating func fail(because error: String, isFinal: Bool, in work: inout Work) -> Bool {
        attempts += 1
        lastError = String(error.prefix(500))
        guard isFinal || attempts >= attemptsMax else {
            due = work.now + Job.backOff(after: attempts)
            work.postpone(self)
            return false
        }
        return true
    }

    /// Gives the job up and shows it to a person.
    func bury(in work: inout Work) {
        let exception = shown(in: &work)
        work.record(.exceptionOpened) { write(exception, to: &$0) }
    }

    /// The same, on its order.
    func bury(on order: inout Order, in work: inout Work) {
        let exception = shown(in: &work)
        order.exceptions.append(exception)
        work.record(.exceptionOpened, on: &order) { write(exception, to: &$0) }
    }

    /// What is told of the exception that shows it.
    private func write(_ exception: OrderException, to json: inout JSONWriter) {
        exception.writeOpening(to: &json)
        json.member("job", id.description)
    }

    private func shown(in work: inout Work) -> OrderException {
        let exception = work.open(
            .buriedJob, order: order, subject: id.description,
            cause: "The job \(kind.rawValue) failed \(attempts) times: \((lastError ?? "").prefix(Self.causeMax))",
            owner: "operations",
            suggestion: kind == .sendMessage
                ? "Send the message to another address that the customer has, or again once its cause is seen to."
                : "See to its cause, then have it tried again, or settle it by hand.")
        var buried = self
        buried.exception = exception.id
        work.bury(buried)
        return exception
    }
}
