import HTTPTypes
import OrderManagement

/// A no over HTTP: a problem document (RFC 9457) with our code and the wrong places.
///
/// The same cause gives the same bytes; what differs from request to request stands in the header `Request-Id`.
struct Problem: Error, Sendable {
    let status: Int
    let code: String
    let detail: String
    var errors: [Refusal.Detail] = []
    var headers: [(name: HTTPField.Name, value: String)] = []

    init(
        _ status: Int, _ code: String, _ detail: String, errors: [Refusal.Detail] = [],
        headers: [(name: HTTPField.Name, value: String)] = []
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    init(_ refusal: Refusal) {
        self.init(refusal.code.status, refusal.code.rawValue, refusal.explanation, errors: refusal.details)
        switch refusal.code.status {
        case 401: headers = [(.wwwAuthenticate, #"Bearer realm="waybill""#)]
        case 429, 503: headers = [(.retryAfter, "1")]
        default: break
        }
    }

    /// What callers learn of a fault of the server: nothing but that it is one.
    static let `internal` = Problem(
        500, "internal_error", "the server failed to answer; the Request-Id tells its operators where to look")

    static func notFound(_ path: String) -> Problem { Problem(404, "not_found", "there is nothing at \(path)") }

    static func notAllowed(_ method: String, _ allowed: [String]) -> Problem {
        let list = allowed.joined(separator: ", ")
        return Problem(
            405, "method_not_allowed", "\(method) is not possible here; possible: \(list)", headers: [(.allow, list)])
    }

    static func tooLarge(_ bytesMax: Int) -> Problem {
        Problem(413, "payload_too_large", "a body here may have \(bytesMax) bytes at most")
    }

    static func unsupported(_ expected: String) -> Problem {
        Problem(415, "unsupported_media_type", "the body must come with Content-Type: \(expected)")
    }

    /// The kind of problem in a few words, the same for all problems of a status.
    private var title: String {
        switch status {
        case 400: "The request cannot be understood"
        case 401: "Who are you?"
        case 403: "Not allowed for this key"
        case 404: "Not found"
        case 405: "Method not allowed"
        case 409: "The present state does not allow it"
        case 412: "Changed meanwhile"
        case 413: "Too large"
        case 415: "Unsupported media type"
        case 422: "A rule is broken"
        case 429: "Too many requests"
        case 431: "Too large"
        case 501: "Not known here"
        case 503: "Not available at the moment"
        default: "Internal error"
        }
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("type", "urn:waybill:problem:" + code)
            $0.member("title", title)
            $0.member("status", status)
            $0.member("detail", detail)
            $0.member("code", code)
            $0.array("errors") { list in
                for error in errors {
                    list.object {
                        $0.member("pointer", error.pointer)
                        $0.member("code", error.code.rawValue)
                        $0.member("detail", error.detail)
                    }
                }
            }
        }
    }

    var text: String {
        var json = JSONWriter()
        write(to: &json)
        return json.text
    }

    var response: APIResponse {
        APIResponse(status: status, body: .text(text), type: .problem, headers: headers)
    }
}
