import Databases
import Foundation
import OrderManagement

/// How much can be promised: the question that shops ask most.
struct AvailabilityReads {
    let file: RetailerFile
    let rounds: Int
    let duration: Duration

    func run(into report: inout Report) async throws {
        var table = ReportTable(
            "Availability of one SKU",
            note: """
                10,000 SKUs in turn, 14 locations. In process: 64 callers of `read`; over HTTP: 64 keep-alive \
                connections to `GET /v1/availability`, server and client on the same cores.
                """,
            columns: ["how", "reads /s", "p50 ms", "p99 ms"])
        var inProcess: [LoadResult] = []
        var overHTTP: [LoadResult] = []
        let name = try file.copyName()
        let path = file.scratch.path(of: name)
        try PlaceOverHTTP.makeKey(path)
        do {
            let shop = try RunningServer(["shop-server", "--database", path])
            let other = try file.copyName()
            let database = try Retailer.open(file.scratch.path(of: other))
            let waybill = OrderManagement(database: database)
            for round in 1...rounds {
                Progress.say("availability: round \(round) of \(rounds)")
                inProcess.append(try await read(waybill))
                let client = try ChildProcess([
                    "load-client", "--get", "--port", "\(shop.port)", "--path",
                    "/v1/availability?channel=web&sku={sku}", "--seconds", "\(duration.seconds)",
                ])
                overHTTP.append(try JSONDecoder().decode(LoadResult.self, from: try client.rest()))
            }
            waybill.stop()
            try database.close()
            try file.scratch.removeDatabase(other)
        }
        try file.scratch.removeDatabase(name)
        for (how, results) in [("in process", inProcess), ("over HTTP", overHTTP)] {
            table.rows.append([
                how, results.map(\.requestsPerSecond).spread(), results.map(\.p50).spread(decimals: 2),
                results.map(\.p99).spread(decimals: 2),
            ])
            report.record("availability \(how)", "reads_per_second", results.map(\.requestsPerSecond))
            report.record("availability \(how)", "p99_milliseconds", results.map(\.p99))
        }
        report.tables.append(table)
    }

    private func read(_ waybill: OrderManagement) async throws -> LoadResult {
        let configuration = try waybill.readNow { try Configuration.load(in: $0) }
        guard let channel = configuration.channels[SampleOrders.channel] else {
            throw BenchmarkFailure("the channel is gone")
        }
        let skus = SampleOrders(Shape(lines: 3, spread: .uniform), count: 4096).samples.map {
            SampleOrders.sku($0.lines[0].sku)
        }
        let numbers = PlaceInProcess.Numbers()
        let start = ContinuousClock.now
        let deadline = start + duration
        let latencies = try await withThrowingTaskGroup(of: Latencies.self) { group in
            for _ in 0..<PlaceInProcess.callers {
                group.addTask {
                    var latencies = Latencies()
                    var begun = ContinuousClock.now
                    while begun < deadline {
                        let sku = skus[numbers.next() % skus.count]
                        let found = try await waybill.read { db in
                            try Availability.of([sku], channel: channel, configuration: configuration, in: db)
                        }
                        guard found.first?.sku == sku else { throw BenchmarkFailure("no availability of \(sku)") }
                        let end = ContinuousClock.now
                        latencies.add(end - begun)
                        begun = end
                    }
                    return latencies
                }
            }
            var all = Latencies()
            for try await part in group { all.add(part) }
            return all
        }
        var result = LoadResult()
        result.requests = latencies.microseconds.count
        result.seconds = (ContinuousClock.now - start).seconds
        let quantiles = latencies.milliseconds(at: [0.5, 0.99, 1])
        (result.p50, result.p99, result.most) = (quantiles[0], quantiles[1], quantiles[2])
        return result
    }
}
