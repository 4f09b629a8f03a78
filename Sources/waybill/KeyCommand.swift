import ArgumentParser
import OrderManagement
import Server

/// `waybill key …`: credentials of programs.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Makes, lists and revokes API keys.",
        subcommands: [KeyCreateCommand.self, KeyListCommand.self, KeyRevokeCommand.self])
}

/// The scopes and locations that a key or a user is given.
struct AccessOptions: ParsableArguments {
    @Option(help: "What may be done: names with commas between, such as orders:read,orders:write; admin is all.")
    var scopes: String
    @Option(
        name: [.customLong("location"), .customLong("locations")], parsing: .upToNextOption,
        help: "The codes of the only locations to be seen (default: all).")
    var locations: [String] = []

    /// - Throws: `ValidationError` naming what is no scope.
    func granted() throws -> (scopes: Set<Scope>, locations: Set<String>?) {
        let names = scopes.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
        guard !names.isEmpty else { throw ValidationError("--scopes names nothing") }
        let scopes = try names.map { name in
            guard let scope = Scope(rawValue: name) else {
                let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("there is no scope \(name); scopes are: \(known)")
            }
            return scope
        }
        let codes = locations.flatMap { $0.split(separator: ",") }.map(String.init)
        return (Set(scopes), codes.isEmpty ? nil : Set(codes))
    }
}

struct KeyCreateCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes an API key and shows it, once.",
        discussion: """
            Example: waybill key create --name till-york --scopes orders:read,fulfillments:write --location YORK-STORE
            """)

    @Option(help: "What the key is for.") var name: String
    @OptionGroup var granted: AccessOptions
    @OptionGroup var target: DatabaseOptions
    @Flag(help: "Check everything, and make nothing.") var dryRun = false
    @Flag(help: "Answer as JSON.") var json = false

    var access: SystemAccess { .writing }

    func validate() throws {
        guard !name.isEmpty, name.count <= 100 else { throw ValidationError("--name must have 1 to 100 characters") }
        _ = try granted.granted()
    }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let (scopes, locations) = try granted.granted()
        try await Rights.check(locations, on: system)
        if dryRun {
            console.out("the key \(name) could be made")
            return .success
        }
        let key = KeyText()
        let command = CreateKey(name: name, digest: key.digest, scopes: scopes, locations: locations)
        let reply = try JSON.parse(try await system.waybill.perform(command, as: .system).body)
        if json {
            console.json { writer in
                writer.object { object in
                    object.member("key", key.text)
                    for member in reply.members ?? [] { object.member(member.name, member.value) }
                }
            }
        } else {
            console.out(key.text)
            console.err("this is the key \(name) (\(reply["id"]?.string ?? "")): it is not shown again")
        }
        return .success
    }
}

struct KeyListCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the API keys, the oldest first.",
        discussion: "Example: waybill key list --json")

    @OptionGroup var target: DatabaseOptions
    @Flag(help: "Answer as JSON, one key a line.") var json = false

    var access: SystemAccess { .reading }

    func run(on system: System, console: Console) async throws -> ExitCode {
        var rows: [[String]] = []
        var last = KeyID(0)
        while true {
            try Task.checkCancellation()
            let after = last
            let page = try await system.waybill.read { try APIKeyStore.page(after: after, limit: 200, in: $0) }
            for key in page {
                if json { console.json { key.write(to: &$0) } }
                rows.append([
                    key.id.description, key.name, key.scopes.map(\.rawValue).sorted().joined(separator: ","),
                    key.locations?.sorted().joined(separator: ",") ?? "all", "\(key.createdAt)",
                    key.isRevoked ? "revoked" : "valid",
                ])
            }
            guard let newest = page.last, page.count == 200 else { break }
            last = newest.id
        }
        if !json { console.table(["ID", "NAME", "SCOPES", "LOCATIONS", "CREATED", "STATE"], rows) }
        return .success
    }
}

struct KeyRevokeCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Ends the validity of an API key, at once in a running server.",
        discussion: "Example: waybill key revoke key_06f3zkk0mz3v4")

    @Argument(help: "The id of the key, as `key list` shows it.") var key: String
    @OptionGroup var target: DatabaseOptions

    var access: SystemAccess { .writing }

    func validate() throws {
        guard KeyID(key) != nil else { throw ValidationError("\(key) is not the id of a key: key_…") }
    }

    func run(on system: System, console: Console) async throws -> ExitCode {
        guard let id = KeyID(key) else { return .usage }
        _ = try await system.waybill.perform(RevokeKey(key: id), as: .system)
        console.out("\(key) is revoked")
        return .success
    }
}

/// What keys and users have in common.
enum Rights {
    /// - Throws: `CommandRefused` naming a location that is not there.
    static func check(_ locations: Set<String>?, on system: System) async throws {
        guard let locations else { return }
        let known = try await system.waybill.read { Set(try Configuration.load(in: $0).locations.keys) }
        if let unknown = locations.subtracting(known).sorted().first {
            let names = known.sorted().joined(separator: ", ")
            throw CommandRefused("there is no location \(unknown); locations are: \(names)")
        }
    }
}
