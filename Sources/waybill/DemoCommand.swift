import ArgumentParser
import Foundation
import OrderManagement
import Server

/// `waybill demo`: a fresh database with a demonstration retailer of real orders, served.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Makes a demonstration retailer from real orders in a fresh database, and serves it.",
        discussion: """
            The orders are a sample of Online Retail (Chen 2015, CC BY 4.0), their dates moved to end now; names,
            addresses, stock and weights are made up. There are orders in every state, some of them in trouble.
            Without --database it lives in a temporary folder, which is removed when the demo ends.

            Example: waybill demo --port 8080
            """)

    @Option(help: "The port to listen on (default 8080; 0: any free one).") var port: Int?
    @Option(help: "The address to listen on (default 127.0.0.1).") var host: String?
    @Option(help: "How many orders, the newest of the sample (default, and at most: all of them).") var orders: Int?
    @Option(help: "An API key to use instead of a new one: 16 characters or more.") var apiKey: String?
    @Option(help: "The e-mail address to sign in with.") var email = "demo@example.com"
    @Option(help: "The password to sign in with (default: one is made).") var password: String?
    @Flag(help: "Make the database and end, without serving it.") var makeOnly = false
    @OptionGroup var target: DatabaseOptions

    func validate() throws {
        _ = try RunConfiguration(target, host: host, port: port)
        if let orders, orders < 1 { throw ValidationError("--orders must be 1 at least") }
        if let apiKey, KeyText(chosen: apiKey) == nil {
            throw ValidationError("--api-key must have 16 to 200 characters, without spaces")
        }
        if let password, !(PasswordHash.lengthMin...PasswordHash.lengthMax).contains(password.count) {
            throw ValidationError(
                "--password must have \(PasswordHash.lengthMin) to \(PasswordHash.lengthMax) characters")
        }
        if makeOnly, target.database == nil { throw ValidationError("--make-only needs --database") }
    }

    func run() async throws {
        let console = Terminal.console()
        var configuration = try RunConfiguration(target, host: host, port: port)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-demo-\(UUID().uuidString)")
        // Links work on this machine, which is where the demonstration is.
        if configuration.port != 0 {
            configuration.publicURL = configuration.publicURL ?? "http://127.0.0.1:\(configuration.port)"
        }
        if target.database == nil {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            configuration.database = .sqlite(path: folder.appendingPathComponent("demo.db").path)
        }
        defer { if target.database == nil { remove(folder, console) } }
        let system = try Composition.open(configuration.database, .writing, karrio: configuration.karrio)
        let login: Login
        do {
            try checkEmpty(system)
            try await play(on: system, at: configuration.publicURL, console)
            login = try makeLogin(on: system.waybill)
        } catch {
            console.endProgress()
            try system.close()
            throw error
        }
        try show(system.waybill, login, on: console)
        guard !makeOnly else { return try system.close() }
        try await Serving(
            system: system, configuration: configuration, console: console,
            greeting: { url in console.out("\nconsole   \(url)/\n\(login.text)") }
        ).run()
    }

    private func remove(_ folder: URL, _ console: Console) {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            console.err("waybill: \(folder.path) could not be removed: \(error.localizedDescription)")
        }
    }

    /// - Throws: `CommandRefused` for a database in which anything has happened.
    private func checkEmpty(_ system: System) throws {
        let last = try system.waybill.readNow { try EventLog.lastPosition(in: $0) }
        guard last == 0 else {
            throw CommandRefused(
                "\(system.address) is in use: the demonstration wants a database of its own, such as --database "
                    + "sqlite:waybill-demo.db; remove that file, or make another database, for a fresh one")
        }
    }

    // MARK: Making it

    private func play(on system: System, at publicURL: String?, _ console: Console) async throws {
        let now = system.waybill.clock()
        let retailer = try DemonstrationRetailer()
        let sample = try retailer.orders()
        if let orders, orders > sample.count {
            console.err("waybill: the sample has \(sample.count) orders: all of them are taken")
        }
        let roles = DemonstrationCast.roles(of: sample, count: orders ?? sample.count, at: now)
        let clock = SimulatedClock(at: (roles.first?.placedAt ?? now) + .days(-1))
        let past = OrderManagement(database: system.database, clock: { clock.now })
        defer { past.stop() }
        try retailer.setUpPlaces(of: past)
        try retailer.setUpGoods(of: past)
        var play = DemonstrationPlay(
            on: past, clock: clock,
            jobs: Composition.jobs(
                of: System(address: system.address, database: system.database, waybill: past, migrated: []),
                publicURL: publicURL),
            retailer: retailer, now: now)
        try await play.run(roles) { count in
            console.progress("making the demonstration", Double(count) / Double(roles.count), "\(count) orders")
        }
        console.endProgress()
    }

    /// How to get in: shown once.
    private struct Login: Sendable {
        let email: String
        let password: String
        let key: String
        var text: String { "sign in   \(email)\npassword  \(password)\nAPI key   \(key)" }
    }

    private func makeLogin(on waybill: OrderManagement) throws -> Login {
        let key = apiKey.flatMap { KeyText(chosen: $0) } ?? KeyText()
        let password = password ?? String(KeyText().text.dropFirst(3).prefix(14))
        _ = try waybill.performNow(
            CreateKey(name: "demonstration", digest: key.digest, scopes: [.admin]), as: .system)
        _ = try waybill.performNow(
            CreateUser(
                email: email, name: "Demonstration", passwordHash: PasswordHash(of: password).text, scopes: [.admin]),
            as: .system)
        return Login(email: email, password: password, key: key.text)
    }

    // MARK: Saying so

    private func show(_ waybill: OrderManagement, _ login: Login, on console: Console) throws {
        let census = try DemonstrationCensus(of: waybill)
        console.table(["ORDERS", "STATUS"], census.orders.map { ["\($0.count)", $0.name] })
        console.out()
        console.table(["COUNT", "BESIDES"], census.parts.map { ["\($0.count)", $0.name] })
        if makeOnly { console.out("\n\(login.text)") }
    }
}
