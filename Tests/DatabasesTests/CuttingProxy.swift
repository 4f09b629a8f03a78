import Databases
import Foundation
import Synchronization

/// A wire between a client and the server that is cut at the worst moment, as told.
///
/// A class, since its threads and the test share the plan.
final class CuttingProxy: Sendable {
    enum Plan: Sendable {
        case passing
        /// The next COMMIT reaches the server, its answer does not reach the client.
        case loseAnswerToCommit
        /// The next COMMIT does not reach the server.
        case loseCommit
    }

    struct Failure: Error { let what: String }

    private struct State: Sendable {
        var plan = Plan.passing
        /// Whether new connections are turned away after the cut.
        var refusesAfterwards = false
        var isRefusing = false
        var isStopped = false
    }

    private let state = Mutex(State())
    private let listener: Int32
    private let target: sockaddr_in
    let port: Int

    /// - Parameter port: Where the server listens on the loopback.
    init(to port: Int) throws {
        target = Self.loopback(port)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var own = Self.loopback(0)
        guard Self.with(&own, { bind(listener, $0, $1) }) == 0, listen(listener, 16) == 0 else {
            throw Failure(what: "cannot listen")
        }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        guard code == 0 else { throw Failure(what: "no port") }
        self.port = Int(UInt16(bigEndian: own.sin_port))
        Thread { [self] in acceptAll() }.start()
    }

    /// Says what to cut next, and whether anybody gets through afterwards.
    func plan(_ plan: Plan, refusesAfterwards: Bool = false) {
        state.withLock { state in
            state.plan = plan
            state.refusesAfterwards = refusesAfterwards
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// The same database, through this wire.
    func address(of direct: PostgresAddress) throws -> PostgresAddress {
        guard var parts = URLComponents(string: direct.connectionText) else { throw Failure(what: "no URL") }
        parts.host = "127.0.0.1"
        parts.port = port
        parts.query = "sslmode=disable"
        return try PostgresAddress(parts.string ?? "")
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { return }
            let isRefusing = state.withLock { $0.isRefusing }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var target = target
            guard !isRefusing, Self.with(&target, { connect(server, $0, $1) }) == 0 else {
                close(client)
                close(server)
                continue
            }
            let wire = Wire(client: client, server: server)
            Thread { [self] in pumpToServer(wire) }.start()
            Thread { [self] in pumpToClient(wire) }.start()
        }
    }

    private func pumpToServer(_ wire: Wire) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(wire.client, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            if String(decoding: buffer[..<count], as: UTF8.self).contains("COMMIT\0") {
                switch cut() {
                case .passing: break
                case .loseAnswerToCommit: wire.isMuted.store(true, ordering: .sequentiallyConsistent)
                case .loseCommit:
                    wire.end()
                    return
                }
            }
            guard send(wire.server, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        wire.end()
    }

    private func pumpToClient(_ wire: Wire) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(wire.server, &buffer, buffer.count, 0)
            guard count > 0, !wire.isMuted.load(ordering: .sequentiallyConsistent),
                send(wire.client, buffer, count, Int32(MSG_NOSIGNAL)) == count
            else { break }
        }
        wire.end()
    }

    private func cut() -> Plan {
        state.withLock { state in
            defer {
                if case .passing = state.plan {} else { state.isRefusing = state.refusesAfterwards }
                state.plan = .passing
            }
            return state.plan
        }
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func with(
        _ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// One connection through the proxy. A class, since two threads share it; the sockets live as long as the process.
private final class Wire: Sendable {
    let client: Int32
    let server: Int32
    let isMuted = Atomic(false)

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
    }

    /// Cuts both ends: the other thread's reading ends, too.
    func end() {
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_RDWR))
    }
}
