import OrderManagement
import TestSupport
import Testing

@Suite("Exchanges")
struct ExchangeTests {
    /// Three TEE-M at 10.01, sent and taken: 30.03; TEE-L is on the shelf.
    private func shop(
        _ shipping: ReturningPolicy.Shipping = .onReceipt, stages: [String] = [],
        _ change: (inout ChannelPolicy) -> Void = { _ in }
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-L@LONDON: 5", "COAT@LONDON: 5")
        try shop.exchanging(shipping, stages: stages, change)
        let id = try shop.place("3 × TEE-M at 10.01 GBP", on: "shop")
        try shop.deliver(id)
        return (shop, id)
    }

    @Test("Another size: the new order holds stock at once, waits for the return, and is paid by it to the penny")
    func otherSize() throws {
        let (shop, id) = try shop()
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        var order = try shop.order(new)
        #expect(try shop.stock("TEE-L@LONDON") == "available 4, allocated 1")
        #expect(order.isOnHold && order.total == 1001 && order.advanced == 1001 && order.covered == 0)
        #expect(order.origin?.order == id && order.origin?.entry == 1)
        let entry = try shop.order(id).returns[0]
        #expect(entry.terms.successor?.order == new && entry.state == .approved)
        #expect(try shop.events(id).contains("exchange.requested"))
        try shop.receive(id.entry(1))
        order = try shop.order(new)
        #expect(!order.isOnHold && order.covered == 1001 && order.captured == 1001 && order.origin?.state == .paid)
        #expect(order.payments.map(\.reference) == ["pay-1"])
        #expect(order.fulfillments[0].state == .released)
        #expect(try shop.order(id).returns[0].state == .settled && shop.order(id).refunded == 1001)
        #expect(try shop.events(new).contains("exchange.paid"))
        try shop.deliver(new)
        #expect(try OrderStatus(of: shop.order(new)).overall == .completed)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("A preview comes with the version of the order that stands")
    func versionOfPreview() throws {
        let (shop, id) = try shop()
        let wish = id.exchange(for: [.of("TEE-L")])
        let looked = try shop.perform(ExchangeOrder(request: wish.request, lines: wish.lines, isPreview: true))
        #expect(try looked.status == 200 && looked.version == shop.order(id).version)
    }

    @Test("Both views name each other")
    func views() throws {
        let (shop, id) = try shop()
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        let (old, other) = (try JSON.parse(shop.order(id).view), try JSON.parse(shop.order(new).view))
        #expect(other["exchange"]?["order"]?.string == id.description)
        #expect(other["exchange"]?["return"]?.string == id.entry(1).description)
        #expect(other["exchange"]?["order_number"]?.string == old["number"]?.string)
        #expect(old["returns"]?.array?.first?["exchange"]?["order"]?.string == new.description)
        #expect(old["returns"]?.array?.first?["exchange"]?["order_number"]?.string == other["number"]?.string)
    }

    @Test("Sent at once: the new order leaves before the return comes, and is paid by it afterwards")
    func atOnce() throws {
        let (shop, id) = try shop(.atOnce, stages: ["payment"])
        let new = try shop.exchange(id, 2, for: [.of("TEE-L", 2)])
        try shop.deliver(new)
        #expect(try shop.openExceptions().isEmpty)
        #expect(try shop.order(new).captured == 0 && OrderStatus(of: shop.order(new)).overall == .open)
        try shop.receive(id.entry(1), 2)
        #expect(try shop.order(new).captured == 2002 && OrderStatus(of: shop.order(new)).overall == .completed)
        try shop.expectClean()
    }

    @Test("Dearer goods: the difference is paid with the exchange, or the order waits at its payment stage for it")
    func dearer() throws {
        let (shop, id) = try shop(.atOnce, stages: ["payment"])
        let paid = try shop.exchange(id, for: [.of("COAT", at: 5000)], payments: [.card(3999)])
        #expect(try shop.order(paid).stage == nil)
        let waiting = try shop.exchange(id, for: [.of("COAT", at: 5000)])
        #expect(try shop.order(waiting).stage == "payment")
        #expect(try shop.order(waiting).due - shop.order(waiting).secured == 3999)
        try shop.perform(AddPayment(order: waiting, payment: .card(3999)))
        #expect(try shop.order(waiting).stage == nil)
        try shop.deliver(paid)
        try shop.receive(id.entry(1))
        try shop.receive(id.entry(2))
        for new in [paid, waiting] { #expect(try shop.order(new).covered == 5000) }
        #expect(try shop.order(paid).captured == 5000)
        try shop.expectClean()
    }

    @Test("Cheaper goods: the rest goes back to where it came from, or to store credit, as policy says")
    func cheaper() throws {
        for place in ReturningPolicy.RefundTo.allCases {
            let (shop, id) = try shop { $0.returning.refundTo = place }
            let new = try shop.exchange(id, for: [.of("TEE-L", at: 400)])
            try shop.receive(id.entry(1))
            let old = try shop.order(id)
            #expect(try shop.order(new).captured == 400 && old.refunded == 1001)
            #expect(old.effects.filter { $0.kind == .refund }.map(\.amount) == [400, 601])
            #expect(old.effects.last?.paidTo == (place == .storeCredit ? "store_credit" : nil))
            try shop.expectClean()
        }
    }

    @Test("Net prices with taxes, discounts and order discounts: an even exchange costs what the units were worth")
    func taxes() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "TEE-L@LONDON: 9")
        try shop.exchanging()
        let id = try shop.place("3 × TEE-M at 9.99 GBP", on: "shop") { order in
            order.lines = [
                .init(sku: "TEE-M", quantity: 3, unitPrice: gbp(999), discount: gbp(100), tax: gbp(577))
            ]
            order.discounts = [.init(code: "ten", amount: gbp(77))]
            order.total = gbp(3 * 999 - 100 + 577 - 77)
            order.payments = [.card(3397, "pay-1")]
        }
        try shop.deliver(id)
        var sum: Int64 = 0
        for number in 1...3 {
            let new = try shop.exchange(id, for: [.of("TEE-L")])
            try shop.receive(id.entry(number))
            #expect(try shop.order(new).captured == shop.order(new).total)
            sum += try shop.order(new).total
        }
        #expect(sum == 3397)
        #expect(try shop.order(id).refunded == 3397)
        try shop.expectClean()
    }

    @Test("What is exchanged over a counter is paid in the same commit; the new goods are collected at once")
    func counter() throws {
        let (shop, id) = try shop(.onReceipt)
        try shop.receive("TEE-L@YORK: 1")
        var command = id.exchange(for: [.of("TEE-L")], method: .inStore, disposition: .restock)
        command = ExchangeOrder(
            request: command.request, lines: command.lines,
            delivery: Order.Delivery(method: .pickup, service: nil, address: nil, location: "YORK"))
        let view = try JSON.parse(shop.perform(command).body)
        let new = try #require(view["exchange"]?["id"]?.string.flatMap { OrderID($0) })
        #expect(view["return"]?["status"]?.string == "settled")
        #expect(try shop.order(new).captured == 1001 && !shop.order(new).isOnHold)
        try shop.walk(new, to: .collected)
        #expect(try OrderStatus(of: shop.order(new)).overall == .completed)
        #expect(try shop.stock("TEE-M@YORK") == "available 1")
        try shop.expectClean()
    }

    @Test("A return that is never sent lets the held order go, with its stock")
    func expired() async throws {
        let (shop, id) = try shop()
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        shop.advance(.days(31))
        try await shop.runDueJobs()
        #expect(try OrderStatus(of: shop.order(new)).overall == .cancelled)
        #expect(try shop.stock("TEE-L@LONDON") == "available 5")
        #expect(try shop.events(new).contains("exchange.dropped"))
        #expect(try shop.order(id).returns[0].terms.successor?.state == .dropped)
        try shop.expectClean()
    }

    @Test("A rejected return lets the held order go; one that was sent already is a person's to see to")
    func rejected() throws {
        for shipping in [ReturningPolicy.Shipping.onReceipt, .atOnce] {
            let (shop, id) = try shop(shipping) { $0.returning.approvesItself = false }
            let new = try shop.exchange(id, for: [.of("TEE-L")])
            if shipping == .atOnce { try shop.deliver(new) }
            try shop.perform(RejectReturn(id: id.entry(1), note: "worn"))
            guard shipping == .atOnce else {
                #expect(try OrderStatus(of: shop.order(new)).overall == .cancelled)
                continue
            }
            let open = try #require(try shop.openExceptions().first)
            #expect(open.kind == .exchangeUnpaid)
            let offered = open.actions(about: try shop.order(new))
            #expect(offered == [.addPayment(new, gbp(1001)), .writeOff(new, gbp(1001))])
            try shop.perform(AddPayment(order: new, payment: .card(1001)))
            #expect(try shop.openExceptions().isEmpty)
            #expect(try OrderStatus(of: shop.order(new)).overall == .completed)
            try shop.expectClean()
        }
    }

    @Test("A return that comes back short pays what came; the order is held for the rest until it is paid")
    func short() throws {
        let (shop, id) = try shop()
        let new = try shop.exchange(id, 2, for: [.of("TEE-L", 2)])
        try shop.receive(id.entry(1), 1, isComplete: true)
        var order = try shop.order(new)
        #expect(order.captured == 1001 && order.due == 2002 && order.isOnHold)
        #expect(try shop.openExceptions().map(\.kind) == [.exchangeUnpaid])
        // Neither side calls it paid while more is owed; what the return brought stays what it was.
        #expect(try shop.order(id).returns[0].terms.successor?.state == .short)
        func shown() throws -> String? { try JSON.parse(try shop.order(new).view).at("exchange.status")?.string }
        #expect(try shown() == "short")
        try shop.perform(CancelOrder(order: new, lines: new.units([1: 1]), reason: .customer))
        #expect(try shown() == "paid")
        order = try shop.order(new)
        #expect(!order.isOnHold && order.due == 1001 && order.fulfillments[0].state == .released)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("A new order that is cancelled leaves an ordinary return, which is refunded whole")
    func cancelledNew() throws {
        let (shop, id) = try shop()
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        try shop.perform(CancelOrder(order: new, reason: .customer))
        try shop.receive(id.entry(1))
        #expect(try shop.order(new).captured == 0 && shop.order(id).refunded == 1001)
        #expect(try shop.order(id).effects.last?.paidTo == nil)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What the return has paid goes back to where the money came from, when the new order is cancelled after it")
    func cancelledPaid() async throws {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 5", "TEE-L@LONDON: 5", providers: [TestProvider("card")])
        try shop.exchanging { $0.release = .manual }
        let id = try shop.place("1 × TEE-M at 10.00 GBP, paid by card", on: "shop")
        try shop.deliver(id)
        try await shop.runDueJobs()
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        try shop.receive(id.entry(1))
        #expect(try shop.order(new).payments.map(\.provider) == ["card"])
        #expect(try shop.order(new).captured == 1000)
        try shop.perform(CancelOrder(order: new, reason: .customer))
        try await shop.runDueJobs()
        let order = try shop.order(new)
        #expect(order.refunded == 1000 && order.effects.last?.providerReference?.hasPrefix("pay_") == true)
        try shop.expectClean()
    }

    @Test("Exchanged goods are returned, or exchanged once more, from the new order")
    func again() throws {
        let (shop, id) = try shop()
        let first = try shop.exchange(id, for: [.of("TEE-L")])
        try shop.receive(id.entry(1))
        try shop.deliver(first)
        let second = try shop.exchange(first, for: [.of("TEE-M")])
        try shop.perform(
            ReceiveReturn(
                id: first.entry(1), location: "LONDON",
                lines: [.init(line: first.line(1), quantity: 1, disposition: .restock)]))
        #expect(try shop.order(second).captured == 1001)
        try shop.deliver(second)
        let entry = try shop.takeBack([1: 1], of: second)
        try shop.perform(SettleReturn(agreed: entry))
        #expect(try shop.order(second).refunded == 1001)
        try shop.expectClean()
    }

    @Test("The new order is amended and sourced again as any other; what it costs more is owed beside the return")
    func amended() throws {
        let (shop, id) = try shop(.atOnce, stages: ["payment"]) { $0.release = .manual }
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        try shop.receive("TEE-L@LEEDS: 3")
        try shop.perform(SourceOrder(order: new))
        try shop.amend(new) { $0.add = [(1, "COAT", 2000)] }
        #expect(try shop.order(new).stage == "payment")
        try shop.perform(AddPayment(order: new, payment: .card(2000)))
        try shop.receive(id.entry(1))
        #expect(try shop.order(new).covered == 3001 && shop.order(new).stage == nil)
        try shop.deliver(new)
        #expect(try shop.order(new).captured == 3001)
        try shop.expectClean()
    }

    @Test("Fees of a return are waived for an exchange, unless policy says otherwise")
    func fees() throws {
        for bears in [false, true] {
            let (shop, id) = try shop {
                $0.returning.feeFixed = 300
                $0.returning.exchangeBearsFees = bears
                $0.returning.freeReasons = []
            }
            let new = try shop.exchange(id, for: [.of("TEE-L")])
            try shop.receive(id.entry(1))
            #expect(try shop.order(new).captured == (bears ? 701 : 1001))
            #expect(try shop.openExceptions().count == (bears ? 1 : 0))
            try shop.expectClean()
        }
    }

    @Test("Store credit that paid for the old goods pays for the new ones")
    func storeCredit() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-L@LONDON: 5")
        try shop.exchanging()
        try shop.perform(
            BookStoreCredit(customer: "ada@example.com", kind: .issue, amount: gbp(1000), reason: "gift"))
        let id = try shop.place("1 × TEE-M at 10.00 GBP, paid by store_credit", on: "shop")
        try shop.deliver(id)
        let new = try shop.exchange(id, for: [.of("TEE-L", at: 700)])
        try shop.receive(id.entry(1))
        #expect(try shop.order(new).payments.map(\.provider) == ["store_credit"])
        #expect(try shop.order(new).captured == 700)
        try shop.expectClean()
    }

    @Test("What is sold in advance is exchanged for within the channel's limit")
    func preorderLimit() throws {
        let (shop, id) = try shop { $0.supply.preorderLimit = 1 }
        try shop.perform(SaveItems(items: [.plain("NEW")]))
        try shop.date(.days(10))
        try shop.place("1 × NEW at 10.01 GBP", on: "shop")
        try expectRefusal(.insufficientStock, of: id.exchange(for: [.of("NEW")]), in: shop)
        try shop.expectClean()
    }
}

@Suite("Exchanges that are refused")
struct ExchangeRefusalTests {
    private func shop(_ change: (inout ChannelPolicy) -> Void = { _ in }) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-L@LONDON: 5")
        try shop.exchanging {
            $0.shortfall = .refuse
            change(&$0)
        }
        let id = try shop.place("2 × TEE-M at 10.00 GBP + 1 × TEE-L at 5.00 GBP", on: "shop")
        try shop.deliver(id)
        return (shop, id)
    }

    @Test("Each wrong place is named, and nothing has changed")
    func refusals() throws {
        let (shop, id) = try shop()
        func refused(_ code: Refusal.Code, at pointer: String?, _ command: ExchangeOrder) throws {
            try expectRefusal(code, at: pointer, of: command, in: shop)
        }
        try refused(.quantityExceeded, at: "/return/lines/0/quantity", id.exchange(3, for: [.of("TEE-L")]))
        try refused(.unknownSKU, at: "/lines/0/sku", id.exchange(for: [.of("HAT")]))
        try refused(.insufficientStock, at: "/lines/0/quantity", id.exchange(for: [.of("TEE-L", 9, at: 100)]))
        try refused(.quantityExceeded, at: "/lines/0/quantity", id.exchange(for: [.of("TEE-L", 2)]))
        try refused(
            .unknownLine, at: "/lines/0/replaces",
            id.exchange(for: [.init(sku: "TEE-L", quantity: 1, replaces: id.line(2))]))
        try refused(
            .currencyMismatch, at: "/payments/0/authorized/currency",
            id.exchange(
                for: [.of("TEE-L")],
                payments: [
                    .init(provider: "manual", reference: "x", authorized: Money(1, try #require(Currency("EUR"))))
                ]))
        let both = ExchangeOrder(
            request: RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [1, 2].map { .init(line: id.line($0), quantity: 1, reason: .unwanted) }),
            lines: [.of("COAT")])
        try refused(.priceMissing, at: "/lines/0/unit_price", both)
        try shop.exchanging(.none)
        try refused(.exchangeNotOffered, at: nil, id.exchange(for: [.of("TEE-L")]))
        try shop.expectClean()
    }

    @Test("Who may not place orders exchanges nothing")
    func scopes() throws {
        let (shop, id) = try shop()
        let clerk = Principal(name: "clerk", scopes: [.returnsWrite])
        try expectRefusal(.forbidden, of: id.exchange(for: [.of("TEE-L")]), in: shop, as: clerk)
    }

    @Test("A preview tells the money and changes nothing")
    func preview() throws {
        let (shop, id) = try shop()
        let before = try shop.books()
        let asked = id.exchange(for: [.of("TEE-L", at: 1500)])
        let reply = try shop.perform(ExchangeOrder(request: asked.request, lines: asked.lines, isPreview: true))
        let view = try JSON.parse(reply.body)
        #expect(reply.status == 200 && view["credit"]?["amount"]?.integer == 1000)
        #expect(view["difference"]?["amount"]?.integer == 500)
        // The order is shown as it stands: what is not done has no version.
        #expect(try reply.version == shop.order(id).version && reply.body.hasSuffix(shop.order(id).view + "}"))
        #expect(try shop.books() == before)
    }

    @Test("Where policy fixes where refunds go, a settlement sends them nowhere else")
    func fixedRefund() throws {
        let (shop, id) = try shop {
            $0.returning.refundTo = .storeCredit
            $0.returning.isRefundFixed = true
        }
        let entry = try shop.takeBack([1: 1], of: id)
        try expectRefusal(.reasonNotAllowed, at: "/refund", of: SettleReturn(id: entry, refund: .source), in: shop)
        try shop.perform(SettleReturn(agreed: entry))
        #expect(try shop.order(id).effects.last?.paidTo == "store_credit")
        try shop.expectClean()
    }
}
