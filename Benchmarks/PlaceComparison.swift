import Foundation

/// Placing in process beside bare SQLite, shape by shape, in interleaved rounds.
struct PlaceComparison {
    let file: RetailerFile
    let rounds: Int
    let duration: Duration
    var shapes = Shape.all

    static let wantedRatio = 0.33

    func run(into report: inout Report) async throws {
        var table = ReportTable(
            "Placing in process beside bare SQLite",
            note: """
                Bare SQLite writes the least that an order needs (key, guarded stock, order, lines, one event) set \
                by set, \(BareSQLite.groupSize) orders to a durable commit. In process, \(PlaceInProcess.callers) \
                callers place orders through the one door. CPU is processor time per order of the whole process, its \
                callers included. Rows are those inserted or updated; kB is what the file grew by, kB written what \
                went to the log and the file.
                """,
            columns: [
                "orders", "bare SQLite /s", "in process /s", "ratio", "CPU µs bare", "CPU µs", "p50 ms", "p99 ms",
                "group", "rows bare", "rows", "kB bare", "kB", "kB written",
            ])
        var rates: [Shape: Double] = [:]
        for shape in shapes {
            let found = try await compare(shape)
            rates[shape] = found.inProcess.median
            table.rows.append(found.row)
            report.record("bare SQLite, \(shape.name)", "orders_per_second", found.bare)
            report.record("in process, \(shape.name)", "orders_per_second", found.inProcess)
            report.record("in process, \(shape.name)", "ratio", found.ratios)
            report.record("in process, \(shape.name)", "p99_milliseconds", found.p99)
            report.goals.append(
                Goal(
                    name: "placing in process, \(shape.name)", wanted: "≥ 33 % of bare SQLite",
                    found: Figure.percent(found.ratios.median), isMet: found.ratios.median >= Self.wantedRatio))
        }
        report.tables.append(table)
        for lines in Set(shapes.map(\.lines)).sorted() {
            guard let uniform = rates[Shape(lines: lines, spread: .uniform)],
                let hot = rates[Shape(lines: lines, spread: .hot)]
            else { continue }
            report.goals.append(
                Goal(
                    name: "a hot SKU in process, \(lines) lines", wanted: "≥ uniform SKUs (95 % counts as equal)",
                    found: Figure.percent(hot / uniform), isMet: hot >= uniform * 0.95))
        }
    }

    private struct Found {
        let shape: Shape
        var bare: [Double] = []
        var inProcess: [Double] = []
        var ratios: [Double] = []
        var p50: [Double] = []
        var p99: [Double] = []
        var last = PlaceInProcess.Run()
        var bareProcessor: [Double] = []
        var processor: [Double] = []
        var bareRows = 0.0
        var bareBytes = 0.0

        init(_ shape: Shape) { self.shape = shape }

        var row: [String] {
            [
                shape.name, bare.spread(), inProcess.spread(), Figure.percent(ratios.median),
                bareProcessor.spread(), processor.spread(), p50.spread(decimals: 1), p99.spread(decimals: 1),
                Figure.text(last.groupSize, decimals: 0),
                Figure.text(bareRows, decimals: 0), Figure.text(last.rowsPerOrder, decimals: 0),
                Figure.text(bareBytes / 1000, decimals: 1), Figure.text(last.bytesPerOrder / 1000, decimals: 1),
                Figure.text(last.bytesWrittenPerOrder / 1000, decimals: 1),
            ]
        }
    }

    private func compare(_ shape: Shape) async throws -> Found {
        var found = Found(shape)
        for round in 1...rounds {
            Progress.say("place, \(shape.name): round \(round) of \(rounds)")
            let bare = try bareRun(shape, &found)
            let run = try await PlaceInProcess.run(shape, on: file, for: duration, isExamined: round == rounds)
            let quantiles = run.latencies.milliseconds(at: [0.5, 0.99])
            found.bare.append(bare)
            found.inProcess.append(run.ordersPerSecond)
            found.ratios.append(run.ordersPerSecond / bare)
            found.processor.append(run.processorSeconds / Double(run.orders) * 1e6)
            found.p50.append(quantiles[0])
            found.p99.append(quantiles[1])
            found.last = run
        }
        return found
    }

    private func bareRun(_ shape: Shape, _ found: inout Found) throws -> Double {
        let scratch = try ScratchFolder(in: file.scratch.folder)
        let bare = try BareSQLite(path: scratch.path(of: "bare.db"))
        let (rows, bytes) = (bare.rowsChanged, try bare.checkpointedBytes())
        let samples = SampleOrders(shape, count: 4096).samples
        _ = try bare.place(samples, for: .milliseconds(200))
        let warm = bare.rowsChanged
        let run = try bare.place(samples, for: duration)
        found.bareProcessor.append(run.processorSeconds / Double(run.orders) * 1e6)
        found.bareRows = Double(bare.rowsChanged - warm) / Double(run.orders)
        let ordersInAll = Double(bare.rowsChanged - rows) / found.bareRows
        found.bareBytes = Double(try bare.checkpointedBytes() - bytes) / ordersInAll
        return run.ordersPerSecond
    }
}
