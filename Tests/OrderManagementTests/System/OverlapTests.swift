import Databases
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import OrderManagement

/// A database whose next commit waits until it is let go, and then fails if told to: a group stays in flight meanwhile.
private final class HeldDatabase: Database {
    private let database: any OpenedDatabase
    private let isHeld = Atomic<Bool>(false)
    private let entered = DispatchSemaphore(value: 0)
    private let released = DispatchSemaphore(value: 0)
    private let failure = Mutex<(any Error)?>(nil)

    init(_ database: any OpenedDatabase) { self.database = database }

    /// The next write waits.
    func hold() { isHeld.store(true, ordering: .sequentiallyConsistent) }

    /// Returns when the held write has begun.
    func waitUntilHeld() { #expect(entered.wait(timeout: .now() + 60) == .success) }

    /// Lets the held write go on, or fail.
    func release(failing error: (any Error)? = nil) {
        failure.withLock { $0 = error }
        released.signal()
    }

    func write<T>(_ body: (any Connection) throws -> T) throws -> T {
        if isHeld.exchange(false, ordering: .sequentiallyConsistent) {
            entered.signal()
            #expect(released.wait(timeout: .now() + 60) == .success)
        }
        return try database.write { connection in
            let value = try body(connection)
            if let error = failure.withLock({ error in
                defer { error = nil }
                return error
            }) { throw error }
            return value
        }
    }

    func read<T>(_ body: (any Connection) throws -> T) throws -> T { try database.read(body) }
}

/// A command under way on a thread of its own.
final class Answering: Sendable {
    private let result = Mutex<Result<Reply, any Error>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    init(_ waybill: OrderManagement, _ command: any Command, key: IdempotencyKey? = nil) {
        Thread { [self] in
            let answer = Result { try waybill.performNow(command, as: .system, key: key) }
            result.withLock { $0 = answer }
            done.signal()
        }.start()
    }

    var isAnswered: Bool { result.withLock { $0 != nil } }

    func get() throws -> Reply {
        #expect(done.wait(timeout: .now() + 60) == .success)
        return try #require(result.withLock { $0 }).get()
    }

    /// The code of the refusal, or `accepted`.
    func outcome() throws -> String {
        do {
            _ = try get()
            return "accepted"
        } catch let refusal as Refusal {
            return refusal.code.rawValue
        }
    }
}

/// While one group commits, the next is decided on what it will leave behind.
@Suite("Deciding while another group commits")
struct OverlapTests {
    private let shop: TestSystem
    private let database: HeldDatabase
    private let waybill: OrderManagement

    init() throws {
        shop = try TestSystem(stock: "TEE-M@LONDON: 2")
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        database = HeldDatabase(shop.database)
        waybill = OrderManagement(database: database, clock: { [shop] in shop.now })
    }

    private func strict(_ text: String, named name: String? = nil) throws -> PlaceOrder {
        var order = try PlaceOrder(text)
        order.channel = "strict"
        order.externalID = name
        return order
    }

    /// Performs `first`, whose commit is held, and then the others, decided meanwhile; then ends the commit.
    private func overlap(
        _ first: (any Command, IdempotencyKey?), _ others: [(any Command, IdempotencyKey?)],
        failing error: (any Error)? = nil
    ) throws -> [Answering] {
        database.hold()
        let leader = Answering(waybill, first.0, key: first.1)
        database.waitUntilHeld()
        let followers = others.map { command, key in
            let follower = Answering(waybill, command, key: key)
            usleep(100_000)  // long enough to be decided, and in this order
            return follower
        }
        #expect(!leader.isAnswered && !followers.contains(where: \.isAnswered), "nobody is answered before the commit")
        database.release(failing: error)
        return [leader] + followers
    }

    private func end() throws {
        waybill.stop()
        try shop.expectClean()
    }

    @Test("Units that the group before takes are not there for the next")
    func stock() throws {
        let answers = try overlap(
            (try strict("1 × TEE-M at 10.00 GBP"), nil),
            [(try strict("2 × TEE-M at 10.00 GBP"), nil), (try strict("1 × TEE-M at 10.00 GBP"), nil)])
        #expect(try answers.map { try $0.outcome() } == ["accepted", "insufficient_stock", "accepted"])
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 2")
        try end()
    }

    @Test("A key repeated while its first request commits gets the same reply, and another body is refused")
    func keys() throws {
        let key = IdempotencyKey(principal: .system, method: "POST", path: "/v1/orders", key: "k", digest: "one")
        let other = IdempotencyKey(principal: .system, method: "POST", path: "/v1/orders", key: "k", digest: "two")
        let order = try strict("1 × TEE-M at 10.00 GBP")
        let answers = try overlap((order, key), [(order, key), (order, other)])
        #expect(try answers[0].get() == answers[1].get())
        #expect(try answers[2].outcome() == "key_reused")
        #expect(try shop.stock("TEE-M@LONDON") == "available 1, allocated 1")
        try end()
    }

    @Test("A channel's own name of an order is taken from the moment it is decided")
    func names() throws {
        let order = try strict("1 × TEE-M at 10.00 GBP", named: "A-1")
        var different = try strict("2 × TEE-M at 10.00 GBP", named: "A-1")
        different.contentDigest = "another"
        let answers = try overlap((order, nil), [(order, nil), (different, nil)])
        let first = try JSON.parse(try answers[0].get().body)["id"]?.string
        let again = try answers[1].get()
        #expect(again.status == 200)
        #expect(try JSON.parse(again.body)["id"]?.string == first)
        #expect(try answers[2].outcome() == "external_id_used")
        try end()
    }

    @Test("Where the group before is not committed, what was decided on it is decided again")
    func unavailable() throws {
        let answers = try overlap(
            (try strict("2 × TEE-M at 10.00 GBP"), nil), [(try strict("2 × TEE-M at 10.00 GBP"), nil)],
            failing: DatabaseUnavailable("the disk is full"))
        #expect(try answers.map { try $0.outcome() } == ["unavailable", "accepted"])
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 2")
        try end()
    }

    @Test("Where another session was faster, both groups are performed again, each command once")
    func stale() throws {
        let answers = try overlap(
            (try strict("1 × TEE-M at 10.00 GBP"), nil), [(try strict("1 × TEE-M at 10.00 GBP"), nil)],
            failing: StaleRead("another session"))
        #expect(try answers.map { try $0.outcome() } == ["accepted", "accepted"])
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 2")
        try end()
    }

    @Test("Stock that arrives while an order comes to wait for it is offered to that order")
    func waiting() async throws {
        let receipt = MoveStock(entries: [.init(reason: .receive, sku: "TEE-M", location: "LONDON", quantity: 3)])
        let answers = try overlap((try PlaceOrder("5 × TEE-M at 10.00 GBP"), nil), [(receipt, nil)])
        #expect(try answers.map { try $0.outcome() } == ["accepted", "accepted"])
        _ = try await shop.runDueJobs()
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 5")
        try end()
    }

    @Test("A transfer that the group before sends cannot be cancelled by the next, and its units arrive once")
    func transfers() throws {
        let id = try shop.plan("LONDON", "YORK", ["TEE-M": 2])
        let answers = try overlap(
            (SendTransfer(transfer: id), nil),
            [(CancelTransfer(transfer: id), nil), (ReceiveTransfer(transfer: id), nil)])
        #expect(try answers.map { try $0.outcome() } == ["accepted", "illegal_transition", "accepted"])
        #expect(try shop.stock("TEE-M@YORK") == "available 2")
        try end()
    }

    @Test("Units that the group before reserves are not there for the next; a reservation is used once")
    func reservations() throws {
        let reserve = ReserveStock(
            channel: "strict", lines: [.init(sku: "TEE-M", quantity: 2)], expiresIn: .minutes(5))
        let first = try overlap((reserve, nil), [(try strict("1 × TEE-M at 10.00 GBP"), nil)])
        let id = try #require(ReservationID(try JSON.parse(try first[0].get().body)["id"]?.string ?? ""))
        #expect(try first[1].outcome() == "insufficient_stock")
        var order = try strict("2 × TEE-M at 10.00 GBP")
        order.reservation = id
        let second = try overlap((order, nil), [(order, nil), (ReleaseReservation(reservation: id), nil)])
        #expect(try second.map { try $0.outcome() } == ["accepted", "reservation_ended", "reservation_ended"])
        try end()
    }

    @Test("A change of the configuration waits for its turn, and what comes behind it decides by it")
    func configuration() throws {
        let answers = try overlap(
            (try strict("1 × TEE-M at 10.00 GBP"), nil),
            [(SaveItems(items: [.plain("HAT")]), nil), (try PlaceOrder("1 × HAT at 10.00 GBP"), nil)])
        #expect(try answers.map { try $0.outcome() } == ["accepted", "accepted", "accepted"])
        try end()
    }
}
