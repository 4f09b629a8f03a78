/// What the engine did since it was opened: for `/metrics`.
public struct PostgresCounts: Hashable, Sendable {
    /// Times that something was sent and its answer waited for.
    public var roundTrips: Int64 = 0
    /// Statements sent, those that frame transactions included.
    public var statements: Int64 = 0
    /// Bytes of parameters and statement texts.
    public var bytesSent: Int64 = 0
    /// Write transactions committed.
    public var commits: Int64 = 0
    /// Write transactions to be run again: a guard missed, a key was taken, a plan was stale.
    public var retries: Int64 = 0
    public var deadlocks: Int64 = 0
    public var serializationFailures: Int64 = 0
    /// Connections opened, the first ones included.
    public var connections: Int64 = 0
    /// Connections that ended without our doing.
    public var connectionsLost: Int64 = 0
    /// Commits whose answer was lost and that turned out to hold.
    public var commitsFound: Int64 = 0
    /// Commits whose answer was lost and that turned out not to hold: they are run again.
    public var commitsMissing: Int64 = 0

    static func += (sum: inout PostgresCounts, other: PostgresCounts) {
        sum.roundTrips += other.roundTrips
        sum.statements += other.statements
        sum.bytesSent += other.bytesSent
        sum.commits += other.commits
        sum.retries += other.retries
        sum.deadlocks += other.deadlocks
        sum.serializationFailures += other.serializationFailures
        sum.connections += other.connections
        sum.connectionsLost += other.connectionsLost
        sum.commitsFound += other.commitsFound
        sum.commitsMissing += other.commitsMissing
    }
}
