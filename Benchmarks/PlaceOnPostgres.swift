import Foundation

/// Placing in process on PostgreSQL beside bare libpq and beside one order to a commit, in interleaved rounds.
struct PlaceOnPostgres {
    let retailer: RetailerCluster
    let rounds: Int
    let duration: Duration
    var shapes = Shape.all

    static let wantedRatio = 0.33
    static let wantedGain = 5.0

    private struct Found {
        var bare: [Double] = []
        var inProcess: [Double] = []
        var ratios: [Double] = []
        var alone: [Double] = []
        var gains: [Double] = []
        var p50: [Double] = []
        var p99: [Double] = []
        var processor: [Double] = []
        var bareWritten = 0.0
        var last = PlaceInProcess.Run()
    }

    func run(into report: inout Report) async throws {
        var table = ReportTable(
            "Placing in process on PostgreSQL \(retailer.cluster.version), beside bare libpq",
            note: """
                Bare libpq writes the rows of bare SQLite set-wise, \(BarePostgres.groupSize) orders to a commit and \
                two round trips: lock and read, decide, one write over binary arrays. In process, \
                \(PlaceInProcess.callers) callers place orders through the one door; "one a commit" is the same with a \
                single caller. Server and clients share the cores; every commit is synced; kB WAL is what the server \
                logged per order. CPU is that of the client process.
                """,
            columns: [
                "orders", "bare libpq /s", "in process /s", "ratio", "one a commit /s", "gain", "CPU µs", "p50 ms",
                "p99 ms", "group", "round trips", "rows", "kB WAL bare", "kB WAL",
            ])
        for shape in shapes {
            let found = try await compare(shape)
            table.rows.append(row(shape, found))
            record(shape, found, into: &report)
        }
        report.tables.append(table)
    }

    private func compare(_ shape: Shape) async throws -> Found {
        var found = Found()
        for round in 1...rounds {
            Progress.say("place on PostgreSQL, \(shape.name): round \(round) of \(rounds)")
            let bare = try bareRun(shape, &found)
            let run = try await PlaceInProcess.run(shape, on: retailer, for: duration, isExamined: round == rounds)
            let alone = try await PlaceInProcess.run(
                shape, on: retailer, callers: 1, for: duration, isExamined: false)
            let quantiles = run.latencies.milliseconds(at: [0.5, 0.99])
            found.bare.append(bare)
            found.inProcess.append(run.ordersPerSecond)
            found.ratios.append(run.ordersPerSecond / bare)
            found.alone.append(alone.ordersPerSecond)
            found.gains.append(run.ordersPerSecond / alone.ordersPerSecond)
            found.processor.append(run.processorSeconds / Double(run.orders) * 1e6)
            found.p50.append(quantiles[0])
            found.p99.append(quantiles[1])
            found.last = run
        }
        return found
    }

    private func bareRun(_ shape: Shape, _ found: inout Found) throws -> Double {
        let (name, session) = try retailer.empty()
        let bare = try BarePostgres(session)
        let samples = SampleOrders(shape, count: 4096).samples
        _ = try bare.place(samples, for: .milliseconds(200))
        let before = try retailer.bytesWritten(at: name)
        let run = try bare.place(samples, for: duration)
        found.bareWritten = Double(try retailer.bytesWritten(at: name) - before) / Double(run.orders)
        try retailer.remove(retailer.cluster.url(of: name))
        return run.ordersPerSecond
    }

    private func row(_ shape: Shape, _ found: Found) -> [String] {
        [
            shape.name, found.bare.spread(), found.inProcess.spread(), Figure.percent(found.ratios.median),
            found.alone.spread(), Figure.text(found.gains.median, decimals: 1) + " ×", found.processor.spread(),
            found.p50.spread(decimals: 1), found.p99.spread(decimals: 1),
            Figure.text(found.last.groupSize, decimals: 0), Figure.text(found.last.roundTripsPerGroup, decimals: 1),
            Figure.text(found.last.rowsPerOrder, decimals: 0), Figure.text(found.bareWritten / 1000, decimals: 1),
            Figure.text(found.last.bytesWrittenPerOrder / 1000, decimals: 1),
        ]
    }

    private func record(_ shape: Shape, _ found: Found, into report: inout Report) {
        report.record("bare libpq, \(shape.name)", "orders_per_second", found.bare)
        report.record("in process on PostgreSQL, \(shape.name)", "orders_per_second", found.inProcess)
        report.record("in process on PostgreSQL, \(shape.name)", "ratio", found.ratios)
        report.goals.append(
            Goal(
                name: "placing in process on PostgreSQL, \(shape.name)", wanted: "≥ 33 % of bare libpq",
                found: Figure.percent(found.ratios.median), isMet: found.ratios.median >= Self.wantedRatio))
        report.goals.append(
            Goal(
                name: "groups on PostgreSQL, \(shape.name)", wanted: "≥ 5 × one order to a commit",
                found: Figure.text(found.gains.median, decimals: 1) + " ×",
                isMet: found.gains.median >= Self.wantedGain))
    }
}
