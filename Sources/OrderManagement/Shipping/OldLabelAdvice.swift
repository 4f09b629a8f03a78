/// What a person can do about a label that was taken off its parcel, and that its courier tells of: in words, and as
/// calls. The words advise nothing that the calls, or the person on the telephone, cannot do there and then.
struct OldLabelAdvice: Hashable, Sendable {
    let words: String
    var actions: [ExceptionAction] = []
}

extension Order {
    /// - Parameter label: One that is not on the parcel any more.
    func advice(onOldLabel label: Label, of parcel: Parcel) -> OldLabelAdvice {
        if isCalledOff(parcel) { return adviceOnCalledOff(label, parcel) }
        if objectionToGoing(by: label, parcel) == nil { return adviceOnGoing(by: label, parcel) }
        switch parcel.state {
        case .packed, .labelled, .handedOver, .inTransit, .outForDelivery, .exception:
            return adviceOnUnderWay(label, parcel)
        case .lost: return adviceOnLost(label, parcel)
        case .returnedToSender: return isReceived(parcel) ? adviceOnReceived(parcel) : adviceOnComingBack(label, parcel)
        case .delivered: return adviceOnArrived(label, parcel)
        }
    }

    /// The parcel goes by the old label, or comes back by it: that is one call, once its courier has answered whether
    /// it takes that label back.
    private func adviceOnGoing(by label: Label, _ parcel: Parcel) -> OldLabelAdvice {
        guard label.state.exits[.restore] != nil else {
            return OldLabelAdvice(
                words: "Its courier is just asked to take that label back. Once it has answered, say here that the "
                    + "parcel goes by it, if the old label was stuck on; until then ask the courier what it has.")
        }
        return OldLabelAdvice(
            words: parcel.state.isFinal
                ? "Its courier brings something back by that number: if it is this parcel, say that it goes by that "
                    + "label, and it is expected back. If it is another one, count its goods once it is here, and say "
                    + "what it was."
                : "Look whether the old label was stuck on: then say that the parcel goes by it. If it stands here "
                    + "without it, ask the courier what it has.",
            actions: [.restoreLabel(ParcelID(id, parcel.number), label: label.number)])
    }

    // MARK: Nobody sends it

    /// The boxes were opened in the books, or their work is over. Goods that were packed anew may leave by the old
    /// number; goods that left for nobody are counted where they are missing now.
    private func adviceOnCalledOff(_ label: Label, _ parcel: Parcel) -> OldLabelAdvice {
        let counts = counts(of: parcel)
        let part = fulfillments.first { $0.number == parcel.fulfillment }
        if let part, part.state == .packed, let sent = adviceOnPackedAnew(label, part) {
            return OldLabelAdvice(words: sent.words, actions: sent.actions + counts)
        }
        let look = "Look what was handed over under it. "
        if let part, part.state == .picking {
            return OldLabelAdvice(
                words: look + (isUnstopped(part)
                    ? "If it was this parcel, say where you are asked to stop it that it has left. "
                    : "If it was these goods, pack them anew here and void the label: then they are sent by this "
                        + "number. ")
                    + "If it was something else, count its goods, and say what it was.",
                actions: counts)
        }
        let next =
            switch label.news.state {
            case .delivered:
                "If it was these goods, count what is here, and ask the customer to hand them in or to pay for them by "
                    + "a new order."
                    + (label.cash > 0
                        ? " The label asked for \(Money(label.cash, currency)) at the door, which was paid there: give "
                            + "it back, or set it off." : "")
            case .returnedToSender: "Its courier brings it back: once it is here, count its goods."
            case .lost: "Its courier has lost it: count what is here, and claim it of the courier."
            case .packed, .labelled, .handedOver, .inTransit, .outForDelivery, .exception:
                "Ask the courier to bring it back, and count what is here."
            }
        return OldLabelAdvice(words: look + next, actions: counts)
    }

    /// A job has one box again, of the same goods: if that is what left, it is sent by the old number.
    /// - Returns: nil where there are several, or none: nobody can know which of them it is.
    private func adviceOnPackedAnew(_ label: Label, _ part: Fulfillment) -> OldLabelAdvice? {
        let boxes = boxes(of: part.number)
        guard boxes.count == 1, let box = boxes.first, let tracking = label.tracking, departed(of: part) == nil else {
            return nil
        }
        let look = "Look what was handed over under it. If it was the goods that were packed anew as parcel "
            + "\(box.number), "
        let otherwise = " If it was something else, count its goods, and say what it was."
        if box.label != nil {
            return OldLabelAdvice(
                words: look + "take that parcel's label off: then it is sent by this number here." + otherwise,
                actions: [.takeLabelOff(ParcelID(id, box.number))])
        }
        let hold = hold(on: part.lines.map(\.line)).map { "\(words(of: $0)) on hold: \($0.reason)" }
        if let objection = hold ?? objectionOfStages {
            return OldLabelAdvice(words: look + "it is sent once this is seen to: \(objection)." + otherwise)
        }
        return OldLabelAdvice(
            words: look + "say that it left by this number." + otherwise,
            actions: [
                .shipBy(
                    ParcelID(id, box.number), of: FulfillmentID(id, part.number), courier: label.courier,
                    tracking: tracking)
            ])
    }

    // MARK: Sent by another number

    /// Its courier has something under both numbers: one box with two labels, or two boxes.
    private func adviceOnUnderWay(_ label: Label, _ parcel: Parcel) -> OldLabelAdvice {
        let other = "If something else left under that label, count its goods, and say what it was."
        guard label.news.state == .delivered else {
            return OldLabelAdvice(
                words: "Its courier tells of both numbers. If one parcel bears both labels, say so: nothing is to be "
                    + "done. " + other, actions: counts(of: parcel))
        }
        return OldLabelAdvice(
            words: "Ask the customer: if they have it, say that it has arrived. " + other,
            actions: arrival(of: parcel) + counts(of: parcel))
    }

    private func adviceOnLost(_ label: Label, _ parcel: Parcel) -> OldLabelAdvice {
        let compensations = compensations(for: parcel)
        let actions = arrival(of: parcel) + compensations
        if isHandedIn(parcel) || haveComeBack(parcel) {
            return OldLabelAdvice(
                words: "Its goods are here already. If they came to the customer by that label, say that it has "
                    + "arrived; if something else left under it, count its goods, and say what it was.",
                actions: actions + counts(of: parcel))
        }
        let isThere = label.news.state == .delivered
        let ask = isThere
            ? "Ask the customer: if they have it, say that it has arrived. "
            : "It may come by that number after all: once the customer has it, say that it has arrived. "
        if parcel.claim != nil {
            return OldLabelAdvice(
                words: ask + "What was given for it before is then shown to you. If they have nothing, ask the courier "
                    + "what it \(isThere ? "delivered" : "has") under that number.", actions: actions)
        }
        guard !compensations.isEmpty else { return OldLabelAdvice(words: ask, actions: actions) }
        let ways = compensations.contains { if case .reshipParcel = $0 { true } else { false } }
            ? "refund its units or send its goods once more" : "refund its units"
        return OldLabelAdvice(
            words: ask + (isThere ? "If they have nothing, \(ways)" : "If it is not to be waited for, \(ways)")
                + ", and ask the courier what it has under that number.", actions: actions)
    }

    /// Its courier brings it back by one number, and tells otherwise under the other.
    private func adviceOnComingBack(_ label: Label, _ parcel: Parcel) -> OldLabelAdvice {
        let entry = returns.last { $0.terms.parcel == parcel.number && $0.state.isOpen && $0.isWaiting }
        var actions = arrival(of: parcel) + compensations(for: parcel)
        guard let entry else {
            return OldLabelAdvice(
                words: "Nothing is expected back by its present number any more. Ask the customer and the courier: if "
                    + "the customer has it, say that it has arrived"
                    + (actions.count > 1 ? "; if nobody has it, refund its units." : "."), actions: actions)
        }
        let name = ReturnID(id, entry.number)
        let awaited = entry.lines.filter { $0.expected > 0 }.map {
            LineQuantity(line: OrderLineID(id, $0.line), quantity: $0.expected)
        }
        // Its money is decided about with what comes back.
        actions = arrival(of: parcel) + [
            .receiveReturn(name, location: entry.location, awaited), .closeReturn(name, location: entry.location),
        ]
        return OldLabelAdvice(
            words: "Ask the customer and the courier. If the customer has it, say that it has arrived; if it is here, "
                + "receive it; if neither, close what has not come.", actions: actions)
    }

    private func adviceOnReceived(_ parcel: Parcel) -> OldLabelAdvice {
        OldLabelAdvice(
            words: "Its goods are here, and something was delivered under that label after it had come back: ask the "
                + "customer what they have, and count its goods. What they have and have not paid for they hand in, or "
                + "pay for by a new order.", actions: counts(of: parcel))
    }

    /// It was left at the door under one number, and its courier has something under the other since.
    private func adviceOnArrived(_ label: Label, _ parcel: Parcel) -> OldLabelAdvice {
        if label.news.state == .delivered {
            return OldLabelAdvice(
                words: "What was in it was paid back, and it is told to have come since: ask the customer what they "
                    + "have. They may return it, or pay for it by a new order; or let them keep it.")
        }
        let refund = refund(of: parcel)
        return OldLabelAdvice(
            words: "Ask the customer whether they have it. "
                + (refund.isEmpty ? "" : "If they have nothing, refund its units. ")
                + "If they have it, something else left under that label: count its goods, and say what it was.",
            actions: refund + counts(of: parcel))
    }

    // MARK: Calls

    private func arrival(of parcel: Parcel) -> [ExceptionAction] {
        objectionToArrival(parcel) == nil ? [.deliverParcel(ParcelID(id, parcel.number))] : []
    }

    /// What was in it, each of which is counted where it is to be: stock may be wrong.
    private func counts(of parcel: Parcel) -> [ExceptionAction] {
        guard let part = fulfillments.first(where: { $0.number == parcel.fulfillment }) else { return [] }
        let held = parcel.lines.isEmpty ? parcel.opening?.lines ?? part.lines : parcel.lines
        let units = Dictionary(held.map { ($0.line, $0.quantity) }, uniquingKeysWith: +)
        return parts(of: units).map { .count(sku: $0.sku, location: part.location) }
    }
}
