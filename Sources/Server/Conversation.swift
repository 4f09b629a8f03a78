import HTTPTypes
import NIOCore
import NIOHTTP1

/// What is said over one connection: requests, one after the other, and the answers to them.
///
/// All of it happens on the connection's event loop, where the task that answers runs too (`EventLoopThread`): a
/// request changes threads only where it waits for the database or for its commit, and nothing here needs a lock.
///
/// A class, as the handlers of a connection are; used on its event loop alone.
final class Conversation: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Parts of requests that may wait to be taken: no more is read before.
    static let arrivedMax = 8

    let channel: any Channel
    /// How long it may be silent.
    private let idle: TimeAmount
    private var context: ChannelHandlerContext?
    /// Parts of requests that nobody has taken yet.
    private var arrived = CircularBuffer<HTTPServerRequestPart>()
    /// The task that waits for the next part.
    private var waiting: UnsafeContinuation<HTTPServerRequestPart?, any Error>?
    /// Why no more parts come; nil as long as they may.
    private var end: Result<HTTPServerRequestPart?, any Error>?
    private var isReadHeld = false
    /// Whether the present request has more of a body to be taken.
    private var hasMoreBody = false

    /// Requests that began to come and whose answers have not ended.
    private var unanswered = 0
    private var isRequestComing = false
    private var lastHeardOf = NIODeadline.now()
    private var silence: Scheduled<Void>?
    /// Whether the server is about to stop: the present answer is the last.
    private var isQuiescing = false

    init(_ channel: any Channel, idle: TimeAmount) {
        self.channel = channel
        self.idle = idle
    }

    // MARK: The task that answers

    /// Answers requests until the caller, or the server, has had enough.
    func serve(_ responder: Responder) async {
        do {
            while let part = try await next() {
                guard case .head(let head) = part else { throw ChannelError.inputClosed }
                hasMoreBody = true
                let request = RequestHead(head)
                try await write(try await responder.respond(to: request, on: self))
                if request.headers[.connection] == "close" { break }
                while try await nextOfBody() != nil {}  // what the call did not want to know
            }
            try await hangUp()
        } catch is HTTPParserError {
            await refuseTheRest()
        } catch {
            channel.close(promise: nil)  // nobody is left to be told
        }
    }

    /// The next part of the body of the present request; nil behind the last.
    func nextOfBody() async throws -> ByteBuffer? {
        guard hasMoreBody else { return nil }
        if case .body(let part) = try await next() { return part }
        hasMoreBody = false
        return nil
    }

    private func next() async throws -> HTTPServerRequestPart? {
        channel.eventLoop.preconditionInEventLoop()
        if let part = arrived.popFirst() {
            if isReadHeld, arrived.count < Self.arrivedMax {
                isReadHeld = false
                context?.read()
            }
            return part
        }
        if let end { return try end.get() }
        return try await withUnsafeThrowingContinuation { waiting = $0 }
    }

    private func write(_ answer: WrittenAnswer) async throws {
        channel.eventLoop.preconditionInEventLoop()
        guard let context else { throw ChannelError.ioOnClosedChannel }
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        switch answer.body {
        case .none: break
        case .whole(let bytes): context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        case .stream(let write): try await write(AnswerStream(channel: channel))
        }
        // Whoever does not read the answers has to, before more requests are taken.
        let isRead = channel.isWritable ? nil : channel.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: isRead)
        noteAnswer(context)
        if let isRead { try await isRead.futureResult.get() }
    }

    /// Says no more, and waits for the caller to hang up too.
    private func hangUp() async throws {
        channel.close(mode: .output, promise: nil)
        try await channel.closeFuture.get()
    }

    /// A request that began readable went on unreadable: where the next one would begin is not known.
    private func refuseTheRest() async {
        let head = HTTPResponseHead(
            version: .http1_1, status: .badRequest, headers: ["Connection": "close", "Content-Length": "0"])
        guard let context else { return }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        noteAnswer(context)
        do { try await hangUp() } catch { channel.close(promise: nil) }
    }

    // MARK: What comes

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { watchSilence(context, for: idle) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        silence?.cancel()
        end(.success(nil))
    }

    func channelActive(context: ChannelHandlerContext) {
        watchSilence(context, for: idle)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.success(nil))
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        lastHeardOf = .now()
        switch part {
        case .head: (unanswered, isRequestComing) = (unanswered + 1, true)
        case .body: break
        case .end: isRequestComing = false
        }
        if let task = takeWaiting() { task.resume(returning: part) } else { arrived.append(part) }
    }

    func read(context: ChannelHandlerContext) {
        isReadHeld = arrived.count >= Self.arrivedMax
        if !isReadHeld { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError, unanswered == 0 {
            refuse(Problem(error), context)
        } else {
            end(.failure(error))
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent where unanswered > 0: isQuiescing = true
        case is ChannelShouldQuiesceEvent: context.close(promise: nil)
        case ChannelEvent.inputClosed: end(.success(nil))
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func end(_ reason: Result<HTTPServerRequestPart?, any Error>) {
        if end == nil { end = reason }
        takeWaiting()?.resume(with: reason)
    }

    private func takeWaiting() -> UnsafeContinuation<HTTPServerRequestPart?, any Error>? {
        defer { waiting = nil }
        return waiting
    }

    /// Answers what cannot be read as a request with a problem document, as everything else that is refused.
    private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
        let body = ByteBuffer(string: problem.text)
        let headers: HTTPHeaders = [
            "Content-Type": APIResponse.MediaType.problem.rawValue, "Content-Length": String(body.readableBytes),
            "Connection": "close", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: problem.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)  // where the next request would begin is not known
    }

    // MARK: Silence, and the end

    private func noteAnswer(_ context: ChannelHandlerContext) {
        unanswered -= 1
        guard unanswered == 0 else { return }
        if isQuiescing { return context.close(promise: nil) }
        lastHeardOf = .now()
        watchSilence(context, for: idle)
    }

    private func watchSilence(_ context: ChannelHandlerContext, for time: TimeAmount) {
        guard silence == nil else { return }
        silence = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.endSilence() }
    }

    private func endSilence() {
        silence = nil
        // As long as somebody waits for an answer, it is not they who are silent.
        guard let context, isRequestComing || unanswered == 0 else { return }
        let left = lastHeardOf + idle - .now()
        if left > .zero { watchSilence(context, for: left) } else { context.close(promise: nil) }
    }
}

/// Where the parts of an answer are written that comes bit by bit.
struct AnswerStream: Sendable {
    fileprivate let channel: any Channel

    /// Writes one part; returns when the caller's side has room for more.
    func write(_ part: ByteBuffer) async throws {
        try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(part))).get()
    }
}

extension Problem {
    /// What cannot be read as a request.
    fileprivate init(_ error: HTTPParserError) {
        switch error {
        case .invalidMethod:
            let methods = (Endpoint.Method.allCases.map(\.rawValue) + ["HEAD"]).sorted().joined(separator: ", ")
            self.init(501, "unknown_method", "this method is known to nobody here; calls are made by: \(methods)")
        case .headerOverflow:
            self.init(431, "headers_too_large", "the headers of a request may have 80 KiB together")
        default: self.init(400, "invalid_input", "this is no HTTP/1.1 request that can be read: \(error)")
        }
    }
}
