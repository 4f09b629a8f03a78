import OrderManagement

/// One call of the interface: it registers the route, and it describes it.
struct Endpoint: Sendable {
    enum Method: String, CaseIterable, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    /// Who may call.
    enum Access: Hashable, Sendable {
        case everybody
        /// Anybody with a key; the command says the rest.
        case key
        case scope(Scope)
    }

    /// What Idempotency-Key is to the call.
    enum KeyRule: Sendable { case none, accepted, required }

    /// What bodies the call takes.
    enum Consumes: String, Sendable {
        case nothing = ""
        case json = "application/json"
        case form = "application/x-www-form-urlencoded"
    }

    typealias Answer = @Sendable (APIRequest) async throws -> APIResponse

    let method: Method
    /// With its parameters in braces: `/v1/orders/{id}`.
    let path: String
    var access: Access
    let summary: String
    /// The resource that it belongs to.
    let tag: String
    var query: [QueryParameter] = []
    var consumes: Consumes = .nothing
    var body: Schema?
    var bodyMax = Endpoint.bodyMaxDefault
    var key: KeyRule = .none
    /// Whether If-Match is looked at.
    var takesVersion = false
    var replies: [(status: Int, schema: Schema?)] = []
    /// What a reply is written in.
    var produces = APIResponse.MediaType.json
    /// Pages of the console and files are served, not described.
    var isDescribed = true
    /// A call of customers: it is counted by where it comes from, and knows any query, since mail programs add to them.
    var isForCustomers = false
    /// A call that is counted by where it comes from.
    var isCounted = false
    let answer: Answer

    /// Whether a reply is drawn, which may take seconds.
    var isDrawn: Bool { produces == .pdf || produces == .zpl }

    static let bodyMaxDefault = 1 << 20

    /// A call that looks.
    static func get(
        _ path: String, _ access: Access, tag: String, _ summary: String, query: [QueryParameter] = [],
        reply: Schema?, _ answer: @escaping Answer
    ) -> Endpoint {
        Endpoint(
            method: .get, path: path, access: access, summary: summary, tag: tag, query: query,
            replies: [(200, reply)], answer: answer)
    }

    /// A call that looks through a list, page by page.
    static func list(
        _ path: String, _ access: Access, tag: String, _ summary: String, query: [QueryParameter] = [],
        of entry: Schema, _ answer: @escaping Answer
    ) -> Endpoint {
        get(
            path, access, tag: tag, summary, query: query + [.limit, .cursor], reply: .page(of: entry), answer)
    }

    /// A call that changes something; `key` says whether it moves stock or money.
    static func post(
        _ path: String, _ scope: Scope, tag: String, _ summary: String, key: KeyRule = .accepted,
        takesVersion: Bool = false, body: Schema, status: Int = 201, reply: Schema?, _ answer: @escaping Answer
    ) -> Endpoint {
        Endpoint(
            method: .post, path: path, access: .scope(scope), summary: summary, tag: tag, consumes: .json, body: body,
            key: key, takesVersion: takesVersion, replies: [(status, reply)], answer: answer)
    }

    /// A call that saves something under its name.
    static func put(
        _ path: String, _ scope: Scope, tag: String, _ summary: String, body: Schema, reply: Schema?,
        _ answer: @escaping Answer
    ) -> Endpoint {
        Endpoint(
            method: .put, path: path, access: .scope(scope), summary: summary, tag: tag, consumes: .json, body: body,
            replies: [(200, reply)], answer: answer)
    }

    static func delete(
        _ path: String, _ scope: Scope, tag: String, _ summary: String, _ answer: @escaping Answer
    ) -> Endpoint {
        Endpoint(
            method: .delete, path: path, access: .scope(scope), summary: summary, tag: tag, replies: [(204, nil)],
            answer: answer)
    }

    /// What the call is about: the last word of its path, `collections`.
    var noun: String { path.split(separator: "/").last { $0.first != "{" }.map(String.init) ?? path }

    /// The names in braces, from left to right.
    var parameters: [String] {
        path.split(separator: "/").filter { $0.first == "{" }.map { String($0.dropFirst().dropLast()) }
    }
}
