/// What customers of a channel are told, and in which words. By default nothing: a merchant begins to write to people
/// by saying so.
public struct MessagePolicy: Hashable, Sendable {
    public var kinds: Set<Message.Kind>
    /// Of those who ask for none: `en`, `pl`.
    public var language: String
    /// Days before goods that wait to be collected go back, when the customer is reminded; 0 for never. However long
    /// they are kept, it goes by that end.
    public var reminderDays: Int64
    /// Whether customers are reminded by a message.
    var reminds: Bool { kinds.contains(.reminder) && reminderDays > 0 }
    /// The merchant's own words, instead of those that the program has.
    public var templates: [MessageTemplate]

    public init(
        kinds: Set<Message.Kind> = [], language: String = "en", reminderDays: Int64 = 3,
        templates: [MessageTemplate] = []
    ) {
        self.kinds = kinds
        self.language = language
        self.reminderDays = reminderDays
        self.templates = templates
    }

    /// The merchant's words for a message, in a language or in the language that it is a kind of.
    public func template(for kind: Message.Kind, in language: String) -> MessageTemplate? {
        MessagePolicy.choices(language).lazy.compactMap { choice in
            templates.first { $0.kind == kind && $0.language == choice }
        }.first
    }

    /// `de-AT`, then `de`.
    public static func choices(_ language: String) -> [String] {
        let base = String(language.prefix { $0 != "-" })
        return base == language ? [language] : [language, base]
    }

    /// Whether two tags are of one language, whatever the country.
    static func isOne(_ tag: String, _ other: String) -> Bool { choices(tag).last == choices(other).last }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.array("send") { list in for kind in Message.Kind.allCases where kinds.contains(kind) {
                list.value(kind.rawValue)
            } }
            $0.member("language", language)
            $0.member("reminder_days", reminderDays)
            $0.array("templates") { list in for template in templates { template.write(to: &list) } }
        }
    }

    /// - Parameter json: nil for a policy that was stored before there were messages.
    init(stored json: JSON?) throws {
        guard let json else {
            self.init()
            return
        }
        self.init(
            kinds: Set((json["send"]?.array ?? []).compactMap { $0.string.flatMap(Message.Kind.init(rawValue:)) }),
            language: try json.text("language"), reminderDays: try json.integer("reminder_days"),
            templates: try (json["templates"]?.array ?? []).map(MessageTemplate.init(stored:)))
    }
}

/// The words of a message in a language, in Mustache.
public struct MessageTemplate: Hashable, Sendable {
    public let kind: Message.Kind
    public let language: String
    public let subject: String
    public let text: String
    /// nil where the text is set in HTML as it is.
    public let html: String?

    public init(kind: Message.Kind, language: String, subject: String, text: String, html: String? = nil) {
        self.kind = kind
        self.language = language
        self.subject = subject
        self.text = text
        self.html = html
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("kind", kind.rawValue)
            $0.member("language", language)
            $0.member("subject", subject)
            $0.member("text", text)
            if let html { $0.member("html", html) }
        }
    }

    init(stored json: JSON) throws {
        guard let kind = Message.Kind(rawValue: try json.text("kind")) else {
            throw BrokenInvariant("a stored template of an unknown message")
        }
        self.init(
            kind: kind, language: try json.text("language"), subject: try json.text("subject"),
            text: try json.text("text"), html: json["html"]?.string)
    }
}
