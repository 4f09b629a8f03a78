import OrderManagement

/// `/v1/stock/transfers`: stock that goes from one location to another.
extension API {
    var transfers: [Endpoint] {
        [findTransfers, showTransfer, planTransfer, sendTransfer, receiveTransfer, cancelTransfer]
    }

    private var findTransfers: Endpoint {
        .list(
            "/v1/stock/transfers", .scope(.stockRead), tag: "transfers", "Transfers, the oldest first",
            query: [
                .init("status", .words(Transfer.State.self), "How far it is"),
                .init("from", .text(max: 64), "Sent by one location"), .init("to", .text(max: 64), "To one location"),
                .init("order", .id("ord"), "For the pickup of one order"),
            ], of: Shapes.transfer
        ) { request in
            let limit = try request.query.limit()
            let order = request.query.text("order").map { OrderID($0) }
            if case .some(.none) = order { throw request.query.wrong("order", "is no id as ord_…") }
            let search = TransferStore.Search(
                state: try request.query.word("status", Transfer.State.self), from: request.query.text("from"),
                to: request.query.text("to"), order: order ?? nil)
            let after = try request.query.cursor(TransferID.self) ?? TransferID(0)
            let principal = request.principal
            let (found, short) = try await waybill.read { db in
                let found = try TransferStore.page(search, after: after, limit: limit + 1, in: db)
                return (found, try TransferShortage.of(found.prefix(limit), in: db))
            }
            return .page(request, next: found.count > limit ? found[limit - 1].id.description : nil) { list in
                for transfer in found.prefix(limit) where transfer.isVisible(to: principal) {
                    transfer.write(to: &list, short)
                }
            }
        }
    }

    private var showTransfer: Endpoint {
        .get("/v1/stock/transfers/{id}", .scope(.stockRead), tag: "transfers", "One transfer", reply: Shapes.transfer) {
            request in
            let id = try request.id(TransferID.self)
            let (found, short) = try await waybill.read { db in
                let found = try TransferStore.transfer(id, in: db)
                return (found, try TransferShortage.of(found.map { [$0] } ?? [], in: db))
            }
            guard let found, found.isVisible(to: request.principal) else {
                throw Refusal(.notFound, "there is no transfer \(id)")
            }
            return .json { found.write(to: &$0, short) }
        }
    }

    private var planTransfer: Endpoint {
        .post(
            "/v1/stock/transfers", .stockWrite, tag: "transfers",
            "Plan that stock goes to another location; sending takes what is available by then", key: .required,
            body: .object([
                .must("from", .text(max: 64)), .must("to", .text(max: 64)), .must("lines", Shapes.skuLines),
                .may("reference", .text(max: 100)), .may("due", .time),
            ]), reply: Shapes.transfer
        ) { request in
            let command = try request.read {
                PlanTransfer(
                    from: $0.text("from", max: 64), to: $0.text("to", max: 64), lines: $0.skuLines(),
                    reference: $0.optionalText("reference", max: 100), due: $0.optionalTime("due"))
            }
            return try await perform(command, for: request)
        }
    }

    private func call(
        _ noun: String, _ summary: String, body: [Schema.Property],
        _ command: @escaping @Sendable (APIRequest, TransferID) throws -> any Command
    ) -> Endpoint {
        .post(
            "/v1/stock/transfers/{id}/\(noun)", .stockWrite, tag: "transfers", summary, key: .required,
            body: .object(body), status: 200, reply: Shapes.transfer
        ) { request in
            let id = try request.id(TransferID.self)
            return try await perform(try command(request, id), for: request)
        }
    }

    private var sendTransfer: Endpoint {
        call(
            "sendings", "It has left; what was planned and is not named is given up",
            body: [.may("lines", Shapes.skuLines)]
        ) { request, id in
            try request.read { SendTransfer(transfer: id, lines: $0.optionalSKULines(from: 1)) }
        }
    }

    private var receiveTransfer: Endpoint {
        call(
            "arrivals", "It has come, in full or in part; short: nothing more comes, the rest is lost",
            body: [.may("lines", Shapes.skuLines), .may("short", .truth)]
        ) { request, id in
            try request.read {
                let isShort = $0.optionalTruth("short") ?? false
                return ReceiveTransfer(
                    transfer: id, lines: $0.optionalSKULines(from: isShort ? 0 : 1), isShort: isShort)
            }
        }
    }

    private var cancelTransfer: Endpoint {
        call("cancellations", "It will not be sent", body: []) { request, id in
            try request.read { _ in CancelTransfer(transfer: id) }
        }
    }
}

extension Shapes {
    /// `[{"sku": "85123A", "quantity": 2}]`
    static let skuLines = Schema.list(
        .named("SKUQuantity", .object([.must("sku", .text(max: 100)), .must("quantity", .quantity)])),
        max: PlanTransfer.linesMax)

    static let transfer = Schema.named(
        "Transfer",
        .object([
            .must("id", .id("trf")), .must("status", .words(Transfer.State.self)),
            .must("version", .integer(1...Int64.max)), .must("from", .text(max: 64)), .must("to", .text(max: 64)),
            .must("order", .nullable(.id("ord"))), .must("reference", .nullable(.text(max: 100))),
            .must(
                "lines",
                .list(
                    .object([
                        .must("sku", .text(max: 100)), .may("line", .id("lin")), .must("quantity", .count),
                        .must("cancelled", .count), .must("arrived", .count), .must("lost", .count),
                    ]), max: nil)), .must("planned_at", .time), .must("due", .time), .must("updated_at", .time),
            .may(
                "shortages",
                .list(
                    .object([
                        .must("sku", .text(max: 100)), .must("quantity", .count), .must("available", .count),
                        .must("short", .count),
                    ]), max: nil)),
        ]))
}

extension Fields {
    mutating func skuLines() -> [SKUQuantity] {
        list("lines", 1...PlanTransfer.linesMax) { SKUQuantity(sku: $0.text("sku", max: 100), quantity: $0.quantity()) }
    }

    mutating func optionalSKULines(from least: Int) -> [SKUQuantity]? {
        optionalList("lines", least...PlanTransfer.linesMax) {
            SKUQuantity(sku: $0.text("sku", max: 100), quantity: $0.quantity())
        }
    }

    mutating func supplyPolicy() -> SupplyPolicy {
        var policy = SupplyPolicy()
        policy.pickupByTransfer = optionalTruth("pickup_by_transfer") ?? policy.pickupByTransfer
        policy.transferDays = optionalInteger("transfer_days", in: 0...365) ?? policy.transferDays
        policy.backorderRelease =
            optionalWord("backorder_release", SupplyPolicy.BackorderRelease.self) ?? policy.backorderRelease
        policy.reminderDays = optionalInteger("reminder_days", in: 0...365) ?? policy.reminderDays
        policy.uncollected = optionalWord("uncollected", SupplyPolicy.Uncollected.self) ?? policy.uncollected
        policy.preorderLimit = optionalInteger("preorder_limit", in: 0...PlaceOrder.quantityMax)
        return policy
    }
}
