/// Gives an order another link for its customer: those that were given out before open nothing any more.
///
/// 1. Counts the links of the order; a link names its number, and only the newest is good.
/// 2. Tells who did it, and never the link.
///
/// - Throws: `.quantityExceeded` when the order has had as many as there may be.
public struct RenewCustomerLink: Command {
    public static let name = "renew-customer-link"
    public let order: OrderID
    public static let renewalsMax: Int64 = 1_000

    public init(order: OrderID) { self.order = order }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(self.order)
        guard order.linkRenewals < Self.renewalsMax else {
            throw Refusal(
                .quantityExceeded, "order \(order.number) has had \(Self.renewalsMax) other links: that is the limit")
        }
        order.linkRenewals += 1
        let number = order.linkNumber
        work.record(.orderLinkRenewed, on: &order) { $0.member("number", number) }
        order = work.update(order)
        return .part(of: order, status: 201) { $0.member("number", number) }
    }
}

extension Order {
    /// Which of its links is good: 1 for the first one.
    public var linkNumber: Int64 { linkRenewals + 1 }
}
