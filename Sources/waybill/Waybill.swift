import ArgumentParser
import Databases
import Foundation

/// The program: its subcommands, its exit codes.
@main
struct Waybill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waybill", abstract: "Order management: orders, stock, fulfillments, returns, money.",
        discussion: "Exit codes: 0 done, 1 refused, 2 wrong usage, 70 the outcome of a commit is not known.",
        version: "waybill 0.1.0",
        subcommands: [
            ServeCommand.self, MigrateCommand.self, BackupCommand.self, RestoreCommand.self,
            DoctorCommand.self, ConfigCommand.self, ApplyCommand.self, WhatIfCommand.self, ExportCommand.self,
            KeyCommand.self, UserCommand.self,
            ImportCommand.self, ReplayCommand.self, DemoCommand.self, SimulateCommand.self,
        ])

    private static let start = ContinuousClock.now

    /// How long this process has run.
    static var millisecondsSinceStart: Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    static func main() async {
        _ = start
        var kind: (any ParsableCommand.Type)?
        do {
            var command = try parseAsRoot()
            kind = type(of: command)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Foundation.exit(report(error, of: kind, on: Terminal.console()).rawValue)
        }
    }

    /// Says what there is to say of an error, and gives its exit code.
    /// - Parameter command: Which found its arguments wrong; nil where they were not understood.
    static func report(
        _ error: any Error, of command: (any ParsableCommand.Type)? = nil, on console: Console
    ) -> ExitCode {
        if let code = error as? ExitCode { return code }
        let code = exitCode(for: error)
        if code == .success {
            console.out(fullMessage(for: error))  // help or version was asked for
            return .success
        }
        if code == .validationFailure {
            console.err((error as? ValidationError).flatMap { usage($0, of: command) } ?? fullMessage(for: error))
            return .usage
        }
        console.err("waybill: \(explanation(of: error))")
        return .refused
    }

    /// What is wrong with a command's arguments, and how it is used.
    private static func usage(_ wrong: ValidationError, of command: (any ParsableCommand.Type)?) -> String? {
        command.map { command in
            let usage = usageString(for: command)
            let name = usage.split(separator: " ").prefix { $0.first?.isLetter == true }
            return "Error: \(wrong.message)\nUsage: \(usage)\n"
                + "  See '\(name.joined(separator: " ")) --help' for more information."
        }
    }
}
