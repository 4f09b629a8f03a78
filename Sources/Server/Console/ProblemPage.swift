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
