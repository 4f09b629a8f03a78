import Databases
import Foundation
import OrderManagement

/// By whom a parcel goes, among few services and many, and what asking couriers adds to an order's placing.
///
/// Beside the choice stands the least that it could be: a walk through flat arrays of the same bands.
struct CourierChoices {
    let file: RetailerFile
    let rounds: Int

    private static let many = 200
    private static let servicesOfCourier = 40
    private static let bands = 10
    private static let repeats = 200
    private static let ordersPerRound = 1_536
    private static let groupSize = 256

    func run(into report: inout Report) throws {
        var choice: [Double] = []
        var bare: [Double] = []
        var placing: [Int: [Double]] = [:]
        let order = try placedOrder()
        let couriers = Self.couriers(services: Self.many)
        for round in 1...rounds {
            Progress.say("courier choice: round \(round) of \(rounds)")
            choice.append(try time(choosing: couriers, for: order))
            bare.append(time(walking: couriers))
            for services in [0, 20, Self.many] { placing[services, default: []].append(try place(services)) }
        }
        tell(choice, bare, placing, in: &report)
    }

    /// Microseconds of one choice.
    private func time(choosing couriers: [Courier], for order: Order) throws -> Double {
        guard let origin = try Retailer.locations().first else { throw BenchmarkFailure("there is no location") }
        var policy = CourierPolicy()
        policy.latePerDay = 300
        let now = Timestamp.present()
        var chosen = 0
        let start = ContinuousClock.now
        for turn in 0..<Self.repeats {
            let shipment = CourierChoice.Shipment(
                parcel: Tariff.Parcel(grams: Int64(100 + turn * 17), size: Tariff.Size(300, 200, 100), value: 5_000),
                order: order, origin: origin, leavesAt: now, deliverBy: now + .days(3))
            chosen += CourierChoice(of: shipment, among: couriers, by: policy, in: .pounds).options.count
        }
        guard chosen > 0 else { throw BenchmarkFailure("no service takes the parcel") }
        return (ContinuousClock.now - start).seconds * 1_000_000 / Double(Self.repeats)
    }

    /// Microseconds of looking at every band of every service once.
    private func time(walking couriers: [Courier]) -> Double {
        let flat = couriers.flatMap(\.tariff.services).map { service in
            (service.bands["home"] ?? []).map { (grams: $0.gramsMax, price: $0.price) }
        }
        var least = Int64.max
        let start = ContinuousClock.now
        for turn in 0..<Self.repeats {
            let grams = Int64(100 + turn * 17)
            for bands in flat {
                for band in bands where grams <= band.grams { least = min(least, band.price + Int64(turn & 1)) }
            }
        }
        let spent = (ContinuousClock.now - start).seconds * 1_000_000 / Double(Self.repeats)
        return least == .max ? .infinity : spent
    }

    /// Microseconds an order, placed in full groups with so many services set up.
    private func place(_ services: Int) throws -> Double {
        let address = try file.copy()
        let database = try Retailer.open(address)
        let waybill = OrderManagement(database: database)
        if services > 0 {
            _ = try waybill.performNow(SaveCouriers(couriers: Self.couriers(services: services)), as: .system)
        }
        let samples = SampleOrders(Shape(lines: 3, spread: .uniform), count: Self.ordersPerRound).samples
        var spent = 0.0
        for first in stride(from: 0, to: Self.ordersPerRound, by: Self.groupSize) {
            let commands = samples[first..<first + Self.groupSize].enumerated().map { index, sample in
                (
                    command: sample.command(externalID: "C\(first + index)") as any Command,
                    principal: Principal.system, key: IdempotencyKey?.none
                )
            }
            let start = ContinuousClock.now
            for answer in waybill.performNow(commands) { _ = try answer.get() }
            if first > 0 { spent += (ContinuousClock.now - start).seconds }  // the first group warms the caches
        }
        waybill.stop()
        try database.close()
        try PlaceOverHTTP.examine(address)
        try file.remove(address)
        return spent * 1_000_000 / Double(Self.ordersPerRound - Self.groupSize)
    }

    private func placedOrder() throws -> Order {
        let address = try file.copy()
        let database = try Retailer.open(address)
        let waybill = OrderManagement(database: database)
        let sample = SampleOrders(Shape(lines: 3, spread: .uniform), count: 1).samples[0]
        let reply = try waybill.performNow(sample.command(externalID: "C"), as: .system)
        let id = OrderID(try JSON.parse(reply.body, limits: .stored)["id"]?.string ?? "")
        let order = try waybill.readNow { db in try id.flatMap { try OrderStore.order($0, in: db) } }
        waybill.stop()
        try database.close()
        try file.remove(address)
        guard let order else { throw BenchmarkFailure("no order was placed") }
        return order
    }

    /// Couriers of 40 services each, 10 bands by weight in each of 3 zones, half of them for parcels of a size.
    private static func couriers(services: Int) -> [Courier] {
        let size = Tariff.Size(600, 400, 400)
        return stride(from: 0, to: services, by: servicesOfCourier).map { first in
            let made = (first..<min(first + servicesOfCourier, services)).map { number in
                let bands = (1...Int64(bands)).map { step in
                    Tariff.Band(
                        gramsMax: step * 1_000, size: number % 2 == 0 ? size : nil,
                        price: 250 + Int64(number) + step * 60)
                }
                var service = Tariff.Service(
                    code: "s\(number)", name: "Service \(number)",
                    bands: ["home": bands, "islands": bands, "abroad": bands], cubicMillimetresPerGram: 5_000)
                service.days = Int64(1 + number % 4)
                return service
            }
            let tariff = Tariff(
                currency: .pounds, zones: ["GB": "home", "FR": "abroad", "DE": "abroad"],
                postcodeZones: ["GB": ["IV": "islands", "KW": "islands", "ZE": "islands"]], services: made,
                surcharges: [.init("fuel", .share(600)), .init("islands", .fixed(500), postcodes: ["IV", "ZE"])])
            return Courier(code: "c\(first)", name: "Courier \(first)", tariff: tariff)
        }
    }

    private func tell(
        _ choice: [Double], _ bare: [Double], _ placing: [Int: [Double]], in report: inout Report
    ) {
        var table = ReportTable(
            "Couriers",
            note: """
                The choice among \(Self.many) services of 10 bands, beside a walk through flat arrays of the same \
                bands; and orders of 3 lines placed in full groups on SQLite, with so many services asked from 14 \
                locations.
                """,
            columns: ["what", "µs", "of the first of its kind"])
        func row(_ name: String, _ values: [Double], of base: [Double]) {
            table.rows.append([
                name, values.spread(decimals: 0),
                Figure.text(values.median / max(base.median, 0.001), decimals: 2) + " ×",
            ])
            report.record(name, "microseconds", values)
        }
        row("flat walk through \(Self.many) services", bare, of: bare)
        row("choice among \(Self.many) services", choice, of: bare)
        let without = placing[0] ?? []
        for services in placing.keys.sorted() {
            row("an order placed with \(services) services", placing[services] ?? [], of: without)
        }
        report.tables.append(table)
        report.goals.append(
            Goal(name: "choice among 200 services", wanted: "< 1 ms",
                found: "\(Figure.text(choice.median / 1_000, decimals: 2)) ms", isMet: choice.median < 1_000))
    }
}
