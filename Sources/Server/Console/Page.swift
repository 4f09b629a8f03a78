import Foundation
import Mustache

/// What one address of the console shows: values formatted for people, and the template that lays them out.
///
/// A page is pure: it is built from read values and renders to the same bytes every time. Only stored
/// properties reach a template, and every one of them is escaped there.
protocol Page: Sendable {
    /// The template's file name without its extension.
    static var template: String { get }
    /// Names the page in the browser's tab and history.
    var title: String { get }
}

extension Page {
    /// Renders the whole HTML document.
    /// - Throws: `MissingTemplate` if `templates` lack the page's own template.
    func render(in templates: ConsoleTemplates, frame: some Sendable) throws(MissingTemplate) -> String {
        let screen = TemplateValues(title: title, frame: frame, page: self)
        guard let html = templates.library.render(screen, withTemplate: Self.template) else {
            throw MissingTemplate(name: Self.template, neededBy: String(describing: Self.self))
        }
        return html
    }
}

/// What surrounds every page: navigation, who is signed in, the last action's outcome.
struct PageFrame: Sendable {
    var navigation: [NavigationItem] = []
    /// Nil before sign-in; then neither navigation nor sign-out is shown.
    var user: SignedInUser?
    /// What the last action did, shown once after the redirect.
    var flash: Flash?
    /// The session's token against forged forms; every form posts it as `form_token`.
    var formToken: String?
    /// Address of the style sheet; with a version in its query it may be cached for ever.
    var stylesheet = "/console.css"
    /// Where the name in the top left corner leads.
    var home = "/"
    /// The IANA name of the zone whose times are shown where no other is named; nil shows none.
    var zone: String?
}

/// One entry of the main navigation.
struct NavigationItem: Sendable {
    var label: String
    var address: String
    var isCurrent = false
    /// How many things wait there; nil shows no badge.
    var count: String?
}

/// The person whose session it is.
struct SignedInUser: Sendable {
    var name: String
    var role: String?
    /// Where the sign-out form posts to.
    var signOut: String
    /// Where they change their password.
    var password: String
}

/// One sentence about what the last action did.
struct Flash: Sendable {
    var text: String
    var tone: Tone
    /// Pages of the console that somebody wants next.
    var links: [PageLink] = []
}

/// How urgent a word is; the words always say it too, colour only repeats them.
enum Tone: String, Sendable {
    case quiet, neutral, progress, good, caution, danger
}

/// A status as a short word in its tone.
struct Pill: Sendable {
    var text: String
    var tone: Tone

    init(_ text: String, _ tone: Tone) {
        self.text = text
        self.tone = tone
    }

    /// Shows a status or state under its wire name, `partially_shipped` as "Partially shipped".
    ///
    /// Words of merchants' own, which the table does not know, are neutral.
    init(status wireName: String) {
        let words = wireName.replacingOccurrences(of: "_", with: " ")
        self.init(words.prefix(1).uppercased() + words.dropFirst(), Self.tones[wireName] ?? .neutral)
    }

    private static let tones: [String: Tone] = [
        "none": .quiet, "not_required": .quiet, "cancelled": .quiet, "voided": .quiet, "expired": .quiet,
        "open": .neutral, "allocated": .neutral, "pending": .neutral, "planned": .neutral, "requested": .neutral,
        "in_progress": .progress, "released": .progress, "accepted": .progress, "picking": .progress,
        "packed": .progress, "ready": .progress, "labelled": .progress, "handed_over": .progress,
        "in_transit": .progress, "out_for_delivery": .progress, "authorized": .progress, "sent": .progress,
        "partially_shipped": .progress, "partially_captured": .progress, "approved": .progress,
        "received": .progress, "inspected": .progress, "shipped": .progress,
        "completed": .good, "delivered": .good, "collected": .good, "captured": .good, "settled": .good,
        "arrived": .good,
        "backordered": .caution, "partially_allocated": .caution, "on_hold": .caution, "short": .caution,
        "refunded": .quiet, "partially_refunded": .quiet, "returned": .quiet, "partially_returned": .quiet,
        "returned_to_sender": .danger, "declined": .danger, "rejected": .danger, "exception": .danger,
        "lost": .danger, "late": .danger,
    ]
}

/// A moment as people read it and as machines do.
struct TimeText: Sendable {
    /// In the reader's time zone: "12 Mar 2026, 14:05".
    var text: String
    /// RFC 3339 UTC, for the `datetime` attribute.
    var machine: String

    init(_ text: String, _ machine: String) {
        self.text = text
        self.machine = machine
    }
}

/// A name and where it leads; `address` is the console's own path or `https`, never text that a customer wrote.
struct PageLink: Sendable {
    var label: String
    var address: String
    var isCurrent = false
    /// Shown beside the label, as "12".
    var count: String?
    /// Whether it is asked for by a form and not only looked at: that a label is printed is noted.
    var isPrinting = false
}

/// A label and its value.
struct Fact: Sendable {
    var label: String
    var value: String
    var hint: String?
    /// The line that sums up the others.
    var isTotal = false
    /// Where the value leads.
    var address: String?

    init(_ label: String, _ value: String, hint: String? = nil, isTotal: Bool = false, address: String? = nil) {
        self.address = address
        self.label = label
        self.value = value
        self.hint = hint
        self.isTotal = isTotal
    }
}

/// A whole number in a table; zero is written but steps back.
struct Count: Sendable {
    var label: String
    var text: String
    var isZero: Bool

    init(_ label: String, _ number: Int) {
        self.label = label
        self.text = String(number)
        self.isZero = number == 0
    }
}

/// A horizontal bar of parts, drawn as SVG rectangles since the content policy allows no inline style.
struct StackedBar: Sendable {
    /// One part: `kind` picks its colour in the style sheet; offset and width in percent of the bar.
    struct Part: Sendable {
        var kind: String
        var offset: String
        var width: String
    }

    /// Says in words what the bar shows, for those who do not see it.
    var label: String
    var parts: [Part]

    /// Lays the amounts side by side; parts that come to nothing are left out.
    /// - Parameter whole: What the full width stands for, in the amounts' unit; the sum of the amounts if that is more.
    init(label: String, amounts: [(kind: String, amount: Int)], of whole: Int) {
        let whole = max(whole, amounts.reduce(0) { $0 + max(0, $1.amount) }, 1)
        var sum = 0
        self.label = label
        self.parts = []
        for (kind, amount) in amounts where amount > 0 {
            let start = Self.hundredths(sum, of: whole)
            sum += amount
            let end = Self.hundredths(sum, of: whole)
            parts.append(Part(kind: kind, offset: Self.percent(start), width: Self.percent(end - start)))
        }
    }

    private static func hundredths(_ part: Int, of whole: Int) -> Int {
        // Full width: amounts in minor units may be large, and a product of two must not overflow.
        let product = part.multipliedFullWidth(by: 10_000)
        return whole.dividingFullWidth(product).quotient
    }

    private static func percent(_ hundredths: Int) -> String {
        let fraction = String(hundredths % 100)
        return "\(hundredths / 100).\(fraction.count == 1 ? "0" + fraction : fraction)%"
    }
}

/// Something the reader may do now: a form that posts to `address`.
struct Action: Sendable {
    /// How much weight the button has.
    enum Look: String, Sendable {
        case primary, plain, danger
    }

    let label: String
    let address: String
    let look: Look
    /// Posted unseen: the idempotency key, the version that was read.
    let fields: [HiddenField]
    /// Asked of the reader before it is posted.
    let inputs: [FormInput]
    /// What will happen, to be confirmed before it is posted.
    let confirmation: String?
    /// What the button of the panel says.
    let submit: String
    /// True when the button first opens a panel, with the confirmation or the inputs.
    let opensPanel: Bool
    /// True when it leads to a page that asks for more.
    let isLink: Bool

    init(
        _ label: String, to address: String, look: Look = .plain, fields: [HiddenField] = [],
        inputs: [FormInput] = [], confirmation: String? = nil, submit: String? = nil
    ) {
        self.label = label
        self.submit = submit ?? label
        self.address = address
        self.look = look
        self.fields = fields
        self.inputs = inputs
        self.confirmation = confirmation
        self.opensPanel = confirmation != nil || !inputs.isEmpty
        self.isLink = false
    }

    /// A button that leads to a page.
    init(_ label: String, linkTo address: String, look: Look = .plain) {
        (self.label, submit) = (label, label)
        self.address = address
        self.look = look
        (fields, inputs, confirmation) = ([], [], nil)
        (opensPanel, isLink) = (false, true)
    }
}

/// Something the reader may not do now, and why.
struct BlockedAction: Sendable {
    var label: String
    var reason: String
}

/// What can be done and what cannot, with the reasons.
struct ActionBar: Sendable {
    let allowed: [Action]
    let blocked: [BlockedAction]
    let hasBlocked: Bool
    let isEmpty: Bool

    init(allowed: [Action] = [], blocked: [BlockedAction] = []) {
        self.allowed = allowed
        self.blocked = blocked
        self.hasBlocked = !blocked.isEmpty
        self.isEmpty = allowed.isEmpty && blocked.isEmpty
    }
}

/// A value that a form posts without showing it.
struct HiddenField: Sendable {
    var name: String
    var value: String
}

/// One choice of a list.
struct Choice: Sendable {
    var value: String
    var label: String
    var isSelected = false
}

/// A labelled input: a list when it has choices, otherwise a field of `kind`.
struct FormInput: Sendable {
    /// The HTML input types in use.
    enum Kind: String, Sendable {
        case text, number, date, email, search
    }

    let label: String
    let name: String
    let kind: Kind
    let value: String
    let choices: [Choice]
    let hint: String?
    let isRequired: Bool
    let isList: Bool

    init(
        _ label: String, name: String, kind: Kind = .text, value: String = "", choices: [Choice] = [],
        hint: String? = nil, isRequired: Bool = false
    ) {
        self.label = label
        self.name = name
        self.kind = kind
        self.value = value
        self.choices = choices
        self.hint = hint
        self.isRequired = isRequired
        self.isList = !choices.isEmpty
    }
}

/// All templates, parsed once at start.
struct ConsoleTemplates: Sendable {
    let library: MustacheLibrary

    /// Parses the templates and checks that each one they name is there; rendering would leave it out in silence.
    /// - Parameter texts: Template text by file name without extension.
    /// - Throws: `MissingTemplate`, or the parser's error with the template's name.
    init(_ texts: [String: String]) throws {
        var parsed: [String: MustacheTemplate] = [:]
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            for needed in Self.named(in: text) where texts[needed] == nil {
                throw MissingTemplate(name: needed, neededBy: name)
            }
            do {
                parsed[name] = try MustacheTemplate(string: text)
            } catch {
                throw MalformedTemplate(name: name, reason: String(describing: error))
            }
        }
        library = MustacheLibrary(templates: parsed)
    }

    /// The partials `{{> name}}` and parents `{{< name}}` in a template's text.
    private static func named(in text: String) -> [String] {
        text.matches(of: /\{\{\s*[><]\s*([A-Za-z0-9_-]+)\s*\}\}/).map { String($0.1) }
    }
}

/// A template that is named but not there.
struct MissingTemplate: Error, Equatable {
    let name: String
    let neededBy: String
}

/// A template that does not parse.
struct MalformedTemplate: Error, Equatable {
    let name: String
    let reason: String
}

/// A struct's stored properties by name, as a template looks them up.
///
/// Each property is reflected once. Left to itself, the template engine reflects a whole struct anew for every
/// name it looks up, which took a list of 50 orders two and a half times as long.
private struct TemplateValues: MustacheParent {
    private var values: [String: Any] = [:]

    /// What the templates see at their root.
    init(title: String, frame: some Sendable, page: some Page) {
        values["title"] = title
        values["frame"] = TemplateValues(Mirror(reflecting: frame))
        values["page"] = TemplateValues(Mirror(reflecting: page))
    }

    private init(_ mirror: Mirror) {
        values.reserveCapacity(mirror.children.count)
        for child in mirror.children {
            guard let name = child.label, let value = Self.value(of: child.value) else { continue }
            values[name] = value
        }
    }

    func child(named name: String) -> Any? { values[name] }

    /// Text and truth as they are, lists and structs in turn, the name of an enum's case; nothing for nil.
    private static func value(of stored: Any) -> Any? {
        if let text = stored as? String { return text }
        if let truth = stored as? Bool { return truth }
        if let texts = stored as? [String: String] { return texts }
        let mirror = Mirror(reflecting: stored)
        return switch mirror.displayStyle {
        case .optional: mirror.children.first.flatMap { value(of: $0.value) }
        case .collection: mirror.children.compactMap { value(of: $0.value) }
        case .enum: String(describing: stored)
        default: TemplateValues(mirror)
        }
    }
}
