import OrderManagement
import TestSupport
import Testing

@Suite("Reservations of checkouts")
struct ReservationTests {
    private func shop() throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-M@LEEDS: 3", "TEE-M@YORK: 2", "CAP@YORK: 1")
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        return shop
    }

    private func reserve(
        _ lines: [ReserveStock.Line], _ seconds: Int64 = 900, on channel: String = "strict"
    ) -> ReserveStock { ReserveStock(channel: channel, lines: lines, expiresIn: Seconds(seconds)) }

    private func order(_ text: String, _ reservation: ReservationID?, on channel: String = "strict") throws
        -> PlaceOrder
    {
        var order = try PlaceOrder(text)
        order.channel = channel
        order.reservation = reservation
        return order
    }

    @Test("Reserved units are nobody else's; the order that names the reservation takes them, the rest is free")
    func used() throws {
        let shop = try shop()
        let id = try shop.reserve(reserve([.init(sku: "TEE-M", quantity: 4)]))
        #expect(try shop.stock("TEE-M@LONDON") == "available 1, reserved 4")
        try expectRefusal(.insufficientStock, of: try order("7 × TEE-M at 10.00 GBP", nil), in: shop)
        try shop.expectClean()
        let placed = try shop.perform(try order("3 × TEE-M at 10.00 GBP", id))
        #expect(try shop.stock("TEE-M@LONDON") == "available 2, allocated 3")
        let reservation = try shop.reservation(id)
        #expect(reservation.state == .used)
        #expect(reservation.order?.description == (try JSON.parse(placed.body)["id"]?.string))
        try shop.expectClean()
        try expectRefusal(
            .reservationEnded, at: "/reservation", of: try order("1 × TEE-M at 10.00 GBP", id), in: shop)
        try expectRefusal(.reservationEnded, of: ReleaseReservation(reservation: id), in: shop)
    }

    @Test("An order may want more than was reserved, and other things")
    func more() throws {
        let shop = try shop()
        let id = try shop.reserve(reserve([.init(sku: "TEE-M", quantity: 2, location: "YORK")]))
        try shop.perform(try order("10 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP", id))
        #expect(try shop.stock("TEE-M@YORK") == "allocated 2")
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 5")
        try shop.expectClean()
    }

    @Test("An order that is refused leaves the reservation as it was")
    func refused() throws {
        let shop = try shop()
        let id = try shop.reserve(reserve([.init(sku: "TEE-M", quantity: 2)]))
        try expectRefusal(.insufficientStock, of: try order("11 × TEE-M at 10.00 GBP", id), in: shop)
        #expect(try shop.reservation(id).state == .live)
        try shop.expectClean()
    }

    @Test("A reservation of other goods is refused and stays; units that an order leaves are named when they go back")
    func otherGoods() throws {
        let shop = try shop()
        let id = try shop.reserve(reserve([.init(sku: "CAP", quantity: 1), .init(sku: "TEE-M", quantity: 2)]))
        let caps = try shop.reserve(reserve([.init(sku: "TEE-M", quantity: 1)]))
        let refusal = try expectRefusal(
            .unitsUncovered, at: "/reservation", of: try order("1 × CAP at 5.00 GBP", caps), in: shop)
        #expect(refusal?.explanation.contains("keeps TEE-M") == true)
        #expect(try shop.reservation(caps).state == .live)
        try shop.perform(try order("1 × CAP at 5.00 GBP", id))
        let ended = try #require(
            try shop.waybill.readNow { try EventLog.page(after: 0, types: [], limit: 500, in: $0).events }
                .last { $0.type == "stock.reservation_ended" })
        let given = try JSON.parse(ended.data)["given_back"]?.array ?? []
        #expect(given.map { $0["sku"]?.string } == ["TEE-M"] && given.first?["quantity"]?.integer == 2)
        try shop.expectClean()
    }

    @Test("All lines or none, naming what lacks")
    func allOrNothing() throws {
        let shop = try shop()
        let refusal = try expectRefusal(
            .insufficientStock, at: "/lines/1/quantity",
            of: reserve([.init(sku: "TEE-M", quantity: 10), .init(sku: "CAP", quantity: 2)]), in: shop)
        #expect(refusal?.explanation == "CAP: asked 2, available 1")
        try expectRefusal(
            .insufficientStock, at: "/lines/0/quantity",
            of: reserve([.init(sku: "TEE-M", quantity: 3, location: "YORK")]), in: shop)
        try expectRefusal(
            .unknownLocation, at: "/lines/0/location",
            of: reserve([.init(sku: "TEE-M", quantity: 3, location: "MARS")]), in: shop)
        try expectRefusal(.unknownSKU, at: "/lines/0/sku", of: reserve([.init(sku: "NO", quantity: 3)]), in: shop)
        try expectRefusal(
            .unknownChannel, at: "/channel", of: reserve([.init(sku: "CAP", quantity: 1)], on: "no"), in: shop)
        let reader = Principal(name: "reader", scopes: [.ordersRead])
        try expectRefusal(.forbidden, of: reserve([.init(sku: "CAP", quantity: 1)]), in: shop, as: reader)
    }

    @Test("It lives until its second, not before and not after, whether or not the job has run", arguments: [-1, 0, 1])
    func expiry(offset: Int64) async throws {
        let shop = try shop()
        let id = try shop.reserve(reserve([.init(sku: "TEE-M", quantity: 4)], 60))
        shop.now = Timestamp(milliseconds: shop.now.milliseconds + 60_000 + offset)
        if offset < 0 {
            try await shop.runDueJobs()
            #expect(try shop.reservation(id).state == .live)
            try shop.perform(try order("4 × TEE-M at 10.00 GBP", id))
        } else {
            let late = try order("4 × TEE-M at 10.00 GBP", id)
            try expectRefusal(.reservationEnded, at: "/reservation", of: late, in: shop)
            try await shop.runDueJobs()
            #expect(try shop.reservation(id).state == .expired)
            #expect(try shop.stock("TEE-M@LONDON") == "available 5")
            #expect(try shop.told().suffix(1) == ["stock.reservation_ended"])
            try expectRefusal(.reservationEnded, at: "/reservation", of: late, in: shop)
            try shop.perform(ReleaseReservation(reservation: id))
            #expect(try shop.reservation(id).state == .expired)
        }
        try shop.expectClean()
    }

    @Test("What is let go serves those who wait, and is ended once")
    func released() async throws {
        let shop = try shop()
        let id = try shop.reserve(reserve([.init(sku: "CAP", quantity: 1)]))
        let waiting = try shop.place("1 × CAP at 5.00 GBP, store")
        #expect(try shop.order(waiting).lines[0].backordered == 1)
        try shop.perform(ReleaseReservation(reservation: id))
        try shop.perform(ReleaseReservation(reservation: id))
        try await shop.runDueJobs()
        #expect(try shop.order(waiting).lines[0].allocated == 1)
        shop.advance(.hours(1))
        try await shop.runDueJobs()
        let told = try shop.told().filter { $0.hasPrefix("stock.reserv") }
        #expect(told == ["stock.reserved", "stock.reservation_ended"])
        try expectRefusal(.reservationEnded, of: try order("1 × CAP at 5.00 GBP", id), in: shop)
        try expectRefusal(.notFound, of: ReleaseReservation(reservation: ReservationID(1)), in: shop)
        try shop.expectClean()
    }

    @Test("An order names a reservation of its own channel")
    func foreign() throws {
        let shop = try shop()
        let id = try shop.reserve(reserve([.init(sku: "CAP", quantity: 1)]))
        for order in [
            try order("1 × CAP at 5.00 GBP", id, on: "web"), try order("1 × CAP at 5.00 GBP", ReservationID(1)),
        ] { try expectRefusal(.unknownReservation, at: "/reservation", of: order, in: shop) }
    }

    @Test("A reserved unit that no live reservation keeps is found, and one that nothing would ever free")
    func tampering() throws {
        let shop = try shop()
        let id = try shop.reserve(reserve([.init(sku: "CAP", quantity: 1)]))
        func found(_ sql: String) throws -> [String] {
            try shop.examine(tamperedBy: sql).findings.map { "\($0.book.rawValue) \($0.subject)" }
        }
        #expect(try found("UPDATE reservations SET state = 'expired'") == ["allocations CAP@YORK"])
        #expect(try found("DELETE FROM jobs WHERE kind = 'expire_reservation'") == ["jobs \(id)"])
    }

    @Test("200 checkouts and orders at once for the last 20 units: exactly 20 get them")
    func lastUnits() async throws {
        let shop = try TestSystem(stock: "LAST@LONDON: 13", "LAST@LEEDS: 7")
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        let commands: [any Command] = try (0..<200).map { number in
            let order = try order("1 × LAST at 10.00 GBP", nil)
            return number % 2 == 0 ? reserve([.init(sku: "LAST", quantity: 1)]) : order
        }
        let won = await withTaskGroup(of: Bool.self) { group in
            for command in commands {
                group.addTask {
                    do {
                        _ = try await shop.waybill.perform(command, as: .system)
                        return true
                    } catch let refusal as Refusal {
                        #expect(refusal.code == .insufficientStock)
                    } catch {
                        Issue.record(error)
                    }
                    return false
                }
            }
            return await group.reduce(0) { $1 ? $0 + 1 : $0 }
        }
        #expect(won == 20)
        #expect(try !shop.stock("LAST@LONDON").contains("available") && !shop.stock("LAST@LEEDS").contains("available"))
        try shop.expectClean()
    }
}

extension TestSystem {
    func reserve(_ command: ReserveStock) throws -> ReservationID {
        try #require(ReservationID(JSON.parse(try perform(command).body)["id"]?.string ?? ""))
    }

    func reservation(_ id: ReservationID) throws -> Reservation {
        try #require(try waybill.readNow { try ReservationStore.reservation(id, in: $0) })
    }
}
