import OrderManagement

/// `/v1/exceptions`: what needs a person.
extension API {
    var exceptions: [Endpoint] {
        [
            findExceptions, groupExceptions, resolveException, assignException, settleGoods, retryConnector, checkBooks,
        ]
    }

    private var findExceptions: Endpoint {
        .list(
            "/v1/exceptions", .scope(.ordersRead), tag: "exceptions",
            "What needs a person, the oldest first, with what can be done about it",
            query: [
                .init("status", .words(["open", "resolved", "all"]), "`open` unless told"),
                .init("kind", .words(OrderException.Kind.self), "Its cause"),
                .init("owner", .text(max: 64), "Who should look: a location's code, `operations`, `finance`, …"),
                .init("assignee", .text(max: 64), "Who has taken it on"),
                .init("location", .text(max: 64), "Those of one location"),
                .init("order", .id("ord"), "Those of one order"),
                .init("overdue", .truth, "true: those that should have been settled by now"),
            ], of: Shapes.exception
        ) { request in
            let limit = try request.query.limit()
            let search = try request.query.exceptionSearch(at: waybill.clock())
            let after = try request.query.cursor(ExceptionID.self) ?? ExceptionID(0)
            let (found, orders) = try await waybill.read { db in
                let found = try ExceptionStore.page(search, after: after, limit: limit + 1, in: db)
                let named = Set(found.prefix(limit).filter(\.isOpen).compactMap(\.order))
                let orders = try OrderStore.orders(named.sorted(), in: db)
                return (try found.knowing(orders, by: known, at: waybill.clock(), in: db), orders)
            }
            let principal = request.principal
            return .page(request, next: found.count > limit ? found[limit - 1].id.description : nil) { list in
                for exception in found.prefix(limit) where exception.isVisible(to: principal) {
                    exception.write(to: &list, about: exception.order.flatMap { orders[$0] }, for: principal)
                }
            }
        }
    }

    private var groupExceptions: Endpoint {
        .get(
            "/v1/exceptions/groups", .scope(.ordersRead), tag: "exceptions",
            "How many are open of each cause and owner, and how many are overdue",
            reply: .object([.must("data", .list(Shapes.exceptionGroup, max: nil))])
        ) { request in
            guard request.principal.locations == nil else {
                throw Refusal(.forbidden, "the groups tell of all locations: this key is limited to some")
            }
            let now = waybill.clock()
            let groups = try await waybill.read { try ExceptionStore.groups(at: now, in: $0) }
            return APIResponse.json { json in
                json.object { $0.array("data") { list in for group in groups { group.write(to: &list) } } }
            }
        }
    }

    private var resolveException: Endpoint {
        .post(
            "/v1/exceptions/{id}/resolutions", .ordersWrite, tag: "exceptions", "Say that it is settled, and how",
            body: .object([.must("resolution", .text(max: 1_000))]), reply: Shapes.exception
        ) { request in
            let id = try request.id(ExceptionID.self)
            let text = try request.read { $0.text("resolution", max: 1_000) }
            return try await perform(ResolveException(exception: id, resolution: text), for: request)
        }
    }

    private var settleGoods: Endpoint {
        var call = Endpoint.post(
            "/v1/exceptions/{id}/settlements", .ordersWrite, tag: "exceptions",
            "Say what became of the goods that it is about: stock is booked by that, and the exception is settled. "
                + "With the scope orders:write, and stock:write where stock is counted by it; of what lies at a "
                + "location of the caller fulfillments:write is enough. Where some of several boxes were "
                + "stopped and others left, `left` names those that did (`parcels`): what was in the others is here",
            key: .required,
            body: .object([
                .must("outcome", .words(SettleGoods.Outcome.self)), .may("place", .shortText),
                .may("location", .text(max: 64)), .may("damaged", Shapes.someUnits), .may("missing", Shapes.someUnits),
                .may("parcels", .list(.id("par"), max: HandOver.parcelsMax)),
            ]), reply: Shapes.exception
        ) { request in
            let id = try request.id(ExceptionID.self)
            let command = try request.read { fields in
                let problems = fields.problems
                return SettleGoods(
                    exception: id, outcome: fields.word("outcome", SettleGoods.Outcome.self),
                    place: fields.optionalText("place"), location: fields.optionalText("location", max: 64),
                    damaged: fields.someUnits("damaged"), missing: fields.someUnits("missing"),
                    parcels: fields.values("parcels", 1...HandOver.parcelsMax) { json -> ParcelID? in
                        let id = json.string.flatMap { ParcelID($0) }
                        if id == nil { problems.note("expected a parcel as par_…, found \(problems.found(json))") }
                        return id
                    })
            }
            return try await perform(command, for: request)
        }
        call.access = .key
        return call
    }

    private var retryConnector: Endpoint {
        .post(
            "/v1/exceptions/{id}/retries", .ordersWrite, tag: "exceptions",
            "Try now what waits for somebody who does not answer, for one of the kind connector_down: the next answer "
                + "settles it. Its suggestion then says when, and how many jobs",
            body: .object([]), reply: Shapes.exception
        ) { request in
            let id = try request.id(ExceptionID.self)
            try request.read { _ in }
            return try await perform(RetryConnector.counted(id, by: waybill), for: request)
        }
    }

    private var checkBooks: Endpoint {
        .post(
            "/v1/exceptions/{id}/checks", .admin, tag: "exceptions",
            "Check all books, as the doctor does: an exception of the kind broken_invariant is settled if they hold",
            body: .object([]), reply: Shapes.exception
        ) { request in
            let id = try request.id(ExceptionID.self)
            try request.read { _ in }
            return try await perform(Self.checkBooks(id, by: waybill, for: request.principal), for: request)
        }
    }

    /// What settles an alarm, once the books were found to hold.
    ///
    /// - Throws: `.notFound`; `.illegalTransition` for one of another kind, and while the books contradict each
    ///   other, naming the first places.
    static func checkBooks(
        _ id: ExceptionID, by waybill: OrderManagement, for principal: Principal
    ) async throws -> ResolveException {
        let exception = try await waybill.read { try ExceptionStore.exception(id, in: $0) }
        guard let exception, exception.isVisible(to: principal) else {
            throw Refusal(.notFound, "there is no exception \(id)")
        }
        guard exception.kind == .brokenInvariant else {
            let state = exception.isOpen ? "open" : "resolved"
            throw Refusal(
                .illegalTransition,
                "the exception is \(state) and of the kind \(exception.kind.rawValue): no books are in doubt")
        }
        let report = try await waybill.read { try Doctor.examine(in: $0) }
        guard report.isClean else {
            let places = report.findings.prefix(3).map { "\($0.book.rawValue) of \($0.subject)" }
            throw Refusal(
                .illegalTransition,
                "the exception stays open, since the books contradict each other: \(places.joined(separator: "; "))")
        }
        return ResolveException(exception: id, resolution: TellContradictions.cleanResolution)
    }

    private var assignException: Endpoint {
        .post(
            "/v1/exceptions/{id}/assignments", .ordersWrite, tag: "exceptions",
            "Say which user takes it on, by name, e-mail or id (absent: nobody), and by when it should be settled",
            body: .object([.may("assignee", .nullable(.text(max: 254))), .may("due", .time)]),
            reply: Shapes.exception
        ) { request in
            let id = try request.id(ExceptionID.self)
            let (assignee, due) = try request.read {
                ($0.optionalText("assignee", max: 254), $0.optionalTime("due"))
            }
            var name: String?
            if let assignee { name = try await self.name(ofUser: assignee) }
            return try await perform(AssignException(exception: id, assignee: name, due: due), for: request)
        }
    }
}

extension API {
    /// What a user is called who is named by name, e-mail or id.
    /// - Throws: `.unknownUser`.
    private func name(ofUser text: String) async throws -> String {
        let user = try await waybill.read { db in
            if let id = UserID(text) { return try UserStore.user(id, in: db).flatMap { $0.isEnded ? nil : $0 } }
            return try UserStore.user(withEmail: text, in: db) ?? UserStore.user(named: text, in: db)
        }
        guard let user else {
            throw Refusal([
                .init("/assignee", .unknownUser, "there is no user \(text): expected a name, e-mail or id of one")
            ])
        }
        return user.name
    }
}

extension Shapes {
    /// Units of some of the goods that an exception is about.
    fileprivate static let someUnits = Schema.list(
        .object([.must("sku", .text(max: 100)), .must("quantity", .quantity)]), max: 100)
}

extension Fields {
    fileprivate mutating func someUnits(_ name: String) -> [SKUQuantity] {
        optionalList(name, 0...100) { SKUQuantity(sku: $0.text("sku", max: 100), quantity: $0.quantity()) } ?? []
    }
}

extension Query {
    fileprivate func exceptionSearch(at now: Timestamp) throws(Refusal) -> ExceptionSearch {
        var search = ExceptionSearch()
        switch text("status") {
        case nil, "open": search.isOpen = true
        case "resolved": search.isOpen = false
        case "all": search.isOpen = nil
        case .some: throw wrong("status", "must be one of: open, resolved, all")
        }
        search.kind = try word("kind", OrderException.Kind.self)
        search.owner = text("owner")
        search.assignee = text("assignee")
        search.location = text("location")
        if let name = text("order") {
            guard let order = OrderID(name) else { throw wrong("order", "is no order's id: such begin with ord_") }
            search.order = order
        }
        if try truth("overdue") == true { search.dueBefore = now }
        return search
    }
}
