import Foundation
import HTTPTypes
import NIOHTTP1

/// What a request begins with.
struct RequestHead: Sendable {
    let method: String
    /// Path and query.
    let target: String
    /// Host and port as the caller named them.
    let authority: String?
    let headers: RequestHeaders

    init(_ head: HTTPRequestHead) {
        method = head.method.rawValue
        target = Self.target(head.uri)
        headers = RequestHeaders(head.headers)
        authority = head.headers.first(name: "Host")
    }

    /// Without scheme and host, which whoever speaks to a proxy writes in front (RFC 9112, section 3.2.2).
    private static func target(_ uri: String) -> String {
        guard uri.utf8.first != UInt8(ascii: "/"), let parts = URLComponents(string: uri), parts.scheme != nil else {
            return uri
        }
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        return parts.percentEncodedQuery.map { path + "?" + $0 } ?? path
    }
}

/// The fields in front of a request's body, looked up by name as they came: a call asks for a handful of them, so that
/// nothing is gained by an index.
struct RequestHeaders: Sendable {
    private let fields: HTTPHeaders

    init(_ fields: HTTPHeaders) { self.fields = fields }

    /// All values of a field, in their order (RFC 9110, section 5.3); bytes that have no place in one are spaces.
    subscript(values name: HTTPField.Name) -> [String] {
        fields[name.rawName].map { HTTPField(name: name, value: $0).value }
    }

    /// The value of a field, or its values as a list; nil where there is none.
    subscript(name: HTTPField.Name) -> String? {
        let values = self[values: name]
        return values.count <= 1 ? values.first : values.joined(separator: name == .cookie ? "; " : ", ")
    }
}
