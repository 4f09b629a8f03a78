/// The parcels are with the courier: the units leave stock, and what they are worth is captured.
///
/// 1. Hands every parcel over: with the courier, service and tracking number that are named, or those of its label. One
///    that bears a label goes by it; whoever sends it another way voids the label first. Where the channel buys labels,
///    one without a label goes by the courier that is named.
/// 2. Moves the units `allocated → outside`.
/// 3. Captures what has been earned, but for cash, which is paid at the door; a person hears of what no payment covers.
/// 4. Takes in what couriers have told of them before.
///
/// - Throws: `.illegalTransition`; `.onHold`; `.stagePending`; `.unknownParcel` for a parcel of another fulfillment;
///   `.tooEarly` for goods that may not leave yet; `.labelPending` while a courier is asked for a label;
///   `.labelMissing` for a parcel that bears none and whose courier is not named, where the channel buys labels;
///   `.unknownCourier` for one that is not set up, where couriers are;
///   `.invalidInput` for another courier, service or tracking number than those of the label that a parcel bears, for a
///   number by which another parcel is under way, where some parcels are named and others left out, and for a courier
///   that does not collect what is to be paid at the door.
public struct ShipFulfillment: Command {
    public static let name = "ship-fulfillment"

    public struct ParcelDetail: Hashable, Sendable {
        public let parcel: ParcelID
        public let courier: String?
        public let service: String?
        public let tracking: String?
        public init(parcel: ParcelID, courier: String? = nil, service: String? = nil, tracking: String? = nil) {
            self.parcel = parcel
            self.courier = courier
            self.service = service
            self.tracking = tracking.map(TrackingNumber.entered)
        }
    }

    public let fulfillment: FulfillmentID
    public let parcels: [ParcelDetail]

    public init(fulfillment: FulfillmentID, parcels: [ParcelDetail] = []) {
        self.fulfillment = fulfillment
        self.parcels = parcels
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(fulfillment.order, given: work)
        for number in Set(parcels.compactMap(\.tracking)) { needs.tracking(number, given: work) }
    }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: .ship, in: work)
        try Shipment(of: fulfillment, parcels).leave(&step, in: &work)
        return step.finish(in: &work)
    }
}

/// The parcels have arrived: the units are closed, and what was to be paid at the door is captured.
///
/// - Throws: `.illegalTransition`; `.unknownParcel` for a parcel of another fulfillment; `.invalidInput` for a time
///   that lies in the future or before the shipment.
public struct DeliverFulfillment: Command {
    public static let name = "deliver-fulfillment"
    /// How far the clock of whoever tells may be ahead of ours.
    static let clockSkew = Seconds.minutes(5)
    public let fulfillment: FulfillmentID
    /// nil for all of them.
    public let parcels: [ParcelID]?
    /// When they arrived; nil for now. The time to return them begins then.
    public let at: Timestamp?

    public init(fulfillment: FulfillmentID, parcels: [ParcelID]? = nil, at: Timestamp? = nil) {
        self.fulfillment = fulfillment
        self.parcels = parcels
        self.at = at
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(fulfillment.order) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: nil, in: work)
        _ = try step.fulfillment.after(.deliver)
        for (index, parcel) in (parcels ?? []).enumerated() {
            guard parcel.order == step.order.id,
                step.order.parcels.contains(where: {
                    $0.number == parcel.number && $0.fulfillment == fulfillment.number
                })
            else {
                throw Refusal([.init("/parcels/\(index)", .unknownParcel, "\(parcel) is no parcel of \(fulfillment)")])
            }
        }
        guard !step.order.isAllGone(step.fulfillment) else {
            throw step.fulfillment.state.refusal(
                of: "deliver", among: [:], because: ", and its parcels are lost or sent back")
        }
        let moment = try arrival(of: step.fulfillment, in: work)
        for place in step.order.parcels.indices where step.order.parcels[place].fulfillment == fulfillment.number {
            let number = step.order.parcels[place].number
            guard parcels?.contains(where: { $0.number == number }) ?? true,
                !step.order.parcels[place].state.isFinal, !step.order.parcels[place].lines.isEmpty
            else { continue }
            try step.order.arrive(place, at: moment, in: &work)
        }
        try step.order.closeDelivered(step.index, at: moment, in: &work)
        return step.finish(in: &work)
    }

    /// The moment that counts, to the second as people tell it: between the shipment and now.
    private func arrival(of shipped: Fulfillment, in work: Work) throws(Refusal) -> Timestamp {
        guard let at else { return work.now }
        if let objection = at.objectionToFact(at: "/at", now: work.now, skew: Self.clockSkew) {
            throw Refusal([objection])
        }
        // While it is shipped, nothing has changed it since its shipment.
        guard at.milliseconds / 1000 >= shipped.updatedAt.milliseconds / 1000 else {
            throw Refusal([.init("/at", .invalidInput, "\(at) lies before the shipment at \(shipped.updatedAt)")])
        }
        return min(max(at, shipped.updatedAt), work.now)
    }
}

extension Order {
    /// Tells of a parcel. - Parameter news: the courier's own name of the news that brought it there.
    /// - Parameter hasLostLabel: Whether it is packed again since its label was taken off, the one that is named.
    mutating func record(
        _ type: EventType, _ parcel: Parcel, news: String? = nil, hasLostLabel: Bool = false, in work: inout Work
    ) {
        let id = self.id
        work.record(type, on: &self) {
            $0.member("parcel", ParcelID(id, parcel.number).description)
            $0.member("fulfillment", FulfillmentID(id, parcel.fulfillment).description)
            $0.member("status", parcel.state.rawValue)
            $0.member("courier", parcel.courier)
            $0.member("tracking", parcel.tracking)
            if hasLostLabel { $0.member("label_taken_off", true) }
            if type == .parcelDelivered || type == .parcelDeliveryCorrected {
                $0.member("delivered_at", parcel.updatedAt)
            }
            if let newsAt = parcel.news[parcel.state] { $0.member("courier_at", newsAt) }
            if let news { $0.member("courier_event_id", news) }
        }
    }

    /// Closes a shipped fulfillment once all its parcels that will come have arrived: with the last of them, or at
    /// `moment` when it has none. One of which nothing came stays shipped.
    mutating func closeDelivered(_ index: Int, at moment: Timestamp, in work: inout Work) throws {
        let number = fulfillments[index].number
        let boxes = boxes(of: number)
        let isThere = boxes.allSatisfy(\.state.isFinal)
            && (boxes.isEmpty || boxes.contains { $0.state == .delivered })
        guard isThere, fulfillments[index].state == .shipped else { return }
        try fulfillments[index].apply(.deliver, at: lastArrival(of: number) ?? moment)
        countClosed(fulfillments[index].lines.map(\.line))
        record(.fulfillmentDelivered, fulfillments[index], in: &work)
        if boxes.isEmpty { try takeCash(atDoorOf: fulfillments[index], in: &work) }
    }

    /// When the last of a fulfillment's parcels that are there came to the door.
    func lastArrival(of fulfillment: Int) -> Timestamp? {
        parcels.filter { $0.fulfillment == fulfillment && $0.state == .delivered }.map(\.updatedAt).max()
    }

    /// Units leave the location's stock and the customer has them, or they are under way.
    mutating func send(_ index: Int, closing: Bool, in work: inout Work) throws {
        let fulfillment = fulfillments[index]
        try requireStreetDate(of: fulfillment, at: work.now)
        for line in fulfillment.lines {
            try move(.ship, line.quantity, ofLine: line.line, at: fulfillment.location, in: &work)
            lines[line.line - 1].allocated -= line.quantity
            lines[line.line - 1].shipped += line.quantity
            if closing { lines[line.line - 1].closed += line.quantity }
        }
    }

    /// Captures what a shipment earned, and lets the rest go with the last one. Cash is taken where the goods are
    /// handed out at once, else at the door.
    mutating func settleShipment(_ index: Int, in work: inout Work) throws {
        let subject = FulfillmentID(id, fulfillments[index].number).description
        var uncovered = try captureEarned(subject: subject, in: &work)
        if fulfillments[index].state == .collected {
            try takeCash(atCounterFor: fulfillments[index], in: &work)
            uncovered = owing
        }
        uncovered -= cashHeld
        if uncovered > advanced {
            open(
                .paymentFailed, subject: PaymentEffect.Kind.capture.rawValue,
                cause: "Order \(number) was sent, but \(Money(uncovered, currency)) of it is not authorized.",
                owner: "finance",
                suggestion: "Ask the customer to pay, record the payment and take it; or write it off, where nobody "
                    + "will pay.",
                in: &work)
        }
        try voidRest(reason: "nothing_left_to_ship", in: &work)
    }
}
