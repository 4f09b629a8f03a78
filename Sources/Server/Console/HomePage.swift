/// What needs a human: exceptions first, then what is late, held, waiting for stock or given up.
struct HomePage: Page {
    static let template = "home"

    /// One number and the list behind it.
    struct Tile: Sendable {
        var label: String
        var number: String
        var address: String
        /// Under the number: "oldest 3 h".
        var hint: String?
        /// `.good` and `.quiet` when nothing waits.
        var tone: Tone
    }

    /// One order that waits, and for what.
    struct Row: Sendable {
        var cause: Pill
        /// What is wrong, in a sentence.
        var detail: String
        var order: PageLink
        var customer: String
        /// How long it has waited, or by how much it is late: "2 h 10 min".
        var age: String
        /// By when somebody should have seen to it; nil where nothing says so.
        var due: TimeText?
        var isOverdue = false
        /// Nil shows "Nobody yet".
        var owner: String?
        /// Who has taken it on.
        var assignee: String?
        /// What to do about it.
        var suggestion: String?
        var actions: [Action] = []
    }

    /// Orders that wait for the same sort of reason.
    struct Section: Sendable {
        let heading: String
        /// Heads the column of ages: "Age", "Late by".
        let ageLabel: String
        let rows: [Row]
        /// To the whole list, when there is more than is shown: "All 41".
        let more: PageLink?

        init(_ heading: String, ageLabel: String = "Age", rows: [Row], more: PageLink? = nil) {
            self.heading = heading
            self.ageLabel = ageLabel
            self.rows = rows
            self.more = more
        }
    }

    /// Stock at a location that is less than what was promised from it.
    struct Shortage: Sendable {
        var sku: String
        var name: String
        var location: String
        var promised: String
        var onHand: String
        var missing: String
        var orders: PageLink?
    }

    /// A job that was given up after its last attempt.
    struct BuriedJob: Sendable {
        var kind: String
        var about: PageLink?
        var attempts: String
        var lastError: String
        var since: TimeText
        var action: Action?
    }

    let title = "What needs you"
    /// When the numbers were read.
    let readAt: TimeText
    let tiles: [Tile]
    /// In the order of urgency; those without rows are left out.
    let sections: [Section]
    let shortages: [Shortage]
    let hasShortages: Bool
    let buriedJobs: [BuriedJob]
    let hasBuriedJobs: Bool
    /// True when nothing waits for anyone.
    let isQuiet: Bool

    init(
        readAt: TimeText, tiles: [Tile], sections: [Section], shortages: [Shortage] = [],
        buriedJobs: [BuriedJob] = []
    ) {
        self.readAt = readAt
        self.tiles = tiles
        self.sections = sections.filter { !$0.rows.isEmpty }
        self.shortages = shortages
        self.hasShortages = !shortages.isEmpty
        self.buriedJobs = buriedJobs
        self.hasBuriedJobs = !buriedJobs.isEmpty
        self.isQuiet = self.sections.isEmpty && shortages.isEmpty && buriedJobs.isEmpty
    }
}
