/// Who carries messages out: the seam to a mail server. Called by jobs only, never inside a transaction.
///
/// Every call carries the message's own id, which stays the same: a receiver that has it already may know it again.
public protocol Mailer: Sendable {
    /// - Throws: `ConnectorRests` where nobody was asked, since the server did not answer a moment ago.
    func send(_ letter: Letter, to recipient: String, named name: String, as id: MessageID)
        async throws(ConnectorRests) -> SendingOutcome
}

/// What became of an attempt to send.
public enum SendingOutcome: Sendable, Hashable {
    case sent
    /// Not now, or nobody knows: it is tried again later, by the same id.
    case unknown(reason: String)
    /// For good: a person must see to it.
    case refused(reason: String)
    /// Nobody is to be written to.
    case skipped(reason: String)
}

/// Who puts a message into words: the seam to a template engine.
public protocol MessageRenderer: Sendable {
    /// - Parameters:
    ///   - own: the merchant's template; nil for the one that the renderer brings for a language.
    ///   - values: what the templates may name.
    /// - Throws: `Refusal` for a template that cannot be rendered.
    func render(_ kind: Message.Kind, in language: String, own: MessageTemplate?, values: JSON) throws(Refusal)
        -> Letter

    /// The language of the words that the renderer brings itself, where it has none in the one that is asked for.
    func ownLanguage(for kind: Message.Kind, in language: String) -> String
}

extension MessageRenderer {
    public func ownLanguage(for kind: Message.Kind, in language: String) -> String { language }
}
