import ArgumentParser
import Foundation
import OrderManagement
import ServiceLifecycle
import Synchronization

/// Listens beside the database file and runs, inside the server, the commands that others ask for.
///
/// The client sends one line, `{"arguments": […], "folder": "…", "progress": true}`; the server answers with lines
/// `{"out": "…"}`, `{"err": "…"}`, `{"progress": "…"}` and at last `{"exit": 0}`. A client that hangs up cancels its
/// command. Whoever may write the database file may use the socket: its mode is 0600.
///
/// A class, since its threads share the list of connections.
final class AdminSocket: Service {
    private let system: System
    private let path: String
    private let connections = Mutex<[Int32: Task<Void, Never>]>([:])

    init(_ system: System, path: String) {
        self.system = system
        self.path = path
    }

    func run() async throws {
        let listener = try UnixSocket.listen(at: path)
        await withTaskCancellationOrGracefulShutdownHandler {
            await withCheckedContinuation { continuation in
                let thread = Thread { [self] in
                    while let connection = UnixSocket.accept(listener) { serve(connection) }
                    continuation.resume()
                }
                thread.name = "admin socket"
                thread.start()
            }
        } onCancelOrGracefulShutdown: {
            // Wakes the thread that waits for the next connection.
            shutdown(listener, Int32(SHUT_RDWR))
        }
        unlink(path)
        close(listener)
        let running = connections.withLock { $0 }
        for (connection, task) in running {
            task.cancel()
            // A client that does not read must not keep the server.
            shutdown(connection, Int32(SHUT_RDWR))
        }
        for task in running.values { await task.value }
    }

    /// Runs one command on a thread of its own, while another watches whether the client is still there.
    private func serve(_ connection: Int32) {
        let thread = Thread { [self] in
            var reader = LineReader(connection)
            guard let line = reader.next() else {
                close(connection)
                return
            }
            let executor = CommandThread()
            let task = Task(executorPreference: executor) { [self] in
                let code = await perform(line, connection)
                var json = JSONWriter()
                json.object { $0.member("exit", Int(code.rawValue)) }
                UnixSocket.write(json.text + "\n", to: connection)
                // Ends the reading below, which closes the connection.
                shutdown(connection, Int32(SHUT_RDWR))
                executor.stop()
            }
            connections.withLock { $0[connection] = task }
            while reader.next() != nil {}
            task.cancel()
            connections.withLock { $0[connection] = nil }
            Task {
                await task.value
                close(connection)
            }
        }
        thread.name = "admin client"
        thread.start()
    }

    private func perform(_ line: String, _ connection: Int32) async -> ExitCode {
        let nobody = AdminRequest(arguments: [], folder: "/", showsProgress: false)
        var console = UnixSocket.console(for: nobody, connection)
        let code: ExitCode
        var kind: (any ParsableCommand.Type)?
        do {
            let request = try AdminRequest(line)
            console = UnixSocket.console(for: request, connection)
            guard let command = try Waybill.parseAsRoot(request.arguments) as? any AdminCommand else {
                throw CommandRefused("this command does not run inside a server")
            }
            kind = type(of: command)
            code = try await command.run(on: system, console: console)
        } catch {
            code = Waybill.report(error, of: kind, on: console)
        }
        console.endProgress()
        return code
    }
}

/// What a client asks for.
struct AdminRequest {
    let arguments: [String]
    let folder: String
    let showsProgress: Bool

    init(arguments: [String], folder: String, showsProgress: Bool) {
        self.arguments = arguments
        self.folder = folder
        self.showsProgress = showsProgress
    }

    /// - Throws: `CommandRefused` if the line is not what a client of this version sends.
    init(_ line: String) throws {
        let json = try JSON.parse(line)
        guard let arguments = json["arguments"]?.array, let folder = json["folder"]?.string else {
            throw CommandRefused("the request is not one of this version of waybill")
        }
        self.init(
            arguments: arguments.compactMap(\.string), folder: folder,
            showsProgress: json["progress"]?.bool ?? false)
    }

    var line: String {
        var json = JSONWriter()
        json.object {
            $0.array("arguments") { list in
                for argument in arguments { list.value(argument) }
            }
            $0.member("folder", folder)
            $0.member("progress", showsProgress)
        }
        return json.text
    }
}

/// The other end: asks a running server to run this process's own command.
enum AdminClient {
    /// - Returns: The exit code; nil if no server listens.
    /// - Throws: `CommandRefused` if the socket is another user's, or the server went away before it was done.
    static func run(_ arguments: [String], socketPath: String) throws -> ExitCode? {
        guard let connection = try UnixSocket.connect(to: socketPath) else { return nil }
        defer { close(connection) }
        let terminal = Terminal.console()
        let request = AdminRequest(
            arguments: arguments, folder: terminal.folder, showsProgress: terminal.showsProgress)
        UnixSocket.write(request.line + "\n", to: connection)
        var reader = LineReader(connection)
        while let line = reader.next() {
            let answer = try JSON.parse(line, limits: .stored)
            if let code = answer["exit"]?.integer { return ExitCode(Int32(code)) }
            if let text = answer["out"]?.string { Terminal.show(.out(text)) }
            if let text = answer["err"]?.string { Terminal.show(.err(text)) }
            if let text = answer["progress"]?.string { Terminal.show(.progress(text)) }
        }
        throw CommandRefused(
            "the server went away before the command was done: what it had committed stands; see `waybill doctor`")
    }
}

/// A thread that runs one command's tasks, so that a command may block without holding up the server.
///
/// A class, since it owns the thread; the lock guards everything mutable.
final class CommandThread: TaskExecutor, @unchecked Sendable {
    private let condition = NSCondition()
    private var queue: [UnownedJob] = []
    private var isStopping = false

    init() {
        let thread = Thread { [self] in
            while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
        thread.name = "admin command"
        thread.stackSize = 4 << 20
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.lock()
        queue.append(job)
        condition.signal()
        condition.unlock()
    }

    /// Ends the thread when nothing is left to run.
    func stop() {
        condition.lock()
        isStopping = true
        condition.signal()
        condition.unlock()
    }

    private func next() -> UnownedJob? {
        condition.lock()
        defer { condition.unlock() }
        while queue.isEmpty {
            if isStopping { return nil }
            condition.wait()
        }
        return queue.removeFirst()
    }
}
