import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import OrderManagement
public import ServiceLifecycle
import Synchronization

/// The HTTP server: the interface for programs and the console for people, on one port.
public struct Server: Service {
    /// How it listens.
    public struct Options: Sendable {
        public var host: String
        /// 0 lets the system choose; `onListening` tells which it chose.
        public var port: Int
        public var connectionsMax = 4_096
        public var backlog = 1_024
        /// How long a connection may be silent.
        public var idleSeconds: Int64 = 60
        /// Between saying "not ready" and closing the door, for a load balancer to notice.
        public var drainSeconds: Int64 = 0
        /// Bytes of the database, for `/metrics`; nil when unknown.
        public var databaseBytes: @Sendable () -> Int64? = { nil }
        /// What the database's engine counted since the start, for `/metrics`.
        public var databaseCounts: @Sendable () -> [(name: String, meaning: String, value: Int64)] = { [] }
        /// SHA-256, in hexadecimal, of the token in the link by which the first user makes themselves; nil for none.
        public var invitation: String?
        /// Who draws papers; nil: there are none to be had.
        public var paperwork: (any Paperwork)?
        /// Connections that call when there is news of parcels.
        public var courierWebhooks: [CourierWebhook] = []
        /// By which address the world reaches it: `https://orders.example.com`; nil where nobody said so.
        public var publicURL: String?
        /// Whose word is taken on where a request comes from.
        public var proxies = TrustedProxies()
        /// Called once, with the port, when requests are taken.
        public var onListening: @Sendable (Int) -> Void = { _ in }

        public init(host: String = "127.0.0.1", port: Int = 8080) {
            self.host = host
            self.port = port
        }
    }

    private let options: Options
    private let logger: Logger
    private let responder: Responder
    private let readiness = Readiness()

    public init(waybill: OrderManagement, options: Options = Options(), logger: Logger = Logger(label: "server")) {
        self.options = options
        self.logger = logger
        let authentication = Authentication(waybill)
        let links = CustomerLinks(waybill, publicURL: options.publicURL)
        let api = API(waybill: waybill, links: links, authentication: authentication)
        let passwords = PasswordQueue()
        var endpoints = api.endpoints + UsersAPI(waybill: waybill, passwords: passwords).endpoints
        if let paperwork = options.paperwork {
            endpoints += PapersAPI(api: api, paperwork: paperwork).endpoints
        }
        let webhooks = CourierWebhooksAPI(waybill, options.courierWebhooks)
        endpoints += webhooks.endpoints
        let operations = OperationsAPI(
            waybill: waybill, readiness: readiness, databaseBytes: options.databaseBytes,
            counts: { options.databaseCounts() + webhooks.counts }, described: endpoints)
        let console = Console(
            waybill, invitation: options.invitation, paperwork: options.paperwork, links: links, passwords: passwords)
        let customers = CustomerPages(
            waybill, links: links, templates: console.templates, paperwork: options.paperwork)
        endpoints += operations.endpoints + console.endpoints + customers.endpoints
        let routes = Routes(endpoints)
        operations.watch(routes.all)
        self.responder = Responder(
            routes: routes, authentication: authentication, console: console, customers: customers,
            proxies: options.proxies, logger: logger)
    }

    /// Every call that the server answers, for tests that visit all of them.
    var endpoints: [Endpoint] { responder.routes.all.map(\.endpoint) }

    /// Serves until its service group is shut down; then finishes what was begun.
    public func run() async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [listener], logger: logger))
        // A task of its own, so that it hears of the shutdown only after readiness is off.
        let serving = Task.detached { try await group.run() }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await serving.value
            } onGracefulShutdown: {
                readiness.end()
                Task {
                    try await Task.sleep(for: .seconds(options.drainSeconds))
                    await group.triggerGracefulShutdown()
                }
            }
        } onCancel: {
            readiness.end()
            serving.cancel()
        }
    }

    private var listener: some Service {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)  // no line per request or connection
        return HummingbirdCore.Server(
            childChannelSetup: Conversations(responder: responder, idle: .seconds(options.idleSeconds)),
            configuration: ServerConfiguration(
                address: .hostname(options.host, port: options.port), backlog: options.backlog,
                availableConnectionsDelegate: MaximumAvailableConnections(options.connectionsMax, logger: quiet)),
            onServerRunning: { [options, readiness] channel in
                readiness.begin()
                options.onListening(channel.localAddress?.port ?? options.port)
            },
            eventLoopGroup: EventLoopGroupProvider.singleton.eventLoopGroup, logger: quiet)
    }
}

/// Whether the server takes work. A class, since the server and its handlers share it.
final class Readiness: Sendable {
    private let state = Atomic<Bool>(false)
    var isReady: Bool { state.load(ordering: .acquiring) }
    func begin() { state.store(true, ordering: .releasing) }
    func end() { state.store(false, ordering: .releasing) }
}
