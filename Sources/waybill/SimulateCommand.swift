import ArgumentParser
import Databases
import Foundation
import OrderManagement
import Simulation

/// `waybill simulate`: a whole company in one process, from a seed; checks the books after each step.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Plays a whole company from a seed, with accidents, and checks every law.",
        discussion: """
            The same seed gives the same trace. Exit code 1 if a law did not hold: the seed and the step are shown.
            At the end stands how often each command was accepted and refused, those of jobs too.

            Example: waybill simulate --seeds 1..20 --steps 2000
            """)

    @Option(help: "Where chance begins.") var seed: UInt64 = 1
    @Option(help: "Several seeds, one after the other: 1..20.") var seeds: String?
    @Option(help: "How many steps to take with each seed.") var steps = 1_000
    @Flag(help: "Show each step: time, command, outcome.") var trace = false
    @Flag(help: "Answer as JSON, one line per seed.") var json = false

    func validate() throws {
        guard (1...10_000_000).contains(steps) else { throw ValidationError("--steps must be from 1 to 10000000") }
        _ = try range()
    }

    func run() async throws {
        let console = Terminal.console()
        var isBroken = false
        var total: [String: Verdict.Tally] = [:]
        for seed in try range() {
            let start = ContinuousClock.now
            let verdict = try simulate(seed, console)
            console.endProgress()
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            if json {
                console.json { write(verdict, seconds, to: &$0) }
            } else {
                show(verdict, seconds, console)
            }
            isBroken = isBroken || !verdict.passed
            total.merge(verdict.commands) { $0 + $1 }
        }
        if !json {
            console.table(
                ["command", "accepted", "refused"],
                total.sorted { $0.key < $1.key }.map { [$0.key, "\($0.value.accepted)", "\($0.value.refused)"] })
        }
        if isBroken { throw ExitCode.refused }
    }

    private func range() throws -> ClosedRange<UInt64> {
        guard let seeds else { return seed...seed }
        let parts = seeds.components(separatedBy: "..")
        guard parts.count == 2, let first = UInt64(parts[0]), let last = UInt64(parts[1]), first <= last else {
            throw ValidationError("--seeds must be two numbers, the smaller first: 1..20")
        }
        return first...last
    }

    /// Runs one seed on a database of its own, which is thrown away.
    private func simulate(_ seed: UInt64, _ console: Console) throws -> Verdict {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("waybill-simulation-\(getpid())-\(seed)", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var opened: [SQLiteDatabase] = []
        let simulator = Simulator(seed: seed, steps: steps) {
            let path = folder.appendingPathComponent("\(opened.count).db").path
            let database = try SQLiteDatabase.open(path: path, mode: .readWrite)
            try database.migrate(MigrationFiles.all) { _ in }
            opened.append(database)
            return database
        }
        let verdict = Result {
            try simulator.run(
                progress: { console.progress("seed \(seed)", Double($0) / Double(steps), "step \($0)") },
                trace: { if trace { console.out($0) } })
        }
        for database in opened { try database.close() }
        try FileManager.default.removeItem(at: folder)
        return try verdict.get()
    }

    private func show(_ verdict: Verdict, _ seconds: Double, _ console: Console) {
        let time = String(format: "%.1f s", seconds)
        let faults = verdict.faults.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        console.out(
            "seed \(verdict.seed): \(verdict.passed ? "every law held" : "BROKEN") after \(verdict.steps) steps, "
                + "\(verdict.orders) orders, \(verdict.events) events, \(verdict.jobs) jobs, "
                + "\(verdict.labels) labels bought in \(time); "
                + "accidents: \(faults.isEmpty ? "none" : faults); trace \(verdict.traceDigest)")
        guard let failure = verdict.failure else { return }
        console.out("  step \(failure.step) broke \(failure.law): \(failure.explanation)")
        for line in failure.trace { console.out("    \(line)") }
        console.out("  again: waybill simulate --seed \(verdict.seed) --steps \(failure.step) --trace")
    }

    private func write(_ verdict: Verdict, _ seconds: Double, to json: inout JSONWriter) {
        json.object {
            $0.member("seed", "\(verdict.seed)")
            $0.member("passed", verdict.passed)
            $0.member("steps", verdict.steps)
            $0.member("orders", verdict.orders)
            $0.member("events", verdict.events)
            $0.member("jobs", verdict.jobs)
            $0.member("labels", verdict.labels)
            $0.member("seconds", seconds)
            $0.member("trace_digest", verdict.traceDigest)
            $0.object("faults") { faults in
                for (name, count) in verdict.faults.sorted(by: { $0.key < $1.key }) { faults.member(name, count) }
            }
            $0.object("commands") { commands in
                for (name, tally) in verdict.commands.sorted(by: { $0.key < $1.key }) {
                    commands.object(name) {
                        $0.member("accepted", tally.accepted)
                        $0.member("refused", tally.refused)
                    }
                }
            }
            if let failure = verdict.failure {
                $0.object("failure") {
                    $0.member("step", failure.step)
                    $0.member("law", failure.law)
                    $0.member("explanation", failure.explanation)
                }
            }
        }
    }
}
