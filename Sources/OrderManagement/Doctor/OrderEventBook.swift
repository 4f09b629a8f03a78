/// What events tell of an order: numbered 1 to n, and the states they tell of its parts lead, by the lifecycle
/// tables, to where the rows are.
enum OrderEventBook {
    static func examine(_ file: OrderFile, in examination: inout Examination) {
        examineSequence(file, in: &examination)
        let told = Told(file, in: &examination)
        examineFulfillments(file.order, told, in: &examination)
        examineParcels(file.order, told, in: &examination)
        examineReturns(file.order, told, in: &examination)
        examinePayments(file.order, told, in: &examination)
        examineMemos(file.order, told, in: &examination)
        examineGates(file, told, in: &examination)
        examination.compare(
            .events, file.order.number, "links", expected: told.linkRenewals, found: file.order.linkRenewals,
            "Each other link of an order was told.")
    }

    private static func examineSequence(_ file: OrderFile, in examination: inout Examination) {
        let number = file.order.number
        for (place, event) in file.events.enumerated() where event.sequence != Int64(place + 1) {
            examination.finding(
                .events, number, "sequence \(place + 1)", "sequence \(event.sequence)",
                "An order's events are numbered without a gap.")
            break
        }
        examination.compare(
            .events, number, "sequence", expected: file.events.last?.sequence ?? 0, found: file.stored.sequence,
            "An order knows the number of its newest event.")
        if file.events.first?.type != EventType.orderPlaced.rawValue {
            examination.compare(
                .events, number, "first", expected: EventType.orderPlaced.rawValue, found: file.events.first?.type,
                "An order's history begins with its placing.")
        }
        for (event, next) in zip(file.events, file.events.dropFirst()) where event.position >= next.position {
            examination.finding(
                .events, number, "position after \(event.position)", "position \(next.position)",
                "An order's events stand in the feed in their own order.")
            break
        }
    }

    // MARK: Parts

    private static func examineFulfillments(_ order: Order, _ told: Told, in examination: inout Examination) {
        for fulfillment in order.fulfillments {
            let subject = FulfillmentID(order.id, fulfillment.number).description
            let states = told.states(of: subject, as: Fulfillment.State.self)
            guard let first = states.first else {
                // The rest of a pickup that was collected in part waits, ready, under a new number.
                let isRest = fulfillment.state == .ready && fulfillment.number > 1
                if fulfillment.state != .open && !isRest {
                    examination.compare(
                        .events, subject, "state", expected: Fulfillment.State.open.rawValue,
                        found: fulfillment.state.rawValue, "No event tells how it came there.")
                }
                continue
            }
            // A part that was split off begins where the whole was: what is told of it first is its end, or that its
            // picking goes on, or that it stays packed.
            let isPart = first.isFinal || (first == .picking || first == .packed) && fulfillment.number > 1
            if !Fulfillment.State.open.exits.values.contains(first), !isPart {
                examination.finding(
                    .events, subject, "a first step from open", first.rawValue, "Moves follow the lifecycle table.")
            }
            walk(states, endingAt: fulfillment.state, subject, in: &examination) { $0.exits.values.contains($1) }
        }
        let known = Set(order.fulfillments.map { FulfillmentID(order.id, $0.number).description })
        told.examineSubjects("fulfillment", known: known, in: &examination)
    }

    private static func examineParcels(_ order: Order, _ told: Told, in examination: inout Examination) {
        for parcel in order.parcels {
            let subject = ParcelID(order.id, parcel.number).description
            let states = told.states(of: subject, as: Parcel.State.self)
            if states.first != .packed {
                examination.compare(
                    .events, subject, "first", expected: Parcel.State.packed.rawValue, found: states.first?.rawValue,
                    "A parcel's history begins with its packing.")
            }
            // Couriers leave out steps.
            walk(states, endingAt: parcel.state, subject, in: &examination) { $0 == $1 || $0.leads(to: $1) }
        }
        let known = Set(order.parcels.map { ParcelID(order.id, $0.number).description })
        told.examineSubjects("parcel", known: known, in: &examination)
    }

    private static func examineReturns(_ order: Order, _ told: Told, in examination: inout Examination) {
        for entry in order.returns {
            let subject = ReturnID(order.id, entry.number).description
            let states = told.states(of: subject, as: Return.State.self)
            if states.first != .requested {
                examination.compare(
                    .events, subject, "first", expected: Return.State.requested.rawValue, found: states.first?.rawValue,
                    "A return's history begins with its request.")
            }
            walk(states, endingAt: entry.state, subject, in: &examination) { state, next in
                state.exits.values.contains(next)
                    || entry.method == .inStore && state == .requested && next == .received
            }
        }
        let known = Set(order.returns.map { ReturnID(order.id, $0.number).description })
        told.examineSubjects("return", known: known, in: &examination)
    }

    private static func walk<State: Lifecycle>(
        _ states: [State], endingAt end: State, _ subject: String, in examination: inout Examination,
        allows: (State, State) -> Bool
    ) {
        for (state, next) in zip(states, states.dropFirst()) where !allows(state, next) {
            examination.finding(
                .events, subject, "a move that \(state.rawValue) allows", next.rawValue,
                "Moves follow the lifecycle table.")
        }
        guard let last = states.last else { return }
        examination.compare(
            .events, subject, "state", expected: last.rawValue, found: end.rawValue,
            "Events end where the row is.")
    }

    // MARK: Money, stages, holds

    private static func examinePayments(_ order: Order, _ told: Told, in examination: inout Examination) {
        for payment in order.payments {
            let name = PaymentID(order.id, payment.number).description
            let authorized = told.authorized[name]
            let end = payment.state == .declined || payment.state == .expired ? payment.state : nil
            examination.compare(
                .events, name, "told", expected: told.payments[name]?.rawValue, found: end?.rawValue,
                "A payment's end is told.")
            guard payment.authorized > 0 || authorized != nil else { continue }
            examination.compare(
                .events, name, "authorized", expected: authorized ?? 0, found: payment.authorized,
                "An authorization is told with its amount.")
        }
        let known = Set(order.payments.map { PaymentID(order.id, $0.number).description })
        for name in Set(told.authorized.keys).subtracting(known).sorted() {
            examination.finding(
                .events, name, "a payment of the order", "none", "What was told of money stands in its rows.")
        }
        examination.compare(
            .events, order.number, "cancellation fees", expected: told.fees, found: order.feesOfCancelling,
            "What cancelling costs is told.")
        examination.compare(
            .events, order.number, "written off", expected: told.writtenOff, found: order.writeOff,
            "What is written off is told, and what of it is not any more.")
        for effect in order.effects {
            let name = "\(PaymentID(order.id, effect.payment)) effect \(effect.number)"
            let outcome: String? =
                switch effect.state {
                case .pending: nil
                case .done: "\(effect.kind.done.rawValue) \(effect.amount)"
                case .failed: "\(EventType.paymentFailed.rawValue) \(effect.amount)"
                }
            examination.compare(
                .events, name, "told", expected: told.effects[Int64(effect.number)], found: outcome,
                "The outcome of an effect is told once, with its amount.")
        }
        for number in told.effects.keys.sorted() where !order.effects.contains(where: { $0.number == number }) {
            examination.finding(
                .events, order.number, "effect \(number)", "none", "What was told of money stands in its rows.")
        }
    }

    private static func examineMemos(_ order: Order, _ told: Told, in examination: inout Examination) {
        let known = Dictionary(order.memos.map { ($0.name, $0.amount) }, uniquingKeysWith: { first, _ in first })
        for name in Set(known.keys).union(told.memos.keys).sorted() where known[name] != told.memos[name] {
            examination.compare(
                .events, name, "told", expected: told.memos[name].map(String.init(_:)),
                found: known[name].map(String.init(_:)), "A credit memo is told with its amount.")
        }
    }

    private static func examineGates(_ file: OrderFile, _ told: Told, in examination: inout Examination) {
        let order = file.order
        for gate in order.gates {
            examination.compare(
                .events, "\(order.number) stage \(gate.name)", "state", expected: told.gates[gate.name] ?? "pending",
                found: gate.state.rawValue, "A stage is where the last event about it left it.")
        }
        let holds = Dictionary(
            order.holds.map { (HoldID(order.id, $0.number).description, $0.stands) },
            uniquingKeysWith: { first, _ in first })
        for name in Set(holds.keys).union(told.holds.keys).sorted() {
            examination.compare(
                .events, name, "stands", expected: told.holds[name].map(String.init(_:)),
                found: holds[name].map(String.init(_:)), "A hold stands until the event of its lifting.")
        }
        if file.stored.status == OrderStatus.Overall.completed.rawValue, !told.isCompleted {
            examination.finding(
                .events, order.number, EventType.orderCompleted.rawValue, "none", "An order's completion is told.")
        }
    }
}

/// The events of one order, sorted by what they speak of.
private struct Told {
    private var states: [String: [String]] = [:]
    private var subjects: [String: Set<String>] = [:]
    private(set) var authorized: [String: Int64] = [:]
    /// By number, its outcome's type and amount; twice told stands twice.
    private(set) var effects: [Int64: String] = [:]
    /// By name, the amount of a credit memo.
    private(set) var memos: [String: Int64] = [:]
    /// Of payments that were declined or have expired.
    private(set) var payments: [String: Payment.State] = [:]
    private(set) var gates: [String: String] = [:]
    private(set) var holds: [String: Bool] = [:]
    private(set) var isCompleted = false
    private(set) var linkRenewals: Int64 = 0
    private(set) var writtenOff: Int64 = 0
    /// All that was kept for cancelled units.
    private(set) var fees: Int64 = 0

    init(_ file: OrderFile, in examination: inout Examination) {
        for event in file.events {
            let data: JSON
            do {
                data = try JSON.stored(event.text)
            } catch {
                examination.finding(
                    .events, "position \(event.position)", "data that is JSON", "\(error)",
                    "Events are read by programs.")
                continue
            }
            guard let type = EventType(rawValue: event.type) else { continue }
            take(type, data)
        }
    }

    private mutating func take(_ type: EventType, _ data: JSON) {
        let amount = data["amount"]?["amount"]?.integer ?? 0
        switch type {
        case .orderCompleted: isCompleted = true
        case .orderFeeCharged: fees &+= amount
        case .orderWrittenOff: writtenOff &+= amount
        case .orderWriteOffReduced: writtenOff &-= amount
        case .orderLinkRenewed: linkRenewals += 1
        case .orderHeld: if let hold = data["hold"]?.string { holds[hold] = true }
        case .orderHoldLifted: if let hold = data["hold"]?.string { holds[hold] = false }
        case .stagePassed: if let stage = data["stage"]?.string { gates[stage] = "passed" }
        case .stageReopened: if let stage = data["stage"]?.string { gates[stage] = "pending" }
        case .stageFailed: if let stage = data["stage"]?.string { gates[stage] = "failed" }
        case .paymentAuthorized: if let payment = data["payment"]?.string { authorized[payment, default: 0] &+= amount }
        case .paymentCaptured, .paymentVoided, .paymentRefunded, .paymentFailed:
            guard let number = data["effect"]?.integer else { return }
            let outcome = "\(type.rawValue) \(amount)"
            // What was told of a refund before is put right.
            let isCorrected = data["corrected"]?.bool ?? false && effects[number] != nil
            effects[number] = isCorrected ? outcome : effects[number].map { "\($0), \(outcome)" } ?? outcome
        case .paymentDeclined: if let payment = data["payment"]?.string { payments[payment] = .declined }
        case .paymentExpired: if let payment = data["payment"]?.string { payments[payment] = .expired }
        case .creditMemoIssued:
            guard let memo = data["credit_memo"]?["id"]?.string else { return }
            memos[memo] = data["credit_memo"]?["amount"]?["amount"]?.integer ?? 0
        case .fulfillmentReleased, .fulfillmentAccepted, .fulfillmentPicking, .fulfillmentPacked, .fulfillmentShipped,
            .fulfillmentDelivered, .fulfillmentReady, .fulfillmentCollected, .fulfillmentExpired, .fulfillmentRejected,
            .fulfillmentCancelled, .parcelPacked, .parcelLabelled, .parcelHandedOver, .parcelInTransit,
            .parcelOutForDelivery, .parcelDelivered, .parcelException, .parcelLost, .parcelReturnedToSender,
            .returnRequested, .returnApproved, .returnRejected, .returnInTransit, .returnLabelled,
            .returnTracked, .returnReceived, .returnWaitingEnded, .returnInspected,
            .returnSettled, .returnExpired:
            takeState(type, data)
        case .orderPlaced, .orderSourced, .orderBackordered, .orderPromiseChanged, .orderAmended, .amendmentStaged,
            .amendmentDropped, .amendmentExpired, .orderCancelled, .orderNoted, .fulfillmentExtended,
            .fulfillmentReminderDue, .paymentPending, .returnJudgedAgain, .returnFeeAgreed, .exchangeRequested,
            .creditMemoWithdrawn, .exchangePaid, .exchangeDropped, .parcelDeliveryCorrected, .parcelLabelRestored,
            .parcelClaimed, .parcelFound,
            .transferPlanned, .transferSent, .transferPartiallyArrived, .transferArrived, .transferShort,
            .transferCancelled, .inboundExpected, .inboundRescheduled, .inboundPartiallyReceived, .inboundReceived,
            .inboundShort, .inboundCancelled, .stockReserved, .stockReservationEnded, .stockMoved,
            .stockSnapshotTaken, .stockSafetySet, .stockBinSet, .storeCreditBooked, .exceptionOpened,
            .exceptionAssigned, .exceptionUpdated, .exceptionResolved, .configurationChanged, .locationDayClosed,
            .courierPickupRequested, .courierPickupBooked, .courierPickupRefused, .courierPickupCancelled,
            .handOverClosed,
            .handOverManifestMade, .labelsPrinted:
            break  // no row repeats what these tell
        }
    }

    /// `fulfillment.shipped`: the part that the data names under this noun is in this state.
    private mutating func takeState(_ type: EventType, _ data: JSON) {
        let name = type.rawValue.split(separator: ".", maxSplits: 1).map(String.init)
        let subject = data[name[0]]?.string ?? "none"
        states[subject, default: []].append(name[1])
        subjects[name[0], default: []].insert(subject)
    }

    func states<State: Lifecycle>(of subject: String, as _: State.Type) -> [State] {
        (states[subject] ?? []).compactMap(State.init(rawValue:))
    }

    /// Notes events that speak of a part that is not there.
    func examineSubjects(_ noun: String, known: Set<String>, in examination: inout Examination) {
        for subject in (subjects[noun] ?? []).subtracting(known).sorted() {
            examination.finding(
                .events, subject, "a \(noun) of the order", "none", "What was told of stands in the rows.")
        }
    }
}

extension Lifecycle {
    /// Whether some moves lead from here to a state.
    func leads(to end: Self) -> Bool {
        var seen: Set<Self> = []
        var next = Array(exits.values)
        while let state = next.popLast() {
            if state == end { return true }
            if seen.insert(state).inserted { next.append(contentsOf: state.exits.values) }
        }
        return false
    }
}
