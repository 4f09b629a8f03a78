import OrderManagement

/// `/v1/returns`: units that come back, from their announcement to the refund.
extension API {
    var returns: [Endpoint] {
        [
            findReturns, showReturn, requestReturn, approve, rejectReturn, labelReturn, sendReturn, receive, inspect,
            settle, returnable, claimParcel, deliverParcel, identifyReturn, reopenReturn,
        ]
    }

    private func call<Base: Command>(
        _ noun: String, _ summary: String, key: Endpoint.KeyRule = .accepted, body: [Schema.Property],
        _ command: @escaping @Sendable (APIRequest, ReturnID) throws -> Base
    ) -> Endpoint {
        .post(
            "/v1/returns/{id}/\(noun)", .returnsWrite, tag: "returns", summary, key: key, takesVersion: true,
            body: .object(body), status: 200, reply: Shapes.returned
        ) { request in
            let id = try request.id(ReturnID.self)
            return try await perform(try command(request, id), on: id.order, for: request)
        }
    }

    private var findReturns: Endpoint {
        .list(
            "/v1/returns", .scope(.returnsRead), tag: "returns", "Returns, the oldest first; with q the newest first",
            query: [
                .init("status", .words(Return.State.self), "How far it is"),
                .init("location", .shortText, "Where it is to come to, or came to"),
                .init("open", .truth, "true: only those that still need something done"),
                .init("reference", .shortText, "What stands on its label, such as WEB-1001-R1"),
                .init("tracking", .shortText, "The courier's number of what comes back"),
                .init(
                    "q", .shortText, "Reference, tracking number, an item's SKU or barcode, or what finds its order"),
            ], of: Shapes.returned
        ) { request in
            let (search, limit) = (try request.query.returnSearch(for: request.principal), try request.query.limit())
            let cursor = try request.query.cursor().map { ReturnID($0) }
            if case .some(.none) = cursor { throw request.query.badCursor }
            let (found, next) = try await waybill.read { db in
                let page = try search.page(after: cursor ?? nil, limit: limit, in: db)
                return (try OrderReturn.all(page.found, for: request.principal, in: db), page.next)
            }
            return .page(request, next: next?.description) { list in
                for found in found { found.entry.write(to: &list, of: found.order) }
            }
        }
    }

    private var showReturn: Endpoint {
        .get("/v1/returns/{id}", .scope(.returnsRead), tag: "returns", "One return", reply: Shapes.returned) {
            request in
            let id = try request.id(ReturnID.self)
            let (order, entry) = try await waybill.read { try Self.entry(id, for: request.principal, in: $0) }
            return .json(version: order.version) { entry.write(to: &$0, of: order) }
        }
    }

    private var approve: Endpoint {
        call("approvals", "The units may come back", body: []) { request, id in
            try request.read { _ in ApproveReturn(id: id) }
        }
    }

    private var rejectReturn: Endpoint {
        call("rejections", "The units may not come back", body: [.may("note", .text(max: 1_000))]) { request, id in
            try request.read { RejectReturn(id: id, note: $0.optionalText("note", max: 1_000)) }
        }
    }

    private var labelReturn: Endpoint {
        call(
            "labels", "By which label the units will come; a number that was wrong is corrected so too",
            body: [.must("courier", .text(max: 64)), .must("tracking", .text(max: 100))]
        ) { request, id in
            try request.read {
                LabelReturn(id: id, courier: $0.text("courier", max: 64), tracking: $0.text("tracking", max: 100))
            }
        }
    }

    private var sendReturn: Endpoint {
        call(
            "sendings", "The customer has sent the units",
            body: [.may("courier", .text(max: 64)), .may("tracking", .text(max: 100))]
        ) { request, id in
            try request.read {
                SendReturn(
                    id: id, courier: $0.optionalText("courier", max: 64),
                    tracking: $0.optionalText("tracking", max: 100))
            }
        }
    }

    /// SKUs of foreign goods in one parcel.
    private static let foundMax = 50

    private var receive: Endpoint {
        call(
            "receipts", "The units are here", key: .required,
            body: [
                .must("location", .text(max: 64)),
                .may(
                    "lines",
                    .list(
                        .object([
                            .must("line", .id("lin")), .must("quantity", .quantity), .may("condition", .shortText),
                            .may("disposition", .words(Return.Disposition.self)),
                        ]), max: PlaceOrder.linesMax)),
                .may(
                    "found",
                    .list(
                        .object([
                            .must("sku", .text(max: 100)), .must("quantity", .quantity), .may("note", .shortText),
                        ]), max: Self.foundMax)), .may("complete", .truth), .may("more_than_announced", .truth),
            ]
        ) { request, id in
            try request.read {
                ReceiveReturn(
                    id: id, location: $0.text("location", max: 64),
                    lines: $0.optionalList("lines", 0...PlaceOrder.linesMax) { fields in
                        ReceiveReturn.Line(
                            line: fields.line(), quantity: fields.quantity(),
                            disposition: fields.optionalWord("disposition", Return.Disposition.self),
                            condition: fields.optionalText("condition"))
                    } ?? [],
                    found: $0.optionalList("found", 0...Self.foundMax) {
                        ReturnTerms.Found(
                            sku: $0.text("sku", max: 100), quantity: $0.quantity(), note: $0.optionalText("note"))
                    } ?? [], isComplete: $0.optionalTruth("complete") ?? false,
                    isMoreThanAnnounced: $0.optionalTruth("more_than_announced") ?? false)
            }
        }
    }

    private var inspect: Endpoint {
        call(
            "inspections", "The units were judged", key: .required,
            body: [
                .must(
                    "lines",
                    .list(
                        .object([
                            .must("line", .id("lin")), .must("quantity", .quantity),
                            .must("disposition", .words(Return.Disposition.self)),
                        ]), max: PlaceOrder.linesMax))
            ]
        ) { request, id in
            try request.read {
                InspectReturn(
                    id: id,
                    lines: $0.list("lines", 1...PlaceOrder.linesMax) {
                        ReceiveReturn.Line(
                            line: $0.line(), quantity: $0.quantity(),
                            disposition: $0.word("disposition", Return.Disposition.self))
                    })
            }
        }
    }

    private var identifyReturn: Endpoint {
        call(
            "identifications",
            "What a courier tells under a number that others bear as well is of this return, and of no other until its "
                + "way has ended", key: .required, body: []
        ) { request, id in
            try request.read { _ in }
            return IdentifyReturn(id: id)
        }
    }

    private var reopenReturn: Endpoint {
        .post(
            "/v1/returns/{id}/reopenings", .returnsWrite, tag: "returns",
            "What never came with a closed return is expected after all: by a return of its own, which is the answer, "
                + "of the same terms", key: .required, takesVersion: true, body: .object([]), reply: Shapes.returned
        ) { request in
            let id = try request.id(ReturnID.self)
            try request.read { _ in }
            return try await perform(ReopenReturn(id: id), on: id.order, for: request)
        }
    }

    private var settle: Endpoint {
        call(
            "settlements", "The return is closed, its money given back", key: .required,
            body: [.may("refund", .words(SettleReturn.Refund.self)), .may("amount", .money)]
        ) { request, id in
            try request.read {
                let refund = $0.optionalWord("refund", SettleReturn.Refund.self)
                let amount = $0.optionalMoney("amount")
                return refund.map { SettleReturn(id: id, refund: $0, amount: amount) }
                    ?? SettleReturn(agreed: id, amount: amount)
            }
        }
    }
}

/// A return with its order.
struct OrderReturn: Sendable {
    let order: Order
    let entry: Return

    /// Those of some returns that a caller may see, in their order.
    static func all(_ ids: [ReturnID], for principal: Principal, in db: any Connection) throws -> [OrderReturn] {
        let orders = try OrderStore.orders(Array(Set(ids.map(\.order))), in: db)
        return ids.compactMap { id in
            guard let order = orders[id.order], order.isVisible(to: principal), let entry = order.part(id) else {
                return nil
            }
            return OrderReturn(order: order, entry: entry)
        }
    }
}

extension Query {
    fileprivate func returnSearch(for principal: Principal) throws(Refusal) -> ReturnSearch {
        var search = ReturnSearch()
        search.state = try word("status", Return.State.self)
        search.isOpen = try truth("open") ?? false
        search.location = text("location")
        search.reference = text("reference")
        search.tracking = text("tracking")
        search.text = try words("q")
        search.visibleAt = principal.locations
        return search
    }
}
