import Foundation
import Mustache
public import OrderManagement

/// Puts messages into words with Mustache: the merchant's templates, or those in the program.
public struct MustacheRenderer: MessageRenderer {
    /// By language and kind.
    private let own: [String: [Message.Kind: MessageTemplate]]
    private let layout: String

    public init() {
        var own: [String: [Message.Kind: MessageTemplate]] = [:]
        for (path, text) in EmbeddedFiles.templates where path.hasPrefix("messages-") {
            let language = String(path.dropFirst("messages-".count))
            own[language] = Self.templates(in: text, language)
        }
        self.own = own
        layout = EmbeddedFiles.templates["message-layout"] ?? "{{{body}}}"
    }

    /// `=== kind`, the subject in a line, an empty line, the text: one after the other.
    private static func templates(in file: String, _ language: String) -> [Message.Kind: MessageTemplate] {
        var found: [Message.Kind: MessageTemplate] = [:]
        for section in file.components(separatedBy: "=== ").dropFirst() {
            let lines = section.split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.count > 3, let kind = Message.Kind(rawValue: String(lines[0])) else { continue }
            found[kind] = MessageTemplate(
                kind: kind, language: language, subject: String(lines[1]),
                text: lines[3...].joined(separator: "\n").trimmingCharacters(in: .newlines))
        }
        return found
    }

    public func ownLanguage(for kind: Message.Kind, in language: String) -> String {
        MessagePolicy.choices(language).first { own[$0]?[kind] != nil } ?? "en"
    }

    public func render(
        _ kind: Message.Kind, in language: String, own template: MessageTemplate?, values: JSON
    ) throws(Refusal) -> Letter {
        let choices = MessagePolicy.choices(language) + ["en"]
        guard let template = template ?? choices.lazy.compactMap({ own[$0]?[kind] }).first else {
            throw Refusal(.invalidInput, "there is no template for \(kind.rawValue)")
        }
        let link = values["order_link"]?.string
        let values = Self.tree(values)
        let text = try Self.rendered(template.text, values, escaped: false, "text")
        let subject = try Self.rendered(template.subject, values, escaped: false, "subject")
        let inner: String
        if let html = template.html {
            inner = try Self.rendered(html, values, escaped: true, "html")
        } else {
            let body = Self.paragraphs(text, linking: link)
            inner = try Self.rendered(
                layout, ["language": template.language, "body": body], escaped: true, "layout")
        }
        return Letter(subject: Self.oneLine(subject), text: text, html: inner)
    }

    /// What is wrong with a template's text; nil if it can be used.
    static func objection(to text: String) -> String? {
        do {
            _ = try MustacheTemplate(string: text)
            return TemplateTags.objection(to: text, knowing: MessageValues.vocabulary)
        } catch {
            return reason(error)
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let fault = error as? MustacheTemplate.ParserError else {
            return "is no Mustache that can be read: \(error)"
        }
        let (line, column) = (fault.context.lineNumber, fault.context.columnNumber)
        return "is no Mustache that can be read: line \(line), column \(column): \(words(fault.error))"
    }

    /// What the parser found, for whoever wrote the template.
    private static func words(_ fault: any Error) -> String {
        let name = String(describing: fault)
        let known = [
            "overflow": "the text ends within a tag: a {{ without its }}",
            "sectionCloseNameIncorrect": "a section is closed by another name than it was opened with",
            "unfinishedName": "a tag is not closed, or its name has letters that none may have",
            "expectedSectionEnd": "a section is opened and not closed",
            "invalidSetDelimiter": "a tag that changes the delimiters is malformed",
            "invalidConfigVariableSyntax": "a tag {{% …}} is malformed",
            "unrecognisedConfigVariable": "a tag {{% …}} names something that is not known",
        ]
        return known[name] ?? name
    }

    private static func rendered(_ text: String, _ values: Any, escaped: Bool, _ part: String) throws(Refusal)
        -> String
    {
        do {
            return try MustacheTemplate(string: (escaped ? "" : "{{% CONTENT_TYPE:TEXT}}") + text).render(values)
        } catch {
            throw Refusal([.init("/template/\(part)", .invalidInput, reason(error))])
        }
    }

    /// A value as the template engine looks things up.
    private static func tree(_ json: JSON) -> Any {
        switch json {
        case .null: Any?.none as Any
        case .bool(let truth): truth
        case .integer(let number): number
        case .number(let number): number
        case .string(let text): text
        case .array(let list): list.map(tree)
        case .object(let members): Dictionary(
            members.filter { !$0.value.isNull }.map { ($0.name, tree($0.value)) },
            uniquingKeysWith: { first, _ in first })
        }
    }

    private static func oneLine(_ text: String) -> String {
        text.split { $0.isWhitespace || $0.isNewline }.joined(separator: " ")
    }

    /// Text as HTML: paragraphs between empty lines, line breaks kept, nothing in it meaning anything.
    /// - Parameter link: The one address that can be followed: what customers wrote leads nowhere.
    private static func paragraphs(_ text: String, linking link: String?) -> String {
        let html = paragraphs(text)
        guard let address = link.map(escaped) else { return html }
        return html.replacing(address, with: "<a href=\"\(address)\">\(address)</a>")
    }

    private static func paragraphs(_ text: String) -> String {
        text.components(separatedBy: "\n\n").map { $0.trimmingCharacters(in: .newlines) }.filter { !$0.isEmpty }
            .map { "<p>" + escaped($0).replacing("\n", with: "<br>\n") + "</p>" }.joined(separator: "\n")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
