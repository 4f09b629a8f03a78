import OrderManagement

/// What may come back, and asking for it: `GET /v1/orders/{id}/returnable`, `POST …/returns` and `/v1/returns`.
extension API {
    private static let preview = QueryParameter(
        "preview", .truth, "true: check the request and tell its money; nothing is announced")

    private static let previewed = Schema.named(
        "ReturnPreview",
        .object([
            .must("preview", .truth), .must("worth", .money), .must("fee", .money),
            .must("fee_tax", .money), .must("set_off", .money),
            .must("refund", .money), Shapes.notPaidBack, .must("return", Shapes.returned),
        ]))

    var returnable: Endpoint {
        .get(
            "/v1/orders/{id}/returnable", .scope(.returnsRead), tag: "returns",
            "Line by line what may come back, until when, at what fee, and why not",
            reply: .object([.must("data", .list(Shapes.returnable, max: nil))])
        ) { request in
            let seen = try await counter(try request.id(OrderID.self), for: request.principal)
            return .json(version: seen.order.version) { json in
                json.object { seen.order.writeReturnable(by: seen.rules, to: &$0) }
            }
        }
    }

    var requestReturn: Endpoint {
        var endpoint = Endpoint.post(
            "/v1/returns", .returnsWrite, tag: "returns", "Announce units that come back", key: .required,
            body: .object([.must("order", .id("ord"))] + Shapes.newReturn), reply: Shapes.returned
        ) { request in
            let command = try request.read { fields in
                let order = fields.order()
                return fields.newReturn(of: order)
            }
            do {
                if try request.query.truth("preview") == true { return try await preview(command, for: request) }
                return try await perform(command, for: request)
            } catch let refusal as Refusal where refusal.code == .notFound {
                // Here the order stands in the body, not in the address.
                throw Refusal([.init("/order", .unknownOrder, refusal.explanation)])
            }
        }
        endpoint.query = [Self.preview]
        endpoint.replies.append((200, Self.previewed))
        return endpoint
    }

    var returnOfOrder: Endpoint {
        var endpoint = Endpoint.post(
            "/v1/orders/{id}/returns", .returnsWrite, tag: "orders", "Announce units that come back", key: .required,
            takesVersion: true, body: .object(Shapes.newReturn), reply: Shapes.returnedWithOrder
        ) { request in
            let id = try request.id(OrderID.self)
            let command = try request.read { $0.newReturn(of: id, showsOrder: true) }
            if try request.query.truth("preview") == true { return try await preview(command, for: request) }
            return try await perform(command, on: id, for: request)
        }
        endpoint.query = [Self.preview]
        endpoint.replies.append((200, Self.previewed))
        return endpoint
    }

    private enum Claim: String, CaseIterable { case refund, none }

    var claimParcel: Endpoint {
        .post(
            "/v1/parcels/{id}/claims", .returnsWrite, tag: "parcels",
            "Settle a parcel that does not arrive: refund its units, or nothing", key: .required, takesVersion: true,
            body: .object([
                .must("resolution", .words(Claim.self)), .may("amount", .money), .may("note", .text(max: 1_000)),
            ]), reply: Shapes.withOrder(.must("parcel", Shapes.parcel))
        ) { request in
            let id = try request.id(ParcelID.self)
            let command = try request.read { fields in
                let resolution = fields.word("resolution", Claim.self)
                return ClaimParcel(
                    parcel: id, resolution: resolution == .refund ? .refund : .none,
                    amount: fields.optionalMoney("amount", from: 1), note: fields.optionalText("note", max: 1_000))
            }
            return try await perform(command, on: id.order, for: request)
        }
    }

    /// A person's word, which goes before a courier's.
    var deliverParcel: Endpoint {
        .post(
            "/v1/parcels/{id}/deliveries", .returnsWrite, tag: "parcels",
            "A parcel has arrived, whatever its courier says: also one that is told to be lost, or to come back, and "
                + "one that its customer got from another door",
            takesVersion: true, body: .object([.may("at", .time)]),
            reply: Shapes.withOrder(.must("parcel", Shapes.parcel))
        ) { request in
            let id = try request.id(ParcelID.self)
            let command = try request.read { DeliverParcel(parcel: id, at: $0.optionalTime("at")) }
            return try await perform(command, on: id.order, for: request)
        }
    }

    private func preview(_ command: RequestReturn, for request: APIRequest) async throws -> APIResponse {
        let seen = try await counter(command.order, for: request.principal, at: command.location)
        return APIResponse(body: .text(try seen.preview(of: command, as: request.principal)))
    }

    private func counter(
        _ id: OrderID, for principal: Principal, at location: String? = nil
    ) async throws -> OrderAtCounter {
        let now = waybill.clock()
        return try await waybill.read {
            try OrderAtCounter(id, for: principal, at: location, known: known, now: now, in: $0)
        }
    }
}

/// An order as a returns counter sees it: any counter takes any order's goods.
struct OrderAtCounter: Sendable {
    let order: Order
    let channel: Channel
    /// As it was when the order was placed; nil where that is the same.
    let agreed: Channel?
    let rules: ReturnRules
    let configuration: Configuration

    /// - Parameter location: Where the counter is; nil where nobody said so yet.
    /// - Throws: `.notFound`, also for an order of others where the caller takes nothing back.
    init(
        _ id: OrderID, for principal: Principal, at location: String? = nil, known: KnownConfiguration,
        now: Timestamp, in db: any Connection
    ) throws {
        let takesAny = principal.may(.returnsWrite) && location.map(principal.sees) ?? true
        guard let order = try OrderStore.order(id, in: db), takesAny || order.isVisible(to: principal) else {
            throw Refusal(.notFound, "there is no order \(id)")
        }
        configuration = try known.configuration(in: db)
        guard let channel = configuration.channels[order.channel] else {
            throw BrokenInvariant("order \(order.number) is of the unknown channel \(order.channel)")
        }
        self.order = order
        self.channel = channel
        agreed = try order.agreedChannel(beside: channel, in: db)
        rules = ReturnRules(
            channel, agreed: agreed, finalSales: try ItemStore.finalSales(of: id, in: db), at: now,
            owesOnlyBought: try order.owesOnlyBought(in: db))
    }

    func preview(of command: RequestReturn, as principal: Principal) throws(Refusal) -> String {
        try command.preview(of: order, by: rules, configuration, as: principal)
    }
}

extension Fields {
    mutating func newReturn(of order: OrderID, showsOrder: Bool = false) -> RequestReturn {
        RequestReturn(
            order: order, method: word("method", Return.Method.self), location: optionalText("location", max: 64),
            lines: list("lines", 1...PlaceOrder.linesMax) {
                RequestReturn.Line(
                    line: $0.line(), quantity: $0.quantity(),
                    reason: $0.word("reason", Return.Reason.self, among: Return.Reason.ofCustomers),
                    disposition: $0.optionalWord("disposition", Return.Disposition.self),
                    condition: $0.optionalText("condition"))
            }, note: optionalText("note", max: 1_000), showsOrder: showsOrder)
    }
}
