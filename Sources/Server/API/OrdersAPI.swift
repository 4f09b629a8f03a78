import OrderManagement

/// `/v1/orders`: placing, finding and looking at orders.
extension API {
    var orders: [Endpoint] {
        [placeOrder, placeOrders, findOrders, showOrder, orderEvents, orderSourcing, orderPermissions]
    }

    private var placeOrder: Endpoint {
        var endpoint = Endpoint.post(
            "/v1/orders", .ordersWrite, tag: "orders", "Place an order", key: .required, body: Shapes.newOrder,
            reply: Shapes.order
        ) { request in
            let (command, hasPayment) = try request.read { ($0.newOrder(), $0.has("payment")) }
            do {
                return try await perform(command, for: request)
            } catch let refusal as Refusal where hasPayment {
                throw refusal.namingPayment
            }
        }
        // The channel's own name for it was used before, with the same content: it is that order.
        endpoint.replies.append((200, Shapes.order))
        return endpoint
    }

    /// Orders of a batch.
    static let batchMax = 500
    static let batchBytesMax = 16 << 20

    private var placeOrders: Endpoint {
        var endpoint = Endpoint.post(
            "/v1/orders:batch", .ordersWrite, tag: "orders",
            "Place up to 500 orders, each accepted or refused by itself",
            key: .required, body: .list(Shapes.newOrder, max: Self.batchMax), status: 200,
            reply: Shapes.answers
        ) { try await place($0) }
        endpoint.bodyMax = Self.batchBytesMax
        return endpoint
    }

    private func place(_ request: APIRequest) async throws -> APIResponse {
        guard case .array(let entries) = try request.json() else {
            throw Refusal([.init("", .invalidInput, "expected a list of orders")])
        }
        guard (1...Self.batchMax).contains(entries.count) else {
            throw Refusal([
                .init("", .invalidInput, "a batch has 1 to \(Self.batchMax) orders, this one \(entries.count)")
            ])
        }
        let answers = await withTaskGroup(of: (Int, Int, String).self) { group in
            for (index, entry) in entries.enumerated() {
                group.addTask {
                    let (status, body) = await place(entry, index, for: request)
                    return (index, status, body)
                }
            }
            var answers = [(status: Int, body: String)](repeating: (500, "{}"), count: entries.count)
            for await (index, status, body) in group { answers[index] = (status, body) }
            return answers
        }
        return .answers(answers)
    }

    private func place(_ entry: JSON, _ index: Int, for request: APIRequest) async -> (Int, String) {
        let problem: Problem
        do {
            let body = BodyProblems()
            let command = body.object(entry) { $0.newOrder() }
            try body.check()
            guard let command else { return (500, Problem.internal.text) }
            let key = request.idempotencyKey(of: command.contentDigest, index: index)
            let reply = try await waybill.perform(command, as: request.principal, key: key)
            return (reply.status, reply.body)
        } catch let refusal as Refusal {
            problem = Problem(entry["payment"]?.isNull == false ? refusal.namingPayment : refusal)
        } catch {
            problem = Problem.internal
        }
        return (problem.status, problem.text)
    }

    private var findOrders: Endpoint {
        .list(
            "/v1/orders", .scope(.ordersRead), tag: "orders", "Find orders, the newest first",
            query: [
                .init("status", .words(OrderStatus.Overall.self), "Open, completed, cancelled"),
                .init("fulfillment_status", .words(OrderStatus.FulfillmentStatus.self), "Where its units are"),
                .init("payment_status", .words(OrderStatus.PaymentStatus.self), "Where its money is"),
                .init("return_status", .words(OrderStatus.ReturnStatus.self), "What comes back"),
                .init("stage", .shortText, "The next gate that it has not passed"),
                .init("channel", .shortText, "Where it came from"),
                .init("location", .shortText, "Where work for it is, or was"),
                .init("customer", .shortText, "The customer's e-mail address"),
                .init("email", .shortText, "The same as customer"),
                .init("sku", .shortText, "What was ordered"),
                .init("barcode", .shortText, "What was ordered, by the code on it"),
                .init("tracking", .shortText, "The courier's number of one of its parcels, or of one of its returns"),
                .init(
                    "card_last4", .shortText, "The last four digits of a card that paid for it; with q, email, sku, "
                        + "barcode, location or placed_from, since many cards end so; alone at a counter"),
                .init(
                    "counter", .truth, "true: a returns counter asks, which takes the goods of orders from anywhere. "
                        + "Those of its own location are found by anything that is known; those from elsewhere by "
                        + "number, external_id, email or tracking, by a q that is one of their names, or by sku, "
                        + "barcode or q with card_last4, and by sku or barcode with a q of the customer's name or "
                        + "postcode"),
                .init("number", .shortText, "What people call it, such as WEB-1001; a return's reference, WEB-1001-R1"),
                .init("external_id", .shortText, "The channel's own name for it"),
                .init(
                    "q", .shortText, "Number, external id, a return's reference, tracking number, an item's SKU or "
                        + "barcode, or words of name, postcode, telephone; every sign stands for itself"),
                .init("placed_from", .time, "Placed at or after"),
                .init("placed_to", .time, "Placed before"),
                .init("updated_from", .time, "Changed at or after; the longest unchanged comes first then"),
                .init("on_hold", .truth, "Whether a hold stands"),
                .init("exception", .truth, "Whether something of it needs a person"),
            ], of: Shapes.orderSummary
        ) { request in
            let (search, limit, cursor) = (
                try request.query.orderSearch(for: request.principal),
                try request.query.limit(), try request.query.cursor()
            )
            guard cursor.map(search.isCursor) ?? true else { throw request.query.badCursor }
            let (found, next) = try await waybill.read { db in
                let page = try search.page(after: cursor, limit: limit, in: db)
                return (try OrderSummary.of(page.ids, in: db), page.next)
            }
            return .page(request, next: next) { list in for order in found { order.write(to: &list) } }
        }
    }

    private var showOrder: Endpoint {
        .get("/v1/orders/{id}", .scope(.ordersRead), tag: "orders", "One order, whole", reply: Shapes.order) {
            request in
            let order = try await order(try request.id(OrderID.self), for: request)
            return .json(version: order.version) { order.write(to: &$0) }
        }
    }

    private var orderEvents: Endpoint {
        .list(
            "/v1/orders/{id}/events", .scope(.ordersRead), tag: "orders", "What happened to an order, in order",
            of: Shapes.event
        ) { request in
            let order = try await order(try request.id(OrderID.self), for: request)
            let limit = try request.query.limit()
            let after = try request.query.cursor(above: -1) ?? 0
            let events = try await waybill.read {
                try EventLog.page(of: order.id, after: after, limit: limit + 1, in: $0)
            }
            let next = events.count > limit ? events[limit - 1].sequence.map { String($0) } : nil
            return .page(request, next: next) { list in for event in events.prefix(limit) { event.write(to: &list) } }
        }
    }

    private var orderSourcing: Endpoint {
        .get(
            "/v1/orders/{id}/sourcing", .scope(.ordersRead), tag: "orders",
            "Where its units come from, and why: the newest decision", reply: .anything
        ) { request in
            let order = try await order(try request.id(OrderID.self), for: request)
            let decision = try await waybill.read { db -> Event? in
                var (newest, after): (Event?, Int64) = (nil, 0)
                while true {
                    let events = try EventLog.page(of: order.id, after: after, limit: 500, in: db)
                    newest = events.last { $0.type == EventType.orderSourced.rawValue } ?? newest
                    guard events.count == 500, let last = events.last?.sequence else { return newest }
                    after = last
                }
            }
            guard let decision else { throw Refusal(.notFound, "order \(order.number) was not sourced yet") }
            return APIResponse(body: .text(decision.data))
        }
    }

    private var orderPermissions: Endpoint {
        .get(
            "/v1/orders/{id}/permissions", .scope(.ordersRead), tag: "orders",
            "What may be done with it now, until when, and why not",
            reply: .object([.must("data", .list(Shapes.permission, max: nil))])
        ) { request in
            let order = try await order(try request.id(OrderID.self), for: request)
            let (channel, agreed, finalSales) = try await waybill.read { db in
                guard let channel = try known.configuration(in: db).channels[order.channel] else {
                    throw BrokenInvariant("order \(order.number) is of the unknown channel \(order.channel)")
                }
                return (
                    channel, try order.agreedChannel(beside: channel, in: db),
                    try ItemStore.finalSales(of: order.id, in: db)
                )
            }
            let now = waybill.clock()
            let principal = request.principal
            let foreign = order.fulfillments.filter { !principal.sees(location: $0.location) }
                .map { "/v1/fulfillments/\(FulfillmentID(order.id, $0.number))/" }
            return .json(version: order.version) {
                $0.object {
                    $0.array("data") { list in
                        for permission in order.permissions(
                            channel, agreed: agreed, at: now, finalSales: finalSales)
                        where !foreign.contains(where: permission.path.hasPrefix) {
                            permission.limited(to: principal).write(to: &list)
                        }
                    }
                }
            }
        }
    }
}

extension Query {
    fileprivate func orderSearch(for principal: Principal) throws(Refusal) -> OrderSearch {
        var search = OrderSearch()
        search.status = try word("status", OrderStatus.Overall.self)?.rawValue
        search.fulfillmentStatus = try word("fulfillment_status", OrderStatus.FulfillmentStatus.self)?.rawValue
        search.paymentStatus = try word("payment_status", OrderStatus.PaymentStatus.self)?.rawValue
        search.returnStatus = try word("return_status", OrderStatus.ReturnStatus.self)?.rawValue
        search.stage = text("stage")
        search.channel = text("channel")
        search.location = text("location")
        search.customer = text("email") ?? text("customer")
        search.barcode = text("barcode")
        search.tracking = text("tracking")
        search.sku = text("sku")
        search.number = text("number")
        search.externalID = text("external_id")
        search.text = try words("q")
        let isCounter = try truth("counter") == true && principal.locations != nil
        let others = [search.text, search.customer, search.sku, search.barcode, search.location]
        search.cardLast4 = try cardDigits(besides: others, isCounter: isCounter)
        search.placedFrom = try time("placed_from")
        search.placedTo = try time("placed_to")
        search.updatedFrom = try time("updated_from")
        search.isOnHold = try truth("on_hold")
        search.hasException = try truth("exception")
        search.visibleAt = principal.locations
        guard isCounter else { return search }
        try principal.require(.returnsWrite)
        guard search != OrderSearch.of(principal) else {
            throw Refusal([
                .init(
                    "?counter", .invalidInput,
                    "say what is known of the order: number, external_id, email, tracking, sku, barcode, card_last4, q")
            ])
        }
        // Without anything that says which order is meant, it is one of the own location.
        return search.atCounter() ?? search
    }

    /// Free text: at least one letter or digit, since signs find nothing.
    func words(_ name: String) throws(Refusal) -> String? {
        guard let text = text(name), !text.allSatisfy(\.isWhitespace) else { return nil }
        guard OrderSearch.isSearchable(text) else {
            throw wrong(name, "needs a letter or a digit: there are no wild cards, so \(text.prefix(40)) finds nothing")
        }
        return text
    }

    /// The last four digits of a card, which alone would find too many orders.
    private func cardDigits(besides others: [String?], isCounter: Bool) throws(Refusal) -> String? {
        guard let digits = text("card_last4") else { return nil }
        guard digits.isCardEnd else {
            throw Refusal([
                .init("?card_last4", .invalidInput, "expected the last four digits of the card, as 1234")
            ])
        }
        let placedFrom = try time("placed_from")
        guard isCounter || placedFrom != nil || others.contains(where: { $0 != nil }) else {
            throw Refusal([
                .init(
                    "?card_last4", .invalidInput,
                    "many cards end in \(digits): say q, email, sku, barcode, location or placed_from as well")
            ])
        }
        return digits
    }
}

extension OrderSearch {
    /// What a principal may see, before anything is asked for.
    fileprivate static func of(_ principal: Principal) -> OrderSearch {
        var search = OrderSearch()
        search.visibleAt = principal.locations
        return search
    }

    /// The search of a counter that takes the goods of orders from anywhere: it finds the order that somebody holds in
    /// their hands, and does not show what others bought elsewhere.
    ///
    /// - Returns: nil where nothing says which order that is: then it is found among those of the own location only.
    func atCounter() -> OrderSearch? {
        var search = self
        search.visibleAt = nil
        let hasGoods = sku != nil || barcode != nil
        let isCard = cardLast4 != nil && (hasGoods || text != nil || location != nil || placedFrom != nil)
        let isNamed = number != nil || externalID != nil || customer != nil || tracking != nil || isCard
        let isAddress = text?.contains("@") == true
        guard !isNamed, !isAddress else { return search }
        guard text != nil else { return nil }
        // Words alone would show everybody of a name: they need the goods beside them.
        search.takesNamesOnly = !hasGoods
        search.takesItems = false
        search.ownLocations = visibleAt
        return search
    }
}
