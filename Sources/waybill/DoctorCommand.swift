import ArgumentParser
import OrderManagement

/// `waybill doctor`: derives every book again and names each contradiction.
struct DoctorCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Derives every book again from its rows, and names each contradiction.",
        discussion: """
            Reads one snapshot, beside a running server, and changes nothing. Exit code 1 if anything contradicts.

            Example: waybill doctor --json
            """)

    @OptionGroup var target: DatabaseOptions
    @Flag(help: "Answer as JSON.") var json = false

    var access: SystemAccess { .reading }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let report = try system.waybill.readNow { db in
            try Doctor.examine(in: db) { step, done in console.progress("doctor", done, step) }
        }
        console.endProgress()
        if json {
            console.json { report.write(to: &$0) }
        } else {
            console.write(report.text)
        }
        return report.isClean ? .success : .refused
    }
}
