import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import OrderManagement
import TestSupport

@testable import Server

/// Somebody at the console: keeps cookies, follows redirects, and sends the forms that pages show.
///
/// A class, since visits change its cookies; used by one test at a time.
final class ConsoleBrowser {
    let shop: TestSystem
    let console: Console
    private let routes: Routes
    private(set) var cookies: [String: String] = [:]
    /// Where the last redirect led.
    private(set) var address = ""
    /// What is shown.
    private(set) var page = ""
    private(set) var status = 0
    private(set) var headers: [(name: String, value: String)] = []

    /// Where they are.
    var client = ClientAddress.unknown

    static let password = "correct horse battery"

    init(_ shop: TestSystem, invitation: String? = nil) {
        self.shop = shop
        console = Console(shop.waybill, invitation: invitation, paperwork: NamedPapers())
        routes = Routes(console.endpoints)
    }

    /// A browser of somebody who is signed in.
    static func signedIn(
        _ shop: TestSystem, scopes: Set<Scope> = [.admin], locations: Set<String>? = nil
    ) throws -> ConsoleBrowser {
        let browser = ConsoleBrowser(shop)
        let email = "ada\(scopes.count)\(locations?.count ?? 0)@example.com"
        try shop.perform(
            CreateUser(
                email: email, name: "Ada Byron", passwordHash: "none", scopes: scopes, locations: locations))
        guard let user = try shop.waybill.readNow({ try UserStore.user(withEmail: email, in: $0) }) else {
            throw NoSuchForm(description: "the user was not made")
        }
        let cookie = SessionCookie.fresh()
        try shop.perform(OpenSession(user: user, digest: Digest(of: cookie).hex, formToken: "token-of-ada"))
        browser.cookies[SessionCookie.name] = cookie
        return browser
    }

    /// Asks once, without following a redirect.
    func send(_ method: String, _ target: String, _ body: String = "", headers more: HTTPFields = [:]) async throws {
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        guard case .found(let route, let parameters) = routes.match(method, parts[0]) else {
            throw NoSuchForm(description: "no route \(method) \(target)")
        }
        var fields = more
        fields[.cookie] = cookies.map { "\($0)=\($1)" }.joined(separator: "; ")
        var request = APIRequest(
            path: parts[0], parameters: parameters, query: try Query(Substring(parts.count == 2 ? parts[1] : "")),
            headers: RequestHeaders(HTTPHeaders(fields.map { ($0.name.rawName, $0.value) })),
            body: ByteBuffer(string: body), principal: Principal(name: "nobody", scopes: []), key: nil,
            version: nil, bodyMax: route.endpoint.bodyMax, authority: "waybill.example")
        request.client = client
        let response = try await route.endpoint.answer(request)
        status = response.status
        headers = response.headers.map { ($0.name.rawName.lowercased(), $0.value) }
        page =
            switch response.body {
            case .text(let text): text
            case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
            default: ""
            }
        address = response.headers.first { $0.name == .location }?.value ?? ""
        for cookie in headers where cookie.name == "set-cookie" {
            let pair = cookie.value.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            if cookie.value.contains("Max-Age=0") {
                cookies[String(pair[0])] = nil
            } else {
                cookies[String(pair[0])] = String(pair[1])
            }
        }
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Shows a page, wherever redirects lead.
    func open(_ target: String) async throws {
        try await send("GET", target)
        while status == 303 { try await send("GET", address) }
    }

    /// Fills in and sends the form of the shown page whose address ends as told, and looks at where it leads.
    func submit(_ ending: String, _ values: [String: String] = [:], button: String? = nil) async throws {
        let form = try form(ending, button: button)
        var fields = form.fields
        for (name, value) in values { fields[name] = value }
        let body = fields.map { "\(PercentCoding.encoded($0))=\(PercentCoding.encoded($1))" }.joined(separator: "&")
        try await send("POST", form.action, body)
        while status == 303 { try await send("GET", address) }
    }

    /// What the last action is said to have done.
    var flash: String? {
        page.firstMatch(of: /<p class="flash [a-z]+" role="status">([^<]*)</).map { String($0.1) }
    }

    /// Where the links of a label lead.
    func links(_ label: String) -> [String] {
        page.matches(of: /<a href="([^"]*)">([^<]*)<\/a>/).filter { $0.2 == label }.map {
            String($0.1).replacing("&amp;", with: "&")
        }
    }

    /// Where the links lead that look like buttons.
    func papers(_ label: String) -> [String] {
        page.matches(of: /<a class="button[^"]*" href="([^"]*)">([^<]*)<\/a>/).filter { $0.2 == label }.map {
            String($0.1).replacing("&amp;", with: "&")
        }
    }

    /// Where the buttons of a label lead that print, and note that they did.
    func prints(_ label: String) -> [String] {
        page.matches(of: /<button class="as-link" form="printing" formaction="([^"]*)">([^<]*)<\/button>/)
            .filter { $0.2 == label }.map { String($0.1).replacing("&amp;", with: "&") }
    }

    /// Presses the first button of a label that prints, and looks at where it leads.
    func press(_ label: String) async throws {
        let form = page.firstMatch(
            of: /<form id="printing" method="post"><input[^>]*name="form_token" value="([^"]*)">/)
        guard let address = prints(label).first, let form else {
            throw NoSuchForm(description: "no button \(label) in the page")
        }
        try await send("POST", address, "form_token=\(PercentCoding.encoded(String(form.1)))")
        while status == 303 { try await send("GET", self.address) }
    }

    private func form(_ ending: String, button: String?) throws -> (action: String, fields: [String: String]) {
        for match in page.matches(of: /<form[^>]*method="post" action="([^"]*)">(.*?)<\/form>/.dotMatchesNewlines()) {
            let text = String(match.2)
            guard match.1.hasSuffix(ending), button.map({ text.contains(">\($0)</button>") }) ?? true else { continue }
            var fields: [String: String] = [:]
            for input in text.matches(of: /<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"/) {
                fields[String(input.1)] = String(input.2)
            }
            for list in text.matches(of: /<select name="([^"]*)"[^>]*>(.*?)<\/select>/) {
                let chosen =
                    list.2.firstMatch(of: /value="([^"]*)" selected/) ?? list.2.firstMatch(of: /value="([^"]*)"/)
                fields[String(list.1)] = chosen.map { String($0.1) } ?? ""
            }
            return (String(match.1), fields)
        }
        throw NoSuchForm(description: "no form …\(ending) \(button ?? "") in the page")
    }
}

/// Papers that say only which they are.
struct NamedPapers: Paperwork {
    func pdf(of papers: [Paper]) throws(Refusal) -> [UInt8] {
        Array(papers.map(Self.name).joined(separator: "\n").utf8)
    }

    func zpl(of labels: [(facts: PaperFacts, parcel: Parcel)]) throws(Refusal) -> String { "^XA^XZ" }

    func zpl(of paper: Paper) throws(Refusal) -> String { "^XA\(Self.name(paper))^XZ" }

    func labels(_ batch: LabelBatch, as format: LabelDocument.Format) throws(Refusal) -> LabelPrint {
        // As it is drawn: what couriers gave goes into a job of ZPL alone, and as ZPL.
        let fitting = batch.entries.filter { $0.document.map { format == .zpl && $0.format == .zpl } ?? true }
        let others = batch.entries.filter { entry in !fitting.contains { $0.id == entry.id } }.map {
            LabelBatch.LeftOut(
                name: $0.id.description, order: $0.facts.order.number, reason: "another form: \($0.document!.format)")
        }
        let leftOut = batch.leftOut + others
        guard !fitting.isEmpty else {
            throw Refusal(.notPrintable, leftOut.first?.reason ?? "there is nothing to print")
        }
        let names = fitting.map { "\(format.rawValue) of \($0.facts.order.number)/\($0.parcel.number)" }
        let missing = leftOut.map { "not \($0.order ?? $0.name): \($0.reason)" }
        return LabelPrint(
            content: Array((names + missing).joined(separator: "\n").utf8), printed: names.count,
            leftOut: leftOut)
    }

    private static func name(_ paper: Paper) -> String {
        switch paper {
        case .packingSlip(let facts, let part): "slip of \(facts.order.number)/\(part.number)"
        case .parcelSlip(let facts, let part, let parcel):
            "slip of \(facts.order.number)/\(part.number), parcel \(parcel.number)"
        case .pickList(let walk, _): "list of \(walk.location.code)"
        case .pickupCode(let facts, _): "code of \(facts.order.number)"
        case .parcelLabel(let facts, let parcel): "label of \(facts.order.number)/\(parcel.number)"
        case .returnLabel(let facts, let entry): "label of \(entry.reference(in: facts.order))"
        case .handOverList(let list, _):
            "hand-over of \(list.courier.code)" + (list.closedAs.map { " \($0)" } ?? "")
        case .creditNote(_, let memo): "note of \(memo.name)"
        case .customs(let facts, let parcel): "customs of \(facts.order.number)/\(parcel.number)"
        }
    }
}

/// A page without the form that a test wanted to send.
struct NoSuchForm: Error, CustomStringConvertible {
    let description: String
}
