/// What can be done about an exception there and then: the call that does it, ready to be made.
public enum ExceptionAction: Hashable, Sendable {
    case sourceAgain(OrderID)
    /// Gives up the units that wait, and whatever was taken for them.
    case cancelWaiting(OrderID, [LineQuantity])
    case capture(OrderID, Money)
    case passStage(OrderID, stage: String)
    case cancelOrder(OrderID, reason: String)
    case retryJob(JobID)
    /// The caller says how many are there.
    case count(sku: String, location: String)
    /// The caller says by which payment.
    case addPayment(OrderID, Money)
    case approveReturn(ReturnID)
    case rejectReturn(ReturnID)
    /// Gives the money of a return as it was agreed.
    case settleReturn(ReturnID)
    /// Nothing more of a return will come.
    case closeReturn(ReturnID, location: String?)
    case buyLabel(ParcelID)
    case refundParcel(ParcelID)
    case reshipParcel(ParcelID)
    case deliverParcel(ParcelID)
    /// It has left already.
    case ship(FulfillmentID)
    /// What a customer has not had of what was sent.
    case refundUnits(OrderID, [LineQuantity])
    case askForManifest(HandOverID)

    /// Why units that nobody has are given up.
    public static let unfillable = "unfillable"
    /// Why units are paid for that a customer never had.
    public static let lost = "lost"

    public var label: String {
        switch self {
        case .sourceAgain: "Source again"
        case .cancelWaiting: "Cancel what waits"
        case .capture: "Capture again"
        case .passStage(_, let stage): "Pass the stage \(stage)"
        case .cancelOrder: "Cancel the order"
        case .retryJob: "Try again"
        case .count: "Count again"
        case .addPayment: "Record another payment"
        case .approveReturn: "Let it come back"
        case .rejectReturn: "Turn it down"
        case .settleReturn: "Give the money"
        case .closeReturn: "Close what has not come"
        case .buyLabel: "Buy the label again"
        case .refundParcel: "Refund its units"
        case .reshipParcel: "Send its goods again"
        case .deliverParcel: "It has arrived"
        case .ship: "It left: ship it"
        case .refundUnits: "Refund its units"
        case .askForManifest: "Ask for the manifest again"
        }
    }

    /// The noun of the call, as in `/permissions`.
    public var name: String {
        switch self {
        case .sourceAgain: "sourcings"
        case .cancelWaiting, .cancelOrder: "cancellations"
        case .capture: "captures"
        case .passStage(_, let stage): "stages/\(stage)"
        case .retryJob: "retries"
        case .count: "movements"
        case .addPayment: "payments"
        case .approveReturn: "approvals"
        case .rejectReturn: "rejections"
        case .settleReturn: "settlements"
        case .closeReturn: "receipts"
        case .buyLabel: "labels"
        case .refundParcel: "claims"
        case .reshipParcel: "reshipments"
        case .deliverParcel: "deliveries"
        case .ship: "shipments"
        case .refundUnits: "refunds"
        case .askForManifest: "manifests"
        }
    }

    /// What a caller needs to make it.
    public var scope: Scope {
        switch self {
        case .sourceAgain, .cancelWaiting, .passStage, .cancelOrder: .ordersWrite
        case .capture, .addPayment, .refundUnits: .paymentsWrite
        case .retryJob: .admin
        case .count: .stockWrite
        case .approveReturn, .rejectReturn, .settleReturn, .closeReturn, .refundParcel, .reshipParcel,
            .deliverParcel:
            .returnsWrite
        case .buyLabel, .askForManifest, .ship: .fulfillmentsWrite
        }
    }

    private var path: String {
        switch self {
        case .sourceAgain(let order), .cancelWaiting(let order, _), .capture(let order, _), .passStage(let order, _),
            .cancelOrder(let order, _), .addPayment(let order, _), .refundUnits(let order, _):
            "/v1/orders/\(order)/\(name)"
        case .retryJob(let job): "/v1/jobs/\(job)/retries"
        case .count: "/v1/stock/movements"
        case .approveReturn(let id), .rejectReturn(let id), .settleReturn(let id), .closeReturn(let id, _):
            "/v1/returns/\(id)/\(name)"
        case .buyLabel(let id), .refundParcel(let id), .reshipParcel(let id), .deliverParcel(let id):
            "/v1/parcels/\(id)/\(name)"
        case .ship(let id): "/v1/fulfillments/\(id)/\(name)"
        case .askForManifest(let id): "/v1/hand-overs/\(id)/\(name)"
        }
    }

    /// Members of the body that are known; `missing` names those that the caller adds.
    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("action", name)
            $0.member("label", label)
            $0.member("scope", scope.rawValue)
            $0.member("method", "POST")
            $0.member("path", path)
            $0.object("body") { writeBody(to: &$0) }
            $0.array("missing") { list in for name in missing { list.value(name) } }
        }
    }

    private var missing: [String] {
        switch self {
        case .count: ["counted"]
        case .addPayment: ["provider", "reference"]
        case .closeReturn(_, let location): location == nil ? ["location"] : []
        case .sourceAgain, .cancelWaiting, .capture, .passStage, .cancelOrder, .retryJob, .approveReturn,
            .rejectReturn, .settleReturn, .buyLabel, .refundParcel, .reshipParcel, .askForManifest, .deliverParcel,
            .ship, .refundUnits:
            []
        }
    }

    private func writeBody(to json: inout JSONWriter) {
        switch self {
        case .sourceAgain, .retryJob, .approveReturn, .rejectReturn, .settleReturn, .buyLabel, .reshipParcel,
            .askForManifest, .deliverParcel, .ship:
            break
        case .cancelWaiting(_, let lines):
            json.member("reason", Self.unfillable)
            write(lines, to: &json)
        case .refundUnits(_, let lines):
            json.member("reason", Self.lost)
            write(lines, to: &json)
        case .capture(_, let amount): json.member("amount", amount)
        case .passStage: json.member("result", "passed")
        case .cancelOrder(_, let reason): json.member("reason", reason)
        case .count(let sku, let location):
            json.member("reason", "count")
            json.member("sku", sku)
            json.member("location", location)
        case .addPayment(_, let amount): json.member("authorized", amount)
        case .closeReturn(_, let location):
            if let location { json.member("location", location) }
            json.member("complete", true)
        case .refundParcel: json.member("resolution", ParcelClaim.Resolution.refund.rawValue)
        }
    }

    private func write(_ lines: [LineQuantity], to json: inout JSONWriter) {
        json.array("lines") { list in
            for line in lines {
                list.object {
                    $0.member("line", line.line.description)
                    $0.member("quantity", line.quantity)
                }
            }
        }
    }
}

extension OrderException {
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
        case .short, .transferShort, .excess:
            guard let sku, let location else { return [] }
            return [.count(sku: sku, location: location)]
        case .buriedJob: return subject.flatMap { JobID($0) }.map { [.retryJob($0)] } ?? []
        case .rejectedEverywhere: return order.map(actionsOnWaiting) ?? []
        case .paymentFailed: return order.map(actionsOnPayment) ?? []
        case .authorizationExpired:
            guard let order, order.due > order.covered else { return [] }
            return [.addPayment(order.id, Money(order.due - order.covered, order.currency))]
        case .exchangeUnpaid:
            guard let order, order.due > order.covered else { return [] }
            let pay = ExceptionAction.addPayment(order.id, Money(order.due - order.covered, order.currency))
            let isOpen = order.lines.contains { $0.open > 0 }
            return isOpen ? [pay, .cancelOrder(order.id, reason: CancelOrder.Reason.unpaid.rawValue)] : [pay]
        case .stageFailed, .stageReview, .stageOverdue, .address:
            guard let order, let stage = subject ?? order.stage else { return [] }
            let isFraud = order.gates.contains { $0.name == stage && $0.kind == .fraud }
            let reason = isFraud ? CancelOrder.Reason.fraud : .other
            return [.passStage(order.id, stage: stage), .cancelOrder(order.id, reason: reason.rawValue)]
        case .returnUnanswered:
            guard let order, let entry = order.unansweredReturn(subject) else { return [] }
            let id = ReturnID(order.id, entry.number)
            return [.approveReturn(id), .rejectReturn(id)]
        case .returnUnsettled:
            // What was not judged yet is judged where it lies.
            guard let order, let entry = order.unsettledReturn(subject), entry.state == .inspected else { return [] }
            return [.settleReturn(ReturnID(order.id, entry.number))]
        case .returnOverdue:
            guard let order, let entry = order.overdueReturn(subject) else { return [] }
            let place = entry.location ?? entry.terms.destination?.location
            return [.closeReturn(ReturnID(order.id, entry.number), location: place)]
        case .labelFailed:
            guard let order, let parcel = order.unlabelledParcel(subject) else { return [] }
            return [.buyLabel(ParcelID(order.id, parcel.number))]
        case .notHandedOver: return []
        case .manifestRefused: return subject.flatMap { HandOverID($0) }.map { [.askForManifest($0)] } ?? []
        case .trackingSilent:
            guard let order, let parcel = order.silentParcel(subject, since: openedAt) else { return [] }
            return order.compensations(for: parcel)
        case .parcelLost:
            guard let order, let parcel = order.lostParcel(subject) else { return [] }
            return order.compensations(for: parcel)
        case .deliveryProblem:
            guard let order, let parcel = order.troubledParcel(subject) else { return [] }
            return [.deliverParcel(ParcelID(order.id, parcel.number))] + order.compensations(for: parcel)
        case .deliveryDisputed:
            guard let order, let parcel = order.disputedParcel(subject) else { return [] }
            return order.refund(of: parcel)
        case .leftUnshipped:
            guard let order, let parcel = order.departedParcel(subject) else { return [] }
            return [.ship(FulfillmentID(order.id, parcel.fulfillment))]
        case .notCollected, .putBack, .interception, .brokenInvariant, .wrongItem, .parcelFound: return []
        }
    }

    private func actionsOnWaiting(_ order: Order) -> [ExceptionAction] {
        let waiting = order.lines.filter { $0.backordered > 0 }.map {
            LineQuantity(line: OrderLineID(order.id, $0.number), quantity: $0.backordered)
        }
        return waiting.isEmpty ? [] : [.sourceAgain(order.id), .cancelWaiting(order.id, waiting)]
    }

    private func actionsOnPayment(_ order: Order) -> [ExceptionAction] {
        let missing = order.earned - order.captured
        guard missing > 0 else { return [] }
        let capturable = order.payments.reduce(Int64(0)) { $0 + $1.capturable }
        let amount = Money(missing, order.currency)
        return capturable >= missing ? [.capture(order.id, amount)] : [.addPayment(order.id, amount)]
    }
}

extension Order {
    /// What a customer may be given for a parcel that does not arrive.
    fileprivate func compensations(for parcel: Parcel) -> [ExceptionAction] {
        let id = ParcelID(id, parcel.number)
        var actions: [ExceptionAction] = []
        if objectionToClaim(parcel) == nil { actions.append(.refundParcel(id)) }
        if objectionToReship(parcel) == nil { actions.append(.reshipParcel(id)) }
        return actions
    }

    /// The worth of a parcel's units, as far as it was not given back by hand.
    fileprivate func refund(of parcel: Parcel) -> [ExceptionAction] {
        let units = parcel.units.without(covered(parcel.units))
        guard creditWorth(of: units, creditBalance).values.reduce(0, +) > 0 else { return [] }
        return [
            .refundUnits(
                id, units.keys.sorted().map { LineQuantity(line: OrderLineID(id, $0), quantity: units[$0] ?? 0) })
        ]
    }
}
