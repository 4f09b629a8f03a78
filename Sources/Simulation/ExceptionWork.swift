import OrderManagement

/// The people who look after the queue of exceptions: they take what is offered, and now and then something else.
extension Workload {
    private static let seldom = Set(
        [OrderException.Kind.numberShared, .oldLabelUsed, .returnTurnedUp, .manifestRefused, .labelFailed]
            .map(\.rawValue))

    mutating func exception(in db: any Connection) throws -> (any Command)? {
        let open = try ExceptionStore.open(after: ExceptionID(0), limit: 400, in: db)
        // Of every kind as often, however many there are of another; and of what is seldom rather than not.
        let kinds = Set(open.map(\.kind.rawValue)).sorted()
        let seldom = kinds.filter { Self.seldom.contains($0) }
        guard let kind = chance.any(of: chance.chance(40) && !seldom.isEmpty ? seldom : kinds),
            let exception = chance.any(of: open.filter { $0.kind.rawValue == kind })
        else { return nil }
        if chance.chance(10) {
            return AssignException(
                exception: exception.id, assignee: chance.chance(80) ? "clerk" : nil,
                due: chance.chance(40) ? now + .minutes(chance.number(-10...600)) : nil)
        }
        if chance.chance(5) {
            return SettleGoods(exception: exception.id, outcome: chance.one(of: SettleGoods.Outcome.allCases))
        }
        let order = try exception.order.flatMap { try OrderStore.order($0, in: db) }
        // Somebody looks into what kept it from having its label, and nothing of it moves meanwhile.
        if exception.kind == .labelFailed, let order, chance.chance(30) {
            guard let standing = order.holds.first(where: \.stands) else {
                return PlaceHold(order: order.id, reason: "manual", note: nil, lines: [])
            }
            return LiftHold(hold: HoldID(order.id, standing.number))
        }
        if let action = chance.any(of: exception.actions(about: order)), chance.chance(70),
            let command = command(action, about: exception) ?? judgement(action)
        {
            return command
        }
        return ResolveException(exception: exception.id, resolution: "settled by hand")
    }

    /// nil for what takes more than the action knows: other work does that.
    private mutating func command(_ action: ExceptionAction, about exception: OrderException) -> (any Command)? {
        switch action {
        case .settleGoods(let id, let outcome): return settle(outcome, id, exception)
        case .extendCollection(let id):
            return ExtendCollection(fulfillment: id, until: now + .minutes(chance.number(-60...3_000)))
        case .giveUpCollection(let id): return GiveUpCollection(fulfillment: id)
        case .ship(let id): return ShipFulfillment(fulfillment: id)
        case .shipBy(let parcel, let id, let courier, let tracking):
            return ShipFulfillment(
                fulfillment: id, parcels: [.init(parcel: parcel, courier: courier, tracking: tracking)])
        case .reopenReturn(let id): return ReopenReturn(id: id)
        case .handOver(let id, let parcels): return HandOverFulfillment(fulfillment: id, parcels: parcels)
        case .takeLabelOff(let id): return VoidLabel(parcel: id)
        case .unpack(let id): return UnpackFulfillment(fulfillment: id)
        case .restoreLabel(let id, let label): return RestoreLabel(parcel: id, label: label)
        case .identify(let bearer): return bearer.identification
        case .liftHold(let id): return LiftHold(hold: id)
        case .payMemo(let order, let memo): return PayCreditMemo(order: order, memo: memo)
        case .askPaymentAgain(let id): return AskPaymentAgain(payment: id)
        case .letPaymentGo(let id): return LetPaymentGo(payment: id)
        case .judgeReturn(let id, let lines, let disposition):
            return InspectReturn(
                id: id, lines: lines.map { .init(line: $0.line, quantity: $0.quantity, disposition: disposition) })
        case .refundUnits(let order, let lines, let reason):
            return RefundPayment(order: order, amount: nil, payment: nil, reason: reason, lines: lines)
        case .deliverParcel(let id): return DeliverParcel(parcel: id)
        case .moveInbound(let id):
            return RescheduleInbound(inbound: id, due: now(less: chance.number(-900_000_000...86_400_000)))
        case .receiveInbound(let id): return ReceiveInbound(inbound: id)
        case .cancelTransfer(let id): return CancelTransfer(transfer: id)
        case .receiveTransfer(let id): return ReceiveTransfer(transfer: id)
        case .closeTransfer(let id): return ReceiveTransfer(transfer: id, isShort: true)
        case .closeInbound(let id): return CloseInbound(inbound: id, isCancellation: false)
        case .sourceElsewhere(let id): return RejectFulfillment(fulfillment: id, reason: .other)
        case .cancelWork(let id): return CancelFulfillment(fulfillment: id)
        case .makeReady(let id): return MakeFulfillmentReady(fulfillment: id)
        case .release(let id): return ReleaseFulfillment(fulfillment: id)
        case .liftHold(let id): return LiftHold(hold: id)
        case .sourceAgain(let order): return SourceOrder(order: order)
        case .askAgain(let order, let locations): return SourceOrder(order: order, askingAgain: locations)
        case .cancelWaiting(let order, let lines): return CancelOrder(order: order, lines: lines, reason: .unfillable)
        case .capture(let order, let amount): return CapturePayment(order: order, amount: amount, reason: "tried_again")
        case .refundParcel(let id): return ClaimParcel(parcel: id, resolution: .refund)
        case .reshipParcel(let id): return ReshipParcel(parcel: id)
        case .retryConnector(let id): return RetryConnector(exception: id)
        case .retryJob(let id): return RetryJob(job: id)
        case .resendMessage(let id): return ResendMessage(message: id, recipient: nil)
        case .redirectMessage(let id): return ResendMessage(message: id, recipient: "elsewhere@example.com")
        case .askForManifest(let id): return AskForManifest(handOver: id)
        case .approveReturn(let id): return ApproveReturn(id: id)
        case .rejectReturn(let id): return RejectReturn(id: id, note: "too late")
        case .lowerShipping(let order, let amount, let tax): return AmendOrder(order: order, shipping: amount, tax: tax)
        case .settleReturn(let id): return SettleReturn(agreed: id)
        case .settleReturnUnpaid(let id): return SettleReturn(id: id, refund: .none)
        case .passStage, .approveAlone, .cancelOrder, .count, .addPayment, .writeOff, .receiveReturn, .closeReturn,
            .buyLabel, .callCourier, .checkBooks, .changeAddress, .settleBoxes:
            return nil
        }
    }

    /// What takes a number, a weight or a payment that only a person knows.
    private mutating func judgement(_ action: ExceptionAction) -> (any Command)? {
        switch action {
        case .passStage(let order, let stage):
            return PassStage(order: order, stage: stage, hasPassed: chance.chance(80), note: "looked at")
        case .approveAlone(let order, let stage):
            return PassStage(order: order, stage: stage, hasPassed: true, note: "nobody else is here")
        case .cancelOrder(let order, _): return CancelOrder(order: order, reason: .merchant)
        case .count(let sku, let location):
            return MoveStock(
                entries: [.init(reason: .count, sku: sku, location: location, quantity: chance.number(0...12))],
                isList: false)
        case .addPayment(let order, let amount):
            return AddPayment(
                order: order, payment: .init(provider: "manual", reference: "instead", authorized: amount))
        case .writeOff(let order, let amount): return WriteOffDebt(order: order, amount: amount, reason: "bad debt")
        case .closeReturn(let id, let location):
            return ReceiveReturn(
                id: id, location: location ?? chance.one(of: world.locations).code, lines: [], isComplete: true)
        case .buyLabel(let parcel, let isUnweighed):
            return BuyLabel(parcel: parcel, weightGrams: isUnweighed ? chance.number(10...4_000) : nil)
        default: return nil  // other people see to it
        }
    }

    private mutating func settle(
        _ outcome: SettleGoods.Outcome, _ id: ExceptionID, _ exception: OrderException
    ) -> SettleGoods {
        var (damaged, missing): ([SKUQuantity], [SKUQuantity]) = ([], [])
        for part in exception.goods where outcome.isCounted && chance.chance(30) {
            let count = chance.chance(95) ? chance.number(1...part.quantity) : part.quantity + 1
            if chance.chance(50) {
                damaged.append(SKUQuantity(sku: part.sku, quantity: count))
            } else {
                missing.append(SKUQuantity(sku: part.sku, quantity: count))
            }
        }
        return SettleGoods(
            exception: id, outcome: outcome, place: chance.chance(30) ? "A-12" : nil,
            location: outcome == .handedIn ? chance.one(of: world.locations).code : nil, damaged: damaged,
            missing: missing)
    }
}
