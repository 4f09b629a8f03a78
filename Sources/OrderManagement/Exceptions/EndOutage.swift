/// Settles what tells of a connector that answers again.
///
/// 1. Resolves the exceptions that tell of it.
/// 2. Has what waits for it tried now, and not when it would be its turn: that may be an hour away.
struct EndOutage: Command {
    static let name = "end-outage"
    let connector: Connector
    let open: [ExceptionID]

    func needs(_ needs: inout Needs, given work: Work) { for exception in open { needs.exception(exception) } }

    func execute(in work: inout Work) throws -> Reply {
        var isOver = false
        for exception in open.compactMap({ work.exception($0) }) where exception.isOpen {
            work.resolve(exception, because: "The \(connector.title) answers again.")
            isOver = true
        }
        let (connector, now) = (connector, work.now)
        if isOver { work.write { try connector.hurry(at: now, in: $0) } }
        return Reply(body: "{}")
    }
}
