import HTTPTypes
import NIOCore
import NIOHTTP1
import OrderManagement

/// What a handler answers.
struct APIResponse: Sendable {
    enum Content: Sendable {
        case none
        case text(String)
        case bytes([UInt8])
        /// Written as it comes, for as long as the caller listens.
        case stream(@Sendable (AnswerStream) async throws -> Void)
    }

    enum MediaType: String, Sendable {
        case json = "application/json"
        case problem = "application/problem+json"
        case plain = "text/plain; version=0.0.4; charset=utf-8"
        case html = "text/html; charset=utf-8"
        case css = "text/css; charset=utf-8"
        case events = "text/event-stream"
        case pdf = "application/pdf"
        case zpl = "application/zpl"
    }

    var status: Int
    var body: Content
    var type: MediaType
    var headers: [(name: HTTPField.Name, value: String)]

    init(
        status: Int = 200, body: Content, type: MediaType = .json,
        headers: [(name: HTTPField.Name, value: String)] = []
    ) {
        self.status = status
        self.body = body
        self.type = type
        self.headers = headers
    }

    /// What a command answered.
    init(_ reply: Reply) {
        self.init(status: reply.status, body: .text(reply.body))
        if let location = reply.location { headers.append((.location, location)) }
        if let version = reply.version { headers.append((.eTag, "\"\(version)\"")) }
    }

    /// A document, with the version of what it shows.
    static func json(
        _ status: Int = 200, version: Int64? = nil, _ write: (inout JSONWriter) throws -> Void
    ) rethrows -> APIResponse {
        var json = JSONWriter(reservingCapacity: 1024)
        try write(&json)
        var response = APIResponse(status: status, body: .bytes(json.bytes))
        if let version { response.headers.append((.eTag, "\"\(version)\"")) }
        return response
    }

    /// The answer as it is sent, with the headers that all answers bear.
    func written(id: String, date: String) -> WrittenAnswer {
        var fields: [(String, String)] = []
        fields.reserveCapacity(headers.count + 6)
        func add(_ name: HTTPField.Name, _ value: String) { fields.append((name.rawName, value)) }
        add(.xContentTypeOptions, "nosniff")
        // A file may be kept where replies may not.
        if !headers.contains(where: { $0.name == .cacheControl }) { add(.cacheControl, "no-store") }
        add(.requestID, id)
        if case .none = body {} else { add(.contentType, type.rawValue) }
        // A field makes spaces of what would begin another line.
        for (name, value) in headers { add(name, HTTPField(name: name, value: value).value) }
        let content: WrittenAnswer.Body =
            switch body {
            case .none: .none
            case .text(let text): .whole(ByteBuffer(string: text))
            case .bytes(let bytes): .whole(ByteBuffer(bytes: bytes))
            case .stream(let write): .stream(write)
            }
        if let length = content.length { add(.contentLength, String(length)) }
        add(.date, date)
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: status), headers: HTTPHeaders(fields))
        return WrittenAnswer(head: head, body: content)
    }
}

/// An answer in the words of HTTP/1.1.
struct WrittenAnswer: Sendable {
    enum Body: Sendable {
        case none
        case whole(ByteBuffer)
        case stream(@Sendable (AnswerStream) async throws -> Void)

        /// Bytes; nil where nobody knows yet.
        var length: Int? {
            switch self {
            case .none: 0
            case .whole(let bytes): bytes.readableBytes
            case .stream: nil
            }
        }
    }

    let head: HTTPResponseHead
    var body: Body
}

extension HTTPField.Name {
    // Tokens of RFC 9110 are names, so none of these is nil.
    static let requestID = HTTPField.Name("Request-Id")!
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    static let lastEventID = HTTPField.Name("Last-Event-ID")!
    static let link = HTTPField.Name("Link")!
}
