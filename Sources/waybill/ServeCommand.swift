import ArgumentParser
import Foundation
import Logging
import OrderManagement
import Server
import ServiceLifecycle

/// `waybill serve`: the interface for programs, the console, the jobs and the admin socket in one process.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serves the API and the console, and does the jobs.",
        discussion: """
            SIGTERM and SIGINT finish what was begun and exit; a second signal exits at once.

            Example: waybill serve --database sqlite:/var/lib/waybill/waybill.db --port 8080
            """)

    @OptionGroup var target: DatabaseOptions
    @Option(help: "The address to listen on (default 127.0.0.1; environment WAYBILL_HOST).")
    var host: String?
    @Option(help: "The port to listen on (default 8080; environment WAYBILL_PORT; 0: any free one).")
    var port: Int?

    func validate() throws { _ = try RunConfiguration(target, host: host, port: port) }

    func run() async throws {
        let configuration = try RunConfiguration(target, host: host, port: port)
        let console = Terminal.console()
        let system = try Composition.open(configuration.database, .writing, karrio: configuration.karrio) {
            console.err("migrating: \($0.number) \($0.name)")
        }
        try await Serving(system: system, configuration: configuration, console: console).run()
    }
}

/// One server from its start to its orderly end; closes the system.
struct Serving: Sendable {
    let system: System
    let configuration: RunConfiguration
    let console: Console
    /// Said after the line `server ready`, with the address that people open.
    var greeting: @Sendable (_ url: String) -> Void = { _ in }

    /// How long requests and jobs that were begun may take to end.
    static let drainSecondsMax = 20

    /// - Throws: `CommandRefused` if it cannot listen.
    func run() async throws {
        // A client that hangs up, or a file at its size limit, is an error to answer and not a reason to die.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        let invitation = try await Invitation.make(for: system)
        let server = Composition.server(of: system, configuration, invitation: invitation?.digest) { port in
            let url = "http://\(displayHost):\(port)"
            console.out("server ready \(url) after \(Waybill.millisecondsSinceStart) ms (\(system.address))")
            if let invitation { console.out(invitation.text(url)) }
            greeting(url)
        }
        if configuration.mail == nil {
            console.err("no mail server is configured (smtp_url): messages to customers are kept, and not sent")
        }
        if configuration.publicURL == nil {
            console.err("no public address is configured (public_url): messages to customers name no page")
        }
        let jobs = Composition.jobs(of: system, mail: configuration.mail, publicURL: configuration.publicURL)
        let loops: [any Service] = jobs.posts.map { JobLoop(system.waybill, jobs, on: $0) }
        let socket = system.address.adminSocketPath.map { AdminSocket(system, path: $0) }
        var groupConfiguration = ServiceGroupConfiguration(
            services: (socket.map { [$0] } ?? []) + loops + [server],
            logger: Logger(label: "waybill") { _ in SwiftLogNoOpLogHandler() })
        groupConfiguration.maximumGracefulShutdownDuration = .seconds(Self.drainSecondsMax)
        let group = ServiceGroup(configuration: groupConfiguration)
        let signals = Signals {
            console.err("stopping: finishing what was begun (a second signal stops at once)")
            Task { await group.triggerGracefulShutdown() }
        }
        let result: Result<Void, any Error>
        do {
            result = .success(try await group.run())
        } catch {
            result = .failure(error)
        }
        try system.close()
        if case .failure(let error) = result, !signals.hasCome { throw refusal(for: error) }
        console.err("stopped")
    }

    private var displayHost: String {
        switch configuration.host {
        case "0.0.0.0", "::": "127.0.0.1"
        case let host where host.contains(":"): "[\(host)]"
        case let host: host
        }
    }

    private func refusal(for error: any Error) -> any Error {
        let text = "\(error)"
        let place = "\(configuration.host):\(configuration.port)"
        if text.contains("errno: \(EADDRINUSE)") {
            return CommandRefused("cannot listen on \(place): another process does; choose another --port")
        }
        if text.contains("errno: ") { return CommandRefused("cannot listen on \(place): \(text)") }
        return error
    }
}

/// The way in for the first user: a link that works once, printed while there is neither a user nor a key.
struct Invitation: Sendable {
    private let token: KeyText

    /// What the server keeps of it, as of every secret.
    var digest: String { token.digest }

    /// - Returns: nil when somebody can get in already; each start makes a fresh one.
    static func make(for system: System) async throws -> Invitation? {
        let isFirstRun = try await system.waybill.read { db in
            let keys = try APIKeyStore.page(after: KeyID(0), limit: 1, in: db)
            return keys.isEmpty ? try UserStore.isEmpty(in: db) : false
        }
        return isFirstRun ? Invitation(token: KeyText()) : nil
    }

    func text(_ url: String) -> String {
        """
        first run: create the first user at \(url)/console/setup?token=\(token.text) (works once)
                   or here: waybill user create --email you@example.com --name "Your Name" --scopes admin
                   a key for programs: waybill key create --name shop --scopes orders:read,orders:write
        """
    }
}
