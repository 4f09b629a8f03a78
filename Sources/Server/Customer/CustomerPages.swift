import HTTPTypes
import OrderManagement

/// The pages of customers: each order has one, below an address that nobody guesses, without an account.
///
/// Every call is counted by where it comes from, before its link is looked at. A link that we did not make, one that
/// was replaced, and one of an order that is not there are answered by the same page.
struct CustomerPages: Sendable {
    let waybill: OrderManagement
    let links: CustomerLinks
    let templates: ConsoleTemplates
    /// Who draws papers; nil: none are offered.
    let paperwork: (any Paperwork)?
    var known: KnownConfiguration { waybill.known }
    /// What anybody may ask for, from one place: a page a second, and more at once for whoever clicks about.
    let visits = RateLimit<ClientAddress>(burst: 60, every: Seconds(1))
    /// Links that open nothing: whoever comes with many of them is guessing, and is not answered for a while.
    let misses = RateLimit<ClientAddress>(burst: 20, every: Seconds(15))
    private let stylesheet: String

    static let root = "/o/"
    private static let css = EmbeddedFiles.files["customer.css"] ?? ""

    init(
        _ waybill: OrderManagement, links: CustomerLinks, templates: ConsoleTemplates,
        paperwork: (any Paperwork)? = nil
    ) {
        self.waybill = waybill
        self.links = links
        self.templates = templates
        self.paperwork = paperwork
        stylesheet = "/customer.css?v=" + Digest(of: Self.css).base64url.prefix(16)
    }

    var endpoints: [Endpoint] {
        [orderPage, cancelPage, cancel, addressPage, changeAddress, returnPage, requestReturn, stylesheetFile] + papers
    }

    private var orderPage: Endpoint {
        endpoint(.get, "") { visit in
            let done = CustomerForm.answers[visit.request.query.text("done") ?? ""]
            let page = CustomerOrderPage(visit.reading, at: visit.path, hasPapers: paperwork != nil, done: done)
            return try respond(with: page, to: visit)
        }
    }

    private var stylesheetFile: Endpoint {
        var endpoint = Endpoint(
            method: .get, path: "/customer.css", access: .everybody, summary: "The style sheet of customers' pages",
            tag: "customers", isDescribed: false
        ) { _ in
            APIResponse(
                body: .text(Self.css), type: .css, headers: [(.cacheControl, "public, max-age=31536000, immutable")])
        }
        endpoint.isForCustomers = true
        return endpoint
    }

    // MARK: Who comes

    /// One request of somebody who has an order's link.
    struct Visit: Sendable {
        let request: APIRequest
        let reading: CustomerReading
        /// The order's own address: `/o/…`.
        let path: String

        var order: Order { reading.order }
        var words: CustomerLanguage { reading.language }
        /// A name for a form of one rendered page: whoever sends a form twice has it done once.
        let formKey = Base64URL.text(RandomBytes.make(12))
    }

    /// A call below an order's link.
    func endpoint(
        _ method: Endpoint.Method, _ path: String, _ answer: @escaping @Sendable (Visit) async throws -> APIResponse
    ) -> Endpoint {
        var endpoint = Endpoint(
            method: method, path: Self.root + "{token}" + path, access: .everybody, summary: "A customer's page",
            tag: "customers", isDescribed: false
        ) { request in
            let language = CustomerLanguage(accepting: request.headers[.acceptLanguage])
            let now = waybill.clock()
            if let wait = misses.look(by: request.client, at: now) ?? visits.take(by: request.client, at: now) {
                return try apology(.slowDown, .slowDownHint, 429, language, [(.retryAfter, String(wait.count))])
            }
            guard let visit = try await visit(request, at: now) else {
                _ = misses.take(by: request.client, at: now)
                return try notFound(language)
            }
            return try await answer(visit)
        }
        if method == .post { (endpoint.consumes, endpoint.bodyMax) = (.form, ConsoleForm.bytesMax) }
        endpoint.isForCustomers = true
        return endpoint
    }

    private func visit(_ request: APIRequest, at now: Timestamp) async throws -> Visit? {
        guard let text = request.parameters.first, let token = try await links.token(text) else { return nil }
        let reading = try await waybill.read { try CustomerReading(token, known: known, at: now, in: $0) }
        return reading.map { Visit(request: request, reading: $0, path: Self.root + text) }
    }

    // MARK: Answers

    func respond(with page: some Page, status: Int = 200, to visit: Visit) throws -> APIResponse {
        let words = visit.words
        var frame = frame(words)
        frame.shop = visit.reading.channel.name
        frame.zone = words(.timesOf, visit.reading.clock.zoneName)
        frame.hasLinkHint = true
        return html(try page.render(in: templates, frame: frame), status)
    }

    /// Says what a form did on the page that it leads back to.
    func done(_ name: String, _ visit: Visit) -> APIResponse {
        APIResponse(
            status: 303, body: .none, headers: [(.location, "\(visit.path)?done=\(name)")] + Self.security)
    }

    func notFound(_ language: CustomerLanguage) throws -> APIResponse {
        try apology(.noLink, .noLinkHint, 404, language)
    }

    func apology(
        _ title: CustomerPhrase, _ hint: CustomerPhrase, _ status: Int, _ words: CustomerLanguage,
        _ headers: [(name: HTTPField.Name, value: String)] = []
    ) throws -> APIResponse {
        let page = CustomerApologyPage(title: words(title), hint: words(hint))
        var response = html(try page.render(in: templates, frame: frame(words)), status)
        response.headers += headers
        return response
    }

    private func frame(_ words: CustomerLanguage) -> CustomerFrame {
        CustomerFrame(language: words.rawValue, stylesheet: stylesheet, words: words.texts)
    }

    private func html(_ text: String, _ status: Int) -> APIResponse {
        APIResponse(status: status, body: .text(text), type: .html, headers: Self.security)
    }

    /// As the console's, and the address is told to nobody: not to other pages, not to those who search the web.
    static let security: [(name: HTTPField.Name, value: String)] =
        Console.security.filter { $0.name != .referrerPolicy }
        + [(.referrerPolicy, "no-referrer"), (.robotsTag, "noindex, nofollow, noarchive")]

    /// A problem in words for people, where the path is one of customers'; nil for all others.
    func page(for problem: Problem, at path: String, _ headers: RequestHeaders) throws -> APIResponse? {
        guard path.hasPrefix(Self.root) else { return nil }
        let language = CustomerLanguage(accepting: headers[.acceptLanguage])
        if problem.status == 404 || problem.status == 405 { return try notFound(language) }
        let hint: CustomerPhrase =
            switch problem.status {
            case 400, 413, 415: .foreignForm
            case 500...: .failedHint
            default: .notPossible
            }
        var response = try apology(.failed, hint, problem.status, language)
        response.headers += problem.headers.filter { $0.name == .retryAfter }
        return response
    }
}

/// What is said where there is nothing to show.
struct CustomerApologyPage: Page {
    static let template = "customer-apology"
    let title: String
    let hint: String
}

extension HTTPField.Name {
    // Tokens of RFC 9110 are names, so none of these is nil.
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let robotsTag = HTTPField.Name("X-Robots-Tag")!
}
