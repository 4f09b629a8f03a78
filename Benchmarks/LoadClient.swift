import Foundation
import NIOCore
import NIOPosix

/// What a run of the load client found.
struct LoadResult: Codable, Sendable {
    var requests = 0
    var seconds = 0.0
    var processorSeconds = 0.0
    /// How often each HTTP status came.
    var statuses: [Int: Int] = [:]
    var p50 = 0.0
    var p99 = 0.0
    var most = 0.0
    var requestsPerSecond: Double { seconds > 0 ? Double(requests) / seconds : 0 }
}

/// Sends requests over keep-alive connections, each its next when the last is answered (HTTP/1.1, closed loop).
///
/// The requests are bytes made beforehand, in which only the key and the external id are overwritten: the client shares
/// its machine with the server, so it must cost little.
struct LoadClient {
    let port: Int
    let path: String
    let connections: Int
    let warmUp: Duration
    let duration: Duration
    let requests: [PreparedRequest]
    /// Numbers of orders begin here, so that two runs against one server never meet.
    let firstNumber: Int

    func run() async throws -> LoadResult {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let tally = LoadTally(requests, firstNumber: firstNumber)
        let channels = try await withThrowingTaskGroup(of: (any Channel).self) { tasks in
            for _ in 0..<connections {
                tasks.addTask {
                    try await ClientBootstrap(group: loop)
                        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                        .channelInitializer { channel in
                            channel.eventLoop.makeCompletedFuture {
                                try channel.pipeline.syncOperations.addHandler(LoadConnection(tally))
                            }
                        }
                        .connect(host: "127.0.0.1", port: port).get()
                }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        try await Task.sleep(for: warmUp)
        try await loop.submit { tally.begin() }.get()
        try await Task.sleep(for: duration)
        let result = try await loop.submit { try tally.end() }.get()
        for channel in channels { channel.close(promise: nil) }
        try await group.shutdownGracefully()
        return result
    }
}

/// A request as bytes, with the places where key and external id stand.
struct PreparedRequest: Sendable {
    var bytes: [UInt8]
    var keyPlace: Int?
    var externalPlaces: [Int] = []

    private static let keyMark = String(repeating: "#", count: 32)
    private static let externalMark = "X%%%%%%%%%%%%"

    /// `POST` of a sample order.
    static func order(_ sample: SampleOrders.Sample, to path: String, bearer: String) -> PreparedRequest {
        let body = sample.body(externalID: externalMark)
        let text = """
            POST \(path) HTTP/1.1\r
            Host: 127.0.0.1\r
            Authorization: Bearer \(bearer)\r
            Idempotency-Key: \(keyMark)\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """
        var request = PreparedRequest(bytes: Array(text.utf8))
        request.keyPlace = places(of: keyMark, in: request.bytes).first
        request.externalPlaces = places(of: externalMark, in: request.bytes)
        return request
    }

    /// `GET`, the same each time.
    static func get(_ path: String, bearer: String) -> PreparedRequest {
        PreparedRequest(
            bytes: Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(bearer)\r\n\r\n".utf8))
    }

    private static func places(of mark: String, in bytes: [UInt8]) -> [Int] {
        let mark = Array(mark.utf8)
        return bytes.indices.filter { $0 + mark.count <= bytes.count && bytes[$0] == mark[0] }
            .filter { Array(bytes[$0..<$0 + mark.count]) == mark }
    }

    /// Overwrites key and external id by those of an order's number.
    func write(number: Int, to buffer: inout ByteBuffer) {
        let start = buffer.writerIndex
        buffer.writeBytes(bytes)
        if let keyPlace { buffer.setString(SampleOrders.key(number), at: start + keyPlace) }
        guard !externalPlaces.isEmpty else { return }
        let external = "X\(100_000_000_000 + number)"
        for place in externalPlaces { buffer.setString(external, at: start + place) }
    }
}

/// What all connections of a client share. A class, since they share it; only their one event loop touches it.
private final class LoadTally: @unchecked Sendable {
    private let requests: [PreparedRequest]
    private var number: Int
    private var isCounting = false
    private var begun = NIODeadline.now()
    private var processor = 0.0
    private var result = LoadResult()
    private var latencies = Latencies()
    private(set) var failure: String?

    init(_ requests: [PreparedRequest], firstNumber: Int) {
        self.requests = requests
        self.number = firstNumber
    }

    func begin() {
        isCounting = true
        begun = .now()
        processor = Machine.processorSeconds()
    }

    func end() throws -> LoadResult {
        isCounting = false
        if let failure { throw BenchmarkFailure(failure) }
        result.seconds = Double((NIODeadline.now() - begun).nanoseconds) / 1e9
        result.processorSeconds = Machine.processorSeconds() - processor
        result.requests = latencies.microseconds.count
        let quantiles = latencies.milliseconds(at: [0.5, 0.99, 1])
        (result.p50, result.p99, result.most) = (quantiles[0], quantiles[1], quantiles[2])
        return result
    }

    func writeNext(to buffer: inout ByteBuffer) {
        number += 1
        requests[number % requests.count].write(number: number, to: &buffer)
    }

    func count(status: Int, _ latency: TimeAmount) {
        guard isCounting else { return }
        result.statuses[status, default: 0] += 1
        latencies.add(.nanoseconds(latency.nanoseconds))
    }

    func fail(_ reason: String) { failure = failure ?? reason }
}

/// One connection: sends, waits for the whole answer, sends again. A class, since channel handlers are.
private final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let tally: LoadTally
    private var received = ByteBuffer()
    private var sentAt = NIODeadline.now()

    init(_ tally: LoadTally) { self.tally = tally }

    func channelActive(context: ChannelHandlerContext) { send(context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        if received.readableBytes == 0 { received = part } else { received.writeBuffer(&part) }
        while let status = readAnswer() {
            tally.count(status: status, .now() - sentAt)
            send(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        tally.fail("a connection failed: \(error)")
        context.close(promise: nil)
    }

    private func send(_ context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 4096)
        tally.writeNext(to: &buffer)
        sentAt = .now()
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// The status of a whole answer, which is then removed; nil while some of it is missing.
    private func readAnswer() -> Int? {
        let bytes = received.readableBytesView
        guard let headEnd = Self.headEnd(bytes) else { return nil }
        let head = String(decoding: bytes[bytes.startIndex..<headEnd], as: UTF8.self)
        guard let status = Int(head.dropFirst(9).prefix(3)), let length = Self.contentLength(head) else {
            tally.fail("an answer without status or content-length: \(head.prefix(200))")
            received.clear()
            return nil
        }
        let whole = headEnd - bytes.startIndex + 4 + length
        guard bytes.count >= whole else { return nil }
        if status >= 400 {
            let body = String(decoding: bytes[(headEnd + 4)...].prefix(length), as: UTF8.self)
            tally.fail("status \(status): \(body.prefix(300))")
        }
        received.moveReaderIndex(forwardBy: whole)
        if received.readableBytes == 0 { received.clear() }
        return status
    }

    private static func headEnd(_ bytes: ByteBufferView) -> Int? {
        var place = bytes.startIndex
        while place + 3 < bytes.endIndex {
            if bytes[place] == 13, bytes[place + 1] == 10, bytes[place + 2] == 13, bytes[place + 3] == 10 {
                return place
            }
            place += 1
        }
        return nil
    }

    private static func contentLength(_ head: String) -> Int? {
        for line in head.utf8.split(separator: 10) where line.count > 15 && line.count < 40 {
            let text = String(decoding: line, as: UTF8.self).lowercased()
            guard text.hasPrefix("content-length:") else { continue }
            return Int(text.dropFirst(15).trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return nil
    }
}
