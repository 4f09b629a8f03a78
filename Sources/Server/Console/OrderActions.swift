import OrderManagement

/// The buttons of an order's page: what `Order.permissions` allows, as forms; what it does not, with the reason.
struct OrderActions {
    let order: Order
    let permissions: [OrderPermission]
    let principal: Principal
    let clock: WallClock
    /// Locations that take returns, by code.
    let counters: [Location]
    /// What is known of the goods, by SKU.
    let items: [String: Item]
    /// Whether some courier could sell a label.
    var hasCouriers = false
    let formKey: String
    /// Where the form leads back to; nil for the order's own page.
    var back: String?

    /// More lines than this make too long a form: then the whole is acted on.
    static let linesMax = 20
    /// The choice of all locations: no location has such a code.
    static let everybody = "*"

    // MARK: Of the order

    var ofOrder: ActionBar {
        bar(permissions.filter { $0.path.hasPrefix("/v1/orders/") }) { permission in
            switch permission.action {
            case "cancellations": cancel(permission)
            case "holds": hold
            case "sourcings":
                action("Source again", "sourcings", confirmation: "Unreleased units may move to other locations.")
            case "sourcings_asking_again":
                action(
                    "Ask again", "sourcings",
                    inputs: [
                        FormInput(
                            "Who rejected it", name: "ask_again",
                            choices: [Choice(value: Self.everybody, label: "All of them")]
                                + order.rejectingLocations.sorted().map { Choice(value: $0, label: $0) },
                            isRequired: true)
                    ], confirmation: "Locations that rejected units of the order may have them now.")
            case "notes":
                action("Note", "notes", inputs: [FormInput("Note", name: "text", isRequired: true)], isVersioned: false)
            case "returns": requestReturn
            case "amendments": changeLines()
            case "amendments/address": changeAddress()
            case "exchanges": exchange
            default: nil
            }
        } stages: {
            stageActions
        }
    }

    /// The stage that is next: only it can be decided in a useful order.
    private var stageActions: [Action] {
        guard let stage = order.stage, principal.may(.ordersWrite),
            permissions.contains(where: {
                $0.action == "stages/\(stage)" && $0.isAllowed
            })
        else { return [] }
        let name = stage.replacing("_", with: " ")
        return [
            action(
                "Pass \(name)", "stages/\(PercentCoding.encoded(stage))", look: .primary,
                extra: [.init(name: "result", value: "passed")]),
            action(
                "Fail \(name)", "stages/\(PercentCoding.encoded(stage))", look: .danger,
                inputs: [FormInput("Why", name: "note")], extra: [.init(name: "result", value: "failed")]),
        ]
    }

    private func cancel(_ permission: OrderPermission) -> Action {
        let open = order.lines.filter { $0.open > 0 }
        var inputs = [choices("Reason", "reason", CancelOrder.Reason.allCases.map(\.rawValue))]
        if open.count <= Self.linesMax { inputs += open.map { units($0, $0.open, "of \($0.open) open") } }
        return action(
            "Cancel", "cancellations", look: .danger, inputs: inputs,
            confirmation: "Nothing is done yet: the page shows the fee and the money, to be committed."
                + (permission.until.map { " Possible until \(clock.time($0).text)." } ?? ""),
            submit: "Show the money")
    }

    private var hold: Action {
        action(
            "Hold", "holds",
            inputs: [
                choices("Reason", "reason", ["manual", "fraud", "address", "payment", "customer_request"]),
                FormInput("Note", name: "note"),
            ], confirmation: "Nothing of the order moves on while it is on hold.")
    }

    /// What comes back is asked for on a page of its own, line by line.
    private var requestReturn: Action { Action("Return", linkTo: Console.takingBack(order.id)) }

    private var exchange: Action {
        action(
            "Exchange", "exchanges",
            inputs: comingBack(
                for: Return.Reason.ofCustomers,
                FormInput("SKU that goes out", name: "sku", hint: "Empty: the same again, at the same price"),
                FormInput(
                    "Unit price in \(order.currency)", name: "unit_price",
                    hint: "Of the SKU that goes out; empty: what those that come back were worth"),
                FormInput("Tax in \(order.currency)", name: "tax", hint: "For all units of it")),
            confirmation: "Nothing is done yet: the page shows what it would bring, to be committed.",
            submit: "Show the money")
    }

    /// How and where units come back, what else is asked, and how many of each line, and why.
    private func comingBack(for reasons: [Return.Reason], _ more: FormInput...) -> [FormInput] {
        let there = order.lines.filter { $0.shipped > $0.returned }.prefix(Self.linesMax)
        return [
            choices("How", "method", Return.Method.allCases.map(\.rawValue)),
            FormInput(
                "Location", name: "location",
                choices: [Choice(value: "", label: "By post: wherever it arrives")] + counterChoices),
        ] + more + there.flatMap {
            [
                units($0, 0, "of \($0.shipped - $0.returned) with the customer"),
                choices("Why \($0.sku)", ReturnForm.reason($0.number), reasons.map(\.rawValue)),
            ]
        }
    }

    var counterChoices: [Choice] {
        counters.map { Choice(value: $0.code, label: $0.name == $0.code ? $0.code : "\($0.name) (\($0.code))") }
    }

    // MARK: Of its money

    private static let ofMoney = ["captures", "refunds", "payments", "goodwill", "write-offs"]

    var ofMoney: ActionBar {
        bar(permissions.filter { Self.ofMoney.contains($0.action) }) { permission in
            switch permission.action {
            case "captures":
                let owed = order.due - order.captured - order.writtenOff
                let most = min(owed, order.payments.reduce(0) { $0 + $1.capturable })
                return action("Capture", "captures", inputs: [amount(most, isFilledIn: true)])
            case "refunds":
                let most = order.payments.reduce(Int64(0)) { $0 + $1.refundable }
                return action(
                    "Refund", "refunds", look: .danger,
                    inputs: [amount(most), FormInput("Reason", name: "reason", isRequired: true)],
                    confirmation: "The customer gets this money back: that cannot be taken back.")
            case "goodwill":
                let most = order.payments.reduce(Int64(0)) { $0 + $1.refundable }
                return action(
                    "Goodwill", "goodwill", look: .danger,
                    inputs: [
                        amount(most), choices("To", "to", RefundPlace.allCases.map(\.rawValue)),
                        FormInput("Reason", name: "reason", isRequired: true),
                    ], confirmation: "Money without goods: it cannot be taken back, and a credit memo says why.")
            case "payments":
                let open = order.due - order.secured + order.writtenOff
                guard open > 0 else { return nil }
                return action(
                    "Add payment", "payments",
                    inputs: [
                        amount(open, isFilledIn: true), FormInput("Reference", name: "reference", isRequired: true),
                    ])
            case "write-offs":
                guard order.writable > 0 else { return nil }
                return action(
                    "Write off", "write-offs", look: .danger,
                    inputs: [
                        amount(order.writable, isFilledIn: true),
                        FormInput("Why nobody will pay", name: "reason", isRequired: true),
                    ], confirmation: "Nobody asks the customer for it any more; what they pay all the same is taken.")
            default: return nil
            }
        }
    }

    /// - Parameter isFilledIn: with the most; never what leaves the house, which a slip of the hand would give away.
    private func amount(_ most: Int64, isFilledIn: Bool = false) -> FormInput {
        FormInput(
            "Amount in \(order.currency)", name: "amount",
            value: isFilledIn ? Money(most, order.currency).decimalText : "",
            hint: "At most \(MoneyText.of(most, order.currency))", isRequired: true)
    }

    // MARK: Of its parts

    func of(_ hold: Order.Hold) -> ActionBar {
        guard principal.may(.ordersWrite) else { return ActionBar() }
        return ActionBar(allowed: [action("Lift", "holds/\(HoldID(order.id, hold.number))/liftings")])
    }

    func of(_ exception: OrderException) -> ActionBar {
        let back = back ?? Console.address(of: order.id)
        let forms = ExceptionForms(exception, about: order, counters: counters, formKey: formKey, back: back)
        return ActionBar(allowed: forms.actions(for: principal))
    }

    static func retry(_ job: JobID, formKey: String, back: String) -> Action {
        Action(
            "Try again", to: "/console/jobs/\(job)/retries", look: .primary,
            fields: [.init(name: "key", value: formKey), .init(name: "back", value: back)])
    }

    func of(_ part: Fulfillment) -> ActionBar {
        let id = FulfillmentID(order.id, part.number)
        let own = permissions.filter { $0.path.hasPrefix("/v1/fulfillments/\(id)/") }
        let isByHand = own.contains { $0.action == "shipments_by_hand" }
        let bar = bar(own.filter { !isByHand || $0.action != "shipments" }) {
            action(for: $0.action, part, "fulfillments/\(id)/\($0.action)")
        }
        let isToPack = own.contains { $0.action == "packings" && $0.isAllowed } && principal.may(.fulfillmentsWrite)
        guard isToPack, part.method == .ship, part.units > 1 else { return bar }
        let divide = Action("Pack in several boxes", linkTo: Console.packing(id))
        return ActionBar(
            allowed: bar.allowed.filter { $0.look != .danger } + [divide] + bar.allowed.filter { $0.look == .danger },
            blocked: bar.blocked)
    }

    /// What whoever hands the goods out takes for them; nil for nothing.
    private func cashDue(for part: Fulfillment) -> String? {
        let due = order.cash(askedFor: part)
        return due > 0 ? "\(MoneyText.of(due, order.currency)) are to be paid now, for all of it." : nil
    }

    private func action(for noun: String, _ part: Fulfillment, _ path: String) -> Action? {
        switch noun {
        case "releases": action("Release", path, look: .primary)
        case "acceptances": action("Accept", path, look: .primary)
        // All that is there is picked: what comes next is to pack it.
        case "picks" where part.state == .picking && part.lines.allSatisfy { $0.picked >= $0.quantity }: nil
        case "picks":
            action(
                part.state == .picking ? "Pick the rest" : "Pick", path,
                look: part.state == .picking ? .plain : .primary)
        case "packings": pack(part, path)
        case "unpackings": action("Unpack", path)
        case "shipments": ship(part, path)
        case "shipments_by_hand": ship(part, "fulfillments/\(FulfillmentID(order.id, part.number))/shipments")
        case "deliveries": action("Delivered", path, look: .primary)
        case "readiness": action("Ready to collect", path, look: .primary)
        case "extensions":
            action(
                "More time to collect", path,
                inputs: [FormInput("Until", name: "until", kind: .date, hint: "The end of that day", isRequired: true)])
        case "expirations":
            part.objectionToGivingUp(at: clock.now) == nil && part.state == .ready
                ? action(
                    "Not collected", path, look: .danger,
                    confirmation: "The goods are for sale again, and the customer gets their money back.")
                : nil
        case "collections":
            action(
                "Collected", path, look: .primary,
                inputs: [
                    FormInput("Collected by", name: "collected_by", value: order.customer.name, isRequired: true),
                    FormInput("Collection code", name: "code", hint: "Six digits; empty where nobody asks"),
                ], confirmation: cashDue(for: part))
        case "rejections":
            action(
                "Reject", path, look: .danger,
                inputs: [choices("Reason", "reason", RejectionReason.allCases.map(\.rawValue))] + partUnits(part)
                    + missingParts(part),
                confirmation: "The units are looked for at other locations.")
        case "cancellations":
            action(
                "Cancel", path, look: .danger,
                confirmation: "\(MoneyText.of(part.units)) units are cancelled in the order and go back to stock. "
                    + "There is no fee: what was paid for them is refunded, what was authorized is let go.")
        default: nil
        }
    }

    /// Of kits somebody must say which of their parts is not there as it should be.
    private func missingParts(_ part: Fulfillment) -> [FormInput] {
        let kits = part.lines.compactMap { order.line($0.line) }.filter { !$0.components.isEmpty }
        guard !kits.isEmpty else { return [] }
        let skus = Set(kits.flatMap(\.components).map(\.sku)).sorted().joined(separator: " ")
        return [
            FormInput(
                "Parts of kits", name: "components",
                hint: "Those not found or damaged, of: \(skus); empty for other reasons")
        ]
    }

    private func pack(_ part: Fulfillment, _ path: String) -> Action {
        let grams = part.lines.reduce(Int64(0)) { sum, entry in
            sum + entry.quantity * (order.line(entry.line)?.weightGrams { items[$0] } ?? 0)
        }
        guard part.method == .ship else { return action("Packed", path, look: .primary) }
        return action(
            "Pack", path, look: .primary,
            inputs: [
                FormInput(
                    "Weight in grams", name: "weight_g", kind: .number,
                    hint: "Empty: the boxes that are suggested. A weight: one parcel with everything, which weighs "
                        + "\(MoneyText.of(grams)) g without its box")
            ])
    }

    /// Parcels that bear a label go by it: only what is sent by hand is asked for.
    private func ship(_ part: Fulfillment, _ path: String) -> Action {
        let byHand = order.boxes(of: part.number).filter { $0.label == nil }
        guard !byHand.isEmpty else { return action("Ship", path, look: .primary) }
        return action(
            "Ship", path, look: .primary,
            inputs: [
                FormInput("Courier", name: "courier"),
                FormInput("Service", name: "service", value: order.delivery.service ?? ""),
            ] + byHand.map { FormInput("Tracking of parcel \($0.number)", name: FulfillmentForm.tracking($0.number)) })
    }

    private func partUnits(_ part: Fulfillment) -> [FormInput] {
        guard part.lines.count <= Self.linesMax else { return [] }
        return part.lines.compactMap { entry in
            order.line(entry.line).map { units($0, entry.quantity, "of \(entry.quantity) here") }
        }
    }

    // MARK: Forms

    func action(
        _ label: String, _ path: String, look: Action.Look = .plain, inputs: [FormInput] = [],
        confirmation: String? = nil, submit: String? = nil, extra: [HiddenField] = [], isVersioned: Bool = true
    ) -> Action {
        var fields = [HiddenField(name: "key", value: formKey)] + extra
        if isVersioned { fields.append(HiddenField(name: "version", value: String(order.version))) }
        if let back { fields.append(HiddenField(name: "back", value: back)) }
        return Action(
            label, to: "\(Console.address(of: order.id))/actions/\(path)", look: look, fields: fields, inputs: inputs,
            confirmation: confirmation, submit: submit)
    }

    func units(_ line: OrderLine, _ count: Int64, _ hint: String) -> FormInput {
        FormInput(
            "Units of \(line.sku)", name: ConsoleForm.units(line.number), kind: .number, value: String(count),
            hint: hint)
    }

    func choices(_ label: String, _ name: String, _ words: [String]) -> FormInput {
        FormInput(
            label, name: name, choices: words.map { Choice(value: $0, label: Pill(status: $0).text) }, isRequired: true)
    }

    /// What is allowed as buttons, what is not with its reason; what has no form here is left out.
    func bar(
        _ permissions: [OrderPermission], _ form: (OrderPermission) -> Action?, stages: () -> [Action] = { [] }
    ) -> ActionBar {
        var allowed = stages()
        var blocked: [BlockedAction] = []
        for permission in permissions {
            guard let action = form(permission) else { continue }
            let scope = Self.scope(of: permission)
            if let reason = permission.reason {
                blocked.append(BlockedAction(label: action.label, reason: Self.sentence(reason)))
            } else if !principal.may(scope) {
                blocked.append(BlockedAction(label: action.label, reason: "Your account lacks \(scope.rawValue)."))
            } else {
                allowed.append(action)
            }
        }
        // What cannot be taken back stands last.
        return ActionBar(
            allowed: allowed.filter { $0.look != .danger } + allowed.filter { $0.look == .danger }, blocked: blocked)
    }

    private static func scope(of permission: OrderPermission) -> Scope {
        if permission.path.hasPrefix("/v1/fulfillments/") || ["labels", "voidings"].contains(permission.action) {
            return .fulfillmentsWrite
        }
        if permission.path.hasPrefix("/v1/parcels/") { return .returnsWrite }
        if permission.path.hasPrefix("/v1/returns/") || ["returns", "exchanges"].contains(permission.action) {
            return .returnsWrite
        }
        if permission.action == "goodwill" { return .goodwillWrite }
        return ofMoney.contains(permission.action) ? .paymentsWrite : .ordersWrite
    }

    private static func sentence(_ reason: String) -> String {
        reason.prefix(1).uppercased() + reason.dropFirst() + (reason.hasSuffix(".") ? "" : ".")
    }
}
