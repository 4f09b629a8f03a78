import TestSupport
import Testing

@testable import OrderManagement

@Suite("What may be done with an order now")
struct OrderPermissionsTests {
    /// An order in some state, made afresh each time.
    struct Situation: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        let prepare: @Sendable (TestSystem, OrderID) throws -> Void

        init(_ name: String, _ text: String, _ prepare: @escaping @Sendable (TestSystem, OrderID) throws -> Void) {
            self.testDescription = name
            self.text = text
            self.prepare = prepare
        }
    }

    private static let ship = "2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store"
    private static let pickup = "2 × TEE-M at 10.00 GBP, store, pickup at YORK"

    static let situations: [Situation] =
        [Fulfillment.State.open, .released, .accepted, .picking, .packed, .shipped, .delivered].map { state in
            Situation("shipping: \(state.rawValue)", ship) { try $0.walk($1, to: state) }
        }
        + [Fulfillment.State.packed, .ready, .collected].map { state in
            Situation("pickup: \(state.rawValue)", pickup) { try $0.walk($1, to: state) }
        }
        + [
            Situation("in its remorse period", "2 × TEE-M at 10.00 GBP") { _, _ in },
            Situation("unpaid", "2 × TEE-M at 10.00 GBP, unpaid") { _, _ in },
            Situation("backordered", "9 × HAT at 10.00 GBP, store") { _, _ in },
            Situation("failed a stage", "2 × TEE-M at 10.00 GBP") {
                try $0.perform(PassStage(order: $1, stage: "remorse", hasPassed: false, note: nil))
            },
            Situation("cancelled", ship) { try $0.perform(CancelOrder(order: $1, reason: .customer)) },
            Situation("held", ship) { try $0.perform(PlaceHold(order: $1, reason: "fraud", note: nil, lines: [])) },
            Situation("held when packed", ship) {
                try $0.walk($1, to: .packed)
                try $0.perform(PlaceHold(order: $1, reason: "fraud", note: nil, lines: [$1.line(1)]))
            },
            Situation("held when ready", pickup) {
                try $0.walk($1, to: .ready)
                try $0.perform(PlaceHold(order: $1, reason: "fraud", note: nil, lines: []))
            },
            Situation("captured by hand", ship) {
                try $0.perform(CapturePayment(order: $1, amount: gbp(2500), reason: "deposit"))
            },
            Situation("sent on a provider's word", ship + ", paid by card") { try $0.walk($1, to: .shipped) },
            Situation("amendment open", ship) { _ = try $0.stage($1) { $0.quantities = [(1, 1)] } },
            Situation("amendment stale", ship) {
                _ = try $0.stage($1) { $0.quantities = [(1, 1)] }
                try $0.perform(NoteOrder(order: $1, text: "meanwhile"))
            },
            Situation("too late by policy", "2 × TEE-M at 10.00 GBP, named late") { try $0.walk($1, to: .accepted) },
            Situation("return requested", ship) { try request($0, $1) },
            Situation("return approved", ship) {
                try request($0, $1)
                try $0.perform(ApproveReturn(id: $1.entry(1)))
            },
            Situation("return received", ship) {
                try $0.deliver($1)
                try $0.perform(
                    RequestReturn(
                        order: $1, method: .inStore, location: "YORK",
                        lines: [.init(line: $1.line(1), quantity: 1, reason: .unwanted)]))
            },
            Situation("return inspected", ship) {
                try $0.deliver($1)
                try $0.takeBack([1: 2], of: $1)
            },
            Situation("waiting for a transfer", "7 × TEE-M at 10.00 GBP, pickup at YORK, named brought") { _, _ in },
            Situation("label taken off", "2 × TEE-M at 10.00 GBP, named labelled") {
                try $0.walk($1, to: .packed)
                try $0.perform(VoidLabel(parcel: ParcelID($1, 1)))
            },
            Situation("labelled", "2 × TEE-M at 10.00 GBP, named labelled") { try $0.walk($1, to: .packed) },
            Situation("return settled", ship) {
                try $0.deliver($1)
                try $0.perform(SettleReturn(id: try $0.takeBack([1: 2, 2: 1], of: $1), refund: .source))
            },
        ]

    private static func request(_ shop: TestSystem, _ id: OrderID) throws {
        try shop.deliver(id)
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: 1, reason: .unwanted)]))
    }

    private func shop(_ situation: Situation) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5", "CAP@YORK: 5")
        try shop.perform(SaveItems(items: [.plain("HAT"), .plain("MUG")]))
        try shop.open("late", policy: ChannelPolicy(stages: [], cancellableUntil: "released"))
        try shop.open("slow", policy: ChannelPolicy(stages: [], release: .manual))
        var channel: String?
        if situation.text.hasSuffix("named late") { channel = "late" }
        if situation.testDescription.hasSuffix(": open") { channel = "slow" }
        if situation.text.hasSuffix("named brought") {
            try shop.receive("TEE-M@LONDON: 2")
            try shop.open("click", policy: ChannelPolicy(stages: [], supply: SupplyPolicy(pickupByTransfer: true)))
            channel = "click"
        }
        try shop.perform(SaveCouriers(couriers: [.vans]))
        if situation.text.hasSuffix("named labelled") {
            var policy = ChannelPolicy(stages: [])
            policy.shipping.labels = .automatic
            try shop.open("labelled", policy: policy)
            channel = "labelled"
        }
        let id = try shop.place(situation.text, on: channel)
        try situation.prepare(shop, id)
        return (shop, id)
    }

    private func permissions(_ shop: TestSystem, _ id: OrderID) throws -> [OrderPermission] {
        let order = try shop.order(id)
        let channel = try shop.waybill.readNow { try Configuration.load(in: $0).channel(order.channel) }
        return order.permissions(channel, at: shop.now)
    }

    @Test("Every call that is said to be allowed is accepted; every other is refused", arguments: situations)
    func agree(situation: Situation) throws {
        let (shop, id) = try shop(situation)
        for permission in try permissions(shop, id) {
            let parts = permission.path.split(separator: "/").map(String.init)
            let command = try #require(
                try command(parts, shop.order(id), permission.action), "\(permission.path) leads nowhere")
            if permission.isAllowed {
                let (other, same) = try self.shop(situation)
                let twin = try #require(try self.command(parts, other.order(same), permission.action))
                do {
                    try other.perform(twin)
                } catch {
                    Issue.record("\(permission.path) was said to be allowed: \(error)")
                }
            } else {
                #expect(permission.reason != nil)
                #expect(throws: Refusal.self, "\(permission.path): \(permission.reason ?? "")") {
                    try shop.perform(command)
                }
            }
        }
    }

    /// The command of a call, with a body as a person would send it; the order's id in the path may be that of another.
    private func command(_ path: [String], _ order: Order, _ action: String) throws -> (any Command)? {
        switch path[1] {
        case "orders" where path[3] == "amendments" && path.count == 6:
            CommitAmendment(amendment: AmendmentID(order.id, try #require(AmendmentID(path[4])).number))
        case "orders" where path[3] == "amendments" && path.count == 5:
            DropAmendment(amendment: AmendmentID(order.id, try #require(AmendmentID(path[4])).number))
        case "orders" where path[3] == "amendments": AmendOrder(order: order.id, request: amendment(action, order))
        case "orders": try onOrder(Array(path.dropFirst(3)), order)
        case "fulfillments" where action == "shipments_by_hand":
            ShipFulfillment(
                fulfillment: try #require(FulfillmentID(path[2])),
                parcels: order.parcels.map { .init(parcel: ParcelID(order.id, $0.number), courier: "vans") })
        case "fulfillments": onFulfillment(path[3], try #require(FulfillmentID(path[2])).number, order)
        case "parcels" where path[3] == "labels": BuyLabel(parcel: try #require(ParcelID(path[2])))
        case "parcels" where path[3] == "voidings": VoidLabel(parcel: try #require(ParcelID(path[2])))
        case "parcels" where path[3] == "reshipments": ReshipParcel(parcel: try #require(ParcelID(path[2])))
        case "parcels" where path[3] == "deliveries": DeliverParcel(parcel: try #require(ParcelID(path[2])))
        case "parcels" where path[3] == "restorations":
            RestoreLabel(parcel: try #require(ParcelID(path[2])), label: order.parcels[0].labels.count)
        case "parcels": ClaimParcel(parcel: try #require(ParcelID(path[2])), resolution: .none)
        case "returns": onReturn(path[3], try #require(ReturnID(path[2])).number, order)
        default: nil
        }
    }

    /// A change as somebody would ask for it, of a kind.
    private func amendment(_ action: String, _ order: Order) -> AmendmentRequest {
        var request = AmendmentRequest()
        let line = order.lines.first { $0.open > 0 } ?? order.lines[0]
        switch action {
        case "amendments/add": request.add = [.init(sku: "TEE-M", quantity: 1, unitPrice: gbp(100))]
        case "amendments/quantity": request.quantities = [.init(line: order.id.line(1), quantity: line.wanted + 1)]
        case "amendments/remove": request.quantities = [.init(line: order.id.line(line.number), quantity: 0)]
        case "amendments/swap": request.swaps = [.init(line: order.id.line(line.number), sku: "MUG", quantity: 1)]
        case "amendments/price":
            request.pricing = .current
            let one = AmendmentRequest.Price(unitPrice: gbp(1))
            request.quantities = [.init(line: order.id.line(line.number), quantity: line.wanted, price: one)]
        case "amendments/shipping": request.shipping = gbp(123)
        case "amendments/address":
            request.delivery = .init(method: .ship, service: "express", address: .example("Bob"), location: nil)
        case "amendments/method":
            request.delivery =
                order.delivery.method == .ship
                ? .init(method: .pickup, service: nil, address: nil, location: "YORK")
                : .init(method: .ship, service: "standard", address: .example(), location: nil)
        default: request.customer = Customer(name: "Bob Example")
        }
        return request
    }

    private func onOrder(_ path: [String], _ order: Order) throws -> (any Command)? {
        let id = order.id
        switch path[0] {
        case "cancellations": return CancelOrder(order: id, reason: .customer)
        case "holds" where path.count == 1: return PlaceHold(order: id, reason: "manual", note: nil, lines: [])
        case "holds": return LiftHold(hold: HoldID(id, try #require(HoldID(path[1])).number))
        case "stages": return PassStage(order: id, stage: path[1], hasPassed: true, note: nil)
        case "sourcings": return SourceOrder(order: id)
        case "payments" where path.count == 3:
            let payment = try #require(PaymentID(path[1]))
            return path[2] == "retries" ? AskPaymentAgain(payment: payment) : LetPaymentGo(payment: payment)
        case "payments":
            return AddPayment(order: id, payment: .init(provider: "manual", reference: "p", authorized: gbp(1)))
        case "captures": return CapturePayment(order: id, amount: gbp(1), reason: "test")
        case "refunds": return RefundPayment(order: id, amount: gbp(1), payment: nil, reason: "test")
        case "goodwill": return GiveGoodwill(order: id, amount: gbp(1), reason: "test", to: .source)
        case "write-offs": return WriteOffDebt(order: id, reason: "test")
        case "customer-links": return RenewCustomerLink(order: id)
        case "notes": return NoteOrder(order: id, text: "test")
        case "returns", "exchanges":
            let line = order.lines.first { $0.shipped > $0.returned + order.announced($0.number) } ?? order.lines[0]
            let request = RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(line.number), quantity: 1, reason: .other)])
            return path[0] == "returns" ? request : ExchangeOrder(request: request, lines: [.of("TEE-M")])
        default: return nil
        }
    }

    private func onFulfillment(_ noun: String, _ number: Int, _ order: Order) -> (any Command)? {
        let id = order.id.fulfillment(number)
        let part = order.fulfillments.first { $0.number == number }
        let units = Dictionary(uniqueKeysWithValues: (part?.lines ?? []).map { ($0.line, $0.quantity) })
        switch noun {
        case "releases": return ReleaseFulfillment(fulfillment: id)
        case "acceptances": return AcceptFulfillment(fulfillment: id)
        case "rejections": return RejectFulfillment(fulfillment: id, reason: .other)
        case "picks": return PickFulfillment(fulfillment: id)
        case "packings": return PackFulfillment(fulfillment: id, parcels: [order.id.box(units)])
        case "unpackings": return UnpackFulfillment(fulfillment: id)
        case "shipments": return ShipFulfillment(fulfillment: id)
        case "readiness": return MakeFulfillmentReady(fulfillment: id)
        case "collections": return CollectFulfillment(fulfillment: id, collectedBy: "Ada")
        case "deliveries": return DeliverFulfillment(fulfillment: id)
        case "expirations": return GiveUpCollection(fulfillment: id)
        case "extensions":
            return ExtendCollection(fulfillment: id, until: (part?.collectBy ?? .earliest) + .days(1))
        case "cancellations": return CancelFulfillment(fulfillment: id)
        default: return nil
        }
    }
    private func onReturn(_ noun: String, _ number: Int, _ order: Order) -> (any Command)? {
        let id = order.id.entry(number)
        let line = order.id.line(1)
        switch noun {
        case "approvals": return ApproveReturn(id: id)
        case "rejections": return RejectReturn(id: id, note: nil)
        case "sendings": return SendReturn(id: id)
        case "labels": return LabelReturn(id: id, courier: "vans", tracking: "RT-1")
        case "receipts":
            return ReceiveReturn(
                id: id, location: "YORK", lines: [.init(line: line, quantity: 1)], isMoreThanAnnounced: true)
        case "inspections":
            return InspectReturn(id: id, lines: [.init(line: line, quantity: 1, disposition: .restock)])
        case "settlements": return SettleReturn(id: id, refund: .source)
        case "reopenings": return ReopenReturn(id: id)
        default: return nil
        }
    }

    @Test("What the key has no scope for is not allowed to its bearer, with the scope as the reason")
    func limited() throws {
        let (shop, id) = try shop(Self.situations[0])
        let clerk = Principal(name: "key_1", scopes: [.ordersRead, .fulfillmentsWrite])
        for permission in try permissions(shop, id) {
            let limited = permission.limited(to: clerk)
            let isOfWork = permission.path.hasPrefix("/v1/fulfillments/")
            #expect(limited.isAllowed == (permission.isAllowed && isOfWork), "\(permission.path)")
            if permission.isAllowed && !isOfWork { #expect(limited.reason?.contains(":write") == true) }
        }
    }

    @Test("A labelled parcel may be amended where it is stopped for that, and not once its courier has it: as is said")
    func intercepted() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.perform(SaveCouriers(couriers: [.vans]))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        policy.amending.labelled = .intercept
        policy.amending.methodUntil = .packed
        try shop.open("shop", policy: policy)
        let channel = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.channels["shop"])
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        func isAllowed(_ action: String) throws -> Bool? {
            let all = try shop.order(id).permissions(channel, at: shop.now)
            return all.first { $0.action == "amendments/\(action)" }?.isAllowed
        }
        var lowered = AmendmentRequest()
        lowered.quantities = [.init(line: id.line(1), quantity: 1)]
        #expect(try isAllowed("quantity") == true && isAllowed("swap") == true && isAllowed("method") == true)
        #expect(try isAllowed("add") == false && isAllowed("address") == true)
        let tracking = try #require(try shop.order(id).parcels[0].tracking)
        try shop.perform(
            RecordTracking(courier: "vans", tracking: tracking, status: .delivered, at: shop.now, candidates: [id]))
        #expect(try isAllowed("quantity") == false && isAllowed("swap") == false && isAllowed("method") == false)
        #expect(try isAllowed("address") == false)
        try expectRefusal(.tooLateToAmend, of: AmendOrder(order: id, request: lowered), in: shop)
        let shown = try #require(try shop.openExceptions().first)
        try shop.perform(ResolveException(exception: shown.id, resolution: "It stands here."))
        #expect(try isAllowed("quantity") == true)
        try shop.perform(AmendOrder(order: id, request: lowered))
        try shop.perform(CommitAmendment(amendment: AmendmentID(id, 1)))
        try shop.expectClean()
    }

    @Test("Until when units can be cancelled is said where time decides it")
    func untilWhen() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("quick", policy: ChannelPolicy(stages: ["remorse"], cancellableUntil: "open"))
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "quick")
        let quick = try permissions(shop, id).first { $0.action == "cancellations" }
        #expect(quick?.until == shop.now + .minutes(30))
        let slow = try permissions(shop, try shop.place("1 × TEE-M at 10.00 GBP"))
        let asked = slow.first { $0.action == "cancellations" }
        #expect(asked?.until == nil && asked?.untilState == "packed")
    }

    @Test("Until when is said of amendments too, and of goods that wait for their customer; not of what people release")
    func untilWhenAmended() throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 9")
        var policy = ChannelPolicy(stages: ["remorse"], cancellableUntil: "ready", pickupDays: 7)
        (policy.amending.addUntil, policy.amending.swapUntil) = (.open, .never)
        try shop.open("desk", policy: policy)
        let id = try shop.place("1 × TEE-M at 10.00 GBP, pickup at YORK", on: "desk")
        func found(_ action: String, of id: OrderID) throws -> OrderPermission? {
            try permissions(shop, id).first { $0.action == action }
        }
        #expect(try found("amendments/add", of: id)?.until == shop.now + .minutes(30))
        #expect(try found("amendments/add", of: id)?.untilState == "open")
        #expect(try found("amendments/swap", of: id)?.untilState == "never")
        #expect(try found("amendments/quantity", of: id)?.until == nil)
        #expect(try found("amendments/quantity", of: id)?.untilState == "packed")
        try shop.walk(id, to: .ready)
        #expect(try found("cancellations", of: id)?.until == shop.now + .days(7))
        #expect(try found("amendments/add", of: id)?.until == nil, "it is over")
        policy = ChannelPolicy(stages: ["remorse"], release: .manual, cancellableUntil: "open")
        try shop.open("slow", policy: policy)
        let slow = try shop.place("1 × TEE-M at 10.00 GBP", on: "slow")
        #expect(try found("cancellations", of: slow)?.until == nil, "somebody releases it")
        policy.release = .automatic
        try shop.open("held", policy: policy)
        let held = try shop.place("1 × TEE-M at 10.00 GBP", on: "held")
        #expect(try found("cancellations", of: held)?.until == shop.now + .minutes(30))
        try shop.perform(PlaceHold(order: held, reason: "fraud", note: nil, lines: []))
        #expect(try found("cancellations", of: held)?.until == nil, "somebody lifts it")
    }

    @Test("A parcel is not collected and a pickup not shipped: neither is offered, nor said to be impossible now")
    func methods() throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5")
        let sent = try permissions(shop, try shop.place("1 × TEE-M at 10.00 GBP, store")).map(\.action)
        let kept = try permissions(shop, try shop.place("1 × TEE-M at 10.00 GBP, store, pickup at YORK")).map(\.action)
        #expect(sent.contains("shipments") && !sent.contains("collections") && !sent.contains("readiness"))
        #expect(kept.contains("collections") && !kept.contains("shipments") && !kept.contains("deliveries"))
    }

    @Test("More may come of a return that is here: until it is inspected, receipts are allowed")
    func receipts() throws {
        for (name, isAllowed) in [("return received", true), ("return inspected", false)] {
            let situation = try #require(Self.situations.first { $0.testDescription == name })
            let (shop, id) = try shop(situation)
            let found = try permissions(shop, id).first { $0.action == "receipts" }
            #expect(found?.isAllowed == isAllowed, "\(name)")
        }
    }

    @Test("Callers without the scope are refused by every command, whatever the order allows")
    func scopes() throws {
        let (shop, id) = try shop(Self.situations[0])
        let nobody = Principal(name: "key_1", scopes: [.ordersRead, .fulfillmentsRead, .eventsRead])
        for permission in try permissions(shop, id) {
            let parts = permission.path.split(separator: "/").map(String.init)
            let command = try #require(try command(parts, shop.order(id), permission.action))
            try expectRefusal(.forbidden, of: command, in: shop, as: nobody)
        }
    }

    @Test("Callers of one location do not find orders of another")
    func locations() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
        let clerk = Principal(name: "usr_1", scopes: [.admin], locations: ["YORK"])
        let commands: [any Command] = [
            AcceptFulfillment(fulfillment: id.fulfillment(1)), CancelOrder(order: id, reason: .other),
            NoteOrder(order: id, text: "?"), PlaceHold(order: id, reason: "manual", note: nil, lines: []),
        ]
        for command in commands { try expectRefusal(.notFound, of: command, in: shop, as: clerk) }
    }
}
