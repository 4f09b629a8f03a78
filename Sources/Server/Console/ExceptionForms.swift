import OrderManagement

/// The buttons of an exception: what can be done about it there and then, taking it on, and saying that it is settled.
struct ExceptionForms {
    private let exception: OrderException
    private let order: Order?
    private let fields: [HiddenField]

    init(_ exception: OrderException, about order: Order?, formKey: String, back: String) {
        self.exception = exception
        self.order = order
        self.fields = [.init(name: "key", value: formKey), .init(name: "back", value: back)]
    }

    func actions(for principal: Principal) -> [Action] {
        guard principal.may(.ordersWrite) else { return [] }
        let ready = exception.actions(about: order, for: principal).filter { $0.command != nil }
        var actions = ready.enumerated().map { index, action in
            Action(
                action.label, to: address("actions"), look: index == 0 ? .primary : .plain,
                fields: fields + [.init(name: "action", value: action.name)],
                confirmation: action.name == "cancellations" ? "\(action.label)?" : nil)
        }
        if exception.assignee == nil { actions.append(Action("Take on", to: address("assignments"), fields: fields)) }
        actions.append(
            Action(
                "Resolve", to: address("resolutions"), fields: fields,
                inputs: [FormInput("What was done", name: "resolution", isRequired: true)]))
        return actions
    }

    private func address(_ noun: String) -> String { "/console/exceptions/\(exception.id)/\(noun)" }
}

extension ExceptionAction {
    /// The command that does it; nil where the caller must add something.
    var command: (any Command)? {
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
        case .closeReturn(let id, let location):
            location.map { ReceiveReturn(id: id, location: $0, lines: [], isComplete: true) }
        case .buyLabel(let id): BuyLabel(parcel: id)
        case .refundParcel(let id): ClaimParcel(parcel: id, resolution: .refund)
        case .reshipParcel(let id): ReshipParcel(parcel: id)
        case .count, .addPayment: nil
        }
    }
}

extension Console {
    var exceptionForms: [Endpoint] {
        [
            form("/console/exceptions/{id}/actions") { visit, form in
                let name = try form.required("action", "What to do")
                let action = try await action(name, on: try visit.request.id(ExceptionID.self), for: visit)
                guard let command = action.command else {
                    throw Refusal(.invalidInput, "\(action.label) needs more than a button")
                }
                _ = try await waybill.perform(command, as: visit.principal, key: key(visit, form))
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
