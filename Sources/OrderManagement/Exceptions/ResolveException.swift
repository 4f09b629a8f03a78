/// Says that an exception is settled, and how.
///
/// - Throws: `.notFound`; `.illegalTransition` when it was resolved before, while a shortage still stands, while goods
///   wait to be collected that nobody has decided about, while a customer waits for the money of a return, while supply
///   is overdue, and while what is brought to a store for an order still is to come.
public struct ResolveException: Command {
    public static let name = "resolve-exception"
    public let exception: ExceptionID
    public let resolution: String

    public init(exception: ExceptionID, resolution: String) {
        self.exception = exception
        self.resolution = resolution
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.exceptionWithOrder(exception, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        let exception = try work.openException(self.exception)
        if exception.kind == .short, let sku = exception.sku, let location = exception.location {
            let level = work.level(of: sku, at: location)
            guard level.shortage == 0 else {
                throw Refusal(
                    .illegalTransition,
                    "\(location) still has \(level.shortage) × \(sku) less than it has promised: settle that first")
            }
        }
        if exception.kind == .notCollected, let order = exception.order.flatMap({ work.peek($0) }),
            order.uncollected(exception.subject, since: exception.openedAt) != nil
        {
            throw Refusal(
                .illegalTransition,
                "the goods of order \(order.number) still wait, and the exception stays open: give the customer more "
                    + "time, or put them back")
        }
        if exception.kind == .returnUnsettled, let order = exception.order.flatMap({ work.peek($0) }),
            let entry = order.unsettledReturn(exception.subject)
        {
            throw Refusal(
                .illegalTransition,
                "the customer still waits for the money of the return \(entry.reference(in: order)), and the exception "
                    + "stays open: settle the return")
        }
        if let supply = exception.overdueSupply.flatMap({ work.peek($0) }), supply.isOverdue(at: work.now) {
            throw Refusal(
                .illegalTransition,
                "\(supply.reference) is still to come to \(supply.location), and the exception stays open: give it a "
                    + "new date, receive it, or close what does not come")
        }
        if exception.kind == .transferOverdue, let order = exception.order.flatMap({ work.peek($0) }),
            exception.settledReason(by: order) == nil
        {
            throw Refusal(
                .illegalTransition,
                "order \(order.number) still waits for what is to be brought, and the exception stays open: say what "
                    + "has arrived, that nothing more comes, or that it is not sent")
        }
        let resolved = work.resolve(exception, resolution)
        let order = work.tell(.exceptionResolved, of: resolved) { resolved.writeResolution(to: &$0) }
        var json = JSONWriter()
        resolved.write(to: &json, about: order, for: work.principal)
        return Reply(status: 201, body: json.text)
    }
}

extension Needs {
    /// An exception with what it is about.
    mutating func exceptionWithOrder(_ id: ExceptionID, given work: Work) {
        exception(id)
        if let order = work.exception(id)?.order { self.order(order) }
        if let sku = work.exception(id)?.sku { stock(sku) }
        if let supply = work.exception(id)?.overdueSupply { inbound(supply) }
    }
}

extension Work {
    /// - Throws: `.notFound`, also for what the caller may not see; `.illegalTransition` for one that is resolved.
    func openException(_ id: ExceptionID) throws(Refusal) -> OrderException {
        guard let exception = exception(id), exception.isVisible(to: principal) else {
            throw Refusal(.notFound, "there is no exception \(id)")
        }
        guard exception.isOpen else {
            throw Refusal(.illegalTransition, "exception \(id) was resolved already: \(exception.resolution ?? "")")
        }
        return exception
    }

    /// Tells of an exception, on its order where it has one.
    /// - Returns: The order as stored.
    mutating func tell(
        _ type: EventType, of exception: OrderException, _ members: (inout JSONWriter) -> Void
    ) -> Order? {
        guard let id = exception.order, var order = peek(id) else {
            record(type, members)
            return nil
        }
        order.exceptions.removeAll { $0.id == exception.id }
        if exception.isOpen { order.exceptions.append(exception) }
        record(type, on: &order, members)
        return update(order)
    }
}

extension OrderException {
    /// The supply that it is about, where it is about some.
    fileprivate var overdueSupply: InboundID? { kind == .inboundOverdue ? subject.flatMap { InboundID($0) } : nil }

    /// Whether it is any of a caller's: one who is limited to locations sees those of theirs.
    public func isVisible(to principal: Principal) -> Bool {
        location.map(principal.sees) ?? (principal.locations == nil)
    }
}
