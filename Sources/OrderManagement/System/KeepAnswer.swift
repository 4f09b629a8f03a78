/// Keeps an answer that several commands made together under the key of its caller, and changes nothing else: a
/// repeated request gets it again, and one that asks for something else under the key is refused.
///
/// - Throws: `.forbidden`.
public struct KeepAnswer: Command {
    public static let name = "keep-answer"
    public let body: String
    /// What the caller must be allowed to do.
    public let scope: Scope

    public init(_ body: String, for scope: Scope) { (self.body, self.scope) = (body, scope) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(scope)
        return Reply(body: body)
    }
}
