/// What a draft of a channel would decide of orders that there are, beside what the channel in force decides: read from
/// a snapshot, with the same functions that decide in earnest, and nothing is changed.
///
/// What a draft says of sourcing, promises, couriers and messages is not tried: that depends on the stock of the day.
public struct WhatIf: Sendable {
    /// What is taken to be so.
    public enum Assumption: String, CaseIterable, Sendable {
        /// The orders are looked at as though they had been placed by the draft; and, beside it, by the channel in
        /// force: what the two differ in is the draft's doing alone.
        case placedByDraft = "placed_by_draft"
        /// The draft is published now: what was granted to those who have bought stays
        /// (docs/decisions/0033-rights-stay.md).
        case publishedNow = "published_now"
    }

    /// Orders that are looked at for one question; and lines, so that huge orders do not keep it long.
    public static let ordersMax = 500
    static let linesMax = 20_000
    /// Orders whose differences are told one by one.
    static let shownMax = 100

    public let present: Channel
    public let draft: Channel
    public let assumption: Assumption
    public let at: Timestamp
    /// Whether every answer is told, or only those that differ.
    let tellsAll: Bool

    /// How often a question was asked, and how its answers differ.
    struct Count: Sendable {
        let question: String
        var orders = 0
        var differing = 0
        var allowedInForce = 0
        var allowedByDraft = 0
        var feesInForce: Int64 = 0
        var feesByDraft: Int64 = 0
    }

    /// One question about one order; a side is nil where its policies do not ask it.
    struct Answer: Sendable {
        let question: String
        let inForce: OrderDecision?
        let byDraft: OrderDecision?
        let differs: Bool
    }

    public private(set) var orders = 0
    public private(set) var differing = 0
    private(set) var counts: [Count] = []
    private var told: [(id: OrderID, number: String, answers: [Answer])] = []

    public init(
        present: Channel, draft: Channel, assumption: Assumption = .placedByDraft, at now: Timestamp,
        tellsAll: Bool = false
    ) {
        (self.present, self.draft, self.assumption) = (present, draft, assumption)
        (at, self.tellsAll) = (now, tellsAll)
    }

    /// What the draft would change, field by field.
    public var changes: [FieldChange] { FieldChange.between(present.document, draft.document) }

    /// Asks both of one more order.
    public mutating func ask(about tried: TriedOrder) {
        let order = tried.order
        let (old, new): (Channel?, Channel?) = switch assumption {
        case .placedByDraft: (nil, nil)
        case .publishedNow: (tried.agreed, tried.agreed ?? present)
        }
        let inForce = order.decisions(by: present, agreed: old, finalSales: tried.finalSales, at: at)
        let byDraft = order.decisions(by: draft, agreed: new, finalSales: tried.finalSales, at: at)
        let names = inForce.map(\.question) + byDraft.map(\.question).filter { name in
            !inForce.contains { $0.question == name }
        }
        let answers = names.map { name in
            let old = inForce.first { $0.question == name }?.decision
            let new = byDraft.first { $0.question == name }?.decision
            return Answer(
                question: name, inForce: old, byDraft: new,
                differs: old.map { !$0.agrees(with: new) } ?? (new != nil))
        }
        orders += 1
        for answer in answers { count(answer) }
        let isDifferent = answers.contains(where: \.differs)
        if isDifferent { differing += 1 }
        guard tellsAll || isDifferent, told.count < Self.shownMax else { return }
        told.append((order.id, order.number, tellsAll ? answers : answers.filter(\.differs)))
    }

    private mutating func count(_ answer: Answer) {
        let place = counts.firstIndex { $0.question == answer.question } ?? counts.count
        if place == counts.count { counts.append(Count(question: answer.question)) }
        counts[place].orders += 1
        if answer.differs { counts[place].differing += 1 }
        // A stage that a policy does not ask for is passed.
        let isPassed = answer.question.hasPrefix("stages/")
        if answer.inForce?.isAllowed ?? isPassed { counts[place].allowedInForce += 1 }
        if answer.byDraft?.isAllowed ?? isPassed { counts[place].allowedByDraft += 1 }
        counts[place].feesInForce += answer.inForce?.fee ?? 0
        counts[place].feesByDraft += answer.byDraft?.fee ?? 0
    }

    /// The answers to each question as a table for people: one row each, under `headings`.
    public var rows: [[String]] {
        counts.map { count in
            [
                count.question, "\(count.orders)", "\(count.allowedInForce)", "\(count.allowedByDraft)",
                "\(count.differing)", Money(count.feesInForce, present.currency).description,
                Money(count.feesByDraft, present.currency).description,
            ]
        }
    }

    public static let headings = [
        "question", "orders", "allowed now", "by the draft", "differ", "fees now", "by the draft",
    ]

    /// - Parameter isPart: Whether there are more orders than were looked at.
    public func write(isPart: Bool, to json: inout JSONWriter) {
        let currency = present.currency
        json.object {
            $0.member("channel", present.code)
            $0.member("version", present.version)
            $0.member("assume", assumption.rawValue)
            $0.member("at", at)
            $0.array("changes") { list in for change in changes { change.write(to: &list) } }
            $0.member("orders", orders)
            $0.member("differing", differing)
            $0.member("more", isPart)
            $0.array("questions") { list in
                for count in counts {
                    list.object {
                        $0.member("question", count.question)
                        $0.member("orders", count.orders)
                        $0.member("differing", count.differing)
                        $0.member("allowed_in_force", count.allowedInForce)
                        $0.member("allowed_by_draft", count.allowedByDraft)
                        $0.member("fees_in_force", Money(count.feesInForce, currency))
                        $0.member("fees_by_draft", Money(count.feesByDraft, currency))
                    }
                }
            }
            $0.array("data") { list in
                for (id, number, answers) in told {
                    list.object {
                        $0.member("order", id.description)
                        $0.member("order_number", number)
                        $0.array("answers") { list in for answer in answers { answer.write(to: &list, in: currency) } }
                    }
                }
            }
        }
    }
}

extension WhatIf.Answer {
    fileprivate func write(to json: inout JSONWriter, in currency: Currency) {
        json.object {
            $0.member("question", question)
            $0.member("differs", differs)
            for (name, decision) in [("in_force", inForce), ("by_draft", byDraft)] as [(StaticString, OrderDecision?)] {
                $0.name(name)
                if let decision { decision.write(to: &$0, in: currency) } else { $0.value(JSON.null) }
            }
        }
    }
}

/// An order with what its questions need beside it.
public struct TriedOrder: Sendable {
    public let order: Order
    /// The channel as it was when the order was placed; nil where it is the same now.
    let agreed: Channel?
    let finalSales: Set<String>

    /// Orders to try a draft on, with a fixed number of questions to the database.
    /// - Returns: As many of them, from the front, as have `WhatIf.linesMax` lines together; and whether that is all.
    public static func load(
        _ ids: [OrderID], of present: Channel, in db: any Connection
    ) throws -> (orders: [TriedOrder], isPart: Bool) {
        let found = try OrderStore.orders(ids, in: db)
        var (orders, lines): ([Order], Int) = ([], 0)
        for order in ids.compactMap({ found[$0] }) where order.channel == present.code {
            lines += order.lines.count
            guard orders.isEmpty || lines <= WhatIf.linesMax else { break }
            orders.append(order)
        }
        let versions = Set(orders.map(\.policyVersion)).subtracting([present.version])
        var agreed: [Int64: Channel] = [:]
        try ChannelStore.load(versions.map { .init(code: present.code, version: $0) }, in: db) {
            agreed[$0.version] = $1
        }
        var finalSales: Set<String> = []
        try ItemStore.load(Set(orders.flatMap { $0.lines.map(\.sku) }).sorted(), in: db) {
            if !$0.isReturnable { finalSales.insert($0.sku) }
        }
        return (
            orders.map { order in
                TriedOrder(
                    order: order, agreed: agreed[order.policyVersion],
                    finalSales: finalSales.intersection(order.lines.map(\.sku)))
            }, orders.count < ids.count
        )
    }
}
