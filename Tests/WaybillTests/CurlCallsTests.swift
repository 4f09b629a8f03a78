import Connectors
import Foundation
import Testing

@Suite("Questions to servers outside")
struct CurlCallsTests {
    private struct NoListener: Error {}

    /// A port of the loopback where connections are taken and nothing is ever answered.
    private static func silentPort() throws -> (port: Int, descriptor: Int32) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(listener, place, length) + listen(listener, 4) + getsockname(listener, place, &length)
            }
        }
        guard listener >= 0, code == 0 else { throw NoListener() }
        return (Int(UInt16(bigEndian: address.sin_port)), listener)
    }

    @Test("A server that takes a question and never answers is given up after its time")
    func hanging() async throws {
        let (port, listener) = try Self.silentPort()
        defer { close(listener) }
        var options = CurlCalls.Options()
        #expect(options.secondsMax <= 60 && options.connectSecondsMax <= 10)
        options.secondsMax = 1
        let curl = CurlCalls(options)
        let error = await #expect(throws: NoHTTPAnswer.self) {
            try await curl.perform(HTTPCall(method: "GET", url: "http://127.0.0.1:\(port)/"))
        }
        #expect(error?.description == "no answer of 127.0.0.1:\(port): Timeout was reached")
    }

    /// Reads a question and answers it, `answers` times on one connection; then reads one more and closes without a
    /// word. - Returns: How many questions were read until nobody asked any more.
    private static func serve(_ listener: Int32, answers: Int) -> Int {
        var (asked, answered) = (0, 0)
        while true {
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, asked < 2 ? 600_000 : 1_500) > 0 else { return asked }
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return asked }  // the test is over
            defer { close(connection) }
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while read(connection, &buffer, buffer.count) > 0 {
                guard buffer.starts(with: "POST".utf8) else { continue }  // the body comes by itself
                asked += 1
                guard answered < answers else { break }
                answered += 1
                let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                _ = text.withCString { write(connection, $0, text.utf8.count) }
            }
        }
    }

    @Test("What changes something is asked once, also where the server closes a connection without an answer")
    func lostAnswer() async throws {
        let (port, listener) = try Self.silentPort()
        defer { close(listener) }
        // A thread of its own: those of tasks may all be taken while other tests run.
        let served = AsyncStream<Int>.makeStream()
        Thread.detachNewThread { served.continuation.yield(Self.serve(listener, answers: 1)) }
        let curl = CurlCalls()
        let call = HTTPCall(method: "POST", url: "http://127.0.0.1:\(port)/", body: "{}")
        #expect(try await curl.perform(call).status == 200)
        await #expect(throws: NoHTTPAnswer.self) { try await curl.perform(call) }
        var asked = served.stream.makeAsyncIterator()
        #expect(await asked.next() == 2)
    }
}
