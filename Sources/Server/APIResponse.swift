import HTTPTypes
import Hummingbird
import NIOCore
import OrderManagement

/// What a handler answers.
struct APIResponse: Sendable {
    enum Content: Sendable {
        case none
        case text(String)
        case bytes([UInt8])
        /// Written as it comes, for as long as the caller listens.
        case stream(@Sendable (inout any ResponseBodyWriter) async throws -> Void)
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

    /// The reply of the server, with the headers that all replies bear.
    func response(id: String) -> Response {
        var fields = Self.common
        fields.append(HTTPField(name: .requestID, value: id))
        var content = ResponseBody()
        switch body {
        case .none: break
        case .text(let text): content = ResponseBody(byteBuffer: ByteBuffer(string: text))
        case .bytes(let bytes): content = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        case .stream(let write): content = ResponseBody(write)
        }
        if case .none = body {} else { fields.append(HTTPField(name: .contentType, value: type.rawValue)) }
        for (name, value) in headers {
            if name == .cacheControl { fields[.cacheControl] = nil }  // a file may be kept where replies may not
            fields.append(HTTPField(name: name, value: value))
        }
        return Response(status: .init(code: status), headers: fields, body: content)
    }

    private static let common: HTTPFields = [.xContentTypeOptions: "nosniff", .cacheControl: "no-store"]
}

extension HTTPField.Name {
    // Tokens of RFC 9110 are names, so none of these is nil.
    static let requestID = HTTPField.Name("Request-Id")!
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    static let lastEventID = HTTPField.Name("Last-Event-ID")!
    static let link = HTTPField.Name("Link")!
}
