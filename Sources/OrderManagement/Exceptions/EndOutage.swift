/// Settles what tells of a connector that answers again.
struct EndOutage: Command {
    static let name = "end-outage"
    let connector: Connector
    let open: [ExceptionID]

    func needs(_ needs: inout Needs, given work: Work) { for exception in open { needs.exception(exception) } }

    func execute(in work: inout Work) throws -> Reply {
        for exception in open.compactMap({ work.exception($0) }) where exception.isOpen {
            let resolved = work.resolve(exception, "The \(connector.title) answers again.")
            work.record(.exceptionResolved) { resolved.writeResolution(to: &$0) }
        }
        return Reply(body: "{}")
    }
}
