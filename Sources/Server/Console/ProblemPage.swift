/// What the console says when a request cannot be answered: what happened and what to do about it.
struct ProblemPage: Page {
    static let template = "problem"

    var title: String
    /// The HTTP status, as "409".
    var status: String
    /// The refusal's code, as `illegal_transition`.
    var code: String?
    /// What happened, in a sentence or two.
    var detail: String
    /// What the reader can do, one sentence each.
    var advice: [String] = []
    /// Ways on: back to the order, to the list.
    var links: [PageLink] = []
    /// Finds the request in the log.
    var requestID: String?
}

extension ProblemPage {
    init(_ problem: Problem, requestID: String?) {
        let detail = problem.detail.prefix(1).uppercased() + problem.detail.dropFirst()
        self.init(
            title: Self.title(of: problem.status), status: String(problem.status), code: problem.code,
            detail: detail + (detail.hasSuffix(".") ? "" : "."), advice: Self.advice(for: problem.status),
            links: [
                PageLink(label: "Orders", address: "/console/orders"), PageLink(label: "Home", address: "/console"),
            ],
            requestID: requestID)
    }

    private static func title(of status: Int) -> String {
        switch status {
        case 400, 415: "That cannot be understood"
        case 403: "That is not yours to do"
        case 404: "There is nothing here"
        case 405: "That is not possible here"
        case 409, 412, 422: "That is not possible now"
        case 413: "That is too much"
        case 429: "Too many attempts"
        case 503: "Not available at the moment"
        default: "Something went wrong"
        }
    }

    private static func advice(for status: Int) -> [String] {
        switch status {
        case 403: ["Ask whoever runs this installation if you need it."]
        case 404: ["The address may be mistyped, or what it named may belong to a location that you do not see."]
        case 503: ["Try again in a moment; nothing was changed."]
        case 500...: ["Nothing was half done. If it happens again, tell your operators the request below."]
        default: []
        }
    }
}
