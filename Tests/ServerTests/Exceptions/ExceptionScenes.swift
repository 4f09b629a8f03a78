import Connectors
import Synchronization
import TestSupport
import Testing

@testable import OrderManagement

/// One way in which an exception of a kind comes about.
struct ExceptionScene: Sendable, CustomTestStringConvertible {
    let kind: OrderException.Kind
    let name: String
    /// Whether nothing can be done at the keyboard: what is to be done is done at the door.
    let isAdvice: Bool
    let make: @Sendable (TestSystem) async throws -> Void
    var testDescription: String { "\(kind.rawValue): \(name)" }

    init(
        _ kind: OrderException.Kind, _ name: String, isAdvice: Bool = false,
        _ make: @escaping @Sendable (TestSystem) async throws -> Void
    ) {
        (self.kind, self.name, self.isAdvice, self.make) = (kind, name, isAdvice, make)
    }

    /// The system with the exception, and nothing else open.
    func shop() async throws -> TestSystem {
        let shop = try Self.empty(name)
        try await make(shop)
        try await shop.runDueJobs()
        return shop
    }

    private struct Post: Mailer {
        func send(
            _ letter: Letter, to recipient: String, named name: String, as id: MessageID
        ) async -> SendingOutcome {
            recipient.hasPrefix("nobody") ? .refused(reason: "there is no such address") : .sent
        }
    }

    private struct Away: Error {}

    private static func empty(_ name: String) throws -> TestSystem {
        let refused = PaymentRequest.Kind.allCases.filter { name.hasPrefix("its \($0.rawValue) is refused") }
        let calls = Mutex(0)
        let isAway = name.hasPrefix("a provider that is away")
        let card = TestProvider("card") {
            let call = calls.withLock { count in
                count += 1
                return count
            }
            if isAway, call <= 8 { throw Away() }
            return refused.contains($0.kind) ? .refused(reason: "closed") : .done(reference: $0.id)
        }
        let no = TestCourier.Behavior.refuse(reason: "closed on Mondays")
        let script: [TestCourier.Behavior] =
            switch name {
            case let name where name.hasPrefix("no label") || name.hasPrefix("no visit"): [no]
            case let name where name.hasPrefix("no manifest"): [.act, no]
            case let name where name.hasPrefix("comes all the same"): [.act, no, no]
            case let name where name.hasPrefix("far dearer"): [.charge(4_999)]
            default: []
            }
        return try TestSystem(
            stock: "TEE-M@LONDON: 20", "TEE-M@YORK: 9", "CAP@LONDON: 5", providers: [card],
            connections: [TestCourier(script: script)], mailer: Post())
    }
}

/// What scenes are made of.
extension TestSystem {
    func order(
        _ text: String, by policy: ChannelPolicy = ChannelPolicy(stages: []),
        _ change: (inout PlaceOrder) -> Void = { _ in }
    ) throws -> OrderID {
        let pounds = try #require(Currency("GBP"))
        try perform(
            SaveChannel(
                channel: Channel(code: "shop", name: "Shop", currency: pounds, numberPrefix: "SHO-", policy: policy)))
        var order = try PlaceOrder(text)
        order.channel = "shop"
        change(&order)
        return try #require(OrderID(JSON.parse(perform(order).body)["id"]?.string ?? ""))
    }

    func pounds(_ amount: Int64) throws -> Money { Money(amount, try #require(Currency("GBP"))) }

    func paidByCard(_ text: String, isPending: Bool = false, until end: Timestamp? = nil) throws -> OrderID {
        let payment = PlaceOrder.RequestedPayment(
            provider: "card", reference: "token", authorized: try pounds(2_000), isPending: isPending, expiresAt: end)
        return try order(text) { $0.payments = [payment] }
    }

    /// A policy under which returns are announced and nobody answers by itself.
    func slow(_ change: (inout ReturningPolicy) -> Void = { _ in }) -> ChannelPolicy {
        var policy = ChannelPolicy(stages: [])
        policy.returning.approvesItself = false
        policy.returning.refundAt = .settlement
        change(&policy.returning)
        return policy
    }

    /// Two units, delivered, of which one is announced to come back.
    func announced(_ change: (inout ReturningPolicy) -> Void = { _ in }) throws -> ReturnID {
        let id = try order("2 × TEE-M at 10.00 GBP", by: slow(change))
        try walk(id, to: .delivered)
        try perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: OrderLineID(id, 1), quantity: 1, reason: .wrongItem)]))
        return ReturnID(id, 1)
    }

    func approved(_ change: (inout ReturningPolicy) -> Void = { _ in }) throws -> ReturnID {
        let id = try announced(change)
        try perform(ApproveReturn(id: id))
        return id
    }

    /// One unit, packed in London with a label of our own vans.
    func labelled(
        _ courier: Courier = .vans, _ change: (inout ChannelPolicy) -> Void = { _ in }
    ) async throws -> OrderID {
        try perform(SaveCouriers(couriers: [courier]))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        change(&policy)
        let id = try order("2 × TEE-M at 10.00 GBP", by: policy)
        try walk(id, to: .packed)
        try await runDueJobs()
        return id
    }

    /// A parcel that is on its way under the number T-1.
    func sent() throws -> OrderID {
        let id = try order("2 × TEE-M at 10.00 GBP")
        try walk(id, to: .packed)
        try perform(
            ShipFulfillment(
                fulfillment: FulfillmentID(id, 1),
                parcels: [.init(parcel: ParcelID(id, 1), courier: "postman", tracking: "T-1")]))
        return id
    }

    func hear(_ status: Parcel.State, of id: OrderID) throws {
        advance(.minutes(1))
        try perform(
            RecordTracking(courier: "postman", tracking: "T-1", status: status, at: now, candidates: [id]))
    }

    /// An order whose stage waits for a person.
    func stopped(_ stage: Stage) throws {
        _ = try order("2 × TEE-M at 10.00 GBP", by: ChannelPolicy(stages: [stage]))
    }
}

/// Breaks a book while it decides.
private struct Contradict: Command {
    static let name = "contradict"
    func execute(in work: inout Work) throws -> Reply { throw BrokenInvariant("two and two are five") }
}

/// Every kind of exception, in each of its forms.
extension ExceptionScene {
    static let all: [ExceptionScene] = ofStock + ofMoney + ofStages + ofReturns + ofLateReturns + ofParcels
        + ofOldLabels + ofTheRest

    private static let ofStock: [ExceptionScene] = [
        .init(.short, "counted down below what is promised") { shop in
            _ = try shop.order("18 × TEE-M at 10.00 GBP")
            try shop.move(.countDown, 15, "TEE-M@LONDON")
            try shop.move(.countDown, 9, "TEE-M@YORK")
        },
        .init(.rejectedEverywhere, "its only location is closed") { shop in
            let id = try shop.order("2 × CAP at 10.00 GBP")
            try shop.perform(RejectFulfillment(fulfillment: FulfillmentID(id, 1), reason: .closed))
        },
        .init(.putBack, "cancelled when picked") { shop in
            let id = try shop.order("2 × TEE-M at 10.00 GBP")
            try shop.walk(id, to: .picking)
            try shop.perform(CancelOrder(order: id, reason: .customer))
        },
        .init(.transferShort, "it never came") { shop in
            let reply = try shop.perform(
                PlanTransfer(from: "LONDON", to: "YORK", lines: [SKUQuantity(sku: "TEE-M", quantity: 3)]))
            let id = try #require(TransferID(JSON.parse(reply.body)["id"]?.string ?? ""))
            try shop.perform(SendTransfer(transfer: id))
            try shop.perform(
                ReceiveTransfer(transfer: id, lines: [SKUQuantity(sku: "TEE-M", quantity: 1)], isShort: true))
        },
        .init(.excess, "more than announced") { shop in
            let reply = try shop.perform(
                ExpectInbound(
                    location: "LONDON", reference: "PO-7", due: shop.now + .days(3),
                    lines: [SKUQuantity(sku: "TEE-M", quantity: 3)]))
            let id = try #require(InboundID(JSON.parse(reply.body)["id"]?.string ?? ""))
            try shop.perform(ReceiveInbound(inbound: id, lines: [.init(sku: "TEE-M", quantity: 5)]))
        },
        .init(.inboundOverdue, "it has not come") { shop in
            try shop.perform(
                ExpectInbound(
                    location: "LONDON", reference: "PO-7", due: shop.now + .days(3),
                    lines: [SKUQuantity(sku: "TEE-M", quantity: 3)]))
            shop.advance(.days(4))
        },
    ]

    private static let ofMoney: [ExceptionScene] = [
        .init(.paymentFailed, "sent without cover") { shop in
            let id = try shop.order("2 × TEE-M at 10.00 GBP") { $0.payments = [] }
            try shop.walk(id, to: .shipped)
        },
        .init(.paymentFailed, "declined while pending") { shop in
            let id = try shop.paidByCard("2 × TEE-M at 10.00 GBP", isPending: true)
            try shop.perform(
                RecordPaymentOutcome(payment: PaymentID(id, 1), result: .declined, reason: "no funds"))
        },
        .init(.paymentFailed, "its capture is refused") { shop in
            try shop.walk(try shop.paidByCard("2 × TEE-M at 10.00 GBP"), to: .shipped)
        },
        .init(.paymentFailed, "its refund is refused") { shop in
            let id = try shop.paidByCard("2 × TEE-M at 10.00 GBP")
            try shop.walk(id, to: .delivered)
            try await shop.runDueJobs()
            try shop.perform(RefundPayment(order: id, amount: shop.pounds(700), payment: nil, reason: "late"))
        },
        .init(.paymentFailed, "shipping that no door asked for") { shop in
            let id = try shop.order("2 × TEE-M at 10.00 GBP, shipping 5.00") {
                $0.payments = [.init(provider: CashOnDelivery.provider, reference: "door", authorized: $0.total)]
            }
            try shop.walk(id, to: .picking)
            let box = PackFulfillment.Box(lines: [.init(line: OrderLineID(id, 1), quantity: 1)], weightGrams: 500)
            try shop.perform(PackFulfillment(fulfillment: FulfillmentID(id, 1), parcels: [box, box]))
            try shop.perform(ShipFulfillment(fulfillment: FulfillmentID(id, 1)))
            try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
            try shop.perform(DeliverParcel(parcel: ParcelID(id, 2)))
        },
        .init(.paymentFailed, "its void is refused") { shop in
            let id = try shop.paidByCard("2 × TEE-M at 10.00 GBP")
            try shop.perform(CancelOrder(order: id, reason: .customer))
        },
        .init(.authorizationExpired, "the card's time is up") { shop in
            _ = try shop.paidByCard("2 × TEE-M at 10.00 GBP", until: shop.now + .hours(5))
            shop.advance(.hours(6))
        },
        .init(.authorizationExpired, "a provider that is away when the card's time is up", isAdvice: true) { shop in
            try shop.walk(try shop.paidByCard("2 × TEE-M at 10.00 GBP", until: shop.now + .hours(5)), to: .shipped)
            try await shop.runDueJobs()
            shop.advance(.hours(5))
        },
        .init(.exchangeUnpaid, "its return was rejected") { shop in
            var policy = shop.slow()
            policy.returning.exchanges = .atOnce
            let id = try shop.order("2 × TEE-M at 10.00 GBP", by: policy)
            try shop.walk(id, to: .delivered)
            let request = RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: OrderLineID(id, 1), quantity: 1, reason: .unwanted)])
            let reply = try shop.perform(
                ExchangeOrder(request: request, lines: [.init(sku: "CAP", quantity: 1)]))
            let new = try #require(OrderID(JSON.parse(reply.body)["exchange"]?["id"]?.string ?? ""))
            try shop.walk(new, to: .delivered)
            try shop.perform(RejectReturn(id: ReturnID(id, 1), note: "worn"))
        },
    ]

    private static let ofStages: [ExceptionScene] = [
        .init(.stageFailed, "failed by hand") { shop in
            try shop.stopped("remorse")
            let found = try shop.waybill.readNow { try OrderSearch().page(after: nil, limit: 1, in: $0).ids }
            let id = try #require(found.first)
            try shop.perform(PassStage(order: id, stage: "remorse", hasPassed: false, note: "called us"))
        },
        .init(.stageReview, "a person must judge") { shop in
            var fraud: Stage = "fraud"
            let condition = try JSON.parse(#"{"field": "order.total", "at_least": 1000}"#)
            fraud.score = FraudScore(
                rules: [.init(points: 40, when: try Condition(stored: condition, in: Order.vocabulary))], reviewAt: 20,
                failAt: 70)
            try shop.stopped(fraud)
        },
        .init(.stageOverdue, "nobody has decided") { shop in
            var credit = Stage("credit")
            (credit.within, credit.timeOut) = (.hours(1), .exception)
            try shop.stopped(credit)
            shop.advance(.hours(2))
        },
        .init(.address, "a box for a courier") { shop in
            let courier = DeliveryService(
                code: "courier", domesticDays: 1, foreignDays: 3, domesticParcelCost: 100, foreignParcelCost: 200,
                costPerKilogram: 0, takesBoxes: false)
            _ = try shop.order(
                "1 × TEE-M at 10.00 GBP", by: ChannelPolicy(stages: ["address"], services: [courier])
            ) {
                let address = Address(
                    name: "Ada", lines: ["P.O. Box 12"], city: "Leeds", postcode: "LS1 4AP", country: "GB")
                $0.delivery = Order.Delivery(method: .ship, service: "courier", address: address, location: nil)
            }
        },
    ]

    private static let ofReturns: [ExceptionScene] = [
        .init(.returnUnanswered, "nobody has answered") { shop in
            _ = try shop.announced { $0.answerWithinDays = 3 }
            shop.advance(.days(4))
        },
        .init(.returnUnsettled, "nobody has judged it") { shop in
            let id = try shop.approved { $0.answerWithinDays = 3 }
            try shop.perform(
                ReceiveReturn(id: id, location: "LONDON", lines: [.init(line: OrderLineID(id.order, 1), quantity: 1)]))
            shop.advance(.days(4))
        },
        .init(.returnUnsettled, "nobody has paid it") { shop in
            let id = try shop.approved { $0.answerWithinDays = 3 }
            let line = ReceiveReturn.Line(line: OrderLineID(id.order, 1), quantity: 1, disposition: .restock)
            try shop.perform(ReceiveReturn(id: id, location: "LONDON", lines: [line]))
            shop.advance(.days(4))
        },
        .init(.returnOverdue, "sent and not come") { shop in
            let id = try shop.approved { $0.overdueDays = 20 }
            try shop.perform(SendReturn(id: id, courier: "post", tracking: "R-1"))
            shop.advance(.days(21))
        },
        .init(.returnUnreceived, "it has arrived") { shop in
            let id = try shop.approved { $0.receiveWithinDays = 3 }
            try shop.perform(SendReturn(id: id, courier: "postman", tracking: "T-1"))
            try shop.hear(.delivered, of: id.order)
            shop.advance(.days(4))
        },
        .init(.wrongItem, "something else came") { shop in
            let id = try shop.approved()
            try shop.perform(
                ReceiveReturn(
                    id: id, location: "LONDON", lines: [], found: [.init(sku: "CAP", quantity: 2, note: "worn")]))
        },
    ]

    private static func late(
        _ name: String, as state: Fulfillment.State, _ text: String = "2 × TEE-M at 10.00 GBP"
    ) -> ExceptionScene {
        .init(.workLate, name) { shop in
            let id = try shop.order(text)
            try shop.walk(id, to: state)
            shop.now = try shop.order(id).fulfillments[0].shipBy + .hours(2)
        }
    }

    private static let ofTheRest: [ExceptionScene] = [
        late("nobody has taken it on", as: .released), late("half picked", as: .picking),
        brought("not sent to the store", isSent: false), brought("never came to the store", isSent: true),
        late("packed by hand", as: .packed),
        .init(.workLate, "nobody has released it") { shop in
            let id = try shop.order("2 × TEE-M at 10.00 GBP", by: ChannelPolicy(stages: [], release: .manual))
            shop.now = try shop.order(id).fulfillments[0].shipBy + .hours(2)
        },
        .init(.backorderOverdue, "no supply is known") { shop in
            _ = try shop.order("2 × TEE-M at 10.00 GBP + 7 × CAP at 5.00 GBP")
            shop.advance(.days(15))
        },
        .init(.holdOverdue, "nobody has looked at it") { shop in
            let policy = ChannelPolicy(stages: [], release: .manual)
            let id = try shop.order("2 × TEE-M at 10.00 GBP", by: policy)
            try shop.perform(PlaceHold(order: id, reason: "manual", note: "call them", lines: []))
            shop.advance(.days(3))
        },
        late("packed for a customer", as: .packed, "2 × TEE-M at 10.00 GBP, store, pickup at YORK"),
        .init(.notCollected, "the channel leaves it to a person") { shop in
            var policy = ChannelPolicy(stages: [])
            policy.supply.uncollected = .ask
            let id = try shop.order("2 × TEE-M at 10.00 GBP, store, pickup at YORK", by: policy)
            try shop.walk(id, to: .ready)
            shop.advance(.days(8))
        },
        .init(.buriedJob, "a mail that nobody takes") { shop in
            var policy = ChannelPolicy(stages: [])
            policy.messages = MessagePolicy(kinds: [.received])
            _ = try shop.order("2 × TEE-M at 10.00 GBP", by: policy) { $0.customer.email = "nobody@example.com" }
        },
        .init(.connectorDown, "a provider that is away for a while") { shop in
            let id = try shop.paidByCard("2 × TEE-M at 10.00 GBP")
            try shop.walk(id, to: .shipped)
            for _ in 0..<30 {
                try await shop.runDueJobs()
                shop.advance(Seconds(10))
            }
        },
        .init(.brokenInvariant, "a command that contradicts itself") { shop in
            #expect(throws: (any Error).self) { try shop.perform(Contradict()) }
        },
    ]
}
