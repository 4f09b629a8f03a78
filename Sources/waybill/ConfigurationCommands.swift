import ArgumentParser
import Foundation
import OrderManagement
import Server

/// `waybill apply`: takes channels and locations over from a file, all of them or none.
struct ApplyCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Takes channels with their policies, locations, couriers and packaging over from a YAML file.",
        discussion: """
            The file has the lists `channels`, `locations` and `couriers`, their entries the fields that the API has,
            and `packaging`; `waybill config` prints one. Everything goes in or nothing; doing it twice changes nothing.
            What the file does not name is left as it is, and named.

            A file that `waybill config` printed says so by its line `version`: what somebody else has changed since is
            not overwritten. With --force, or without the line, it is.

            Example: waybill apply shop.yaml --plan
            """)

    @Argument(help: "The file, YAML or JSON.") var file: String
    @Flag(help: "Show what would change, and change nothing.") var plan = false
    @Flag(help: "Overwrite what was changed since the file was printed.") var force = false
    @Option(help: "Who makes the change, as its history tells (default: the user of the operating system).")
    var by: String?
    @Flag(help: "Answer as JSON.") var json = false
    @OptionGroup var target: DatabaseOptions

    /// A running server knows who is connected to it.
    var access: SystemAccess { plan ? .asking : .writing }

    /// Whoever calls is told to a server that does the work: its own user is another.
    var forwarded: [String] {
        let arguments = Array(CommandLine.arguments.dropFirst())
        return by == nil ? arguments + ["--by", NSUserName()] : arguments
    }

    func validate() throws {
        guard let by else { return }
        let isPlain = by.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        let isTaken = ["usr_", "key_"].contains { by.hasPrefix($0) } || ["system", "customer"].contains(by)
        guard isPlain, (1...64).contains(by.count), !isTaken else {
            throw ValidationError("--by must be a name of 1 to 64 characters, and not one that the system gives itself")
        }
    }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let text = try Self.text(ofFile: file, on: console)
        let made: ConfigurationPlan
        do {
            let command = try ConfigurationDocument.read(text.json)
            let (connected, now) = (system.waybill.connected, system.waybill.clock())
            let (present, planned, later) = try await system.waybill.read { db in
                let (present, known) = (try Configuration.load(in: db), try ItemStore.known(of: command.skus, in: db))
                let planned = try command.plan(
                    over: present, at: now, connected: connected, knows: known.contains)
                let later = try command.printedAt.map { try LaterChange.since($0, of: planned, in: db) } ?? []
                return (present, planned, later)
            }
            made = planned
            if !force, !later.isEmpty { throw CommandRefused(Self.text(of: later, file)) }
            if !plan, !made.isEmpty {
                var guarded = command
                guarded.plannedOver = present.version
                let principal = Principal(name: by ?? NSUserName(), scopes: [.admin])
                _ = try await system.waybill.perform(guarded, as: principal)
            }
        } catch let refusal as Refusal {
            throw CommandRefused(Self.text(of: refusal, in: text, file))
        }
        if json { console.json { made.write(to: &$0) } } else { try show(made, on: console) }
        return .success
    }

    /// What a file of settings says. - Throws: `CommandRefused` for what cannot be read, or is no text.
    static func text(ofFile file: String, on console: Console) throws -> YAMLText {
        let path = console.path(file)
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw CommandRefused("cannot read \(path): \(error.localizedDescription)")
        }
        guard data.count <= YAMLText.bytesMax else {
            throw CommandRefused("\(file) has more than \(YAMLText.bytesMax) bytes")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandRefused("\(file) is no text in UTF-8")
        }
        return try YAMLText(text, name: file)
    }

    /// Every wrong place with its line, as compilers say it.
    static func text(
        of refusal: Refusal, in text: YAMLText, _ file: String, done: String = "nothing was changed"
    ) -> String {
        guard !refusal.details.isEmpty else { return "\(file): \(refusal.explanation)" }
        return (["\(file) was not taken: \(done)"]
            + refusal.details.map { "\(file):\(text.line(of: $0.pointer)): \($0.pointer): \($0.detail)" })
            .joined(separator: "\n")
    }

    /// Who was faster, with what.
    private static func text(of later: [LaterChange], _ file: String) -> String {
        (["\(file) was printed before a later change: nothing was changed"] + later.map { "  " + $0.text } + [
            "print the configuration again and make your changes in that; or overwrite theirs, with --force or "
                + "without the line \"version\""
        ]).joined(separator: "\n")
    }

    private func show(_ made: ConfigurationPlan, on console: Console) throws {
        for entry in made.entries where entry.isNew || !entry.changes.isEmpty {
            let name = entry.code.isEmpty ? entry.kind.rawValue : "\(entry.kind.rawValue) \(entry.code)"
            console.out("\(entry.isNew ? "+" : "~") \(name)")
            if plan, entry.isNew {
                let text = try YAMLText.text(of: entry.after)
                for line in text.split(separator: "\n") { console.out("    \(line)") }
            }
            for change in entry.isNew ? [] : entry.changes {
                console.out("    \(change.field): \(change.before?.text ?? "—") → \(change.after?.text ?? "—")")
            }
        }
        let same = made.entries.filter { !$0.isNew && $0.changes.isEmpty }
        if !same.isEmpty { console.out("= \(same.count) unchanged: \(Self.names(same.map { ($0.kind, $0.code) }))") }
        if !made.left.isEmpty {
            console.out("not in the file, left as they are: \(Self.names(made.left))")
        }
        for oddity in made.oddities { console.out("! \(oddity.kind.rawValue) \(oddity.code): \(oddity.words)") }
        if made.isEmpty {
            console.out("nothing to change")
        } else {
            console.out(plan ? "a plan: nothing was changed" : "applied")
        }
    }

    private static func names(_ things: [(kind: ConfigurationPlan.Kind, code: String)]) -> String {
        ConfigurationPlan.Kind.allCases.compactMap { kind in
            let codes = things.filter { $0.kind == kind }.map(\.code).sorted().joined(separator: ", ")
            guard things.contains(where: { $0.kind == kind }) else { return nil }
            return codes.isEmpty ? kind.rawValue : "\(kind.rawValue)s \(codes)"
        }.joined(separator: "; ")
    }
}

/// `waybill config`: the configuration that is in force, as a file that `apply` takes.
struct ConfigCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Prints channels with their policies, locations, couriers and packaging as YAML.",
        discussion: """
            What it prints, `waybill apply` takes in again. Its line `version` is the place in the feed of events at
            which it was printed: what changes after that is not overwritten unseen.

            Example: waybill config > shop.yaml
            """)

    @Flag(help: "Answer as JSON.") var json = false
    @OptionGroup var target: DatabaseOptions

    var access: SystemAccess { .reading }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let (present, position) = try await system.waybill.read {
            (try Configuration.load(in: $0), try EventLog.lastPosition(in: $0))
        }
        let document = ConfigurationDocument.document(of: present, at: position)
        if json { console.out(document.text) } else { console.write(try YAMLText.text(of: document)) }
        return .success
    }
}
