import OrderManagement
import TestSupport
import Testing

/// Every state of the work × every kind of amendment × every limit: possible up to the limit, refused beyond it, saying
/// until when it was possible.
@Suite("Until when orders may be amended")
struct AmendingPolicyTests {
    static let kinds = ["add", "remove", "lower", "raise", "swap", "address", "method"]
    static let states: [Fulfillment.State] = [
        .open, .released, .accepted, .picking, .packed, .ready, .shipped, .delivered, .collected,
    ]

    private func shop(_ policy: AmendingPolicy, at state: Fulfillment.State) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@YORK: 9", "CAP@YORK: 9", "HAT@YORK: 9")
        var channel = ChannelPolicy(stages: [], release: .manual)
        channel.amending = policy
        try shop.open("shop", policy: channel)
        let isPickup = state == .ready || state == .collected
        let id = try shop.place(
            "2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP" + (isPickup ? ", pickup at YORK" : ""), on: "shop")
        try shop.walk(id, to: state)
        return (shop, id)
    }

    private func change(_ kind: String, _ order: Order) -> (inout Amended) -> Void {
        {
            switch kind {
            case "add": $0.add = [(1, "HAT", 700)]
            case "remove": $0.quantities = [(2, 0)]
            case "lower": $0.quantities = [(1, 1)]
            case "raise": $0.quantities = [(1, 3)]
            case "swap": $0.swaps = [(1, 1, "HAT")]
            case "address":
                $0.rest = { request, _ in
                    request.delivery = .init(
                        method: .ship, service: "express", address: .example("Bob"), location: nil)
                }
            default:
                $0.rest = { request, _ in
                    request.delivery =
                        order.delivery.method == .ship
                        ? .init(method: .pickup, service: nil, address: nil, location: "YORK")
                        : .init(method: .ship, service: "standard", address: .example(), location: nil)
                }
            }
        }
    }

    private func policy(_ limit: AmendingPolicy.Limit) -> AmendingPolicy {
        var policy = AmendingPolicy()
        policy.addUntil = limit
        policy.removeUntil = limit
        policy.quantityUntil = limit
        policy.swapUntil = limit
        policy.addressUntil = limit
        policy.methodUntil = limit
        return policy
    }

    /// What ends that which is possible up to a state.
    private static func end(_ limit: AmendingPolicy.Limit, _ isPickup: Bool) -> String {
        switch limit {
        case .never: "never"
        case .open: "they were released"
        case .released: "they were accepted"
        case .accepted: "their picking began"
        case .picking: "they were packed"
        case .packed: isPickup ? "they were ready to collect" : "they left"
        case .ready: isPickup ? "they were collected" : "they left"
        }
    }

    @Test("Every kind in every state, under every limit", arguments: AmendingPolicy.Limit.allCases)
    func table(limit: AmendingPolicy.Limit) throws {
        let order: [AmendingPolicy.Limit] = [.never, .open, .released, .accepted, .picking, .packed, .ready]
        let reach = try #require(order.firstIndex(of: limit))
        for state in Self.states {
            let place = order.firstIndex { $0.rawValue == state.rawValue }
            for kind in Self.kinds where kind != "address" || state != .ready && state != .collected {
                let (shop, id) = try shop(policy(limit), at: state)
                let change = change(kind, try shop.order(id))
                let name = "\(kind) when \(state.rawValue), until \(limit.rawValue)"
                if let place, place <= reach {
                    do { try shop.amend(id, change) } catch { Issue.record("\(name): \(error)") }
                    #expect(try shop.order(id).revision == 2, "\(name)")
                } else {
                    let over = OrderStatus(of: try shop.order(id)).overall != .open
                    let code: Refusal.Code = over ? .illegalTransition : .tooLateToAmend
                    let refusal = try expectRefusal(
                        code, of: AmendOrder(order: id, request: shop.request(id, change)), in: shop)
                    let isPickup = state == .ready || state == .collected
                    let text = limit == .never ? "not offered" : "was possible until \(Self.end(limit, isPickup))"
                    #expect(over || refusal?.explanation.contains(text) == true, "\(name): \(refusal as Any)")
                }
                try shop.expectClean()
            }
        }
    }

    @Test("A refusal says what its units are doing, and until when it was possible, in one sentence that reads so")
    func sentence() throws {
        for (limit, state, text) in [
            (
                AmendingPolicy.Limit.accepted, Fulfillment.State.picking,
                "its units have been in picking at YORK since 2026-03-02T10:00:00Z (F): adding was possible until "
                    + "their picking began"
            ),
            (
                .packed, .shipped,
                "its units left YORK at 2026-03-02T10:00:00Z (F): adding was possible until they left"
            ),
            (
                .released, .accepted,
                "its units were accepted by YORK at 2026-03-02T10:00:00Z (F): adding was possible until they were "
                    + "accepted"
            ),
        ] {
            let (shop, id) = try shop(policy(limit), at: state)
            let request = shop.request(id, change("add", try shop.order(id)))
            let refusal = try expectRefusal(.tooLateToAmend, of: AmendOrder(order: id, request: request), in: shop)
            let words = refusal?.details.first?.detail.replacing("\(id.fulfillment(1))", with: "F")
            #expect(words == text)
        }
    }

    @Test("Picked goods are put back, and the location is told; or they stay, where the channel says so")
    func picked() throws {
        for state: Fulfillment.State in [.picking, .packed] {
            let (shop, id) = try shop(policy(.ready), at: state)
            let done = try shop.amend(id) { $0.quantities = [(1, 1)] }
            #expect(done.at("put_backs.0.lines.0.quantity")?.integer == 1)
            #expect(done.at("put_backs.0.task")?.string == "put_back")
            let order = try shop.order(id)
            #expect(order.fulfillments[0].state == .picking)
            #expect(order.fulfillments[0].note == "Put back 1 × TEE-M: the order was amended. Check the rest.")
            #expect(try shop.openExceptions().map(\.kind) == [.putBack])
            var careful = policy(.ready)
            careful.picked = .refuse
            let (other, same) = try self.shop(careful, at: state)
            for kind in Self.kinds where !["add", "raise", "address"].contains(kind) {
                let change = change(kind, try other.order(same))
                try expectRefusal(
                    .tooLateToAmend, of: AmendOrder(order: same, request: other.request(same, change)), in: other)
            }
            try other.amend(same, change("add", try other.order(same)))
            try other.expectClean()
            try shop.walk(id, to: .delivered)
            try shop.expectClean()
        }
    }

    @Test("Goods that lie beside a job that is over are their location's to put back")
    func wholeJob() throws {
        let (shop, id) = try shop(policy(.ready), at: .packed)
        try shop.amend(id, change("method", try shop.order(id)))
        #expect(try shop.order(id).fulfillments.map(\.state) == [.cancelled, .open])
        #expect(try shop.openExceptions().map(\.kind.rawValue) == ["put_back"])
        #expect(try shop.openExceptions().first?.location == "YORK")
        try shop.expectClean()
    }

    @Test("Units whose work has not begun go first")
    func cheapestFirst() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2", "TEE-M@LEEDS: 2")
        let id = try shop.place("4 × TEE-M at 10.00 GBP, store")
        try shop.perform(AcceptFulfillment(fulfillment: id.fulfillment(1)))
        try shop.perform(PickFulfillment(fulfillment: id.fulfillment(1)))
        try shop.amend(id) { $0.quantities = [(1, 2)] }
        #expect(try shop.order(id).fulfillments.map(\.state) == [.picking, .cancelled])
        #expect(try shop.order(id).fulfillments[0].note == nil)
        try shop.expectClean()
    }

    @Test("Each refused entry is named, with what is left of it")
    func perEntry() throws {
        let (shop, id) = try shop(policy(.packed), at: .shipped)
        let request = shop.request(id) {
            $0.quantities = [(1, 1)]
            $0.swaps = [(2, 1, "HAT")]
            $0.add = [(1, "HAT", 700)]
        }
        let refusal = try expectRefusal(
            .tooLateToAmend, at: "/quantities/0/quantity", of: AmendOrder(order: id, request: request), in: shop)
        #expect(refusal?.details.map(\.pointer) == ["/quantities/0/quantity", "/swap/0/quantity", "/add/0"])
        #expect(refusal?.explanation.contains("left YORK at 2026-03-02T10:00:00Z") == true)
        let shown = try shop.preview(id) {
            $0.quantities = [(1, 1)]
            $0.rest = { request, _ in request.customer = Customer(name: "Bob") }
        }
        #expect(shown.at("refusals.0.code")?.string == "too_late_to_amend")
        #expect(shown.at("changes.customer.after.name")?.string == "Bob")
        try shop.expectClean()
    }

    @Test("Nothing may be left over: who wants nothing more cancels")
    func nothingLeft() throws {
        let (shop, id) = try shop(policy(.packed), at: .open)
        let request = shop.request(id) { $0.quantities = [(1, 0), (2, 0)] }
        let refusal = try expectRefusal(
            .illegalTransition, at: "/quantities", of: AmendOrder(order: id, request: request), in: shop)
        #expect(refusal?.explanation.contains("cancel it instead") == true)
    }
}
