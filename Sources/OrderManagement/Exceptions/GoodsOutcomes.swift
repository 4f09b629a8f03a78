extension OrderException {
    /// What somebody needs to say what became of its goods. Those who do a location's work say it of what lies there,
    /// and count what they had picked themselves, as they do when they reject.
    func scopes(toSay outcome: SettleGoods.Outcome, counting: Bool, for principal: Principal) -> [Scope] {
        guard principal.may(.fulfillmentsWrite), location.map(principal.sees) == true, kind != .parcelFound else {
            return [.ordersWrite] + (counting ? [.stockWrite] : [])
        }
        return counting && kind != .putBack && kind != .interception ? [.stockWrite] : []
    }

    /// What may be said of the goods that it is about, the likeliest first; nothing where it is about none.
    func outcomes(about order: Order?) -> [SettleGoods.Outcome] {
        switch kind {
        case .putBack: [.putBack]
        case .interception where goods.isEmpty: order?.isReadied(subject) == false ? [.left] : [.putBack]
        case .interception: [.putBack, .left]
        case .wrongItem: goods.isEmpty ? [] : [.restocked, .sentBack, .writtenOff]
        case .parcelFound:
            if goods.isEmpty || order?.hasTheirDue(subject) == true {
                [.kept]
            } else {
                order?.isSentOnceMore(subject) == true && !isPastStopping
                    ? [.stopped, .handedIn, .kept] : [.handedIn, .kept]
            }
        case .excess: goods.isEmpty ? [.accepted] : [.accepted, .sentBack, .writtenOff]
        case .transferShort: goods.isEmpty ? [.lost] : [.found, .lost]
        case .short, .rejectedEverywhere, .paymentFailed, .authorizationExpired, .stageFailed, .stageReview,
            .stageOverdue, .address, .buriedJob, .connectorDown, .notCollected, .returnUnanswered, .returnUnsettled,
            .returnOverdue, .exchangeUnpaid, .labelFailed, .notHandedOver, .manifestRefused, .trackingSilent,
            .parcelLost, .brokenInvariant, .priceChanged, .returnUnreceived, .returnTurnedUp, .pickupRefused,
            .deliveryProblem, .deliveryDisputed, .leftUnshipped, .oldLabelUsed, .numberShared,
            .inboundOverdue, .transferOverdue, .workLate, .backorderOverdue, .holdOverdue:
            []
        }
    }
}

extension Order {
    /// Whether a parcel that came after all brought no more than its customer paid for.
    fileprivate func hasTheirDue(_ subject: String?) -> Bool {
        guard let claim = parcel(named: subject)?.claim else { return false }
        // Of goods that went out once more nothing was owed, since their customer has the first ones.
        return claim.resolution == .none && origin?.kind != .reshipment || !claim.settlesAll
    }

    /// Whether a job that was to be packed and labelled anew is, or is over; nil for none.
    func isReadied(_ subject: String?) -> Bool? {
        let id = subject.flatMap { FulfillmentID($0) }
        return fulfillments.first { $0.number == id?.number && self.id == id?.order }.map { $0.state != .picking }
    }

    /// Why nobody need stop a parcel any more that was to be packed and labelled anew; nil while somebody must.
    func readiedReason(_ subject: String?) -> String? {
        isReadied(subject) == true ? "It is packed anew, or nothing of it is to be sent." : nil
    }

    /// Whether goods go out once more for a parcel that came after all.
    fileprivate func isSentOnceMore(_ subject: String?) -> Bool {
        guard let parcel = parcel(named: subject), parcel.state == .delivered, let claim = parcel.claim else {
            return false
        }
        guard handedIn(parcel).isEmpty else { return false }
        return claim.successor != nil && claim.isFinal && claim.foundAt != nil
    }
}
