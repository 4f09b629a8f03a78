import OrderManagement

/// What people fill in to do something about an exception, as the command that does it.
extension ExceptionAction {
    /// The command that does it, with what the form asked for. The books are checked before: `Console.perform` does it.
    /// - Throws: `.invalidInput` for something that was not filled in.
    func command(
        _ form: ConsoleForm, about exception: OrderException, of order: Order?, _ clock: WallClock
    ) throws -> any Command {
        switch self {
        case .changeAddress, .lowerShipping: try amendment(of: order, form)
        case .sourceAgain(let order): SourceOrder(order: order)
        case .askAgain(let order, let locations): SourceOrder(order: order, askingAgain: locations)
        case .cancelWaiting(let order, let lines): CancelOrder(order: order, lines: lines, reason: .unfillable)
        case .capture(let order, let amount): CapturePayment(order: order, amount: amount, reason: "tried_again")
        case .passStage(let order, let stage): PassStage(order: order, stage: stage, hasPassed: true, note: nil)
        case .cancelOrder(let order, let reason): Self.cancellation(of: order, for: reason)
        case .approveAlone(let order, let stage): try Self.approval(of: stage, on: order, form)
        case .retryJob(let job): RetryJob(job: job)
        case .resendMessage(let id): ResendMessage(message: id, recipient: nil)
        case .redirectMessage(let id): ResendMessage(message: id, recipient: try form.email("email", "E-mail"))
        case .retryConnector(let id): RetryConnector(exception: id)
        case .approveReturn(let id): ApproveReturn(id: id)
        case .rejectReturn(let id): RejectReturn(id: id, note: nil)
        case .settleReturn(let id), .settleReturnUnpaid(let id): settlement(of: id)
        case .receiveReturn(let id, let location, let lines): Self.receipt(of: id, lines, at: try form.place(location))
        case .closeReturn(let id, let location): try Self.close(id, at: location, form)
        case .buyLabel(let id, let isUnweighed): try Self.label(for: id, isUnweighed, form)
        case .refundParcel(let id): ClaimParcel(parcel: id, resolution: .refund)
        case .reshipParcel(let id): ReshipParcel(parcel: id)
        case .deliverParcel(let id): DeliverParcel(parcel: id)
        case .askForManifest(let id): AskForManifest(handOver: id)
        case .settleGoods(_, let outcome): try Self.settleGoods(outcome, of: exception, form)
        case .extendCollection(let id): try Self.moreTime(for: id, form, clock)
        case .settleBoxes(_, let boxes): try Self.settle(exception, boxes, of: order, form)
        case .giveUpCollection(let id): GiveUpCollection(fulfillment: id)
        case .ship(let id): ShipFulfillment(fulfillment: id)
        case .shipBy(let parcel, let id, let courier, let tracking): Self.shipment(of: id, parcel, courier, tracking)
        case .reopenReturn(let id): ReopenReturn(id: id)
        case .handOver(let id, let parcels): HandOverFulfillment(fulfillment: id, parcels: parcels)
        case .takeLabelOff(let id): VoidLabel(parcel: id)
        case .unpack(let id): UnpackFulfillment(fulfillment: id)
        case .restoreLabel(let id, let label): RestoreLabel(parcel: id, label: label)
        case .identify(let bearer): bearer.identification
        case .payMemo(let order, let memo): PayCreditMemo(order: order, memo: memo)
        case .askPaymentAgain(let id): AskPaymentAgain(payment: id)
        case .letPaymentGo(let id): LetPaymentGo(payment: id)
        case .judgeReturn(let id, let lines, let disposition): Self.judgement(of: id, lines, disposition)
        case .refundUnits(let order, let lines, let reason): Self.refund(of: lines, on: order, because: reason)
        case .checkBooks(let id): ResolveException(exception: id, resolution: "")
        case .callCourier(let id): ChangeCourierPickup(id: id)
        case .moveInbound(let id): RescheduleInbound(inbound: id, due: try form.endOfDay("due", "Due", clock))
        case .receiveInbound(let id): ReceiveInbound(inbound: id)
        case .closeInbound(let id): CloseInbound(inbound: id, isCancellation: false)
        case .cancelTransfer(let id): CancelTransfer(transfer: id)
        case .receiveTransfer(let id): ReceiveTransfer(transfer: id)
        case .closeTransfer(let id): ReceiveTransfer(transfer: id, isShort: true)
        case .sourceElsewhere(let id): RejectFulfillment(fulfillment: id, reason: .other)
        case .cancelWork(let id): CancelFulfillment(fulfillment: id)
        case .release(let id): ReleaseFulfillment(fulfillment: id)
        case .liftHold(let id): LiftHold(hold: id)
        case .makeReady(let id): MakeFulfillmentReady(fulfillment: id)
        case .count(let sku, let location): try Self.recount(sku, at: location, form)
        case .addPayment(let order, let amount), .writeOff(let order, let amount): try settle(amount, of: order, form)
        }
    }

    /// The order of which a change is staged by it, to be committed or dropped; nil where it changes none.
    var amended: OrderID? {
        if case .changeAddress(let order) = self { return order }
        if case .lowerShipping(let order, _, _) = self { return order }
        return nil
    }

    private func amendment(of order: Order?, _ form: ConsoleForm) throws -> any Command {
        guard case .lowerShipping(let id, let amount, let tax) = self else {
            return try Self.address(of: order, form)
        }
        return AmendOrder(order: id, shipping: amount, tax: tax)
    }

    private func settlement(of id: ReturnID) -> SettleReturn {
        self == .settleReturnUnpaid(id) ? SettleReturn(id: id, refund: .none) : SettleReturn(agreed: id)
    }

    private static func refund(of lines: [LineQuantity], on order: OrderID, because reason: String) -> RefundPayment {
        RefundPayment(order: order, amount: nil, payment: nil, reason: reason, lines: lines)
    }

    private static func moreTime(
        for id: FulfillmentID, _ form: ConsoleForm, _ clock: WallClock
    ) throws(Refusal) -> ExtendCollection {
        ExtendCollection(fulfillment: id, until: try form.endOfDay("until", "Until", clock))
    }

    private static func cancellation(of order: OrderID, for reason: String) -> CancelOrder {
        CancelOrder(order: order, reason: CancelOrder.Reason(rawValue: reason) ?? .other)
    }

    private static func approval(
        of stage: String, on order: OrderID, _ form: ConsoleForm
    ) throws(Refusal) -> PassStage {
        PassStage(order: order, stage: stage, hasPassed: true, note: try form.name("note", "Why", max: 1_000))
    }

    private static func settle(
        _ exception: OrderException, _ boxes: [ParcelID], of order: Order?, _ form: ConsoleForm
    ) throws(Refusal) -> SettleGoods {
        let left = boxes.filter { form.text(ExceptionForms.box($0)) == "left" }
        guard !left.isEmpty else {
            let putBack = ExceptionAction.settleGoods(exception.id, .putBack)
            throw Refusal(
                .invalidInput,
                "no box is said to have left: choose \u{201C}\(ExceptionForms.left)\u{201D} for each that did; "
                    + (exception.actions(about: order).contains(putBack)
                        ? "where all were stopped, it is \u{201C}\(putBack.label)\u{201D} that says so"
                        : "where all were stopped, pack and label them anew"))
        }
        return SettleGoods(exception: exception.id, outcome: .left, parcels: left)
    }

    private static func judgement(
        of id: ReturnID, _ units: [LineQuantity], _ disposition: Return.Disposition
    ) -> InspectReturn {
        InspectReturn(
            id: id, lines: units.map { .init(line: $0.line, quantity: $0.quantity, disposition: disposition) })
    }

    private static func receipt(of id: ReturnID, _ units: [LineQuantity], at location: String) -> ReceiveReturn {
        ReceiveReturn(
            id: id, location: location, lines: units.map { .init(line: $0.line, quantity: $0.quantity) })
    }

    private static func shipment(
        of id: FulfillmentID, _ parcel: ParcelID, _ courier: String, _ tracking: String
    ) -> ShipFulfillment {
        ShipFulfillment(fulfillment: id, parcels: [.init(parcel: parcel, courier: courier, tracking: tracking)])
    }

    private static func close(
        _ id: ReturnID, at location: String?, _ form: ConsoleForm
    ) throws(Refusal) -> ReceiveReturn {
        ReceiveReturn(id: id, location: try form.place(location), lines: [], isComplete: true)
    }

    private static func address(of order: Order?, _ form: ConsoleForm) throws -> any Command {
        guard let order else { throw Refusal(.notFound, "the exception is about no order") }
        return try AmendmentForm(order: order, form: form).address().command
    }

    private static func label(
        for parcel: ParcelID, _ isUnweighed: Bool, _ form: ConsoleForm
    ) throws(Refusal) -> BuyLabel {
        guard isUnweighed else { return BuyLabel(parcel: parcel) }
        let grams = try form.requiredInteger("weight_g", "Weight", in: 1...Parcel.gramsMax)
        return BuyLabel(parcel: parcel, weightGrams: grams)
    }

    /// What is owed is given up, or paid another way.
    private func settle(_ amount: Money, of order: OrderID, _ form: ConsoleForm) throws(Refusal) -> any Command {
        if case .writeOff = self {
            let reason = try form.required("reason", "Why nobody will pay")
            return WriteOffDebt(order: order, amount: amount, reason: reason)
        }
        return AddPayment(
            order: order,
            payment: PlaceOrder.RequestedPayment(
                provider: try form.name("provider", "Provider", max: 64),
                reference: try form.name("reference", "Reference", max: 200), authorized: amount))
    }

    private static func recount(_ sku: String, at location: String, _ form: ConsoleForm) throws(Refusal) -> MoveStock {
        let units = try form.requiredInteger("counted", "Units there", in: 0...PlaceOrder.quantityMax)
        return MoveStock(
            entries: [.init(reason: .count, sku: sku, location: location, quantity: units)], isList: false)
    }

    private static func settleGoods(
        _ outcome: SettleGoods.Outcome, of exception: OrderException, _ form: ConsoleForm
    ) throws(Refusal) -> SettleGoods {
        var units: [String: [SKUQuantity]] = [:]
        for what in ["damaged", "missing"] where outcome.isCounted {
            for (index, part) in exception.goods.enumerated() {
                let count = try form.integer("\(what)-\(index)", "\(part.sku): \(what)", in: 0...part.quantity) ?? 0
                if count > 0 { units[what, default: []].append(SKUQuantity(sku: part.sku, quantity: count)) }
            }
        }
        return SettleGoods(
            exception: exception.id, outcome: outcome, place: form.text("place").map { String($0.prefix(200)) },
            location: outcome == .handedIn ? try form.required("location", "Location") : nil,
            damaged: units["damaged"] ?? [], missing: units["missing"] ?? [])
    }
}

extension ConsoleForm {
    /// The location that is known, or that a person has named. - Throws: `.invalidInput` where nobody has.
    fileprivate func place(_ known: String?) throws(Refusal) -> String {
        if let known { return known }
        return try required("location", "Location")
    }
}
