import OrderManagement
import TestSupport
import Testing

@Suite("Transfers between locations")
struct TransferTests {
    private func shop() throws -> TestSystem { try TestSystem(stock: "TEE-M@LONDON: 10", "CAP@LONDON: 4") }

    @Test("A plan holds nothing; sent units are under way, and arrive available where somebody waits for them")
    func whole() async throws {
        let shop = try shop()
        let id = try shop.plan("LONDON", "YORK", ["TEE-M": 6])
        #expect(try shop.stock("TEE-M@LONDON") == "available 10")
        try shop.perform(SendTransfer(transfer: id))
        #expect(try shop.stock("TEE-M@LONDON") == "available 4")
        #expect(try shop.stock("TEE-M@YORK") == "in_transit 6")
        try shop.expectClean()
        let waiting = try shop.place("5 × TEE-M at 10.00 GBP, store, pickup at YORK")
        #expect(try shop.order(waiting).lines[0].backordered == 5)
        try shop.perform(ReceiveTransfer(transfer: id))
        try await shop.runDueJobs()
        #expect(try shop.stock("TEE-M@YORK") == "available 1, allocated 5")
        #expect(try shop.transfer(id).state == .arrived)
        let told = try shop.told()
        #expect(told.filter { $0.hasPrefix("transfer.") } == ["transfer.planned", "transfer.sent", "transfer.arrived"])
        try shop.expectClean()
    }

    @Test("It arrives in parts; when nothing more comes the rest is lost, and a person hears of it")
    func short() throws {
        let shop = try shop()
        let id = try shop.plan("LONDON", "YORK", ["TEE-M": 6, "CAP": 2])
        try shop.perform(SendTransfer(transfer: id))
        try shop.perform(ReceiveTransfer(transfer: id, lines: [.init(sku: "TEE-M", quantity: 2)]))
        #expect(try shop.transfer(id).state == .sent)
        #expect(try shop.told().last == "transfer.partially_arrived")
        #expect(try shop.stock("TEE-M@YORK") == "available 2, in_transit 4")
        try shop.expectClean()
        try shop.perform(ReceiveTransfer(transfer: id, lines: [.init(sku: "TEE-M", quantity: 3)], isShort: true))
        #expect(try shop.transfer(id).state == .short)
        #expect(try shop.stock("TEE-M@YORK") == "available 5")
        #expect(try shop.stock("CAP@YORK") == "nothing")
        #expect(try shop.openExceptions().map(\.kind) == [.transferShort])
        #expect(try shop.told().suffix(2) == ["transfer.short", "exception.opened"])
        try shop.expectClean()
    }

    @Test("What was planned and is not sent is given up")
    func partSent() throws {
        let shop = try shop()
        let id = try shop.plan("LONDON", "YORK", ["TEE-M": 6, "CAP": 2])
        try shop.perform(SendTransfer(transfer: id, lines: [.init(sku: "TEE-M", quantity: 5)]))
        try shop.perform(ReceiveTransfer(transfer: id))
        #expect(try shop.stock("TEE-M@YORK") == "available 5")
        #expect(try shop.stock("CAP@LONDON") == "available 4")
        #expect(try shop.transfer(id).state == .arrived)
        try shop.expectClean()
    }

    @Test("More than is available beyond the safety stock is not sent, and nothing of it")
    func insufficient() throws {
        let shop = try shop()
        let id = try shop.plan("LONDON", "YORK", ["CAP": 1, "TEE-M": 8])
        try shop.perform(SetSafetyStock(entries: [.init(sku: "TEE-M", location: "LONDON", units: 3)]))
        let refusal = try expectRefusal(
            .insufficientStock, at: "/lines/1/quantity", of: SendTransfer(transfer: id), in: shop)
        #expect(refusal?.explanation == "TEE-M at LONDON: asked 8, available 7")
        try shop.expectClean()
    }

    /// How a transfer comes into each state, and what may be done with it there.
    private static let moves = TextTable(
        """
        state     | send               | receive            | cancel
        planned   | sent               | illegal_transition | cancelled
        sent      | illegal_transition | arrived            | illegal_transition
        arrived   | illegal_transition | illegal_transition | illegal_transition
        short     | illegal_transition | illegal_transition | illegal_transition
        cancelled | illegal_transition | illegal_transition | illegal_transition
        """)

    @Test("Every move in every state is made or refused", arguments: moves.rows)
    func lifecycle(row: TextTable.Row) throws {
        for move in ["send", "receive", "cancel"] {
            let shop = try shop()
            let id = try shop.plan("LONDON", "YORK", ["TEE-M": 6])
            try bring(id, to: row["state"], in: shop)
            let command: any Command = switch move {
            case "send": SendTransfer(transfer: id)
            case "receive": ReceiveTransfer(transfer: id)
            default: CancelTransfer(transfer: id)
            }
            if let code = Refusal.Code(rawValue: row[move]) {
                try expectRefusal(code, of: command, in: shop)
            } else {
                try shop.perform(command)
                #expect(try shop.transfer(id).state.rawValue == row[move])
                #expect(try shop.told().last == "transfer.\(row[move])")
            }
            try shop.expectClean()
        }
    }

    private func bring(_ id: TransferID, to state: String, in shop: TestSystem) throws {
        if state == "cancelled" { return _ = try shop.perform(CancelTransfer(transfer: id)) }
        if state == "planned" { return }
        try shop.perform(SendTransfer(transfer: id))
        if state == "arrived" { try shop.perform(ReceiveTransfer(transfer: id)) }
        if state == "short" { try shop.perform(ReceiveTransfer(transfer: id, lines: [], isShort: true)) }
    }

    @Test("Each wrong place of a plan is named")
    func wrongPlans() throws {
        let shop = try shop()
        func plan(_ from: String, _ to: String, _ lines: [SKUQuantity]) -> PlanTransfer {
            PlanTransfer(from: from, to: to, lines: lines)
        }
        let one = [SKUQuantity(sku: "TEE-M", quantity: 1)]
        try expectRefusal(.unknownLocation, at: "/from", of: plan("MARS", "YORK", one), in: shop)
        try expectRefusal(.unknownLocation, at: "/to", of: plan("LONDON", "MARS", one), in: shop)
        try expectRefusal(.invalidInput, at: "/to", of: plan("LONDON", "LONDON", one), in: shop)
        try expectRefusal(.invalidInput, at: "/lines/1/sku", of: plan("LONDON", "YORK", one + one), in: shop)
        let unknown = [SKUQuantity(sku: "NONE", quantity: 1)]
        try expectRefusal(.unknownSKU, at: "/lines/0/sku", of: plan("LONDON", "YORK", unknown), in: shop)
    }

    @Test("Steps name what is in the transfer, no more than is to come, and something")
    func wrongSteps() throws {
        let shop = try shop()
        let id = try shop.plan("LONDON", "YORK", ["TEE-M": 6])
        func lines(_ sku: String, _ units: Int64) -> [SKUQuantity] { [.init(sku: sku, quantity: units)] }
        try expectRefusal(
            .unknownSKU, at: "/lines/0/sku", of: SendTransfer(transfer: id, lines: lines("CAP", 1)), in: shop)
        try expectRefusal(
            .quantityExceeded, at: "/lines/0/quantity", of: SendTransfer(transfer: id, lines: lines("TEE-M", 7)),
            in: shop)
        try expectRefusal(.unitsUncovered, of: SendTransfer(transfer: id, lines: []), in: shop)
        try shop.perform(SendTransfer(transfer: id))
        try expectRefusal(
            .quantityExceeded, at: "/lines/0/quantity", of: ReceiveTransfer(transfer: id, lines: lines("TEE-M", 7)),
            in: shop)
        try expectRefusal(.unitsUncovered, of: ReceiveTransfer(transfer: id, lines: []), in: shop)
        try expectRefusal(.notFound, of: SendTransfer(transfer: TransferID(1)), in: shop)
    }

    @Test("Sent and cancelled at once: one of them happens, and the other is told")
    func race() async throws {
        let shop = try shop()
        for _ in 0..<20 {
            let id = try shop.plan("LONDON", "YORK", ["CAP": 1])
            async let sent = outcome(of: SendTransfer(transfer: id), in: shop)
            async let cancelled = outcome(of: CancelTransfer(transfer: id), in: shop)
            let outcomes = try await [sent, cancelled]
            #expect(outcomes.sorted() == ["accepted", "illegal_transition"])
            if outcomes[0] == "accepted" { try shop.perform(ReceiveTransfer(transfer: id)) }
            try shop.receive("CAP@LONDON: 1")
        }
        try shop.expectClean()
    }

    /// `accepted`, or the code of the refusal.
    private func outcome(of command: any Command, in shop: TestSystem) async throws -> String {
        do {
            _ = try await shop.waybill.perform(command, as: .system)
            return "accepted"
        } catch let refusal as Refusal {
            return refusal.code.rawValue
        }
    }

    @Test("Each end does its own part: the sender sends and cancels, the receiver receives, others see nothing")
    func ends() throws {
        let shop = try shop()
        let id = try shop.plan("LONDON", "YORK", ["TEE-M": 6])
        func clerk(_ place: String) -> Principal { Principal(name: place, scopes: [.stockWrite], locations: [place]) }
        for place in ["YORK", "LEEDS"] {
            try expectRefusal(.notFound, of: SendTransfer(transfer: id), in: shop, as: clerk(place))
            try expectRefusal(.notFound, of: CancelTransfer(transfer: id), in: shop, as: clerk(place))
        }
        try shop.perform(SendTransfer(transfer: id), as: clerk("LONDON"))
        try expectRefusal(.notFound, of: ReceiveTransfer(transfer: id), in: shop, as: clerk("LONDON"))
        try shop.perform(ReceiveTransfer(transfer: id), as: clerk("YORK"))
        let reader = Principal(name: "reader", scopes: [.stockRead])
        let plan = PlanTransfer(from: "LONDON", to: "YORK", lines: [.init(sku: "TEE-M", quantity: 1)])
        try expectRefusal(.forbidden, of: plan, in: shop, as: reader)
        try expectRefusal(.unknownLocation, at: "/from", of: plan, in: shop, as: clerk("YORK"))
    }
}

extension TestSystem {
    /// Plans a transfer of units by SKU, in the order of the SKUs.
    func plan(_ from: String, _ to: String, _ units: [String: Int64]) throws -> TransferID {
        let lines = units.keys.sorted().map { SKUQuantity(sku: $0, quantity: units[$0] ?? 0) }
        let reply = try perform(PlanTransfer(from: from, to: to, lines: lines))
        return try #require(TransferID(JSON.parse(reply.body)["id"]?.string ?? ""))
    }

    func transfer(_ id: TransferID) throws -> Transfer {
        try #require(try waybill.readNow { try TransferStore.transfer(id, in: $0) })
    }

    /// The transfers for an order's pickup.
    func transfers(for order: OrderID) throws -> [Transfer] {
        try waybill.readNow {
            try TransferStore.page(.init(order: order), after: TransferID(0), limit: 100, in: $0)
        }
    }

    /// The types of all events, in their order.
    func told() throws -> [String] {
        try waybill.readNow { try EventLog.page(after: 0, types: [], limit: 10_000, in: $0).events }.map(\.type)
    }

    @Test("That nothing more comes, said alone, loses what has not come")
    func nothingMore() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let plan = PlanTransfer(from: "LONDON", to: "YORK", lines: [.init(sku: "TEE-M", quantity: 3)])
        let name = try #require(try JSON.parse(try shop.perform(plan).body)["id"]?.string)
        let id = try #require(TransferID(name))
        try shop.perform(SendTransfer(transfer: id))
        try shop.perform(ReceiveTransfer(transfer: id, lines: [.init(sku: "TEE-M", quantity: 2)]))
        try shop.perform(ReceiveTransfer(transfer: id, isShort: true))
        #expect(try shop.stock("TEE-M@YORK") == "available 2")
        #expect(try shop.openExceptions().map(\.kind) == [.transferShort])
        try shop.expectClean()
    }
}
