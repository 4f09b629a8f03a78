import NIOCore
import NIOHTTP1

/// Answers what cannot be read as a request with a problem document, as everything else that is refused; the HTTP
/// library would say 400 and nothing more.
///
/// A class, as the handlers of a connection are; used on its event loop alone.
final class UnreadableRequests: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Requests of the connection whose answers have not ended: behind those there is no room for another.
    private var unanswered = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) { unanswered += 1 }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, unanswered == 0 else { return context.fireErrorCaught(error) }
        let problem = Problem(error)
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

    /// Puts one where requests are parsed, in front of all that knows only requests that can be read.
    ///
    /// A class, as the handlers of a connection are.
    final class Door: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = NIOAny

        func handlerAdded(context: ChannelHandlerContext) {
            do {
                let pipeline = context.pipeline.syncOperations
                let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
                try pipeline.addHandler(UnreadableRequests(), position: .after(parser))
            } catch {
                context.fireErrorCaught(error)
            }
        }
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
