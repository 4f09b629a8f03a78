/// The list of orders: search, filters, one page of rows.
struct OrderListPage: Page {
    static let template = "orders"

    /// One order in the list.
    struct Row: Sendable {
        var number: String
        var address: String
        /// The shop's own number, if it has one.
        var externalID: String?
        var placed: TimeText
        var customer: String
        var email: String?
        var channel: String
        /// Number of lines: "3".
        var items: String
        /// Number of units over all lines: "14".
        var units: String
        var total: String
        var status: Pill
        var fulfillment: Pill
        var payment: Pill
        /// Hold, stage, exception, return: what stands beside the three statuses.
        var notes: [Pill] = []
        /// Codes of the locations that fill it.
        var locations: [String]
    }

    /// A filter that is in force, with the address of the list without it.
    struct ActiveFilter: Sendable {
        var label: String
        var value: String
        var without: String
    }

    /// Why the list is empty and what would fill it.
    struct Emptiness: Sendable {
        var heading: String
        var advice: String
        var links: [PageLink] = []
    }

    let title = "Orders"
    /// The list's own address, which the search and filter form asks by GET.
    let address: String
    /// The free text that was searched for.
    let query: String
    /// Lists worth one click: all, open, on hold, late.
    let views: [PageLink]
    /// Lists and date fields, in the order in which they are shown.
    let filters: [FormInput]
    let active: [ActiveFilter]
    let isFiltered: Bool
    /// How many filters are in force: "3".
    let activeCount: String
    let rows: [Row]
    let hasRows: Bool
    let emptiness: Emptiness?
    /// What is shown, without counting the rest: "50 orders, newest first".
    let range: String
    /// Keyset cursors; nil at the list's ends.
    let newer: String?
    let older: String?

    /// - Parameter emptiness: Shown only when there are no rows.
    init(
        address: String, query: String = "", views: [PageLink] = [], filters: [FormInput] = [],
        active: [ActiveFilter] = [], rows: [Row], emptiness: Emptiness? = nil, range: String,
        newer: String? = nil, older: String? = nil
    ) {
        self.address = address
        self.query = query
        self.views = views
        self.filters = filters
        self.active = active
        self.isFiltered = !active.isEmpty
        self.activeCount = String(active.count)
        self.rows = rows
        self.hasRows = !rows.isEmpty
        self.emptiness = rows.isEmpty ? emptiness : nil
        self.range = range
        self.newer = newer
        self.older = older
    }
}
