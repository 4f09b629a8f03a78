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
    /// All others.
    let headers: HTTPFields

    init(_ head: HTTPRequestHead) {
        method = head.method.rawValue
        target = Self.target(head.uri)
        var (authority, fields): (String?, HTTPFields) = (nil, [:])
        fields.reserveCapacity(head.headers.count)
        for (name, value) in head.headers {
            if authority == nil, name.utf8.count == 4, name.lowercased() == "host" {
                authority = value
            } else if let name = HTTPField.Name(name) {
                fields.append(HTTPField(name: name, value: value))
            }
        }
        (self.authority, headers) = (authority, fields)
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
