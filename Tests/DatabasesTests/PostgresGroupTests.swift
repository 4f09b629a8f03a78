import OrderManagement
import TestSupport
import Testing

@testable import Databases

@Suite("Groups of commands on PostgreSQL", .enabled(if: TestDatabase.isPostgres))
struct PostgresGroupTests {
    @Test("A group waits for the server as often with two hundred orders as with two, old keys and changes included")
    func roundTrips() throws {
        let home = try TestDatabase(.postgres)
        let database = try #require(home.database as? PostgresDatabase)
        let waybill = OrderManagement(database: database)
        defer { waybill.stop() }
        let skus = (1...40).map { "SKU-\($0)" }
        for command in [
            SaveLocations(locations: [.warehouse("LEEDS"), .store("YORK")]), SaveItems(items: skus.map(Item.plain)),
            SaveChannel(channel: .till),
            MoveStock(
                entries: skus.map { .init(reason: .receive, sku: $0, location: "LEEDS", quantity: 10_000) }),
        ] as [any Command] { _ = try waybill.performNow(command, as: .system) }

        var number = 0
        /// Places orders in one group, half of their keys known already, and cancels as many. - Returns: Round trips.
        func waits(for count: Int) throws -> Int64 {
            var entries: [(command: any Command, principal: Principal, key: IdempotencyKey?)] = []
            for index in 0..<count {
                number += 1
                let order = try PlaceOrder("1 × \(skus[index % 40]) at 10.00 GBP, store, named N-\(number)")
                entries.append(
                    (
                        order, .system,
                        IdempotencyKey(
                            principal: .system, method: "POST", path: "/v1/orders", key: "\(number)", digest: "d")
                    ))
            }
            let first = waybill.performNow(entries)
            let orders = try first.map { result -> OrderID in
                let name = try JSON.parse(try result.get().body)["id"]?.string ?? ""
                return try #require(OrderID(name))
            }
            // Known keys are answered, their orders loaded and cancelled.
            let again = entries + orders.map { (CancelOrder(order: $0, reason: .customer), .system, nil) }
            let before = database.counts
            let answers = waybill.performNow(Array(again))
            for answer in answers { _ = try answer.get() }
            let after = database.counts
            #expect(after.commits - before.commits == 1)
            return after.roundTrips - before.roundTrips
        }
        _ = try waits(for: 2)
        // The most of some tries: a group right behind another takes over what that one has loaded.
        let few = try (1...4).map { _ in try waits(for: 2) }.max() ?? 0
        let many = try (1...2).map { _ in try waits(for: 100) }.max() ?? 0
        #expect(few == many)
        #expect(many <= 22)
        print("round trips of a group: \(many)")
        #expect(try database.read { try Doctor.examine(in: $0) }.isClean)
    }
}
