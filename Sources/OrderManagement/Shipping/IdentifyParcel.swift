/// A person knows of which parcel a courier tells under a number that several bear.
///
/// 1. What was told under it is of this parcel: it goes where that says.
/// 2. Of the others that bear the number nothing was told: what comes later is of this one until its way has ended,
///    and of them after that.
///
/// - Throws: `.notFound`; `.illegalTransition` for a parcel whose number is not in doubt.
public struct IdentifyParcel: Command {
    public static let name = "identify-parcel"
    public let parcel: ParcelID

    public init(parcel: ParcelID) { self.parcel = parcel }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.order(parcel.order)
        guard let number = work.peek(parcel.order)?.part(parcel)?.tracking else { return }
        needs.tracking(number, given: work)
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
        for other in order.parcels.indices where other != place { order.disown(other, tracking, courier) }
        order = work.update(order)
        for id in work.orders(tracked: tracking) where id != order.id {
            guard var other = work.peek(id) else { continue }
            let before = other.parcels
            for place in other.parcels.indices { other.disown(place, tracking, courier) }
            if other.parcels != before { work.update(other) }
        }
        return order.reply(with: place, status: 201)
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

extension Order {
    /// What is told under a number is not of this parcel.
    fileprivate mutating func disown(_ place: Int, _ tracking: String, _ courier: String) {
        guard parcels[place].bears(tracking, by: courier), !parcels[place].state.isFinal else { return }
        _ = parcels[place].news.takeUnclear()
        parcels[place].news.isOthers = true
    }

    /// Has a person say of which parcel a courier tells under a number that several bear.
    mutating func tellOfSharedNumber(
        of place: Int, with numbers: [String], _ status: Parcel.State, at moment: Timestamp, in work: inout Work
    ) {
        let parcel = parcels[place]
        let name = ParcelID(id, parcel.number).description
        guard !exceptions.contains(where: { $0.kind == .numberShared && $0.subject == name }) else { return }
        let courier = work.courierName(of: parcel)
        let tracking = parcel.tracking ?? ""
        var orders: [String] = []
        for number in numbers where !orders.contains(number) { orders.append(number) }
        open(
            .numberShared, subject: name,
            cause: "\(courier) tells of \(tracking) that it was \(status.rawValue) at \(moment). \(numbers.count) "
                + "parcels bear that number, of \(orders.count == 1 ? "order" : "the orders") "
                + "\(orders.joined(separator: ", ")): nobody can know which is meant.",
            owner: "customer_service",
            suggestion: "Ask the courier where that parcel went, and say so of the right one: what it told is kept "
                + "until then, and what it tells later is of that one.",
            within: .days(1), in: &work)
    }

    /// The parcel that an exception is about, while it is not known whether its courier tells of it.
    func unclearParcel(_ subject: String?) -> Parcel? {
        parcel(named: subject).flatMap { $0.news.isUnclear && !$0.state.isFinal ? $0 : nil }
    }
}
