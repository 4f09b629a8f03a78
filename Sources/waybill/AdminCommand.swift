import ArgumentParser
import Databases
import Foundation
import OrderManagement

/// A subcommand that works on a Waybill: in the running server of a SQLite file if there is one, else on the database
/// it opens itself.
///
/// It runs on a thread of its own, so it may block; it asks `Task.checkCancellation()` between steps, since the
/// caller may press Ctrl-C.
protocol AdminCommand: AsyncParsableCommand, Sendable {
    /// What the command needs of the database.
    var access: SystemAccess { get }
    /// Which database is meant.
    var target: DatabaseOptions { get }
    /// What a running server is asked to do: the command line, with what only the caller knows.
    var forwarded: [String] { get }
    /// Does the work. - Returns: The exit code. - Throws: what is said on standard error, with exit code 1.
    func run(on system: System, console: Console) async throws -> ExitCode
}

/// What a command needs of the database.
enum SystemAccess: Sendable {
    /// A snapshot of an up-to-date schema: opened beside a running server, read-only.
    case reading
    /// The running server's, through its admin socket; else as for reading.
    case asking
    /// The running server's, through its admin socket; else read-only, whatever the age of its schema.
    case copying
    /// The one writer: the running server's, through its admin socket, or our own.
    case writing
}

extension ExitCode {
    /// The command could not or would not do it; standard error says why.
    static let refused = ExitCode(1)
    /// The arguments make no sense.
    static let usage = ExitCode(2)
}

extension AdminCommand {
    var forwarded: [String] { Array(CommandLine.arguments.dropFirst()) }

    mutating func run() async throws {
        let command = self
        let code = try await command.runHere()
        guard code == .success else { throw code }
    }

    /// Runs in the server if one listens, else in this process.
    private func runHere() async throws -> ExitCode {
        let console = Terminal.console()
        let configuration = try RunConfiguration(target)
        let (address, karrio) = (configuration.database, configuration.karrio)
        let arguments = forwarded
        guard let socketPath = address.adminSocketPath else {
            return try await run(on: try Composition.open(address, access, karrio: karrio), closingItWith: console)
        }
        switch access {
        case .reading:
            return try await run(on: try Composition.open(address, .reading), closingItWith: console)
        case .asking:
            if let code = try AdminClient.run(arguments, socketPath: socketPath) { return code }
            return try await run(on: try Composition.open(address, .asking, karrio: karrio), closingItWith: console)
        case .copying:
            if let code = try AdminClient.run(arguments, socketPath: socketPath) { return code }
            return try await run(on: try Composition.open(address, .copying), closingItWith: console)
        case .writing:
            // A server that is just starting holds the database for a moment before it listens.
            for _ in 0..<20 {
                if let code = try AdminClient.run(arguments, socketPath: socketPath) { return code }
                do {
                    return try await run(
                        on: try Composition.open(address, .writing, karrio: karrio), closingItWith: console)
                } catch is DatabaseInUse {
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            return try await run(on: try Composition.open(address, .writing, karrio: karrio), closingItWith: console)
        }
    }

    private func run(on system: System, closingItWith console: Console) async throws -> ExitCode {
        let result: Result<ExitCode, any Error>
        do {
            result = .success(try await run(on: system, console: console))
        } catch {
            result = .failure(error)
        }
        console.endProgress()
        try system.close()
        return try result.get()
    }
}
