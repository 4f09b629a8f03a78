import Foundation

/// This program once more, in a process of its own: what it costs is then its own, and it ends with its owner.
///
/// A class, since a process must be ended when nobody holds it any more.
final class ChildProcess {
    private let process = Process()
    private let output = Pipe()
    private let input = Pipe()

    /// Starts a subcommand of this program, or another program.
    init(_ arguments: [String], program: String? = nil) throws {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(fileURLWithPath: program ?? own)
        process.arguments = arguments
        process.standardOutput = output
        // A server ends when its input does: also when its owner is killed.
        process.standardInput = input
        try process.run()
    }

    deinit { stop() }

    /// The next line that it writes.
    func line() throws -> String {
        var bytes: [UInt8] = []
        while true {
            let next = output.fileHandleForReading.readData(ofLength: 1)
            guard let byte = next.first else {
                throw BenchmarkFailure("a child ended: \(String(decoding: bytes, as: UTF8.self))")
            }
            if byte == 10 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }

    /// All that it writes until it ends by itself.
    func rest() throws -> Data {
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkFailure("a child ended with \(process.terminationStatus)")
        }
        return data
    }

    /// Ends it and waits for its end.
    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }

    /// Processor time that it has taken so far, in its own code and in the kernel (proc(5), `stat`).
    func processorSeconds() -> Double {
        let path = "/proc/\(process.processIdentifier)/stat"
        guard let data = FileManager.default.contents(atPath: path) else { return 0 }
        let fields = String(decoding: data, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let kernel = Double(fields[12]) else { return 0 }
        return (user + kernel) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
