import OrderManagement
import Synchronization
import TestSupport
import Testing

@Suite("Exceptions: what needs a person")
struct ExceptionTests {
    private func actions(_ exception: OrderException, in shop: TestSystem) throws -> [String] {
        let order = try exception.order.map { try shop.order($0) }
        return exception.actions(about: order).map(\.name)
    }

    @Test("Units that nobody has can be sourced again or given up; once they found a place nobody need look any more")
    func rejectedEverywhere() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .closed))
        let exception = try #require(try shop.openExceptions().first)
        #expect(try actions(exception, in: shop) == ["sourcings", "sourcings", "cancellations"])
        try shop.receive("TEE-M@LEEDS: 5")
        try shop.perform(SourceOrder(order: id))
        #expect(try shop.openExceptions().isEmpty)
        #expect(try shop.events(id).contains("exception.resolved"))
        #expect(try shop.order(id).exceptions.isEmpty)
        try shop.expectClean()
    }

    @Test("Giving up the waiting units, as the exception suggests, settles it in the same commit")
    func givenUp() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .closed))
        let exception = try #require(try shop.openExceptions().first)
        let offered = exception.actions(about: try shop.order(id))
        #expect(offered.last == .cancelWaiting(id, id.units([1: 2])))
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 2]), reason: .unfillable))
        #expect(try shop.openExceptions().isEmpty)
        #expect(try shop.order(id).lines[0].cancelled == 2)
        try shop.expectClean()
    }

    @Test("A failed stage offers to be passed, and passing it settles the exception")
    func stageFailed() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        try shop.perform(PassStage(order: id, stage: "remorse", hasPassed: false, note: "called us"))
        let exception = try #require(try shop.openExceptions().first)
        #expect(exception.subject == "remorse")
        #expect(try actions(exception, in: shop) == ["stages/remorse", "cancellations"])
        try shop.perform(PassStage(order: id, stage: "remorse", hasPassed: true, note: nil))
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("An order sent without cover offers another payment; once it is captured the exception is settled")
    func uncovered() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, unpaid")
        try shop.walk(id, to: .shipped)
        let exception = try #require(try shop.openExceptions().first)
        #expect(exception.kind == .paymentFailed)
        #expect(try actions(exception, in: shop) == ["payments", "write-offs"])
        try shop.perform(
            AddPayment(
                order: id,
                payment: .init(provider: "manual", reference: "later", authorized: Money(2000, Currency("GBP")!))))
        if let still = try shop.openExceptions().first {
            #expect(try actions(still, in: shop) == ["captures"])
            try shop.perform(CapturePayment(order: id, amount: Money(2000, Currency("GBP")!), reason: "late"))
        }
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What was opened and what follows within one group see each other: opened and settled by neighbours")
    func withinOneGroup() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        let results = shop.waybill.performNow([
            (PassStage(order: id, stage: "remorse", hasPassed: false, note: nil), .system, nil),
            (PassStage(order: id, stage: "remorse", hasPassed: true, note: nil), .system, nil),
        ])
        for result in results { _ = try result.get() }
        #expect(try shop.openExceptions().isEmpty)
        #expect(try shop.events(id).suffix(3).contains("exception.resolved"))
        try shop.expectClean()
    }

    @Test("A shortage that is gone settles what told of it; one that came back meanwhile stands")
    func shortageGone() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("4 × TEE-M at 10.00 GBP, store")
        try shop.move(.countDown, 3, "TEE-M@LONDON")
        #expect(try shop.openExceptions().map(\.kind) == [.short])
        #expect(try actions(try #require(try shop.openExceptions().first), in: shop) == ["movements"])
        try shop.receive("TEE-M@LONDON: 10")
        try shop.move(.countDown, 9, "TEE-M@LONDON")
        #expect(try shop.openExceptions().map(\.kind) == [.short, .short])
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.short])
        try shop.receive("TEE-M@LONDON: 10")
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty)
        #expect(try shop.order(id).lines[0].allocated == 4)
        try shop.expectClean()
    }

    @Test("An exception is taken on, handed back, and given another time; a resolved one is neither")
    func assigned() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        try shop.perform(PassStage(order: id, stage: "remorse", hasPassed: false, note: nil))
        let exception = try #require(try shop.openExceptions().first)
        let due = shop.now + .days(2)
        try shop.perform(AssignException(exception: exception.id, assignee: "Ada", due: due))
        var present = try #require(try shop.openExceptions().first)
        #expect(present.assignee == "Ada" && present.due == due)
        #expect(try shop.order(id).exceptions == [present])
        try shop.perform(AssignException(exception: exception.id, assignee: nil))
        present = try #require(try shop.openExceptions().first)
        #expect(present.assignee == nil && present.due == due)
        let stranger = Principal(name: "york", scopes: [.ordersWrite], locations: ["YORK"])
        try expectRefusal(
            .notFound, of: AssignException(exception: exception.id, assignee: "x"), in: shop, as: stranger)
        try shop.perform(ResolveException(exception: exception.id, resolution: "talked to them"))
        try expectRefusal(.illegalTransition, of: AssignException(exception: exception.id, assignee: "Eve"), in: shop)
        try expectRefusal(
            .illegalTransition, of: ResolveException(exception: exception.id, resolution: "again"), in: shop)
        #expect(try shop.events(id).suffix(3) == ["exception.assigned", "exception.assigned", "exception.resolved"])
        try shop.expectClean()
    }

    @Test("The queue is searched by cause, owner, person, place, order and lateness, and grouped by cause")
    func searched() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let held = try shop.place("1 × TEE-M at 10.00 GBP")
        try shop.perform(PassStage(order: held, stage: "remorse", hasPassed: false, note: nil))
        let rejected = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(RejectFulfillment(fulfillment: rejected.fulfillment(1), reason: .closed))
        let first = try #require(try shop.openExceptions().first)
        try shop.perform(AssignException(exception: first.id, assignee: "Ada", due: shop.now + .days(9)))
        func found(_ change: (inout ExceptionSearch) -> Void) throws -> [OrderException.Kind] {
            var search = ExceptionSearch()
            change(&search)
            let chosen = search
            return try shop.waybill.readNow {
                try ExceptionStore.page(chosen, after: ExceptionID(0), limit: 10, in: $0)
            }.map(\.kind)
        }
        #expect(try found { _ in } == [.stageFailed, .rejectedEverywhere])
        #expect(try found { $0.kind = .stageFailed } == [.stageFailed])
        #expect(try found { $0.owner = "operations" } == [.rejectedEverywhere])
        #expect(try found { $0.assignee = "Ada" } == [.stageFailed])
        #expect(try found { $0.location = "LONDON" } == [.rejectedEverywhere])
        #expect(try found { $0.order = held } == [.stageFailed])
        shop.advance(.days(1))
        let now = shop.now
        #expect(try found { $0.dueBefore = now } == [.rejectedEverywhere])
        let groups = try shop.waybill.readNow { try ExceptionStore.groups(at: now, in: $0) }
        #expect(groups.map { "\($0.kind) \($0.owner) \($0.count) \($0.overdue)" } == [
            "rejectedEverywhere operations 1 1", "stageFailed customer_service 1 0",
        ])
        try shop.perform(ResolveException(exception: first.id, resolution: "done"))
        #expect(try found { $0.isOpen = nil }.count == 2)
        #expect(try found { $0.isOpen = false } == [.stageFailed])
    }
}
