import OrderManagement
import TestSupport
import Testing

@Suite("Inbound supply")
struct InboundTests {
    private func shop() throws -> (TestSystem, InboundID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1", "CAP@LONDON: 1")
        return (shop, try shop.expect("PO-7", ["TEE-M": 10, "CAP": 5]))
    }

    private func next(_ shop: TestSystem) throws -> String? {
        let found = try shop.waybill.readNow { db in
            let configuration = try Configuration.load(in: db)
            return try Availability.of(
                ["TEE-M"], channel: try #require(configuration.channels["web"]), configuration: configuration, in: db)
        }
        var json = JSONWriter()
        try #require(found.first).write(to: &json)
        return try JSON.parse(json.text)["next_supply"]?.text
    }

    @Test("Expected units are inbound; received in parts they are available and serve those who wait, at once")
    func receipts() async throws {
        let (shop, id) = try shop()
        #expect(try shop.stock("TEE-M@LONDON") == "available 1, inbound 10")
        let order = try shop.place("4 × TEE-M at 10.00 GBP")
        #expect(try shop.order(order).lines[0].backordered == 3)
        try shop.perform(ReceiveInbound(inbound: id, lines: [.init(sku: "TEE-M", quantity: 4)]))
        try await shop.runDueJobs()
        #expect(try shop.stock("TEE-M@LONDON") == "available 1, allocated 4, inbound 6")
        #expect(try shop.inbound(id).state == .expected)
        try shop.expectClean()
        try shop.perform(ReceiveInbound(inbound: id))
        #expect(try shop.stock("TEE-M@LONDON") == "available 7, allocated 4")
        #expect(try shop.stock("CAP@LONDON") == "available 6")
        #expect(try shop.inbound(id).state == .received)
        let told = try shop.told().filter { $0.hasPrefix("inbound.") }
        #expect(told == ["inbound.expected", "inbound.partially_received", "inbound.received"])
        try shop.expectClean()
    }

    @Test("Availability names the next supply, less what others wait for already; a new date moves it")
    func nextSupply() throws {
        let (shop, id) = try shop()
        #expect(try next(shop) == #"{"date":"2026-03-09","quantity":10}"#)
        try shop.place("4 × TEE-M at 10.00 GBP")
        #expect(try next(shop) == #"{"date":"2026-03-09","quantity":7}"#)
        let second = try shop.expect("PO-8", ["TEE-M": 2], due: shop.now + .days(3))
        #expect(try next(shop) == #"{"date":"2026-03-09","quantity":9}"#)
        try shop.perform(RescheduleInbound(inbound: id, due: shop.now + .days(30)))
        #expect(try shop.told().last == "inbound.rescheduled")
        #expect(try next(shop) == #"{"date":"2026-04-01","quantity":9}"#)
        try shop.perform(CloseInbound(inbound: id, isCancellation: true))
        try shop.perform(CloseInbound(inbound: second, isCancellation: true))
        #expect(try next(shop) == "null")
        try shop.expectClean()
    }

    @Test("What never comes is no longer expected")
    func closing() throws {
        let (shop, id) = try shop()
        try shop.perform(ReceiveInbound(inbound: id, lines: [.init(sku: "TEE-M", quantity: 4)]))
        try expectRefusal(.illegalTransition, of: CloseInbound(inbound: id, isCancellation: true), in: shop)
        try shop.perform(CloseInbound(inbound: id, isCancellation: false))
        #expect(try shop.told().last == "inbound.short")
        #expect(try shop.stock("TEE-M@LONDON") == "available 5")
        #expect(try shop.inbound(id).lines.map(\.missing) == [5, 6])
        try shop.expectClean()
        for command in [
            ReceiveInbound(inbound: id), CloseInbound(inbound: id, isCancellation: false),
            CloseInbound(inbound: id, isCancellation: true), RescheduleInbound(inbound: id, due: shop.now),
        ] as [any Command] { try expectRefusal(.illegalTransition, of: command, in: shop) }
        let other = try shop.expect("PO-9", ["CAP": 1])
        try shop.perform(CloseInbound(inbound: other, isCancellation: true))
        #expect(try shop.told().last == "inbound.cancelled")
        #expect(try shop.stock("CAP@LONDON") == "available 1")
        try shop.expectClean()
    }

    @Test("A movement put_away names the supply that it receives")
    func putAway() throws {
        let (shop, id) = try shop()
        func move(_ units: Int64, _ reference: String?, _ place: String = "LONDON") -> MoveStock {
            MoveStock(entries: [
                .init(reason: .putAway, sku: "TEE-M", location: place, quantity: units, reference: reference)
            ])
        }
        try expectRefusal(.insufficientStock, at: "/0/quantity", of: move(1, nil), in: shop)
        try expectRefusal(.insufficientStock, at: "/0/quantity", of: move(1, id.description, "YORK"), in: shop)
        try expectRefusal(.insufficientStock, at: "/0/quantity", of: move(11, id.description), in: shop)
        try shop.perform(move(3, id.description))
        #expect(try shop.inbound(id).lines.map(\.received) == [0, 3])
        #expect(try shop.stock("TEE-M@LONDON") == "available 4, inbound 7")
        try shop.expectClean()
    }

    @Test("Each wrong place is named; nothing is received that is not to come")
    func wrong() throws {
        let (shop, id) = try shop()
        func expect(_ location: String, _ skus: [String]) -> ExpectInbound {
            ExpectInbound(
                location: location, reference: "PO", due: shop.now, lines: skus.map { .init(sku: $0, quantity: 1) })
        }
        try expectRefusal(.unknownLocation, at: "/location", of: expect("MARS", ["TEE-M"]), in: shop)
        try expectRefusal(.unknownSKU, at: "/lines/0/sku", of: expect("LONDON", ["NONE"]), in: shop)
        try expectRefusal(.invalidInput, at: "/lines/1/sku", of: expect("LONDON", ["TEE-M", "TEE-M"]), in: shop)
        func receive(_ sku: String, _ units: Int64) -> ReceiveInbound {
            ReceiveInbound(inbound: id, lines: [.init(sku: sku, quantity: units)])
        }
        try expectRefusal(.unknownSKU, at: "/lines/0/sku", of: receive("HAT", 1), in: shop)
        try expectRefusal(.unitsUncovered, of: ReceiveInbound(inbound: id, lines: []), in: shop)
        let clerk = Principal(name: "york", scopes: [.stockWrite], locations: ["YORK"])
        try expectRefusal(.notFound, of: receive("TEE-M", 1), in: shop, as: clerk)
        try expectRefusal(.forbidden, of: receive("TEE-M", 1), in: shop, as: Principal(name: "x", scopes: [.stockRead]))
    }

    @Test("More than was announced is taken in, marked, and shown to a person")
    func excess() throws {
        let (shop, id) = try shop()
        try shop.perform(ReceiveInbound(inbound: id, lines: [.init(sku: "TEE-M", quantity: 12)]))
        #expect(try shop.stock("TEE-M@LONDON") == "available 13")
        let line = try #require(try shop.inbound(id).lines.first { $0.sku == "TEE-M" })
        #expect(line.received == 10 && line.excess == 2 && line.toCome == 0)
        let told = try #require(try shop.openExceptions().first)
        #expect(told.kind == .excess && told.owner == "LONDON" && told.cause.contains("2 × TEE-M more than PO-7"))
        let outcomes: [SettleGoods.Outcome] = [.accepted, .sentBack, .writtenOff]
        #expect(told.actions(about: nil) == outcomes.map { .settleGoods(told.id, $0) })
        try shop.perform(ReceiveInbound(inbound: id, lines: [.init(sku: "TEE-M", quantity: 1)]))
        #expect(try shop.inbound(id).lines.map(\.excess).sorted() == [0, 3])
        try shop.expectClean()
    }

    @Test("The same reference again is the same supply; other content is refused, after a cancellation it is new")
    func again() throws {
        let (shop, id) = try shop()
        let known = try shop.inbound(id)
        func expect(_ units: Int64, due: Timestamp? = nil) -> ExpectInbound {
            ExpectInbound(
                location: "LONDON", reference: "PO-7", due: due ?? known.due,
                lines: [.init(sku: "CAP", quantity: 5), .init(sku: "TEE-M", quantity: units)])
        }
        let reply = try shop.perform(expect(10))
        #expect(reply.status == 200)
        #expect(try JSON.parse(reply.body)["id"]?.string == id.description)
        #expect(try shop.stock("TEE-M@LONDON") == "available 1, inbound 10")
        try expectRefusal(.externalIDUsed, at: "/reference", of: expect(11), in: shop)
        try expectRefusal(.externalIDUsed, at: "/reference", of: expect(10, due: shop.now), in: shop)
        try shop.perform(CloseInbound(inbound: id, isCancellation: true))
        #expect(try shop.perform(expect(11)).status == 201)
        #expect(try shop.stock("TEE-M@LONDON") == "available 1, inbound 11")
        try shop.expectClean()
    }

    @Test("One reference announced at two doors at once is announced once")
    func race() async throws {
        let (shop, _) = try shop()
        let other = OrderManagement(database: shop.database, clock: { [shop] in shop.now })
        defer { other.stop() }
        let due = shop.now + .days(3)
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<8 {
                let door = number.isMultiple(of: 2) ? shop.waybill : other
                let command = ExpectInbound(
                    location: "LONDON", reference: "PO-9", due: due, lines: [.init(sku: "CAP", quantity: 2)])
                group.addTask { try await door.perform(command, as: .system).status }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.sorted() == Array(repeating: 200, count: 7) + [201])
        #expect(try shop.stock("CAP@LONDON") == "available 1, inbound 7")
        try shop.expectClean()
    }

    @Test("An expected unit that the ledger does not know is found")
    func tampering() throws {
        let (shop, id) = try shop()
        let sql = "UPDATE inbound_lines SET received = 1, to_come = 9 WHERE sku = 'TEE-M'"
        let found = try shop.examine(tamperedBy: sql).findings.map { "\($0.book.rawValue) \($0.subject)" }
        #expect(found == ["allocations TEE-M@LONDON"])
        let over = try shop.examine(tamperedBy: "UPDATE inbound SET state = 'cancelled'").findings
        #expect(Set(over.map { "\($0.book.rawValue) \($0.subject)" }) == ["supplies \(id)"])
    }
}

extension TestSystem {
    /// Expects units by SKU at London, in a week unless said otherwise.
    func expect(_ reference: String, _ units: [String: Int64], due: Timestamp? = nil) throws -> InboundID {
        let lines = units.keys.sorted().map { SKUQuantity(sku: $0, quantity: units[$0] ?? 0) }
        let reply = try perform(
            ExpectInbound(location: "LONDON", reference: reference, due: due ?? now + .days(7), lines: lines))
        return try #require(InboundID(JSON.parse(reply.body)["id"]?.string ?? ""))
    }

    func inbound(_ id: InboundID) throws -> InboundSupply {
        try #require(try waybill.readNow { try InboundStore.supply(id, in: $0) })
    }
}
