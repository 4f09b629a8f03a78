import Foundation
import Logging
import OrderManagement
import Server
import ServiceLifecycle
import TestSupport
import Testing

/// How long connections live, how many there may be, and how they end.
@Suite("Connections", .serialized)
struct ConnectionTests {
    @Test("Asked to stop while streams are open, the server ends within seconds, all acknowledged work done")
    func stopWithStreams() throws {
        let shop = try Shop()
        let server = try RunningServer(database: shop.url)
        let streams = (0..<5).map { _ in HTTPConnection(port: server.port, key: shop.key) }
        for stream in streams { #expect(try stream.openStream("/v1/events/stream") == 200) }
        let buyer = HTTPConnection(port: server.port, key: shop.key)
        var placed: [String] = []
        for number in 1...20 {
            let answer = try buyer.post("/v1/orders", Shop.order(named: "n\(number)"), key: "k\(number)")
            #expect(answer.status == 201)
            placed.append(try #require(try JSON.parse(answer.body)["id"]?.string))
        }
        let start = Date()
        let end = try server.stop()
        let seconds = Date().timeIntervalSince(start)
        #expect(end.code == 0, "\(end.err)")
        // Streams that were waited for would take the 20 seconds after which they are cut off.
        #expect(seconds < 15, "it took \(seconds) s to stop")
        for stream in streams {
            #expect(try stream.isClosed(within: 30))
            #expect(stream.unread.contains("event: order.placed"))
        }
        let again = try RunningServer(database: shop.url)
        let reader = HTTPConnection(port: again.port, key: shop.key)
        for id in placed { #expect(try reader.get("/v1/orders/\(id)").status == 200) }
        #expect(try again.stop().code == 0)
        #expect(try BuiltProgram.run(["doctor", "--database", shop.url]).code == 0)
    }

    @Test("What is no request of ours, or none at all, is answered by a problem document too")
    func unreadable() throws {
        let shop = try Shop()
        let server = try RunningServer(database: shop.url)
        for (method, path, status, code) in [
            ("FOO", "/v1/orders", 501, "unknown_method"), ("PATCH", "/v1/orders", 405, "method_not_allowed"),
            ("GET", "/v1/ orders", 400, "invalid_input"), ("<>", "/v1/orders", 501, "unknown_method"),
        ] {
            let answer = try HTTPConnection(port: server.port, key: shop.key).call(method, path)
            let problem = try JSON.parse(answer.body)
            #expect(answer.status == status && problem["code"]?.string == code, "\(method) \(path): \(answer)")
            #expect(problem["status"]?.integer == Int64(status) && problem["detail"]?.string?.isEmpty == false)
        }
        // Behind an answer that has ended there is room for a problem; before it the connection is just closed.
        let kept = HTTPConnection(port: server.port, key: shop.key)
        #expect(try kept.get("/v1/orders").status == 200)
        #expect(try kept.call("FOO", "/v1/orders").status == 501)
        #expect(try kept.isClosed(within: 30))
        #expect(try HTTPConnection(port: server.port, key: shop.key).get("/health/live").status == 200)
        #expect(try server.stop().code == 0)
    }

    @Test("Requests that are under way when the server is asked to stop are answered or cut off, and never half done")
    func stopUnderLoad() throws {
        let shop = try Shop()
        let server = try RunningServer(database: shop.url)
        let (port, key) = (server.port, shop.key)
        let group = DispatchGroup()
        let answered = Answered()
        for number in 0..<4 {
            group.enter()
            let thread = Thread {
                let connection = HTTPConnection(port: port, key: key)
                for count in 0... {
                    let name = "s\(number)-\(count)"
                    do {
                        let answer = try connection.post("/v1/orders", Shop.order(named: name), key: name)
                        guard answer.status == 201 else { break }
                        answered.add(name)
                    } catch {
                        break  // the server is gone
                    }
                }
                group.leave()
            }
            thread.start()
        }
        usleep(400_000)
        let end = try server.stop()
        group.wait()
        #expect(end.code == 0, "\(end.err)")
        #expect(answered.count > 0)
        let again = try RunningServer(database: shop.url)
        let reader = HTTPConnection(port: again.port, key: shop.key)
        for name in answered.names {
            let found = try reader.get("/v1/orders?external_id=\(name)")
            #expect(try JSON.parse(found.body)["data"]?.array?.count == 1, "\(name) is missing")
        }
        #expect(try again.stop().code == 0)
        #expect(try BuiltProgram.run(["doctor", "--database", shop.url]).code == 0)
    }

    /// A server in this process, set up as told.
    private struct Serving {
        let port: Int
        private let group: ServiceGroup
        private let task: Task<Void, any Error>

        init(_ options: (inout Server.Options) -> Void) async throws {
            let system = try TestSystem()
            var chosen = Server.Options(host: "127.0.0.1", port: 0)
            chosen.drainSeconds = 0
            options(&chosen)
            let (ports, listening) = AsyncStream.makeStream(of: Int.self)
            chosen.onListening = { listening.yield($0) }
            let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let server = Server(waybill: system.waybill, options: chosen, logger: quiet)
            let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [server], logger: quiet))
            self.group = group
            task = Task {
                try await group.run()
                _ = system  // lives as long as its server
            }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { throw CancellationError() }
            self.port = port
        }

        /// Ends it as a signal does.
        func stop() async throws {
            await group.triggerGracefulShutdown()
            try await task.value
        }
    }

    @Test("Requests that come together, in pieces, or from somebody who says no more are answered in their order")
    func pieces() async throws {
        let server = try await Serving { _ in }
        let connection = HTTPConnection(port: server.port, key: "none")
        try connection.say("GET /health/live HTTP/1.1\r\nHost: here\r\n\r\nGET /nothing HTTP/1.1\r\nHost: here\r\n\r\n")
        #expect(try connection.answer().status == 200)
        #expect(try connection.answer().status == 404)
        let body = String(repeating: "x", count: 300_000)
        try connection.say("POST /nothing HTTP/1.1\r\nHost: here\r\nContent-Length: \(2 * body.count)\r\n\r\n" + body)
        // What is refused at once is answered before the rest has come; the rest is no request.
        #expect(try connection.answer().status == 404)
        try connection.say(body + "HEAD /health/live HTTP/1.1\r\nHost: here\r\n\r\n")
        #expect(try connection.hasAnswer(within: 60))
        #expect(connection.unread.hasPrefix("HTTP/1.1 200 OK\r\n") && connection.unread.hasSuffix("\r\n\r\n"))
        let last = HTTPConnection(port: server.port, key: "none")
        try last.say("GET http://there/health/live HTTP/1.1\r\nHost: here\r\n\r\n")
        last.finish()
        #expect(try last.answer().status == 200)
        #expect(try last.isClosed(within: 60))
        let polite = HTTPConnection(port: server.port, key: "none")
        try polite.say("GET /health/live HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        #expect(try polite.answer().status == 200)
        #expect(try polite.isClosed(within: 60))
        try await server.stop()
    }

    @Test("A request that goes on unreadable is refused, and its connection is closed")
    func brokenBody() async throws {
        let server = try await Serving { _ in }
        let connection = HTTPConnection(port: server.port, key: "none")
        try connection.say(
            "POST /console/sign-in HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n5\r\nemail\r\nthis is no chunk\r\n")
        #expect(try connection.answer().status == 400)
        #expect(try connection.isClosed(within: 60))
        #expect(try HTTPConnection(port: server.port, key: "none").get("/health/live").status == 200)
        try await server.stop()
    }

    @Test("A connection that is silent is closed after its time; one that speaks stays")
    func idle() async throws {
        // Twenty times the pause between two requests: a busy machine may sleep long.
        let server = try await Serving { $0.idleSeconds = 6 }
        let silent = HTTPConnection(port: server.port, key: "none")
        try silent.open()
        let busy = HTTPConnection(port: server.port, key: "none")
        for _ in 1...24 {
            #expect(try busy.get("/health/live").status == 200)
            try await Task.sleep(for: .milliseconds(300))
        }
        #expect(try silent.isClosed(within: 30))
        #expect(try busy.get("/health/live").status == 200)
        #expect(try busy.isClosed(within: 60))
        try await server.stop()
    }

    @Test("More connections than the limit wait, and are served when others have gone")
    func limit() async throws {
        let server = try await Serving { $0.connectionsMax = 2 }
        var held: [HTTPConnection] = (0..<2).map { _ in HTTPConnection(port: server.port, key: "none") }
        for connection in held { #expect(try connection.get("/health/live").status == 200) }
        let waiting = HTTPConnection(port: server.port, key: "none")
        #expect(try !waiting.isAnswered("/health/live", within: 1))
        held.removeAll()
        // As long as a busy machine may need: what matters is that it comes.
        #expect(try waiting.hasAnswer(within: 60))
        #expect(waiting.unread.contains("200 OK"))
        try await server.stop()
    }
}

/// What was acknowledged. A class, since threads share it; a lock guards it.
private final class Answered: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [String] = []

    func add(_ name: String) { lock.withLock { list.append(name) } }
    var names: [String] { lock.withLock { list } }
    var count: Int { names.count }
}
