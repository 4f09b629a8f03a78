import HTTPTypes
import NIOCore
import OrderManagement

/// A form of a customer's page: what was posted, checked for where it comes from.
///
/// Whoever can send it knows the order's address, which no other site does: that is the form's token (decision 0031).
struct CustomerForm: Sendable {
    private let form: ConsoleForm
    private let body: String
    /// What the page named this form.
    let key: String
    /// Whether the customer has seen what it brings.
    var isConfirmed: Bool { form.text("confirmed") != nil }

    /// What a form says of itself behind `?done=`.
    static let answers: [String: CustomerPhrase] = [
        "cancel": .doneCancel, "address": .doneAddress, "return": .doneReturn,
    ]

    /// Something that the customer can put right: it is said on the form, which keeps what they typed.
    struct Wrong: Error {
        let sentence: String
        var status = 422
    }

    /// - Throws: `Wrong` for a form that is not ours, or is cut.
    init(_ visit: CustomerPages.Visit) throws {
        let headers = visit.request.headers
        let foreign = Wrong(sentence: visit.words(.foreignForm), status: 403)
        if let site = headers[.fetchSite], site != "same-origin", site != "none" { throw foreign }
        // Without a referrer browsers say "null" of where a form comes from.
        if let origin = headers[.origin], origin != "null" {
            guard let host = origin.split(separator: "/").last, host == visit.request.authority ?? "" else {
                throw foreign
            }
        }
        form = try ConsoleForm(visit.request)
        guard let key = form.text("key"), key.utf8.count <= 64, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw Wrong(sentence: visit.words(.foreignForm), status: 400) }
        self.key = key
        body = String(buffer: visit.request.body)
    }

    func text(_ name: String) -> String { form.text(name) ?? "" }

    /// The fields of some names, to be posted unseen by the next form.
    func fields(_ isWanted: (String) -> Bool) -> [HiddenField] { form.fields(where: isWanted) }

    /// Under which a command of the form is done once: sent twice it is one, and sent otherwise it is another.
    func idempotencyKey(_ step: String, of order: OrderID) -> IdempotencyKey {
        let digest = Digest(of: body).base64url
        return IdempotencyKey(
            principal: .customer, method: "POST", path: "\(CustomerPages.root)\(order)/\(step)",
            key: "\(key)/\(digest)", digest: digest)
    }

    /// The units of each line, by the fields `units-1`, `units-2`…, none left out.
    /// - Throws: `Wrong` for what is no number, and where there are none at all.
    func units(of order: Order, _ words: CustomerLanguage) throws -> [LineQuantity] {
        var units: [LineQuantity] = []
        for line in order.lines {
            guard let text = form.text(ConsoleForm.units(line.number)) else { continue }
            guard text.utf8.allSatisfy({ (48...57).contains($0) }), let count = Int64(text) else {
                throw Wrong(sentence: words(.pleaseCheck, words(.howMany)))
            }
            guard count <= line.ordered else { throw Wrong(sentence: words(.tooMany)) }
            if count > 0 { units.append(LineQuantity(line: OrderLineID(order.id, line.number), quantity: count)) }
        }
        guard !units.isEmpty else { throw Wrong(sentence: words(.chooseSome)) }
        return units
    }
}

/// A form, or what it would bring, to be confirmed.
struct CustomerFormPage: Page {
    static let template = "customer-form"

    /// A line of the order with what is asked of it.
    struct Row: Sendable {
        var name: String
        var hint: String?
        var inputs: [Input]
    }

    struct Input: Sendable {
        var label: String
        var name: String
        var value = ""
        var choices: [Choice] = []
        /// What browsers may fill in (HTML, `autocomplete`).
        var autocomplete = "off"
        var lengthMax = "200"
        var isRequired = false
        var isList: Bool
        var isLong = false

        static func text(
            _ label: String, _ name: String, _ value: String, autocomplete: String, lengthMax: Int = 200,
            isRequired: Bool = false
        ) -> Input {
            Input(
                label: label, name: name, value: value, autocomplete: autocomplete, lengthMax: String(lengthMax),
                isRequired: isRequired, isList: false)
        }

        static func list(_ label: String, _ name: String, _ choices: [Choice]) -> Input {
            Input(label: label, name: name, choices: choices, isList: true)
        }

        static func units(_ label: String, _ line: Int, upTo most: Int64, chosen: Int64) -> Input {
            let name = ConsoleForm.units(line)
            guard most <= 30 else {
                return .text(label, name, String(chosen), autocomplete: "off", lengthMax: 6)
            }
            return .list(
                label, name,
                (0...most).map { Choice(value: String($0), label: String($0), isSelected: $0 == chosen) })
        }
    }

    let title: String
    var lead: String?
    /// Why it was not done.
    var problem: String?
    var rows: [Row] = []
    var inputs: [Input] = []
    /// What it would bring.
    var goods: [CustomerOrderPage.Goods] = []
    var sentences: [String] = []
    let hidden: [HiddenField]
    let button: String
    var look = "primary"
    let action: String
    let back: String
    /// Whether there is anything left to choose: without, only what is in the way is said.
    var isOpen = true
}

extension CustomerPages.Visit {
    /// A refusal in the customer's words.
    func sentence(_ refusal: Refusal) -> String {
        switch refusal.code {
        case .tooLateToCancel: words(.tooLateToCancel) + "."
        case .tooLateToAmend: words(.tooLateForAddress) + "."
        case .amendmentOpen: words(.staffIsAtIt)
        case .deliveryNotOffered: words(.noDelivery)
        case .quantityExceeded: words(.tooMany)
        case .returnWindowClosed: words(.returnsEnded) + "."
        case .notReturnable: words(.allReturning) + "."
        case .staleVersion, .keyReused: words(.sentTwice)
        default: words(.notPossible)
        }
    }
}

extension CustomerPages {
    /// Does what a form asks; whatever is in the way is said on the form, and nothing has changed.
    func act(
        _ visit: Visit, _ form: (String?) -> CustomerFormPage, _ body: () async throws -> APIResponse
    ) async throws -> APIResponse {
        do {
            return try await body()
        } catch let wrong as CustomerForm.Wrong {
            return try respond(with: form(wrong.sentence), status: wrong.status, to: visit)
        } catch let refusal as Refusal where refusal.code != .unavailable {
            return try respond(with: form(visit.sentence(refusal)), status: refusal.code.status, to: visit)
        }
    }

    /// Something that is not offered is not shown as a form either: the order's page says why.
    func offered(_ offer: CustomerOffers.Offer?, _ visit: Visit, _ show: () throws -> CustomerFormPage) throws
        -> APIResponse
    {
        guard offer?.isAllowed == true else {
            return APIResponse(status: 303, body: .none, headers: [(.location, visit.path)] + Self.security)
        }
        return try respond(with: try show(), to: visit)
    }
}
