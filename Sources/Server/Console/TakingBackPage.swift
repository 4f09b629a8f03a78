/// What may come back of one order, line by line: until when, at what fee, and why not; asked for, then shown with its
/// money, then done. The same for a counter that sees the order for the first time and for an office.
struct TakingBackPage: Page {
    static let template = "taking-back"

    /// A line of the order.
    struct Line: Sendable {
        let sku: String
        let name: String
        /// "2 with the customer".
        let state: String
        /// What the channel grants, reasons with the same terms together: "Unwanted, late" and "1.50 GBP is kept …".
        let terms: [Fact]
        /// Why not, or why no more.
        let objections: [String]
        /// Units, reason, what becomes of them; empty where nothing may come back.
        let inputs: [FormInput]
        let isOpen: Bool
    }

    /// A return that was announced before.
    struct Announced: Sendable {
        var name: String
        var status: Pill
        var method: String
        var units: [OrderPage.Units]
        var documents: [PageLink]
        var actions: ActionBar
    }

    /// A return as it would be: nothing of it is done.
    struct Staged: Sendable {
        var sentence: String
        var units: [String]
        /// Worth, fee, set off, refund.
        var money: [Fact]
        /// Where it goes, when, who pays the postage, until when.
        var terms: [Fact]
        var action: Action
    }

    let title: String
    let number: String
    /// To the order itself, for those who may see it.
    let whole: PageLink?
    let summary: [Fact]
    let staged: Staged?
    /// Why what was asked for cannot be.
    let problem: String?
    let announced: [Announced]
    let hasAnnounced: Bool
    let lines: [Line]
    let hasOpenLines: Bool
    /// "12 more lines are not shown".
    let more: String?
    /// Finds a line by its goods, where there are many; nil where all are in sight.
    let finder: FormInput?
    /// What was asked for before, kept while another line is looked for.
    let kept: HiddenField?
    /// The page's own address, with all lines.
    let own: String
    /// Where the form leads.
    let address: String
    let inputs: [FormInput]
    /// Why nothing can be asked for; nil where it can.
    let objection: String?

    init(
        number: String, whole: PageLink?, summary: [Fact], staged: Staged?, problem: String?,
        announced: [Announced], lines: [Line], more: String?, finder: FormInput?, kept: HiddenField?, own: String,
        address: String, inputs: [FormInput], objection: String?
    ) {
        self.title = "Take back \(number)"
        self.number = number
        self.whole = whole
        self.summary = summary
        self.staged = staged
        self.problem = problem
        self.announced = announced
        self.hasAnnounced = !announced.isEmpty
        self.lines = lines
        self.hasOpenLines = objection == nil && lines.contains(where: \.isOpen)
        self.more = more
        self.finder = finder
        self.kept = kept
        self.own = own
        self.address = address
        self.inputs = inputs
        self.objection = objection
    }
}
