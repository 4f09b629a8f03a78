import HTTPTypes
import Logging
import NIOCore
import OrderManagement
import Synchronization

/// Takes every request from its first line to its answer: route, caller, body, handler, problem, count.
struct Responder: Sendable {
    let routes: Routes
    let authentication: Authentication
    let console: Console
    let customers: CustomerPages
    let proxies: TrustedProxies
    let logger: Logger
    let ids = RequestIDs()
    let date = AnswerDate()
    let papers = PaperThreads()

    /// - Throws: what broke the connection, when nobody is left to answer.
    func respond(to request: RequestHead, on conversation: Conversation) async throws -> WrittenAnswer {
        let start = ContinuousClock.now
        let id = ids.next()
        let target = request.target
        let cut = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        let path = cut.map { String(target[..<$0]) } ?? target
        let method = request.method
        switch routes.match(method, path) {
        case .nothing: return written(say(.notFound(path), at: path, id: id, request.headers), id)
        case .wrongMethod(let allowed):
            return written(say(.notAllowed(method, allowed), at: path, id: id, request.headers), id)
        case .found(let route, let parameters):
            let query = cut.map { target[target.utf8.index(after: $0)...] } ?? ""
            let answer: APIResponse
            do {
                answer = try await self.answer(
                    request, by: route.endpoint, path: path, parameters: parameters, query: query,
                    on: conversation)
            } catch let broken as BrokenConnection {
                throw broken.cause  // nobody is left to answer
            } catch {
                answer = say(
                    problem(for: error, id: id, endpoint: route.endpoint), at: path, id: id, request.headers)
            }
            var whole = written(answer, id)
            let (seconds, attoseconds) = (ContinuousClock.now - start).components
            route.count(status: answer.status, nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
            if method == "HEAD" { whole.body = .none }
            return whole
        }
    }

    private func written(_ answer: APIResponse, _ id: String) -> WrittenAnswer {
        answer.written(id: id, date: date.text)
    }

    /// A problem as a page for people on the paths of the console and of customers, as a document everywhere else.
    private func say(_ problem: Problem, at path: String, id: String, _ headers: RequestHeaders) -> APIResponse {
        do {
            return try console.page(for: problem, at: path, id: id)
                ?? customers.page(for: problem, at: path, headers) ?? problem.response
        } catch {
            logger.error("a problem has no page", metadata: ["request": "\(id)", "error": "\(error)"])
            return problem.response
        }
    }

    private func answer(
        _ request: RequestHead, by endpoint: Endpoint, path: String, parameters: [String], query: Substring,
        on conversation: Conversation
    ) async throws -> APIResponse {
        let headers = request.headers
        let principal: Principal
        switch endpoint.access {
        case .everybody: principal = Self.nobody
        case .key: principal = try await authentication.principal(of: headers)
        case .scope(let scope):
            principal = try await authentication.principal(of: headers)
            try principal.require(scope)
        }
        let known = try endpoint.isForCustomers ? Query(tolerating: query) : Query(query)
        if !endpoint.isForCustomers { try known.check(against: endpoint.query) }
        let isPreview = try !endpoint.isForCustomers && known.truth("preview") ?? false
        let body = try await self.body(of: request, for: endpoint, on: conversation)
        var ready = APIRequest(
            path: path, parameters: parameters, query: known, headers: headers, body: body, principal: principal,
            key: try Self.key(of: headers, isPreview && endpoint.key == .required ? .accepted : endpoint.key),
            version: endpoint.takesVersion ? try Self.version(of: headers) : nil, bodyMax: endpoint.bodyMax,
            authority: request.authority, isPreview: isPreview)
        if endpoint.isForCustomers || endpoint.isCounted {
            ready.client = proxies.client(
                peer: conversation.channel.remoteAddress?.ipAddress, forwardedFor: headers[values: .forwardedFor])
        }
        guard let threads = threads(for: endpoint) else { return try await endpoint.answer(ready) }
        return try await withTaskExecutorPreference(threads) { [ready] in try await endpoint.answer(ready) }
    }

    /// Where an answer is made that may take long; nil for the event loop, on which other conversations wait meanwhile.
    private func threads(for endpoint: Endpoint) -> (any TaskExecutor)? {
        if endpoint.isDrawn { return papers }
        return endpoint.bodyMax > Endpoint.bodyMaxDefault ? globalConcurrentExecutor : nil
    }

    private static let nobody = Principal(name: "nobody", scopes: [])

    /// The whole body, bounded.
    private func body(
        of request: RequestHead, for endpoint: Endpoint, on conversation: Conversation
    ) async throws -> ByteBuffer {
        guard endpoint.consumes != .nothing else { return ByteBuffer() }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > endpoint.bodyMax {
            throw Problem.tooLarge(endpoint.bodyMax)
        }
        var whole = ByteBuffer()
        do {
            while let part = try await conversation.nextOfBody() {
                if whole.readableBytes == 0 {
                    whole = part
                } else {
                    whole.writeImmutableBuffer(part)
                }
                guard whole.readableBytes <= endpoint.bodyMax else { throw Problem.tooLarge(endpoint.bodyMax) }
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw BrokenConnection(cause: error)
        }
        guard whole.readableBytes == 0 || Self.isType(request.headers[.contentType], endpoint.consumes) else {
            throw Problem.unsupported(endpoint.consumes.rawValue)
        }
        return whole
    }

    private static func isType(_ header: String?, _ expected: Endpoint.Consumes) -> Bool {
        guard let header else { return false }
        if header == expected.rawValue { return true }
        let parts = header.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
        guard parts.first == expected.rawValue else { return false }
        return parts.dropFirst().allSatisfy {
            !$0.hasPrefix("charset=") || $0 == "charset=utf-8" || $0 == "charset=\"utf-8\""
        }
    }

    private static func key(of headers: RequestHeaders, _ rule: Endpoint.KeyRule) throws(Refusal) -> String? {
        guard rule != .none else { return nil }
        guard let key = headers[.idempotencyKey] else {
            guard rule == .accepted else {
                throw Refusal(
                    .keyRequired,
                    "this call moves stock or money: send the header Idempotency-Key, a text for each request"
                )
            }
            return nil
        }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Refusal(.invalidInput, "Idempotency-Key must have 1 to 255 printable ASCII characters")
        }
        return key
    }

    private static func version(of headers: RequestHeaders) throws(Refusal) -> Int64? {
        guard let text = headers[.ifMatch], text != "*" else { return nil }
        guard text.count > 2, text.first == "\"", text.last == "\"", let version = Int64(text.dropFirst().dropLast())
        else { throw Refusal(.invalidInput, "If-Match must be one ETag that a reply gave, such as \"3\"") }
        return version
    }

    private func problem(for error: any Error, id: String, endpoint: Endpoint) -> Problem {
        switch error {
        case let refusal as Refusal: return Problem(refusal)
        case let problem as Problem: return problem
        case let unavailable as DatabaseUnavailable:
            logger.warning("database unavailable", metadata: ["request": "\(id)", "reason": "\(unavailable)"])
            return Problem(Refusal(.unavailable, "the database cannot be reached at the moment: try again"))
        default:
            logger.error(
                "request failed",
                metadata: [
                    "request": "\(id)", "call": "\(endpoint.method.rawValue) \(endpoint.path)", "error": "\(error)",
                ])
            return Problem.internal
        }
    }
}

extension HTTPField.Name {
    // A token of RFC 9110 is a name, so it is not nil.
    static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
}

/// The caller went away while sending.
private struct BrokenConnection: Error { let cause: any Error }

/// Names of requests, for logs: a random prefix of this server's run, and a number.
///
/// A class, since all requests share the number.
final class RequestIDs: Sendable {
    private let prefix = Base64URL.text(RandomBytes.make(6))
    private let count = Atomic<UInt64>(0)

    func next() -> String { "\(prefix).\(count.wrappingAdd(1, ordering: .relaxed).newValue)" }
}
