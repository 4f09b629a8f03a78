/// A parcel that was to be stopped has left all the same: whatever was in it is with its courier.
extension Order {
    /// Books what else was in a parcel that nobody stopped: goods that the order still wants. All boxes of a job leave
    /// together.
    ///
    /// 1. What nobody had picked was not in it: those units are found a place anew.
    /// 2. The others leave by a parcel that goes under the number of the label that was taken off: its courier's news
    ///    find it.
    /// 3. They leave stock, and what they are worth is captured, as with any shipment.
    ///
    /// A job that was packed anew since has its goods: the parcel that left held none of them.
    mutating func leaveUnstopped(_ index: Int, in work: inout Work) throws {
        let number = fulfillments[index].number
        let opened = parcels.last { $0.fulfillment == number && $0.lines.isEmpty && !$0.state.isSent }
        guard fulfillments[index].state == .picking, let opened else { return }
        let unpicked = Dictionary(
            fulfillments[index].lines.map { ($0.line, $0.quantity - $0.picked) }, uniquingKeysWith: +)
            .filter { $0.value > 0 }
        try takeBack(unpicked, from: index, TakingBack(givesUp: false, asks: false), in: &work)
        if fulfillments[index].state == .picking { try ship(index, as: opened, in: &work) }
        let channel = try work.configuration.channel(self.channel)
        if !unpicked.isEmpty { try source(unpicked, channel: channel, in: &work) }
        try releaseWhenReady(channel, in: &work)
    }

    /// Sends the units of a job by a parcel like one that was opened in the books, and left as it was.
    private mutating func ship(_ index: Int, as opened: Parcel, in work: inout Work) throws {
        try fulfillments[index].apply(.pack, at: work.now)
        fulfillments[index].note = "Its parcel had left when the order was changed."
        var parcel = Parcel(
            number: nextParcelNumber, fulfillment: fulfillments[index].number, weightGrams: opened.weightGrams,
            size: opened.size,
            lines: fulfillments[index].lines.map { Fulfillment.Line(line: $0.line, quantity: $0.quantity) },
            at: work.now)
        let label = opened.labels.last { $0.tracking != nil }
        (parcel.courier, parcel.service, parcel.tracking) = (label?.courier, label?.service, label?.tracking)
        parcels.append(parcel)
        let place = parcels.count - 1
        if let label, let tracking = label.tracking { takeUpNews(of: tracking, by: label.courier, on: place) }
        record(.parcelPacked, parcel, in: &work)
        record(.fulfillmentPacked, fulfillments[index], in: &work)
        try fulfillments[index].apply(.ship, at: work.now)
        try parcels[place].apply(.handOver, at: work.now)
        record(.parcelHandedOver, parcels[place], in: &work)
        try watchWay(of: place, in: &work)
        try send(index, closing: false, in: &work)
        record(.fulfillmentShipped, fulfillments[index], in: &work)
        try settleShipment(index, in: &work)
        try catchUp(place, in: &work)
        if let tracking = parcel.tracking { work.note(id, takes: tracking) }
    }
}
