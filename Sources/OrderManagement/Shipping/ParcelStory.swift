/// A parcel's way by its news: each thing that is told is kept, the parcel goes where all of them together say, and
/// what follows from that is done: arrivals are counted, losses settled, what comes back expected.
extension Order {
    /// Takes in what was told of a parcel.
    mutating func hear(
        _ status: Parcel.State, at moment: Timestamp, words: String?, event: String?, of place: Int,
        in work: inout Work
    ) throws -> RecordTracking.Outcome {
        let present = parcels[place].state
        guard status.news != nil else { return .noNews }
        let before = parcels[place].news
        guard parcels[place].news.take(status, at: moment, words: words) else {
            let isKnown = present == status || before.knows(status, at: moment)
            return !present.isSent ? .notSent : isKnown ? .repeated : .late
        }
        guard present.isSent else {
            watchDeparture(of: place, since: before, in: &work)
            return .notSent
        }
        if status == .lost || status == .returnedToSender { try setApartWhatCame(of: place, in: &work) }
        refute(status, of: place)
        let outcome = parcels[place].news.outcome(of: status, at: moment, since: before, from: present)
        try followNews(of: place, since: before, event: event, in: &work)
        return outcome
    }

    /// A parcel that is sent now goes where was told before that it is.
    mutating func catchUp(_ place: Int, in work: inout Work) throws {
        guard !parcels[place].news.isEmpty else { return }
        try followNews(of: place, since: ParcelNews(), event: nil, in: &work)
    }

    /// What people know better than couriers is no news: lost is not what customers have sent back, or handed in, and
    /// what has been received here is neither at the door nor lost.
    private mutating func refute(_ status: Parcel.State, of place: Int) {
        let parcel = parcels[place]
        let isGone = status == .lost || status == .returnedToSender
        let isHere = haveComeBack(parcel) || isHandedIn(parcel)
        let isDisputing = isGone && parcel.state == .delivered && isHere
        guard parcel.news.state != parcel.state || isDisputing else { return }
        if isGone && isHere || parcel.state == .returnedToSender && isReceived(parcel) {
            parcels[place].news.refute(status)
        }
    }

    /// Whether goods of a parcel that came back were received, or settled with what was.
    func isReceived(_ parcel: Parcel) -> Bool {
        returns.contains { entry in
            entry.terms.parcel == parcel.number
                && (!entry.terms.lost.isEmpty || entry.lines.contains { $0.received > 0 })
        }
    }

    /// Brings a parcel to where its news say that it is, and does what follows from that.
    private mutating func followNews(
        of place: Int, since before: ParcelNews, event: String?, in work: inout Work
    ) throws {
        let (present, target) = (parcels[place].state, parcels[place].news.state)
        if target != present {
            try move(place, to: target, event: event, in: &work)
        } else if target == .delivered, parcels[place].news[.delivered] != before[.delivered] {
            try correctArrival(of: place, event: event, in: &work)
        }
        countPunctuality(of: place, in: &work)
        switch target {
        case .lost: if present != .lost, parcels[place].claim == nil { try followLoss(of: place, in: &work) }
        case .exception:
            let isNew = present != .exception || parcels[place].news[.exception] != before[.exception]
            if isNew { tellOfTrouble(place, in: &work) }
        case .delivered:
            if parcels[place].news.isDisputed, !before.isDisputed, parcels[place].claim == nil {
                tellOfDispute(place, in: &work)
            }
            // It was brought to the door since, though its goods go out once more.
            if before.isDisputed, !parcels[place].news.isDisputed, isSentOnceMoreFromWrongDoor(parcels[place]),
                parcels[place].claim?.isFetched == false
            {
                findFromWrongDoor(place, at: parcels[place].updatedAt, in: &work)
            }
        case .packed, .labelled, .handedOver, .inTransit, .outForDelivery, .returnedToSender: break
        }
    }

    /// A person says that it has arrived.
    mutating func arrive(_ place: Int, at moment: Timestamp, in work: inout Work) throws {
        parcels[place].news.refute(.returnedToSender)
        parcels[place].news.refute(.lost)
        parcels[place].news.rule(.delivered, at: moment)
        endSilence(of: place, because: "the parcel has arrived", in: &work)
        try move(place, to: .delivered, event: nil, in: &work)
        countPunctuality(of: place, in: &work)
        // Whatever number it came by, and whatever the clock of its courier says.
        let name = ParcelID(id, parcels[place].number).description
        for shown in exceptions where shown.kind == .oldLabelUsed && shown.subject?.hasPrefix(name + "/") == true {
            resolve(shown, because: "A person has said that the parcel has arrived.", in: &work)
        }
    }

    /// A person says that it does not arrive any more: not since the last that was heard of it, so that what is heard
    /// of it later counts.
    mutating func declareLost(_ place: Int, in work: inout Work) throws {
        parcels[place].news.rule(.lost, at: parcels[place].newsAt ?? parcels[place].updatedAt)
        endSilence(of: place, because: "the parcel does not arrive any more", in: &work)
        try move(place, to: .lost, event: nil, in: &work)
        countPunctuality(of: place, in: &work)
    }

    // MARK: Moving

    private mutating func move(_ place: Int, to target: Parcel.State, event: String?, in work: inout Work) throws {
        let index = try indexOfFulfillment(parcels[place].fulfillment)
        for state in parcels[place].state.way(to: target) {
            let present = parcels[place].state
            guard let action = state.news, let type = EventType(rawValue: "parcel." + state.rawValue)
            else { throw BrokenInvariant("a parcel that is \(present.rawValue) and is told to be \(state.rawValue)") }
            if present == .returnedToSender { try endExpectation(of: place, in: &work) }
            let moment = state == .delivered ? arrival(of: place, in: index, at: work.now) : work.now
            try parcels[place].apply(action, at: moment)
            record(type, parcels[place], news: state == target ? event : nil, in: &work)
        }
        guard target.isFinal else { return }
        if target == .delivered {
            if parcels[place].claim != nil { try takeCash(atDoorOf: place, in: &work) }
            find(place, in: &work)
        }
        if target == .returnedToSender { try bringBack(place, in: &work) }
        ask(after: place, in: &work)
        countClosed(parcels[place].lines.map(\.line))
        try closeDelivered(index, at: parcels[place].updatedAt, in: &work)
        correctDelivery(of: index)
        if target == .delivered { try takeCash(atDoorOf: place, in: &work) }
    }

    /// Of a parcel that is at the door is told once more that it was delivered: the newest counts, as of all news, so
    /// that the day from which it may be returned is the same in whatever order they came.
    private mutating func correctArrival(of place: Int, event: String?, in work: inout Work) throws {
        let present = parcels[place].updatedAt
        guard let told = parcels[place].news[.delivered] else { return }
        // What is known lies between the shipment and now already.
        let moment = min(max(told, present), work.now)
        guard moment != present else { return }
        parcels[place].updatedAt = moment
        if parcels[place].claim?.foundAt != nil { parcels[place].claim?.foundAt = moment }
        correctDelivery(of: try indexOfFulfillment(parcels[place].fulfillment))
        record(.parcelDeliveryCorrected, parcels[place], news: event, in: &work)
    }

    /// A fulfillment that is delivered is so since the last of its parcels that are there.
    private mutating func correctDelivery(of index: Int) {
        guard fulfillments[index].state == .delivered, let last = lastArrival(of: fulfillments[index].number) else {
            return
        }
        fulfillments[index].updatedAt = last
    }

    /// The moment that counts: couriers' clocks are not ours, so what they say counts between the shipment and now.
    private func arrival(of place: Int, in index: Int, at now: Timestamp) -> Timestamp {
        let told = parcels[place].news[.delivered] ?? now
        let part = fulfillments[index]
        return min(part.state == .shipped ? max(told, part.updatedAt) : told, now)
    }

    /// What was expected back is not coming.
    private mutating func endExpectation(of place: Int, in work: inout Work) throws {
        let number = parcels[place].number
        for index in returns.indices where returns[index].terms.parcel == number && returns[index].state == .inTransit {
            try returns[index].apply(.expire, at: work.now)
            record(.returnExpired, returns[index], in: &work)
        }
    }

    // MARK: Telling people

    private mutating func tellOfTrouble(_ place: Int, in work: inout Work) {
        let parcel = parcels[place]
        let name = ParcelID(id, parcel.number)
        guard !isTold(.deliveryProblem, of: name) else { return }
        let words = parcel.news.entry(.exception)?.words.map { ": " + $0.withoutFinalStop } ?? ""
        open(
            .deliveryProblem, subject: name.description,
            cause: "\(work.courierName(of: parcel)) reports trouble with the parcel "
                + "\(parcel.tracking ?? name.description) of order \(number)\(words).",
            owner: "customer_service",
            suggestion: "Ask the courier or the customer. Later news settle it; where there are none, say that it "
                + "has arrived, give the money back, or send its goods again.",
            within: .days(1), in: &work)
    }

    private mutating func tellOfDispute(_ place: Int, in work: inout Work) {
        let parcel = parcels[place]
        let name = ParcelID(id, parcel.number)
        guard !isTold(.deliveryDisputed, of: name) else { return }
        open(
            .deliveryDisputed, subject: name.description,
            cause: "\(work.courierName(of: parcel)) says that the parcel \(parcel.tracking ?? name.description) of "
                + "order \(number) is lost, after it had told that it was delivered.",
            owner: "customer_service",
            suggestion: "Ask the customer: one who has nothing gets the worth of the units, or its goods once more.",
            in: &work)
    }

    /// Has somebody told of a parcel that its courier has and that nobody has shipped: at once where its way has ended.
    private mutating func watchDeparture(of place: Int, since before: ParcelNews, in work: inout Work) {
        let news = parcels[place].news
        if news.showsEnd {
            tellOfDeparture(place, in: &work)
        } else if news.showsDeparture, !before.showsDeparture {
            work.enqueue(
                .chaseParcel, of: id, payload: String(parcels[place].number), due: work.now + Self.departureGrace)
        }
    }

    /// How long a courier may have a parcel that nobody has shipped.
    static let departureGrace = Seconds.days(1)

    mutating func tellOfDeparture(_ place: Int, in work: inout Work) {
        let parcel = parcels[place]
        let name = ParcelID(id, parcel.number)
        guard !isTold(.leftUnshipped, of: name) else { return }
        let location = fulfillments.first { $0.number == parcel.fulfillment }?.location
        open(
            .leftUnshipped, subject: name.description, location: location,
            cause: "\(work.courierName(of: parcel)) tells of the parcel \(parcel.tracking ?? name.description) of "
                + "order \(number) that it is \(parcel.news.state.rawValue), and nobody has shipped it.",
            owner: location ?? "operations",
            suggestion: (hold(on: parcel.lines.map(\.line)) == nil ? "Say" : "Lift the hold of its order, then say")
                + " that it is handed over: then it goes where its courier says that it is.", in: &work)
    }

    private func isTold(_ kind: OrderException.Kind, of parcel: ParcelID) -> Bool {
        exceptions.contains { $0.isOpen && $0.kind == kind && $0.subject == parcel.description }
    }

    // MARK: What exceptions are about

    /// The parcel that an exception is about, while its courier reports trouble with it.
    func troubledParcel(_ subject: String?) -> Parcel? {
        parcel(named: subject).flatMap { $0.state == .exception ? $0 : nil }
    }

    /// The parcel that an exception is about, while its courier calls it delivered and lost.
    func disputedParcel(_ subject: String?) -> Parcel? {
        parcel(named: subject).flatMap { $0.state == .delivered && $0.news.isDisputed ? $0 : nil }
    }

    /// The parcel that an exception is about, while its courier has it and nobody has shipped it.
    func departedParcel(_ subject: String?) -> Parcel? {
        parcel(named: subject).flatMap { $0.isAwayUnshipped ? $0 : nil }
    }
}

extension Parcel {
    /// Whether its courier has it, and nobody has shipped it.
    var isAwayUnshipped: Bool { state == .labelled && news.showsDeparture }
}

extension Work {
    /// What people call the courier of a parcel; begins a sentence.
    func courierName(of parcel: Parcel) -> String { courierName(parcel.courier) ?? "The courier" }

    /// What people call the courier of a code, which may be none that is set up here; nil for none.
    func courierName(_ code: String?) -> String? { code.map { configuration.couriers[$0]?.name ?? $0 } }
}
