import ArgumentParser
import OrderManagement

/// `waybill doctor`: derives every book again and names each contradiction.
struct DoctorCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Derives every book again from its rows, and names each contradiction.",
        discussion: """
            Reads one snapshot, beside a running server. Exit code 1 if anything contradicts; then it opens an exception
            in the running shop, for somebody to see to, unless --read-only is given. It changes nothing else.

            Example: waybill doctor --json
            """)

    @OptionGroup var target: DatabaseOptions
    @Flag(help: "Answer as JSON.") var json = false
    @Flag(help: "Open no exception for what contradicts.") var readOnly = false
    /// What the command asks the one writer for once it has found something.
    @Flag(help: .hidden) var tell = false

    var access: SystemAccess { tell ? .writing : .reading }
    var forwarded: [String] { Array(CommandLine.arguments.dropFirst()) + (tell ? ["--tell"] : []) }

    func run(on system: System, console: Console) async throws -> ExitCode {
        if tell {
            if let exception = try await TellContradictions.examine(system.waybill) {
                console.err("opened for somebody to see to: \(exception)")
            }
            return .success
        }
        let report = try system.waybill.readNow { db in
            try Doctor.examine(in: db) { step, done in console.progress("doctor", done, step) }
        }
        console.endProgress()
        if json {
            console.json { report.write(to: &$0) }
        } else {
            console.write(report.text)
        }
        if !report.isClean, !readOnly { await tellSomebody(console) }
        return report.isClean ? .success : .refused
    }

    /// Has the writer of the database, which derives the books again, open an exception.
    private func tellSomebody(_ console: Console) async {
        var command = self
        command.tell = true
        do {
            try await command.run()
        } catch {
            console.err("no exception was opened for it: \(error)")
        }
    }
}
