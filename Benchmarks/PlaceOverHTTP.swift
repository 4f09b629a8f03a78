import Databases
import Foundation
import OrderManagement
import Server

/// Placing over HTTP beside a bare JSON echo of the same orders: 64 keep-alive connections, closed loop.
struct PlaceOverHTTP {
    let retailer: any FoundedRetailer
    let rounds: Int
    let duration: Duration
    var shapes = Shape.all

    static let connections = 64
    /// Of the echo, by engine.
    var wantedRatio: Double { retailer is RetailerCluster ? 0.27 : 0.45 }
    static let wantedMilliseconds = 50.0

    func run(into report: inout Report) async throws {
        var table = ReportTable(
            "Placing over HTTP on \(retailer.engine), beside a bare JSON echo",
            note: """
                \(Self.connections) keep-alive connections; server and client are processes of their own on the same \
                cores. The echo is a bare Hummingbird server: JSONDecoder reads the order, JSONEncoder writes it back; \
                the receipt writes three members only. CPU is the server's processor time per request.
                """,
            columns: [
                "orders", "echo /s", "receipt /s", "placed /s", "of echo", "of receipt", "echo p99 ms", "p50 ms",
                "p99 ms", "CPU µs echo", "CPU µs",
            ])
        var rates: [Shape: Double] = [:]
        for shape in shapes {
            let found = try compare(shape)
            rates[shape] = found.placed.rates.median
            table.rows.append(found.row)
            record(found, into: &report)
        }
        report.tables.append(table)
        for lines in Set(shapes.map(\.lines)).sorted() {
            guard let uniform = rates[Shape(lines: lines, spread: .uniform)],
                let hot = rates[Shape(lines: lines, spread: .hot)]
            else { continue }
            report.goals.append(
                Goal(
                    name: "a hot SKU over HTTP, \(retailer.engine), \(lines) lines",
                    wanted: "≥ uniform SKUs (95 % counts as equal)",
                    found: Figure.percent(hot / uniform), isMet: hot >= uniform * 0.95))
        }
    }

    /// The runs of one path of one server.
    private struct Runs {
        var results: [LoadResult] = []
        var processor: [Double] = []
        var rates: [Double] { results.map(\.requestsPerSecond) }
        var p50: [Double] { results.map(\.p50) }
        var p99: [Double] { results.map(\.p99) }
    }

    private struct Found {
        let shape: Shape
        var echo = Runs()
        var receipt = Runs()
        var placed = Runs()

        func ratios(to limit: Runs) -> [Double] { zip(placed.rates, limit.rates).map { $0 / $1 } }

        var row: [String] {
            [
                shape.name, echo.rates.spread(), receipt.rates.spread(), placed.rates.spread(),
                Figure.percent(ratios(to: echo).median), Figure.percent(ratios(to: receipt).median),
                Figure.text(echo.p99.median, decimals: 1), placed.p50.spread(decimals: 1),
                placed.p99.spread(decimals: 1),
                Figure.text(echo.processor.median), Figure.text(placed.processor.median),
            ]
        }
    }

    private func record(_ found: Found, into report: inout Report) {
        let name = "\(retailer.engine), \(found.shape.name)"
        report.record("bare echo, \(name)", "orders_per_second", found.echo.rates)
        report.record("bare receipt, \(name)", "requests_per_second", found.receipt.rates)
        report.record("over HTTP, \(name)", "orders_per_second", found.placed.rates)
        report.record("over HTTP, \(name)", "p99_milliseconds", found.placed.p99)
        let ratios = found.ratios(to: found.echo)
        report.record("over HTTP, \(name)", "ratio", ratios)
        report.goals.append(
            Goal(
                name: "placing over HTTP, \(name)", wanted: "≥ \(Figure.percent(wantedRatio)) of a bare echo",
                found: Figure.percent(ratios.median), isMet: ratios.median >= wantedRatio))
        report.goals.append(
            Goal(
                name: "p99 over HTTP, \(name)", wanted: "≤ 50 ms",
                found: Figure.text(found.placed.p99.median, decimals: 1) + " ms",
                isMet: found.placed.p99.median <= Self.wantedMilliseconds))
    }

    private func compare(_ shape: Shape) throws -> Found {
        let address = try retailer.copy()
        try Self.makeKey(address)
        var found = Found(shape: shape)
        do {
            let echo = try RunningServer(["echo-server"])
            let shop = try RunningServer(["shop-server", "--database", address])
            for round in 1...rounds {
                Progress.say("http, \(retailer.engine), \(shape.name): round \(round) of \(rounds)")
                try measure(echo, "/echo", shape, round, &found.echo)
                try measure(echo, "/receipt", shape, round, &found.receipt)
                try measure(shop, "/v1/orders", shape, round, &found.placed)
            }
        }
        try Self.examine(address)
        try retailer.remove(address)
        return found
    }

    private func measure(
        _ server: RunningServer, _ path: String, _ shape: Shape, _ round: Int, _ runs: inout Runs
    ) throws {
        let before = server.process.processorSeconds()
        let client = try ChildProcess([
            "load-client", "--port", "\(server.port)", "--path", path, "--connections", "\(Self.connections)",
            "--seconds", "\(duration.seconds)", "--warm-up", "0.3", "--lines", "\(shape.lines)", "--spread",
            shape.spread.rawValue, "--first", "\(round * 10_000_000)",
        ])
        let result = try JSONDecoder().decode(LoadResult.self, from: try client.rest())
        // The server worked during the warm-up too.
        let share = result.seconds / (result.seconds + 0.3)
        runs.processor.append(
            (server.process.processorSeconds() - before) * share / Double(max(1, result.requests)) * 1e6)
        runs.results.append(result)
    }

    /// Lets the load client in.
    static func makeKey(_ address: String) throws {
        guard let key = KeyText(chosen: ChildCommands.bearer) else { throw BenchmarkFailure("the key is too short") }
        let database = try Retailer.open(address)
        let waybill = OrderManagement(database: database)
        _ = try waybill.performNow(
            CreateKey(name: "benchmark", digest: key.digest, scopes: [.ordersRead, .ordersWrite, .stockRead]),
            as: .system)
        waybill.stop()
        try database.close()
    }

    /// Figures of a system that loses count are worth nothing.
    static func examine(_ address: String) throws {
        let database = try Retailer.open(address)
        let report = try database.read { try Doctor.examine(in: $0) }
        try database.close()
        guard report.isClean else { throw BenchmarkFailure("the books contradict each other:\n\(report.text)") }
    }
}

/// A server in a process of its own, listening.
struct RunningServer {
    let process: ChildProcess
    let port: Int

    init(_ arguments: [String]) throws {
        process = try ChildProcess(arguments)
        let line = try process.line()
        guard let port = Int(line) else { throw BenchmarkFailure("no port: \(line)") }
        self.port = port
    }
}
