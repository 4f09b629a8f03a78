import OrderManagement
import Synchronization

/// `/health`, `/metrics`, `/openapi.json`: for those who run the server. They tell nothing of any order.
///
/// A class, since the routes that it counts are known only after it has its own; a lock guards them.
final class OperationsAPI: Sendable {
    private let waybill: OrderManagement
    private let readiness: Readiness
    private let databaseBytes: @Sendable () -> Int64?
    private let counts: @Sendable () -> [(name: String, meaning: String, value: Int64)]
    private let described: [Endpoint]
    private let routes = Mutex<[Route]>([])

    init(
        waybill: OrderManagement, readiness: Readiness, databaseBytes: @escaping @Sendable () -> Int64?,
        counts: @escaping @Sendable () -> [(name: String, meaning: String, value: Int64)],
        described: [Endpoint]
    ) {
        self.waybill = waybill
        self.readiness = readiness
        self.databaseBytes = databaseBytes
        self.counts = counts
        self.described = described
    }

    /// The routes whose calls `/metrics` counts.
    func watch(_ routes: [Route]) { self.routes.withLock { $0 = routes } }

    var endpoints: [Endpoint] {
        let status = Schema.object([.must("status", .text(max: 20))])
        var own: [Endpoint] = [
            .get("/health/live", .everybody, tag: "operations", "Whether the program runs", reply: status) { _ in
                .json { $0.object { $0.member("status", "live") } }
            },
            .get("/health/ready", .everybody, tag: "operations", "Whether it takes work", reply: status) { [self] _ in
                guard readiness.isReady else { throw Refusal(.unavailable, "the server starts or stops") }
                _ = try await waybill.read { try EventLog.lastPosition(in: $0) }
                return .json { $0.object { $0.member("status", "ready") } }
            },
            .get("/metrics", .everybody, tag: "operations", "Counts, as Prometheus reads them", reply: nil) {
                [self] _ in
                APIResponse(body: .text(try await metrics()), type: .plain)
            },
        ]
        let place = own.count
        own.append(
            .get("/openapi.json", .everybody, tag: "operations", "This description", reply: .anything) { _ in
                throw Problem.internal  // replaced below, by the document that also describes this
            })
        let document = OpenAPI.document(of: described + own)
        own[place] = .get(
            "/openapi.json", .everybody, tag: "operations", "This description", reply: .anything
        ) { _ in APIResponse(body: .text(document)) }
        return own
    }

    private func metrics() async throws -> String {
        let now = waybill.clock()
        let (position, due) = try await waybill.read { db in
            (try EventLog.lastPosition(in: db), try JobQueue.due(at: now, limit: 1_000, in: db).count)
        }
        var text = MetricsText()
        let writer = waybill.counts
        text.add("waybill_writer_groups_total", "counter", "Commits of the writer", writer.groups)
        text.add("waybill_writer_commands_total", "counter", "Commands answered", writer.commands)
        text.add("waybill_writer_accepted_total", "counter", "Commands accepted", writer.accepted)
        text.add("waybill_writer_refused_total", "counter", "Commands refused with a reason", writer.refused)
        text.add("waybill_writer_failed_total", "counter", "Commands that failed", writer.failed)
        text.add("waybill_writer_queue", "gauge", "Commands waiting for their commit", Int64(waybill.queueLength))
        text.add("waybill_events_position", "gauge", "Position of the newest event", position)
        text.add("waybill_jobs_due", "gauge", "Jobs due now, counted up to 1000", Int64(due))
        if let bytes = databaseBytes() {
            text.add("waybill_database_bytes", "gauge", "Size of the database", bytes)
        }
        for (name, meaning, value) in counts() { text.add(name, "counter", meaning, value) }
        text.addRoutes(routes.withLock { $0 })
        return text.text
    }
}

/// The text format of Prometheus, version 0.0.4.
private struct MetricsText {
    var text = ""

    mutating func add(_ name: String, _ type: String, _ help: String, _ value: Int64) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n\(name) \(value)\n"
    }

    mutating func addRoutes(_ routes: [Route]) {
        let called = routes.map { ($0.endpoint, $0.present) }.filter { !$0.1.byStatus.isEmpty }
        text += "# HELP waybill_requests_total Requests answered\n# TYPE waybill_requests_total counter\n"
        for (endpoint, counts) in called {
            for (status, count) in counts.byStatus.sorted(by: { $0.key < $1.key }) {
                text += "waybill_requests_total{\(labels(endpoint)),status=\"\(status)\"} \(count)\n"
            }
        }
        let name = "waybill_request_seconds"
        text += "# HELP \(name) From the request's head to its answer\n# TYPE \(name) histogram\n"
        for (endpoint, counts) in called {
            var sum: Int64 = 0
            for (index, count) in counts.buckets.enumerated() {
                sum += count
                let bound = index < RouteCounts.bounds.count ? String(seconds(RouteCounts.bounds[index])) : "+Inf"
                text += "\(name)_bucket{\(labels(endpoint)),le=\"\(bound)\"} \(sum)\n"
            }
            text += "\(name)_sum{\(labels(endpoint))} \(seconds(counts.nanoseconds))\n"
            text += "\(name)_count{\(labels(endpoint))} \(sum)\n"
        }
    }

    private func labels(_ endpoint: Endpoint) -> String {
        "method=\"\(endpoint.method.rawValue)\",route=\"\(endpoint.path)\""
    }

    private func seconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e9 }
}
