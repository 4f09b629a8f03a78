import TestSupport
import Testing

@testable import OrderManagement

/// The clock a millisecond before, at and a millisecond after every deadline that there is.
@Suite("Deadlines")
struct DeadlineTests {
    /// One deadline of a shop: when it is, and how to see what it has done.
    private struct Deadline {
        let at: Timestamp
        /// What is the case at the time that the shop's clock shows.
        let look: () async throws -> String
    }

    private static let table = TextTable(
        """
        deadline                  | before                | at                    | after
        remorse                   | pending               | passed                | passed
        stage passes              | pending               | passed                | passed
        stage fails               | pending               | failed                | failed
        stage cancels             | open                  | cancelled             | cancelled
        stage tells               | none                  | stage_overdue         | stage_overdue
        unpaid                    | pending open          | voided cancelled      | voided cancelled
        hold                      | held                  | free                  | free
        pickup                    | ready                 | expired               | expired
        pickup extended           | ready                 | expired               | expired
        reservation               | live                  | expired               | expired
        reservation used late     | accepted              | reservation_ended     | reservation_ended
        authorization             | authorized            | expired               | expired
        capture                   | accepted              | refused               | refused
        amendment                 | open                  | expired               | expired
        amendment committed late  | accepted              | illegal_transition    | illegal_transition
        return window             | accepted              | accepted              | return_window_closed
        return asked for          | none                  | return_unanswered     | return_unanswered
        return sent               | approved              | expired               | expired
        return on its way         | none                  | return_overdue        | return_overdue
        return is here            | none                  | return_unsettled      | return_unsettled
        cancelled by the customer | accepted              | too_late_to_cancel    | too_late_to_cancel
        unfillable                | backordered           | none                  | none
        paused location           | waiting               | served                | served
        """)

    @Test("Nothing happens before its time, and everything at it", arguments: table.rows)
    func moments(row: TextTable.Row) async throws {
        for (offset, name) in [(Int64(-1), "before"), (0, "at"), (1, "after")] {
            let shop = try TestSystem(stock: "TEE-M@LONDON: 50", "TEE-M@YORK: 5", "RARE@LEEDS: 1")
            let deadline = try await deadline(row["deadline"], in: shop)
            shop.now = Timestamp(milliseconds: deadline.at.milliseconds + offset)
            #expect(try await deadline.look() == row[name], "\(row["deadline"]), \(name)")
            try shop.expectClean()
        }
    }

    private func deadline(_ name: String, in shop: TestSystem) async throws -> Deadline {
        if let found = try stage(name, in: shop) { return found }
        if let found = try goods(name, in: shop) { return found }
        if let found = try money(name, in: shop) { return found }
        if let found = try await comingBack(name, in: shop) { return found }
        throw WrongDeadline(name: name)
    }

    private struct WrongDeadline: Error { let name: String }

    /// The code of a command's refusal, or `accepted`.
    private func asked(_ command: any Command, in shop: TestSystem) throws -> String {
        do {
            try shop.perform(command)
            return "accepted"
        } catch let refusal as Refusal {
            return refusal.code.rawValue
        }
    }

    private func afterJobs(_ shop: TestSystem, _ look: @escaping () throws -> String) -> () async throws -> String {
        {
            try await shop.runDueJobs()
            return try look()
        }
    }

    // MARK: Stages, holds, cancelling

    private func stage(_ name: String, in shop: TestSystem) throws -> Deadline? {
        var stage = Stage("check", kind: .custom)
        stage.within = .hours(3)
        switch name {
        case "remorse":
            let id = try shop.place("1 × TEE-M at 10.00 GBP")
            return Deadline(
                at: shop.now + .minutes(30),
                look: afterJobs(shop) { try shop.order(id).gates.last?.state.rawValue ?? "" })
        case "stage passes", "stage fails", "stage cancels", "stage tells":
            stage.timeOut = ["stage passes": .pass, "stage fails": .fail, "stage cancels": .cancel][name] ?? .exception
            try shop.open("strict", policy: ChannelPolicy(stages: [stage]))
            let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "strict")
            return Deadline(
                at: shop.now + .hours(3),
                look: afterJobs(shop) {
                    switch name {
                    case "stage cancels": OrderStatus(of: try shop.order(id)).overall.rawValue
                    case "stage tells": try shop.openExceptions().first?.kind.rawValue ?? "none"
                    default: try shop.order(id).gates[0].state.rawValue
                    }
                })
        case "unpaid":
            var payment: Stage = "payment"
            (payment.within, payment.timeOut) = (.hours(24), .cancel)
            try shop.open("strict", policy: ChannelPolicy(stages: [payment]))
            let id = try shop.place("1 × TEE-M at 10.00 GBP, unpaid", on: "strict")
            return Deadline(
                at: shop.now + .hours(24),
                look: afterJobs(shop) {
                    let status = OrderStatus(of: try shop.order(id))
                    return "\(status.payment.rawValue == "pending" ? "pending" : "voided") \(status.overall.rawValue)"
                })
        case "hold":
            let id = try shop.place("1 × TEE-M at 10.00 GBP")
            try shop.perform(
                PlaceHold(order: id, reason: "manual", note: nil, lines: [], until: shop.now + .hours(2)))
            return Deadline(
                at: shop.now + .hours(2), look: afterJobs(shop) { try shop.order(id).isOnHold ? "held" : "free" })
        case "cancelled by the customer":
            var policy = ChannelPolicy(stages: ["remorse"])
            policy.cancelling = CancellingPolicy(customerUntil: .open)
            try shop.open("strict", policy: policy)
            let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "strict")
            return Deadline(at: shop.now + .minutes(30)) {
                try await shop.runDueJobs()
                return try self.asked(CancelOrder(order: id, reason: .customer), in: shop)
            }
        default: return nil
        }
    }

    // MARK: Goods

    private func goods(_ name: String, in shop: TestSystem) throws -> Deadline? {
        switch name {
        case "pickup", "pickup extended":
            let id = try shop.place("1 × TEE-M at 10.00 GBP, store, pickup at YORK")
            try shop.walk(id, to: .ready)
            if name == "pickup extended", let first = try shop.order(id).fulfillments[0].collectBy {
                try shop.perform(ExtendCollection(fulfillment: id.fulfillment(1), until: first + .days(2)))
            }
            let end = try #require(try shop.order(id).fulfillments[0].collectBy)
            return Deadline(at: end, look: afterJobs(shop) { try shop.order(id).fulfillments[0].state.rawValue })
        case "reservation", "reservation used late":
            let reply = try shop.perform(
                ReserveStock(channel: "web", lines: [.init(sku: "TEE-M", quantity: 2)], expiresIn: .minutes(15)))
            let id = try #require(ReservationID(try JSON.parse(reply.body)["id"]?.string ?? ""))
            return Deadline(at: shop.now + .minutes(15)) {
                if name == "reservation used late" {
                    var order = try PlaceOrder("2 × TEE-M at 10.00 GBP")
                    order.reservation = id
                    let outcome = try self.asked(order, in: shop)
                    try await shop.runDueJobs()
                    return outcome
                }
                try await shop.runDueJobs()
                return try shop.waybill.readNow { try ReservationStore.reservation(id, in: $0)?.state.rawValue ?? "" }
            }
        case "unfillable":
            var policy = ChannelPolicy(stages: [])
            policy.cancelling = CancellingPolicy(unfillableDays: 14)
            try shop.open("strict", policy: policy)
            let id = try shop.place("2 × RARE at 10.00 GBP", on: "strict")
            return Deadline(
                at: shop.now + .days(14),
                look: afterJobs(shop) { try shop.order(id).lines[0].backordered > 0 ? "backordered" : "none" })
        case "paused location":
            var leeds = Location.warehouse("LEEDS")
            leeds.pausedUntil = shop.now + .hours(5)
            try shop.perform(SaveLocations(locations: [leeds]))
            let id = try shop.place("1 × RARE at 10.00 GBP, store")
            return Deadline(
                at: shop.now + .hours(5),
                look: afterJobs(shop) { try shop.order(id).lines[0].backordered > 0 ? "waiting" : "served" })
        default: return nil
        }
    }

    // MARK: Money and amendments

    private func money(_ name: String, in shop: TestSystem) throws -> Deadline? {
        switch name {
        case "authorization", "capture":
            let id = try shop.place("1 × TEE-M at 10.00 GBP, unpaid")
            let end = shop.now + .hours(6)
            let payment = PlaceOrder.RequestedPayment(
                provider: "manual", reference: "p", authorized: gbp(1_000), expiresAt: end)
            try shop.perform(AddPayment(order: id, payment: payment))
            return Deadline(at: end) {
                try await shop.runDueJobs()
                guard name == "capture" else {
                    return try shop.order(id).payments.first?.state.rawValue ?? ""
                }
                let code = try self.asked(CapturePayment(order: id, amount: gbp(500), reason: "early"), in: shop)
                return code == "accepted" ? code : "refused"
            }
        case "amendment", "amendment committed late":
            let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
            let amendment = try shop.stage(id) { $0.quantities = [(1, 1)] }
            let end = try #require(try shop.order(id).amendments.first?.staged?.expiresAt)
            return Deadline(at: end) {
                if name == "amendment committed late" {
                    let outcome = try self.asked(CommitAmendment(amendment: amendment), in: shop)
                    try await shop.runDueJobs()
                    return outcome
                }
                try await shop.runDueJobs()
                return try shop.order(id).amendments.first?.state.rawValue ?? ""
            }
        default: return nil
        }
    }

    // MARK: Returns

    private func comingBack(_ name: String, in shop: TestSystem) async throws -> Deadline? {
        let names = ["return window", "return asked for", "return sent", "return on its way", "return is here"]
        guard names.contains(name) else { return nil }
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.deliver(id)
        try await shop.runDueJobs()
        let request = RequestReturn(
            order: id, method: .byPost, location: "LONDON",
            lines: [.init(line: id.line(1), quantity: 1, reason: .unwanted)])
        if name == "return window" {
            return Deadline(at: shop.now + .days(ChannelPolicy().returnDays)) { try self.asked(request, in: shop) }
        }
        try shop.perform(request)
        if name == "return asked for" {
            return Deadline(
                at: shop.now + .days(ReturningPolicy().answerWithinDays),
                look: afterJobs(shop) { try shop.openExceptions().first?.kind.rawValue ?? "none" })
        }
        try shop.perform(ApproveReturn(id: id.entry(1)))
        if name == "return on its way" {
            try shop.perform(SendReturn(id: id.entry(1)))
            let days = ReturningPolicy().overdueDays
            return Deadline(
                at: shop.now + .days(days),
                look: afterJobs(shop) { try shop.openExceptions().first?.kind.rawValue ?? "none" })
        }
        if name == "return is here" {
            try shop.perform(
                ReceiveReturn(id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 1)]))
            return Deadline(
                at: shop.now + .days(ReturningPolicy().answerWithinDays),
                look: afterJobs(shop) { try shop.openExceptions().first?.kind.rawValue ?? "none" })
        }
        let end = try #require(try shop.order(id).returns[0].terms.expiresAt)
        return Deadline(at: end, look: afterJobs(shop) { try shop.order(id).returns[0].state.rawValue })
    }
}
