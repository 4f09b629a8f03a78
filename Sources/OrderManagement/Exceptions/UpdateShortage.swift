/// Says in the exceptions about a shortage how much it is now: more went missing, or some of it was settled.
///
/// 1. Keeps the first of them, with the figure as it is.
/// 2. Resolves what told of the same shortage beside it.
///
/// Of a shortage that is gone it says nothing: that resolves them.
struct UpdateShortage: Command {
    static let name = "update-shortage"
    let sku: String
    let location: String
    /// The open ones, the oldest first.
    let exceptions: [ExceptionID]

    func needs(_ needs: inout Needs, given work: Work) {
        needs.stock(sku)
        for exception in exceptions { needs.exception(exception) }
    }

    func execute(in work: inout Work) throws -> Reply {
        let level = work.level(of: sku, at: location)
        let open = exceptions.compactMap { work.exception($0) }.filter { $0.isOpen && $0.kind == .short }
        guard level.shortage > 0, let first = open.first else { return Reply(body: "{}") }
        if first.cause != level.shortageCause { work.tell(first, cause: level.shortageCause) }
        for other in open.dropFirst() { work.resolve(other, because: "\(first.id) tells of it.") }
        return Reply(body: "{}")
    }
}
