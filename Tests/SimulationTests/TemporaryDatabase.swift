import Databases
import Foundation
import OrderManagement
import Simulation
import TestSupport

/// A database of its own, gone with it. A class, since the database lives as long as somebody looks at it.
final class TemporaryDatabase {
    private let home: TestDatabase
    var database: any OpenedDatabase { home.database }

    init() throws { home = try TestDatabase() }

    func simulate(
        seed: UInt64, steps: Int, over wrap: (any OpenedDatabase) -> any Database = { $0 },
        trace: (String) -> Void = { _ in }
    ) throws -> Verdict {
        let wrapped = wrap(database)
        return try Simulator(seed: seed, steps: steps) { wrapped }.run(trace: trace)
    }

    /// Every row of every table, as text.
    func dump() throws -> [String] { try TestDatabase.dump(database) }
}

extension Verdict {
    var summary: String {
        guard let failure else { return "seed \(seed): \(steps) steps, no law broken" }
        return "seed \(seed), step \(failure.step): \(failure.law): \(failure.explanation)\n"
            + failure.trace.joined(separator: "\n")
    }
}
