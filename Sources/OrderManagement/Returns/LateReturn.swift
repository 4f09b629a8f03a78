/// The parcel of a return turns up after the return was closed (`return_turned_up`): nobody waits for it, and a person
/// is told where it is.
extension Return {
    /// Whether its parcel is somewhere by its news, though it was closed without all that it was to bring.
    fileprivate var hasTurnedUp: Bool {
        (terms.way?.state == .delivered || terms.way?.state == .returnedToSender) && !absent.isEmpty
    }

    /// Whether it did so since the return was closed: where some of it has come, what its courier tells of before is of
    /// that.
    fileprivate var turnsUpLate: Bool { hasTurnedUp && (isEmpty || terms.way.map { $0.at > updatedAt } ?? false) }
}

extension Order {
    /// What a courier tells of the parcel of a return that expects nothing more: it is kept, and a person is told where
    /// the parcel arrived, or that it goes back to the customer.
    ///
    /// - Returns: nil for a return that nothing is missing of, of which news move nothing.
    mutating func takeLate(
        _ status: Parcel.State, at moment: Timestamp, words: String?, onReturn index: Int, in work: inout Work
    ) throws -> RecordTracking.Outcome? {
        guard status.news != nil, !returns[index].absent.isEmpty else { return nil }
        let (before, present) = (returns[index].terms.news, returns[index].terms.way?.state)
        guard returns[index].terms.news.take(status, at: moment, words: words) else {
            return present == status || before.knows(status, at: moment) ? .repeated : .late
        }
        let outcome = returns[index].terms.news.outcome(of: status, at: moment, since: before, from: present)
        guard outcome == .moved else { return outcome }
        record(.returnTracked, returns[index], in: &work)
        if returns[index].turnsUpLate { tellOfLateReturn(index, in: &work) }
        return outcome
    }

    private mutating func tellOfLateReturn(_ index: Int, in work: inout Work) {
        let entry = returns[index]
        guard let way = entry.terms.way else { return }
        let id = ReturnID(id, entry.number).description
        for shown in exceptions where shown.kind == .returnTurnedUp && shown.subject == id {
            resolve(shown, because: "Its courier has told more of it.", in: &work)
        }
        guard receivedElsewhere(entry) == nil else { return }
        let isHere = way.state == .delivered
        let place = entry.location ?? entry.terms.destination?.location
        let courier = work.courierName(entry.terms.courier) ?? "its courier"
        let parcel = "The parcel \(entry.terms.tracking ?? "") of the return \(entry.reference(in: self))"
        let end = entry.state == .settled || entry.state == .inspected || entry.state == .received
            ? "closed without it" : entry.state.rawValue
        open(
            .returnTurnedUp, subject: id, location: isHere ? place : nil,
            cause: isHere
                ? "\(parcel), which is \(end), was delivered\(place.map { " at \($0)" } ?? "") at \(way.at), as "
                    + "\(courier) tells."
                : "\(parcel), which is \(end), goes back to the customer since \(way.at), as \(courier) tells.",
            owner: isHere ? place ?? "customer_service" : "customer_service",
            suggestion: suggestion(onLate: entry), in: &work)
    }

    private func suggestion(onLate entry: Return) -> String {
        guard entry.terms.way?.state == .delivered else {
            return "Tell the customer. Where they were paid for what is in it, ask them to send it again, or to pay "
                + "for it by a new order."
        }
        let canComeByItself = !reopenable(entry).isEmpty
        if let other = otherReturn(expecting: entry) {
            return "Look for it: if what is in it is what the return \(other.reference(in: self)) expects, receive it "
                + "with that" + (canComeByItself ? "; if it is more, take it back after all." : ".")
        }
        return !canComeByItself
            ? "Look for it: what was announced with it is not with the customer any more, by all that is known. Say "
                + "what was in it, and send back what is theirs."
            : "Look for it. Take it back after all: it is then received, judged and paid for by the terms of the "
                + "return. Or send it back to the customer, and say so."
    }

    /// An open return that expects units which never came with another one, and that no parcel of its own is to bring.
    private func otherReturn(expecting entry: Return) -> Return? {
        let absent = entry.absent
        return returns.last { other in
            other.number != entry.number && other.terms.parcel == nil && other.state.isOpen
                && (other.terms.tracking == nil || other.comes(underTheNumberOf: entry) || reopenable(entry).isEmpty)
                && other.lines.contains { absent[$0.line] != nil && $0.expected > 0 }
        }
    }

    /// What can be done about the parcel of a return that turned up after that was closed.
    func actionsOnLateReturn(_ subject: String?) -> [ExceptionAction] {
        guard let entry = subject.flatMap({ ReturnID($0) }).flatMap({ part($0) }), entry.hasTurnedUp,
            entry.terms.way?.state == .delivered
        else { return [] }
        let reopening = reopenable(entry).isEmpty ? [] : [ExceptionAction.reopenReturn(ReturnID(id, entry.number))]
        return (otherReturn(expecting: entry).map { [receipt(of: $0, broughtBy: entry)] } ?? []) + reopening
    }

    /// What an open return expects is here, as far as the parcel of another one was to bring it; one that nobody has
    /// answered is to be let come first.
    private func receipt(of entry: Return, broughtBy late: Return) -> ExceptionAction {
        let name = ReturnID(id, entry.number)
        guard entry.state != .requested else { return .approveReturn(name) }
        var brought = late.absent
        let awaited = entry.lines.compactMap { line -> LineQuantity? in
            let count = min(line.expected, brought[line.line] ?? 0)
            brought[line.line, default: 0] -= count
            return count > 0 ? LineQuantity(line: OrderLineID(id, line.line), quantity: count) : nil
        }
        return .receiveReturn(name, location: entry.location ?? entry.terms.destination?.location, awaited)
    }

    /// Why nobody need look any more for the parcel of a return that turned up after that was closed; nil while
    /// somebody must.
    func answerOnLateReturn(_ subject: String?, since moment: Timestamp) -> String? {
        guard let entry = subject.flatMap({ ReturnID($0) }).flatMap({ part($0) }), entry.hasTurnedUp else {
            return "Its courier has told more of it."
        }
        let absent = entry.absent
        let later = returns.last { other in
            other.number > entry.number && other.requestedAt >= moment && other.comes(underTheNumberOf: entry)
        }
        if let later { return "It is expected after all, by the return \(later.reference(in: self))." }
        let received = returns.last { other in
            other.number != entry.number && other.updatedAt >= moment && other.terms.parcel == nil
                && other.lines.contains { absent[$0.line] != nil && $0.received > 0 && $0.expected == 0 }
        }
        let other = received ?? receivedElsewhere(entry)
        return other.map { "Its goods were received with the return \($0.reference(in: self))." }
    }

    /// The return with which the goods of a late parcel were received since it arrived, whatever its courier tells
    /// later, where nothing of it is left to come: a return that had no parcel of its own.
    private func receivedElsewhere(_ entry: Return) -> Return? {
        guard let way = entry.terms.way, way.state == .delivered, reopenable(entry).isEmpty,
            otherReturn(expecting: entry) == nil
        else { return nil }
        let absent = entry.absent
        return returns.last { other in
            other.number != entry.number && other.method == .byPost && other.terms.tracking == nil
                && other.terms.parcel == nil && other.updatedAt >= way.at
                && other.lines.contains { absent[$0.line] != nil && $0.received > 0 }
        }
    }
}
