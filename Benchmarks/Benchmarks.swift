import ArgumentParser
import Foundation

/// How fast Waybill is, each figure beside the limit of its stack measured in the same run.
@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmarks",
        abstract: "How fast Waybill is, beside the limits of its stack measured in the same run.",
        discussion: "Figures need a release build: swift run -c release Benchmarks all",
        subcommands: [Place.self])
}

/// What all benchmarks may be told.
struct BenchmarkOptions: ParsableArguments {
    @Flag(help: "Short runs, few rounds: for a first impression.")
    var quick = false

    @Option(help: "Interleaved rounds per comparison.")
    var rounds: Int?

    @Option(help: "Seconds per run.")
    var seconds: Double?

    @Option(help: "Also write all figures to this file, as JSON.")
    var json: String?

    @Option(help: "Also write the tables to this file, as Markdown.")
    var markdown: String?

    @Option(help: "Also write the picture to this file, as SVG.")
    var svg: String?

    @Option(help: "Where to make temporary databases; they should lie on a real disk.")
    var scratch: String?

    var roundsInForce: Int { rounds ?? (quick ? 2 : 5) }
    var duration: Duration { .milliseconds(Int((seconds ?? (quick ? 1 : 3)) * 1000)) }

    /// Measures, prints, and writes the files that were asked for.
    func report(_ measure: (inout Report) async throws -> Void) async throws {
        if !Machine.isOptimized { Progress.say("This is a debug build: its figures mean nothing.") }
        let scratch = try ScratchFolder(in: scratch)
        var report = Report(machine: try Machine.present(scratch: scratch))
        try await measure(&report)
        report.machine.loadAfter = Machine.load()
        print(report.text)
        if let json { try report.json().write(to: URL(fileURLWithPath: json)) }
        if let svg { try Picture(report).svg.write(toFile: svg, atomically: true, encoding: String.Encoding.utf8) }
        if let markdown {
            let picture = svg.map { URL(fileURLWithPath: $0).lastPathComponent }
            try report.markdown(picture: picture).write(toFile: markdown, atomically: true, encoding: String.Encoding.utf8)
        }
    }
}

extension Benchmarks {
    struct Place: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Orders placed in process, beside bare SQLite.")
        @OptionGroup var options: BenchmarkOptions

        @Option(help: "Only orders of this many lines.")
        var lines: Int?

        func run() async throws {
            try await options.report { report in
                var comparison = PlaceComparison(
                    file: try RetailerFile(in: options.scratch), rounds: options.roundsInForce,
                    duration: options.duration)
                if let lines { comparison.shapes = Shape.Spread.allCases.map { Shape(lines: lines, spread: $0) } }
                try await comparison.run(into: &report)
            }
        }
    }
}
