/// What settles exceptions by itself: what their orders have become.
extension OrderException {
    /// Why nobody need look any more, given what the order has become; nil while somebody must.
    ///
    /// Failed voids, contradictions and given-up jobs stand until a person has seen to them.
    func settledReason(by order: Order) -> String? {
        let overall = OrderStatus(of: order).overall
        switch kind {
        case .interception where goods.isEmpty:
            return order.readiedReason(subject)
        case .short, .buriedJob, .connectorDown, .putBack, .interception, .brokenInvariant, .wrongItem, .transferShort,
            .excess, .manifestRefused, .pickupRefused, .inboundOverdue:
            return nil
        case .transferOverdue where order.fulfillments.contains { $0.transfer?.description == subject }: return nil
        case .transferOverdue: return "Nothing of it is to come any more."
        case .backorderOverdue: return order.lapsed.isEmpty ? "The units are there, or were given up." : nil
        case .holdOverdue where overall == .open:
            return order.standingHold(subject) == nil ? "The hold was lifted." : nil
        case .workLate where isOfRelease:
            return order.unreleased(subject) == nil ? "It is released, or not to be sent any more." : nil
        case .workLate where order.lateWork(subject, since: openedAt) != nil: return nil
        case .workLate: return "The location has done it, or has it no more."
        case .priceChanged, .parcelFound, .deliveryProblem, .deliveryDisputed, .leftUnshipped, .labelFailed,
            .notHandedOver, .trackingSilent, .parcelLost, .oldLabelUsed, .numberShared:
            return settledReason(byParcelsOf: order)
        case .returnUnreceived, .returnTurnedUp, .returnUnanswered, .returnUnsettled, .returnOverdue:
            return settledReason(byReturnsOf: order)
        case .authorizationExpired where PaymentEffect.part(of: subject).kind == .capture:
            return order.answerOnCapture(subject)
        case .authorizationExpired:
            return order.secured >= order.due ? "What is due is covered." : nil
        case .exchangeUnpaid:
            guard overall != .cancelled else { return "The order is cancelled." }
            return order.covered >= order.due ? "What is due is covered." : nil
        case .paymentFailed where subject?.hasPrefix("payment-") == true:
            return order.secured >= order.due ? "What is due is covered." : nil
        case .paymentFailed:
            if let effect = order.effects.last(where: { subject == "refund-\($0.number)" }),
                let memo = order.memos.first(where: { $0.number == effect.memo }), order.outstanding(of: memo) == 0
            {
                return "Credit memo \(memo.name) is paid another way."
            }
            let isOfVoid = PaymentEffect.part(of: subject).kind == .void
            if isOfVoid, order.payments.allSatisfy({ order.heldBeyondNeed(by: $0) == 0 }) {
                return "Nothing is held any more that the order does not need."
            }
            let isOfCapture = subject?.hasPrefix(PaymentEffect.Kind.capture.rawValue) ?? false
            // What is being taken once more is told anew if it is refused again.
            return isOfCapture && order.unsecured == 0
                ? order.writtenOff > 0 ? Self.writtenOff : "What was sent is paid for, or is being taken." : nil
        case .rejectedEverywhere where order.lines.allSatisfy({ $0.backordered == 0 }):
            return "The units found a place, or were given up."
        case .stageFailed, .stageReview, .stageOverdue, .address:
            guard overall == .open else { return "The order is \(overall.rawValue)." }
            let expected: Order.Gate.State = kind == .stageFailed ? .failed : .pending
            let gate = order.gates.first { $0.name == subject }
            guard let gate, gate.state != expected else { return nil }
            return "The stage \(gate.name) is \(gate.state.rawValue)."
        case .notCollected where subject != nil:
            return order.uncollected(subject, since: openedAt) == nil ? "The goods wait there no more, or longer." : nil
        case .rejectedEverywhere, .notCollected, .holdOverdue:
            return overall == .open ? nil : "The order is \(overall.rawValue)."
        }
    }

    private static let writtenOff = "What was sent and is not paid for is written off."

    private func settledReason(byReturnsOf order: Order) -> String? {
        if kind == .returnTurnedUp { return order.answerOnLateReturn(subject, since: openedAt) }
        if kind == .returnUnreceived {
            return order.unreceivedReturn(subject, since: openedAt) == nil
                ? "It is received, or its courier has told more of it." : nil
        }
        if kind == .returnUnanswered {
            return order.unansweredReturn(subject) == nil ? "The customer has an answer." : nil
        }
        if kind == .returnUnsettled { return order.unsettledReturn(subject) == nil ? "The return is settled." : nil }
        guard kind == .returnOverdue, order.overdueReturn(subject) == nil else { return nil }
        return "Its parcel turned up, or nothing of it is to come any more."
    }

    private func settledReason(byParcelsOf order: Order) -> String? {
        switch kind {
        case .priceChanged: return order.dearLabel(subject)?.label.state == .voided ? "It was taken back." : nil
        case .parcelFound where goods.isEmpty && FulfillmentID(subject ?? "") != nil:
            return order.answerOnMisaddressed(subject)
        case .parcelFound:
            guard let parcel = order.parcel(named: subject) else { return nil }
            if parcel.state == .returnedToSender { return "It comes back to the sender." }
            return parcel.claim?.endedAt != nil
                ? "What went out once more for it is back, or lost: the customer has what they paid for." : nil
        case .deliveryProblem:
            return order.troubledParcel(subject) == nil ? "Its courier has told more of it." : nil
        case .deliveryDisputed:
            guard let parcel = order.disputedParcel(subject) else { return "Its courier has told more of it." }
            if parcel.claim?.isFinal == true { return "Its goods go out once more." }
            if order.haveComeBack(parcel) { return "Its goods came back by a return: it had arrived." }
            return parcel.units.without(order.covered(parcel.units)).isEmpty ? "What was in it is paid back." : nil
        case .leftUnshipped: return order.departedParcel(subject) == nil ? "The parcel is shipped, or unpacked." : nil
        case .oldLabelUsed:
            return order.answerOnOldLabel(subject)
        case .numberShared: return order.unclearBearers(subject).isEmpty ? "It is known which parcel it is." : nil
        case .labelFailed where ParcelID(subject ?? "") == nil:  // money that a courier keeps
            return order.dearLabel(subject)?.label.state == .bought ? "The parcel goes by it." : nil
        case .labelFailed: return order.unlabelledParcel(subject) == nil ? "The parcel is seen to." : nil
        case .notHandedOver: return order.waitingParcel(subject) == nil ? "The parcel lies there no more." : nil
        case .trackingSilent where ReturnID(subject ?? "") != nil:
            return order.answerOnSilentReturn(subject, since: openedAt)
        case .trackingSilent:
            guard let parcel = order.silentParcel(subject, since: openedAt) else { return Order.heardAgain }
            return order.hasComeBackWhole(parcel) ? "All that was in it came back by a return." : nil
        case .parcelLost: return order.lostParcel(subject) == nil ? "The parcel is settled." : nil
        case .short, .rejectedEverywhere, .paymentFailed, .authorizationExpired, .stageFailed, .stageReview,
            .stageOverdue, .address, .buriedJob, .connectorDown, .notCollected, .returnUnanswered, .returnUnsettled,
            .returnOverdue, .returnUnreceived, .returnTurnedUp, .exchangeUnpaid, .wrongItem, .putBack, .interception,
            .manifestRefused,
            .pickupRefused, .brokenInvariant, .transferShort, .excess, .inboundOverdue, .transferOverdue, .workLate,
            .backorderOverdue, .holdOverdue:
            return nil
        }
    }
}
