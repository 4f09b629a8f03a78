import OrderManagement
import TestSupport
import Testing

@Suite("Amending")
struct AmendOrderTests {
    private func shop(_ text: String = "2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store") throws -> (
        TestSystem, OrderID
    ) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "CAP@LONDON: 9", "HAT@LONDON: 9")
        return (shop, try shop.place(text))
    }

    // MARK: Two steps

    @Test("A preview keeps nothing and changes nothing")
    func preview() throws {
        let (shop, id) = try shop()
        let before = try shop.books()
        let shown = try shop.preview(id) { $0.quantities = [(1, 5)] }
        #expect(try shop.books() == before)
        #expect(shown["status"]?.string == "preview")
        #expect(shown.at("changes.lines.0.before")?.integer == 2)
        #expect(shown.at("changes.lines.0.after")?.integer == 5)
        #expect(shown.at("money.due_before.amount")?.integer == 2500)
        #expect(shown.at("money.due_after.amount")?.integer == 5500)
        #expect(shown.at("money.authorization_needed.amount")?.integer == 3000)
        #expect(shown.at("promises.0.location")?.string == "LONDON")
        #expect(shown["refusals"]?.array?.isEmpty == true)
        #expect(try shop.order(id).amendments.isEmpty)
        try shop.expectClean()
    }

    @Test("What is staged waits for its commitment, and stock waits with it")
    func staged() throws {
        let (shop, id) = try shop()
        let amendment = try shop.stage(id) { $0.quantities = [(1, 5)] }
        #expect(try shop.stock("TEE-M@LONDON") == "available 7, allocated 2")
        #expect(try shop.order(id).openAmendment?.number == 1)
        try shop.expectClean()
        try shop.perform(CommitAmendment(amendment: amendment))
        let order = try shop.order(id)
        #expect(try shop.stock("TEE-M@LONDON") == "available 4, allocated 5")
        #expect(order.lines[0].ordered == 5 && order.lines[0].allocated == 5)
        #expect(order.total == 5500 && order.due == 5500)
        #expect(order.revision == 2 && order.openAmendment == nil)
        #expect(try shop.events(id).contains("order.amended"))
        #expect(try shop.events(id).contains("amendment.staged"))
        try shop.expectClean()
    }

    @Test("Dropped, it is as if nothing had been asked")
    func dropped() throws {
        let (shop, id) = try shop()
        let amendment = try shop.stage(id) { $0.quantities = [(1, 0)] }
        try shop.perform(DropAmendment(amendment: amendment))
        #expect(try shop.order(id).lines.map(\.wanted) == [2, 1])
        #expect(try shop.order(id).revision == 1)
        #expect(try shop.events(id).contains("amendment.dropped"))
        try expectRefusal(.illegalTransition, of: CommitAmendment(amendment: amendment), in: shop)
        try shop.expectClean()
    }

    @Test("One is open at a time, until the order leaves it behind")
    func oneOpen() throws {
        let (shop, id) = try shop()
        let first = try shop.stage(id) { $0.quantities = [(1, 1)] }
        let second = AmendOrder(order: id, request: shop.request(id) { $0.quantities = [(2, 3)] })
        let refusal = try expectRefusal(.amendmentOpen, of: second, in: shop)
        #expect(refusal?.explanation.contains("2026-03-02T11:00:00Z") == true)
        try shop.perform(NoteOrder(order: id, text: "called again"))
        try expectRefusal(.staleVersion, of: CommitAmendment(amendment: first), in: shop)
        try shop.perform(second)
        #expect(try shop.order(id).amendments.map(\.state) == [.dropped, .open])
        try shop.expectClean()
    }

    @Test("It expires by itself: before its time it can be committed, at its time no more")
    func expiry() async throws {
        for (wait, isAllowed) in [(Seconds(3_599), true), (Seconds(3_600), false), (Seconds(3_601), false)] {
            let (shop, id) = try shop()
            let amendment = try shop.stage(id) { $0.quantities = [(1, 1)] }
            shop.advance(wait)
            if isAllowed {
                try shop.perform(CommitAmendment(amendment: amendment))
                shop.advance(.hours(1))
            } else {
                try expectRefusal(.illegalTransition, of: CommitAmendment(amendment: amendment), in: shop)
            }
            try await shop.runDueJobs()
            #expect(try shop.order(id).amendments.map(\.state) == [isAllowed ? .committed : .expired])
            #expect(try shop.events(id).contains("amendment.expired") == !isAllowed)
            try shop.expectClean()
        }
    }

    @Test("A second one makes way of one that has expired, before its job came")
    func expiredInTheWay() throws {
        let (shop, id) = try shop()
        _ = try shop.stage(id) { $0.quantities = [(1, 1)] }
        shop.advance(.hours(1))
        try shop.amend(id) { $0.quantities = [(2, 2)] }
        #expect(try shop.order(id).amendments.map(\.state) == [.expired, .committed])
        try shop.expectClean()
    }

    @Test("Every action on an amendment in every state moves it, or is refused with its state", arguments: [
        Amendment.State.open, .committed, .dropped, .expired,
    ])
    func pairs(state: Amendment.State) async throws {
        for action in Amendment.State.Action.allCases {
            let (shop, id) = try shop()
            let amendment = try shop.stage(id) { $0.quantities = [(1, 1)] }
            switch state {
            case .open: break
            case .committed: try shop.perform(CommitAmendment(amendment: amendment))
            case .dropped: try shop.perform(DropAmendment(amendment: amendment))
            case .expired:
                shop.advance(.hours(2))
                try await shop.runDueJobs()
            }
            let command: any Command
            switch action {
            case .commit: command = CommitAmendment(amendment: amendment)
            case .drop: command = DropAmendment(amendment: amendment)
            case .expire: continue  // a job's, which leaves alone what is closed
            }
            if let next = state.exits[action] {
                try shop.perform(command)
                #expect(try shop.order(id).amendments[0].state == next)
            } else {
                let refusal = try expectRefusal(.illegalTransition, of: command, in: shop)
                #expect(refusal?.explanation.contains(state.rawValue) == true)
            }
            try shop.expectClean()
        }
    }

    @Test("Amendments of other orders, or that never were, are not found")
    func missing() throws {
        let (shop, id) = try shop()
        for command: any Command in [
            CommitAmendment(amendment: AmendmentID(id, 1)), DropAmendment(amendment: AmendmentID(id, 1)),
        ] { try expectRefusal(.notFound, of: command, in: shop) }
    }

    // MARK: Units and money

    @Test("Fewer units: they go back at once, their money is let go, ordered and total stay")
    func fewer() throws {
        let (shop, id) = try shop()
        let done = try shop.amend(id) { $0.quantities = [(1, 1)] }
        let order = try shop.order(id)
        #expect(try shop.stock("TEE-M@LONDON") == "available 8, allocated 1")
        #expect(order.lines[0].ordered == 2 && order.lines[0].cancelled == 1)
        #expect(order.total == 2500 && order.due == 1500 && order.voided == 1000)
        #expect(done.at("money.voided.amount")?.integer == 1000)
        try shop.walk(id, to: .delivered)
        #expect(try shop.order(id).captured == 1500)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("Units that are given up serve those who wait for them")
    func served() async throws {
        let (shop, id) = try shop("9 × TEE-M at 10.00 GBP, store")
        let waiting = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.amend(id) { $0.quantities = [(1, 7)] }
        try await shop.runDueJobs()
        #expect(try shop.order(waiting).lines[0].allocated == 2)
        try shop.expectClean()
    }

    @Test("More units join work that was not begun; the location is told")
    func joining() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.amend(id) {
            $0.quantities = [(1, 3)]
            $0.add = [(1, "CAP", 500)]
            $0.rest = { request, _ in
                request.payment = .init(provider: "card", reference: "more", authorized: gbp(1500))
            }
        }
        let order = try shop.order(id)
        #expect(order.fulfillments.count == 1)
        #expect(order.fulfillments[0].lines.map(\.quantity) == [3, 1])
        #expect(order.fulfillments[0].note?.contains("1 × TEE-M, 1 × CAP") == true)
        #expect(order.authorized == 3500 && order.due == 3500)
        try shop.walk(id, to: .delivered)
        try shop.expectClean()
    }

    @Test("More units than what is begun are work of their own")
    func besides() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .picking)
        try shop.amend(id) { $0.quantities = [(1, 3)] }
        #expect(try shop.order(id).fulfillments.map(\.units) == [2, 1])
        try shop.walk(id, to: .delivered)
        try shop.expectClean()
    }

    @Test("An order that grows beyond its payments waits for more before anything more is handed out")
    func waits() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP")
        try shop.walk(id, to: .released)
        try shop.amend(id) { $0.add = [(1, "CAP", 500)] }
        #expect(try shop.order(id).stage == "payment")
        #expect(try shop.events(id).contains("stage.reopened"))
        #expect(try shop.order(id).fulfillments.map(\.state) == [.released, .open])
        try shop.expectClean()
        try shop.perform(
            AddPayment(order: id, payment: .init(provider: "manual", reference: "more", authorized: gbp(500))))
        #expect(try shop.order(id).stage == nil)
        #expect(try shop.order(id).fulfillments.map(\.state) == [.released, .released])
        try shop.expectClean()
    }

    @Test("Added, then removed before it was paid: no money moves that was never taken")
    func addedThenRemoved() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.amend(id) { $0.add = [(1, "CAP", 500)] }
        try shop.amend(id) { $0.quantities = [(2, 0)] }
        let order = try shop.order(id)
        #expect(order.total == 2500 && order.due == 2000)
        #expect(order.effects.isEmpty && order.refunded == 0)
        try shop.expectClean()
    }

    @Test("What was captured for units that are given up is refunded")
    func refunded() throws {
        let (shop, id) = try shop()
        try shop.perform(CapturePayment(order: id, amount: gbp(2500), reason: "deposit"))
        let done = try shop.amend(id) { $0.quantities = [(1, 1)] }
        #expect(done.at("money.refunded.amount")?.integer == 1000)
        #expect(try shop.order(id).refunded == 1000)
        try shop.expectClean()
    }

    @Test("What nobody has is backordered, as at placing")
    func backordered() throws {
        let (shop, id) = try shop()
        let done = try shop.amend(id) { $0.quantities = [(1, 12)] }
        #expect(done["backordered"]?.integer == 3)
        #expect(try shop.order(id).lines[0].backordered == 3)
        try shop.expectClean()
    }

    @Test("Where the channel refuses backorders, each entry that lacks stock is refused, and the preview goes on")
    func refusing() throws {
        let (shop, _) = try shop()
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        let id = try shop.place("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP", on: "strict")
        let change: (inout Amended) -> Void = {
            $0.quantities = [(1, 100), (2, 3)]
            $0.add = [(50, "HAT", 700)]
        }
        let refusal = try expectRefusal(
            .insufficientStock, at: "/quantities/0/quantity",
            of: AmendOrder(order: id, request: shop.request(id, change)), in: shop)
        #expect(refusal?.details.map(\.pointer) == ["/quantities/0/quantity", "/add/0/quantity"])
        let shown = try shop.preview(id, change)
        #expect(shown["refusals"]?.array?.count == 2)
        #expect(shown.at("changes.lines")?.array?.count == 1)
        try shop.expectClean()
    }

    @Test("Units that were there at the preview and are gone since make the commitment fail, not the promise")
    func gone() throws {
        let (shop, id) = try shop()
        let amendment = try shop.stage(id) { $0.quantities = [(1, 5)] }
        try shop.place("6 × TEE-M at 10.00 GBP, store")
        try expectRefusal(.insufficientStock, of: CommitAmendment(amendment: amendment), in: shop)
        try shop.expectClean()
    }
}
