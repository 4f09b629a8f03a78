import Foundation
import OrderManagement
import Synchronization
import TestSupport
import Testing

/// Shell text that ends the database server of the tests as a crash does, and starts it a second later; set by
/// `scripts/test` when this suite runs alone, since every other test would be disturbed.
private let restart = ProcessInfo.processInfo.environment["WAYBILL_TEST_RESTART"]

/// What was answered under each key. A class, since threads share it.
private final class Answers: Sendable {
    private let found = Mutex<[String: HTTPConnection.Answer]>([:])
    private let refused = Mutex(0)
    private let waited = Mutex(0)
    var all: [String: HTTPConnection.Answer] { found.withLock { $0 } }
    var refusals: Int { refused.withLock { $0 } }
    /// How many answers came only after half a second: of an outage that lasts longer, each is a witness.
    var waits: Int { waited.withLock { $0 } }
    func add(_ key: String, _ answer: HTTPConnection.Answer) { found.withLock { $0[key] = answer } }
    func wasRefused() { refused.withLock { $0 += 1 } }
    func took(_ duration: Duration) { if duration > .milliseconds(500) { waited.withLock { $0 += 1 } } }
}

@Suite("Restarts of the database server", .enabled(if: restart != nil && TestDatabase.isPostgres), .serialized)
struct PostgresRestartTests {
    private static let restarts = 4
    private static let connections = 4

    @Test(
        "While the database server crashes and comes back, orders wait or are placed, each once",
        .timeLimit(.minutes(10)))
    func crashes() throws {
        let command = try #require(restart)
        let shop = try Shop()
        let server = try RunningServer(database: shop.url)
        let answers = Answers()
        let isDone = Atomic(false)
        let group = DispatchGroup()
        for number in 0..<Self.connections {
            group.enter()
            let (port, key) = (server.port, shop.key)
            Thread {
                defer { group.leave() }
                let connection = HTTPConnection(port: port, key: key)
                for count in 0... {
                    if isDone.load(ordering: .relaxed) { break }
                    Self.place("c\(number)-\(count)", on: connection, answers)
                }
            }.start()
        }
        for _ in 0..<Self.restarts {
            usleep(700_000)
            // Not by `Process`, which waits for every descendant: the database server would be one.
            #expect(system(command) == 0)
        }
        usleep(1_500_000)
        isDone.store(true, ordering: .relaxed)
        group.wait()
        let connection = HTTPConnection(port: server.port, key: shop.key)
        var ids: Set<String> = []
        for (key, answer) in answers.all {
            #expect(answer.status == 201, "\(key): \(answer.body)")
            #expect(try connection.post("/v1/orders", Shop.order(named: key), key: key) == answer)
            let id = try #require(try JSON.parse(answer.body)["id"]?.string)
            #expect(ids.insert(id).inserted)
        }
        #expect(try server.stop().code == 0)
        #expect(try BuiltProgram.run(["doctor", "--database", shop.url]).code == 0)
        print(
            "restarts: \(answers.all.count) orders placed once each, "
                + "meanwhile \(answers.refusals) answers 503 and \(answers.waits) that waited")
        #expect(answers.all.count > 50)
        // Every connection has a request under way when the server ends; which of the two it meets is chance.
        #expect(answers.refusals + answers.waits >= Self.restarts)
    }

    /// Asks under one key until there is an answer other than "unavailable".
    private static func place(_ name: String, on connection: HTTPConnection, _ answers: Answers) {
        do {
            while true {
                let asked = ContinuousClock.now
                let answer = try connection.post("/v1/orders", Shop.order(named: name), key: name)
                answers.took(ContinuousClock.now - asked)
                if answer.status != 503 { return answers.add(name, answer) }
                answers.wasRefused()
                usleep(50_000)
            }
        } catch {
            Issue.record(error)
        }
    }
}
