import TestSupport
import Testing

@testable import OrderManagement

@Suite("Returns of several locations")
struct ReturnPlacesTests {
    private let york = Principal(name: "york", scopes: [.returnsWrite], locations: ["YORK"])
    private let leeds = Principal(name: "leeds", scopes: [.returnsWrite], locations: ["LEEDS"])
    private let london = Principal(name: "london", scopes: [.returnsWrite], locations: ["LONDON"])

    /// A shop whose customer sends a CAP back, of an order that YORK and LEEDS have sent.
    private func shop() throws -> (TestSystem, ReturnID) {
        let shop = try TestSystem(stock: "TEE-M@YORK: 1", "CAP@LEEDS: 1")
        let id = try shop.place("1 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store")
        try shop.deliver(id)
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(2), quantity: 1, reason: .unwanted)]))
        return (shop, id.entry(1))
    }

    private func cap(_ id: ReturnID, _ disposition: Return.Disposition? = nil) -> [ReceiveReturn.Line] {
        [.init(line: id.order.line(2), quantity: 1, disposition: disposition)]
    }

    @Test("What came to a location is that location's to judge and to settle, whoever else sees the order")
    func judged() throws {
        let (shop, id) = try shop()
        try shop.perform(ApproveReturn(id: id), as: york)
        try shop.perform(ReceiveReturn(id: id, location: "LEEDS", lines: cap(id)), as: leeds)
        let judge = InspectReturn(id: id, lines: cap(id, .restock))
        try expectRefusal(.notFound, of: judge, in: shop, as: york)
        func inspections(for principal: Principal) throws -> OrderPermission? {
            try shop.order(id.order).permissions(.till, at: shop.now).first { $0.action == "inspections" }?
                .limited(to: principal)
        }
        #expect(try inspections(for: york)?.isAllowed == false && inspections(for: leeds)?.isAllowed == true)
        #expect(try inspections(for: york)?.reason?.contains("LEEDS") == true)
        try shop.perform(judge, as: leeds)
        try expectRefusal(.notFound, of: SettleReturn(id: id, refund: .source), in: shop, as: york)
        try shop.perform(SettleReturn(id: id, refund: .source), as: leeds)
        #expect(try shop.stock("CAP@LEEDS") == "available 1" && shop.order(id.order).refunded == 500)
        try shop.expectClean()
    }

    @Test("A counter takes what was announced elsewhere, though it knows nothing of the order, and sees it through")
    func elsewhere() throws {
        let (shop, id) = try shop()
        try expectRefusal(.notFound, of: ApproveReturn(id: id), in: shop, as: london)
        try shop.perform(ApproveReturn(id: id))
        let nothing = ReceiveReturn(id: id, location: "LONDON", lines: [], isComplete: true)
        try expectRefusal(.notFound, of: nothing, in: shop, as: london)
        try shop.perform(ReceiveReturn(id: id, location: "LONDON", lines: cap(id)), as: london)
        for other in [york, leeds] {
            try expectRefusal(
                .notFound, of: InspectReturn(id: id, lines: cap(id, .writeOff)), in: shop, as: other)
        }
        try shop.perform(InspectReturn(id: id, lines: cap(id, .restock)), as: london)
        try shop.perform(SettleReturn(id: id, refund: .source), as: london)
        #expect(try shop.stock("CAP@LONDON") == "available 1" && shop.order(id.order).refunded == 500)
        try shop.expectClean()
    }

    @Test("A return of which a part came, judged when all its times are over, still asks for its money")
    func judgedLate() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.deliver(id)
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: 2, reason: .unwanted)]))
        let entry = id.entry(1)
        try shop.perform(ApproveReturn(id: entry))
        try shop.perform(SendReturn(id: entry))
        shop.advance(.days(20))
        try shop.perform(ReceiveReturn(id: entry, location: "LONDON", lines: [.init(line: id.line(1), quantity: 1)]))
        // The rest is waited for as long as the policy says, from then on.
        shop.advance(.days(21))
        try await shop.runDueJobs()
        #expect(try shop.order(id).returns[0].lines[0].missing == 1 && shop.openExceptions().isEmpty)
        let judged = [ReceiveReturn.Line(line: id.line(1), quantity: 1, disposition: .restock)]
        shop.advance(.days(1))
        try shop.perform(InspectReturn(id: entry, lines: judged))
        #expect(try shop.order(id).returns[0].state == .inspected && shop.openExceptions().isEmpty)
        try shop.expectClean()
        shop.advance(.days(2))
        try await shop.runDueJobs()
        let asked = try shop.openExceptions()
        #expect(asked.map(\.kind) == [.returnUnsettled])
        let byHand = ResolveException(exception: try #require(asked.first).id, resolution: "later")
        try expectRefusal(.illegalTransition, of: byHand, in: shop)
        try shop.expectClean()
        try shop.perform(SettleReturn(id: entry, refund: .source))
        #expect(try shop.openExceptions().isEmpty && shop.order(id).refunded == 1_000)
        try shop.expectClean()
    }

    @Test("A return that nobody will be asked to settle is found")
    func forgotten() throws {
        let (shop, id) = try shop()
        try shop.perform(ApproveReturn(id: id))
        try shop.perform(ReceiveReturn(id: id, location: "LEEDS", lines: cap(id)))
        let report = try shop.examine(tamperedBy: "DELETE FROM jobs WHERE kind = 'expire_return'")
        #expect(report.findings.contains { $0.explanation == "Nothing would ever move it on." })
    }
}
