import Foundation
import OrderManagement
import Simulation
import Testing

@Suite("Everything that the system can do")
struct EveryCommandTests {
    @Test("Each command is accepted in some simulated company: by people, or by jobs")
    func everyCommand() async throws {
        let known = try Self.commands()
        #expect(known.count > 120)
        var missing = known.subtracting(try words(of: "UnseenCommands.txt").map { $0[0] })
        let chosen = try words(of: "CommandSeeds.txt").map {
            (seed: try #require(UInt64($0[0])), steps: try #require(Int($0[1])))
        }
        // What is chosen saves time: people who do one thing more do others at other moments, and are seen by the rest.
        let further = (1...60).map { (seed: UInt64(30_000 + $0), steps: 300) }
        for (seed, steps) in chosen + further where !missing.isEmpty {
            await Task.yield()  // others wait for an answer meanwhile
            let verdict = try TemporaryDatabase().simulate(seed: seed, steps: steps)
            #expect(verdict.passed, "\(verdict.summary)")
            missing.subtract(verdict.commands.filter { $0.value.accepted > 0 }.keys)
        }
        #expect(missing.isEmpty, "never accepted: \(missing.sorted()); have the simulated people use them")
    }

    @Test("What need not be seen is a command that there is, and says why")
    func exceptions() throws {
        let known = try Self.commands()
        for words in try words(of: "UnseenCommands.txt") {
            #expect(known.contains(words[0]) && words.count > 4, "\(words)")
        }
    }

    @Test("What is staged is committed or dropped; little of it is forgotten, or staged again")
    func amendments() async throws {
        var (staged, committed, dropped) = (0, 0, 0)
        for seed in 9001...9005 as ClosedRange<UInt64> {
            await Task.yield()
            let commands = try TemporaryDatabase().simulate(seed: seed, steps: 200).commands
            staged += commands[AmendOrder.name]?.accepted ?? 0
            committed += commands[CommitAmendment.name]?.accepted ?? 0
            dropped += commands[DropAmendment.name]?.accepted ?? 0
        }
        #expect(committed * 3 > staged && staged > 10, "\(committed) of \(staged)")
        #expect(dropped > 0)
    }

    /// The lines of a file beside this one, but for its remarks.
    private func words(of name: String) throws -> [[String]] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: name)
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: " ").map(String.init) }
    }

    /// The names of all commands, as their sources say them.
    private static func commands() throws -> Set<String> {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/OrderManagement")
            .standardizedFileURL
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        var names: Set<String> = []
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            // One that carries another, whose name is its own, is `struct AtVersion<Base: Command>`.
            for part in text.components(separatedBy: "\n").split(whereSeparator: { $0 == "}" }) {
                let source = part.joined(separator: "\n")
                guard source.contains(/struct \w+: Command \{/) else { continue }
                let name = source.firstMatch(of: /static let name = "([a-z-]+)"/).map { String($0.output.1) }
                names.insert(try #require(name, "a command of \(file.lastPathComponent) has no name"))
            }
        }
        return names
    }
}
