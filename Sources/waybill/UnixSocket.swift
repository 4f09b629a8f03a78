import Foundation
import OrderManagement

/// Unix stream sockets, by the system's own calls.
enum UnixSocket {
    /// Listens at a path; what a dead server left there is removed. The caller holds the database, so none is alive.
    static func listen(at path: String) throws -> Int32 {
        unlink(path)
        let descriptor = socket(AF_UNIX, Self.stream, 0)
        guard descriptor >= 0 else { throw failed("make", path) }
        do {
            // Nobody can connect between these: the socket refuses until it listens.
            guard try withAddress(of: path, { bind(descriptor, $0, $1) }) == 0, chmod(path, 0o600) == 0,
                Foundation.listen(descriptor, 16) == 0
            else { throw failed("listen at", path) }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// The next connection; nil when the listener was shut down.
    static func accept(_ listener: Int32) -> Int32? {
        while true {
            let connection = Foundation.accept(listener, nil, nil)
            if connection >= 0 { return connection }
            guard errno == EINTR || errno == ECONNABORTED || errno == EMFILE || errno == ENFILE else { return nil }
            if errno != EINTR { usleep(100_000) }
        }
    }

    /// Connects to a path; nil if nobody listens there.
    static func connect(to path: String) throws -> Int32? {
        let descriptor = socket(AF_UNIX, Self.stream, 0)
        guard descriptor >= 0 else { throw failed("make", path) }
        let result = try withAddress(of: path) { Foundation.connect(descriptor, $0, $1) }
        if result == 0 { return descriptor }
        let reason = errno
        close(descriptor)
        switch reason {
        case ENOENT, ECONNREFUSED: return nil
        case EACCES, EPERM:
            throw CommandRefused("a server uses this database and runs as another user: no permission for \(path)")
        default: throw CommandRefused("cannot connect to \(path): \(String(cString: strerror(reason)))")
        }
    }

    /// Writes all of the text; false if the other end is gone.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = send(descriptor, rest.baseAddress, rest.count, Self.noSignal)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            return true
        }
    }

    /// A console that speaks to the client at the other end; what a client that is gone would hear is dropped.
    static func console(for request: AdminRequest, _ connection: Int32) -> Console {
        Console(folder: request.folder, showsProgress: request.showsProgress) { message in
            var json = JSONWriter()
            json.object {
                switch message {
                case .out(let text): $0.member("out", text)
                case .err(let text): $0.member("err", text)
                case .progress(let text): $0.member("progress", text)
                }
            }
            write(json.text + "\n", to: connection)
        }
    }

    #if canImport(Glibc)
        private static let stream = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #else
        private static let stream = SOCK_STREAM
        private static let noSignal: Int32 = 0
    #endif

    private static func failed(_ action: String, _ path: String) -> CommandRefused {
        CommandRefused("cannot \(action) the admin socket \(path): \(String(cString: strerror(errno)))")
    }

    /// Hands over the path as the system wants it. Its room is 108 bytes, so a long folder is named by a descriptor.
    private static func withAddress(
        of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        var name = path
        var folder: Int32 = -1
        if name.utf8.count > room {
            let url = URL(fileURLWithPath: path)
            folder = open(url.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
            name = "/proc/self/fd/\(folder)/\(url.lastPathComponent)"
        }
        defer { if folder >= 0 { close(folder) } }
        guard name.utf8.count <= room else {
            throw CommandRefused("the path of the admin socket is too long: \(path)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// Reads lines from a descriptor.
struct LineReader {
    private let descriptor: Int32
    private var bytes: [UInt8] = []
    /// Up to where `bytes` was searched for the end of a line.
    private var searched = 0

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// The next line without its end; nil when the other end has hung up.
    mutating func next() -> String? {
        while true {
            if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: bytes[..<end], as: UTF8.self)
                bytes.removeFirst(end + 1)
                searched = 0
                return line
            }
            searched = bytes.count
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
