/// One order: what was asked, where it comes from, what it costs, what happened and what may be done now.
///
/// Templates read stored properties only, hence the Bools beside the arrays.
struct OrderPage: Page {
    static let template = "order"

    /// A hold or an exception that stands: why the order does not move by itself.
    struct Attention: Sendable {
        /// "On hold" or "Exception", with its reason.
        var label: Pill
        var detail: String
        /// "by Ada Byron · 2 h ago", "nobody owns it · 3 h".
        var context: String
        var suggestion: String?
        var actions = ActionBar()
    }

    /// An order line with the quantities of its equation, in whole units.
    struct Line: Sendable {
        let sku: String
        let name: String
        /// A hold, a promised date for backordered units, a note.
        let notes: [Pill]
        let unitPrice: String
        let discount: String?
        let total: String
        let ordered: Count
        /// Cancelled, backordered, allocated, shipped, returned.
        let counts: [Count]
        let bar: StackedBar

        /// - Parameters:
        ///   - ordered: Equals `cancelled + backordered + allocated + shipped`.
        ///   - returned: At most `shipped`; drawn as the last part of what was shipped.
        init(
            sku: String, name: String, notes: [Pill] = [], unitPrice: String, discount: String? = nil,
            total: String, ordered: Int, cancelled: Int, backordered: Int, allocated: Int, shipped: Int,
            returned: Int
        ) {
            self.sku = sku
            self.name = name
            self.notes = notes
            self.unitPrice = unitPrice
            self.discount = discount
            self.total = total
            self.ordered = Count("Ordered", ordered)
            counts = [
                Count("Cancelled", cancelled), Count("Backordered", backordered), Count("Allocated", allocated),
                Count("Shipped", shipped), Count("Returned", returned),
            ]
            bar = StackedBar(
                label: "Of \(ordered): \(shipped) shipped, \(returned) of them returned, \(allocated) allocated, "
                    + "\(backordered) backordered, \(cancelled) cancelled",
                amounts: [
                    ("shipped", shipped - returned), ("returned", returned), ("allocated", allocated),
                    ("backordered", backordered), ("cancelled", cancelled),
                ],
                of: ordered)
        }
    }

    /// Units of a SKU inside a fulfillment, a parcel or a return.
    struct Units: Sendable {
        var quantity: String
        var sku: String
        var name: String
    }

    /// One state on a fulfillment's way.
    struct Step: Sendable {
        /// Where the fulfillment stands to this state.
        enum Mark: String, Sendable {
            case done, current, ahead
        }

        var name: String
        var mark: Mark
        var isCurrent: Bool

        init(_ name: String, _ mark: Mark) {
            self.name = name
            self.mark = mark
            self.isCurrent = mark == .current
        }

        /// The track through `states`, standing at `state`; every state is ahead if it is not among them.
        static func track(_ states: [String], at state: String) -> [Step] {
            let position = states.firstIndex(of: state)
            return states.enumerated().map { index, name in
                guard let position, index <= position else { return Step(name, .ahead) }
                return Step(name, index == position && position < states.count - 1 ? .current : .done)
            }
        }
    }

    /// One box on its way.
    struct Parcel: Sendable {
        var name: String
        var status: Pill
        /// "1.25 kg".
        var weight: String
        /// Courier and service: "Royal Mail · Tracked 48".
        var carriage: String?
        var tracking: String?
        /// The courier's own page, `https` only.
        var trackingAddress: String?
        /// "label 3.20 GBP", "label being bought".
        var postage: String?
        /// "asks for 24.95 GBP at the door".
        var cash: String?
        var contents: [Units] = []
        /// What its courier told, the newest first.
        var news: [News] = [] { didSet { hasNews = !news.isEmpty } }
        private(set) var hasNews = false
        /// Its own label, where the fulfillment has several.
        var document: PageLink?
        var actions = ActionBar()
    }

    /// Something that a courier told of a parcel.
    struct News: Sendable {
        let at: TimeText
        let status: Pill
        let words: String?
    }

    /// The job at one location.
    struct Fulfillment: Sendable {
        let name: String
        let location: String
        let code: String
        let method: String
        let status: Pill
        /// Empty when it left the way: cancelled, rejected, expired.
        let track: [Step]
        /// Ship by, deliver by or ready by.
        let promise: [Fact]
        /// "2 h late", "due today".
        let urgency: Pill?
        let lines: [Units]
        let parcels: [Parcel]
        let hasParcels: Bool
        /// Packing slip, label, pickup code.
        let documents: [PageLink]
        let actions: ActionBar

        init(
            name: String, location: String, code: String, method: String, status: Pill, track: [Step],
            promise: [Fact], urgency: Pill? = nil, lines: [Units], parcels: [Parcel] = [],
            documents: [PageLink] = [], actions: ActionBar = ActionBar()
        ) {
            self.name = name
            self.location = location
            self.code = code
            self.method = method
            self.status = status
            self.track = track
            self.promise = promise
            self.urgency = urgency
            self.lines = lines
            self.parcels = parcels
            self.hasParcels = !parcels.isEmpty
            self.documents = documents
            self.actions = actions
        }
    }

    /// One authorization and what became of it.
    struct Payment: Sendable {
        var provider: String
        var reference: String
        var status: Pill
        var at: TimeText
        /// Authorized, captured, voided, refunded.
        var amounts: [Fact]
    }

    /// The order's money, every amount with its currency.
    struct MoneyPanel: Sendable {
        /// Total, due, authorized, captured, refunded.
        var balance: [Fact]
        /// Lines, discounts, shipping, fees, taxes, total.
        var breakdown: [Fact]
        var payments: [Payment] = []
        var memos: [Memo] = []
        var actions = ActionBar()
    }

    /// What is owed back to the customer, and why.
    struct Memo: Sendable {
        var name: String
        var reason: String
        var amount: String
        var at: TimeText
        /// "5.00 GBP not paid back yet".
        var outstanding: String?
        var note: PageLink?
    }

    /// Units that come back.
    struct Return: Sendable {
        var name: String
        var status: Pill
        /// "By post", "Over the counter at York".
        var method: String
        var at: TimeText
        var reason: String
        /// Its parcel, and where that is.
        var way: String?
        var lines: [Units]
        var refund: String?
        /// What of its worth the customer does not get, and why.
        var unpaid: [String] = []
        /// The order that goes out for it.
        var successor: PageLink?
        /// Its label.
        var documents: [PageLink] = []
        var actions = ActionBar()
    }

    /// What happened, in one sentence.
    struct HistoryEntry: Sendable {
        /// The order's own count of its events: "17".
        var sequence: String
        /// The event's type: `fulfillment.shipped`.
        var type: String
        var sentence: String
        var at: TimeText
        var who: String
        var tone: Tone = .neutral
    }

    let title: String
    let number: String
    let externalID: String?
    let statuses: [Pill]
    /// Placed, channel, customer, total, stage.
    let summary: [Fact]
    let attention: [Attention]
    let actions: ActionBar
    let lines: [Line]
    let fulfillments: [Fulfillment]
    let hasFulfillments: Bool
    let money: MoneyPanel
    let returns: [Return]
    let hasReturns: Bool
    let customer: [Fact]
    let delivery: [Fact]
    let messages: [SentMessage]
    let hasMessages: Bool
    /// Postal address, one line each.
    let address: [String]
    let sourcing: SourcingReason?
    let history: [HistoryEntry]
    /// To the events before those shown.
    let earlier: PageLink?

    init(
        number: String, externalID: String? = nil, statuses: [Pill], summary: [Fact],
        attention: [Attention] = [], actions: ActionBar = ActionBar(), lines: [Line],
        fulfillments: [Fulfillment] = [], money: MoneyPanel, returns: [Return] = [], customer: [Fact],
        delivery: [Fact], address: [String] = [], sourcing: SourcingReason? = nil, history: [HistoryEntry],
        earlier: PageLink? = nil, messages: [SentMessage] = []
    ) {
        self.title = "Order \(number)"
        self.number = number
        self.externalID = externalID
        self.statuses = statuses
        self.summary = summary
        self.attention = attention
        self.actions = actions
        self.lines = lines
        self.fulfillments = fulfillments
        self.hasFulfillments = !fulfillments.isEmpty
        self.money = money
        self.returns = returns
        self.hasReturns = !returns.isEmpty
        self.customer = customer
        self.delivery = delivery
        self.address = address
        self.sourcing = sourcing
        self.history = history
        self.earlier = earlier
        self.messages = messages
        self.hasMessages = !messages.isEmpty
    }

    /// Why the units come from where they come.
    struct SourcingReason: Sendable {
        /// Kinds of cost in the order in which bars draw them; each has its colour in the style sheet.
        enum Part: String, CaseIterable, Sendable {
            case location, parcels, weight, picking, lateness, depletion, unfilled
        }

        /// A location that was chosen, with its share of the cost.
        struct Chosen: Sendable {
            let location: String
            let units: String
            let cost: String
            let bar: StackedBar
            /// The bar in words: label "Parcels", value "£4.95".
            let parts: [Legend]

            /// - Parameters:
            ///   - amounts: Minor units, 0 or more, with the text that shows them.
            ///   - scale: Minor units that the full width stands for, the same for every bar of a decision.
            init(
                location: String, units: String, cost: String, amounts: [(part: Part, amount: Int, text: String)],
                scale: Int
            ) {
                self.location = location
                self.units = units
                self.cost = cost
                bar = StackedBar(
                    label: amounts.map { "\($0.part.rawValue) \($0.text)" }.joined(separator: ", "),
                    amounts: amounts.map { (kind: $0.part.rawValue, amount: $0.amount) }, of: scale)
                parts = amounts.map {
                    Legend(kind: $0.part, label: $0.part.rawValue, value: $0.text)
                }
            }
        }

        /// One part of a cost, keyed to its colour.
        struct Legend: Sendable {
            var kind: Part
            var label: String
            var value: String
        }

        /// A candidate that lost.
        struct Rejected: Sendable {
            var location: String
            var why: String
            /// What the whole plan would cost with it; nil if it could not be used at all.
            var cost: String?
            /// How much more that is: "+ £1.20".
            var difference: String?
        }

        /// "Proven minimal" or "Within 1.2 % of the bound".
        var verdict: Pill
        /// The decision in one sentence.
        var sentence: String
        var total: String
        var decidedAt: TimeText
        /// "policy 14".
        var policy: String
        var chosen: [Chosen]
        /// The best plan without one of the chosen locations.
        var runnerUp: Rejected?
        var rejected: [Rejected] = []
        /// Whether anything else could have been chosen.
        var hasAlternatives = false
        /// How many locations each rule left out: "Closed on the day", "3".
        var exclusions: [Fact] = []
    }
}
