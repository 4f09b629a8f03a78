import Connectors
import OrderManagement
import Synchronization
import TestSupport
import Testing

@Suite("What couriers tell of the future")
struct FutureNewsTests {
    @Test("News from beyond tomorrow are refused; a clock that is hours ahead holds back nothing that comes later")
    func future() throws {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
        func news(_ status: Parcel.State, at moment: Timestamp) -> RecordTracking {
            RecordTracking(courier: "dpd", tracking: "T1", status: status, at: moment, candidates: [id])
        }
        try expectRefusal(.invalidInput, at: "/at", of: news(.inTransit, at: shop.now + .days(2)), in: shop)
        try shop.perform(news(.inTransit, at: shop.now + .hours(2)))
        shop.advance(.minutes(5))
        try shop.perform(news(.outForDelivery, at: shop.now))
        try shop.perform(news(.delivered, at: shop.now))
        #expect(try shop.order(id).parcels[0].state == .delivered)
        try shop.expectClean()
    }

    @Test("A courier's word moves no parcel whose goods nobody has shipped yet: it counts once it is shipped")
    func early() throws {
        let (shop, id, tracking) = try TestSystem.withLabelledParcel()
        for status in [Parcel.State.handedOver, .inTransit, .delivered] {
            let reply = try shop.perform(
                RecordTracking(courier: "vans", tracking: tracking, status: status, at: shop.now, candidates: [id]))
            #expect(try JSON.parse(reply.body)["changed"]?.bool == false)
            try shop.expectClean()
        }
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try shop.order(id).parcels[0].state == .delivered)
        try shop.expectClean()
    }
}

/// A courier of whom news come as it is being asked for them. A class, since it remembers what is to happen then.
private final class AskedCourier: CourierConnection {
    let base = TestCourier()
    var name: String { base.name }
    private let hook = Mutex<(@Sendable () throws -> Void)?>(nil)

    func whenAsked(_ body: (@Sendable () throws -> Void)?) { hook.withLock { $0 = body } }
    func rates(for request: LabelRequest) async throws -> [CourierRate] { try await base.rates(for: request) }
    func buy(_ request: LabelRequest) async throws -> LabelOutcome { try await base.buy(request) }
    func purchase(under key: String) async throws -> LabelOutcome? { try await base.purchase(under: key) }
    func void(_ label: BoughtLabel) async throws -> VoidOutcome { try await base.void(label) }
    func handOver(_ labels: [BoughtLabel], key: String) async throws -> HandOverOutcome {
        try await base.handOver(labels, key: key)
    }

    /// What it has to tell is gathered before the news come.
    func news(of labels: [BoughtLabel]) async throws -> [CourierNews] {
        let news = try await base.news(of: labels)
        try hook.withLock { $0 }?()
        return news
    }
}

@Suite("What couriers tell in their own words, and twice")
struct CourierNewsTests {
    /// One TEE-M on its way with the post, which is asked for labels, as T1001.
    private func sent(
        _ courier: any CourierConnection = TestCourier(), words: [CourierWords.Entry] = []
    ) async throws -> (TestSystem, OrderID) {
        var post = Courier.post
        post.words = CourierWords(words)
        let shop = try TestSystem.labelling(by: [post], connections: [courier])
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        try await shop.runDueJobs()
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        return (shop, id)
    }

    private func outcome(_ reply: Reply) throws -> String? { try JSON.parse(reply.body)["outcome"]?.string }

    @Test("News of one moment end in the same state in whatever order and however often they come")
    func oneMoment() async throws {
        let news: [Parcel.State] = [.inTransit, .outForDelivery, .exception, .inTransit, .exception]
        for order in [news, news.reversed(), news + news] {
            let (shop, id) = try await sent()
            let moment = shop.now
            shop.advance(.hours(1))
            for status in order {
                try shop.perform(
                    RecordTracking(
                        courier: "post", tracking: "T1001", status: status, at: moment, candidates: [id]))
            }
            #expect(try shop.order(id).parcels[0].state == .exception)
            #expect(try shop.events(id).filter { $0 == "parcel.exception" }.count == 1)
            try shop.expectClean()
        }
    }

    @Test("A word for what is back at the sender's door has a person receive it, and is no delivery to the customer")
    func broughtBack() async throws {
        let (shop, id) = try await sent(
            words: [.init(broughtBack: "Delivered to sender"), .init("Delivered", .delivered)])
        @discardableResult
        func tell(_ word: String, _ status: Parcel.State) throws -> String? {
            try outcome(
                shop.perform(
                    RecordTracking(
                        courier: "post", tracking: "T1001", status: status, at: shop.now, word: word,
                        candidates: [id])))
        }
        shop.advance(.days(2))
        try tell("Refused", .returnedToSender)
        #expect(try shop.order(id).returns.map { $0.terms.way } == [nil])
        shop.advance(.days(2))
        #expect(try tell("Delivered to sender", .delivered) == "moved")
        #expect(try tell("Delivered to sender", .delivered) == "repeated")
        let order = try shop.order(id)
        #expect(order.parcels[0].state == .returnedToSender && order.returns.count == 1)
        #expect(order.returns[0].terms.way?.state == .delivered && order.returns[0].state == .inTransit)
        #expect(try shop.openExceptions() == [])
        shop.advance(.days(3))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.returnUnreceived])
        try shop.perform(
            ReceiveReturn(id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 1)]))
        #expect(try shop.openExceptions() == [])
        try shop.expectClean()
    }

    @Test("A late scan is in the parcel's story at its time, and moves nothing")
    func lateScan() async throws {
        let (shop, id) = try await sent()
        func tell(_ status: Parcel.State, _ hours: Int64, _ word: String? = nil) throws {
            let left = shop.now + .hours(-20)
            try shop.perform(
                RecordTracking(
                    courier: "post", tracking: "T1001", status: status, at: left + .hours(hours), word: word,
                    candidates: [id]))
        }
        func story() throws -> [String] {
            try shop.order(id).parcels[0].news.scans.map { "\($0.state.rawValue) \($0.words ?? "-")" }
        }
        shop.advance(.hours(20))
        try tell(.inTransit, 12, "Depot B")
        try tell(.delivered, 18)
        let version = try shop.order(id).version
        try tell(.inTransit, 9, "Depot A")
        try tell(.outForDelivery, 15)
        #expect(try story() == ["in_transit Depot A", "in_transit Depot B", "out_for_delivery -", "delivered -"])
        #expect(try shop.order(id).parcels[0].state == .delivered)
        let known = try shop.order(id)
        #expect(known.version > version)
        try tell(.inTransit, 9, "Depot A")
        #expect(try shop.order(id) == known)
        try shop.expectClean()
    }

    @Test("News say what they did: moved, repeated, late, passed, not sent, or nothing")
    func outcomes() async throws {
        let (shop, id) = try await sent(words: [.init("Label printed", nil)])
        func tell(_ status: Parcel.State?, minutesAgo: Int64, _ word: String? = nil) throws -> String? {
            try outcome(
                shop.perform(
                    RecordTracking(
                        courier: "post", tracking: "T1001", status: status, at: shop.now + .minutes(-minutesAgo),
                        word: word, candidates: [id])))
        }
        shop.advance(.hours(1))
        #expect(try tell(.outForDelivery, minutesAgo: 10) == "moved")
        #expect(try tell(.outForDelivery, minutesAgo: 9) == "repeated")
        #expect(try tell(.exception, minutesAgo: 11) == "late")
        #expect(try tell(.exception, minutesAgo: 11) == "repeated", "just that was told before")
        #expect(try tell(.exception, minutesAgo: 12) == "late")
        #expect(try tell(.inTransit, minutesAgo: 1) == "passed")
        #expect(try tell(.labelled, minutesAgo: 1) == "no_news")
        #expect(try tell(.delivered, minutesAgo: 1, "label  PRINTED") == "no_news")
        let waiting = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(waiting, to: .packed)
        try await shop.runDueJobs()
        let reply = try shop.perform(
            RecordTracking(
                courier: "post", tracking: "T1002", status: .delivered, at: shop.now, candidates: [waiting]))
        #expect(try outcome(reply) == "not_sent")
    }

    @Test("A courier's own words are read by its table, before what came with them; unknown ones are refused")
    func words() async throws {
        let (shop, id) = try await sent(words: [.init("Delivered to neighbour", .delivered)])
        func news(_ word: String, _ status: Parcel.State? = nil) -> RecordTracking {
            RecordTracking(
                courier: "post", tracking: "T1001", status: status, at: shop.now, word: word, candidates: [id])
        }
        try expectRefusal(.invalidInput, at: "/word", of: news("Gone fishing"), in: shop)
        #expect(try outcome(shop.perform(news("Gone fishing", .inTransit))) == "moved")
        #expect(try outcome(shop.perform(news("delivered TO neighbour", .inTransit))) == "moved")
        #expect(try shop.order(id).parcels[0].state == .delivered)
        try shop.expectClean()
    }

    @Test("A courier that is asked tells in its own words too; those that nobody understands are passed over")
    func polledWords() async throws {
        let courier = TestCourier()
        let (shop, id) = try await sent(courier, words: [.init("Left at number 7", .delivered)])
        courier.tell(
            CourierNews(tracking: "T1001", status: nil, at: shop.now + .hours(1), event: "Gone fishing"),
            CourierNews(tracking: "T1001", status: .inTransit, at: shop.now + .hours(2), event: "Left at number 7"))
        shop.advance(.hours(4))
        try await shop.runDueJobs()
        #expect(try shop.order(id).parcels[0].state == .delivered)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("A table of words is kept as it was written")
    func stored() throws {
        let shop = try TestSystem()
        var post = Courier.post
        post.words = CourierWords([.init("Zugestellt", .delivered), .init("Angekündigt", nil)])
        try shop.perform(SaveCouriers(couriers: [post]))
        let found = try shop.waybill.readNow { try Configuration.load(in: $0) }.couriers["post"]
        #expect(found == post)
        #expect(found?.words.meaning(of: " ANGEKÜNDIGT ") == .nothing && found?.words.meaning(of: "x") == .unknown)
    }

    // MARK: Hints

    private func hint(_ shop: TestSystem, _ tracking: String = "T1001", by connection: String = "test") throws -> Int {
        let followers = try shop.waybill.readNow {
            try HearOfParcels.followers(of: tracking, by: connection, in: $0)
        }
        if !followers.isEmpty { try shop.perform(HearOfParcels(followers: followers)) }
        return followers.count
    }

    @Test("A courier that has news is asked at once; any number of hints ask once a minute, and never more jobs wait")
    func hints() async throws {
        let courier = TestCourier()
        let (shop, id) = try await sent(courier)
        courier.tell(CourierNews(tracking: "T1001", status: .inTransit, at: shop.now, event: "e1"))
        for _ in 1...5 { #expect(try hint(shop) == 1) }
        shop.advance(Seconds(59))
        try await shop.runDueJobs()
        #expect(try shop.order(id).parcels[0].state == .handedOver)
        shop.advance(Seconds(1))
        try await shop.runDueJobs()
        #expect(try shop.order(id).parcels[0].state == .inTransit)
        courier.tell(CourierNews(tracking: "T1001", status: .delivered, at: shop.now + Seconds(1), event: "e2"))
        shop.advance(.minutes(30))
        for _ in 1...5 { #expect(try hint(shop) == 1) }
        try await shop.runDueJobs()
        #expect(try shop.order(id).parcels[0].state == .delivered)
        #expect(try hint(shop) == 0)
        try shop.expectClean()
    }

    @Test("A hint that comes while the courier is asked has it asked again a minute later")
    func hintMeanwhile() async throws {
        let courier = AskedCourier()
        let (shop, id) = try await sent(courier)
        shop.advance(.hours(4))
        courier.whenAsked { [unowned shop] () throws in
            _ = try hint(shop)
            courier.base.tell(CourierNews(tracking: "T1001", status: .inTransit, at: shop.now, event: "e1"))
        }
        try await shop.runDueJobs()
        courier.whenAsked(nil)
        #expect(try shop.order(id).parcels[0].state == .handedOver)
        shop.advance(.minutes(1))
        try await shop.runDueJobs()
        #expect(try shop.order(id).parcels[0].state == .inTransit)
        try shop.expectClean()
    }

    @Test("Hints about parcels of others and about unknown ones do nothing")
    func vainHints() async throws {
        let courier = TestCourier()
        let (shop, _) = try await sent(courier)
        #expect(try hint(shop, "T9") == 0 && hint(shop, by: "karrio") == 0)
        let before = try shop.books()
        let reader = Principal(name: "reader", scopes: [.ordersRead])
        try expectRefusal(.forbidden, of: HearOfParcels(followers: []), in: shop, as: reader)
        #expect(try shop.books() == before)
    }
}
