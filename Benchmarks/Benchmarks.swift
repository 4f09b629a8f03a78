import ArgumentParser
import Foundation

/// How fast Waybill is, each figure beside the limit of its stack measured in the same run.
@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmarks",
        abstract: "How fast Waybill is, beside the limits of its stack measured in the same run.",
        discussion: "Figures need a release build: swift run -c release Benchmarks all",
        subcommands: [
            All.self, Place.self, Postgres.self, HTTP.self, Read.self, Search.self, Large.self, Documents.self,
            Couriers.self, Replay.self, EchoServer.self, ShopServer.self, LoadClientCommand.self,
        ])
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
        if let svg { try Data(Picture(report).svg.utf8).write(to: URL(fileURLWithPath: svg)) }
        if let markdown {
            let picture = svg.map { URL(fileURLWithPath: $0).lastPathComponent }
            try Data(report.markdown(picture: picture).utf8).write(to: URL(fileURLWithPath: markdown))
        }
    }
}

extension Benchmarks {
    struct All: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Everything, in one report.")
        @OptionGroup var options: BenchmarkOptions

        func run() async throws {
            try await options.report { report in
                let file = try RetailerFile(in: options.scratch)
                try await options.place(file).run(into: &report)
                try await options.http(file).run(into: &report)
                try await options.availability(file).run(into: &report)
                try options.search(file).run(into: &report)
                try options.large(file).run(into: &report)
                try options.documents.run(into: &report)
                try options.couriers(file).run(into: &report)
                if let cluster = try RetailerCluster(in: options.scratch) {
                    try options.large(cluster).run(into: &report)
                    try await options.place(cluster).run(into: &report)
                    try await options.http(cluster).run(into: &report)
                }
                if let replay = try ReplayRun.find() { try replay.run(into: &report) }
            }
        }
    }

    struct Postgres: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Orders placed on a PostgreSQL of its own, in process beside bare libpq, and over HTTP.")
        @OptionGroup var options: BenchmarkOptions
        @Option(help: "Only orders of this many lines.") var lines: Int?
        @Flag(help: "Leave HTTP out.") var onlyInProcess = false

        func run() async throws {
            try await options.report { report in
                guard let cluster = try RetailerCluster(in: options.scratch) else {
                    throw BenchmarkFailure("PostgreSQL is not installed: scripts/install test")
                }
                let shapes = lines.map(Shape.all(of:)) ?? Shape.all
                var comparison = options.place(cluster)
                comparison.shapes = shapes
                try await comparison.run(into: &report)
                guard !onlyInProcess else { return }
                var http = options.http(cluster)
                http.shapes = shapes
                try await http.run(into: &report)
            }
        }
    }

    struct Place: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Orders placed in process, beside bare SQLite.")
        @OptionGroup var options: BenchmarkOptions
        @Option(help: "Only orders of this many lines.") var lines: Int?

        func run() async throws {
            try await options.report { report in
                var comparison = options.place(try RetailerFile(in: options.scratch))
                if let lines { comparison.shapes = Shape.all(of: lines) }
                try await comparison.run(into: &report)
            }
        }
    }

    struct HTTP: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "http", abstract: "Orders placed over HTTP, beside a bare JSON echo.")
        @OptionGroup var options: BenchmarkOptions
        @Option(help: "Only orders of this many lines.") var lines: Int?

        func run() async throws {
            try await options.report { report in
                var comparison = options.http(try RetailerFile(in: options.scratch))
                if let lines { comparison.shapes = Shape.all(of: lines) }
                try await comparison.run(into: &report)
            }
        }
    }

    struct Read: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Availability, in process and over HTTP.")
        @OptionGroup var options: BenchmarkOptions

        func run() async throws {
            try await options.report { report in
                try await options.availability(try RetailerFile(in: options.scratch)).run(into: &report)
            }
        }
    }

    struct Search: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pages of orders in a small and a large database; start of the server on the large one.")
        @OptionGroup var options: BenchmarkOptions
        @Option(help: "Orders in the large database, ten times as many as in the small one.")
        var orders: Int?

        func validate() throws {
            guard (1_000...10_000_000).contains(orders ?? 1_000) else {
                throw ValidationError("--orders takes 1000 to 10000000")
            }
        }

        func run() async throws {
            try await options.report { report in
                try options.search(try RetailerFile(in: options.scratch), orders: orders).run(into: &report)
            }
        }
    }

    struct Large: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "An order of 1,000 lines placed, amended, cancelled; a return over the counter.")
        @OptionGroup var options: BenchmarkOptions

        func run() async throws {
            try await options.report { report in
                try options.large(try RetailerFile(in: options.scratch)).run(into: &report)
                if let cluster = try RetailerCluster(in: options.scratch) {
                    try options.large(cluster).run(into: &report)
                }
            }
        }
    }

    struct Documents: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Labels as PDF and ZPL, beside bare pages of the same libraries.")
        @OptionGroup var options: BenchmarkOptions

        func run() async throws { try await options.report { try options.documents.run(into: &$0) } }
    }

    struct Couriers: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The choice among many couriers' services, and what it adds to placing.")
        @OptionGroup var options: BenchmarkOptions

        func run() async throws {
            try await options.report { try options.couriers(try RetailerFile(in: options.scratch)).run(into: &$0) }
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The whole file of Online Retail, when it lies beside the checkout.")
        @OptionGroup var options: BenchmarkOptions

        func run() async throws {
            try await options.report { report in
                guard let replay = try ReplayRun.find() else {
                    throw BenchmarkFailure("needs the release build of waybill and ../shared/data/online_retail")
                }
                try replay.run(into: &report)
            }
        }
    }
}

extension BenchmarkOptions {
    fileprivate func place(_ file: RetailerFile) -> PlaceComparison {
        PlaceComparison(file: file, rounds: roundsInForce, duration: duration)
    }

    fileprivate func place(_ cluster: RetailerCluster) -> PlaceOnPostgres {
        PlaceOnPostgres(retailer: cluster, rounds: roundsInForce, duration: duration)
    }

    fileprivate func http(_ retailer: any FoundedRetailer) -> PlaceOverHTTP {
        PlaceOverHTTP(retailer: retailer, rounds: roundsInForce, duration: duration)
    }

    fileprivate func availability(_ file: RetailerFile) -> AvailabilityReads {
        AvailabilityReads(file: file, rounds: roundsInForce, duration: duration)
    }

    fileprivate func large(_ retailer: any FoundedRetailer) -> LargeOrders {
        LargeOrders(retailer: retailer, rounds: roundsInForce)
    }

    fileprivate var documents: DocumentPages { DocumentPages(rounds: roundsInForce, many: 1_000) }

    fileprivate func couriers(_ file: RetailerFile) -> CourierChoices {
        CourierChoices(file: file, rounds: roundsInForce)
    }

    fileprivate func search(_ file: RetailerFile, orders: Int? = nil) -> SearchPages {
        let large = orders ?? (quick ? 30_000 : 100_000)
        return SearchPages(file: file, rounds: roundsInForce, small: large / 10, large: large)
    }
}
