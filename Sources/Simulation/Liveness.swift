import OrderManagement

/// Nothing is stuck: what is open has a job, an exception that a person sees, or somebody whose turn it is.
enum Liveness {
    private static let jobs = Statement(
        "SELECT kind, order_id, payload, state, due, COALESCE(last_error, '') FROM jobs ORDER BY id")

    private struct Waiting: Hashable {
        let kind: String
        let order: Int64?
        let payload: String
    }

    /// To be asked when no fault has happened for a while and no job is due.
    static func check(orders: [OrderID], at now: Timestamp, in db: any Connection) throws {
        var waiting = Set<Waiting>()
        try db.query(jobs) { row in
            let job = Waiting(kind: try row.text(0), order: row.optionalInteger(1), payload: try row.text(2))
            waiting.insert(job)
            guard try row.text(3) == "waiting", try row.integer(4) <= now.milliseconds else { return }
            throw Contradiction(
                law: "jobs_come_to_an_end", explanation: "\(job.kind) of \(job.order ?? 0) is due and stays: \(try row.text(5))")
        }
        for id in orders {
            guard let order = try OrderStore.order(id, in: db) else { continue }
            for effect in order.effects where effect.state == .pending {
                let job = Waiting(kind: JobKind.settleEffect.rawValue, order: id.value, payload: String(effect.number))
                guard waiting.contains(job) else {
                    throw Contradiction(
                        law: "nothing_is_stuck",
                        explanation: "\(order.number): nobody asks after the \(effect.kind.rawValue) \(effect.number)")
                }
            }
            for gate in order.gates where gate.state == .pending {
                guard let due = gate.due, due <= now, OrderStatus(of: order).overall == .open else { continue }
                throw Contradiction(
                    law: "nothing_is_stuck", explanation: "\(order.number): the stage \(gate.name) was due at \(due)")
            }
            try backorders(of: order, in: db)
        }
    }

    /// Nobody waits for units that lie on a shelf that may serve them.
    private static func backorders(of order: Order, in db: any Connection) throws {
        guard let channel = try Configuration.load(in: db).channels[order.channel] else { return }
        let configuration = try Configuration.load(in: db)
        for line in order.lines where line.backordered > 0 {
            guard let item = try ItemStore.item(line.sku, in: db) else { continue }
            for level in try StockReading.levels(of: line.sku, after: "", limit: 50, in: db) {
                guard let location = configuration.locations[level.location], channel.sells(from: location.code),
                    level.promisable > channel.buffer, item.requirements & ~location.capabilities == 0,
                    order.delivery.method == .pickup
                        ? order.delivery.location == location.code && location.offersPickup : location.canShip,
                    !order.fulfillments.contains(where: { $0.location == location.code && $0.state == .rejected })
                else { continue }
                throw Contradiction(
                    law: "nothing_is_stuck",
                    explanation: "\(order.number) waits for \(line.backordered) × \(line.sku), and "
                        + "\(location.code) has \(level.promisable)")
            }
        }
    }
}
