import HTTPTypes
import NIOCore
import OrderManagement

/// A request that has found its endpoint and its caller.
struct APIRequest: Sendable {
    /// As it came, with the query cut off: `/v1/orders/ord_…`.
    let path: String
    /// The parts of the path in braces, decoded, from left to right.
    let parameters: [String]
    let query: Query
    let headers: RequestHeaders
    let body: ByteBuffer
    let principal: Principal
    /// Idempotency-Key.
    let key: String?
    /// The version that the caller saw (`If-Match`); nil for any.
    let version: Int64?
    let bodyMax: Int
    /// Host and port as the caller named them.
    var authority: String?
    /// Where it comes from; told only to calls that count by it: customers', and those that take passwords.
    var client = ClientAddress.unknown

    /// The part of the path as an identifier.
    /// - Throws: `.notFound` for text that can be none: nothing has that name.
    func id<Subject>(_ type: Identifier<Subject>.Type, _ place: Int = 0) throws(Refusal) -> Identifier<Subject> {
        guard let id = Identifier<Subject>(parameters[place]) else { throw missing(place, Subject.prefix) }
        return id
    }

    func id<Subject>(_ type: PartIdentifier<Subject>.Type, _ place: Int = 0) throws(Refusal) -> PartIdentifier<Subject>
    {
        guard let id = PartIdentifier<Subject>(parameters[place]) else { throw missing(place, Subject.prefix) }
        return id
    }

    private func missing(_ place: Int, _ prefix: String) -> Refusal {
        Refusal(.notFound, "there is nothing called \(parameters[place]): such names begin with \(prefix)_")
    }

    /// The key with all that it is valid for.
    func idempotencyKey(of digest: String, index: Int? = nil) -> IdempotencyKey? {
        guard let key else { return nil }
        return IdempotencyKey(
            principal: principal, method: "POST", path: path, key: index.map { "\(key)/\($0)" } ?? key, digest: digest)
    }

    /// Whether only to say what the call would bring.
    var isPreview = false

    /// A preview changes nothing, so that nothing is kept of it.
    var idempotencyKey: IdempotencyKey? {
        key == nil || isPreview ? nil : idempotencyKey(of: body.withUnsafeReadableBytes { Digest(of: $0).base64url })
    }

    /// Reads the body as an object.
    ///
    /// - Throws: `Problem` for what is no JSON; `Refusal` with everything that is wrong.
    func read<Value>(_ decode: (inout Fields) -> Value) throws -> Value {
        let body = BodyProblems()
        let value = body.object(try json()) { decode(&$0) }
        try body.check()
        guard let value else { throw Problem.internal }
        return value
    }

    /// The tree of the body; without a body, an empty object.
    func json() throws(Problem) -> JSON {
        guard body.readableBytes > 0 else { return .object([]) }
        do {
            return try body.withUnsafeReadableBytes { buffer in
                Result { () throws(JSONError) in try JSON.parse(buffer, limits: JSONLimits(bytesMax: bodyMax)) }
            }.get()
        } catch {
            if error.isTooLarge { throw Problem.tooLarge(bodyMax) }
            throw Problem(400, Refusal.Code.invalidInput.rawValue, "the body is no JSON that can be read: \(error)")
        }
    }

    /// How many entries a list may have at most, and how many it has unless told otherwise.
    static let limitMax: Int64 = 200
    static let limitDefault = 50
}
