/// Postpones jobs that met somebody who is left alone for a while: nobody was asked, and no attempt is used up.
///
/// 1. Those that met it, and what else falls due before that: one commit, and not one for each of them.
struct AwaitConnector: Command {
    static let name = "await-connector"
    let connector: Connector
    /// Those that met it.
    let jobs: [JobID]
    let until: Timestamp
    let reason: String

    func execute(in work: inout Work) throws -> Reply {
        let (connector, jobs, until, reason) = (connector, jobs, until, reason)
        work.write { db in
            try JobQueue.leave(jobs, until: until, because: reason, in: db)
            try connector.leave(until: until, because: reason, in: db)
        }
        return Reply(body: "{}")
    }
}
