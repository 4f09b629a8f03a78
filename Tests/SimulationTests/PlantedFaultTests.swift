import OrderManagement
import Simulation
import Testing

@Suite("Planted faults")
struct PlantedFaultTests {
    @Test(
        "A change that is lost, or made twice, is found and named",
        arguments: [
            .drop("UPDATE stock_levels"), .drop("UPDATE orders"), .drop("UPDATE order_lines"),
            .drop("UPDATE fulfillments"), .drop("UPDATE payments"), .drop("UPDATE payment_effects"),
            .drop("INSERT INTO events"), .drop("INSERT INTO stock_movements"), .drop("INSERT INTO fulfillment_lines"),
            .drop("INSERT INTO parcels"), .drop("UPDATE parcels"),
            .drop("INSERT INTO jobs"), .drop("INSERT INTO kept_replies"), .drop("INSERT INTO payment_effects"),
            .doubleMovement,
        ] as [TamperingDatabase.Plan])
    func found(plan: TamperingDatabase.Plan) throws {
        // Not every company makes every change in so few steps.
        let isFound = try (6...12 as ClosedRange<UInt64>).contains { seed in
            let database = try TemporaryDatabase()
            let verdict = try database.simulate(
                seed: seed, steps: 150, over: { TamperingDatabase($0, plan, after: 1) })
            return !verdict.passed
        }
        #expect(isFound, "\(plan) was not found")
    }
}
