import OrderManagement

/// `/v1/orders/{id}/amendments` and `/revisions`: changes that are staged, looked at, and committed or dropped.
extension API {
    var amendments: [Endpoint] {
        [amend, findAmendments, showAmendment, commitAmendment, dropAmendment, findRevisions, showRevision]
    }

    private var amend: Endpoint {
        var endpoint = Endpoint.post(
            "/v1/orders/{id}/amendments", .ordersWrite, tag: "orders",
            "Stage a change: what it would do, kept to be committed", takesVersion: true, body: Shapes.newAmendment,
            reply: Shapes.stagedAmendment
        ) { request in
            let id = try request.id(OrderID.self)
            let wanted = try request.read { $0.amendment() }
            let command = AmendOrder(order: id, request: wanted, isPreview: request.isPreview)
            return try await perform(command, on: id, for: request)
        }
        endpoint.query = [.init("preview", .truth, "true: say what it would do, and keep nothing")]
        endpoint.replies.append((200, Shapes.previewedAmendment))
        return endpoint
    }

    private var commitAmendment: Endpoint {
        .post(
            "/v1/orders/{id}/amendments/{amendment}/commitments", .ordersWrite, tag: "orders",
            "Do what it says, on the order that it was previewed on", key: .required, takesVersion: true,
            body: .nothing, reply: Shapes.committedAmendment
        ) { request in
            let (id, amendment) = try request.amendment()
            _ = try request.read { _ in }
            return try await perform(CommitAmendment(amendment: amendment), on: id, for: request)
        }
    }

    private var dropAmendment: Endpoint {
        Endpoint(
            method: .delete, path: "/v1/orders/{id}/amendments/{amendment}", access: .scope(.ordersWrite),
            summary: "Let it go: nothing of it was done", tag: "orders", takesVersion: true,
            replies: [
                (
                    200,
                    .object([
                        .must("id", .id("amd")), .must("status", .words(Amendment.State.self)),
                        .must("order", Shapes.order),
                    ])
                )
            ]
        ) { request in
            let (id, amendment) = try request.amendment()
            return try await perform(DropAmendment(amendment: amendment), on: id, for: request)
        }
    }

    private var findAmendments: Endpoint {
        .list(
            "/v1/orders/{id}/amendments", .scope(.ordersRead), tag: "orders",
            "Its amendments, in the order of their staging", of: Shapes.amendment
        ) { request in
            let order = try await order(try request.id(OrderID.self), for: request)
            let (limit, after) = (try request.query.limit(), try request.query.number())
            let found = try await waybill.read {
                try AmendmentStore.page(of: order.id, after: after, limit: limit + 1, in: $0)
            }
            let next = found.count > limit ? String(found[limit - 1].id.number) : nil
            return .page(request, next: next) { list in for entry in found.prefix(limit) { entry.write(to: &list) } }
        }
    }

    private var showAmendment: Endpoint {
        .get(
            "/v1/orders/{id}/amendments/{amendment}", .scope(.ordersRead), tag: "orders",
            "One amendment with its preview", reply: Shapes.amendment
        ) { request in
            let (id, amendment) = try request.amendment()
            let order = try await order(id, for: request)
            guard let found = try await waybill.read({ try AmendmentStore.amendment(amendment, in: $0) }) else {
                throw Refusal(.notFound, "there is no amendment \(amendment)")
            }
            return .json(version: order.version) { found.write(to: &$0) }
        }
    }

    private var findRevisions: Endpoint {
        .list(
            "/v1/orders/{id}/revisions", .scope(.ordersRead), tag: "orders",
            "The order as it was placed, and as each amendment left it", of: Shapes.revision
        ) { request in
            let order = try await order(try request.id(OrderID.self), for: request)
            let (limit, after) = (try request.query.limit(), try request.query.number())
            let all = try await waybill.read { try AmendmentStore.history(of: order, in: $0) }.revisions
            let found = all.dropFirst(after)
            let next = found.count > limit ? String(after + limit) : nil
            return .page(request, next: next) { list in
                for entry in found.prefix(limit) { entry.write(to: &list, of: order) }
            }
        }
    }

    private var showRevision: Endpoint {
        .get(
            "/v1/orders/{id}/revisions/{revision}", .scope(.ordersRead), tag: "orders",
            "One revision, as it was agreed; or all that changed from the older to the newer of it and another",
            query: [.init("compare", .integer(1...Int64(Order.amendmentsMax) + 1), "The other revision")],
            reply: Shapes.revision
        ) { request in
            let order = try await order(try request.id(OrderID.self), for: request)
            let last = order.revision
            guard let number = Int(request.parameters[1]), (1...last).contains(number) else {
                throw Refusal(.notFound, "order \(order.number) has the revisions 1 to \(last)")
            }
            let other = try request.query.integer("compare", in: 1...Int64(last)).map { Int($0) }
            let history = try await waybill.read { try AmendmentStore.history(of: order, in: $0) }
            guard history.revisions.count == last else {
                throw BrokenInvariant("order \(order.number) has \(history.revisions.count) revisions, not \(last)")
            }
            guard let other else { return .json { history.revisions[number - 1].write(to: &$0, of: order) } }
            let (changes, cancelled) = history.difference(from: min(number, other), to: max(number, other))
            return .json {
                $0.object {
                    $0.member("revision", number)
                    $0.member("compared", other)
                    $0.name("changes")
                    changes.write(to: &$0)
                    order.writeUnits(cancelled, to: &$0, as: "cancelled")
                }
            }
        }
    }
}

extension APIRequest {
    /// The order and the amendment that the path names.
    /// - Throws: `.notFound`, also for an amendment of another order.
    fileprivate func amendment() throws(Refusal) -> (OrderID, AmendmentID) {
        let (order, amendment) = (try id(OrderID.self), try id(AmendmentID.self, 1))
        guard amendment.order == order else {
            throw Refusal(.notFound, "order \(order) has no amendment \(amendment)")
        }
        return (order, amendment)
    }
}

extension Query {
    /// The number behind which a page begins; 0 for the first page.
    fileprivate func number() throws(Refusal) -> Int {
        guard let cursor = try cursor() else { return 0 }
        guard let number = Int(cursor), number > 0 else { throw badCursor }
        return number
    }
}

extension Fields {
    mutating func amendment() -> AmendmentRequest {
        var request = AmendmentRequest()
        let pricing = optionalWord("price", AmendmentRequest.Pricing.self) ?? .keep
        request.pricing = pricing
        request.add = optionalList("add", 0...PlaceOrder.linesMax) { $0.newLine() } ?? []
        request.quantities =
            optionalList("quantities", 0...PlaceOrder.linesMax) { fields in
                AmendmentRequest.Quantity(
                    line: fields.line(), quantity: fields.integer("quantity", in: 0...PlaceOrder.quantityMax),
                    price: fields.price(pricing))
            } ?? []
        request.swaps =
            optionalList("swap", 0...PlaceOrder.linesMax) { fields in
                AmendmentRequest.Swap(
                    line: fields.line(), sku: fields.text("sku", max: 100), quantity: fields.quantity(),
                    price: fields.price(pricing))
            } ?? []
        request.delivery = optionalObject("delivery") {
            (request.keepsDelegate, request.keepsPickupNote) = (!$0.names("delegate"), !$0.names("note"))
            return $0.delivery()
        }
        request.shipping = optionalMoney("shipping")
        request.shippingTax = optionalMoney("shipping_tax")
        request.customer = optionalObject("customer") { $0.customer() }
        request.note = optionalText("note", max: 2_000)
        request.payment = optionalObject("payment") { $0.payment() }
        return request
    }

    /// What units cost now; said only where the price is not kept.
    private mutating func price(_ pricing: AmendmentRequest.Pricing) -> AmendmentRequest.Price? {
        guard pricing == .current else {
            for name in ["unit_price", "discount", "tax"] { refuse(name, #"goes with "price": "current" only"#) }
            return nil
        }
        let (price, discount, tax) = (
            optionalMoney("unit_price"), optionalMoney("discount"), optionalMoney("tax")
        )
        return price.map { AmendmentRequest.Price(unitPrice: $0, discount: discount, tax: tax) }
    }
}

/// The documents of amendments, as schemas.
extension Shapes {
    private static let price: [Schema.Property] = [
        .may("unit_price", .money), .may("discount", .nullable(.money)), .may("tax", .nullable(.money)),
    ]

    static let newAmendment = Schema.named(
        "NewAmendment",
        .object([
            .may("add", .list(newLine, max: PlaceOrder.linesMax)),
            .may(
                "quantities",
                .list(
                    .object(
                        [.must("line", .id("lin")), .must("quantity", .integer(0...PlaceOrder.quantityMax))] + price),
                    max: PlaceOrder.linesMax)),
            .may(
                "swap",
                .list(
                    .object(
                        [.must("line", .id("lin")), .must("sku", .text(max: 100)), .must("quantity", .quantity)]
                            + price), max: PlaceOrder.linesMax)),
            .may("delivery", newDelivery), .may("shipping", .money), .may("shipping_tax", .money),
            .may("customer", newCustomer), .may("note", .text(max: 2_000)), .may("payment", newPayment),
            .may("price", .words(AmendmentRequest.Pricing.self)),
        ]))

    private static let change = Schema.named("OrderDifference", .anything)

    private static let amendedMoney = Schema.object(
        [
            "total_before", "total_after", "due_before", "due_after", "authorization_needed", "voided", "refunded",
            "refunded_before",
        ].map { .must($0, .money) } + [.must("already_refunded", Shapes.lines), .may("swapped_refunded", Shapes.lines)])

    private static let preview: [Schema.Property] = [
        .must("changes", change), .must("money", amendedMoney),
        .must(
            "promises",
            .list(
                .object([
                    .must("fulfillment", .nullable(.id("ful"))), .must("location", .text(max: 64)),
                    .must("method", .words(Fulfillment.Method.self)), .may("ready_by", .time), .may("ship_by", .time),
                    .may("deliver_by", .time), .must("lines", units),
                ]), max: nil)),
        .must("backordered", .count), .may("expected_at", .nullable(.time)),
        .must(
            "put_backs",
            .list(
                .object([
                    .must("fulfillment", .id("ful")), .must("location", .text(max: 64)),
                    .must("task", .words(["intercept", "put_back", "readdress"])),
                    .may("told", .words(Parcel.State.self)), .must("lines", units),
                ]), max: nil)),
        .must(
            "refusals",
            .list(
                .object([
                    .must("pointer", .text(max: 1_000)), .must("code", .text(max: 64)),
                    .must("detail", .text(max: 4_000)),
                ]), max: nil)),
    ]

    static let previewedAmendment = Schema.named(
        "AmendmentPreview", .object([.must("status", .words(["preview"]))] + preview + [.must("order", order)]))

    static let stagedAmendment = Schema.named(
        "StagedAmendment",
        .object(
            [
                .must("id", .id("amd")), .must("status", .words(Amendment.State.self)),
                .must("version", .integer(1...Int64.max)), .must("expires_at", .time),
            ] + preview + [.must("order", order)]))

    static let committedAmendment = Schema.named(
        "CommittedAmendment",
        .object(
            [
                .must("id", .id("amd")), .must("status", .words(Amendment.State.self)),
                .must("revision", .integer(2...Int64.max)),
            ] + preview + [.must("order", order)]))

    static let amendment = Schema.named(
        "Amendment",
        .object(
            [
                .must("id", .id("amd")), .must("status", .words(Amendment.State.self)), .must("staged_at", .time),
                .must("staged_by", .shortText), .must("expires_at", .time), .must("closed_at", .nullable(.time)),
                .must("closed_by", .nullable(.shortText)), .must("revision", .nullable(.count)),
                .must("request", .anything),
            ] + preview))

    static let revision = Schema.named(
        "Revision",
        .object([
            .must("revision", .integer(1...Int64.max)), .may("compared", .integer(1...Int64.max)),
            .may("amendment", .nullable(.id("amd"))), .may("at", .time), .may("by", .nullable(.shortText)),
            .must("changes", change), .must("cancelled", units), .may("agreed", agreed),
        ]))

    private static let agreed = Schema.named(
        "AgreedOrder",
        .object([
            .must(
                "lines",
                .list(
                    .object([
                        .must("line", .id("lin")), .must("sku", .text(max: 100)), .must("quantity", .count),
                        .must("ordered", .count), .must("cancelled", .count), .must("unit_price", .money),
                        .must("discount", .money), .must("tax", .money), .may("replaces", .id("lin")),
                    ]), max: nil)),
            .must("customer", customer), .must("delivery", delivery), .must("shipping", .money),
            .must("total", .money), .must("due", .money),
        ]))

    /// `policy.amending` of a channel.
    static let amendingPolicy = Schema.named(
        "AmendingPolicy",
        .object(
            [
                "add_until", "remove_until", "quantity_until", "swap_until", "address_until",
                "address_by_customer_until", "method_until",
            ].map {
                Schema.Property($0, .words(AmendingPolicy.Limit.self), isRequired: false)
            } + [
                .may("picked_goods", .words(AmendingPolicy.Picked.self)),
                .may("labelled_parcels", .words(AmendingPolicy.Labelled.self)),
                .may("expiry_seconds", .integer(AmendingPolicy.expiryRange)),
            ]))
}

extension Fields {
    mutating func amendingPolicy() -> AmendingPolicy {
        var policy = AmendingPolicy()
        policy.addUntil = optionalWord("add_until", AmendingPolicy.Limit.self) ?? policy.addUntil
        policy.removeUntil = optionalWord("remove_until", AmendingPolicy.Limit.self) ?? policy.removeUntil
        policy.quantityUntil = optionalWord("quantity_until", AmendingPolicy.Limit.self) ?? policy.quantityUntil
        policy.swapUntil = optionalWord("swap_until", AmendingPolicy.Limit.self) ?? policy.swapUntil
        policy.addressUntil = optionalWord("address_until", AmendingPolicy.Limit.self) ?? policy.addressUntil
        policy.customersAddressUntil = optionalWord("address_by_customer_until", AmendingPolicy.Limit.self)
        policy.methodUntil = optionalWord("method_until", AmendingPolicy.Limit.self) ?? policy.methodUntil
        policy.picked = optionalWord("picked_goods", AmendingPolicy.Picked.self) ?? policy.picked
        policy.labelled = optionalWord("labelled_parcels", AmendingPolicy.Labelled.self) ?? policy.labelled
        if let seconds = optionalInteger("expiry_seconds", in: AmendingPolicy.expiryRange) {
            policy.expiry = Seconds(seconds)
        }
        return policy
    }
}
