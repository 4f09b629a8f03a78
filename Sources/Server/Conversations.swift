import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Begins a conversation on each connection that comes, and holds it on the event loop of the connection.
struct Conversations: ServerChildChannel {
    let responder: Responder
    /// How long a connection may be silent.
    let idle: TimeAmount

    /// A connection with what is said over it.
    struct Opened: ServerChildChannelValue {
        let channel: any Channel
        let conversation: NIOLoopBound<Conversation>
    }

    /// Bytes of all headers of a request together, and their number.
    private static let headerBytesMax = 80 << 10
    private static let headersMax = 1_000

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Opened> {
        channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = Self.headerBytesMax
            limits.maxHeaderListSize = Self.headerBytesMax
            limits.maxHeaderFieldCount = Self.headersMax
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
                withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
            let conversation = Conversation(channel, idle: idle)
            try pipeline.addHandler(conversation)
            return Opened(channel: channel, conversation: NIOLoopBound(conversation, eventLoop: channel.eventLoop))
        }
    }

    func handle(value opened: Opened, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopThread(opened.channel.eventLoop)) {
            await withTaskCancellationHandler {
                await opened.conversation.value.serve(responder)
            } onCancel: {
                opened.channel.close(mode: .input, promise: nil)
            }
        }
    }
}

/// The thread of an event loop, for tasks: what answers a request runs where the request is read and its answer
/// written, so that neither wakes another thread.
///
/// A class, since executors of tasks are objects.
final class EventLoopThread: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
