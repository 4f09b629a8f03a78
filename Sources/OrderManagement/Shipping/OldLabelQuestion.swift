/// The question what became of a label that was taken off its parcel, and that its courier tells of (`old_label_used`):
/// when it is asked, and what answers it. What can be done about it is said by `OldLabelAdvice`.
extension Order {
    /// Takes in what was told under the number of a label that was taken off. A person is asked once it shows that its
    /// courier has something under it, where nothing answers that; and again where an end of its way is told.
    mutating func hear(
        _ status: Parcel.State, at moment: Timestamp, words: String?, ofOldLabel index: Int, on place: Int,
        in work: inout Work
    ) throws -> RecordTracking.Outcome {
        guard status.news != nil else { return .noNews }
        let before = parcels[place].labels[index]
        guard parcels[place].labels[index].news.take(status, at: moment, words: words) else { return .repeated }
        let news = parcels[place].labels[index].news
        let wasAsked = before.news.showsDeparture && answer(on: before, of: parcels[place]) == nil
        if !wasAsked || news.showsEnd && news.state != before.news.state { tellOfOldLabel(index, on: place, in: &work) }
        try takeCashOfLeft(parcels[place].fulfillment, in: &work)
        return .oldLabel
    }

    /// Has a person told that a parcel's courier has it under a label that was taken off. What is told of it later is
    /// no other question, but for an end of its way.
    mutating func tellOfOldLabel(_ index: Int, on place: Int, in work: inout Work) {
        let (parcel, label) = (parcels[place], parcels[place].labels[index])
        guard label.news.showsDeparture, answer(on: label, of: parcel) == nil else { return }
        let subject = "\(ParcelID(id, parcel.number))/\(label.number)"
        if let shown = exceptions.first(where: { $0.kind == .oldLabelUsed && $0.subject == subject }) {
            guard label.news.showsEnd else { return }
            resolve(shown, because: "Its courier has told more of it.", in: &work)
        }
        let location = fulfillments.first { $0.number == parcel.fulfillment }?.location
        open(
            .oldLabelUsed, subject: subject, location: location, cause: cause(of: label, on: parcel, in: work),
            owner: location ?? "operations", suggestion: advice(onOldLabel: label, of: parcel).words, in: &work)
    }

    /// What can be done changes with the parcel and its courier's news: what a person is told is what is so now.
    mutating func tellOldLabelsAnew(in work: inout Work) {
        for shown in exceptions where shown.isOpen && shown.kind == .oldLabelUsed {
            guard let (parcel, label) = dearLabel(shown.subject) else { continue }
            let cause = cause(of: label, on: parcel, in: work)
            let suggestion = advice(onOldLabel: label, of: parcel).words
            guard cause != shown.cause || suggestion != shown.suggestion else { continue }
            tell(shown, cause: cause, suggestion: suggestion, in: &work)
        }
    }

    private func cause(of label: Label, on parcel: Parcel, in work: Work) -> String {
        let courier = work.courierName(label.courier) ?? label.courier
        let told = label.news.state
        return "\(courier) tells of \(label.tracking ?? "") that it is \(told.rawValue)"
            + (label.news[told].map { ", at \($0)" } ?? "") + ". That label was taken off the parcel "
            + "\(parcel.number) of order \(number)" + statement(of: parcel, beside: label, in: work)
    }

    /// What is known here of a parcel that its courier has under another number.
    private func statement(of parcel: Parcel, beside old: Label, in work: Work) -> String {
        // Two couriers may have it under one number, its SSCC.
        let bearer = parcel.courier ?? parcel.label?.courier
        let other = bearer == old.courier ? nil : bearer.map { " with \(work.courierName($0) ?? $0)" }
        let way = parcel.tracking.map { $0 + (other ?? "") }
        let number = way.map { " by \($0)" } ?? ""
        if isCalledOff(parcel) { return parcel.lines.isEmpty ? ", which was unpacked." : ": nobody sends it any more." }
        guard parcel.state.isFinal else { return way.map { ": it should go by \($0)." } ?? "." }
        let settled = parcel.claim.map { ", and was settled (\($0.resolution.rawValue))" } ?? ""
        let moment = parcel.state == .delivered ? " since \(parcel.updatedAt)" : ""
        let received = parcel.state == .returnedToSender && isReceived(parcel) ? ", and was received" : ""
        return ", which is \(parcel.state.rawValue)\(number)\(moment)\(settled)\(received)."
    }

    /// Whether nobody sends a parcel any more that nobody has sent.
    func isCalledOff(_ parcel: Parcel) -> Bool {
        parcel.lines.isEmpty || !parcel.state.isSent && objectionToCarrying(parcel) != nil
    }

    // MARK: Answers

    /// Why nobody need look any more at a label that was taken off and that its courier tells of; nil while somebody
    /// must.
    func answerOnOldLabel(_ subject: String?) -> String? {
        guard let (parcel, label) = dearLabel(subject) else { return "There is no such label." }
        return answer(on: label, of: parcel)
    }

    private func answer(on label: Label, of parcel: Parcel) -> String? {
        if label.state.isLive { return "The parcel goes by that label." }
        // What comes back is to be counted, whoever was told that it had left.
        if label.hasLeft, isCalledOff(parcel), label.news.state != .returnedToSender {
            return "It had left when its order was changed: customer service was told of its goods."
        }
        if let tracking = label.tracking,
            parcels.contains(where: { $0.state.isSent && $0.bears(tracking, by: label.courier) })
        {
            return "A parcel was sent by that number."
        }
        switch parcel.state {
        case .delivered: return answer(on: label, ofArrived: parcel)
        case .returnedToSender where isReceived(parcel):
            // What is here did not go to a door after it had come back.
            let back = parcel.news[.returnedToSender] ?? parcel.updatedAt
            let isElsewhere = label.news.state == .delivered && label.news[.delivered].map { $0 > back } ?? false
            return isElsewhere ? nil : "Its goods were received."
        case .lost, .returnedToSender:
            return parcel.state == label.news.state ? "The parcel is \(parcel.state.rawValue) by both numbers." : nil
        case .packed, .labelled, .handedOver, .inTransit, .outForDelivery, .exception: return nil
        }
    }

    /// Of a parcel that has arrived, what its courier had before that was the parcel itself. What it has later it
    /// cannot have left at the door: until that comes there as well, or is paid back, somebody asks the customer.
    private func answer(on label: Label, ofArrived parcel: Parcel) -> String? {
        guard let seen = label.news.lastSeenAt, seen > parcel.updatedAt else { return "The parcel has arrived." }
        let isPaidBack = parcel.units.without(covered(parcel.units)).isEmpty
        guard label.news.state == .delivered else { return isPaidBack ? "What was in it is paid back." : nil }
        return isPaidBack ? nil : "The parcel has arrived, by what is told of both numbers."
    }
}

extension ParcelNews {
    /// When its courier was last known to have it, or to have left it somewhere: that it was scanned at the counter
    /// proves nothing.
    var lastSeenAt: Timestamp? {
        Parcel.State.allCases.compactMap { $0 == .handedOver ? nil : self[$0] }.max()
    }
}
