import ArgumentParser
import Foundation
import OrderManagement
import Server

/// `waybill user …`: people who work with the console.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Makes, lists and ends users of the console, and sets their passwords.",
        subcommands: [
            UserCreateCommand.self, UserListCommand.self, UserPasswordCommand.self, UserEndCommand.self,
        ])
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
        let chosen = try NewPassword.read(passwordFile, console)
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
}

struct UserListCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the users of the console, the oldest first, also those who were ended.",
        discussion: "Example: waybill user list --json")

    @OptionGroup var target: DatabaseOptions
    @Flag(help: "Answer as JSON, one user a line.") var json = false

    var access: SystemAccess { .reading }

    func run(on system: System, console: Console) async throws -> ExitCode {
        var rows: [[String]] = []
        var last = UserID(0)
        while true {
            try Task.checkCancellation()
            let after = last
            let page = try await system.waybill.read { try UserStore.page(after: after, limit: 200, in: $0) }
            for user in page {
                if json { console.json { user.write(to: &$0) } }
                rows.append([
                    user.id.description, user.email, user.name,
                    user.scopes.map(\.rawValue).sorted().joined(separator: ","),
                    user.locations?.sorted().joined(separator: ",") ?? "all", "\(user.createdAt)",
                    user.isEnded ? "ended" : "valid",
                ])
            }
            guard let newest = page.last, page.count == 200 else { break }
            last = newest.id
        }
        if !json { console.table(["ID", "EMAIL", "NAME", "SCOPES", "LOCATIONS", "CREATED", "STATE"], rows) }
        return .success
    }
}

struct UserPasswordCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "password",
        abstract: "Gives a user a new password and signs them out everywhere; one that is made is shown once.",
        discussion: "Example: waybill user password jo@example.com")

    @Argument(help: "The user's e-mail address, or id as `user list` shows it.") var user: String
    @Option(help: "A file with the password in its first line (default: one is made and shown).")
    var passwordFile: String?
    @OptionGroup var target: DatabaseOptions
    @Flag(help: "Answer as JSON.") var json = false

    var access: SystemAccess { .writing }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let chosen = try NewPassword.read(passwordFile, console)
        let user = try await NamedUser.find(user, in: system)
        let password = chosen ?? KeyText().text
        _ = try await system.waybill.perform(
            SetPassword(user: user.id, passwordHash: PasswordHash(of: password).text), as: .system)
        if json {
            console.json { writer in
                writer.object {
                    if chosen == nil { $0.member("password", password) }
                    $0.member("id", user.id.description)
                    $0.member("email", user.email)
                }
            }
        } else {
            if chosen == nil { console.out(password) }
            console.err(
                "\(user.email) has a new password and is signed out"
                    + (chosen == nil ? "; above is the password: it is not shown again" : ""))
        }
        return .success
    }
}

struct UserEndCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "Ends a user: they are signed out at once, also of a running server.",
        discussion: """
            What they did keeps their name. The last user with the scope admin is not ended: make another one first.

            Example: waybill user end jo@example.com
            """)

    @Argument(help: "The user's e-mail address, or id as `user list` shows it.") var user: String
    @OptionGroup var target: DatabaseOptions

    var access: SystemAccess { .writing }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let user = try await NamedUser.find(user, in: system)
        _ = try await system.waybill.perform(EndUser(user: user.id), as: .system)
        console.out("\(user.email) is ended")
        return .success
    }
}

/// A user as a command line names them.
private enum NamedUser {
    /// - Throws: `CommandRefused` where nobody who may sign in is called so.
    static func find(_ name: String, in system: System) async throws -> User {
        let found = try await system.waybill.read { db in
            if let id = UserID(name) { return try UserStore.user(id, in: db) }
            return try UserStore.user(withEmail: name, in: db)
        }
        guard let found, !found.isEnded else {
            throw CommandRefused("there is no user \(name) who could sign in; `waybill user list` shows all")
        }
        return found
    }
}

/// A password that somebody chose.
private enum NewPassword {
    /// - Returns: The first line of a file; nil where none was named. - Throws: `CommandRefused`.
    static func read(_ file: String?, _ console: Console) throws -> String? {
        guard let file else { return nil }
        let path = console.path(file)
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandRefused("cannot read the password from \(path): \(error.localizedDescription)")
        }
        let password = String(text.prefix { !$0.isNewline })
        guard PasswordHash.isLongEnough(password) else { throw CommandRefused(PasswordHash.lengthRule) }
        return password
    }
}
