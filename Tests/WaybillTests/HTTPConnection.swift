import Foundation

/// One connection to a server on this machine, kept open, used by one thread: as plain as HTTP/1.1 can be.
///
/// A class, since it owns a descriptor.
final class HTTPConnection {
    struct Answer: Hashable, Sendable {
        let status: Int
        let body: String
    }

    struct Broken: Error {}

    private let port: Int
    private let key: String
    private var descriptor: Int32 = -1
    private var buffer: [UInt8] = []

    init(port: Int, key: String) {
        self.port = port
        self.key = key
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func get(_ path: String) throws -> Answer { try ask("GET", path, nil, nil) }

    /// Any method, without a body.
    func call(_ method: String, _ path: String) throws -> Answer { try ask(method, path, nil, nil) }

    func post(_ path: String, _ body: String, key idempotencyKey: String) throws -> Answer {
        try ask("POST", path, body, idempotencyKey)
    }

    /// Opens the connection and says nothing.
    func open() throws { if descriptor < 0 { try connectAnew() } }

    /// Asks for a stream and reads its head and its first words. - Returns: its status.
    func openStream(_ path: String) throws -> Int {
        try open()
        try send(Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(key)\r\n\r\n".utf8))
        while Self.find([13, 10, 13, 10], in: buffer) == nil { try fill() }
        let status = String(decoding: buffer.prefix(12), as: UTF8.self).split(separator: " ").last
        return status.flatMap { Int($0) } ?? 0
    }

    /// Sends bytes as they are, whatever they mean.
    func say(_ text: String) throws {
        try open()
        try send(Array(text.utf8))
    }

    /// Says that nothing more is sent.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next answer to what was said. - Throws: `Broken` when the connection ends before.
    func answer() throws -> Answer { try receive() }

    /// Asks, and waits no longer than told for the first byte of an answer. - Returns: whether one came.
    func isAnswered(_ path: String, within seconds: Double) throws -> Bool {
        try open()
        try send(Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(key)\r\n\r\n".utf8))
        return try waitForBytes(seconds)
    }

    /// Reads what comes, until the server closes the connection or the time is up. - Returns: whether it was closed.
    func isClosed(within seconds: Double) throws -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            guard try waitForBytes(end.timeIntervalSinceNow) else { return false }
            do { try fill() } catch is Broken { return true }
        }
        return false
    }

    /// Reads until the head of an answer is there, the connection ends or the time is up. - Returns: whether it came.
    func hasAnswer(within seconds: Double) throws -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while Self.find([13, 10, 13, 10], in: buffer) == nil {
            guard try waitForBytes(end.timeIntervalSinceNow) else { return false }
            do { try fill() } catch is Broken { return false }
        }
        return true
    }

    /// Everything that came so far and was not read as an answer.
    var unread: String { String(decoding: buffer, as: UTF8.self) }

    private func waitForBytes(_ seconds: Double) throws -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let count = poll(&entry, 1, Int32(max(0, seconds * 1000)))
        guard count >= 0 else { throw Broken() }
        return count > 0
    }

    /// - Throws: `Broken` when the connection ends before the answer is whole.
    private func ask(_ method: String, _ path: String, _ body: String?, _ idempotencyKey: String?) throws -> Answer {
        if descriptor < 0 { try connectAnew() }
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(key)\r\n"
        if let idempotencyKey { head += "Idempotency-Key: \(idempotencyKey)\r\n" }
        if let body { head += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        do {
            try send(Array((head + "\r\n" + (body ?? "")).utf8))
            return try receive()
        } catch {
            close(descriptor)
            descriptor = -1
            buffer = []
            throw error
        }
    }

    private func connectAnew() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            descriptor = -1
            throw Broken()
        }
    }

    private func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Broken() }
            sent += count
        }
    }

    private func receive() throws -> Answer {
        var headEnd: Int?
        while headEnd == nil {
            headEnd = Self.find([13, 10, 13, 10], in: buffer)
            if headEnd == nil { try fill() }
        }
        guard let headEnd else { throw Broken() }
        let head = String(decoding: buffer[..<headEnd], as: UTF8.self)
        let lines = head.components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Broken()
        }
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        while buffer.count < headEnd + 4 + length { try fill() }
        let body = String(decoding: buffer[(headEnd + 4)..<(headEnd + 4 + length)], as: UTF8.self)
        buffer.removeFirst(headEnd + 4 + length)
        return Answer(status: status, body: body)
    }

    private func fill() throws {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &chunk, chunk.count)
        guard count > 0 else { throw Broken() }
        buffer.append(contentsOf: chunk[..<count])
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= mark.count else { return nil }
        return (0...(bytes.count - mark.count)).first { Array(bytes[$0..<($0 + mark.count)]) == mark }
    }
}
