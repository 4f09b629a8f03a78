import OrderManagement

/// The buttons of an exception: what can be done about it there and then, taking it on, and saying that it is settled.
struct ExceptionForms {
    private let exception: OrderException
    private let order: Order?
    /// Locations that take returns, by code.
    private let counters: [Location]
    private let fields: [HiddenField]

    init(
        _ exception: OrderException, about order: Order?, counters: [Location], formKey: String, back: String
    ) {
        self.exception = exception
        self.order = order
        self.counters = counters
        self.fields = [.init(name: "key", value: formKey), .init(name: "back", value: back)]
    }

    func actions(for principal: Principal) -> [Action] {
        let possible = exception.actions(about: order, for: principal).filter {
            exception.isAllowed($0, to: principal)
        }
        var actions = possible.enumerated().map { index, action in
            Action(
                action.label, to: address("actions"), look: index == 0 ? .primary : .plain,
                fields: fields + [.init(name: "action", value: action.key)], inputs: inputs(of: action),
                confirmation: confirmation(of: action))
        }
        guard principal.may(.ordersWrite) else { return actions }
        if exception.assignee == nil { actions.append(Action("Take on", to: address("assignments"), fields: fields)) }
        actions.append(
            Action(
                "Resolve", to: address("resolutions"), fields: fields,
                inputs: [FormInput("What was done", name: "resolution", isRequired: true)]))
        return actions
    }

    /// What to know before it is done.
    private func confirmation(of action: ExceptionAction) -> String? {
        switch action {
        case .cancelWaiting, .cancelOrder: "\(action.label)?"
        case .addPayment(_, let amount): "\(MoneyText.of(amount)) is to be paid by it."
        case .count(let sku, let location): "How many of \(sku) are at \(location), those promised to orders too?"
        case .refundParcel: "The customer gets the money of its units back."
        case .reshipParcel: "A new order sends the same goods once more, at no cost."
        case .receiveReturn: "All announced units are here, to be judged later."
        case .settleGoods(_, let outcome): confirmation(of: outcome)
        case .settleBoxes:
            "What left is shipped as far as the order wants it, and customer service sees to the rest. What was "
                + "stopped is here: put it back, or pack and label it anew."
        case .giveUpCollection: "The goods are for sale again, and the customer gets their money back."
        case .ship, .shipBy, .handOver: "The goods leave stock, and what they are worth is taken."
        case .reopenReturn: "A return of the same units, by the same terms, expects what its parcel brings."
        case .restoreLabel: "The label that it bears instead is taken back, and what was told under the old one counts."
        case .liftHold: "What it stops goes on; labels that failed are asked for anew."
        case .identify: "What the courier tells under that number is of this one, and of no other."
        case .takeLabelOff: "Its courier is asked to take the label back; the parcel stays packed."
        case .unpack: "Its boxes are opened again, and its goods are to be packed anew."
        case .judgeReturn(_, let units, let disposition):
            "\(MoneyText.of(units.reduce(0) { $0 + $1.quantity })) units: "
                + (disposition == .restock ? "they are for sale at once." : "they are worth nothing any more.")
        case .refundUnits(_, let units, _):
            "The customer gets the money of \(MoneyText.of(units.reduce(0) { $0 + $1.quantity })) units back."
        case .checkBooks: "All books are read: of a large shop that takes a while."
        case .deliverParcel: "The customer has it, whatever its courier says."
        case .receiveInbound: "All that was still to come is here, and for sale at once."
        case .closeInbound: "What has not come is expected no longer."
        case .cancelTransfer: "It stays where it is, and the order's units find another place."
        case .receiveTransfer: "All of it is here, and can be made ready."
        case .closeTransfer: "What has not come is lost, and the order's units find another place."
        case .sourceElsewhere: "The units are free here, and sourced again without this location."
        case .cancelWork: "Its units are cancelled, and the customer gets their money back."
        case .makeReady: "The customer is told that it may be collected."
        case .release: "Its location is to do it now."
        case .askAgain(_, let locations):
            "\(locations.joined(separator: ", ")) rejected units of the order, and may have them now."
        case .retryConnector: "All that waits for it is tried at once."
        case .approveAlone: "Nobody else may approve it. Who decided alone, and why, is kept with the order."
        case .changeAddress: "Nothing is done yet: the order's page shows what it would do, to be committed or dropped."
        case .closeReturn, .sourceAgain, .capture, .passStage, .retryJob, .approveReturn, .rejectReturn, .settleReturn,
            .buyLabel, .askForManifest, .extendCollection, .payMemo, .askPaymentAgain, .letPaymentGo, .moveInbound,
            .callCourier, .resendMessage, .redirectMessage:
            nil
        }
    }

    /// What the system cannot know of it: the members that the interface for programs calls missing.
    private func inputs(of action: ExceptionAction) -> [FormInput] {
        switch action {
        case .count: [FormInput("Units there", name: "counted", kind: .number, isRequired: true)]
        case .addPayment:
            [
                FormInput("Provider", name: "provider", value: "manual", isRequired: true),
                FormInput("Reference", name: "reference", hint: "The provider's name for it", isRequired: true),
            ]
        case .closeReturn(_, let location), .receiveReturn(_, let location, _):
            location != nil ? [] : [counter("Where it was to come")]
        case .settleGoods(_, let outcome): inputs(of: outcome)
        case .settleBoxes(_, let boxes): boxes.map(input)
        case .extendCollection:
            [FormInput("Until", name: "until", kind: .date, hint: "The end of that day", isRequired: true)]
        case .moveInbound: [FormInput("Due", name: "due", kind: .date, isRequired: true)]
        case .changeAddress: order?.delivery.address.map(AmendmentForm.inputs) ?? []
        case .buyLabel(_, let isUnweighed):
            isUnweighed ? [FormInput("Weight, g", name: "weight_g", kind: .number, isRequired: true)] : []
        case .approveAlone: [FormInput("Why you decide alone", name: "note", isRequired: true)]
        case .redirectMessage: [FormInput("E-mail", name: "email", isRequired: true)]
        case .sourceAgain, .askAgain, .cancelWaiting, .capture, .passStage, .cancelOrder, .retryJob, .retryConnector,
            .resendMessage, .approveReturn, .rejectReturn, .settleReturn, .refundParcel, .reshipParcel, .askForManifest,
            .giveUpCollection, .ship, .handOver, .takeLabelOff, .payMemo, .askPaymentAgain, .letPaymentGo, .judgeReturn,
            .refundUnits, .checkBooks, .callCourier, .deliverParcel, .receiveInbound, .closeInbound, .sourceElsewhere,
            .cancelWork, .makeReady, .cancelTransfer, .receiveTransfer, .closeTransfer, .restoreLabel, .identify,
            .shipBy, .reopenReturn, .release, .liftHold, .unpack:
            []
        }
    }

    /// Whether a box was stopped.
    private func input(of box: ParcelID) -> FormInput {
        FormInput(
            "Box \(box.number)", name: Self.box(box),
            choices: [Choice(value: "stopped", label: "It was stopped"), Choice(value: "left", label: "It has left")],
            hint: order?.part(box)?.labels.last?.tracking)
    }

    /// The name of the field that asks for a box.
    static func box(_ id: ParcelID) -> String { "box-\(id.number)" }

    private func counter(_ hint: String) -> FormInput {
        FormInput(
            "Location", name: "location", choices: counters.map { Choice(value: $0.code, label: $0.name) }, hint: hint,
            isRequired: true)
    }

    // MARK: Goods

    private func confirmation(of outcome: SettleGoods.Outcome) -> String {
        let goods = exception.goods.map { "\($0.quantity) × \($0.sku)" }.joined(separator: ", ")
        switch outcome {
        case .putBack: return goods.isEmpty ? "The goods are on their shelf again." : "\(goods) are on a shelf again."
        case .left where goods.isEmpty:
            return "Its parcels are shipped by their old labels, and customer service sees to it."
        case .left:
            return "\(goods) are taken out of stock, what else was in the parcel is shipped, and customer service sees "
                + "to it."
        case .restocked: return "\(goods) are for sale at once."
        case .writtenOff, .sentBack: return "\(goods) leave the stock."
        case .handedIn: return "\(goods) are for sale at once."
        case .stopped:
            return "The order that sends \(goods) once more is cancelled, and the customer is paid nothing: they have "
                + "what they paid for."
        case .kept: return "Nobody looks for the goods any more."
        case .accepted: return "What came beyond what was announced stays for sale."
        case .found: return "\(goods) are in stock again where they turned up."
        case .lost: return "Nobody waits for the goods any more; claim them of the carrier."
        }
    }

    /// More different goods than this are counted on the page of stock.
    private static let goodsMax = 8

    private func inputs(of outcome: SettleGoods.Outcome) -> [FormInput] {
        var inputs: [FormInput] = []
        if outcome == .putBack {
            inputs.append(FormInput("Where", name: "place", hint: "Shelf or bin; may be left empty"))
        }
        if outcome == .handedIn { inputs.append(counter("Where it was handed in")) }
        if outcome == .found {
            let origin = exception.location ?? "where it was sent from"
            inputs.append(FormInput("Location", name: "location", hint: "Empty: \(origin)"))
        }
        guard outcome.isCounted, exception.goods.count <= Self.goodsMax else { return inputs }
        for (index, part) in exception.goods.enumerated() {
            for what in ["damaged", "missing"] {
                inputs.append(
                    FormInput(
                        "\(part.sku): \(what)", name: "\(what)-\(index)", kind: .number, value: "0",
                        hint: "of \(part.quantity)"))
            }
        }
        return inputs
    }

    private func address(_ noun: String) -> String { "/console/exceptions/\(exception.id)/\(noun)" }
}

extension ExceptionAction {
    /// The command that does it, with what the form asked for.
    /// - Throws: `.invalidInput` for something that was not filled in.
    func command(
        _ form: ConsoleForm, about exception: OrderException, of order: Order?, _ clock: WallClock
    ) throws -> any Command {
        switch self {
        case .changeAddress: try Self.address(of: order, form)
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
        case .settleReturn(let id): SettleReturn(agreed: id)
        case .receiveReturn(let id, let location, let lines): Self.receipt(of: id, lines, at: try form.place(location))
        case .closeReturn(let id, let location): try Self.close(id, at: location, form)
        case .buyLabel(let id, let isUnweighed): try Self.label(for: id, isUnweighed, form)
        case .refundParcel(let id): ClaimParcel(parcel: id, resolution: .refund)
        case .reshipParcel(let id): ReshipParcel(parcel: id)
        case .deliverParcel(let id): DeliverParcel(parcel: id)
        case .askForManifest(let id): AskForManifest(handOver: id)
        case .settleGoods(_, let outcome): try Self.settleGoods(outcome, of: exception, form)
        case .extendCollection(let id): try Self.moreTime(for: id, form, clock)
        case .settleBoxes(let id, let boxes): Self.settle(id, boxes, form)
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
        case .refundUnits(let order, let lines, let reason):
            RefundPayment(order: order, amount: nil, payment: nil, reason: reason, lines: lines)
        // The books are checked before: `Console.perform` does it.
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
        case .addPayment(let order, let amount): try Self.payment(of: amount, for: order, form)
        }
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

    private static func settle(_ id: ExceptionID, _ boxes: [ParcelID], _ form: ConsoleForm) -> SettleGoods {
        SettleGoods(
            exception: id, outcome: .left, parcels: boxes.filter { form.text(ExceptionForms.box($0)) == "left" })
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

    private static func payment(
        of amount: Money, for order: OrderID, _ form: ConsoleForm
    ) throws(Refusal) -> AddPayment {
        AddPayment(
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

extension Console {
    var exceptionForms: [Endpoint] {
        [
            form("/console/exceptions/{id}/actions") { visit, form in
                let name = try form.required("action", "What to do")
                let id = try visit.request.id(ExceptionID.self)
                let (exception, order, action) = try await action(name, on: id, for: visit)
                var command = try action.command(form, about: exception, of: order, visit.clock)
                if case .checkBooks(let id) = action {
                    command = try await API.checkBooks(id, by: waybill, for: visit.principal)
                }
                if case .retryConnector(let id) = action {
                    command = try await RetryConnector.counted(id, by: waybill)
                }
                _ = try await waybill.perform(command, as: visit.principal, key: key(visit, form))
                if case .changeAddress(let order) = action {
                    return Outcome(
                        sentence: "The change is staged: look at what it does, then commit or drop it.",
                        address: "/console/orders/\(order)")
                }
                return Outcome(sentence: "Done: \(action.label).", address: "/console/exceptions")
            },
            form("/console/exceptions/{id}/assignments") { visit, form in
                let command = AssignException(
                    exception: try visit.request.id(ExceptionID.self), assignee: visit.user.name)
                _ = try await waybill.perform(command, as: visit.principal, key: key(visit, form))
                return Outcome(sentence: "You have taken it on.", address: "/console/exceptions")
            },
            form("/console/exceptions/{id}/resolutions") { visit, form in
                let command = ResolveException(
                    exception: try visit.request.id(ExceptionID.self),
                    resolution: try form.required("resolution", "What was done"))
                _ = try await waybill.perform(command, as: visit.principal, key: key(visit, form))
                return Outcome(sentence: "The exception is resolved.", address: "/console/exceptions")
            },
        ]
    }

    /// An action that an exception still offers.
    /// - Throws: `.notFound`, also for what the reader may not see; `.illegalTransition` when it is offered no more.
    private func action(
        _ name: String, on id: ExceptionID, for visit: ConsoleVisit
    ) async throws -> (OrderException, Order?, ExceptionAction) {
        let (exception, order) = try await waybill.read { db in
            let exception = try ExceptionStore.exception(id, in: db)
            let order = try exception?.order.flatMap { try OrderStore.order($0, in: db) }
            let orders = order.map { [$0.id: $0] } ?? [:]
            return (try exception.map { try [$0].knowing(orders, in: db)[0] }, order)
        }
        guard let exception, exception.isVisible(to: visit.principal) else {
            throw Refusal(.notFound, "there is no exception \(id)")
        }
        let offered = exception.actions(about: order, for: visit.principal)
        guard let action = offered.first(where: { $0.key == name }) else {
            throw Refusal(.illegalTransition, "that is not possible any more: load the page again")
        }
        return (exception, order, action)
    }
}

extension ConsoleForm {
    /// The location that is known, or that a person has named. - Throws: `.invalidInput` where nobody has.
    fileprivate func place(_ known: String?) throws(Refusal) -> String {
        if let known { return known }
        return try required("location", "Location")
    }
}
