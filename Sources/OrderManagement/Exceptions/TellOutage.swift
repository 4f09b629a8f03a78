/// Shows a person that somebody whom jobs ask does not answer, or how that stands by now.
///
/// 1. Opens one exception for each connector; of several, which two processes may have opened, the first stays.
/// 2. Says who it is, since when, by which error, and how many jobs wait for it.
struct TellOutage: Command {
    static let name = "tell-outage"
    let connector: Connector
    let silence: ConnectorWatch.Silence
    /// Jobs that wait for it.
    let waiting: Int64
    /// The exceptions that tell of it already, the oldest first.
    let open: [ExceptionID]

    static let advice =
        "See to it, or wait: its jobs are tried again by themselves, and this is settled with its next answer."
    private static let errorMax = 200

    func needs(_ needs: inout Needs, given work: Work) { for exception in open { needs.exception(exception) } }

    func execute(in work: inout Work) throws -> Reply {
        let told = open.compactMap { work.exception($0) }.filter(\.isOpen)
        guard let first = told.first else {
            let exception = work.open(
                .connectorDown, subject: connector.subject, cause: cause(since: silence.since), owner: "operations",
                suggestion: Self.advice, within: .hours(1))
            work.record(.exceptionOpened) { exception.writeOpening(to: &$0) }
            return Reply(body: "{}")
        }
        // A process that has just started does not know since when.
        work.tell(first, cause: cause(since: min(silence.since, first.openedAt)))
        for other in told.dropFirst() { work.resolve(other, because: "\(first.id) tells of it.") }
        return Reply(body: "{}")
    }

    private func cause(since start: Timestamp) -> String {
        var jobs = waiting == 1 ? "1 job waits" : "\(waiting) jobs wait"
        if waiting == 0 { jobs = "no job waits for it any more: each that was given up is told by a buried_job" }
        return "The \(connector.title) has not answered since \(start): \(silence.calls) calls failed, and \(jobs). "
            + "Last error: \(silence.error.prefix(Self.errorMax))"
    }
}
