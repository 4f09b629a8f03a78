import Databases
import OrderManagement
import Simulation
import TestSupport
import Testing

@Suite("The last units")
struct LastUnitsTests {
    @Test("200 buyers of 20 units get 20, in groups of any size", arguments: [1, 2, 3, 7, 20, 64, 200])
    func exactlyTwenty(groupSize: Int) throws {
        let file = try TemporaryDatabase()
        let waybill = OrderManagement(database: file.database)
        defer { waybill.stop() }
        var channel = Channel.till
        channel.policy.shortfall = .refuse
        for command in [
            SaveLocations(locations: [.warehouse("LEEDS"), .store("YORK")]), SaveItems(items: [.plain("LAST")]),
            SaveChannel(channel: channel),
            MoveStock(entries: [
                .init(reason: .receive, sku: "LAST", location: "LEEDS", quantity: 13),
                .init(reason: .receive, sku: "LAST", location: "YORK", quantity: 7),
            ]),
        ] as [any Command] { _ = try waybill.performNow(command, as: .system) }

        var sold = 0
        var buyers = try (1...200).map { number in
            try PlaceOrder("1 × LAST at 10.00 GBP, store, named B-\(number)")
        }[...]
        while !buyers.isEmpty {
            let group = buyers.prefix(groupSize)
            buyers = buyers.dropFirst(groupSize)
            for answer in waybill.performNow(group.map { ($0, .system, nil) }) {
                switch answer {
                case .success: sold += 1
                case .failure(let refusal as Refusal): #expect(refusal.code == .insufficientStock)
                case .failure(let error): Issue.record("\(error)")
                }
            }
        }
        #expect(sold == 20)
        let levels = try waybill.readNow { try StockReading.levels(of: "LAST", after: "", limit: 9, in: $0) }
        #expect(levels.map(\.available) == [0, 0])
        #expect(levels.map(\.allocated) == [13, 7])
    }
}
