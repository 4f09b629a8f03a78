/// What can be done about exceptions, as they and their orders are now.
extension OrderException {
    /// Whether somebody may make one of its calls.
    public func isAllowed(_ action: ExceptionAction, to principal: Principal) -> Bool {
        let outcome: SettleGoods.Outcome
        if case .settleGoods(_, let said) = action {
            outcome = said
        } else if case .settleBoxes = action {
            outcome = .left
        } else {
            return principal.may(action.scope)
        }
        return scopes(toSay: outcome, counting: outcome.movesStock, for: principal).allSatisfy(principal.may)
    }

    /// What somebody can do now, the likeliest first: not what takes another person than them.
    public func actions(about order: Order?, for principal: Principal) -> [ExceptionAction] {
        actions(about: order).filter { action in
            guard case .passStage(_, let stage) = action, let order,
                let gate = order.gates.first(where: { $0.name == stage })
            else { return true }
            return order.asker(of: gate)?.contains(principal.name) != true
        }
    }

    /// What can be done now, the likeliest first; nothing for what is resolved.
    public func actions(about order: Order?) -> [ExceptionAction] {
        guard isOpen else { return [] }
        switch kind {
        case .short:
            guard let sku, let location else { return [] }
            return [.count(sku: sku, location: location)]
        case .buriedJob where message != nil:
            return message.map { [.resendMessage($0), .redirectMessage($0)] } ?? []
        case .buriedJob: return subject.flatMap { JobID($0) }.map { [.retryJob($0)] } ?? []
        case .connectorDown: return [.retryConnector(id)]
        case .rejectedEverywhere: return order.map(actionsOnWaiting) ?? []
        case .backorderOverdue: return order.map(actionsOnLapsed) ?? []
        case .holdOverdue: return order.map(actionsOnHold) ?? []
        case .paymentFailed, .authorizationExpired, .exchangeUnpaid: return order.map(actionsOnPayment) ?? []
        case .stageFailed, .stageReview, .stageOverdue, .address: return order.map(actionsOnStage) ?? []
        case .returnUnanswered, .returnUnsettled, .returnOverdue, .returnUnreceived:
            return order.map(actionsOnReturn) ?? []
        case .returnTurnedUp: return order?.actionsOnLateReturn(subject) ?? []
        case .trackingSilent where ReturnID(subject ?? "") != nil: return order.map(actionsOnReturn) ?? []
        case .labelFailed, .notHandedOver, .trackingSilent, .parcelLost, .deliveryProblem, .deliveryDisputed,
            .leftUnshipped, .oldLabelUsed, .numberShared:
            return order.map(actionsOnParcel) ?? []
        case .workLate: return order.map(isOfRelease ? actionsOnRelease : actionsOnWork) ?? []
        case .transferOverdue:
            guard let order, let id = subject.flatMap({ TransferID($0) }),
                let part = order.fulfillments.first(where: { $0.transfer == id })
            else { return [] }
            // It lies where it was to be sent from, or is on its way to the store.
            return location == part.location ? [.receiveTransfer(id), .closeTransfer(id)] : [.cancelTransfer(id)]
        case .inboundOverdue:
            guard let id = subject.flatMap({ InboundID($0) }) else { return [] }
            return [.moveInbound(id), .receiveInbound(id), .closeInbound(id)]
        case .priceChanged: return order.map(actionsOnPrice) ?? []
        case .pickupRefused: return isPastCalling ? [] : courierPickup.map { [.callCourier($0)] } ?? []
        case .manifestRefused: return subject.flatMap { HandOverID($0) }.map { [.askForManifest($0)] } ?? []
        case .notCollected:
            guard let order, let part = order.uncollected(subject, since: openedAt) else { return [] }
            let name = FulfillmentID(order.id, part.number)
            return [.extendCollection(name), .giveUpCollection(name)]
        case .interception:
            let boxes = order?.boxesAsked(by: self) ?? []
            let possible = outcomes(about: order)
            let isDivided = boxes.count > 1 && possible.contains(.left)
            return possible.map { .settleGoods(id, $0) }
                + (isDivided ? order.map { [.settleBoxes(id, $0.names(of: boxes))] } ?? [] : [])
        case .putBack, .transferShort, .excess:
            return outcomes(about: order).map { .settleGoods(id, $0) }
        case .parcelFound:
            return outcomes(about: order).map { .settleGoods(id, $0) } + (order.map(actionsOnMisaddressed) ?? [])
        case .wrongItem:
            return outcomes(about: order).map { .settleGoods(id, $0) } + (order.map(actionsOnWrongItem) ?? [])
        case .brokenInvariant: return [.checkBooks(id)]
        }
    }

    private func actionsOnWaiting(_ order: Order) -> [ExceptionAction] {
        let waiting = order.lines.filter { $0.backordered > 0 }.map {
            LineQuantity(line: OrderLineID(order.id, $0.number), quantity: $0.backordered)
        }
        guard !waiting.isEmpty else { return [] }
        let rejecting = order.rejectingLocations.sorted()
        return [.sourceAgain(order.id)] + (rejecting.isEmpty ? [] : [.askAgain(order.id, rejecting)])
            + [.cancelWaiting(order.id, waiting)]
    }

    /// What missed its day is given up; locations that rejected units of the order may have them by now.
    private func actionsOnLapsed(_ order: Order) -> [ExceptionAction] {
        let waiting = order.lines.filter { $0.backordered > 0 && order.lapsed.contains($0.number) }.map {
            LineQuantity(line: OrderLineID(order.id, $0.number), quantity: $0.backordered)
        }
        let rejecting = order.rejectingLocations.sorted()
        return (waiting.isEmpty ? [] : [.cancelWaiting(order.id, waiting)])
            + (rejecting.isEmpty ? [] : [.askAgain(order.id, rejecting)])
    }

    private func actionsOnHold(_ order: Order) -> [ExceptionAction] {
        guard let hold = order.standingHold(subject) else { return [] }
        let isOpen = order.lines.contains { $0.open > 0 }
        return [.liftHold(HoldID(order.id, hold.number))]
            + (isOpen ? [.cancelOrder(order.id, reason: CancelOrder.Reason.other.rawValue)] : [])
    }

    /// What nobody has released is released, where nothing else keeps it; or given up.
    private func actionsOnRelease(_ order: Order) -> [ExceptionAction] {
        guard let part = order.unreleased(subject) else { return [] }
        let name = FulfillmentID(order.id, part.number)
        let isFree = order.stage == nil && order.hold(on: part.lines.map(\.line)) == nil
        return (isFree ? [.release(name)] : []) + [.cancelWork(name)]
    }

    private func actionsOnStage(_ order: Order) -> [ExceptionAction] {
        guard let stage = subject ?? order.stage else { return [] }
        let isFraud = order.gates.contains { $0.name == stage && $0.kind == .fraud }
        let reason = isFraud ? CancelOrder.Reason.fraud : .other
        let isAddress = order.gates.contains { $0.name == stage && $0.kind == .address }
            && order.delivery.address != nil && order.objectionToMoreAmendments == nil
        return (isAddress ? [.changeAddress(order.id)] : [])
            + [
                isUnanswerable ? .approveAlone(order.id, stage: stage) : .passStage(order.id, stage: stage),
                .cancelOrder(order.id, reason: reason.rawValue),
            ]
    }

    private func actionsOnReturn(_ order: Order) -> [ExceptionAction] {
        if let entry = order.unansweredReturn(subject), kind == .returnUnanswered {
            let id = ReturnID(order.id, entry.number)
            return [.approveReturn(id), .rejectReturn(id)]
        }
        if let entry = order.unsettledReturn(subject), kind == .returnUnsettled {
            let id = ReturnID(order.id, entry.number)
            if entry.state == .inspected {
                // Money of which nobody knows whether it was taken cannot be given: whoever was asked is asked again.
                if order.awaitsCapture(for: entry) {
                    return (givenUpJob.map { [.retryJob($0)] } ?? []) + order.reshipment(of: entry)
                }
                return isOwedNothing ? [.settleReturnUnpaid(id)] : [.settleReturn(id)] + order.reshipment(of: entry)
            }
            let units = entry.lines.filter { $0.toInspect > 0 }.map {
                LineQuantity(line: OrderLineID(order.id, $0.line), quantity: $0.toInspect)
            }
            return units.isEmpty ? [] : [.judgeReturn(id, units, .restock), .judgeReturn(id, units, .writeOff)]
        }
        func place(of entry: Return) -> String? { entry.location ?? entry.terms.destination?.location }
        if let entry = order.unreceivedReturn(subject, since: openedAt), kind == .returnUnreceived {
            let awaited = entry.lines.filter { $0.expected > 0 }.map {
                LineQuantity(line: OrderLineID(order.id, $0.line), quantity: $0.expected)
            }
            return [.receiveReturn(ReturnID(order.id, entry.number), location: place(of: entry), awaited)]
        }
        let late = kind == .returnOverdue ? order.overdueReturn(subject) : nil
        let silent = kind == .trackingSilent ? order.silentReturn(subject, since: openedAt) : nil
        guard let open = late ?? silent else { return [] }
        return order.refund(ofLost: open) + [.closeReturn(ReturnID(order.id, open.number), location: place(of: open))]
    }

    private func actionsOnParcel(_ order: Order) -> [ExceptionAction] {
        if let parcel = order.unlabelledParcel(subject), kind == .labelFailed {
            return order.liftingHold(on: parcel).map { [$0] } ?? actions(toLabel: parcel, of: order)
        }
        if let parcel = order.waitingParcel(subject), kind == .notHandedOver {
            return [order.leaving(parcel), .takeLabelOff(ParcelID(order.id, parcel.number))]
        }
        if let parcel = order.departedParcel(subject), kind == .leftUnshipped {
            return [order.leaving(parcel)]
        }
        if let (parcel, label) = order.dearLabel(subject), kind == .oldLabelUsed {
            return label.state.isLive ? [] : order.advice(onOldLabel: label, of: parcel).actions
        }
        if kind == .numberShared { return order.unclearBearers(subject).map { .identify($0) } }
        if let parcel = order.disputedParcel(subject), kind == .deliveryDisputed {
            let isReshipped = order.objectionToReship(parcel) == nil
            return order.refund(of: parcel) + (isReshipped ? [.reshipParcel(ParcelID(order.id, parcel.number))] : [])
        }
        if let parcel = order.troubledParcel(subject), kind == .deliveryProblem {
            return [.deliverParcel(ParcelID(order.id, parcel.number))] + compensations(for: parcel, of: order)
        }
        let gone = kind == .trackingSilent ? order.silentParcel(subject, since: openedAt) : order.lostParcel(subject)
        guard let gone, kind == .trackingSilent || kind == .parcelLost else { return [] }
        let arrival = order.objectionToArrival(gone) == nil
            ? [ExceptionAction.deliverParcel(ParcelID(order.id, gone.number))] : []
        let compensations = compensations(for: gone, of: order)
        return kind == .trackingSilent ? arrival + compensations : compensations + arrival
    }

    /// What is in the way is mended first: buying the label as it is would be refused as before.
    private func actions(toLabel parcel: Parcel, of order: Order) -> [ExceptionAction] {
        if order.isUnaddressable(parcel) {
            return order.objectionToMoreAmendments == nil ? [.changeAddress(order.id)] : []
        }
        if let labelOutlook { return labelOutlook.actions(on: parcel, of: order) }
        guard goods.isEmpty else { return [.unpack(FulfillmentID(order.id, parcel.fulfillment))] }
        return [
            .buyLabel(
                ParcelID(order.id, parcel.number), isUnweighed: parcel.weightGrams == 0 && sku != nil)
        ]
    }

    private func compensations(for parcel: Parcel, of order: Order) -> [ExceptionAction] {
        isOwedNothing ? [] : order.compensations(for: parcel)
    }

    /// Parcels that went to another door than they should are redirected, paid back or sent once more; from that door
    /// as well.
    private func actionsOnMisaddressed(_ order: Order) -> [ExceptionAction] {
        order.misaddressed(subject).filter { $0.state.isSent }.flatMap { parcel in
            (parcel.state == .delivered ? order.refund(of: parcel) : []) + order.compensations(for: parcel)
        }
    }

    /// What is not packed can still be done elsewhere; what is packed goes on from there.
    private func actionsOnWork(_ order: Order) -> [ExceptionAction] {
        guard let part = order.lateWork(subject, since: openedAt) else { return [] }
        let name = FulfillmentID(order.id, part.number)
        guard part.state == .packed else { return [.sourceElsewhere(name), .cancelWork(name)] }
        guard part.method == .ship else { return [.makeReady(name), .cancelWork(name)] }
        // A label was taken off: without another one it does not leave by itself.
        let bare = order.boxes(of: part.number).first { $0.label == nil && !$0.labels.isEmpty }
        return [bare.map { .buyLabel(ParcelID(order.id, $0.number)) } ?? .ship(name), .cancelWork(name)]
    }

    /// The dear label is given back while its parcel still lies there: another one can be bought then.
    private func actionsOnPrice(_ order: Order) -> [ExceptionAction] {
        guard let (parcel, label) = order.dearLabel(subject), parcel.state == .labelled,
            parcel.label?.number == label.number
        else { return [] }
        return [.takeLabelOff(ParcelID(order.id, parcel.number))]
    }

    /// The units that were announced with what came instead of them are paid back where they cannot come.
    private func actionsOnWrongItem(_ order: Order) -> [ExceptionAction] {
        guard order.refundable() > 0, let id = subject.flatMap({ ReturnID($0) }),
            let entry = order.returns.first(where: { $0.number == id.number }),
            // What was in a parcel that was settled came in place of nothing.
            !entry.terms.found.contains(where: { $0.sku == sku && $0.origin != nil })
        else { return [] }
        var absent = Dictionary(entry.lines.map { ($0.line, $0.expected + $0.missing) }, uniquingKeysWith: +)
        // What never came was paid for as that before, or as lost.
        for memo in order.memos where [ExceptionAction.wrongItem, ExceptionAction.lost].contains(memo.reason) {
            for line in memo.lines { absent[line.line, default: 0] -= line.units }
        }
        for line in order.lines { absent[line.number] = min(absent[line.number] ?? 0, order.uncreditedUnits(of: line)) }
        absent = absent.filter { $0.value > 0 }
        let worths = order.creditWorth(of: absent, order.creditBalance)
        let units = absent.keys.sorted().filter { (worths[$0] ?? 0) > 0 }.map {
            LineQuantity(line: OrderLineID(order.id, $0), quantity: absent[$0] ?? 0)
        }
        return units.isEmpty ? [] : [.refundUnits(order.id, units, reason: ExceptionAction.wrongItem)]
    }

    // MARK: Money

    private func actionsOnPayment(_ order: Order) -> [ExceptionAction] {
        let (cause, number) = PaymentEffect.part(of: subject)
        switch cause {
        case .refund:
            let effect = order.effects.first { $0.number == number }
            let memo = order.memos.first { $0.number == effect?.memo }
            return memo.map { order.outstanding(of: $0) > 0 ? [.payMemo(order.id, memo: $0.name)] : [] } ?? []
        case .void:
            let effect = order.effects.first { $0.number == number }
            let payment = order.payments.first { $0.number == effect?.payment }
            guard let payment, order.heldBeyondNeed(by: payment) > 0 else { return [] }
            return [.letPaymentGo(PaymentID(order.id, payment.number))]
        case .capture: return actionsOnEarned(order)
        case nil: return actionsOnDue(order, payment: number)
        }
    }

    /// Something was sent that is not paid.
    private func actionsOnEarned(_ order: Order) -> [ExceptionAction] {
        let missing = order.unsecured
        guard missing > 0 else { return [] }
        // What was promised at doors nobody has collected: only money that came otherwise can be booked.
        let capturable = order.payments.reduce(Int64(0)) { $0 + ($1.isCash ? 0 : $1.capturable) }
        let amount = Money(missing, order.currency)
        // What a provider has refused it may refuse again: another payment is the other way out.
        return (capturable >= missing ? [.capture(order.id, amount)] : []) + [.addPayment(order.id, amount)]
            + (order.cashHeld > 0 && order.isCashOver ? order.lettingOff(missing) : []) + writeOff(of: order)
    }

    /// Nobody will pay what was sent.
    private func writeOff(of order: Order) -> [ExceptionAction] {
        order.writable > 0 ? [.writeOff(order.id, Money(order.writable, order.currency))] : []
    }

    /// Something is due that nobody holds.
    private func actionsOnDue(_ order: Order, payment number: Int?) -> [ExceptionAction] {
        guard order.due > order.covered else { return [] }
        var actions = [ExceptionAction.addPayment(order.id, Money(order.due - order.covered, order.currency))]
        if kind == .paymentFailed, let payment = order.payments.first(where: { $0.number == number }),
            order.objectionToAskingAgain(for: payment) == nil
        {
            actions.append(.askPaymentAgain(PaymentID(order.id, payment.number)))
        }
        if order.lines.contains(where: { $0.open > 0 }) {
            actions.append(.cancelOrder(order.id, reason: CancelOrder.Reason.unpaid.rawValue))
        }
        return actions + writeOff(of: order)
    }
}

extension PaymentEffect {
    /// What an exception about money names: `capture`, `void-3`, `payment-2`. The kind is nil for what is no effect.
    static func part(of subject: String?) -> (kind: Kind?, number: Int?) {
        let parts = (subject ?? "").split(separator: "-", maxSplits: 1).map(String.init)
        return (parts.first.flatMap { Kind(rawValue: $0) }, parts.count == 2 ? Int(parts[1]) : nil)
    }
}

extension Order {
    /// Shipping for which no door has asked is let go of, where it is what is missing.
    fileprivate func lettingOff(_ missing: Int64) -> [ExceptionAction] {
        let now = shippingNow
        guard missing <= shippingDue, objectionToMoreAmendments == nil, openAmendment == nil else { return [] }
        if missing == shippingDue { return [.lowerShipping(id, Money(0, currency), tax: Money(0, currency))] }
        // What is left of a price bears a tax that nobody here can know.
        return now.tax == 0 ? [.lowerShipping(id, Money(now.amount - missing, currency), tax: nil)] : []
    }

    /// What stops a parcel is lifted first; nil where no hold does.
    fileprivate func liftingHold(on parcel: Parcel) -> ExceptionAction? {
        hold(on: parcel.lines.map(\.line)).map { .liftHold(HoldID(id, $0.number)) }
    }

    /// A parcel leaves, with all that its courier takes of its fulfillment: what others take stays. What does not let
    /// it is seen to first.
    fileprivate func leaving(_ parcel: Parcel) -> ExceptionAction {
        if let lifting = liftingHold(on: parcel) { return lifting }
        if let stage, objectionOfStages != nil { return .passStage(id, stage: stage) }
        let boxes = boxes(of: parcel.fulfillment)
        let own = boxes.filter { $0.courier == parcel.courier }
        let name = FulfillmentID(id, parcel.fulfillment)
        return own.count == boxes.count ? .ship(name) : .handOver(name, own.map { ParcelID(id, $0.number) })
    }

    /// What a customer may be given for a parcel that does not arrive.
    func compensations(for parcel: Parcel) -> [ExceptionAction] {
        let id = ParcelID(id, parcel.number)
        var actions: [ExceptionAction] = []
        if objectionToClaim(parcel) == nil { actions.append(.refundParcel(id)) }
        if objectionToReship(parcel) == nil { actions.append(.reshipParcel(id)) }
        return actions
    }

    /// The goods of a parcel once more, of which its courier brought back a part.
    fileprivate func reshipment(of entry: Return) -> [ExceptionAction] {
        guard !entry.undelivered.isEmpty, let parcel = parcels.first(where: { $0.number == entry.terms.parcel }),
            objectionToReship(parcel) == nil
        else { return [] }
        return [.reshipParcel(ParcelID(id, parcel.number))]
    }

    /// The worth of what a customer sent back and its courier has lost.
    fileprivate func refund(ofLost entry: Return) -> [ExceptionAction] {
        guard entry.terms.parcel == nil, entry.terms.way?.state == .lost else { return [] }
        return refund(of: Dictionary(entry.lines.map { ($0.line, $0.expected) }, uniquingKeysWith: +))
    }

    /// The worth of a parcel's units, as far as it was not given back by hand.
    func refund(of parcel: Parcel) -> [ExceptionAction] { refund(of: parcel.units) }

    private func refund(of wanted: [Int: Int64]) -> [ExceptionAction] {
        var units = wanted.without(covered(wanted))
        for line in lines { units[line.number] = units[line.number].map { min($0, uncreditedUnits(of: line)) } }
        units = units.filter { $0.value > 0 }
        guard creditWorth(of: units, creditBalance).values.reduce(0, +) > 0 else { return [] }
        return [
            .refundUnits(
                id, units.keys.sorted().map { LineQuantity(line: OrderLineID(id, $0), quantity: units[$0] ?? 0) },
                reason: ExceptionAction.lost)
        ]
    }
}
