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
        case .writeOff(_, let amount): "Nobody asks the customer for \(MoneyText.of(amount)) any more."
        case .count(let sku, let location): "How many of \(sku) are at \(location), those promised to orders too?"
        case .refundParcel: "The customer gets the money of its units back."
        case .settleReturnUnpaid: "Nothing is paid for it, and the return is closed."
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
        case .changeAddress, .lowerShipping:
            "Nothing is done yet: the order's page shows what it would do, to be committed or dropped."
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
        case .writeOff: [FormInput("Why nobody will pay", name: "reason", isRequired: true)]
        case .approveAlone: [FormInput("Why you decide alone", name: "note", isRequired: true)]
        case .redirectMessage: [FormInput("E-mail", name: "email", isRequired: true)]
        case .sourceAgain, .askAgain, .cancelWaiting, .capture, .passStage, .cancelOrder, .retryJob, .retryConnector,
            .resendMessage, .approveReturn, .rejectReturn, .settleReturn, .refundParcel, .reshipParcel, .askForManifest,
            .giveUpCollection, .ship, .handOver, .takeLabelOff, .payMemo, .askPaymentAgain, .letPaymentGo, .judgeReturn,
            .refundUnits, .checkBooks, .callCourier, .deliverParcel, .receiveInbound, .closeInbound, .sourceElsewhere,
            .cancelWork, .makeReady, .cancelTransfer, .receiveTransfer, .closeTransfer, .restoreLabel, .identify,
            .shipBy, .reopenReturn, .release, .liftHold, .unpack, .lowerShipping, .settleReturnUnpaid:
            []
        }
    }

    /// Whether a box was stopped.
    private func input(of box: ParcelID) -> FormInput {
        FormInput(
            "Box \(box.number)", name: Self.box(box),
            choices: [Choice(value: "stopped", label: "It was stopped"), Choice(value: "left", label: Self.left)],
            hint: order?.part(box)?.labels.last?.tracking)
    }

    /// What somebody chooses of a box that was not stopped.
    static let left = "It has left"

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
                if let order = action.amended {
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
            return (try exception.map { try [$0].knowing(orders, by: known, at: visit.now, in: db)[0] }, order)
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
