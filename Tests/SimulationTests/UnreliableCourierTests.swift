import OrderManagement
import TestSupport
import Testing

@testable import Simulation

@Suite("The simulated courier")
struct UnreliableCourierTests {
    private func courier() -> UnreliableCourier { UnreliableCourier(seed: 1, clock: SimulatedClock(at: World.opening)) }

    @Test("Once it is reliable it keeps the contract of couriers")
    func contract() async throws {
        let courier = courier()
        courier.becomeReliable()
        let breaches = try await CourierContract.breaches(
            of: courier, for: .example(key: "k1", courier: "post", service: "day"))
        #expect(breaches == [] && courier.offence == nil)
    }

    @Test("Asked to sell by one key again it sells again, and tells on whoever did not ask first")
    func twice() async throws {
        let courier = courier()
        courier.becomeReliable()
        let request = LabelRequest.example(key: "k1", courier: "post", service: "day")
        _ = try await courier.purchase(under: "k1")
        _ = try await courier.buy(request)
        #expect(courier.sales["k1"]?.count == 1 && courier.offence == nil)
        _ = try await courier.buy(request)
        #expect(courier.sales["k1"]?.count == 2 && courier.offence?.contains("k1") == true)
    }
}
