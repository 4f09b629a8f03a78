/// A parcel goes by a label that was taken off it: its courier has it under that number.
///
/// 1. What it bears instead is let go of: its courier is asked to take it back.
/// 2. The parcel bears the old label again, with all that was told under its number.
/// 3. One that is sent goes where was told that it is. Of one that nobody has shipped a person is told at once, who
///    ships it.
///
/// - Throws: `.notFound`; `.illegalTransition` for a label that is on the parcel, that was never bought, or whose
///   courier is just asked to take it back; for a parcel that was unpacked, whose way has ended, or of which its
///   courier tells under its present number as well, and for one that nobody sends any more.
public struct RestoreLabel: Command {
    public static let name = "restore-label"
    public let parcel: ParcelID
    /// Within the parcel.
    public let label: Int

    public init(parcel: ParcelID, label: Int) { (self.parcel, self.label) = (parcel, label) }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(parcel.order) }

    public func execute(in work: inout Work) throws -> Reply {
        var (order, place) = try work.parcel(parcel)
        guard let index = order.parcels[place].labels.firstIndex(where: { $0.number == label }) else {
            throw Refusal([.init("/label", .notFound, "the parcel \(parcel) has no label \(label)")])
        }
        if let objection = try order.objectionToRestoring(index, of: order.parcels[place]) { throw objection }
        if order.parcels[place].state.isSent {
            try order.replaceLabel(of: place, by: index, in: &work)
        } else {
            try order.letGoOfLabel(of: place, in: &work)
            try order.takeUp(index, of: place)
            try order.stick(order.parcels[place].labels[index], on: place, in: &work)
            if order.parcels[place].isAwayUnshipped { order.tellOfDeparture(place, in: &work) }
        }
        order = work.update(order)
        return order.reply(with: place, status: 201)
    }
}

extension Parcel {
    /// For how long a courier is asked after a label that was taken off, while the parcel is asked after.
    private static let askedAfterOldLabel = Seconds.days(14)

    /// Labels that were taken off lately and may be on it all the same, by numbers of their own: their courier is asked
    /// after them together with the one that it bears.
    func oldLabels(askedAfterWith label: Label, at now: Timestamp) -> [Label] {
        labels.filter {
            !$0.state.isLive && $0.connection == label.connection && $0.tracking != nil && $0.tracking != label.tracking
                && $0.chosenAt + Self.askedAfterOldLabel > now
        }
    }
}

extension Order {
    /// Where a label is that was taken off, and that a courier means by a number: the newest of them.
    func place(ofOldLabel tracking: String, by courier: String) -> (place: Int, label: Int)? {
        for place in parcels.indices.reversed() {
            let label = parcels[place].labels.lastIndex {
                $0.tracking == tracking && $0.courier == courier && !$0.state.isLive
            }
            if let label { return (place, label) }
        }
        return nil
    }

    /// Takes in what was told under the number of a label that was taken off.
    mutating func hear(
        _ status: Parcel.State, at moment: Timestamp, words: String?, ofOldLabel index: Int, on place: Int,
        in work: inout Work
    ) -> RecordTracking.Outcome {
        guard status.news != nil else { return .noNews }
        let before = parcels[place].labels[index].news
        guard parcels[place].labels[index].news.take(status, at: moment, words: words) else { return .repeated }
        let news = parcels[place].labels[index].news
        let hasLeft = news.showsDeparture && !before.showsDeparture
        if hasLeft || news.showsEnd && news.state != before.state { tellOfOldLabel(index, on: place, in: &work) }
        return .oldLabel
    }

    private mutating func tellOfOldLabel(_ index: Int, on place: Int, in work: inout Work) {
        let (parcel, label) = (parcels[place], parcels[place].labels[index])
        let subject = "\(ParcelID(id, parcel.number))/\(label.number)"
        guard !exceptions.contains(where: { $0.kind == .oldLabelUsed && $0.subject == subject }) else { return }
        let courier = work.configuration.couriers[label.courier]?.name ?? label.courier
        let location = fulfillments.first { $0.number == parcel.fulfillment }?.location
        let isOver = parcel.lines.isEmpty || !parcel.state.isSent && objectionToCarrying(parcel) != nil
        let present = parcel.tracking.map { "it should go by \($0)" } ?? "it bears no label now"
        open(
            .oldLabelUsed, subject: subject, location: location,
            cause: "\(courier) tells of \(label.tracking ?? "") that it is \(label.news.state.rawValue). That label "
                + "was taken off the parcel \(parcel.number) of order \(number): "
                + (isOver ? "nobody sends it any more." : present + "."),
            owner: location ?? "operations",
            suggestion: isOver
                ? "Look what was handed over under it. Where its goods were packed anew, take that parcel's label off "
                    + "and ship it by this number; else ask the courier to bring it back."
                : "Look whether the old label was stuck on: then say that the parcel goes by it. If it stands here "
                    + "without it, ask the courier what it has.",
            in: &work)
    }

    /// Why a label that was taken off cannot be put on its parcel again; nil where it can.
    fileprivate func objectionToRestoring(_ index: Int, of parcel: Parcel) throws(Refusal) -> Refusal? {
        _ = try parcel.labels[index].state.after(.restore)
        let state = parcel.state
        guard !parcel.lines.isEmpty else {
            return state.refusal(of: "restore", among: state.exits, because: ", and was unpacked")
        }
        guard parcel.state.isSent else { return objectionToCarrying(parcel) }
        guard !parcel.state.isFinal, !parcel.news.showsDeparture else {
            return state.refusal(
                of: "restore", among: state.exits,
                because: " by what its courier tells of \(parcel.tracking ?? "it"), and goes by that number")
        }
        return nil
    }

    /// The parcel that an exception about a label that was taken off is about, with that label, while its courier has
    /// it under that number for all that is known.
    func parcelByOldLabel(_ subject: String?) -> (parcel: Parcel, label: Label)? {
        guard let (parcel, label) = dearLabel(subject), !label.state.isLive, !parcel.state.isFinal else { return nil }
        return (parcel, label)
    }

    /// What can be done about a parcel whose courier has it under a label that was taken off.
    func actions(onOldLabelOf parcel: Parcel, _ label: Label) -> [ExceptionAction] {
        guard let index = parcel.labels.firstIndex(where: { $0.number == label.number }) else { return [] }
        let name = ParcelID(id, parcel.number)
        do throws(Refusal) {
            if try objectionToRestoring(index, of: parcel) == nil { return [.restoreLabel(name, label: label.number)] }
        } catch {
            return []  // its courier is being asked: it can be done once that is answered
        }
        let hasArrived = label.news.state == .delivered && objectionToArrival(parcel) == nil
        return hasArrived ? [.deliverParcel(name)] : []
    }

    /// The label is on the parcel again.
    fileprivate mutating func takeUp(_ index: Int, of place: Int) throws(Refusal) {
        try parcels[place].labels[index].apply(.restore)
        parcels[place].news = parcels[place].labels[index].news
        parcels[place].labels[index].news = ParcelNews()
    }

    /// A parcel that is sent goes by another label than was thought.
    fileprivate mutating func replaceLabel(of place: Int, by index: Int, in work: inout Work) throws {
        let news = parcels[place].news
        if let present = parcels[place].labels.lastIndex(where: { $0.state.isLive }) {
            try parcels[place].labels[present].apply(.void)
            parcels[place].labels[present].news = news
            let label = parcels[place].labels[present]
            rememberNumber(of: label, in: &work)
            if label.isOwn {
                try parcels[place].labels[present].apply(.confirm)
            } else {
                let name = LabelName(of: ParcelID(id, parcels[place].number), label.number)
                work.ask(.voidLabel, for: name, at: label.connection)
            }
        }
        try takeUp(index, of: place)
        let label = parcels[place].labels[index]
        (parcels[place].courier, parcels[place].service) = (label.courier, label.service)
        parcels[place].tracking = label.tracking
        record(.parcelLabelRestored, parcels[place], in: &work)
        try catchUp(place, in: &work)
        ask(after: place, in: &work)
    }
}
