import OrderManagement
import Simulation
import TestSupport
import Testing

@Suite("Two engines", .enabled(if: TestDatabase.isPostgres))
struct DifferentialTests {
    @Test(
        "One seeded history, accidents included, leaves the same trace, events and books on SQLite and PostgreSQL",
        arguments: [31, 32, 33] as [UInt64])
    func sameHistory(seed: UInt64) throws {
        let homes = [try TestDatabase(.sqlite), try TestDatabase(.postgres)]
        var traces: [[String]] = [[], []]
        var verdicts: [Verdict] = []
        for (index, home) in homes.enumerated() {
            let database = home.database
            verdicts.append(
                try Simulator(seed: seed, steps: 200) { database }.run(trace: { traces[index].append($0) }))
        }
        for verdict in verdicts { #expect(verdict.passed, "\(verdict.summary)") }
        for (place, lines) in zip(traces[0], traces[1]).enumerated() where lines.0 != lines.1 {
            Issue.record("step \(place): SQLite: \(lines.0), PostgreSQL: \(lines.1)")
            break
        }
        #expect(verdicts[0].traceDigest == verdicts[1].traceDigest)
        let dumps = try homes.map { try TestDatabase.dump($0.database) }
        #expect(dumps[0].count > 500)
        #expect(dumps[0] == dumps[1])
    }
}
