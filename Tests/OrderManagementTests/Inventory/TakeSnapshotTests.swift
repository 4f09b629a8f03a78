import OrderManagement
import TestSupport
import Testing

@Suite("Stock feeds of a location")
struct TakeSnapshotTests {
    private func shop() throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 2", "CAP@LEEDS: 7")
        shop.advance(.hours(1))
        return shop
    }

    private func feed(
        _ mode: TakeSnapshot.Mode, _ units: KeyValuePairs<String, Int64>, of shop: TestSystem, minutesAgo: Int64 = 0
    ) -> TakeSnapshot {
        TakeSnapshot(
            location: "LONDON", mode: mode, takenAt: shop.now + .minutes(-minutesAgo), reference: "feed",
            lines: units.map { .init(sku: $0.key, onHand: $0.value) })
    }

    @Test("Each mode treats SKUs that the feed lacks in its way", arguments: [
        (TakeSnapshot.Mode.full, "available 2", ["CAP"]), (.nonzero, "nothing", ["CAP"]), (.delta, "available 2", []),
    ])
    func modes(mode: TakeSnapshot.Mode, cap: String, missing: [String]) throws {
        let shop = try shop()
        let reply = try shop.perform(feed(mode, ["TEE-M": 6], of: shop))
        #expect(try shop.stock("TEE-M@LONDON") == "available 6")
        #expect(try shop.stock("CAP@LONDON") == cap)
        #expect(try shop.stock("CAP@LEEDS") == "available 7")
        #expect(try JSON.parse(reply.body)["missing"]?.array?.compactMap(\.string) == missing)
        try shop.expectClean()
    }

    @Test("What was sold and sent after the feed was taken is added back")
    func movedSince() throws {
        let shop = try shop()
        let taken = shop.now
        shop.advance(.minutes(10))
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .shipped)
        try shop.receive("CAP@LONDON: 1")
        try shop.perform(
            TakeSnapshot(
                location: "LONDON", mode: .full, takenAt: taken, reference: "feed",
                lines: [.init(sku: "TEE-M", onHand: 5), .init(sku: "CAP", onHand: 2)]))
        #expect(try shop.stock("TEE-M@LONDON") == "available 3")
        #expect(try shop.stock("CAP@LONDON") == "available 3")
        try shop.expectClean()
    }

    @Test("A feed counts what is allocated too; below it, a shortage opens")
    func allocated() throws {
        let shop = try shop()
        try shop.place("4 × TEE-M at 10.00 GBP, store")
        shop.advance(.minutes(5))
        try shop.perform(feed(.delta, ["TEE-M": 5], of: shop))
        #expect(try shop.stock("TEE-M@LONDON") == "available 1, allocated 4")
        shop.advance(.minutes(5))
        try shop.perform(feed(.delta, ["TEE-M": 3], of: shop))
        #expect(try shop.stock("TEE-M@LONDON") == "available -1, allocated 4, shortage 1")
        #expect(try shop.openExceptions().map(\.kind) == [.short])
        try shop.expectClean()
    }

    @Test("A feed that is not newer than the last one is refused; one taken in the future as well")
    func stale() throws {
        let shop = try shop()
        try shop.perform(feed(.delta, ["TEE-M": 6], of: shop))
        for minutes: Int64 in [0, 1] {
            try expectRefusal(
                .snapshotStale, at: "/taken_at", of: feed(.delta, ["TEE-M": 9], of: shop, minutesAgo: minutes),
                in: shop)
        }
        try expectRefusal(
            .invalidInput, at: "/taken_at", of: feed(.delta, ["TEE-M": 9], of: shop, minutesAgo: -6), in: shop)
        shop.advance(.minutes(1))
        try shop.perform(feed(.delta, ["TEE-M": 9], of: shop))
        #expect(try shop.stock("TEE-M@LONDON") == "available 9")
        try shop.expectClean()
    }

    @Test("Unknown SKUs, a SKU named twice, and unknown locations are refused")
    func wrong() throws {
        let shop = try shop()
        try expectRefusal(.unknownSKU, at: "/lines/1/sku", of: feed(.full, ["TEE-M": 1, "HAT": 1], of: shop), in: shop)
        try expectRefusal(
            .invalidInput, at: "/lines/1/sku", of: feed(.full, ["TEE-M": 1, "TEE-M": 2], of: shop), in: shop)
        let mars = TakeSnapshot(location: "MARS", mode: .full, takenAt: shop.now, reference: "feed", lines: [])
        try expectRefusal(.unknownLocation, at: "/location", of: mars, in: shop)
    }

    @Test("A feed that says what is known already changes no level")
    func same() throws {
        let shop = try shop()
        let reply = try shop.perform(feed(.full, ["TEE-M": 5, "CAP": 2], of: shop))
        #expect(try JSON.parse(reply.body)["changed"]?.integer == 0)
        try shop.expectClean()
    }

    @Test("A feed older than a month is refused: nobody looks through all that has moved since")
    func old() throws {
        let shop = try shop()
        for (seconds, isTaken) in [(Int64(1), false), (0, true)] {
            let taken = Timestamp(milliseconds: shop.now.milliseconds - (31 * 86_400 + seconds) * 1_000)
            let wish = TakeSnapshot(
                location: "LONDON", mode: .delta, takenAt: taken, reference: "late",
                lines: [.init(sku: "TEE-M", onHand: 5)])
            if isTaken {
                try shop.perform(wish)
            } else {
                try expectRefusal(.snapshotStale, at: "/taken_at", of: wish, in: shop)
            }
        }
        try shop.expectClean()
    }
}
