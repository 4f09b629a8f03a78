/// A command that is performed only on the version of an order that its caller saw (`If-Match`).
///
/// - Throws: `.staleVersion` when the order is at another version; what the command throws.
public struct AtVersion<Base: Command>: Command {
    public static var name: String { Base.name }
    public static var isAlone: Bool { Base.isAlone }
    public static var takesRights: Bool { Base.takesRights }
    public let command: Base
    public let order: OrderID
    public let version: Int64

    public init(_ command: Base, order: OrderID, version: Int64) {
        self.command = command
        self.order = order
        self.version = version
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.order(order)
        command.needs(&needs, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        try known(in: work).require(version)
        return try command.execute(in: &work)
    }

    /// Who takes goods back takes any order's: the command itself says of which orders it may be.
    private func known(in work: Work) throws(Refusal) -> Order {
        guard work.principal.may(.returnsWrite), let order = work.peek(order) else { return try work.order(order) }
        return order
    }
}
