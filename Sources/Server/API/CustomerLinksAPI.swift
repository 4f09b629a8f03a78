import OrderManagement

/// `/v1/orders/{id}/customer-links`: where the customer of an order sees it without an account. Whoever has the link
/// may do what the customer may, so that it takes the right to change orders.
extension API {
    var customerLinks: [Endpoint] { [showCustomerLink, renewCustomerLink, revokeCustomerLinks] }

    private static let link = Schema.named(
        "CustomerLink",
        .object([
            .must("order", .id("ord")), .must("number", .integer(1...RenewCustomerLink.renewalsMax + 1)),
            .must("path", .text(max: 100)), .must("url", .nullable(.text(max: 400))),
        ]))

    private var showCustomerLink: Endpoint {
        .get(
            "/v1/orders/{id}/customer-links", .scope(.ordersWrite), tag: "orders",
            "The link by which its customer sees the order without an account; url is null where the server does not "
                + "know its public address",
            reply: Self.link
        ) { request in
            try await answer(try await order(try request.id(OrderID.self), for: request))
        }
    }

    private var renewCustomerLink: Endpoint {
        .post(
            "/v1/orders/{id}/customer-links", .ordersWrite, tag: "orders",
            "Make another link for its customer; those that were given out before open nothing any more",
            takesVersion: true, body: .object([]), reply: Self.link
        ) { request in
            let id = try request.id(OrderID.self)
            try request.read { _ in }
            _ = try await perform(RenewCustomerLink(order: id), on: id, for: request)
            return try await answer(try await order(id, for: request), status: 201)
        }
    }

    /// The next link is as good as none until somebody asks for it, or a message carries it.
    private var revokeCustomerLinks: Endpoint {
        .delete(
            "/v1/orders/{id}/customer-links", .ordersWrite, tag: "orders",
            "End all links that were given out for its customer, and give out none"
        ) { request in
            let id = try request.id(OrderID.self)
            _ = try await perform(RenewCustomerLink(order: id), on: id, for: request)
            return APIResponse(status: 204, body: .none)
        }
    }

    private func answer(_ order: Order, status: Int = 200) async throws -> APIResponse {
        let path = try await links.path(of: order)
        return .json(status, version: order.version) {
            $0.object {
                $0.member("order", order.id.description)
                $0.member("number", order.linkNumber)
                $0.member("path", path)
                $0.member("url", links.url(of: path))
            }
        }
    }
}
