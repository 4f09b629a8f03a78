import OrderManagement
import TestSupport
import Testing

@Suite("Kits")
struct KitTests {
    /// `SET` is one MUG and two TEA.
    private func shop(_ stock: String...) throws -> TestSystem {
        let shop = try TestSystem()
        try shop.perform(SaveItems(items: [.plain("MUG"), .plain("TEA"), .set]))
        for text in stock { try shop.receive(text) }
        return shop
    }

    private func line(_ id: OrderID, _ shop: TestSystem, _ number: Int = 1) throws -> OrderLine {
        try #require(try shop.order(id).line(number))
    }

    // MARK: Stock

    @Test("A kit is sold as one line; its parts leave the shelves of one location, and come back to them")
    func life() throws {
        let shop = try shop("MUG@LONDON: 5", "TEA@LONDON: 5", "MUG@LEEDS: 9")
        let id = try shop.place("2 × SET at 10.00 GBP, store")
        #expect(try line(id, shop).allocated == 2)
        #expect(try shop.order(id).fulfillments.map(\.location) == ["LONDON"])
        #expect(try shop.stock("MUG@LONDON") == "available 3, allocated 2")
        #expect(try shop.stock("TEA@LONDON") == "available 1, allocated 4")
        #expect(try shop.stock("SET@LONDON") == "nothing")
        try shop.expectClean()
        try shop.deliver(id)
        #expect(try shop.stock("MUG@LONDON") == "available 3")
        #expect(try shop.stock("TEA@LONDON") == "available 1")
        #expect(try shop.order(id).captured == 2000)
        try shop.takeBack([1: 1], of: id)
        #expect(try line(id, shop).returned == 1)
        #expect(try shop.stock("MUG@YORK") == "available 1")
        #expect(try shop.stock("TEA@YORK") == "available 2")
        try shop.takeBack([1: 1], of: id, as: .writeOff)
        #expect(try shop.stock("TEA@YORK") == "available 2")
        try shop.expectClean()
    }

    @Test("Parts that lie at different locations make no kit")
    func apart() throws {
        let shop = try shop("MUG@LONDON: 5", "TEA@LEEDS: 5")
        let id = try shop.place("1 × SET at 10.00 GBP, store")
        #expect(try line(id, shop).backordered == 1)
        #expect(try shop.stock("MUG@LONDON") == "available 5")
        try shop.expectClean()
    }

    @Test("Kits and their parts in one order are promised no unit twice, and what one leaves is found elsewhere")
    func shared() throws {
        let shop = try shop("MUG@LONDON: 1", "TEA@LONDON: 2", "MUG@LEEDS: 1")
        let id = try shop.place("1 × SET at 10.00 GBP + 1 × MUG at 4.00 GBP, store")
        #expect(try shop.order(id).lines.map(\.allocated) == [1, 1])
        #expect(try shop.stock("MUG@LONDON") == "allocated 1" && shop.stock("MUG@LEEDS") == "allocated 1")
        try shop.expectClean()
        let more = try shop.place("2 × SET at 10.00 GBP + 1 × TEA at 1.00 GBP, store")
        #expect(try shop.order(more).lines.map(\.backordered) == [2, 1])
        try shop.expectClean()
    }

    @Test("A kit that a location may not send takes none of its parts from the line that wants them by themselves")
    func notThere() throws {
        let shop = try TestSystem()
        var set = Item.set
        set.requirements = 1
        try shop.perform(SaveItems(items: [.plain("MUG"), .plain("TEA"), set]))
        for text in ["MUG@LONDON: 1", "TEA@LONDON: 2"] { try shop.receive(text) }
        let id = try shop.place("1 × SET at 10.00 GBP + 1 × MUG at 4.00 GBP, store")
        let allocated = try shop.order(id).lines.map(\.allocated)
        #expect(allocated == [0, 1])
        try shop.expectClean()
    }

    @Test("What two lines find at one location is one fulfillment there")
    func joined() throws {
        let shop = try shop("MUG@LONDON: 3", "TEA@LONDON: 9", "MUG@LEEDS: 1")
        let id = try shop.place("2 × SET at 10.00 GBP + 2 × MUG at 4.00 GBP, store")
        let order = try shop.order(id)
        #expect(order.lines.map(\.allocated) == [2, 2])
        #expect(Set(order.fulfillments.map(\.location)).count == order.fulfillments.count)
        try shop.expectClean()
    }

    @Test("A kit waits for its last part, whole; cancelling gives every part back")
    func backorder() async throws {
        let shop = try shop("MUG@LONDON: 5")
        let id = try shop.place("3 × SET at 10.00 GBP, store")
        #expect(try line(id, shop).backordered == 3)
        try shop.receive("TEA@LONDON: 5")
        try await shop.runDueJobs()
        #expect(try line(id, shop).allocated == 2)
        #expect(try shop.stock("TEA@LONDON") == "available 1, allocated 4")
        try shop.expectClean()
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 2]), reason: .customer))
        #expect(try line(id, shop).cancelled == 2)
        #expect(try shop.stock("MUG@LONDON") == "available 4, allocated 1")
        #expect(try shop.stock("TEA@LONDON") == "available 3, allocated 2")
        #expect(try shop.order(id).due == 1000)
        try shop.expectClean()
    }

    @Test("A waiting kit is promised the day of its last part; its parts on hand are not waited for")
    func promise() async throws {
        let shop = try shop("MUG@LONDON: 1")
        let id = try shop.place("2 × SET at 10.00 GBP, store")
        _ = try shop.expect("PO-1", ["MUG": 1], due: shop.now + .days(9))
        let late = try shop.expect("PO-2", ["TEA": 4], due: shop.now + .days(5))
        try await shop.runDueJobs()
        func expected() throws -> String? {
            try JSON.parse(try shop.order(id).view).at("lines.0.expected_at")?.string
        }
        #expect(try expected() == (shop.now + .days(9)).description)
        try shop.perform(RescheduleInbound(inbound: late, due: shop.now + .days(11)))
        try await shop.runDueJobs()
        #expect(try expected() == (shop.now + .days(11)).description)
        try shop.expectClean()
    }

    @Test("A location that lacks a part says which: only that one is counted down, the others go back")
    func rejected() throws {
        let shop = try shop("MUG@LONDON: 2", "TEA@LONDON: 4")
        let id = try shop.place("2 × SET at 10.00 GBP, store")
        let name = id.fulfillment(1)
        for components in [[], ["CUP"]] {
            try expectRefusal(
                .invalidInput, at: "/components",
                of: RejectFulfillment(
                    fulfillment: name, lines: id.units([1: 1]), reason: .notFound, components: components), in: shop)
        }
        try shop.perform(
            RejectFulfillment(fulfillment: name, lines: id.units([1: 1]), reason: .notFound, components: ["TEA"]))
        #expect(try shop.stock("TEA@LONDON") == "allocated 2")
        #expect(try shop.stock("MUG@LONDON") == "available 1, allocated 1")
        try shop.expectClean()
        try shop.perform(AcceptFulfillment(fulfillment: name))
        let short = PickFulfillment(
            fulfillment: name, lines: [.init(line: id.line(1), quantity: 0, short: 1, reason: .damaged)])
        try expectRefusal(.invalidInput, at: "/lines/0/components", of: short, in: shop)
        try shop.perform(
            PickFulfillment(
                fulfillment: name,
                lines: [.init(line: id.line(1), quantity: 0, short: 1, reason: .damaged, components: ["MUG"])]))
        #expect(try shop.stock("MUG@LONDON") == "available 1, quarantined 1")
        #expect(try shop.stock("TEA@LONDON") == "available 2")
        #expect(try line(id, shop).backordered == 2)
        try shop.expectClean()
    }

    @Test("Pickups are kits too; one that is not collected goes back to its shelves, and none comes by transfer")
    func pickup() async throws {
        let shop = try shop("MUG@YORK: 1", "TEA@YORK: 2", "MUG@LONDON: 9", "TEA@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        policy.supply.pickupByTransfer = true
        policy.pickupDays = 3
        try shop.open("click", policy: policy)
        let id = try shop.place("2 × SET at 10.00 GBP, pickup at YORK", on: "click")
        #expect(try line(id, shop).allocated == 1 && line(id, shop).backordered == 1)
        try shop.walk(id, to: .ready)
        shop.advance(.days(9))
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .expired)
        try shop.expectClean()
    }

    // MARK: Changing

    @Test("An order keeps the parts that it was sold with; new units have the new ones")
    func asSold() throws {
        let shop = try shop("MUG@LONDON: 5", "TEA@LONDON: 9", "CUP@LONDON: 5")
        let id = try shop.place("1 × SET at 10.00 GBP, store")
        var kit = Item.set
        kit.components = [.init(sku: "CUP", quantity: 1)]
        try shop.perform(SaveItems(items: [kit]))
        let later = try shop.place("1 × SET at 10.00 GBP, store")
        #expect(try shop.stock("CUP@LONDON") == "available 4, allocated 1")
        try shop.deliver(id)
        try shop.deliver(later)
        #expect(try shop.stock("TEA@LONDON") == "available 7")
        #expect(try shop.stock("CUP@LONDON") == "available 4")
        try shop.expectClean()
    }

    @Test("Amending raises a kit, swaps into it and takes it away")
    func amended() throws {
        let shop = try shop("MUG@LONDON: 5", "TEA@LONDON: 9", "CAP@LONDON: 5")
        let id = try shop.place("1 × SET at 10.00 GBP + 2 × CAP at 5.00 GBP, store")
        try shop.amend(id) {
            $0.quantities = [(1, 3)]
            $0.swaps = [(2, 1, "SET")]
        }
        #expect(try shop.order(id).lines.map(\.allocated) == [3, 1, 1])
        #expect(try shop.stock("TEA@LONDON") == "available 1, allocated 8")
        try shop.amend(id) { $0.quantities = [(1, 0)] }
        #expect(try shop.stock("TEA@LONDON") == "available 7, allocated 2")
        try shop.expectClean()
    }

    @Test("What a kit is made of is checked when it is saved, part by part")
    func saved() throws {
        let shop = try shop("CAP@LONDON: 1")
        func refuse(_ code: Refusal.Code, _ pointer: String, _ sku: String, _ parts: [(String, Int64)]) throws {
            var item = Item.plain(sku)
            item.components = parts.map { KitComponent(sku: $0.0, quantity: $0.1) }
            try expectRefusal(code, at: pointer, of: SaveItems(items: [.plain("HAT"), item]), in: shop)
        }
        try refuse(.unknownSKU, "/items/1/components/1/sku", "BOX", [("MUG", 1), ("NO", 1)])
        try refuse(.invalidInput, "/items/1/components/0/sku", "BOX", [("BOX", 1)])
        try refuse(.invalidInput, "/items/1/components/0/sku", "BOX", [("SET", 1)])
        try refuse(.invalidInput, "/items/1/components/0/sku", "BOX", [("MUG", 1), ("MUG", 2)])
        try refuse(.invalidInput, "/items/1/components", "MUG", [("TEA", 1)])
        try refuse(.invalidInput, "/items/1/components", "HAT", [("MUG", 1)])
        try refuse(.illegalTransition, "/items/1/components", "CAP", [("MUG", 1)])
        try shop.perform(MoveStock(entries: [.init(reason: .count, sku: "CAP", location: "LONDON", quantity: 0)]))
        let id = try shop.place("1 × CAP at 5.00 GBP, store")
        try refuse(.illegalTransition, "/items/1/components", "CAP", [("MUG", 1)])
        try shop.perform(CancelOrder(order: id, reason: .customer))
        var item = Item.plain("CAP")
        item.components = [.init(sku: "MUG", quantity: 1)]
        try shop.perform(SaveItems(items: [item]))
        // A kit becomes a single item again at any time; orders keep what they were sold with.
        try shop.perform(SaveItems(items: [.plain("CAP")]))
        try shop.expectClean()
    }

    @Test("No stock is booked of a kit: whoever tries hears its parts")
    func noStock() throws {
        let shop = try shop("MUG@LONDON: 5")
        let commands: [(any Command, String)] = [
            (
                MoveStock(entries: [.init(reason: .receive, sku: "SET", location: "LONDON", quantity: 1)]),
                "/0/sku"
            ),
            (
                ExpectInbound(
                    location: "LONDON", reference: "PO-1", due: shop.now, lines: [.init(sku: "SET", quantity: 1)]),
                "/lines/0/sku"
            ),
            (PlanTransfer(from: "LONDON", to: "YORK", lines: [.init(sku: "SET", quantity: 1)]), "/lines/0/sku"),
            (
                TakeSnapshot(
                    location: "LONDON", mode: .delta, takenAt: shop.now, reference: "F-1",
                    lines: [.init(sku: "SET", onHand: 1)]), "/lines/0/sku"
            ),
            (SetSafetyStock(entries: [.init(sku: "SET", location: "LONDON", units: 1)]), "/0/sku"),
        ]
        for (command, pointer) in commands {
            let refusal = try expectRefusal(.invalidInput, at: pointer, of: command, in: shop)
            #expect(refusal?.explanation.contains("1 × MUG, 2 × TEA") == true)
        }
    }

    // MARK: What can be promised

    private func availability(_ shop: TestSystem, _ channel: String = "web") throws -> Availability {
        let found = try shop.waybill.readNow { db in
            let configuration = try Configuration.load(in: db)
            let known = try #require(configuration.channels[channel])
            return try Availability.of(["SET"], channel: known, configuration: configuration, in: db)
        }
        return try #require(found.first)
    }

    @Test("As many kits can be promised as locations have all parts of, beyond safety stock and buffer")
    func available() throws {
        let shop = try shop("MUG@LONDON: 5", "TEA@LONDON: 5", "MUG@YORK: 1", "TEA@YORK: 9", "TEA@LEEDS: 9")
        #expect(try availability(shop).available == 3)
        #expect(try availability(shop).pickup.map(\.available) == [1])
        try shop.perform(SetSafetyStock(entries: [.init(sku: "TEA", location: "LONDON", units: 2)]))
        #expect(try availability(shop).available == 2)
        try shop.open("kept", buffer: 5)
        #expect(try availability(shop, "kept").available == 1)
        #expect(try availability(shop).nextSupply == nil)
        _ = try shop.expect("PO-1", ["MUG": 4], due: shop.now + .days(2))
        #expect(try availability(shop).nextSupply == nil)
        _ = try shop.expect("PO-2", ["TEA": 4], due: shop.now + .days(3))
        #expect(try availability(shop).nextSupply?.date == "2026-03-05")
        #expect(try availability(shop).nextSupply?.units == 2)
    }

    @Test("A checkout keeps whole kits at one location; its order takes them")
    func reserved() throws {
        let shop = try shop("MUG@LONDON: 2", "TEA@LONDON: 4", "MUG@LEEDS: 1", "TEA@LEEDS: 2")
        let id = try shop.reserve(
            ReserveStock(channel: "store", lines: [.init(sku: "SET", quantity: 2)], expiresIn: .minutes(9)))
        #expect(try shop.stock("MUG@LONDON") == "reserved 2" && shop.stock("TEA@LONDON") == "reserved 4")
        let refusal = try expectRefusal(
            .insufficientStock, at: "/lines/0/quantity",
            of: ReserveStock(channel: "store", lines: [.init(sku: "SET", quantity: 2)], expiresIn: .minutes(9)),
            in: shop)
        #expect(refusal?.explanation == "SET: asked 2, available 1")
        let order = try shop.place("1 × SET at 10.00 GBP, store") { $0.reservation = id }
        #expect(try shop.order(order).fulfillments.map(\.location) == ["LONDON"])
        #expect(try shop.stock("TEA@LONDON") == "available 2, allocated 2")
        try shop.expectClean()
    }

    // MARK: The doctor and races

    @Test("Tampered parts are found")
    func tampered() throws {
        let shop = try shop("MUG@LONDON: 1")
        try shop.place("1 × SET at 10.00 GBP, store")
        for sql in [
            "UPDATE order_line_components SET waiting = 0 WHERE sku = 'TEA'",
            "UPDATE order_line_components SET quantity = 9",
            "DELETE FROM order_line_components WHERE sku = 'MUG'",
            "DELETE FROM kit_components WHERE sku = 'MUG'",
            "INSERT INTO kit_components (sku, kit) VALUES ('TEA', 'MUG')",
            #"UPDATE items SET components = '[["SET",1]]' WHERE sku = 'MUG'"#,
            #"UPDATE order_lines SET components = '[["MUG",1]]'"#,
        ] { #expect(try !shop.examine(tamperedBy: sql).isClean, "\(sql)") }
        try shop.expectClean()
    }

    @Test("Buyers of kits and of their parts, at two doors at once: the last units are sold once")
    func lastUnits() async throws {
        let shop = try shop("MUG@LONDON: 10", "TEA@LONDON: 12")
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        let other = OrderManagement(database: shop.database, clock: { [shop] in shop.now })
        defer { other.stop() }
        let sold = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<40 {
                var order = try PlaceOrder("1 × \(["SET", "MUG", "TEA"][number % 3]) at 10.00 GBP, named B-\(number)")
                order.channel = "strict"
                let door = number.isMultiple(of: 2) ? shop.waybill : other
                group.addTask { [order] in
                    do {
                        _ = try await door.perform(order, as: .system)
                        return order.lines[0].sku
                    } catch let refusal as Refusal where refusal.code == .insufficientStock {
                        return nil
                    }
                }
            }
            var sold: [String: Int64] = [:]
            for try await sku in group { if let sku { sold[sku, default: 0] += 1 } }
            return sold
        }
        let (sets, mugs, teas) = (sold["SET"] ?? 0, sold["MUG"] ?? 0, sold["TEA"] ?? 0)
        #expect(sets > 0)
        func text(_ available: Int64, _ allocated: Int64) -> String {
            (available > 0 ? "available \(available), " : "") + "allocated \(allocated)"
        }
        #expect(try shop.stock("MUG@LONDON") == text(10 - sets - mugs, sets + mugs))
        #expect(try shop.stock("TEA@LONDON") == text(12 - 2 * sets - teas, 2 * sets + teas))
        #expect(min(10 - sets - mugs, (12 - 2 * sets - teas) / 2) == 0)
        try shop.expectClean()
    }
}

extension Item {
    /// One MUG and two TEA.
    fileprivate static let set = Item(
        sku: "SET", name: "Gift set", weightGrams: 0,
        components: [.init(sku: "MUG", quantity: 1), .init(sku: "TEA", quantity: 2)])
}
