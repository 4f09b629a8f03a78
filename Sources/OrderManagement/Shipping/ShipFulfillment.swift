/// The parcels are with the courier: the units leave stock, and what they are worth is captured.
///
/// 1. Hands every parcel over: with the courier, service and tracking number that are named, or those of its label. One
///    that bears a label goes by it; whoever sends it another way voids the label first. Where the channel buys labels,
///    one without a label goes by the courier that is named.
/// 2. Moves the units `allocated → outside`.
/// 3. Captures what has been earned; a person hears of what no payment covers.
/// 4. Takes in what couriers have told of them before.
///
/// - Throws: `.illegalTransition`; `.onHold`; `.stagePending`; `.unknownParcel` for a parcel of another fulfillment;
///   `.tooEarly` for goods that may not leave yet; `.labelPending` while a courier is asked for a label;
///   `.labelMissing` for a parcel that bears none and whose courier is not named, where the channel buys labels;
///   `.invalidInput` for another courier, service or tracking number than those of the label that a parcel bears, for a
///   number by which another parcel is under way, and where some parcels are named and others left out.
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
            self.tracking = tracking
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
        try step.order.fulfillments[step.index].apply(.ship, at: work.now)
        try step.requirePassedStages()
        try handOver(&step.order, in: &work)
        try step.order.send(step.index, closing: false, in: &work)
        step.order.record(.fulfillmentShipped, step.fulfillment, in: &work)
        try step.order.settleShipment(step.index, in: &work)
        for place in step.order.parcels.indices
        where step.order.parcels[place].fulfillment == fulfillment.number && step.order.parcels[place].state.isSent {
            try step.order.catchUp(place, in: &work)
        }
        for number in parcels.compactMap(\.tracking) { work.note(step.order.id, takes: number) }
        return step.finish(in: &work)
    }

    private func handOver(_ order: inout Order, in work: inout Work) throws(Refusal) {
        for (index, detail) in parcels.enumerated() {
            guard
                let place = order.parcels.firstIndex(where: {
                    $0.number == detail.parcel.number && $0.fulfillment == fulfillment.number && !$0.lines.isEmpty
                }), detail.parcel.order == order.id
            else {
                throw Refusal([
                    .init(
                        "/parcels/\(index)/parcel", .unknownParcel, "\(detail.parcel) is no parcel of \(fulfillment)")
                ])
            }
            if let label = order.parcels[place].label, label.state == .bought,
                let objection = detail.objection(beside: label, at: "/parcels/\(index)")
            {
                throw Refusal([objection])
            }
            if let objection = order.objection(to: detail, of: place, at: "/parcels/\(index)", in: work) {
                throw Refusal([objection])
            }
            order.parcels[place].courier = detail.courier ?? order.parcels[place].courier
            order.parcels[place].service = detail.service ?? order.parcels[place].service
            order.parcels[place].tracking = detail.tracking ?? order.parcels[place].tracking
            if let tracking = detail.tracking {
                order.takeUpNews(of: tracking, by: order.parcels[place].courier, on: place)
            }
        }
        try requireNamed(order)
        let buysLabels = try work.configuration.channel(order.channel).policy.shipping.labels == .automatic
        for place in order.parcels.indices
        where order.parcels[place].fulfillment == fulfillment.number && !order.parcels[place].lines.isEmpty {
            let name = ParcelID(order.id, order.parcels[place].number)
            if order.parcels[place].label?.state == .pending {
                throw Refusal(
                    .labelPending, "the label of the parcel \(name) is being bought: wait for it, or void it to send "
                        + "the parcel by hand")
            }
            guard order.parcels[place].label != nil || order.parcels[place].courier != nil || !buysLabels else {
                throw Refusal([
                    .init(
                        "/parcels", .labelMissing,
                        "the parcel \(name) bears no label: buy it by POST /v1/parcels/\(name)/labels; or, if it goes "
                            + "another way, name that parcel here with its courier and tracking number")
                ])
            }
            try order.parcels[place].apply(.handOver, at: work.now)
            order.record(.parcelHandedOver, order.parcels[place], in: &work)
            try order.watchWay(of: place, in: &work)
        }
    }
}

extension ShipFulfillment {
    /// All parcels of a fulfillment leave together: who names some names all, those too that go by their label. One
    /// that was not named may still lie there, and would be taken out of stock and paid for.
    private func requireNamed(_ order: Order) throws(Refusal) {
        guard !parcels.isEmpty else { return }
        let boxes = order.boxes(of: fulfillment.number)
        let unnamed = boxes.filter { box in !parcels.contains { $0.parcel.number == box.number } }
        guard !unnamed.isEmpty else { return }
        let names = unnamed.prefix(Self.unnamedMax).map { ParcelID(order.id, $0.number).description }
        let more = unnamed.count - names.count
        throw Refusal([
            .init(
                "/parcels", .invalidInput,
                "names \(boxes.count - unnamed.count) of \(boxes.count) parcels: all of a fulfillment leave together, "
                    + "so name all, or none; it leaves out \(names.joined(separator: ", "))"
                    + (more > 0 ? " and \(more) more" : ""))
        ])
    }

    /// How many of the parcels that are left out are listed.
    private static let unnamedMax = 5
}

extension ShipFulfillment.ParcelDetail {
    /// What is said otherwise than a label has it: a parcel under another number would be followed by nobody, and its
    /// label paid for nothing.
    fileprivate func objection(beside label: Label, at pointer: String) -> Refusal.Detail? {
        let said: [(name: String, said: String?, own: String?)] = [
            ("courier", courier, label.courier), ("service", service, label.service),
            ("tracking", tracking, label.tracking),
        ]
        guard let (name, _, own) = said.first(where: { $0.said != nil && $0.said != $0.own }) else { return nil }
        return .init(
            "\(pointer)/\(name)", .invalidInput,
            "the parcel bears a label of \(label.courier)/\(label.service) (\(label.tracking ?? "")), by which its "
                + "\(name) is \(own ?? "none"): leave it out, or void the label to send the parcel another way")
    }
}

/// The parcels have arrived: the units are closed.
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
    /// What is wrong with what is said of a parcel: its number is that of another one that is under way, so that news
    /// would be of both.
    fileprivate func objection(
        to detail: ShipFulfillment.ParcelDetail, of place: Int, at pointer: String, in work: Work
    ) -> Refusal.Detail? {
        guard let tracking = detail.tracking else { return nil }
        let courier = detail.courier ?? parcels[place].courier
        guard let name = otherBearer(of: tracking, by: courier, than: place, in: work) else { return nil }
        return .init(
            "\(pointer)/tracking", .invalidInput,
            "\(name) is under way by \(tracking) already: read the number on this parcel again")
    }

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

    /// Captures what a shipment earned, and lets the rest go with the last one.
    mutating func settleShipment(_ index: Int, in work: inout Work) throws {
        let subject = FulfillmentID(id, fulfillments[index].number).description
        let uncovered = try captureEarned(subject: subject, in: &work)
        if uncovered > advanced {
            open(
                .paymentFailed, subject: PaymentEffect.Kind.capture.rawValue,
                cause: "Order \(number) was sent, but \(Money(uncovered, currency)) of it is not authorized.",
                owner: "finance", suggestion: "Ask the customer to pay, record the payment and take it.",
                in: &work)
        }
        if lines.allSatisfy({ $0.open == 0 }) { try voidExcess(reason: "nothing_left_to_ship", in: &work) }
    }
}
