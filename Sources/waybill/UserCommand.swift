import ArgumentParser
import Foundation
import OrderManagement
import Server

/// `waybill user …`: people who work with the console.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Makes users of the console.", subcommands: [UserCreateCommand.self])
}

struct UserCreateCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes a user of the console; a password that is made is shown once.",
        discussion: """
            Example: waybill user create --email jo@example.com --name "Jo Example" --scopes orders:read,orders:write
            """)

    @Option(help: "What the user signs in with.") var email: String
    @Option(help: "The user's name.") var name: String
    @OptionGroup var granted: AccessOptions
    @Option(help: "A file with the password in its first line (default: one is made and shown).")
    var passwordFile: String?
    @OptionGroup var target: DatabaseOptions
    @Flag(help: "Check everything, and make nothing.") var dryRun = false
    @Flag(help: "Answer as JSON.") var json = false

    var access: SystemAccess { .writing }

    func validate() throws {
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[1].contains("."), email.count <= 200, !email.contains(" ")
        else { throw ValidationError("--email is not an address: \(email)") }
        guard !name.isEmpty, name.count <= 100 else { throw ValidationError("--name must have 1 to 100 characters") }
        _ = try granted.granted()
    }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let (scopes, locations) = try granted.granted()
        let chosen = try password(console)
        try await Rights.check(locations, on: system)
        let (email, isTaken) = (email, try await isTaken(in: system))
        guard !isTaken else { throw CommandRefused("somebody has the address \(email) already") }
        if dryRun {
            console.out("the user \(email) could be made")
            return .success
        }
        let password = chosen ?? KeyText().text
        let command = CreateUser(
            email: email, name: name, passwordHash: PasswordHash(of: password).text, scopes: scopes,
            locations: locations)
        let reply = try JSON.parse(try await system.waybill.perform(command, as: .system).body)
        if json {
            console.json { writer in
                writer.object { object in
                    if chosen == nil { object.member("password", password) }
                    for member in reply.members ?? [] { object.member(member.name, member.value) }
                }
            }
        } else {
            if chosen == nil { console.out(password) }
            console.err(
                "the user \(email) is made" + (chosen == nil ? "; above is the password: it is not shown again" : ""))
        }
        return .success
    }

    private func isTaken(in system: System) async throws -> Bool {
        let email = email
        return try await system.waybill.read { try UserStore.user(withEmail: email, in: $0) != nil }
    }

    private func password(_ console: Console) throws -> String? {
        guard let passwordFile else { return nil }
        let path = console.path(passwordFile)
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandRefused("cannot read the password from \(path): \(error.localizedDescription)")
        }
        let password = String(text.prefix { !$0.isNewline })
        guard (PasswordHash.lengthMin...PasswordHash.lengthMax).contains(password.count) else {
            throw CommandRefused(
                "the password must have \(PasswordHash.lengthMin) to \(PasswordHash.lengthMax) characters")
        }
        return password
    }
}
