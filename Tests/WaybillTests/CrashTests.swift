import Foundation
import OrderManagement
import Synchronization
import Testing

/// What several connections were told while the server was being killed.
///
/// A class, since their threads share it.
private final class Acknowledgements: Sendable {
    struct Placed: Sendable {
        let key: String
        let body: String
        let answer: HTTPConnection.Answer?
    }

    private let list = Mutex<[Placed]>([])
    var all: [Placed] { list.withLock { $0 } }
    func add(_ placed: Placed) { list.withLock { $0.append(placed) } }
}

@Suite("What was acknowledged survives a crash", .serialized)
struct CrashTests {
    private static let rounds = 6
    private static let connections = 6

    @Test("Killed at random moments under load, the server loses nothing it acknowledged and answers keys the same")
    func killedUnderLoad() throws {
        let shop = try Shop()
        var chance = SystemlessRandom(state: 20_260_302)
        let known = Acknowledgements()
        for round in 1...Self.rounds {
            let server = try RunningServer(database: shop.url)
            try repeatKeys(of: known, on: server, shop, chance: &chance)
            let placing = place(round: round, on: server, shop, known)
            usleep(UInt32(200_000 + chance.next() % 900_000))
            try server.killAtOnce()
            placing.wait()
        }
        let server = try RunningServer(database: shop.url)
        try checkEverything(known, on: server, shop)
        #expect(try BuiltProgram.run(["doctor", "--database", shop.url]).code == 0)
        #expect(try server.stop().code == 0)
        let acknowledged = known.all.filter { $0.answer != nil }.count
        print("crash test: \(acknowledged) orders acknowledged, \(known.all.count - acknowledged) cut off, all there")
        #expect(acknowledged > Self.rounds)
    }

    /// Places orders on several connections, each on a thread of its own, until the server is gone.
    private func place(round: Int, on server: RunningServer, _ shop: Shop, _ known: Acknowledgements) -> DispatchGroup {
        let group = DispatchGroup()
        let (port, key) = (server.port, shop.key)
        for number in 0..<Self.connections {
            group.enter()
            let thread = Thread {
                let connection = HTTPConnection(port: port, key: key)
                for count in 0... {
                    let name = "r\(round)-c\(number)-\(count)"
                    let body = Shop.order(named: name)
                    do {
                        let answer = try connection.post("/v1/orders", body, key: name)
                        known.add(.init(key: name, body: body, answer: answer))
                    } catch {
                        known.add(.init(key: name, body: body, answer: nil))  // cut off: it may stand or not
                        break
                    }
                }
                group.leave()
            }
            thread.start()
        }
        return group
    }

    /// Repeats some keys that were answered, and all that were cut off.
    private func repeatKeys(
        of known: Acknowledgements, on server: RunningServer, _ shop: Shop, chance: inout SystemlessRandom
    ) throws {
        let connection = HTTPConnection(port: server.port, key: shop.key)
        for placed in known.all where placed.answer == nil || chance.next() % 10 == 0 {
            let again = try connection.post("/v1/orders", placed.body, key: placed.key)
            #expect(again.status == 201, "\(placed.key): \(again.body)")
            if let answer = placed.answer { #expect(again == answer, "\(placed.key) was answered differently") }
        }
    }

    private func checkEverything(_ known: Acknowledgements, on server: RunningServer, _ shop: Shop) throws {
        let connection = HTTPConnection(port: server.port, key: shop.key)
        var ids: Set<String> = []
        for placed in known.all {
            let again = try connection.post("/v1/orders", placed.body, key: placed.key)
            #expect(again.status == 201, "\(placed.key): \(again.body)")
            if let answer = placed.answer { #expect(again == answer, "\(placed.key) was answered differently") }
            let id = try #require(try JSON.parse(again.body)["id"]?.string)
            #expect(ids.insert(id).inserted, "\(placed.key) shares the order \(id) with another key")
            let order = try connection.get("/v1/orders/" + id)
            #expect(order.status == 200)
            #expect(try JSON.parse(order.body)["external_id"]?.string == placed.key)
        }
    }
}

/// The same numbers in each run (SplitMix64, Steele and others 2014).
struct SystemlessRandom {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
