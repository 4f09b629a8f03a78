import Foundation
import OrderManagement

/// What a replay did, in numbers.
struct ReplayResult {
    var report: ImportReport
    private(set) var orders = 0
    private(set) var orderLines = 0
    private(set) var ordersKnown = 0
    private(set) var ordersBackordered = 0
    private(set) var commands = 0
    private(set) var refusals = ImportReport.Tally()
    private(set) var performed = ImportReport.Tally()
    var seconds: Double = 0

    init(report: ImportReport) { self.report = report }

    /// Counts a command. - Returns: its reply; nil when it was refused.
    /// - Throws: what is no refusal: the books contradict themselves, or the database is away.
    mutating func count(_ command: any Command, _ answer: Result<Reply, any Error>) throws -> Reply? {
        commands += 1
        do {
            let reply = try answer.get()
            performed.add(type(of: command).name)
            return reply
        } catch let refusal as Refusal where refusal.code != .unavailable {
            refusals.add("\(type(of: command).name): \(refusal.code.rawValue)")
            return nil
        }
    }

    /// Looks at an order that was placed.
    mutating func note(_ reply: Reply, _ command: PlaceOrder) {
        guard reply.status == 201 else {
            ordersKnown += 1
            return
        }
        orders += 1
        orderLines += command.lines.count
        if Self.isWaiting(reply.body) { ordersBackordered += 1 }
    }

    /// Whether an order's view says that units of it are backordered; the view is long, and its status stands in front.
    private static func isWaiting(_ view: String) -> Bool {
        let member = "\"fulfillment_status\":\""
        return view.withCString { text in
            guard let found = strstr(text, member) else { return false }
            let status = found + member.utf8.count
            return ["backordered\"", "partially_allocated\""].contains { (word: String) in
                strncmp(status, word, word.utf8.count) == 0
            }
        }
    }

    /// How far it has come, on one line.
    func line(at moment: Timestamp, since start: ContinuousClock.Instant) -> String {
        let seconds = max(0.001, (ContinuousClock.now - start) / .seconds(1))
        return "\("\(moment)".prefix(10))  \(orders) orders, \(Int(Double(orders) / seconds)) a second"
    }

    /// The most memory that this process has had, in MB (2²⁰ bytes); 0 where the system does not say.
    static var peakMegabytes: Int {
        var usage = rusage()
        let ourselves: Int32 = 0  // RUSAGE_SELF, which glibc's header declares as an enumeration of its own
        guard getrusage(ourselves, &usage) == 0 else { return 0 }
        return Int(usage.ru_maxrss) / 1024  // Linux counts in KB
    }

    /// Orders by a status, from what the database says at the end.
    static func statuses(of waybill: OrderManagement) throws -> [(name: String, count: Int)] {
        var tally = ImportReport.Tally()
        var cursor: String?
        repeat {
            let page = try waybill.readNow { db in
                let page = try OrderSearch().page(after: cursor, limit: 200, in: db)
                return (next: page.next, statuses: try page.ids.compactMap { id in
                    try OrderStore.order(id, in: db).map { OrderStatus(of: $0) }
                })
            }
            for status in page.statuses { tally.add("\(status.overall.rawValue), \(status.fulfillment.rawValue)") }
            cursor = page.next
        } while cursor != nil
        return tally.entries.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    }
}
