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
}
