/// A parcel goes by a label that was taken off it: its courier has it under that number.
///
/// 1. What it bears instead is let go of: its courier is asked to take it back.
/// 2. The parcel bears the old label again, with all that was told under its number.
/// 3. One that is sent goes where was told that it is. Of one that nobody has shipped a person is told at once, who
///    ships it.
///
/// - Throws: `.notFound`; `.illegalTransition` for a label that is on the parcel, that was never bought, or whose
///   courier is just asked to take it back; for one whose number the parcel bears already, or another one that is under
///   way; for a parcel that was unpacked, or of which its courier tells under its present number as well, for one that
///   nobody sends any more, and for one whose way has ended, unless it comes back by that label.
public struct RestoreLabel: Command {
    public static let name = "restore-label"
    public let parcel: ParcelID
    /// Within the parcel.
    public let label: Int

    public init(parcel: ParcelID, label: Int) { (self.parcel, self.label) = (parcel, label) }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.order(parcel.order)
        let labels = work.peek(parcel.order)?.part(parcel)?.labels ?? []
        guard let number = labels.first(where: { $0.number == label })?.tracking else { return }
        needs.tracking(number, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        var (order, place) = try work.parcel(parcel)
        guard let index = order.parcels[place].labels.firstIndex(where: { $0.number == label }) else {
            throw Refusal([.init("/label", .notFound, "the parcel \(parcel) has no label \(label)")])
        }
        if let objection = try order.objectionToRestoring(index, of: order.parcels[place]) { throw objection }
        try requireFree(order.parcels[place].labels[index], on: place, of: order, in: work)
        if order.parcels[place].state.isSent {
            try order.replaceLabel(of: place, by: index, in: &work)
        } else {
            try order.letGoOfLabel(of: place, in: &work)
            try order.takeUp(index, of: place)
            try order.stick(order.parcels[place].labels[index], on: place, in: &work)
            if order.parcels[place].isAwayUnshipped { order.tellOfDeparture(place, in: &work) }
        }
        order = work.update(order)
        if let tracking = order.parcels[place].tracking { work.note(order.id, takes: tracking) }
        return order.reply(with: place, status: 201)
    }

    /// - Throws: `.illegalTransition` for a number by which another parcel is under way: news would be of both.
    private func requireFree(_ label: Label, on place: Int, of order: Order, in work: Work) throws(Refusal) {
        guard let tracking = label.tracking,
            let other = order.otherBearer(of: tracking, by: label.courier, than: place, in: work)
        else { return }
        throw Refusal(
            .illegalTransition,
            "\(other) is under way by \(tracking) already: read the number on the parcel \(parcel) again")
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

    /// Why a label that was taken off cannot be put on its parcel again; nil where it can.
    fileprivate func objectionToRestoring(_ index: Int, of parcel: Parcel) throws(Refusal) -> Refusal? {
        _ = try parcel.labels[index].state.after(.restore)
        return objectionToGoing(by: parcel.labels[index], parcel)
    }

    /// Why a parcel cannot go by a label that was taken off it, whatever has become of that; nil where it can.
    func objectionToGoing(by label: Label, _ parcel: Parcel) -> Refusal? {
        func refusal(because reason: String) -> Refusal {
            parcel.state.refusal(of: "restore", among: parcel.state.exits, because: reason)
        }
        let present = parcel.tracking ?? "its present number"
        guard !parcel.lines.isEmpty else { return refusal(because: ", and was unpacked") }
        if let tracking = label.tracking, parcel.bears(tracking, by: label.courier) {
            return refusal(because: ", and goes by \(tracking) already")
        }
        guard parcel.state.isSent else { return objectionToCarrying(parcel) }
        if parcel.state.isFinal {
            if comesBack(by: label, parcel) { return nil }
            let help = parcel.state == .delivered
                ? "" : ": where its customer has it, say that it has arrived (deliveries)"
            return refusal(because: ", and its way has ended" + help)
        }
        guard !parcel.news.showsDeparture else {
            return refusal(because: " by what its courier tells of \(present), and goes by that number")
        }
        return nil
    }

    /// Whether a parcel whose way had ended comes back under a label that was taken off it: it was lost, or has arrived
    /// before, by what was told of its present number, and its goods are not here by another way.
    private func comesBack(by label: Label, _ parcel: Parcel) -> Bool {
        guard label.news.state == .returnedToSender, let told = label.news[.returnedToSender],
            parcel.state.exits[.returnToSender] != nil, parcel.state != .delivered || told > parcel.updatedAt
        else { return false }
        return !haveComeBack(parcel) && !isHandedIn(parcel) && !isReceived(parcel)
    }

    /// Whether a parcel may go by a label that was taken off it, and if not, why; nil where there is none, or its way
    /// has ended and it does not come back by one.
    func restoration(of parcel: Parcel) -> (isPossible: Bool, objection: String?)? {
        var objection: String?
        for label in parcel.labels.reversed() where label.tracking != nil && !label.state.isLive {
            do throws(Refusal) {
                _ = try label.state.after(.restore)
                guard let refused = objectionToGoing(by: label, parcel) else { return (true, nil) }
                objection = objection ?? refused.explanation
            } catch {
                objection = objection ?? error.explanation
            }
        }
        return parcel.state.isFinal ? nil : objection.map { (false, $0) }
    }

    /// The label is on the parcel again.
    mutating func takeUp(_ index: Int, of place: Int) throws(Refusal) {
        try parcels[place].labels[index].apply(.restore)
        parcels[place].news = parcels[place].labels[index].news
        parcels[place].labels[index].news = ParcelNews()
        parcels[place].cash = parcels[place].labels[index].cash
        // The same number may have been on another label of it.
        let label = parcels[place].labels[index]
        if let tracking = label.tracking { takeUpNews(of: tracking, by: label.courier, on: place) }
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
        } else if let named = try numberByHand(of: parcels[place], insteadOf: parcels[place].labels[index]) {
            parcels[place].labels.append(named)
            rememberNumber(of: named, in: &work)
        }
        try takeUp(index, of: place)
        let label = parcels[place].labels[index]
        (parcels[place].courier, parcels[place].service) = (label.courier, label.service)
        parcels[place].tracking = label.tracking
        record(.parcelLabelRestored, parcels[place], in: &work)
        try catchUp(place, in: &work)
        ask(after: place, in: &work)
    }

    /// The number that a person named when they shipped a parcel without a label, as one that was taken off: its news
    /// are kept with it, and the parcel may go by it again. It was bought elsewhere: here it cost nothing.
    private func numberByHand(of parcel: Parcel, insteadOf old: Label) throws(Refusal) -> Label? {
        guard let tracking = parcel.tracking else { return nil }
        var label = Label(
            number: parcel.labels.count + 1, courier: parcel.courier ?? old.courier, service: parcel.service ?? "",
            connection: Courier.ownConnection, quoted: Money(0, currency), at: placedAt)
        try label.take(tracking: tracking, reference: nil, price: nil, routing: nil)
        try label.apply(.void)
        try label.apply(.confirm)
        label.reason = "named by hand when the parcel was shipped"
        label.news = parcel.news
        return label
    }
}
