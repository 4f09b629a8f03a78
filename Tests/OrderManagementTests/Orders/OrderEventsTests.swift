import OrderManagement
import TestSupport
import Testing

@Suite("What is told")
struct OrderEventsTests {
    /// `contract.md`, Events, and what was added to them; amending and labels come with their own issues.
    private static let told: Set<String> = [
        "order.placed", "order.sourced", "order.backordered", "order.cancelled", "order.held", "order.hold_lifted",
        "order.noted", "order.completed", "stage.passed", "stage.failed", "fulfillment.released",
        "fulfillment.accepted", "fulfillment.picking", "fulfillment.packed", "fulfillment.shipped",
        "fulfillment.delivered", "fulfillment.ready", "fulfillment.collected", "fulfillment.expired",
        "fulfillment.reminder_due", "fulfillment.rejected", "fulfillment.cancelled", "parcel.packed",
        "parcel.handed_over", "parcel.in_transit",
        "parcel.out_for_delivery", "parcel.delivered", "parcel.exception", "parcel.lost",
        "parcel.returned_to_sender", "payment.authorized", "payment.captured", "payment.voided", "payment.refunded",
        "payment.failed", "return.requested", "return.approved", "return.rejected", "return.received",
        "return.inspected", "return.settled", "stock.moved", "stock.snapshot_taken", "stock.safety_set",
        "exception.opened", "credit_memo.issued", "store_credit.booked", "return.in_transit",
        "payment.pending", "payment.declined", "payment.expired",
        "exception.resolved", "configuration.changed",
    ]

    @Test("Every fact is told by an event of its own name")
    func all() async throws {
        let shop = try TestSystem(
            stock: "TEE-M@YORK: 50", providers: [TestProvider("card") { _ in .refused(reason: "no") }])
        try works(in: shop)
        try travels(in: shop)
        try comesBack(in: shop)
        try goesWrong(in: shop)
        try await expires(in: shop)
        let events = try shop.waybill.readNow { try EventLog.page(after: 0, types: [], limit: 10_000, in: $0) }.events
        #expect(Set(events.map(\.type)) == Self.told)
        #expect(events.map(\.position) == Array(1...Int64(events.count)))
        try shop.expectClean()
    }

    private func works(in shop: TestSystem) throws {
        let id = try shop.place("1 × TEE-M at 10.00 GBP")
        try shop.perform(NoteOrder(order: id, text: "Ring twice."))
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
        try shop.perform(LiftHold(hold: HoldID(id, 1)))
        try shop.deliver(id)
        try shop.walk(try shop.place("1 × TEE-M at 10.00 GBP, store, pickup at YORK"), to: .collected)
        try shop.perform(CancelOrder(order: try shop.place("1 × TEE-M at 10.00 GBP"), reason: .customer))
        let unpaid = try shop.place("1 × TEE-M at 10.00 GBP, unpaid")
        for isPending in [true, false] {
            try shop.perform(
                AddPayment(
                    order: unpaid,
                    payment: .init(
                        provider: "manual", reference: "p \(isPending)", authorized: Money(1, .init("GBP")!),
                        isPending: isPending, expiresAt: shop.now + .hours(1))))
        }
        try shop.perform(RecordPaymentOutcome(payment: PaymentID(unpaid, 1), result: .declined))
        let credit = Money(100, try #require(Currency("GBP")))
        try shop.perform(
            BookStoreCredit(customer: "ada@example.com", kind: .issue, amount: credit, reason: "late"))
    }

    private func travels(in shop: TestSystem) throws {
        let ways: [[Parcel.State]] = [
            [.exception, .handedOver, .inTransit, .outForDelivery, .delivered], [.lost], [.returnedToSender],
        ]
        for (number, way) in ways.enumerated() {
            let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
            try shop.walk(id, to: .packed)
            let detail = ShipFulfillment.ParcelDetail(parcel: ParcelID(id, 1), courier: "dpd", tracking: "D\(number)")
            try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1), parcels: [detail]))
            for status in way {
                shop.advance(.minutes(1))
                try shop.perform(
                    RecordTracking(
                        courier: "dpd", tracking: "D\(number)", status: status, at: shop.now, candidates: [id]))
            }
        }
    }

    private func comesBack(in shop: TestSystem) throws {
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.deliver(id)
        let request = RequestReturn(
            order: id, method: .byPost, location: nil,
            lines: [.init(line: id.line(1), quantity: 1, reason: .unwanted)])
        try shop.perform(request)
        try shop.perform(RejectReturn(id: id.entry(1), note: nil))
        try shop.perform(request)
        try shop.perform(ApproveReturn(id: id.entry(2)))
        try shop.perform(
            ReceiveReturn(
                id: id.entry(2), location: "YORK",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        try shop.perform(SettleReturn(id: id.entry(2), refund: .source))
    }

    private func goesWrong(in shop: TestSystem) throws {
        try shop.perform(SetSafetyStock(entries: [.init(sku: "TEE-M", location: "YORK", units: 1)]))
        let failed = try shop.place("1 × TEE-M at 10.00 GBP")
        try shop.perform(PassStage(order: failed, stage: "remorse", hasPassed: false, note: nil))
        let exception = try #require(try shop.openExceptions().first)
        try shop.perform(ResolveException(exception: exception.id, resolution: "called"))
        let rejected = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.perform(RejectFulfillment(fulfillment: rejected.fulfillment(1), reason: .closed))
        shop.advance(.minutes(1))
        try shop.perform(
            TakeSnapshot(location: "YORK", mode: .delta, takenAt: shop.now, reference: "feed", lines: []))
    }

    private func expires(in shop: TestSystem) async throws {
        try shop.walk(try shop.place("1 × TEE-M at 10.00 GBP, store, pickup at YORK"), to: .ready)
        try shop.walk(try shop.place("1 × TEE-M at 10.00 GBP, store, paid by card"), to: .shipped)
        shop.advance(.days(8))
        try await shop.runDueJobs()
    }
}
