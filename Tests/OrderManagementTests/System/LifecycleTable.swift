import OrderManagement
import TestSupport
import Testing

extension Lifecycle {
    /// Expects each action to lead where a table says: one row per state, one column per action. A cell that names no
    /// state stands for a refusal, which names the state that the thing is in.
    static func expect(_ table: TextTable, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let named = table.rows.map { $0["state"] }.sorted()
        #expect(named == allCases.map(\.rawValue).sorted(), "each state once", sourceLocation: sourceLocation)
        for row in table.rows {
            let state = try #require(Self(rawValue: row["state"]), sourceLocation: sourceLocation)
            for action in Action.allCases {
                let move: Comment = "\(state.rawValue): \(action.rawValue)"
                if let next = Self(rawValue: row[action.rawValue]) {
                    #expect(try state.after(action) == next, move, sourceLocation: sourceLocation)
                } else {
                    let refusal = #expect(throws: Refusal.self, move, sourceLocation: sourceLocation) {
                        try state.after(action)
                    }
                    #expect(refusal?.code == .illegalTransition, move, sourceLocation: sourceLocation)
                    let isNamed = refusal?.explanation.contains(state.rawValue) == true
                    #expect(isNamed, move, sourceLocation: sourceLocation)
                }
            }
        }
    }
}
