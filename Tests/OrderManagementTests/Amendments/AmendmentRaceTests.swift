import Foundation
import OrderManagement
import Synchronization
import TestSupport
import Testing

/// Two people at once, each at a door of their own to the same database: one of the legal outcomes, and the loser is
/// told.
@Suite("Races of amendments")
struct AmendmentRaceTests {
    static let rounds = 8

    /// Performs commands at the same time. - Returns: For each, the code of its refusal, or `accepted`.
    private func race(_ shop: TestSystem, _ commands: [any Command]) async throws -> [String] {
        let other = OrderManagement(database: shop.database, clock: { [shop] in shop.now })
        defer { other.stop() }
        return try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for (index, command) in commands.enumerated() {
                let door = index == 0 ? shop.waybill : other
                group.addTask {
                    do {
                        _ = try await door.perform(command, as: .system)
                        return (index, "accepted")
                    } catch let refusal as Refusal {
                        return (index, refusal.code.rawValue)
                    }
                }
            }
            var outcomes = commands.map { _ in "" }
            for try await (index, outcome) in group { outcomes[index] = outcome }
            return outcomes
        }
    }

    @Test("Committing and picking: the goods are those of the order that was picked, or the amendment is stale")
    func pick() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 99")
        for round in 0..<Self.rounds {
            let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
            try shop.walk(id, to: .accepted)
            let amendment = try shop.stage(id) { $0.quantities = [(1, 1)] }
            let commands: [any Command] = [
                CommitAmendment(amendment: amendment), PickFulfillment(fulfillment: id.fulfillment(1)),
            ]
            let outcomes = try await race(shop, round.isMultiple(of: 2) ? commands : commands.reversed())
            let commit = round.isMultiple(of: 2) ? outcomes[0] : outcomes[1]
            let pick = round.isMultiple(of: 2) ? outcomes[1] : outcomes[0]
            let order = try shop.order(id)
            #expect(pick == "accepted" && ["accepted", "stale_version"].contains(commit))
            #expect(order.lines[0].wanted == (commit == "accepted" ? 1 : 3))
            #expect(order.fulfillments[0].lines[0].picked == order.lines[0].wanted)
        }
        try shop.expectClean()
    }

    @Test("Two agents amending: one is staged, the other hears of it")
    func stage() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 99")
        for _ in 0..<Self.rounds {
            let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
            let outcomes = try await race(
                shop,
                [1, 2].map { units in
                    AmendOrder(order: id, request: shop.request(id) { $0.quantities = [(1, units)] })
                })
            #expect(outcomes.sorted() == ["accepted", "amendment_open"])
            #expect(try shop.order(id).amendments.count == 1)
        }
        try shop.expectClean()
    }

    @Test("One amendment committed twice at once is committed once")
    func commitTwice() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 99")
        for _ in 0..<Self.rounds {
            let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
            let amendment = try shop.stage(id) { $0.quantities = [(1, 2)] }
            let outcomes = try await race(
                shop, [CommitAmendment(amendment: amendment), CommitAmendment(amendment: amendment)])
            #expect(outcomes.sorted() == ["accepted", "illegal_transition"])
            #expect(try shop.order(id).lines[0].ordered == 2)
        }
        try shop.expectClean()
    }

    @Test("Committing and cancelling: the order ends cancelled, every unit back on its shelf")
    func cancel() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "CAP@LONDON: 9")
        for _ in 0..<Self.rounds {
            let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
            let amendment = try shop.stage(id) { $0.add = [(2, "CAP", 500)] }
            let outcomes = try await race(
                shop, [CommitAmendment(amendment: amendment), CancelOrder(order: id, reason: .customer)])
            #expect(outcomes[1] == "accepted" && ["accepted", "stale_version"].contains(outcomes[0]))
            let order = try shop.order(id)
            #expect(order.due == 0 && OrderStatus(of: order).overall == .cancelled)
            #expect(order.revision == (outcomes[0] == "accepted" ? 2 : 1))
            #expect(try shop.stock("TEE-M@LONDON") == "available 9" && shop.stock("CAP@LONDON") == "available 9")
        }
        try shop.expectClean()
    }

    @Test("Two orders amended for the last unit: one has it, the other's promise is not broken but refused")
    func lastUnit() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 3")
        let orders = try (0..<2).map { _ in try shop.place("1 × TEE-M at 10.00 GBP, store") }
        let staged = try orders.map { try shop.stage($0) { $0.quantities = [(1, 2)] } }
        let outcomes = try await race(shop, staged.map { CommitAmendment(amendment: $0) })
        #expect(outcomes.sorted() == ["accepted", "insufficient_stock"])
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 3")
        try shop.expectClean()
    }
}
