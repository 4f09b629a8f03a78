/// What never came with a return that is closed comes after all: it is expected by a return of its own, by the same
/// terms.
///
/// 1. Checks that the return is closed, that units of it never came, and that their customer still has them.
/// 2. Makes a return of those units: it is approved, on its way under the same number, and knows what was told of it,
///    so that it is received, judged and paid for as any other. The closed one stays what it was.
///
/// Whether they could be returned was asked when they were announced, and is not asked again: a person decides that
/// they are taken back.
/// - Throws: `.illegalTransition` for a return that still expects them, of which nothing is missing, or whose units
///   come or came another way.
public struct ReopenReturn: Command {
    public static let name = "reopen-return"
    public let id: ReturnID

    public init(id: ReturnID) { self.id = id }

    public func needs(_ needs: inout Needs, given work: Work) { needs.orderWithReturn(id, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try ReturnStep(id, in: work)
        if let objection = step.order.objectionToReopening(step.order.returns[step.index]) {
            throw Refusal(.illegalTransition, objection)
        }
        let number = try step.order.reopen(step.index, in: &work)
        step.order = work.update(step.order)
        return step.order.reply(number, status: 201)
    }
}

extension Return {
    /// Units that were announced and never came, by line, of one that does not wait for them any more; nothing for what
    /// customers do not send.
    var absent: [Int: Int64] {
        guard hasOwnParcel, !isComing, state != .requested, !(state == .received && isWaiting) else { return [:] }
        return Dictionary(lines.map { ($0.line, $0.expected + $0.missing) }, uniquingKeysWith: +)
            .filter { $0.value > 0 }
    }

    /// Whether the parcel of another return is its own too.
    func comes(underTheNumberOf other: Return) -> Bool {
        terms.tracking != nil && terms.tracking == other.terms.tracking && terms.courier == other.terms.courier
    }
}

extension Order {
    /// Of the units that never came with a closed return, those that its customer still has, and no other return
    /// speaks of; a parcel is taken back after all once.
    func reopenable(_ entry: Return) -> [Int: Int64] {
        var units: [Int: Int64] = [:]
        let later = returns.filter { $0.number > entry.number && $0.comes(underTheNumberOf: entry) }
        for (line, count) in entry.absent {
            let expected = later.flatMap(\.lines).reduce(Int64(0)) { $1.line == line ? $0 + $1.quantity : $0 }
            let kept = kept(line).reduce(Int64(0)) { $0 + $1.units }
            let left = min(count - expected, kept)
            if left > 0 { units[line] = left }
        }
        return units
    }

    /// Why what never came with a return is not expected after all; nil where it can be.
    func objectionToReopening(_ entry: Return) -> String? {
        let present = "the return \(entry.reference(in: self)) is \(entry.state.rawValue)"
        guard entry.hasOwnParcel else { return "\(present), and no parcel of the customer's was to bring it" }
        guard !entry.state.isOpen || !entry.isWaiting else { return "\(present): what it brings is received with it" }
        guard !entry.absent.isEmpty else { return "\(present), and all that was announced has come" }
        guard reopenable(entry).isEmpty else { return nil }
        return "\(present), and what has not come with it is not with the customer, or comes with another return"
    }

    /// - Returns: The number of the return that expects what has not come.
    fileprivate mutating func reopen(_ index: Int, in work: inout Work) throws -> Int {
        let (closed, units) = (returns[index], reopenable(returns[index]))
        var lines: [Return.Line] = []
        for line in closed.lines {
            let count = min(units[line.line] ?? 0, line.expected + line.missing)
            if count > 0 { lines.append(Return.Line(line: line.line, quantity: count, reason: line.reason)) }
        }
        var entry = Return(
            number: returns.count + 1, method: .byPost, location: closed.location, lines: lines, at: work.now)
        entry.terms = closed.terms.reopened
        entry.note = "Its parcel turned up after \(closed.reference(in: self)) was closed."
        let place = returns.count
        returns.append(entry)
        record(.returnRequested, entry, in: &work)
        try returns[place].apply(.approve, at: work.now)
        record(.returnApproved, returns[place], in: &work)
        try send(place, in: &work)
        try followWay(ofReturn: place, in: &work)
        return entry.number
    }
}

extension ReturnTerms {
    /// The same, for units of which nothing has become yet.
    fileprivate var reopened: Self {
        var terms = ReturnTerms()
        (terms.policyVersion, terms.postage, terms.freeLines) = (policyVersion, postage, freeLines)
        (terms.feeFixed, terms.feePercent) = (feeFixed, feePercent)
        (terms.refundAt, terms.refundTo, terms.isRefundFixed) = (refundAt, refundTo, isRefundFixed)
        (terms.destination, terms.courier, terms.tracking) = (destination, courier, tracking)
        (terms.connection, terms.news) = (connection, news)
        return terms
    }
}
