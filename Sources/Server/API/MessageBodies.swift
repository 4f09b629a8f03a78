import OrderManagement

/// What is told to customers, as members of bodies.
extension Fields {
    static let templateTextMax = 20_000

    mutating func messagePolicy() -> MessagePolicy {
        var policy = MessagePolicy()
        let problems = problems
        let words = Message.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        let kinds = values("send", 0...Message.Kind.allCases.count) { json -> Message.Kind? in
            guard let kind = json.string.flatMap(Message.Kind.init(rawValue:)) else {
                problems.note("must be one of: \(words)")
                return nil
            }
            return kind
        }
        policy.kinds = Set(kinds ?? [])
        policy.language = language("language") ?? policy.language
        policy.reminderDays = optionalInteger("reminder_days", in: 0...365) ?? policy.reminderDays
        policy.templates =
            optionalList("templates", 0...200) { fields in
                let kind = fields.word("kind", Message.Kind.self)
                let language = fields.language("language")
                if language == nil, !fields.has("language") { fields.noteMissing("language", "a language as en") }
                return fields.messageTemplate(kind, language ?? "en")
            } ?? []
        let names = policy.templates.map { "\($0.kind.rawValue) \($0.language)" }
        if Set(names).count < names.count {
            problems.note(at: "templates", "has two templates of one kind in one language")
        }
        return policy
    }

    mutating func messageTemplate(_ kind: Message.Kind, _ language: String) -> MessageTemplate {
        MessageTemplate(
            kind: kind, language: language, subject: template("subject", isNeeded: true) ?? "",
            text: template("text", isNeeded: true) ?? "", html: template("html", isNeeded: false))
    }

    /// Mustache: text of several lines.
    private mutating func template(_ name: String, isNeeded: Bool) -> String? {
        guard let json = value(name) else {
            if isNeeded { noteMissing(name, "text in Mustache") }
            return nil
        }
        guard let text = json.string else {
            noteWrong(name, "text in Mustache", json)
            return nil
        }
        let hasControls = text.unicodeScalars.contains {
            $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t"
        }
        if text.allSatisfy(\.isWhitespace) {
            problems.note(at: name, "must not be empty")
        } else if text.count > Self.templateTextMax {
            problems.note(at: name, "may have \(Self.templateTextMax) characters at most, has \(text.count)")
        } else if hasControls {
            problems.note(at: name, "must not have control characters but line breaks and tabs")
        } else if let objection = MustacheRenderer.objection(to: text) {
            problems.note(at: name, objection)
        }
        return text
    }

    /// `en`, `de-AT` (RFC 5646, section 2.1).
    mutating func language(_ name: String) -> String? {
        guard let text = optionalText(name, max: 35) else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        if text.wholeMatch(of: /[a-z]{2,3}(-[A-Za-z0-9]{2,8})*/) == nil {
            problems.note(at: name, "expected a language as en or de-AT (BCP 47)")
        } else if let primary = parts.first, primary.count == 2, !Self.languages.contains(primary) {
            problems.note(at: name, "\(primary) is no language: expected one as en or de-AT (BCP 47)")
        }
        return text
    }

    /// Languages of two letters: ISO 639-1.
    private static let languages = Set(
        """
        aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en \
        eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja \
        jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb \
        nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq \
        sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
        """.split(separator: " "))
}

/// Messages as schemas.
extension Shapes {
    static let templateTexts: [Schema.Property] = [
        .must("subject", .text(max: Fields.templateTextMax)), .must("text", .text(max: Fields.templateTextMax)),
        .may("html", .text(max: Fields.templateTextMax)),
    ]

    static let messagePolicy = Schema.object([
        .may("send", .list(.words(Message.Kind.self), max: Message.Kind.allCases.count)),
        .may("language", .text(max: 35)), .may("reminder_days", .integer(0...365)),
        .may(
            "templates",
            .list(
                .object([.must("kind", .words(Message.Kind.self)), .must("language", .text(max: 35))] + templateTexts),
                max: 200)),
    ])

    static let message = Schema.named(
        "Message",
        .object([
            .must("id", .id("msg")), .must("order", .id("ord")), .must("sequence", .count),
            .must("kind", .words(Message.Kind.self)), .must("language", .text(max: 35)),
            .must("recipient", .text(max: 254)), .must("repeats", .nullable(.id("msg"))),
            .must("state", .words(Message.State.self)), .must("attempts", .count),
            .must("reason", .nullable(.shortText)), .must("subject", .nullable(.shortText)),
            .must("text", .nullable(.text(max: 1_000_000))), .must("html", .nullable(.text(max: 1_000_000))),
            .must("created_at", .time), .must("changed_at", .time),
        ]))
}
