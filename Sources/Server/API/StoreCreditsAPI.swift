import OrderManagement

/// `/v1/store-credits`: what customers may spend with the retailer.
extension API {
    var storeCredits: [Endpoint] { [findStoreCredits, showStoreCredit, storeCreditEntries, bookStoreCredit] }

    private var findStoreCredits: Endpoint {
        .list(
            "/v1/store-credits", .scope(.paymentsRead), tag: "store-credits",
            "Store credits, the oldest first; or those of a customer",
            query: [.init("customer", .shortText, "The customer's e-mail address")], of: Shapes.storeCredit
        ) { request in
            let limit = try request.query.limit()
            let cursor = try request.query.cursor().map { StoreCreditID($0) }
            if case .some(.none) = cursor { throw request.query.badCursor }
            let after = (cursor ?? nil) ?? StoreCreditID(0)
            let customer = request.query.text("customer")
            let found = try await waybill.read { db in
                if let customer { return try StoreCreditStore.of(customer, limit: limit, in: db) }
                return try StoreCreditStore.page(after: after, limit: limit + 1, in: db)
            }
            return .page(request, next: found.count > limit ? found[limit - 1].id.description : nil) { list in
                for credit in found.prefix(limit) { credit.write(to: &list) }
            }
        }
    }

    private var showStoreCredit: Endpoint {
        .get(
            "/v1/store-credits/{id}", .scope(.paymentsRead), tag: "store-credits", "One store credit",
            reply: Shapes.storeCredit
        ) { request in
            let credit = try await storeCredit(try request.id(StoreCreditID.self))
            return .json { credit.write(to: &$0) }
        }
    }

    private var storeCreditEntries: Endpoint {
        .list(
            "/v1/store-credits/{id}/entries", .scope(.paymentsRead), tag: "store-credits",
            "The ledger of a store credit, the oldest entry first", of: Shapes.storeCreditEntry
        ) { request in
            let credit = try await storeCredit(try request.id(StoreCreditID.self))
            let limit = try request.query.limit()
            let after = try request.query.cursor().map { Int64($0) ?? -1 } ?? 0
            guard after >= 0 else { throw request.query.badCursor }
            let found = try await waybill.read {
                try StoreCreditStore.entries(of: credit.id, after: after, limit: limit + 1, in: $0)
            }
            return .page(request, next: found.count > limit ? String(found[limit - 1].number) : nil) { list in
                for entry in found.prefix(limit) { entry.write(to: &list, in: credit.account.currency) }
            }
        }
    }

    private func storeCredit(_ id: StoreCreditID) async throws -> StoreCredit {
        guard let credit = try await waybill.read({ try StoreCreditStore.credit(id, in: $0) }) else {
            throw Refusal(.notFound, "there is no store credit \(id)")
        }
        return credit
    }

    private var bookStoreCredit: Endpoint {
        .post(
            "/v1/store-credits", .paymentsWrite, tag: "store-credits",
            "Issue store credit to a customer, or take away what has expired", key: .required,
            body: .object([
                .must("customer", .text(max: 254)), .must("amount", .money), .must("reason", .shortText),
                .may("kind", .words(BookStoreCredit.Kind.self)),
            ]), reply: Shapes.storeCredit
        ) { request in
            let command = try request.read {
                BookStoreCredit(
                    customer: $0.email("customer"), kind: $0.optionalWord("kind", BookStoreCredit.Kind.self) ?? .issue,
                    amount: $0.money("amount", from: 1), reason: $0.text("reason"))
            }
            return try await perform(command, for: request)
        }
    }
}

extension Shapes {
    static let storeCredit = Schema.named(
        "StoreCredit",
        .object([
            .must("id", .id("crd")), .must("customer", .text(max: 254)), .must("balance", .money),
            .must("updated_at", .time),
        ]))

    static let storeCreditEntry = Schema.named(
        "StoreCreditEntry",
        .object([
            .must("number", .count), .must("kind", .words(StoreCredit.Entry.Kind.self)), .must("amount", .money),
            .must("balance", .money), .must("order", .nullable(.id("ord"))), .must("reason", .shortText),
            .must("at", .time), .must("by", .text(max: 64)),
        ]))
}
