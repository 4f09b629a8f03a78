import Foundation
import Synchronization

/// The program as it was built beside these tests, run as a process of its own.
enum BuiltProgram {
    /// The executable `waybill` in the folder of the tests' own executable.
    static var url: URL {
        get throws {
            let arguments = CommandLine.arguments
            let folders = [Bundle.main.executableURL?.path, arguments.first].compactMap { $0 }
                .map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
            for folder in folders {
                let url = folder.appendingPathComponent("waybill")
                if FileManager.default.isExecutableFile(atPath: url.path) { return url }
            }
            throw Failure("no executable waybill in \(folders.map(\.path))")
        }
    }

    /// What a process said, and its exit code.
    struct Outcome {
        let code: Int32
        let out: String
        let err: String
    }

    /// Runs the program to its end.
    static func run(_ arguments: [String], folder: String? = nil) throws -> Outcome {
        let process = Process()
        process.executableURL = try url
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"]
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let out = try Capture()
        let err = try Capture()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = out.handle
        process.standardError = err.handle
        try process.run()
        process.waitUntilExit()
        return Outcome(code: process.terminationStatus, out: try out.text(), err: try err.text())
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// A file that takes what a process says: unlike a pipe it never fills up.
    struct Capture {
        private let url = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-" + UUID().uuidString)
        let handle: FileHandle

        init() throws {
            guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
                throw BuiltProgram.Failure("cannot make \(url.path)")
            }
            handle = try FileHandle(forWritingTo: url)
        }

        /// What was said so far.
        func peek() throws -> String { try String(contentsOf: url, encoding: .utf8) }

        /// Everything; the file is removed.
        func text() throws -> String {
            let text = try peek()
            try handle.close()
            try FileManager.default.removeItem(at: url)
            return text
        }
    }
}

/// A `waybill serve` on a free port.
struct RunningServer {
    let port: Int
    private let process: Process
    private let out: BuiltProgram.Capture
    private let err: BuiltProgram.Capture

    /// Starts it and waits until it is ready.
    ///
    /// - Parameter database: What `--database` takes.
    init(database: String) throws {
        process = Process()
        out = try BuiltProgram.Capture()
        err = try BuiltProgram.Capture()
        process.executableURL = try BuiltProgram.url
        process.arguments = ["serve", "--database", database, "--port", "0"]
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = out.handle
        process.standardError = err.handle
        try process.run()
        let deadline = Date().addingTimeInterval(120)
        while true {
            if let found = try out.peek().firstMatch(of: #/server ready http://127\.0\.0\.1:([0-9]+)/#),
                let port = Int(found.1)
            {
                self.port = port
                return
            }
            guard process.isRunning, Date() < deadline else {
                let story = try err.text()
                process.terminate()
                throw BuiltProgram.Failure("the server did not get ready: \(story)")
            }
            usleep(5_000)
        }
    }

    var processNumber: Int32 { process.processIdentifier }
    /// What it printed so far.
    var said: String { get throws { try out.peek() } }

    /// Ends it as the power does.
    func killAtOnce() throws {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        _ = try (out.text(), err.text())
    }

    /// Asks it to end. - Returns: its exit code and what it said on standard error.
    func stop(_ signal: Int32 = SIGTERM) throws -> (code: Int32, err: String) {
        kill(process.processIdentifier, signal)
        return try waitForEnd()
    }

    func waitForEnd() throws -> (code: Int32, err: String) {
        process.waitUntilExit()
        _ = try out.text()
        return (process.terminationStatus, try err.text())
    }
}

/// A folder of its own for a test, removed with its last user.
///
/// A class, since the folder ends with it.
final class TemporaryFolder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-" + UUID().uuidString).path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("left behind: \(path): \(error)")
        }
    }

    func file(_ name: String) -> String { path + "/" + name }
}
