import HTTPTypes
import OrderManagement

/// The console: pages for people, on the same port and through the same door as the interface for programs.
///
/// Every page needs a session, every form its session's token; the commands behind forms are those of the interface.
struct Console: Sendable {
    let waybill: OrderManagement
    /// SHA-256 of the token with which the first user of an empty installation makes themselves; nil: nobody can.
    let invitation: String?
    /// Who draws papers; nil: none are offered.
    let paperwork: (any Paperwork)?
    /// Where customers see their orders.
    let links: CustomerLinks
    var known: KnownConfiguration { waybill.known }
    let attempts = SignInAttempts()
    let passwords: PasswordQueue
    let templates: ConsoleTemplates
    let stylesheet: String

    static let home = "/console"

    init(
        _ waybill: OrderManagement, invitation: String? = nil, paperwork: (any Paperwork)? = nil,
        links: CustomerLinks? = nil, passwords: PasswordQueue = PasswordQueue()
    ) {
        self.passwords = passwords
        self.links = links ?? CustomerLinks(waybill)
        self.waybill = waybill
        self.invitation = invitation
        self.paperwork = paperwork
        do {
            templates = try ConsoleTemplates(EmbeddedFiles.templates)
        } catch {
            // They are part of the program, and the first test of the console would not get further than this.
            preconditionFailure("the console's templates do not parse: \(error)")
        }
        stylesheet = "/console.css?v=" + Digest(of: Self.css).base64url.prefix(16)
    }

    private static let css = EmbeddedFiles.files["console.css"] ?? ""

    var endpoints: [Endpoint] {
        let pages = [
            homePage, orderList, orderPage, exceptionList, stockPage, fulfillmentQueue, handOverPage, returnList,
            counterPage, takingBackPage, packingPage,
        ] + (paperwork == nil ? [] : [printRunPage])
        let forms = exceptionForms + orderForms + cancellationForms + takingBackForms + exchangeForms + handOverForms
            + jobForms + messageForms + printingForms + packingForms
        return doors + pages + forms + passwordEndpoints + paperEndpoints + files
    }

    /// The style sheet, and what people type into an address bar.
    private var files: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/console.css", access: .everybody, summary: "The console's style sheet",
                tag: "console", query: [Self.parameter("v")], isDescribed: false
            ) { _ in
                APIResponse(
                    body: .text(Self.css), type: .css,
                    headers: [(.cacheControl, "public, max-age=31536000, immutable")])
            },
            Endpoint(
                method: .get, path: "/", access: .everybody, summary: "To the console", tag: "console",
                isDescribed: false
            ) { _ in Self.redirect(to: Self.home) },
        ]
    }

    // MARK: Pages

    /// A page for somebody who is signed in and has a scope.
    ///
    /// - Parameter query: names of the parameters that it knows.
    func page(
        _ path: String, _ scope: Scope, _ section: Section, query: [String] = [],
        _ show: @escaping @Sendable (ConsoleVisit) async throws -> any Page
    ) -> Endpoint {
        Endpoint(
            method: .get, path: path, access: .everybody, summary: section.label, tag: "console",
            query: query.map(Self.parameter), isDescribed: false
        ) { request in
            guard let visit = try await visit(request) else { return signInFirst(request) }
            do {
                try visit.principal.require(scope, of: visit.user)
                return try await respond(with: try await show(visit), to: visit, in: section)
            } catch let refusal as Refusal {
                let page = ProblemPage(Problem(refusal), requestID: nil)
                return try await respond(with: page, status: refusal.code.status, to: visit, in: section)
            }
        }
    }

    static func parameter(_ name: String) -> QueryParameter {
        QueryParameter(name, .shortText, name, isRepeatable: true)
    }

    /// A form for somebody who is signed in: what it did, or why not, is said on the page it leads back to.
    func form(
        _ path: String, _ act: @escaping @Sendable (ConsoleVisit, ConsoleForm) async throws -> Outcome
    ) -> Endpoint {
        Endpoint(
            method: .post, path: path, access: .everybody, summary: "A form of the console", tag: "console",
            consumes: .form, bodyMax: ConsoleForm.bytesMax, isDescribed: false
        ) { request in
            try Self.checkOrigin(of: request)
            guard let visit = try await visit(request) else { return signInFirst(request) }
            let form = try ConsoleForm(request)
            guard let token = form.text("form_token"), Self.isSame(token, visit.session.formToken) else {
                let page = ProblemPage(Problem(Self.forged), requestID: nil)
                return try await respond(with: page, status: 403, to: visit, in: nil)
            }
            let fallback = request.parameters.first.flatMap { OrderID($0) }.map(Self.address) ?? Self.home
            do {
                let outcome = try await act(visit, form)
                let flash = outcome.sentence.map { Flash(text: $0, tone: outcome.tone, links: outcome.links) }
                return Self.redirect(
                    to: outcome.isPaper ? outcome.address : form.back ?? outcome.address,
                    flash.map { [FlashCookie.set($0, for: request)] } ?? [])
            } catch let refusal as Refusal where refusal.code != .unavailable {
                let flash = Flash(text: Self.sentence(refusal), tone: .danger)
                return Self.redirect(to: form.back ?? fallback, [FlashCookie.set(flash, for: request)])
            }
        }
    }

    /// What a form did, and where that can be seen.
    struct Outcome: Sendable {
        /// nil where the page that follows says it all.
        let sentence: String?
        let address: String
        /// What somebody wants next: a label, a new order.
        var links: [PageLink] = []
        /// Whether the address is shown wherever the form stood.
        var isPaper = false
        var tone = Tone.good
    }

    static let forged = Refusal(
        .forbidden, "this form does not belong to your session: go back, load the page again and repeat what you did")

    /// A refusal as a sentence, with all its places.
    static func sentence(_ refusal: Refusal) -> String {
        let texts = refusal.details.isEmpty ? [refusal.explanation] : refusal.details.map(\.detail)
        return "Not done: " + texts.joined(separator: "; ") + (texts.last?.hasSuffix(".") == true ? "" : ".")
    }

    static func address(of order: OrderID) -> String { "/console/orders/\(order)" }

    // MARK: Answers

    /// - Throws: `.forbidden` for a form that a page of another site sent.
    static func checkOrigin(of request: APIRequest) throws(Refusal) {
        if let site = request.headers[.fetchSite], site != "same-origin", site != "none" {
            throw Refusal(.forbidden, "forms of other sites are not taken")
        }
        guard let origin = request.headers[.origin] else { return }
        let host = origin.split(separator: "/", omittingEmptySubsequences: true).last.map(String.init)
        guard origin.contains("://"), let host, host == request.authority else {
            throw Refusal(.forbidden, "forms of other sites are not taken")
        }
    }

    /// Compares secrets in a time that does not tell where they differ.
    static func isSame(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Digest(of: left).bytes, Digest(of: right).bytes)
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    static func redirect(to address: String, _ headers: [(HTTPField.Name, String)] = []) -> APIResponse {
        APIResponse(
            status: 303, body: .none,
            headers: [(.location, address)] + headers.map { (name: $0.0, value: $0.1) } + security)
    }

    /// A page in its frame; the flash, if there is one, is shown now and no more.
    func respond(with page: any Page, status: Int = 200, to visit: ConsoleVisit, in section: Section?) async throws
        -> APIResponse
    {
        let waiting = try await waybill.read {
            try ExceptionStore.open(after: ExceptionID(0), limit: ExceptionCount.max + 1, in: $0)
        }.count { $0.isVisible(to: visit.principal) }
        let frame = PageFrame(
            navigation: Section.allCases.filter { visit.principal.may($0.scope) }.map { entry in
                NavigationItem(
                    label: entry.label, address: entry.address, isCurrent: entry == section,
                    count: entry == .exceptions && waiting > 0 ? ExceptionCount.text(waiting) : nil)
            },
            user: SignedInUser(
                name: visit.user.name, role: visit.user.email, signOut: "/console/sign-out", password: Self.password),
            flash: FlashCookie.flash(in: visit.request.headers), formToken: visit.session.formToken,
            stylesheet: stylesheet, home: Self.home, zone: WallClock.home)
        var response = try html(page, frame, status: status)
        if frame.flash != nil { response.headers.append(Self.named(FlashCookie.clear(for: visit.request))) }
        return response
    }

    func html(_ page: any Page, _ frame: PageFrame, status: Int = 200) throws -> APIResponse {
        APIResponse(
            status: status, body: .text(try page.render(in: templates, frame: frame)), type: .html,
            headers: Self.security)
    }

    static func named(_ header: (HTTPField.Name, String)) -> (name: HTTPField.Name, value: String) { header }

    /// Nothing but our own style sheet and images within it; no scripts, no frames, forms only to us.
    static let security: [(name: HTTPField.Name, value: String)] = [
        (
            .contentSecurityPolicy,
            "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
                + "frame-ancestors 'none'"
        ),
        (.init("Referrer-Policy")!, "same-origin"),  // tokens of RFC 9110 are names: none of these is nil
        (.init("X-Frame-Options")!, "DENY"),
        (.init("Cross-Origin-Opener-Policy")!, "same-origin"),
        (.init("Cross-Origin-Resource-Policy")!, "same-origin"),
    ]

    /// A problem in words for people, where the path is one of the console's; nil for all others.
    func page(for problem: Problem, at path: String, id: String) throws -> APIResponse? {
        guard path == Self.home || path.hasPrefix(Self.home + "/") else { return nil }
        let frame = PageFrame(stylesheet: stylesheet, home: Self.home)
        var response = try html(ProblemPage(problem, requestID: id), frame, status: problem.status)
        response.headers += problem.headers.filter { $0.name != .wwwAuthenticate }
        return response
    }
}

/// The parts of the console, as the navigation shows them.
enum Section: CaseIterable, Sendable {
    case home, orders, fulfillments, handOvers, returns, counter, stock, exceptions

    var label: String {
        switch self {
        case .home: "Needs you"
        case .orders: "Orders"
        case .fulfillments: "Fulfillments"
        case .handOvers: "Hand-over"
        case .returns: "Returns"
        case .counter: "Counter"
        case .stock: "Stock"
        case .exceptions: "Exceptions"
        }
    }

    var address: String {
        switch self {
        case .home: "/console"
        case .orders: "/console/orders"
        case .fulfillments: "/console/fulfillments"
        case .handOvers: "/console/hand-overs"
        case .returns: "/console/returns"
        case .counter: "/console/counter"
        case .stock: "/console/stock"
        case .exceptions: "/console/exceptions"
        }
    }

    var scope: Scope {
        switch self {
        case .home, .orders, .exceptions: .ordersRead
        case .fulfillments, .handOvers: .fulfillmentsRead
        case .returns: .returnsRead
        case .counter: .returnsWrite
        case .stock: .stockRead
        }
    }
}

/// Counts that stop at 200: nobody needs to know how many more there are.
enum ExceptionCount {
    static let max = 200
    static func text(_ count: Int) -> String { count > max ? "\(max)+" : String(count) }
}
