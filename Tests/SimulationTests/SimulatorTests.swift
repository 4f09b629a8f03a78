import Databases
import Foundation
import OrderManagement
import Simulation
import Testing

@Suite("The simulated company")
struct SimulatorTests {
    @Test("Every law holds after every step", arguments: [1, 2, 3] as [UInt64])
    func lawsHold(seed: UInt64) throws {
        let verdict = try TemporaryDatabase().simulate(seed: seed, steps: 250)
        #expect(verdict.passed, "\(verdict.summary)")
        #expect(verdict.orders > 8 && verdict.events > 150 && verdict.jobs > 0)
    }

    @Test("Seeds that once broke a law break none now")
    func regressions() throws {
        let seeds = try regressionSeeds()
        #expect(!seeds.isEmpty)
        for (seed, steps) in seeds {
            let verdict = try TemporaryDatabase().simulate(seed: seed, steps: steps)
            #expect(verdict.passed, "\(verdict.summary)")
        }
    }

    @Test("One seed gives one trace, and the same rows in every table")
    func sameSeedSameTrace() throws {
        let (first, second) = (try TemporaryDatabase(), try TemporaryDatabase())
        var traces: [[String]] = [[], []]
        let verdicts = (
            try first.simulate(seed: 11, steps: 100, trace: { traces[0].append($0) }),
            try second.simulate(seed: 11, steps: 100, trace: { traces[1].append($0) })
        )
        #expect(traces[0] == traces[1])
        #expect(verdicts.0.traceDigest == verdicts.1.traceDigest)
        #expect(try first.dump() == second.dump())
        let other = try TemporaryDatabase().simulate(seed: 12, steps: 100)
        #expect(other.traceDigest != verdicts.0.traceDigest)
    }

    @Test("All kinds of faults happen, and most refusals are seen")
    func coverage() throws {
        var faults = Set<String>(), refusals = Set<String>(), accepted = Set<String>()
        var labels = 0
        for seed in [24, 25, 26, 27, 9006] as [UInt64] {
            let verdict = try TemporaryDatabase().simulate(seed: seed, steps: 250)
            faults.formUnion(verdict.faults.keys)
            labels += verdict.labels
            refusals.formUnion(verdict.refusals.keys)
            accepted.formUnion(verdict.commands.filter { $0.value.accepted > 0 }.keys)
        }
        let expected: Set<String> = [
            "crash_before_commit", "crash_after_commit", "stale_read", "unavailable", "repeated_key", "reused_key",
            "courier_gave_no_answer", "courier_refused",
        ]
        #expect(faults.isSuperset(of: expected))
        #expect(labels > 5 && accepted.isSuperset(of: ["buy-label", "save-couriers"]))
        #expect(accepted.isSuperset(of: ["take-stage-answer", "record-payment-outcome"]))
        #expect(refusals.count >= 18, "\(refusals.sorted())")
        #expect(accepted.count >= 25, "\(accepted.sorted())")
    }
}

/// Seeds and steps of `RegressionSeeds.txt`.
private func regressionSeeds() throws -> [(UInt64, Int)] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "RegressionSeeds.txt")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        guard words.count >= 2, let seed = UInt64(words[0]), let steps = Int(words[1]) else { return nil }
        return (seed, steps)
    }
}
