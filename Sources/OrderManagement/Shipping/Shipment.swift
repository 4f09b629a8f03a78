/// Parcels leave, with the fulfillment that they are of: by its own call, or with all that their courier takes along.
struct Shipment {
    let fulfillment: FulfillmentID
    /// By whom they go, where that is named.
    let parcels: [ShipFulfillment.ParcelDetail]

    init(of fulfillment: FulfillmentID, _ parcels: [ShipFulfillment.ParcelDetail] = []) {
        (self.fulfillment, self.parcels) = (fulfillment, parcels)
    }

    /// Sends it, and all of its parcels.
    func leave(_ step: inout FulfillmentStep, in work: inout Work) throws {
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
            if let courier = detail.courier, courier != order.parcels[place].courier,
                let objection = work.configuration.objection(toCourier: courier, at: "/parcels/\(index)/courier")
            {
                throw Refusal([objection])
            }
            if let objection = order.objection(to: detail, of: place, at: "/parcels/\(index)", in: work) {
                throw Refusal([objection])
            }
            order.parcels[place].courier = detail.courier ?? order.parcels[place].courier
            order.parcels[place].service = detail.service ?? order.parcels[place].service
            if let tracking = detail.tracking {
                // One that bears a label goes by its number as the courier wrote it.
                if order.parcels[place].label?.state != .bought { order.parcels[place].tracking = tracking }
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
                let boxes = order.boxes(of: fulfillment.number).count
                let named = boxes == 1 ? "name it with its" : "name all \(boxes) parcels, this one with its"
                throw Refusal([
                    .init(
                        "/parcels", .labelMissing,
                        "the parcel \(name) bears no label: buy it by POST /v1/parcels/\(name)/labels; or, if it goes "
                            + "another way, \(named) courier and tracking number, in POST "
                            + "/v1/fulfillments/\(fulfillment)/shipments")
                ])
            }
            try decideCash(of: place, &order, in: work)
            try order.parcels[place].apply(.handOver, at: work.now)
            order.record(.parcelHandedOver, order.parcels[place], in: &work)
            try order.watchWay(of: place, in: &work)
        }
    }
}

extension Shipment {
    /// What is to be paid at its door stands from now on; whoever takes a parcel by hand collects it.
    private func decideCash(of place: Int, _ order: inout Order, in work: Work) throws(Refusal) {
        order.decideCash(of: place)
        let parcel = order.parcels[place]
        guard let objection = order.objectionToCollecting(parcel, in: work) else { return }
        let index = parcels.firstIndex { $0.parcel.number == parcel.number }
        throw Refusal([.init(index.map { "/parcels/\($0)/courier" } ?? "/parcels", .invalidInput, objection)])
    }

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
            ("tracking", tracking, label.tracking.map(TrackingNumber.entered)),
        ]
        guard let (name, _, own) = said.first(where: { $0.said != nil && $0.said != $0.own }) else { return nil }
        return .init(
            "\(pointer)/\(name)", .invalidInput,
            "the parcel bears a label of \(label.courier)/\(label.service) (\(label.tracking ?? "")), by which its "
                + "\(name) is \(own ?? "none"): leave it out, or void the label to send the parcel another way")
    }
}

extension Order {
    /// Why a courier that is named by hand cannot take a parcel that is to be paid at its door: by what is known of it
    /// here, nobody would collect the money. nil where it may, and for one that is not set up here.
    fileprivate func objectionToCollecting(_ parcel: Parcel, in work: Work) -> String? {
        guard parcel.label == nil, parcel.cash > 0, let code = parcel.courier,
            let courier = work.configuration.couriers[code], !courier.tariff.services.isEmpty
        else { return nil }
        let services = courier.tariff.services
        let named = services.filter { $0.code == parcel.service }
        let most = (named.isEmpty ? services : named).compactMap(\.cashMax).max()
        let due = Money(parcel.cash, currency)
        let isEnough = most.map { currency != courier.tariff.currency || $0 >= parcel.cash } ?? false
        guard !isEnough else { return nil }
        let name = named.first.map { "\(courier.name), \($0.name)," } ?? courier.name
        let reason = most.map { "collects up to \(Money($0, courier.tariff.currency)) at the door" }
            ?? "takes no cash at the door"
        return "\(name) \(reason), and \(due) are to be paid there: name who collects them; or have them paid another "
            + "way, and add that payment, before it leaves"
    }

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
}
