import Foundation
import OrderManagement
import Testing

/// `docs/reference` is drawn from the program's own tables: `UPDATE_SNAPSHOTS=1` writes it anew.
@Suite("Reference")
struct ReferenceTests {
    @Test("Lifecycles, refusals, events and jobs in docs/reference are those of the program")
    func upToDate() throws {
        let pages = try ["lifecycles": Reference.lifecycles, "vocabulary": Reference.vocabulary()]
        for (name, text) in pages.sorted(by: { $0.key < $1.key }) {
            let path = "docs/reference/\(name).md"
            if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
                try text.write(to: Repository.root.appendingPathComponent(path), atomically: true, encoding: .utf8)
            }
            let isSame = try Repository.text(path) == text
            #expect(isSame, "\(path) is out of date: run the tests once with UPDATE_SNAPSHOTS=1, then read the change")
        }
    }

    @Test("Every lifecycle of the sources is drawn")
    func complete() throws {
        let count = try Repository.files("Sources/OrderManagement").reduce(0) { sum, file in
            sum + file.code.filter { $0.contains(": String, Lifecycle") }.count
        }
        #expect(Reference.lifecycles.components(separatedBy: "\n## ").count - 1 == count)
    }
}

/// The pages of the reference.
private enum Reference {
    private static let generated = "<!-- Generated from the program's tables by the tests: UPDATE_SNAPSHOTS=1. -->\n\n"

    static var lifecycles: String {
        generated + """
            # Lifecycles

            An order has no state machine: its parts do, and its statuses are derived from them
            ([decision 0004](../decisions/0004-statuses-are-derived.md)). What is in no table below is refused with 409
            `illegal_transition`, naming the state and the moves that are open.

            """
            + draw(Fulfillment.State.self) + draw(Parcel.State.self) + draw(Label.State.self) + draw(Return.State.self)
            + draw(Payment.State.self) + draw(Amendment.State.self) + draw(Transfer.State.self)
            + draw(InboundSupply.State.self) + draw(Reservation.State.self)
            + draw(ClosedHandOver.ManifestState.self) + draw(CourierPickup.State.self)
    }

    /// A state diagram and the table of every state × action.
    private static func draw<State: Lifecycle>(_: State.Type) -> String {
        let states = Array(State.allCases)
        let actions = State.Action.allCases.filter { action in states.contains { $0.exits[action] != nil } }
        var text = "\n## \(State.noun.prefix(1).uppercased() + State.noun.dropFirst())\n\n```mermaid\nstateDiagram-v2\n"
        let reached = Set(states.flatMap(\.exits.values))
        for state in states where !reached.contains(state) { text += "    [*] --> \(state.rawValue)\n" }
        for state in states {
            var labels: [State: [String]] = [:]
            for action in actions {
                if let next = state.exits[action] { labels[next, default: []].append(action.rawValue) }
            }
            for next in states {
                guard let names = labels[next] else { continue }
                text += "    \(state.rawValue) --> \(next.rawValue): \(names.joined(separator: ", "))\n"
            }
            if state.isFinal { text += "    \(state.rawValue) --> [*]\n" }
        }
        text += "```\n\n| state | " + actions.map(\.rawValue).joined(separator: " | ") + " |\n"
        text += "| --- |" + String(repeating: " --- |", count: actions.count) + "\n"
        for state in states {
            let cells = actions.map { state.exits[$0].map { "`\($0.rawValue)`" } ?? "–" }
            text += "| **\(state.rawValue)** | " + cells.joined(separator: " | ") + " |\n"
        }
        return text
    }

    static func vocabulary() throws -> String {
        var text = generated + """
            # Refusals, events, exceptions, jobs

            ## Refusals

            In order of precedence: when several apply, the first names the answer. A decided one is kept under its
            idempotency key.

            | code | HTTP status | decided |
            | --- | --- | --- |

            """
        for code in Refusal.Code.allCases {
            text += "| `\(code.rawValue)` | \(code.status) | \(code.isDecided ? "yes" : "no") |\n"
        }
        text += "\n## Events\n\nNames are only ever added.\n\n"
        for type in EventType.allCases { text += "- `\(type.rawValue)`\n" }
        text += "\n## Exceptions\n\nWhat needs a person.\n\n| kind | |\n| --- | --- |\n"
        text += try cases(of: "Kind", in: "Sources/OrderManagement/Exceptions/OrderException.swift")
        text += "\n## Jobs\n\nWork for later.\n\n| kind | |\n| --- | --- |\n"
        text += try cases(of: "JobKind", in: "Sources/OrderManagement/Jobs/Job.swift")
        return text
    }

    /// The cases of an enumeration with raw values, and what is said above each, as rows of a table.
    private static func cases(of name: String, in path: String) throws -> String {
        var (rows, comment, isInside) = ("", "", false)
        for line in try Repository.text(path).split(separator: "\n") {
            let bare = line.drop { $0 == " " }
            if bare.contains("enum \(name): String") { isInside = true }
            guard isInside else { continue }
            if bare == "}" { break }
            if bare.hasPrefix("/// ") {
                comment += (comment.isEmpty ? "" : " ") + bare.dropFirst(4)
            } else if bare.hasPrefix("case ") {
                let words = bare.dropFirst(5).split(separator: " = ").map(String.init)
                let raw = words.count == 2 ? words[1].replacing("\"", with: "") : words[0]
                rows += "| `\(raw)` | \(comment) |\n"
                comment = ""
            }
        }
        return rows
    }
}
