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

            Example: waybill apply shop.yaml --plan
            """)

    @Argument(help: "The file, YAML or JSON.") var file: String
    @Flag(help: "Show what would change, and change nothing.") var plan = false
    @Flag(help: "Answer as JSON.") var json = false
    @OptionGroup var target: DatabaseOptions

    var access: SystemAccess { plan ? .reading : .writing }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let text = try YAMLText(try read(console.path(file)), name: file)
        let made: ConfigurationPlan
        do {
            let command = try ConfigurationDocument.read(text.json)
            let (present, known) = try await system.waybill.read {
                (try Configuration.load(in: $0), try ItemStore.known(of: command.skus, in: $0))
            }
            made = try command.plan(over: present, knows: known.contains)
            if !plan, !made.isEmpty { _ = try await system.waybill.perform(command, as: .system) }
        } catch let refusal as Refusal {
            throw CommandRefused(Self.text(of: refusal, in: text, file))
        }
        if json { console.json { made.write(to: &$0) } } else { show(made, on: console) }
        return .success
    }

    private func read(_ path: String) throws -> String {
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
        return text
    }

    /// Every wrong place with its line, as compilers say it.
    private static func text(of refusal: Refusal, in text: YAMLText, _ file: String) -> String {
        guard !refusal.details.isEmpty else { return "\(file): \(refusal.explanation)" }
        return (["\(file) was not taken: nothing was changed"]
            + refusal.details.map { "\(file):\(text.line(of: $0.pointer)): \($0.pointer): \($0.detail)" })
            .joined(separator: "\n")
    }

    private func show(_ made: ConfigurationPlan, on console: Console) {
        for entry in made.entries where entry.isNew || !entry.changes.isEmpty {
            let name = entry.code.isEmpty ? entry.kind.rawValue : "\(entry.kind.rawValue) \(entry.code)"
            console.out("\(entry.isNew ? "+" : "~") \(name)")
            for change in entry.isNew ? [] : entry.changes {
                console.out("    \(change.field): \(change.before?.text ?? "—") → \(change.after?.text ?? "—")")
            }
        }
        let same = made.entries.filter { !$0.isNew && $0.changes.isEmpty }
        if !same.isEmpty { console.out("= \(same.count) unchanged: \(Self.names(same.map { ($0.kind, $0.code) }))") }
        if !made.left.isEmpty {
            console.out("not in the file, left as they are: \(Self.names(made.left))")
        }
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
            What it prints, `waybill apply` takes in again.

            Example: waybill config > shop.yaml
            """)

    @Flag(help: "Answer as JSON.") var json = false
    @OptionGroup var target: DatabaseOptions

    var access: SystemAccess { .reading }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let present = try await system.waybill.read { try Configuration.load(in: $0) }
        let document = ConfigurationDocument.document(of: present)
        if json { console.out(document.text) } else { console.write(try YAMLText.text(of: document)) }
        return .success
    }
}
