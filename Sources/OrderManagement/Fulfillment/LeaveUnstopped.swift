/// A parcel that was to be stopped has left all the same: whatever was in it is with its courier.
extension Order {
    /// Books what else was in the boxes that nobody stopped: goods that the order still wants. All boxes of a job that
    /// bore their labels leave together, unless somebody has said which of them did.
    ///
    /// 1. What nobody had picked was in none: those units are found a place anew. What was picked since waits there to
    ///    be packed.
    /// 2. The others leave as they were packed: each box with what was in it, by the label that was taken off. What is
    ///    not wanted of it any more is not among it.
    /// 3. They leave stock, and what they are worth is captured, as with any shipment.
    ///
    /// A job that was packed anew since has its goods: the boxes that left held none of them.
    ///
    /// What was in boxes that were stopped waits as work of its own, to be packed and labelled anew.
    ///
    /// - Parameter question: The exception that asked whether they were stopped.
    mutating func leaveUnstopped(
        _ index: Int, _ question: OrderException, _ left: LeftBoxes, in work: inout Work
    ) throws {
        let number = fulfillments[index].number
        guard fulfillments[index].state == .picking else { return }
        let opened = parcels.indices.filter { place in
            parcels[place].fulfillment == number && parcels[place].lines.isEmpty && !parcels[place].state.isSent
                && parcels[place].opening?.questions.contains(question.id) == true && left.contains(place)
        }
        guard !opened.isEmpty else { return }
        let wanted = Set(fulfillments[index].lines.filter { $0.picked > 0 }.map(\.line))
        let isShipping = opened.contains { parcels[$0].heldUntold.contains { wanted.contains($0.line) } }
        // What the order wants is in boxes that were stopped: it waits here to be packed anew.
        if left.places != nil, !isShipping { return }
        let unpicked = Dictionary(
            fulfillments[index].lines.map { ($0.line, $0.quantity - $0.picked) }, uniquingKeysWith: +)
            .filter { $0.value > 0 }
        try takeBack(unpicked, from: index, TakingBack(givesUp: false, asks: false), in: &work)
        if fulfillments[index].state == .picking { try ship(index, in: opened, in: &work) }
        let channel = try work.configuration.channel(self.channel)
        if !unpicked.isEmpty { try source(unpicked, channel: channel, in: &work) }
        try releaseWhenReady(channel, in: &work)
    }

    /// Sends the units of a job in the boxes that were opened in the books, and left as they were.
    mutating func ship(_ index: Int, in opened: [Int], in work: inout Work) throws {
        var rest = fulfillments[index].unitsByLine
        var left: [Int] = []
        for place in opened {
            let lines = parcels[place].heldUntold.compactMap { entry -> Fulfillment.Line? in
                let units = min(entry.quantity, rest[entry.line] ?? 0)
                rest[entry.line]? -= units
                return units > 0 ? Fulfillment.Line(line: entry.line, quantity: units) : nil
            }
            guard !lines.isEmpty else { continue }
            parcels[place].lines = lines
            left.append(place)
        }
        guard !left.isEmpty else { return }
        try keep(rest.filter { $0.value > 0 }, from: index, in: &work)
        try fulfillments[index].apply(.pack, at: work.now)
        fulfillments[index].note = "Its parcel had left when the order was changed."
        for place in left { try bearOldLabel(place, in: &work) }
        record(.fulfillmentPacked, fulfillments[index], in: &work)
        try fulfillments[index].apply(.ship, at: work.now)
        for place in left {
            try parcels[place].apply(.handOver, at: work.now)
            record(.parcelHandedOver, parcels[place], in: &work)
            try watchWay(of: place, in: &work)
        }
        try send(index, closing: false, in: &work)
        record(.fulfillmentShipped, fulfillments[index], in: &work)
        try settleShipment(index, in: &work)
        for place in left {
            try catchUp(place, in: &work)
            if let tracking = parcels[place].tracking { work.note(id, takes: tracking) }
        }
    }

    /// Units that were in none of the boxes that left stay picked, as work of their own.
    private mutating func keep(_ units: [Int: Int64], from index: Int, in work: inout Work) throws {
        guard !units.isEmpty else { return }
        let whole = fulfillments[index]
        let lines = units.keys.sorted().map {
            Fulfillment.Line(line: $0, quantity: units[$0] ?? 0, picked: units[$0] ?? 0)
        }
        guard !take(units, outOf: index) else { throw BrokenInvariant("boxes of \(number) left with nothing in them") }
        for entry in fulfillments[index].lines.indices {
            fulfillments[index].lines[entry].picked = fulfillments[index].lines[entry].quantity
        }
        let part = whole.split(lines, as: nextFulfillmentNumber)
        fulfillments.append(part)
        record(.fulfillmentPicking, part, in: &work)
    }

    /// A box goes under the label that was taken off it: its courier's news find it. While that courier is asked to
    /// take the label back, the box bears its number only.
    private mutating func bearOldLabel(_ place: Int, in work: inout Work) throws {
        guard let index = parcels[place].labels.lastIndex(where: { $0.opened != nil }) else { return }
        let label = parcels[place].labels[index]
        (parcels[place].courier, parcels[place].service) = (label.courier, label.service)
        (parcels[place].tracking, parcels[place].cash) = (label.tracking, label.cash)
        record(.parcelPacked, parcels[place], in: &work)
        if label.state.exits[.restore] != nil {
            try takeUp(index, of: place)
            try parcels[place].apply(.label, at: work.now)
            record(.parcelLabelRestored, parcels[place], in: &work)
        } else if let tracking = label.tracking {
            takeUpNews(of: tracking, by: label.courier, on: place)
        }
    }

    /// What its courier tells of boxes of a job that left though nobody was to send them is known by that.
    ///
    /// - Parameter asked: The boxes that somebody was asked about: others were put back before.
    mutating func noteLeft(_ subject: String?, _ left: LeftBoxes, of asked: [Int]) {
        guard let job = subject.flatMap({ FulfillmentID($0) }), job.order == id else { return }
        // Where another question was answered for all of them before, it is any that nobody sends any more.
        for place in asked.isEmpty ? Array(parcels.indices) : asked
        where parcels[place].fulfillment == job.number && isCalledOff(parcels[place]) && left.contains(place) {
            guard let label = parcels[place].labels.lastIndex(where: { $0.tracking != nil }) else { continue }
            parcels[place].labels[label].hasLeft = true
        }
    }

    /// What the labels of boxes of a job ask for at the door that hold what nobody is to have: minor units.
    private func asked(atDoorsOf subject: String?, _ left: LeftBoxes) -> Int64 {
        guard let job = subject.flatMap({ FulfillmentID($0) }), job.order == id else { return 0 }
        return places(of: job.number, holding: left.gone).reduce(0) { sum, place in
            guard left.contains(place) else { return sum }
            return sum + (parcels[place].labels.last { $0.tracking != nil }?.cash ?? 0)
        }
    }

    /// Has customer service told of a parcel that reaches somebody who is not to have all of it, or another door.
    ///
    /// - Parameter job: By which it left.
    mutating func tellOfLeft(_ question: OrderException, _ left: LeftBoxes, by job: String?, in work: inout Work) {
        let (unwanted, goods) = (left.gone, left.gone.words)
        let place = question.location ?? "its location"
        let isMisaddressed = question.goods.isEmpty || !misaddressed(job).isEmpty
        // Else all that its customer is to have is on its way to them, and nothing beside it.
        guard !goods.isEmpty || isMisaddressed else { return }
        var (causes, advice) = ([String](), [String]())
        if !goods.isEmpty {
            causes.append(
                "A parcel of order \(number) with \(goods) left \(place), though the order was changed before.")
            advice.append("Tell the customer what comes; ask them to hand it in, or let them keep it.")
            let asked = asked(atDoorsOf: job, left)
            if asked > 0 {
                advice.append(
                    "The label asks for \(Money(asked, currency)) at the door, these goods included: what is paid for "
                        + "them there is kept as the customer keeps them, and given back as they are handed in.")
            }
        }
        if isMisaddressed {
            causes.append(
                "The parcel of order \(number) left \(place) by its old label, though it was to be "
                    + (delivery.location.map { "collected at \($0)." } ?? "delivered to another address."))
            advice.append(
                "Have its courier redirect it while it is under way; from the wrong door have it fetched, pay it back, "
                    + "or send its goods once more; and tell the customer.")
        }
        open(
            .parcelFound, subject: job, goods: unwanted, cause: causes.joined(separator: " "),
            owner: "customer_service", suggestion: advice.joined(separator: " "), in: &work)
    }
}
