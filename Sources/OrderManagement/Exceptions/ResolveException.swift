/// Says that an exception is settled, and how.
///
/// - Throws: `.notFound`; `.illegalTransition` when it was resolved before, or while a shortage still stands.
public struct ResolveException: Command {
    public static let name = "resolve-exception"
    public let exception: ExceptionID
    public let resolution: String

    public init(exception: ExceptionID, resolution: String) {
        self.exception = exception
        self.resolution = resolution
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.exception(exception)
        if let order = work.exception(exception)?.order { needs.order(order) }
        if let sku = work.exception(exception)?.sku { needs.stock(sku) }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        guard var exception = work.exception(self.exception),
            exception.location.map(work.principal.sees) ?? (work.principal.locations == nil)
        else { throw Refusal(.notFound, "there is no exception \(self.exception)") }
        guard exception.isOpen else {
            throw Refusal(.illegalTransition, "exception \(exception.id) was resolved already")
        }
        if exception.kind == .short, let sku = exception.sku, let location = exception.location {
            let level = work.level(of: sku, at: location)
            guard level.shortage == 0 else {
                throw Refusal(
                    .illegalTransition,
                    "\(location) still has \(level.shortage) × \(sku) less than it has promised: settle that first")
            }
        }
        exception.isOpen = false
        exception.resolvedAt = work.now
        exception.resolution = resolution
        work.update(exception)
        let tell: (inout JSONWriter) -> Void = {
            $0.member("exception", exception.id.description)
            $0.member("kind", exception.kind.rawValue)
            $0.member("resolution", resolution)
        }
        if let id = exception.order, var order = work.peek(id) {
            for index in order.gates.indices where order.gates[index].exception == exception.id {
                order.gates[index].exception = nil
            }
            work.record(.exceptionResolved, on: &order, tell)
            work.update(order)
        } else {
            work.record(.exceptionResolved, tell)
        }
        var json = JSONWriter()
        exception.write(to: &json)
        return Reply(status: 201, body: json.text)
    }
}
