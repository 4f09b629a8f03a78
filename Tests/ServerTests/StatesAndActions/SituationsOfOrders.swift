import Foundation
import OrderManagement
import TestSupport

/// Orders, and what belongs to them: returns, payments, amendments, stages, holds, credit memos, exceptions.
extension Situations {
    // MARK: Returns

    /// A return of one unit by post, and what was done with it since.
    private static func returned(_ steps: @escaping @Sendable (TestSystem, ReturnID) throws -> Void) -> Recipe {
        { shop in
            let id = try shop.place(sent)
            try shop.walk(id, to: .delivered)
            try await shop.runDueJobs()
            try shop.perform(
                RequestReturn(
                    order: id, method: .byPost, location: "LONDON",
                    lines: [.init(line: OrderLineID(id, 1), quantity: 1, reason: .unwanted)]))
            try steps(shop, ReturnID(id, 1))
            try await shop.runDueJobs()
            return Situation(order: id)
        }
    }

    /// The same over a counter: it is received with its request.
    private static func broughtBack(_ steps: @escaping @Sendable (TestSystem, ReturnID) throws -> Void) -> Recipe {
        { shop in
            let id = try shop.place(sent)
            try shop.walk(id, to: .delivered)
            try await shop.runDueJobs()
            try shop.perform(
                RequestReturn(
                    order: id, method: .inStore, location: "YORK",
                    lines: [.init(line: OrderLineID(id, 1), quantity: 1, reason: .unwanted)]))
            try steps(shop, ReturnID(id, 1))
            return Situation(order: id, counter: "YORK")
        }
    }

    private static func units(_ id: ReturnID, _ disposition: Return.Disposition?) -> [ReceiveReturn.Line] {
        [.init(line: OrderLineID(id.order, 1), quantity: 1, disposition: disposition)]
    }

    private static func receipt(_ id: ReturnID, _ disposition: Return.Disposition? = nil) -> ReceiveReturn {
        ReceiveReturn(id: id, location: "LONDON", lines: units(id, disposition))
    }

    static let returns: [String: Recipe] = [
        "return requested": returned { _, _ in },
        "return rejected": returned { try $0.perform(RejectReturn(id: $1, note: nil)) },
        "return approved": returned { try $0.perform(ApproveReturn(id: $1)) },
        "return expired": returned { shop, id in
            try shop.perform(ApproveReturn(id: id))
            shop.advance(.days(31))
        },
        "return in_transit": returned { shop, id in
            try shop.perform(ApproveReturn(id: id))
            try shop.perform(SendReturn(id: id))
        },
        "return received": returned { shop, id in
            try shop.perform(ApproveReturn(id: id))
            try shop.perform(receipt(id))
        },
        "return inspected": returned { shop, id in
            try shop.perform(ApproveReturn(id: id))
            try shop.perform(receipt(id, .restock))
        },
        "return inspected, to be refurbished": returned { shop, id in
            try shop.perform(ApproveReturn(id: id))
            try shop.perform(receipt(id, .refurbish))
        },
        "return settled": returned { shop, id in
            try shop.perform(ApproveReturn(id: id))
            try shop.perform(receipt(id, .restock))
            try shop.perform(SettleReturn(id: id, refund: .source))
        },
        "return received, in store": broughtBack { _, _ in },
        "return inspected, in store": broughtBack {
            try $0.perform(InspectReturn(id: $1, lines: units($1, .restock)))
        },
        "return settled, in store": broughtBack {
            try $0.perform(InspectReturn(id: $1, lines: units($1, .writeOff)))
            try $0.perform(SettleReturn(id: $1, refund: .source))
        },
    ]

    // MARK: Payments

    private static func paid(_ steps: @escaping @Sendable (TestSystem, OrderID) throws -> Void) -> Recipe {
        { shop in
            let id = try shop.place("2 × TEE-M at 10.00 GBP, unpaid")
            let payment = PlaceOrder.RequestedPayment(
                provider: "manual", reference: "later", authorized: Money(2_000, pounds), isPending: true)
            try shop.perform(AddPayment(order: id, payment: payment))
            try steps(shop, id)
            try await shop.runDueJobs()
            return Situation(order: id)
        }
    }

    private static func authorize(_ shop: TestSystem, _ id: OrderID, until: Timestamp? = nil) throws {
        try shop.perform(RecordPaymentOutcome(payment: PaymentID(id, 1), result: .authorized, expiresAt: until))
    }

    private static func captured(_ shop: TestSystem, _ id: OrderID) throws {
        try authorize(shop, id)
        try shop.perform(CapturePayment(order: id, amount: Money(2_000, pounds), reason: "deposit"))
    }

    static let payments: [String: Recipe] = [
        "payment pending": paid { _, _ in },
        "payment authorized": paid { try authorize($0, $1) },
        "payment declined": paid { try $0.perform(RecordPaymentOutcome(payment: PaymentID($1, 1), result: .declined)) },
        "payment expired": paid { shop, id in
            try authorize(shop, id, until: shop.now + .minutes(10))
            shop.advance(.minutes(11))
        },
        "payment declined, by a card": { shop in
            let id = try shop.place("2 × TEE-M at 10.00 GBP, unpaid")
            let payment = PlaceOrder.RequestedPayment(
                provider: "card", reference: "token", authorized: Money(2_000, pounds), isPending: true)
            try shop.perform(AddPayment(order: id, payment: payment))
            try shop.perform(RecordPaymentOutcome(payment: PaymentID(id, 1), result: .declined))
            return Situation(order: id)
        },
        "payment authorized, not let go": { shop in
            var order = try PlaceOrder(sent)
            order.payments = [.init(provider: "clinging", reference: "c", authorized: Money(2_000, pounds))]
            guard let id = OrderID(try id(shop.perform(order))) else { return Situation() }
            try shop.perform(CancelOrder(order: id, reason: .customer))
            try await shop.runDueJobs()
            return Situation(order: id)
        },
        "payment authorized, captured": paid { try captured($0, $1) },
        "payment authorized, refunded": paid { shop, id in
            try captured(shop, id)
            try shop.perform(CancelOrder(order: id, reason: .customer))
        },
        "payment authorized, voided": paid { shop, id in
            try authorize(shop, id)
            try shop.perform(CancelOrder(order: id, reason: .customer))
        },
    ]

    // MARK: Amendments

    private static func amended(_ steps: @escaping @Sendable (TestSystem, AmendmentID) throws -> Void) -> Recipe {
        { shop in
            let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
            var request = AmendmentRequest()
            request.quantities = [.init(line: OrderLineID(id, 1), quantity: 2)]
            try shop.perform(AmendOrder(order: id, request: request))
            try steps(shop, AmendmentID(id, 1))
            try await shop.runDueJobs()
            return Situation(order: id)
        }
    }

    static let amendments: [String: Recipe] = [
        "amendment open": amended { _, _ in },
        "amendment open, of an order that changed since": amended {
            try $0.perform(NoteOrder(order: $1.order, text: "called"))
        },
        "amendment committed": amended { try $0.perform(CommitAmendment(amendment: $1)) },
        "amendment dropped": amended { try $0.perform(DropAmendment(amendment: $1)) },
        "amendment expired": amended { shop, _ in shop.advance(.days(32)) },
    ]

    // MARK: Orders

    static let orders: [String: Recipe] = [
        "order open, waiting for stock": { shop in
            // Of nothing that others wait for: each finds the same.
            let sku = "RARE-" + UUID().uuidString
            try shop.receive("\(sku)@LONDON: 1")
            return Situation(order: try shop.place("5 × \(sku) at 10.00 GBP, store"))
        },
        "order open, on the way": { shop in
            let id = try shop.place(sent)
            try shop.walk(id, to: .shipped)
            return Situation(order: id)
        },
        "order open, never paid": { shop in
            let id = try shop.place("2 × TEE-M at 10.00 GBP, store, unpaid")
            try shop.walk(id, to: .delivered)
            return Situation(order: id)
        },
        "order completed": { shop in
            let id = try shop.place(sent)
            try shop.walk(id, to: .delivered)
            try await shop.runDueJobs()
            return Situation(order: id)
        },
        "order cancelled": { shop in
            let id = try shop.place(sent)
            try shop.perform(CancelOrder(order: id, reason: .merchant))
            return Situation(order: id)
        },
    ]

    static let holds: [String: Recipe] = [
        "hold stands": { shop in
            let id = try shop.place("2 × TEE-M at 10.00 GBP")
            try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
            return Situation(order: id)
        },
        "hold lifted": { shop in
            let id = try shop.place("2 × TEE-M at 10.00 GBP")
            try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
            try shop.perform(LiftHold(hold: HoldID(id, 1)))
            return Situation(order: id)
        },
    ]

    static let stages: [String: Recipe] = [
        "stage pending": { Situation(order: try $0.place("2 × TEE-M at 10.00 GBP")) },
        "stage passed": { shop in
            let id = try shop.place("2 × TEE-M at 10.00 GBP")
            try shop.perform(PassStage(order: id, stage: "remorse", hasPassed: true, note: nil))
            return Situation(order: id)
        },
        "stage failed": { try failed($0) },
        "stage failed, of a cancelled order": { shop in
            let made = try failed(shop)
            if let id = made.order { try shop.perform(CancelOrder(order: id, reason: .merchant)) }
            return made
        },
    ]

    private static func failed(_ shop: TestSystem) throws -> Situation {
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        try shop.perform(PassStage(order: id, stage: "remorse", hasPassed: false, note: "called us"))
        return Situation(order: id, exception: try shop.order(id).exceptions.first?.id)
    }

    static let exceptions: [String: Recipe] = [
        "exception open": { try failed($0) },
        "exception open, of a provider that is away": { shop in
            let id = try shop.place(sent + ", paid by silent")
            try shop.walk(id, to: .shipped)
            for _ in 0..<30 {
                try await shop.runDueJobs()
                shop.advance(Seconds(10))
            }
            let open = try shop.waybill.readNow { try ExceptionStore.open(after: ExceptionID(0), limit: 999, in: $0) }
            return Situation(exception: open.last { $0.kind == .connectorDown }?.id)
        },
        "exception resolved": { shop in
            let made = try failed(shop)
            guard let exception = made.exception else { return made }
            try shop.perform(ResolveException(exception: exception, resolution: "seen"))
            return made
        },
    ]

    /// 7.00 of 20.00 given back to a card that takes nothing: the memo stays to be paid.
    private static func owed(_ shop: TestSystem) async throws -> Situation {
        var order = try PlaceOrder(sent)
        order.payments = ["card", "manual"].map {
            .init(provider: $0, reference: $0, authorized: Money(1_000, pounds))
        }
        guard let id = OrderID(try id(shop.perform(order))) else { return Situation() }
        try shop.walk(id, to: .delivered)
        try await shop.runDueJobs()
        try shop.perform(
            RefundPayment(order: id, amount: Money(700, pounds), payment: PaymentID(id, 1), reason: "late"))
        try await shop.runDueJobs()
        return Situation(order: id, memo: try shop.order(id).memos.first?.name)
    }

    static let memos: [String: Recipe] = [
        "memo outstanding": { try await owed($0) },
        "memo paid": { shop in
            let made = try await owed(shop)
            guard let id = made.order, let memo = made.memo else { return made }
            try shop.perform(PayCreditMemo(order: id, memo: memo, payment: PaymentID(id, 2)))
            return made
        },
    ]

    // MARK: Work for later

    /// A capture that is never answered, tried for so long.
    private static func capture(for rounds: Int) -> Recipe {
        { shop in
            let id = try shop.place(sent + ", paid by silent")
            try shop.walk(id, to: .shipped)
            for _ in 0..<rounds {
                try await shop.runDueJobs()
                shop.advance(.hours(2))
            }
            let jobs = try shop.waybill.readNow { try JobQueue.page(nil, after: JobID(0), limit: 200, in: $0) }
            return Situation(job: jobs.last { $0.order == id }?.id)
        }
    }

    static let jobs: [String: Recipe] = ["job waiting": capture(for: 1), "job buried": capture(for: 20)]

    private static func told(_ recipient: String, isSent: Bool = true) -> Recipe {
        { shop in
            var order = try PlaceOrder(sent)
            order.channel = "desk"
            order.customer.email = recipient + "@example.com"
            guard let id = OrderID(try id(shop.perform(order))) else { return Situation() }
            if isSent { try await shop.runDueJobs() }
            return Situation(message: try shop.waybill.readNow { try MessageStore.of(id, in: $0) }.first?.id)
        }
    }

    static let messages: [String: Recipe] = [
        "message queued": told("ada", isSent: false), "message sent": told("ada"), "message failed": told("refused"),
        "message skipped": told("skipped"),
    ]
}
