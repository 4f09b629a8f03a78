import OrderManagement

/// `/v1/returns`: units that come back, from their announcement to the refund.
extension API {
    var returns: [Endpoint] {
        [findReturns, showReturn, requestReturn, approve, rejectReturn, receive, inspect, settle]
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
            "/v1/returns", .scope(.returnsRead), tag: "returns", "Returns, the oldest first",
            query: [
                .init("status", .words(Return.State.self), "How far it is"),
                .init("location", .shortText, "Where it is to come to, or came to"),
                .init("open", .truth, "true: only those that still need something done"),
            ], of: Shapes.returned
        ) { request in
            let (state, isOpen) = (
                try request.query.word("status", Return.State.self),
                try request.query.truth("open") ?? false
            )
            let (location, limit) = (request.query.text("location"), try request.query.limit())
            let cursor = try request.query.cursor().map { ReturnID($0) }
            if case .some(.none) = cursor { throw request.query.badCursor }
            let start = (cursor ?? nil) ?? ReturnID(OrderID(0), 0)
            let principal = request.principal
            let (found, next) = try await waybill.read { db in
                let page = try ReturnStore.page(
                    state: state, isOpen: isOpen, location: location, after: start, limit: limit, in: db)
                return (try page.found.map { ($0, try OrderStore.order($0.order, in: db)) }, page.next)
            }
            return .page(request, next: next?.description) { list in
                for (id, order) in found {
                    guard let order, order.isVisible(to: principal),
                        let entry = order.returns.first(where: { $0.number == id.number })
                    else { continue }
                    entry.write(to: &list, of: order)
                }
            }
        }
    }

    private var showReturn: Endpoint {
        .get("/v1/returns/{id}", .scope(.returnsRead), tag: "returns", "One return", reply: Shapes.returned) {
            request in
            let id = try request.id(ReturnID.self)
            let order = try await waybill.read { try OrderStore.order(id.order, in: $0) }
            guard let order, order.isVisible(to: request.principal),
                let entry = order.returns.first(where: { $0.number == id.number })
            else { throw Refusal(.notFound, "there is no return \(id)") }
            return .json(version: order.version) { entry.write(to: &$0, of: order) }
        }
    }

    private var requestReturn: Endpoint {
        .post(
            "/v1/returns", .returnsWrite, tag: "returns", "Announce units that come back", key: .required,
            body: .object([.must("order", .id("ord"))] + Shapes.newReturn), reply: Shapes.returned
        ) { request in
            let command = try request.read { fields in
                let order = fields.order()
                return fields.newReturn(of: order)
            }
            do {
                return try await perform(command, for: request)
            } catch let refusal as Refusal where refusal.code == .notFound {
                // Here the order stands in the body, not in the address.
                throw Refusal([.init("/order", .unknownOrder, refusal.explanation)])
            }
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

    private var receive: Endpoint {
        call(
            "receipts", "The units are here", key: .required,
            body: [
                .must("location", .text(max: 64)),
                .must(
                    "lines",
                    .list(
                        .object([
                            .must("line", .id("lin")), .must("quantity", .quantity), .may("condition", .shortText),
                            .may("disposition", .words(Return.Disposition.self)),
                        ]), max: PlaceOrder.linesMax)),
            ]
        ) { request, id in
            try request.read {
                ReceiveReturn(
                    id: id, location: $0.text("location", max: 64),
                    lines: $0.list("lines", 1...PlaceOrder.linesMax) { fields in
                        ReceiveReturn.Line(
                            line: fields.line(), quantity: fields.quantity(),
                            disposition: fields.optionalWord("disposition", Return.Disposition.self),
                            condition: fields.optionalText("condition"))
                    })
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

    private var settle: Endpoint {
        call(
            "settlements", "The return is closed, its money given back", key: .required,
            body: [.must("refund", .words(SettleReturn.Refund.self)), .may("amount", .money)]
        ) { request, id in
            try request.read {
                SettleReturn(
                    id: id, refund: $0.word("refund", SettleReturn.Refund.self), amount: $0.optionalMoney("amount"))
            }
        }
    }
}

extension Fields {
    mutating func newReturn(of order: OrderID, showsOrder: Bool = false) -> RequestReturn {
        RequestReturn(
            order: order, method: word("method", Return.Method.self), location: optionalText("location", max: 64),
            lines: list("lines", 1...PlaceOrder.linesMax) {
                RequestReturn.Line(
                    line: $0.line(), quantity: $0.quantity(), reason: $0.word("reason", Return.Reason.self))
            }, note: optionalText("note", max: 1_000), showsOrder: showsOrder)
    }
}
