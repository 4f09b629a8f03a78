/// What an order does about the labels of its parcels: shared by packing, buying, and whatever takes parcels apart.
extension Order {
    /// Who could carry a parcel.
    ///
    /// - Throws: `.noService` for one that nobody sends, or whose weight nobody knows.
    func choice(for place: Int, in work: Work) throws(Refusal) -> CourierChoice {
        let parcel = parcels[place]
        let fulfillment = fulfillments[try indexOfFulfillment(parcel.fulfillment)]
        if let objection = objectionToCarrying(parcel) { throw objection }
        let origin = try work.configuration.location(fulfillment.location)
        let channel = try work.configuration.channel(channel)
        let shipment = CourierChoice.Shipment(
            parcel: tariffParcel(place, in: work), order: self, origin: origin,
            leavesAt: work.cutoff(of: origin), readyAt: work.now,
            deliverBy: channel.deadline(of: fulfillment, from: origin, of: self),
            hurries: channel.hurries(self, from: origin),
            customsGap: customsGap(of: parcel.units.keys, from: origin, in: work))
        let unknown = skusWithoutWeight(in: parcel.units.keys.sorted(), work)
        guard parcel.weightGrams > 0 || unknown.isEmpty, shipment.parcel.grams > 0 else {
            throw Refusal([
                .init(
                    "/weight_g", .noService,
                    "nobody has weighed the parcel \(ParcelID(id, parcel.number)), and no weight is known of "
                        + "\(unknown.joined(separator: ", ")): weigh the parcel (weight_g), or give the items weights")
            ])
        }
        guard shipment.parcel.grams <= Parcel.gramsMax else {
            throw Refusal([
                .init(
                    "/weight_g", .noService,
                    "the parcel weighs \(shipment.parcel.grams) g, at most \(Parcel.gramsMax) g are carried: pack "
                        + "several")
            ])
        }
        return CourierChoice(
            of: shipment, among: work.configuration.sortedCouriers, by: channel.policy.shipping, in: currency,
            work.courierRecords(from: origin.code, to: delivery.address))
    }

    /// Why no courier is to have a parcel that has not left: its customer collects it, or nobody sends it any more.
    func objectionToCarrying(_ parcel: Parcel) -> Refusal? {
        guard let part = fulfillments.first(where: { $0.number == parcel.fulfillment }) else { return nil }
        let name = ParcelID(id, parcel.number)
        if part.method == .pickup {
            return Refusal(.noService, "the parcel \(name) is collected at \(part.location): no courier carries it")
        }
        guard part.state != .packed else { return nil }
        return Refusal(
            .illegalTransition,
            "the fulfillment \(FulfillmentID(id, part.number)) of the parcel \(name) is \(part.state.rawValue)")
    }

    /// A parcel as tariffs look at it; one that nobody weighed weighs what is in it.
    private func tariffParcel(_ place: Int, in work: Work) -> Tariff.Parcel {
        let parcel = parcels[place]
        return tariffParcel(
            of: parcel.units, grams: parcel.weightGrams, size: parcel.size.map(Tariff.Size.init),
            values: declaredValues(of: parcel), cash: cash(for: parcel.units, of: place), in: work)
    }

    /// Goods in one parcel, as tariffs look at them; where nobody weighed it, it weighs what is in it.
    /// - Parameter values: What they are worth, by line, where it is known which units they are; nil for any.
    /// - Parameter cash: What is to be paid for them at the door; nil where no parcel is packed yet.
    func tariffParcel(
        of units: [Int: Int64], grams weighed: Int64, size: Tariff.Size?, values: [Int: Int64]? = nil,
        cash: Int64? = nil, in work: Work
    ) -> Tariff.Parcel {
        var (grams, requirements) = (Int64(0), UInt64(0))
        let value = (values ?? declaredValues(of: units)).values.reduce(0, +)
        for (number, count) in units {
            guard let line = line(number) else { continue }
            grams += count * work.weightGrams(of: line)
            requirements |= work.requirements(of: line)
        }
        return Tariff.Parcel(
            grams: weighed > 0 ? weighed : grams, size: size, value: value, requirements: requirements,
            cash: cash ?? self.cash(for: units))
    }

    /// Packed parcels are to be sent: each gets its label; one that nobody takes is shown to a person, and the rest of
    /// the wave goes on.
    mutating func labelParcels(of fulfillment: Int, in work: inout Work) {
        for place in parcels.indices where parcels[place].fulfillment == fulfillment && !parcels[place].lines.isEmpty {
            labelParcel(place, in: &work)
        }
    }

    /// The order goes to another address: parcels for which there was no label get one, or people are told what is in
    /// the way now. What is on hold waits, with all else.
    mutating func labelAnew(in work: inout Work) {
        labelAnew(because: "The address is another one", in: &work) { _ in true }
    }

    /// Goods have weights now that had none: the same for parcels whose labels failed for want of those.
    mutating func labelWeighed(in work: inout Work) {
        let (snapshot, known) = (self, work)
        labelAnew(because: "Its goods have a weight now", in: &work) { shown in
            guard let sku = shown.sku, let parcel = snapshot.unlabelledParcel(shown.subject) else { return false }
            return !snapshot.skusWithoutWeight(in: parcel.units.keys.sorted(), known).contains(sku)
        }
    }

    /// A hold was lifted: the same for parcels whose labels failed, where packing buys them.
    mutating func labelUnheld(in work: inout Work) throws(Refusal) {
        guard try work.configuration.channel(channel).policy.shipping.labels == .automatic else { return }
        labelAnew(because: "The hold is lifted", in: &work) { _ in true }
    }

    /// A hold is lifted: labels that failed under it are asked for by a job.
    mutating func askForLabelsAgain(in work: inout Work) {
        guard exceptions.contains(where: { $0.isOpen && $0.kind == .labelFailed }) else { return }
        work.enqueue(.askForLabels, of: id, due: work.now)
    }

    private mutating func labelAnew(
        because reason: String, in work: inout Work, where isConcerned: (OrderException) -> Bool
    ) {
        for shown in exceptions where shown.isOpen && shown.kind == .labelFailed && isConcerned(shown) {
            guard let parcel = unlabelledParcel(shown.subject), hold(on: parcel.lines.map(\.line)) == nil,
                let place = parcels.firstIndex(where: { $0.number == parcel.number })
            else { continue }
            resolve(shown, because: "\(reason): its label is asked for anew.", in: &work)
            weigh(place, in: work)
            labelParcel(place, in: &work)
        }
    }

    /// A parcel that nobody weighed since its goods had no weight when it was packed: it weighs what they do, and its
    /// box.
    mutating func weigh(_ place: Int, in work: Work) {
        let parcel = parcels[place]
        guard parcel.weightGrams == 0, skusWithoutWeight(in: parcel.units.keys.sorted(), work).isEmpty else { return }
        let box = work.configuration.packaging.boxes.first { ItemSize($0.inner) == parcel.size }
        parcels[place].weightGrams = tariffParcel(place, in: work).grams + (box?.weightGrams ?? 0)
    }

    private mutating func labelParcel(_ place: Int, in work: inout Work) {
        do throws(Refusal) {
            try checkAddress()
            let choice = try choice(for: place, in: work)
            if let option = choice.best {
                try checkRoom(on: option, for: place, in: work)
                try intendLabel(option, for: place, in: &work)
            } else {
                let isDividable = choice.mayTakeParts(of: parcels[place])
                tellOfFailedLabel(of: place, choice.explanation, isDividable: isDividable, in: &work)
            }
        } catch {
            let isUnweighed = parcels[place].weightGrams == 0 && error.details.first?.pointer == "/weight_g"
            let unknown = isUnweighed ? skusWithoutWeight(in: parcels[place].units.keys.sorted(), work) : []
            // In words for people: the refusal tells programs which member to send.
            let reason = unknown.isEmpty
                ? error.explanation
                : "nobody has weighed it, and no weight is known of \(unknown.joined(separator: ", ")): weigh the "
                    + "parcel, or give the items weights"
            tellOfFailedLabel(of: place, reason, weightless: unknown.first, in: &work)
        }
    }

    /// Keeps that a label is wanted, and has its courier asked for it.
    /// - Parameter isNamed: Whether a person named the service.
    mutating func intendLabel(
        _ option: CourierChoice.Option, isNamed: Bool = false, for place: Int, in work: inout Work
    ) throws(Refusal) {
        promiseAnew(option, for: place, in: &work)
        if parcels[place].sscc == nil { parcels[place].sscc = work.nextSSCC() }
        var label = Label(
            number: parcels[place].labels.count + 1, courier: option.courier, service: option.service,
            connection: work.configuration.couriers[option.courier]?.connection ?? Courier.ownConnection,
            quoted: option.quote.price, isNamed: isNamed, at: work.now)
        parcels[place].cash = cash(for: parcels[place].units, of: place)
        label.cash = parcels[place].cash
        guard label.isOwn else {
            parcels[place].labels.append(label)
            let name = LabelName(of: ParcelID(id, parcels[place].number), label.number)
            work.ask(.buyLabel, for: name, at: label.connection)
            return
        }
        let own = option.quote.ownLabel(named: ownNumber(of: parcels[place], label), sscc: parcels[place].sscc)
        label.zone = option.quote.zone
        try label.take(
            tracking: own.tracking, reference: own.reference, price: own.price, routing: delivery.address?.sortKey)
        parcels[place].labels.append(label)
        try stick(label, on: place, in: &work)
    }

    /// A service that comes on a later day than was promised makes a new promise, and the customer is told of it.
    private mutating func promiseAnew(_ option: CourierChoice.Option, for place: Int, in work: inout Work) {
        guard let arrival = option.arrivesAt,
            let index = fulfillments.firstIndex(where: { $0.number == parcels[place].fulfillment }),
            let calendar = work.configuration.locations[fulfillments[index].location]?.calendar
        else { return }
        let promised = fulfillments[index].deliverBy
        guard arrival > promised, calendar.day(of: arrival) != calendar.day(of: promised) else { return }
        fulfillments[index].deliverBy = arrival
        let changed = fulfillments[index].lines.map {
            ChangedDate(line: $0.line, units: $0.quantity, before: promised, now: arrival)
        }
        record(changed, in: &work)
        announce(.orderPromiseChanged, in: &work)
    }

    /// `WEB-1001-1`, and `WEB-1001-1-2` for the second label of the parcel.
    private func ownNumber(of parcel: Parcel, _ label: Label) -> String {
        "\(number)-\(parcel.number)" + (label.number == 1 ? "" : "-\(label.number)")
    }

    /// The label is there: the parcel bears it.
    mutating func stick(_ label: Label, on place: Int, in work: inout Work) throws(Refusal) {
        try parcels[place].apply(.label, at: work.now)
        (parcels[place].courier, parcels[place].service) = (label.courier, label.service)
        parcels[place].tracking = label.tracking
        record(.parcelLabelled, parcels[place], in: &work)
        try watchHandOver(of: place, in: &work)
    }

    /// Takes the live label off a parcel: it is to be taken back by its courier.
    mutating func letGoOfLabel(of place: Int, in work: inout Work) throws(Refusal) {
        guard let index = parcels[place].labels.lastIndex(where: { $0.state.isLive }) else { return }
        try parcels[place].labels[index].apply(.void)
        parcels[place].cash = 0
        let label = parcels[place].labels[index]
        if parcels[place].state == .labelled {
            try parcels[place].apply(.unlabel, at: work.now)
            record(.parcelPacked, parcels[place], hasLostLabel: true, in: &work)
            (parcels[place].courier, parcels[place].service, parcels[place].tracking) = (nil, nil, nil)
            // They are of the number that it bears no more.
            parcels[place].labels[index].news = parcels[place].news
            parcels[place].news = ParcelNews()
        }
        rememberNumber(of: label, in: &work)
        // What is told under it later is no news of that any more: a person is told now.
        if parcels[place].labels[index].news.showsDeparture { tellOfOldLabel(index, on: place, in: &work) }
        guard label.state == .voiding else { return }
        if label.isOwn {
            try parcels[place].labels[index].apply(.confirm)
        } else {
            let name = LabelName(of: ParcelID(id, parcels[place].number), label.number)
            work.ask(.voidLabel, for: name, at: label.connection)
        }
    }

    /// Who tells of the number of a label that was taken off is understood.
    func rememberNumber(of label: Label, in work: inout Work) {
        guard let tracking = label.tracking else { return }
        let id = self.id
        work.write { try OldLabelStore.insert(tracking, of: id, in: $0) }
    }

    /// Labels of parcels that were unpacked, or whose work is over before they left, serve nobody.
    mutating func letGoOfUselessLabels(in work: inout Work) {
        for place in parcels.indices where parcels[place].label != nil {
            let parcel = parcels[place]
            let job = fulfillments.first { $0.number == parcel.fulfillment }
            let isOver = job.map { $0.state == .cancelled || $0.state == .rejected } ?? true
            guard parcel.state == .packed || parcel.state == .labelled, parcel.lines.isEmpty || isOver else { continue }
            do throws(Refusal) { try letGoOfLabel(of: place, in: &work) } catch {
                preconditionFailure("a live label cannot be let go of: \(error.explanation)")  // its table allows it
            }
        }
    }

    /// - Parameters:
    ///   - weightless: Goods whose weight nobody knows, where that is the reason: whoever buys it weighs it.
    ///   - isDividable: Whether some service may take its goods in other parcels.
    mutating func tellOfFailedLabel(
        of place: Int, _ reason: String, weightless: String? = nil, isDividable: Bool = false, in work: inout Work
    ) {
        let parcel = ParcelID(id, parcels[place].number)
        let location = fulfillments.first { $0.number == parcels[place].fulfillment }?.location
        open(
            .labelFailed, subject: parcel.description, sku: weightless, location: location,
            goods: isDividable ? goods(in: parcels[place]) : [],
            cause: "No label for the parcel \(parcels[place].number) of order \(number): \(reason)",
            owner: location ?? "operations",
            suggestion: (isDividable
                ? "Undo the packing, and pack its goods in other parcels"
                : "Mend what it says and buy the label again")
                + "; or send the parcel by hand, and name its courier and tracking number when it is shipped.",
            in: &work)
    }

    private func goods(in parcel: Parcel) -> [SKUQuantity] {
        parcel.lines.compactMap { entry in
            line(entry.line).map { SKUQuantity(sku: $0.sku, quantity: entry.quantity) }
        }
    }

    /// The parcel that an exception is about, while it waits for a label: not once its work is given up.
    func unlabelledParcel(_ subject: String?) -> Parcel? {
        parcel(named: subject).flatMap { parcel in
            let isWanted = fulfillments.contains { $0.number == parcel.fulfillment && $0.state == .packed }
            return isWanted && parcel.state == .packed && !parcel.lines.isEmpty && parcel.label == nil ? parcel : nil
        }
    }

    /// A parcel, as calls on it answer.
    func reply(with place: Int, status: Int) -> Reply {
        var json = JSONWriter()
        parcels[place].write(to: &json, of: self)
        return Reply(status: status, body: json.text, version: version)
    }
}

extension Work {
    /// The next number of a parcel; nil without a company prefix, and when its serial numbers are used up.
    func nextSSCC() -> String? {
        let packaging = configuration.packaging
        guard let prefix = packaging.companyPrefix else { return nil }
        let serial = rows.advance(Counters.sscc)
        return SSCC(extensionDigit: packaging.extensionDigit, companyPrefix: prefix, serial: serial)?.digits
    }
}
