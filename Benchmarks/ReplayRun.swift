import Foundation

/// The whole file of Online Retail through the `waybill` program: orders per second and peak memory.
struct ReplayRun {
    let program: String
    let file: String
    static let wantedMegabytes = 150.0

    /// Where the program and the file are when the checkout has its data beside it; nil when either is missing.
    static func find() throws -> ReplayRun? {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("waybill").path
        let file = "../shared/data/online_retail/online_retail_2010-12_to_2011-08.csv.gz"
        let all = FileManager.default
        guard all.isExecutableFile(atPath: program), all.fileExists(atPath: file) else { return nil }
        return ReplayRun(program: program, file: file)
    }

    /// The members of `waybill replay --json` that are of interest here.
    private struct Answer: Decodable {
        let orders: Int
        let seconds: Double
        let orders_per_second: Double
        let commands: Int
        let peak_memory_mb: Double
    }

    func run(into report: inout Report) throws {
        Progress.say("replay: the whole file, until everything is delivered")
        let before = Machine.childrenPeakMegabytes()
        let child = try ChildProcess(["replay", file, "--as-fast-as-possible", "--json"], program: program)
        let answer = try JSONDecoder().decode(Answer.self, from: try child.rest())
        // What the system says, unless an earlier child was larger; then what the program says of itself.
        let after = Machine.childrenPeakMegabytes()
        let megabytes = after > before ? after : answer.peak_memory_mb
        var table = ReportTable(
            "Replay of the whole file of Online Retail",
            note: "`waybill replay FILE --as-fast-as-possible`: each order placed, picked, packed, shipped, delivered.",
            columns: ["orders", "commands", "seconds", "orders /s", "commands /s", "peak MB"])
        table.rows.append([
            Figure.text(Double(answer.orders)), Figure.text(Double(answer.commands)),
            Figure.text(answer.seconds, decimals: 1), Figure.text(answer.orders_per_second),
            Figure.text(Double(answer.commands) / answer.seconds), Figure.text(megabytes),
        ])
        report.tables.append(table)
        report.record("replay", "orders_per_second_replayed", [answer.orders_per_second])
        report.record("replay", "peak_megabytes", [megabytes])
        report.goals.append(
            Goal(
                name: "resident memory while replaying", wanted: "< 150 MB",
                found: Figure.text(megabytes) + " MB", isMet: megabytes < Self.wantedMegabytes))
    }
}
