import ArgumentParser
import Foundation
import OrderManagement

/// `waybill replay`: plays a file of historic orders through the whole system, and reports.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Plays a file of historic orders through the whole system, and reports.",
        discussion: """
            The clock is that of the orders. Simulated staff accept, pick, pack and ship; what runs low is supplied.
            Without --database a fresh one is made, with the demonstration's locations, and removed at the end.
            At the end the doctor examines the books; exit code 1 if anything contradicts.

            Example: waybill replay online_retail.csv.gz --as-fast-as-possible
            """)

    enum Goal: String, CaseIterable, ExpressibleByArgument { case placed, packed, shipped, delivered }

    @Argument(help: "The file: Online Retail layout, or one JSON order per line; CSV or NDJSON, also .gz.")
    var file: String
    @Option(help: "Seconds of the file per second.") var speed: Double?
    @Flag(help: "Do not wait between orders.") var asFastAsPossible = false
    @Option(help: "How far work goes: placed, packed, shipped or delivered.") var until = Goal.delivered
    @Option(help: "The channel of orders that name none.") var channel = "web"
    @Option(help: "The database to play on (default: a fresh one, removed at the end).")
    var database: String?
    @Option(help: "A file to write every row that was left out to, with its reason, as CSV.") var report: String?
    @Flag(help: "Answer as JSON.") var json = false

    func validate() throws {
        guard (speed == nil) == asFastAsPossible else {
            throw ValidationError("give either --speed N or --as-fast-as-possible")
        }
        if let speed, !(speed > 0 && speed <= 1e7) {
            throw ValidationError("--speed must lie between 0 and 10,000,000")
        }
    }

    func run() async throws {
        let console = Terminal.console()
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("waybill-replay-\(UUID().uuidString)")
        defer { if database == nil { remove(folder, console) } }
        let address: DatabaseAddress
        if let database {
            address = try DatabaseAddress(database)
        } else {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            address = .sqlite(path: folder.appendingPathComponent("replay.db").path)
        }
        let code = try await play(on: address, console)
        guard code == .success else { throw code }
    }

    private func remove(_ folder: URL, _ console: Console) {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            console.err("waybill: \(folder.path) could not be removed: \(error.localizedDescription)")
        }
    }

    private func play(on address: DatabaseAddress, _ console: Console) async throws -> ExitCode {
        let path = console.path(file)
        let stream = try ReplayStream(TableFile(path: path), channel: channel)
        defer { stream.stop() }
        let opened = try Composition.open(address, .writing)
        opened.waybill.stop()
        let clock = SimulatedClock(at: .earliest)
        let system = System(
            address: opened.address, database: opened.database,
            waybill: OrderManagement(database: opened.database, clock: { clock.now }), migrated: opened.migrated)
        try setUp(system.waybill)
        clock.advance(to: try newestEvent(in: system.waybill))
        var replay = try Replay(
            on: system.waybill, clock: clock, jobs: Composition.jobs(of: system),
            pace: speed.map { .speed($0) } ?? .asFastAsPossible, until: goal,
            report: try ImportReport(path: report.map(console.path)) { console.err($0) })
        try await replay.run(stream) { console.progress("replay", nil, $0) }
        console.endProgress()
        let statuses = try ReplayResult.statuses(of: system.waybill)
        let findings = try system.waybill.readNow { db in
            try Doctor.examine(in: db) { step, done in console.progress("doctor", done, step) }
        }
        console.endProgress()
        try replay.result.report.finish()
        show(replay.result, statuses, findings, on: console)
        try system.close()
        return findings.isClean ? .success : .refused
    }

    private var goal: SimulatedStaff.Step {
        switch until {
        case .placed: .released
        case .packed: .packed
        case .shipped: .shipped
        case .delivered: .delivered
        }
    }

    /// Gives a fresh database the demonstration's places; one that has its own keeps them.
    private func setUp(_ waybill: OrderManagement) throws {
        let configuration = try waybill.readNow { try Configuration.load(in: $0) }
        if configuration.locations.isEmpty, configuration.channels.isEmpty {
            try DemonstrationRetailer().setUpPlaces(of: waybill, knowsAddresses: false)
        } else if configuration.channels[channel] == nil {
            throw CommandRefused("there is no channel \(channel): name one by --channel")
        }
    }

    /// The books never go back in time: a replay on a used database begins after its newest event.
    private func newestEvent(in waybill: OrderManagement) throws -> Timestamp {
        try waybill.readNow { db in
            let last = try EventLog.lastPosition(in: db)
            return try EventLog.page(after: max(0, last - 1), types: [], limit: 1, in: db).events.first?.at ?? .earliest
        }
    }

    private func show(
        _ result: ReplayResult, _ statuses: [(name: String, count: Int)], _ findings: Doctor.Report,
        on console: Console
    ) {
        let perSecond = Double(result.orders) / max(0.001, result.seconds)
        guard !json else {
            return console.json {
                $0.object {
                    $0.member("orders", result.orders)
                    $0.member("lines", result.orderLines)
                    $0.member("seconds", result.seconds)
                    $0.member("orders_per_second", perSecond)
                    $0.member("commands", result.commands)
                    $0.member("backordered", result.ordersBackordered)
                    $0.member("peak_memory_mb", ReplayResult.peakMegabytes)
                    $0.object("commands_by_name") {
                        for (name, count) in result.performed.entries { $0.member(name, count) }
                    }
                    $0.object("refusals") { for (name, count) in result.refusals.entries { $0.member(name, count) } }
                    $0.object("statuses") { for (name, count) in statuses { $0.member(name, count) } }
                    result.report.write(to: &$0)
                    $0.name("doctor")
                    findings.write(to: &$0)
                }
            }
        }
        result.report.show(on: console, title: "\(file): replayed")
        console.out()
        console.table(["ORDERS", "STATUS AT THE END"], statuses.map { ["\($0.count)", $0.name] })
        console.out()
        console.table(["COUNT", "COMMAND"], result.performed.entries.map { ["\($0.count)", $0.name] })
        if !result.refusals.entries.isEmpty {
            console.out()
            console.table(["COUNT", "REFUSED"], result.refusals.entries.map { ["\($0.count)", $0.name] })
        }
        console.out()
        console.out(
            String(
                format: "%d orders (%d lines) in %.1f s: %.0f orders and %.0f commands a second; peak memory %d MB",
                result.orders, result.orderLines, result.seconds, perSecond,
                Double(result.commands) / max(0.001, result.seconds), ReplayResult.peakMegabytes))
        console.out(
            "\(result.ordersBackordered) orders had to wait for units; \(result.ordersKnown) were there already")
        console.out()
        console.write(findings.text)
    }
}
