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
    @Flag(help: "Open no exception for what contradicts, and settle none that is over.") var readOnly = false
    /// What the command asks the one writer for once it has found something, or that what it found before is over.
    @Flag(help: .hidden) var tell = false

    var access: SystemAccess { tell ? .writing : .reading }
    var forwarded: [String] { Array(CommandLine.arguments.dropFirst()) + (tell ? ["--tell"] : []) }

    func run(on system: System, console: Console) async throws -> ExitCode {
        if tell {
            switch try await TellContradictions.examine(system.waybill) {
            case .opened(let exception): console.err("opened for somebody to see to: \(exception)")
            case .settled(let exceptions):
                for exception in exceptions { console.err("settled, since the books hold: \(exception)") }
            }
            return .success
        }
        let (report, isTold) = try system.waybill.readNow { db in
            let report = try Doctor.examine(in: db) { step, done in console.progress("doctor", done, step) }
            return (report, try TellContradictions.isOpen(in: db))
        }
        console.endProgress()
        if json {
            console.json { report.write(to: &$0) }
        } else {
            console.write(report.text)
        }
        if !report.isClean || isTold, !readOnly { await tellSomebody(console) }
        return report.isClean ? .success : .refused
    }

    /// Has the writer of the database, which derives the books again, open an exception, or settle what is open.
    private func tellSomebody(_ console: Console) async {
        var command = self
        command.tell = true
        do {
            try await command.run()
        } catch {
            console.err("no exception was opened for it, and none settled: \(error)")
        }
    }
}
