import OrderManagement

/// The deliveries of an order as its customer follows them: what is in each, where it is, and how it came there.
struct CustomerParts {
    let reading: CustomerReading
    private var order: Order { reading.order }
    private var words: CustomerLanguage { reading.language }
    private var clock: CustomerClock { reading.clock }

    /// Deliveries and pickups first, then what is in preparation, then what waits.
    func all(at address: String, hasPapers: Bool) -> [CustomerOrderPage.Part] {
        let gone = order.fulfillments.filter { $0.state.isLive && !$0.state.isInPreparation || $0.state == .expired }
        let several = gone.count > 1
        var parts = gone.enumerated().map { place, part in
            delivery(part, number: several ? place + 1 : nil, at: address, hasPapers: hasPapers)
        }
        parts += preparing + waiting
        // Of a single part the head of the page says it.
        if parts.count == 1 { parts[0].promise = nil }
        return parts
    }

    // MARK: Deliveries

    private func delivery(
        _ part: Fulfillment, number: Int?, at address: String, hasPapers: Bool
    ) -> CustomerOrderPage.Part {
        let boxes = order.boxes(of: part.number)
        let state = words(CustomerStage.phrase(of: part, boxes))
        var shown = CustomerOrderPage.Part(
            title: number.map { words(.delivery, String($0)) }
                ?? words(part.method == .pickup ? .thePickup : .theDelivery),
            state: Pill(state, CustomerStage.tone(of: part, boxes)),
            promise: promise(of: part), goods: goods(part.lines))
        if part.state == .ready {
            shown.codeLabel = words(.showCode)
            let digits = order.collectionCode
            shown.code = "\(digits.prefix(3)) \(digits.suffix(3))"
            if hasPapers {
                shown.links = [
                    PageLink(label: words(.printCode), address: "\(address)/pickups/\(part.number)/code.pdf")
                ]
            }
        }
        if part.state == .ready || part.state == .collected { shown.store = store(part.location) }
        guard part.method == .ship else { return shown }
        shown.parcels = boxes.enumerated().map { place, box in
            parcel(box, boxes.count > 1 ? words(.parcelOf, String(place + 1), String(boxes.count)) : nil)
        }
        return shown
    }

    private func promise(of part: Fulfillment) -> String? {
        switch part.state {
        case .shipped:
            words(reading.now > part.deliverBy ? .isLate : .arrivesBy, clock.day(part.deliverBy))
        case .delivered: words(.deliveredOn, clock.day(part.updatedAt))
        case .collected: words(.collectedOn, clock.day(part.updatedAt))
        case .ready: part.collectBy.map { words(.collectBy, clock.deadline($0)) }
        case .open, .released, .accepted, .picking, .packed:
            words(part.method == .pickup ? .readyBy : .arrivesBy, clock.day(part.deliverBy))
        case .expired, .rejected, .cancelled: nil
        }
    }

    private func store(_ code: String) -> [String] {
        guard let location = reading.configuration.locations[code] else { return [] }
        return [location.name] + location.address.customersLines(in: words).dropLast()
    }

    // MARK: Parcels

    private func parcel(_ box: Parcel, _ title: String?) -> CustomerOrderPage.Parcel {
        let courier = box.courier.map { reading.configuration.couriers[$0]?.name ?? $0 }
        return CustomerOrderPage.Parcel(
            title: title, courier: courier, tracking: box.tracking, goods: title == nil ? [] : goods(box.lines),
            story: story(of: box))
    }

    /// What happened to a parcel, the newest first; what only the house knows is left out.
    private func story(of box: Parcel) -> [CustomerOrderPage.Step] {
        let name = ParcelID(order.id, box.number).description
        var steps: [(at: Timestamp, step: CustomerOrderPage.Step)] = []
        var told: Set<Told> = []
        for event in reading.news {
            guard let type = EventType(rawValue: event.type), let phrase = Self.phrases[type],
                let data = Self.data(of: event), data["parcel"]?.string == name,
                data["label_taken_off"]?.bool != true
            else { continue }
            let at = ["delivered_at", "courier_at"].lazy.compactMap { data[$0]?.string }.first.flatMap(Timestamp.init)
            let step = CustomerOrderPage.Step(
                text: type == .parcelLost
                    ? loss(of: box) : words(phrase == .arrived && box.isAtOldAddress ? .atOldAddress : phrase),
                tone: Self.troubles.contains(type) ? .caution : .neutral,
                at: clock.moment(at ?? event.at))
            // A parcel that was unpacked and packed again was packed once, for whoever waits for it.
            if type == .parcelPacked { steps = [] }
            steps.append((at ?? event.at, step))
            told.insert(Told(type: type, at: at ?? event.at))
        }
        guard box.state.isSent else { return steps.map(\.step).reversed() }
        for scan in box.news.scans {
            guard let type = Self.wayside[scan.state], told.insert(Told(type: type, at: scan.at)).inserted,
                let phrase = Self.phrases[type]
            else { continue }
            let step = CustomerOrderPage.Step(
                text: words(phrase), tone: Self.troubles.contains(type) ? .caution : .neutral,
                at: clock.moment(scan.at))
            // Nothing is before it was packed, whatever the courier's clock says.
            let place = steps.indices.dropFirst().first { steps[$0].at > scan.at } ?? steps.endIndex
            steps.insert((scan.at, step), at: place)
        }
        return steps.map(\.step).reversed()
    }

    /// A step that is in the story.
    private struct Told: Hashable {
        let type: EventType
        let at: Timestamp
    }

    /// Steps on the way, which are told at their time also where they came late. An end is told as it stands.
    private static let wayside: [Parcel.State: EventType] = [
        .inTransit: .parcelInTransit, .outForDelivery: .parcelOutForDelivery, .exception: .parcelException,
    ]

    /// What a customer hears of a loss: as it stands now.
    private func loss(of box: Parcel) -> String {
        guard box.state == .lost else { return words(.wasLost) }
        switch box.claim?.resolution {
        case nil: return words(.lost)
        case .refund:
            guard let claim = box.claim, claim.refunded > 0 || !claim.covered.isEmpty else {
                return words(.lostSettled)  // nothing was paid for it that could be given back
            }
            guard claim.isPart else { return words(.lostRefunded) }
            return words(.lostPartlyRefunded, words.money(claim.refunded, order.currency))
        case .reship: return words(.lostSentAgain, box.claim?.successor?.number ?? "")
        case .some(.none): return words(.lostSettled)
        case .arrived: return words(.wasLost)
        }
    }

    private static func data(of event: Event) -> JSON? {
        do { return try JSON.parse(event.data, limits: .stored) } catch { return nil }
    }

    private static let phrases: [EventType: CustomerPhrase] = [
        .parcelPacked: .packed, .parcelHandedOver: .handedOver, .parcelInTransit: .moved,
        .parcelOutForDelivery: .sentOut, .parcelDelivered: .arrived, .parcelException: .trouble, .parcelLost: .lost,
        .parcelReturnedToSender: .sentBack, .parcelFound: .found,
    ]
    private static let troubles: Set<EventType> = [.parcelException, .parcelLost, .parcelReturnedToSender]

    // MARK: What is still here

    /// By the day that was promised: where goods lie, and who packs them, is the house's own.
    private var preparing: [CustomerOrderPage.Part] {
        let parts = order.fulfillments.filter(\.state.isInPreparation)
        let days = Dictionary(grouping: parts) { promise(of: $0) ?? "" }
        let isBegun = parts.contains { $0.state != .open }
        func first(_ parts: [Fulfillment]) -> Timestamp { parts.map(\.deliverBy).min() ?? .latest }
        return days.sorted { first($0.value) < first($1.value) }.map { day, parts in
            var shown = CustomerOrderPage.Part(
                title: words(isBegun ? .inPreparation : .theGoods), promise: day, goods: goods(parts.flatMap(\.lines)))
            if order.delivery.method == .pickup, let place = order.delivery.location {
                shown.store = store(place)
                shown.codeLabel = words(.codeComes)
            }
            return shown
        }
    }

    private var waiting: [CustomerOrderPage.Part] {
        let lines = order.lines.filter { $0.backordered > 0 }
        guard !lines.isEmpty else { return [] }
        let goods = lines.map { line in
            let date = order.expectedDate(of: line)
            return CustomerOrderPage.Goods(
                count: words.count(line.backordered), name: reading.name(of: line.number),
                hint: date.map { words(.expectedOn, clock.day($0)) } ?? words(.expectedLater))
        }
        return [CustomerOrderPage.Part(title: words(.newStock), goods: goods)]
    }

    private func goods(_ lines: [Fulfillment.Line]) -> [CustomerOrderPage.Goods] {
        let units = Dictionary(lines.map { ($0.line, $0.quantity) }, uniquingKeysWith: +)
        return units.keys.sorted().map {
            CustomerOrderPage.Goods(count: words.count(units[$0] ?? 0), name: reading.name(of: $0))
        }
    }
}
