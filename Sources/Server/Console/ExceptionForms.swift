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
        let possible = exception.actions(about: order, for: principal).filter { principal.may($0.scope) }
        var actions = possible.enumerated().map { index, action in
            Action(
                action.label, to: address("actions"), look: index == 0 ? .primary : .plain,
                fields: fields + [.init(name: "action", value: action.name)], inputs: inputs(of: action),
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
        case .deliverParcel: "The customer has it, whatever its courier says."
        case .ship: "The goods leave stock, and what they are worth is taken."
        case .refundUnits: "The customer gets the money of its units back."
        case .closeReturn, .sourceAgain, .capture, .passStage, .retryJob, .approveReturn, .rejectReturn, .settleReturn,
            .buyLabel, .askForManifest:
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
        case .closeReturn(_, let location):
            location != nil
                ? []
                : [
                    FormInput(
                        "Location", name: "location", choices: counters.map { Choice(value: $0.code, label: $0.name) },
                        hint: "Where it was to come", isRequired: true)
                ]
        case .sourceAgain, .cancelWaiting, .capture, .passStage, .cancelOrder, .retryJob, .approveReturn,
            .rejectReturn, .settleReturn, .buyLabel, .refundParcel, .reshipParcel, .askForManifest, .deliverParcel,
            .ship, .refundUnits:
            []
        }
    }

    private func address(_ noun: String) -> String { "/console/exceptions/\(exception.id)/\(noun)" }
}

extension ExceptionAction {
    /// The command that does it, with what the form asked for.
    /// - Throws: `.invalidInput` for something that was not filled in.
    func command(_ form: ConsoleForm) throws(Refusal) -> any Command {
        switch self {
        case .sourceAgain(let order): SourceOrder(order: order)
        case .cancelWaiting(let order, let lines): CancelOrder(order: order, lines: lines, reason: .unfillable)
        case .capture(let order, let amount): CapturePayment(order: order, amount: amount, reason: "tried_again")
        case .passStage(let order, let stage): PassStage(order: order, stage: stage, hasPassed: true, note: nil)
        case .cancelOrder(let order, let reason):
            CancelOrder(order: order, reason: CancelOrder.Reason(rawValue: reason) ?? .other)
        case .retryJob(let job): RetryJob(job: job)
        case .approveReturn(let id): ApproveReturn(id: id)
        case .rejectReturn(let id): RejectReturn(id: id, note: nil)
        case .settleReturn(let id): SettleReturn(agreed: id)
        case .closeReturn(let id, let location?):
            ReceiveReturn(id: id, location: location, lines: [], isComplete: true)
        case .closeReturn(let id, nil):
            ReceiveReturn(id: id, location: try form.required("location", "Location"), lines: [], isComplete: true)
        case .buyLabel(let id): BuyLabel(parcel: id)
        case .refundParcel(let id): ClaimParcel(parcel: id, resolution: .refund)
        case .reshipParcel(let id): ReshipParcel(parcel: id)
        case .deliverParcel(let id): DeliverParcel(parcel: id)
        case .ship(let id): ShipFulfillment(fulfillment: id)
        case .refundUnits(let order, let lines):
            RefundPayment(order: order, amount: nil, payment: nil, reason: Self.lost, lines: lines)
        case .askForManifest(let id): AskForManifest(handOver: id)
        case .count(let sku, let location):
            MoveStock(
                entries: [
                    .init(
                        reason: .count, sku: sku, location: location,
                        quantity: try form.requiredInteger("counted", "Units there", in: 0...PlaceOrder.quantityMax))
                ], isList: false)
        case .addPayment(let order, let amount):
            AddPayment(
                order: order,
                payment: PlaceOrder.RequestedPayment(
                    provider: try form.name("provider", "Provider", max: 64),
                    reference: try form.name("reference", "Reference", max: 200), authorized: amount))
        }
    }
}

extension Console {
    var exceptionForms: [Endpoint] {
        [
            form("/console/exceptions/{id}/actions") { visit, form in
                let name = try form.required("action", "What to do")
                let action = try await action(name, on: try visit.request.id(ExceptionID.self), for: visit)
                _ = try await waybill.perform(try action.command(form), as: visit.principal, key: key(visit, form))
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
    private func action(_ name: String, on id: ExceptionID, for visit: ConsoleVisit) async throws -> ExceptionAction {
        let (exception, order) = try await waybill.read { db in
            let exception = try ExceptionStore.exception(id, in: db)
            return (exception, try exception?.order.flatMap { try OrderStore.order($0, in: db) })
        }
        guard let exception, exception.isVisible(to: visit.principal) else {
            throw Refusal(.notFound, "there is no exception \(id)")
        }
        let offered = exception.actions(about: order, for: visit.principal)
        guard let action = offered.first(where: { $0.name == name }) else {
            throw Refusal(.illegalTransition, "that is not possible any more: load the page again")
        }
        return action
    }
}
