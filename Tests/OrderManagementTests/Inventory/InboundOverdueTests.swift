import OrderManagement
import TestSupport
import Testing

@Suite("Supply that does not come")
struct InboundOverdueTests {
    /// London expects 10 TEE-M and 5 CAP on 5 March at 10:00.
    private func shop() throws -> (TestSystem, InboundID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1", "CAP@LONDON: 1")
        return (shop, try shop.expect("PO-7", ["TEE-M": 10, "CAP": 5], due: shop.now + .days(3)))
    }

    private func overdue(_ shop: TestSystem) async throws {
        shop.now = try #require(Timestamp("2026-03-06T00:00:00Z"))
        try await shop.runDueJobs()
    }

    private func shown(_ shop: TestSystem) throws -> OrderException? {
        let open = try shop.openExceptions().filter { $0.kind == .inboundOverdue }
        #expect(open.count <= 1)
        return open.first
    }

    @Test("Once its day is over it is shown at its location, once for all its goods, with a day to see to it")
    func once() async throws {
        let (shop, id) = try shop()
        shop.now = try #require(Timestamp("2026-03-05T23:59:59Z"))
        try await shop.runDueJobs()
        #expect(try shown(shop) == nil)
        try await overdue(shop)
        let shown = try #require(try shown(shop))
        #expect(shown.owner == "LONDON" && shown.location == "LONDON" && shown.subject == id.description)
        #expect(shown.due == shown.openedAt + .days(1))
        #expect(shown.cause.contains("PO-7 should have come to LONDON") && shown.cause.contains("10 × TEE-M"))
        #expect(!shown.cause.contains("Customers"))
        #expect(shown.actions(about: nil) == [.moveInbound(id), .receiveInbound(id), .closeInbound(id)])
        #expect(try shop.told().last == "exception.opened")
        try shop.expectClean()
    }

    @Test("Where customers wait for its goods, it says so, and is to be seen to in four hours")
    func awaited() async throws {
        let (shop, _) = try shop()
        try shop.place("4 × TEE-M at 10.00 GBP, store")
        try await overdue(shop)
        let shown = try #require(try shown(shop))
        #expect(shown.cause.hasSuffix("Customers wait for TEE-M.") && shown.due == shown.openedAt + .hours(4))
        try shop.expectClean()
    }

    /// What settles it, by name.
    private static let ends: [String] = ["received", "put away", "closed", "cancelled", "given another day"]

    @Test("It is settled by itself when it has come, is given up, or gets another day", arguments: ends)
    func settled(end: String) async throws {
        let (shop, id) = try shop()
        try await overdue(shop)
        if end != "cancelled" {
            try shop.perform(ReceiveInbound(inbound: id, lines: [.init(sku: "CAP", quantity: 2)]))
            #expect(try shown(shop) != nil, "some of it is still to come")
        }
        switch end {
        case "received": try shop.perform(ReceiveInbound(inbound: id))
        case "put away":
            let rest = [("TEE-M", Int64(10)), ("CAP", 3)].map {
                MoveStock.Entry(
                    reason: .putAway, sku: $0.0, location: "LONDON", quantity: $0.1, reference: id.description)
            }
            try shop.perform(MoveStock(entries: rest))
        case "given another day": try shop.perform(RescheduleInbound(inbound: id, due: shop.now + .days(2)))
        default: try shop.perform(CloseInbound(inbound: id, isCancellation: end == "cancelled"))
        }
        #expect(try shown(shop) == nil)
        #expect(try shop.told().contains("exception.resolved"))
        try shop.expectClean()
        shop.advance(.days(3))
        try await shop.runDueJobs()
        #expect(try (shown(shop) != nil) == (end == "given another day"), "the other day is over as well")
        try shop.expectClean()
    }

    @Test("What is late as it is announced is shown at once; nobody can call it settled while it is still to come")
    func lateFromTheBeginning() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        _ = try shop.expect("PO-9", ["TEE-M": 10], due: shop.now + .days(-3))
        try await shop.runDueJobs()
        let shown = try #require(try shown(shop))
        let refusal = try expectRefusal(
            .illegalTransition, of: ResolveException(exception: shown.id, resolution: "they said tomorrow"), in: shop)
        #expect(refusal?.explanation.contains("give it a new date") == true)
        try shop.expectClean()
    }

    @Test("The doctor finds supply of which nobody would hear, and what is shown of supply that is over")
    func doctor() async throws {
        let (shop, id) = try shop()
        let unwatched = try shop.examine(tamperedBy: "DELETE FROM jobs WHERE kind = 'chase_inbound'")
        #expect(unwatched.findings.map(\.subject) == [id.description])
        try await overdue(shop)
        let resolved = try shop.examine(
            tamperedBy: "UPDATE exceptions SET state = 'resolved', resolved_at = 1, resolution = 'so'")
        #expect(Set(resolved.findings.map(\.book)) == [.jobs, .supplies])
    }
}
