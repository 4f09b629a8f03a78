import TestSupport
import Testing

@testable import OrderManagement

/// A shop of one person, whose larger orders take the approval of a second one.
@Suite("Approval where there is no second person")
struct LoneApprovalTests {
    private func person(
        _ name: String, _ scopes: Set<Scope> = [.admin], locations: Set<String>? = nil, in shop: TestSystem
    ) throws -> Principal {
        let reply = try shop.perform(
            CreateUser(
                email: "\(name)@example.com", name: name, passwordHash: "none", scopes: scopes, locations: locations))
        let id = try #require(JSON.parse(reply.body)["id"]?.string)
        return Principal(name: id, scopes: scopes, locations: locations)
    }

    private func shop() throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("shop", policy: ChannelPolicy(stages: ["approval"]))
        return shop
    }

    private func place(by principal: Principal, in shop: TestSystem) throws -> OrderID {
        var order = try PlaceOrder("1 × TEE-M at 10.00 GBP")
        order.channel = "shop"
        return try #require(OrderID(JSON.parse(shop.perform(order, as: principal).body)["id"]?.string ?? ""))
    }

    private func approve(_ id: OrderID, because note: String?) -> PassStage {
        PassStage(order: id, stage: "approval", hasPassed: true, note: note)
    }

    /// What is open, as somebody reads it.
    private func shown(_ id: OrderID, in shop: TestSystem) throws -> [OrderException] {
        try shop.waybill.readNow { db in
            let order = try #require(try OrderStore.order(id, in: db))
            return try ExceptionStore.of(id, in: db).filter(\.isOpen).knowing([id: order], in: db)
        }
    }

    @Test("The stage says so at once, and its administrator passes it alone, with a reason that is kept")
    func alone() throws {
        let shop = try shop()
        let ada = try person("ada", in: shop)
        let id = try place(by: ada, in: shop)
        let exception = try #require(try shown(id, in: shop).first)
        #expect(exception.kind == .stageReview && exception.subject == "approval" && exception.owner == "operations")
        #expect(exception.due == shop.now + .hours(4))
        #expect(exception.cause.contains("nobody may give it but who placed or amended the order"))
        #expect(exception.suggestion == Order.unanswerableSuggestion)
        let offered = exception.actions(about: try shop.order(id), for: ada)
        #expect(offered == [.approveAlone(id, stage: "approval"), .cancelOrder(id, reason: "other")])
        for nothing in [nil, "  "] {
            try expectRefusal(.invalidInput, at: "/note", of: approve(id, because: nothing), in: shop, as: ada)
        }
        #expect(try shop.order(id).stage == "approval")
        try shop.perform(approve(id, because: "known for years"), as: ada)
        let order = try shop.order(id)
        #expect(order.stage == nil && order.gates[0].decidedBy == ada.name)
        #expect(order.gates[0].reason == "known for years")
        #expect(try shop.openExceptions().isEmpty)
        let told = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 99, in: $0) }
        let passed = try JSON.parse(try #require(told.first { $0.type == "stage.passed" }).data)
        #expect(passed["alone"]?.bool == true && passed["note"]?.string == "known for years")
        try shop.expectClean()
    }

    @Test("Who amends what another placed may not approve it any more: where nobody else may, that is said")
    func amended() throws {
        let shop = try shop()
        let ada = try person("ada", in: shop)
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        #expect(try shown(id, in: shop).isEmpty)
        var request = AmendmentRequest()
        request.quantities = [.init(line: OrderLineID(id, 1), quantity: 3)]
        try shop.perform(AmendOrder(order: id, request: request), as: ada)
        try shop.perform(CommitAmendment(amendment: AmendmentID(id, 1)), as: ada)
        #expect(try shown(id, in: shop).map(\.kind) == [.stageReview])
    }

    @Test("Who is no administrator does not pass it, and hears who may")
    func clerk() throws {
        let shop = try shop()
        let clerk = try person("clerk", [.ordersWrite], in: shop)
        let id = try place(by: clerk, in: shop)
        let refusal = try expectRefusal(
            .secondPersonRequired, of: approve(id, because: "why not"), in: shop, as: clerk)
        #expect(refusal?.explanation.contains("an administrator passes it alone") == true)
        #expect(try shop.order(id).stage == "approval")
    }

    @Test("With a second person nothing is said, and nobody approves what is theirs; once they are gone it can be")
    func second() throws {
        let shop = try shop()
        let (ada, bob) = (try person("ada", in: shop), try person("bob", [.ordersWrite], in: shop))
        let (id, other) = (try place(by: ada, in: shop), try place(by: ada, in: shop))
        #expect(try shop.openExceptions().isEmpty)
        try expectRefusal(.secondPersonRequired, of: approve(id, because: "known"), in: shop, as: ada)
        try shop.perform(approve(id, because: nil), as: bob)
        #expect(try shop.order(id).stage == nil)
        try shop.perform(EndUser(user: try #require(UserID(bob.name))))
        try shop.perform(approve(other, because: "Bob has left"), as: ada)
        #expect(try shop.order(other).stage == nil)
        try shop.expectClean()
    }

    @Test("Who sees other locations only, or may not answer for orders, is no second person")
    func others() throws {
        let shop = try shop()
        let ada = try person("ada", in: shop)
        _ = try person("reader", [.ordersRead], in: shop)
        _ = try person("york", [.ordersWrite], locations: ["YORK"], in: shop)
        let id = try place(by: ada, in: shop)
        #expect(try shown(id, in: shop).map(\.kind) == [.stageReview])
        try shop.perform(approve(id, because: "nobody else"), as: ada)
        #expect(try shop.order(id).stage == nil)
    }

    @Test("What a program or a customer placed is one person's to approve, as ever")
    func placedByOthers() throws {
        let shop = try shop()
        let ada = try person("ada", in: shop)
        let id = try place(by: Principal(name: "key_web", scopes: [.ordersWrite]), in: shop)
        #expect(try shop.openExceptions().isEmpty)
        try shop.perform(approve(id, because: nil), as: ada)
        let told = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 99, in: $0) }
        #expect(try JSON.parse(try #require(told.first { $0.type == "stage.passed" }).data)["alone"] == nil)
    }

    @Test("Once nobody is left but who placed it, an order that waits says so; others wait for whom they waited for")
    func ended() async throws {
        let shop = try shop()
        let (ada, bob) = (try person("ada", in: shop), try person("bob", [.ordersWrite], in: shop))
        let carl = try person("carl", [.ordersWrite], in: shop)
        let (id, other) = (try place(by: ada, in: shop), try shop.place("1 × TEE-M at 10.00 GBP", on: "shop"))
        try shop.perform(EndUser(user: try #require(UserID(carl.name))))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty, "Bob may approve it")
        try shop.perform(EndUser(user: try #require(UserID(bob.name))))
        try await shop.runDueJobs()
        let exception = try #require(try shown(id, in: shop).first)
        #expect(exception.kind == .stageReview && exception.suggestion == Order.unanswerableSuggestion)
        #expect(exception.actions(about: try shop.order(id), for: ada).first == .approveAlone(id, stage: "approval"))
        #expect(try shop.openExceptions().count == 1 && shop.order(other).stage == "approval")
        try shop.perform(approve(other, because: nil), as: ada)
        try shop.perform(approve(id, because: "Bob has left"), as: ada)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What a person was asked before, since time ran out, says then why nobody answers")
    func overdue() async throws {
        let shop = try shop()
        let (ada, bob) = (try person("ada", in: shop), try person("bob", in: shop))
        let id = try place(by: ada, in: shop)
        shop.advance(.days(1))
        try await shop.runDueJobs()
        let asked = try #require(try shown(id, in: shop).first)
        #expect(asked.kind == .stageOverdue && asked.suggestion == "Pass the stage or fail it.")
        try shop.perform(EndUser(user: try #require(UserID(bob.name))))
        try await shop.runDueJobs()
        let told = try #require(try shown(id, in: shop).first)
        #expect(told.id == asked.id && told.suggestion == Order.unanswerableSuggestion)
        #expect(told.cause.contains("its time was up") && told.cause.contains("nobody may give it but who placed"))
        #expect(told.actions(about: try shop.order(id), for: ada).first == .approveAlone(id, stage: "approval"))
        let position = try shop.events(id).count
        try shop.perform(EndUser(user: try #require(UserID(person("dan", in: shop).name))))
        try await shop.runDueJobs()
        #expect(try shop.events(id).count == position, "what is said is not said again")
        try shop.expectClean()
    }

    @Test("However many wait, one job looks at some of them and leaves the others to the next")
    func many() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 999")
        try shop.open("shop", policy: ChannelPolicy(stages: ["approval"]))
        let (ada, bob) = (try person("ada", in: shop), try person("bob", in: shop))
        let count = JobRunner.waitingMax + 5
        for _ in 0..<count { _ = try place(by: ada, in: shop) }
        let first = try shop.waybill.readNow { try OrderStore.waiting(after: .init(""), limit: 2, in: $0) }
        let rest = try shop.waybill.readNow { try OrderStore.waiting(after: .init(first[1].text), limit: 999, in: $0) }
        #expect(first.count == 2 && rest.count == count - 2 && Set(first + rest).count == count)
        try shop.perform(EndUser(user: try #require(UserID(bob.name))))
        try await shop.runDueJobs()
        try await shop.runDueJobs()
        let open = try shop.waybill.readNow { try ExceptionStore.groups(at: shop.now, in: $0) }
        #expect(open.map(\.kind) == [.stageReview] && open.map(\.count) == [Int64(count)])
        try shop.expectClean()
    }

    @Test("A channel whose approval hardly anybody can give is saved, and says so")
    func warned() throws {
        let shop = try TestSystem()
        func save(_ stages: [Stage]) throws -> [JSON]? {
            var channel = Channel.web
            channel.policy.stages = stages
            return try JSON.parse(shop.perform(SaveChannel(channel: channel)).body)["oddities"]?.array
        }
        #expect(try save(["approval"]) == nil, "orders are answered for by programs")
        let ada = try person("ada", in: shop)
        #expect(try save(["payment"]) == nil)
        let words = try #require(try save(["payment", "approval"])?.first?.string)
        #expect(words.contains("the stage approval takes a second person") && words.contains(ada.name))
        _ = try person("bob", [.ordersWrite], in: shop)
        #expect(try save(["payment", "approval"]) == nil)
    }
}
