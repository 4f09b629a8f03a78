/// A person knows of which parcel a courier tells under a number that several bear.
///
/// 1. What was told under it is of this parcel: it goes where that says.
/// 2. Of the others that bear the number, parcels and returns, nothing was told: what comes later is of this one until
///    its way has ended, and of them after that.
///
/// - Throws: `.notFound`; `.illegalTransition` for a parcel whose number is not in doubt.
public struct IdentifyParcel: Command {
    public static let name = "identify-parcel"
    public let parcel: ParcelID

    public init(parcel: ParcelID) { self.parcel = parcel }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.order(parcel.order)
        guard let meant = work.peek(parcel.order)?.part(parcel) else { return }
        needs.bearers(of: meant.tracking, meant.news, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        var (order, place) = try work.parcel(parcel)
        let meant = order.parcels[place]
        if let objection = meant.objectionToIdentifying { throw objection }
        guard let tracking = meant.tracking, let courier = meant.courier else {
            throw BrokenInvariant("\(parcel) has news of a number that it does not bear")
        }
        order.parcels[place].news.isOthers = false
        for (state, told) in order.parcels[place].news.takeUnclear() {
            _ = try order.hear(state, at: told.at, words: told.words, event: told.words, of: place, in: &work)
        }
        order.disown(allBut: .parcel(parcel), tracking, courier)
        order = work.update(order)
        work.disown(in: meant.news.bearers, but: order.id, tracking, courier)
        return order.reply(with: place, status: 201)
    }
}

/// A person knows that a courier tells of the parcel of a return, under a number that others bear as well.
///
/// 1. What was told under it is of this return: it is where that says.
/// 2. Of the others that bear the number nothing was told, as for `IdentifyParcel`.
///
/// - Throws: `.notFound`; `.illegalTransition` for a return whose number is not in doubt.
public struct IdentifyReturn: Command {
    public static let name = "identify-return"
    public let id: ReturnID

    public init(id: ReturnID) { self.id = id }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.order(id.order)
        guard let meant = work.peek(id.order)?.part(id) else { return }
        needs.bearers(of: meant.terms.tracking, meant.terms.news, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try ReturnStep(id, in: work)
        let meant = step.order.returns[step.index]
        if let objection = meant.objectionToIdentifying { throw objection }
        guard let tracking = meant.terms.tracking else {
            throw BrokenInvariant("\(id) has news of a number that it does not bear")
        }
        step.order.returns[step.index].terms.news.isOthers = false
        for (state, told) in step.order.returns[step.index].terms.news.takeUnclear() {
            _ = try step.order.take(state, at: told.at, words: told.words, onReturn: step.index, in: &work)
        }
        step.order.disown(allBut: .entry(id), tracking, meant.terms.courier)
        work.disown(in: meant.terms.news.bearers, but: id.order, tracking, meant.terms.courier)
        return step.finish(in: &work)
    }
}

extension NumberBearer {
    /// That what is told under the number is of this one.
    public var identification: any Command {
        switch name {
        case .parcel(let id): IdentifyParcel(parcel: id)
        case .entry(let id): IdentifyReturn(id: id)
        }
    }
}

extension Needs {
    /// The orders of all that bear a number.
    fileprivate mutating func bearers(of tracking: String?, _ news: ParcelNews, given work: Work) {
        for bearer in news.bearers { order(bearer.name.order) }
        if let tracking { self.tracking(tracking, given: work) }
    }
}

extension Work {
    /// What is told under a number is of none that bears it in other orders than one.
    fileprivate mutating func disown(
        in bearers: [NumberBearer], but meant: OrderID, _ tracking: String, _ courier: String?
    ) {
        let others = Set(bearers.map(\.name.order) + orders(tracked: tracking)).subtracting([meant])
        for id in others.sorted() {
            guard var order = peek(id) else { continue }
            let (parcels, returns) = (order.parcels, order.returns)
            order.disown(allBut: nil, tracking, courier)
            if order.parcels != parcels || order.returns != returns { update(order) }
        }
    }
}

extension Parcel {
    /// Why nobody can say that a courier means it by a number that several bear; nil where they can.
    var objectionToIdentifying: Refusal? {
        guard news.isUnclear, tracking != nil, courier != nil else {
            return state.refusal(
                of: "identify", among: state.exits,
                because: ", and nothing is told of its number that could be of another parcel")
        }
        return nil
    }
}

extension Return {
    /// Why nobody can say that a courier means it by a number that several bear; nil where they can.
    var objectionToIdentifying: Refusal? {
        guard terms.news.isUnclear, terms.tracking != nil, isComing else {
            return state.refusal(
                of: "identify", among: state.exits,
                because: ", and nothing is told of its number that could be of another parcel")
        }
        return nil
    }
}

extension Order {
    /// What is told under a number is not of any that bears it, but for one.
    fileprivate mutating func disown(allBut meant: NumberBearer.Name?, _ tracking: String, _ courier: String?) {
        for place in parcels.indices where meant != .parcel(ParcelID(id, parcels[place].number)) {
            guard parcels[place].bears(tracking, by: courier ?? parcels[place].courier ?? "") else { continue }
            _ = parcels[place].news.takeUnclear()
            // One at its end is not asked after, and what comes later is not of it.
            if !parcels[place].state.isFinal { parcels[place].news.isOthers = true }
        }
        for place in returns.indices where meant != .entry(ReturnID(id, returns[place].number)) {
            let terms = returns[place].terms
            guard returns[place].hasOwnParcel, terms.tracking == tracking, (terms.courier ?? courier) == courier
            else { continue }
            _ = returns[place].terms.news.takeUnclear()
            if returns[place].isComing { returns[place].terms.news.isOthers = true }
        }
    }

    /// Keeps what may be of one of several. - Returns: Whether that is new.
    mutating func keepUnclear(
        _ status: Parcel.State, at moment: Timestamp, words: String?, of name: NumberBearer.Name,
        among bearers: [NumberBearer]
    ) -> Bool {
        switch name {
        case .parcel(let parcel):
            guard let place = parcels.firstIndex(where: { $0.number == parcel.number }) else { return false }
            return parcels[place].news.keepUnclear(status, at: moment, words: words, among: bearers)
        case .entry(let entry):
            guard let place = returns.firstIndex(where: { $0.number == entry.number }) else { return false }
            return returns[place].terms.news.keepUnclear(status, at: moment, words: words, among: bearers)
        }
    }

    /// Has a person say of which parcel a courier tells under a number that several bear.
    mutating func tellOfSharedNumber(
        _ tracking: String, of name: NumberBearer.Name, _ status: Parcel.State, at moment: Timestamp,
        among bearers: [NumberBearer], in work: inout Work
    ) {
        let subject = name.description
        let known =
            switch name {
            case .parcel(let parcel): part(parcel)?.courier
            case .entry(let entry): part(entry)?.terms.courier
            }
        guard !exceptions.contains(where: { $0.kind == .numberShared && $0.subject == subject }) else { return }
        let named = bearers.prefix(Self.namedBearersMax).map(\.words).joined(separator: "; ")
        let rest = bearers.count - Self.namedBearersMax
        open(
            .numberShared, subject: subject,
            cause: "\(work.courierName(known) ?? "A courier") tells of \(tracking) that it was \(status.rawValue) at "
                + "\(moment). \(bearers.count) bear that number: \(named)\(rest > 0 ? "; and \(rest) more" : ""). "
                + "Nobody can know which is meant.",
            owner: "customer_service",
            suggestion: "Ask the courier where that parcel went, and say so of the right one: what it told is kept "
                + "until then, and what it tells later is of that one.",
            within: .days(1), in: &work)
    }

    private static let namedBearersMax = 10

    /// Of what a courier may tell by the number that an exception is about, the one that it stands at first; nothing
    /// once that is known.
    func unclearBearers(_ subject: String?) -> [NumberBearer] {
        let (own, news): (NumberBearer, ParcelNews)
        if let parcel = parcel(named: subject), !parcel.state.isFinal {
            (own, news) = (NumberBearer(.parcel(ParcelID(id, parcel.number)), of: self), parcel.news)
        } else if let name = subject.flatMap({ ReturnID($0) }), let entry = part(name), entry.isComing {
            (own, news) = (NumberBearer(.entry(name), of: self), entry.terms.news)
        } else {
            return []
        }
        return news.isUnclear ? [own] + news.bearers.filter { $0.name != own.name } : []
    }
}
