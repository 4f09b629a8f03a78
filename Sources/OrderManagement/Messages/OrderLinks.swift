/// SEAM: where customers see their orders without an account.
public protocol OrderLinks: Sendable {
    /// The address of an order's page, as it stands in messages.
    /// - Returns: nil where nobody knows by which address the server is reached.
    func address(of order: Order) async throws -> String?
}
