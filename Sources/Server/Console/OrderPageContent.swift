import OrderManagement

// The page has parts of the same names: these are the order's own.
private typealias StoredFulfillment = Fulfillment
private typealias StoredParcel = Parcel
private typealias StoredReturn = Return

/// The page of an order, from what was read of it.
extension OrderPage {
    /// - Parameters:
    ///   - exchange: one that is looked at.
    ///   - cancellation: one that is looked at.
    ///   - hasPapers: whether somebody draws them.
    init(
        _ reading: OrderReading, for principal: Principal, clock: WallClock, formKey: String,
        exchange: StagedExchange? = nil, cancellation: StagedCancellation? = nil, hasPapers: Bool = false,
        customerPage: String? = nil
    ) {
        let order = reading.order
        let status = OrderStatus(of: order)
        let actions = OrderActions(
            order: order, permissions: order.permissions(reading.channel, agreed: reading.agreed, at: clock.now),
            principal: principal, clock: clock,
            counters: reading.configuration.counters,
            items: reading.items,
            hasCouriers: !reading.configuration.couriers.isEmpty, formKey: formKey)
        let papers = PaperLinks(
            isOffered: hasPapers, principal: principal, locations: reading.configuration.locations)
        let staged = [exchange?.attention(of: order, actions), cancellation?.attention(reading, actions)]
            .compactMap(\.self)
        var statuses = [
            Pill(status: status.overall.rawValue), Pill(status: status.fulfillment.rawValue),
            Pill(status: status.payment.rawValue),
        ]
        if status.returns != .none {
            statuses.append(Pill("Return: \(Pill(status: status.returns.rawValue).text)", .neutral))
        }
        if status.overall == .open, let stage = order.stage { statuses.append(Pill(stage: stage)) }
        let timeline = OrderTimeline(reading: reading, clock: clock)
        self.init(
            number: order.number, externalID: order.externalID, statuses: statuses,
            summary: Self.summary(reading, clock), attention: staged + Self.attention(reading, actions, clock),
            actions: actions.ofOrder, lines: Self.lines(reading, clock),
            fulfillments: order.fulfillments.map { Self.fulfillment($0, reading, actions, papers, clock) },
            money: Self.money(reading, actions, papers, clock),
            returns: order.returns.map { Self.entry($0, reading, actions, papers, clock) },
            customer: Self.customer(reading, customerPage), delivery: Self.delivery(reading),
            address: order.delivery.address?.printed ?? [],
            sourcing: reading.decision.flatMap { SourcingReason($0, reading, clock) },
            history: timeline.entries,
            earlier: reading.eventsBefore > 0
                ? PageLink(
                    label: "\(MoneyText.of(reading.eventsBefore)) earlier events",
                    address: Console.address(of: order.id) + "?events=all") : nil,
            messages: reading.messages.map { SentMessage($0, clock, formKey: formKey) })
    }

    // MARK: Head

    private static func summary(_ reading: OrderReading, _ clock: WallClock) -> [Fact] {
        let order = reading.order
        let units = order.lines.reduce(Int64(0)) { $0 + $1.ordered }
        var facts = [
            Fact("Placed", clock.fullTime(order.placedAt).text), Fact("Channel", reading.channel.name),
            Fact("Customer", order.customer.name),
            Fact(
                "Units", "\(MoneyText.of(units)) in \(order.lines.count) \(order.lines.count == 1 ? "line" : "lines")"),
            Fact("Total", MoneyText.of(order.total, order.currency)),
        ]
        if let origin = order.origin {
            let label = origin.kind == .exchange ? "Exchange for" : "Sent again for"
            facts.append(
                Fact(
                    label, origin.number, hint: origin.state == .open ? "waits for the return" : nil,
                    address: Console.address(of: origin.order)))
        }
        if let gate = order.gates.first(where: { $0.name == order.stage }), let due = gate.due {
            let end = gate.timeOut == .pass ? "passes" : "is due"
            facts.append(Fact("\(Pill(status: gate.name).text) \(end)", clock.time(due).text))
        }
        let promised = order.fulfillments.filter { $0.state.holdsStock || $0.state == .shipped }.map(\.deliverBy).max()
        if let promised {
            let isPickup = order.delivery.method == .pickup
            facts.append(Fact(isPickup ? "Ready by" : "Deliver by", clock.time(promised).text))
        }
        return facts
    }

    private static func attention(_ reading: OrderReading, _ actions: OrderActions, _ clock: WallClock) -> [Attention] {
        let exceptions = reading.exceptions.filter(\.isOpen).map { exception in
            Attention(
                label: Pill(exception: exception.kind), detail: clock.humanized(exception.cause),
                context: "\(Pill(status: exception.owner).text) owns it · open for \(clock.since(exception.openedAt))",
                suggestion: exception.advice(clock), actions: actions.of(exception))
        }
        let holds = reading.order.holds.filter(\.stands).map { hold in
            let lines = hold.lines.compactMap { reading.order.line($0)?.sku }
            let scope = lines.isEmpty ? "" : " (only \(lines.joined(separator: ", ")))"
            return Attention(
                label: Pill("On hold", .caution),
                detail: Pill(status: hold.reason).text + (hold.note.map { ": \($0)" } ?? "") + scope,
                context: "by \(reading.who(hold.by)) · \(clock.since(hold.at)) ago" + end(of: hold, clock),
                actions: actions.of(hold))
        }
        let change = reading.amendment.map { StagedChange($0, reading, clock).attention(actions) }
        return (change.map { [$0] } ?? []) + exceptions + holds
    }

    /// When a hold lifts by itself, or somebody is to look at it.
    private static func end(of hold: Order.Hold, _ clock: WallClock) -> String {
        if let until = hold.until { return " · until \(clock.time(until).text)" }
        return hold.reviewBy.map { " · to be looked at by \(clock.time($0).text)" } ?? ""
    }

    // MARK: Lines

    private static func lines(_ reading: OrderReading, _ clock: WallClock) -> [Line] {
        let order = reading.order
        return order.lines.map { line in
            var notes: [Pill] = []
            if line.backordered > 0, let until = order.expectedDate(of: line) {
                notes.append(Pill("Expected \(clock.date(until))", .caution))
            }
            if let date = line.availableFrom, line.backordered + line.allocated > 0 {
                notes.append(Pill("Preorder, from \(clock.date(date))", .neutral))
            }
            let total = line.unitPrice * line.ordered - line.discount
            return Line(
                sku: line.sku, name: text(reading.itemName(line.sku), ofKit: line), notes: notes,
                unitPrice: MoneyText.number(of: Money(line.unitPrice, order.currency)),
                discount: line.discount > 0 ? "− \(MoneyText.number(of: Money(line.discount, order.currency)))" : nil,
                total: MoneyText.number(of: Money(total, order.currency)), ordered: Int(line.ordered),
                cancelled: Int(line.cancelled), backordered: Int(line.backordered), allocated: Int(line.allocated),
                shipped: Int(line.shipped), returned: Int(line.returned))
        }
    }

    // MARK: Fulfillments

    private static let shipWay = ["open", "released", "accepted", "picking", "packed", "shipped", "delivered"]
    private static let pickupWay = ["open", "released", "accepted", "picking", "packed", "ready", "collected"]

    private static func fulfillment(
        _ part: StoredFulfillment, _ reading: OrderReading, _ actions: OrderActions, _ papers: PaperLinks,
        _ clock: WallClock
    ) -> Fulfillment {
        let order = reading.order
        let zone = reading.configuration.locations[part.location]?.calendar.zone ?? WallClock.home
        let local = WallClock(now: clock.now, zone: zone)
        let hint = zone == WallClock.home ? nil : zone
        let way = part.method == .pickup ? pickupWay : shipWay
        let leftTheWay = [.cancelled, .rejected, .expired].contains(part.state)
        var promise = [
            Fact(part.method == .pickup ? "Ready by" : "Ship by", local.time(part.shipBy).text, hint: hint)
        ]
        if part.method == .ship { promise.append(Fact("Deliver by", local.time(part.deliverBy).text, hint: hint)) }
        if part.state == .ready, let end = part.collectBy {
            promise.append(Fact("Collect by", local.time(end).text, hint: hint))
        }
        if let note = part.note { promise.append(Fact("Note", note)) }
        let parcels = order.boxes(of: part.number)
        let service = part.method == .ship ? order.delivery.service : nil
        return Fulfillment(
            name: "Fulfillment \(part.number)", location: reading.name(of: part.location), code: part.location,
            method: Pill(status: part.method.rawValue).text + (service.map { " · \($0)" } ?? ""),
            status: Pill(status: part.state.rawValue),
            track: leftTheWay ? [] : Step.track(way, at: part.state.rawValue), promise: promise,
            urgency: Pill(urgencyOf: part, at: clock.now), lines: units(part.lines, reading),
            parcels: parcels.map {
                var shown = parcel($0, reading, actions)
                shown.news = $0.news.scans.reversed().map {
                    News(at: local.time($0.at), status: Pill(status: $0.state.rawValue), words: $0.words)
                }
                shown.document = papers.of($0, among: parcels.count, in: order)
                return shown
            }, documents: papers.of(part, in: order), actions: actions.of(part))
    }

    private static func parcel(_ parcel: StoredParcel, _ reading: OrderReading, _ actions: OrderActions) -> Parcel {
        let courier = parcel.courier.flatMap { reading.configuration.couriers[$0] }
        let service = courier?.tariff.services.first { $0.code == parcel.service }
        let carriage = [courier?.name ?? parcel.courier, service?.name ?? parcel.service].compactMap(\.self)
            .joined(separator: " · ")
        return Parcel(
            name: "Parcel \(parcel.number)", status: Pill(status: parcel.state.rawValue),
            weight: weight(parcel.weightGrams), carriage: carriage.isEmpty ? nil : carriage, tracking: parcel.tracking,
            postage: postage(of: parcel), cash: cash(of: parcel, reading.order),
            contents: units(parcel.lines, reading), actions: actions.of(parcel))
    }

    /// What is to be paid for it at the door, or was; nil for nothing.
    private static func cash(of parcel: StoredParcel, _ order: Order) -> String? {
        let paid = order.paidAtDoor(of: parcel)
        if paid.amount > 0 { return "\(MoneyText.of(paid)) paid at the door" }
        let asked = order.cash(askedFor: parcel)
        guard asked > 0 else { return nil }
        let words = "\(MoneyText.of(asked, order.currency)) at the door"
        if parcel.awaitsCash { return "asks for \(words)" }
        return parcel.state.isFinal ? "asked for \(words), not paid" : "will ask for \(words)"
    }

    /// What its label cost, or how far the buying of one is.
    private static func postage(of parcel: StoredParcel) -> String? {
        guard let label = parcel.labels.last else { return nil }
        switch label.state {
        case .bought: return "label \(MoneyText.of(label.price ?? label.quoted))"
        case .pending: return "label being bought, about \(MoneyText.of(label.quoted))"
        case .failed: return "no label" + (label.reason.map { ": \($0)" } ?? "")
        case .unwanted, .voiding: return "label being taken back"
        case .voided: return "label taken back"
        case .kept: return "label not taken back: \(MoneyText.of(label.price ?? label.quoted)) is spent"
        }
    }

    /// "850 g", "1.25 kg".
    static func weight(_ grams: Int64) -> String {
        guard grams >= 1_000 else { return "\(grams) g" }
        let hundredths = (grams + 5) / 10
        let fraction = String(hundredths % 100)
        return "\(MoneyText.of(hundredths / 100)).\(fraction.count == 1 ? "0" + fraction : fraction) kg"
    }

    private static func units(_ lines: [StoredFulfillment.Line], _ reading: OrderReading) -> [Units] {
        lines.map { units($0.line, $0.quantity, reading) }
    }

    private static func units(_ line: Int, _ quantity: Int64, _ reading: OrderReading) -> Units {
        let sku = reading.order.line(line)?.sku ?? "line \(line)"
        return Units(
            quantity: MoneyText.of(quantity), sku: sku,
            name: text(reading.itemName(sku), ofKit: reading.order.line(line)))
    }

    /// The name of what a line is of; of a kit with the parts that one of it takes.
    static func text(_ name: String, ofKit line: OrderLine?) -> String {
        guard let parts = line?.components, !parts.isEmpty else { return name }
        let made = parts.map { "\(MoneyText.of($0.quantity)) × \($0.sku)" }.joined(separator: ", ")
        return "\(name) (kit of \(made))"
    }

    // MARK: Returns and people

    private static func entry(
        _ entry: StoredReturn, _ reading: OrderReading, _ actions: OrderActions, _ papers: PaperLinks,
        _ clock: WallClock
    ) -> Return {
        let place = entry.location.map { " at \(reading.name(of: $0))" } ?? ""
        let reasons = Set(entry.lines.map { Pill(status: $0.reason.rawValue).text }).sorted()
        var judged: [String] = []
        for (name, count) in [
            ("restocked", entry.lines.reduce(0) { $0 + $1.restocked }),
            ("to refurbish", entry.lines.reduce(0) { $0 + $1.refurbished }),
            ("written off", entry.lines.reduce(0) { $0 + $1.writtenOff }),
            ("to inspect", entry.lines.reduce(0) { $0 + $1.toInspect }),
        ] where count > 0 { judged.append("\(count) \(name)") }
        if let until = entry.awaitedUntil {
            let count = entry.lines.reduce(0) { $0 + $1.expected }
            judged.append("\(count) still to come, awaited until \(clock.time(until).text)")
        }
        let state = judged.isEmpty ? "" : " · " + judged.joined(separator: ", ")
        return Return(
            name: "Return \(entry.reference(in: reading.order))", status: Pill(status: entry.state.rawValue),
            method: (entry.method == .byPost ? "By post" : "Over the counter") + place,
            at: clock.time(entry.requestedAt),
            reason: reasons.joined(separator: ", ") + (entry.note.map { " – \($0)" } ?? "") + state,
            way: way(of: entry, clock), lines: entry.lines.map { line in
                var units = units(line.line, line.quantity, reading)
                if reasons.count > 1 { units.name += " · \(Pill(status: line.reason.rawValue).text)" }
                return units
            },
            refund: entry.refunded > 0 ? MoneyText.of(entry.refunded, reading.order.currency) : nil,
            unpaid: unpaid(of: entry, in: reading.order),
            successor: entry.terms.successor.map {
                PageLink(label: $0.number, address: Console.address(of: $0.order))
            },
            documents: papers.of(entry, in: reading.order), actions: actions.of(entry))
    }

    /// "£3.00 set off: the customer still owed that"
    private static func unpaid(of entry: StoredReturn, in order: Order) -> [String] {
        let setOff = order.setOff(for: entry)
        var parts: [String] = []
        if setOff > 0 { parts.append("\(MoneyText.of(setOff, order.currency)) set off: the customer still owed that") }
        if let left = order.notPaidBack(for: entry) {
            parts.append("\(MoneyText.of(left.amount, order.currency)) not paid back: \(left.reason.words)")
        }
        return parts
    }

    /// "post RT-1: In transit, since 2 March 10:00"; nil for what comes by no parcel that is known.
    private static func way(of entry: StoredReturn, _ clock: WallClock) -> String? {
        guard let tracking = entry.terms.tracking else { return nil }
        let name = [entry.terms.courier, tracking].compactMap { $0 }.joined(separator: " ")
        guard let way = entry.terms.way else { return name }
        return "\(name): \(Pill(status: way.state.rawValue).text), \(clock.time(way.at).text)"
    }

    private static func customer(_ reading: OrderReading, _ page: String?) -> [Fact] {
        let customer = reading.order.customer
        var facts = [Fact("Name", customer.name)]
        if let email = customer.email { facts.append(Fact("E-mail", email)) }
        if let phone = customer.phone { facts.append(Fact("Phone", phone)) }
        let count = reading.ordersOfCustomer
        facts.append(Fact("Orders", count >= OrderReading.ordersMax ? "\(count) or more" : String(count)))
        if let page { facts.append(Fact("Page", "What the customer sees", address: page)) }
        return facts
    }

    private static func delivery(_ reading: OrderReading) -> [Fact] {
        let delivery = reading.order.delivery
        var facts = [Fact("Method", Pill(status: delivery.method.rawValue).text)]
        if let service = delivery.service { facts.append(Fact("Service", service)) }
        if let location = delivery.location {
            facts.append(Fact("Store", reading.name(of: location), hint: location))
            facts.append(Fact("Collection code", reading.order.collectionCode))
            if let delegate = delivery.delegate { facts.append(Fact("May collect too", delegate)) }
            if let note = delivery.note { facts.append(Fact("At the store", note)) }
        }
        facts.append(Fact("Postage", MoneyText.of(reading.order.shipping, reading.order.currency)))
        facts += reading.order.notes.map { Fact("Note", $0.text, hint: reading.who($0.by)) }
        return facts
    }
}

extension Address {
    /// As on a label, one line each.
    var printed: [String] {
        var place = "\(city) \(postcode)"
        if let region { place = "\(city), \(region) \(postcode)" }
        return [name] + lines + [place, CustomerLanguage.english.country(country)]
    }
}

extension Pill {
    /// The gate that an order waits at.
    init(stage: String) { self.init("Stage: \(stage.replacing("_", with: " "))", .neutral) }

    init(exception kind: OrderException.Kind) {
        switch kind {
        case .short: self.init("Counted short", .danger)
        case .rejectedEverywhere: self.init("Nobody has it", .danger)
        case .paymentFailed: self.init("Payment failed", .danger)
        case .authorizationExpired: self.init("Authorization expired", .caution)
        case .stageFailed: self.init("Stage failed", .danger)
        case .stageReview: self.init("To be judged", .caution)
        case .stageOverdue: self.init("Stage overdue", .danger)
        case .address: self.init("Address in doubt", .caution)
        case .connectorDown: self.init("Does not answer", .danger)
        case .buriedJob: self.init("Job given up", .danger)
        case .notCollected: self.init("Not collected", .caution)
        case .putBack: self.init("Goods to put back", .caution)
        case .interception: self.init("Stop the parcel", .danger)
        case .brokenInvariant: self.init("Books disagree", .danger)
        case .notHandedOver: self.init("Not handed over", .caution)
        case .trackingSilent: self.init("No news", .caution)
        case .manifestRefused: self.init("No manifest", .caution)
        case .pickupRefused: self.init("Courier does not come", .caution)
        case .labelFailed: self.init("No label", .danger)
        case .priceChanged: self.init("Dearer label", .caution)
        case .returnUnanswered: self.init("Return to answer", .caution)
        case .returnUnsettled: self.init("Return to settle", .caution)
        case .returnUnreceived: self.init("Return to receive", .caution)
        case .returnTurnedUp: self.init("Return turned up", .caution)
        case .returnOverdue: self.init("Return overdue", .caution)
        case .wrongItem: self.init("Foreign goods", .caution)
        case .transferShort: self.init("Lost on the way", .danger)
        case .excess: self.init("More than announced", .caution)
        case .transferOverdue: self.init("Transfer overdue", .danger)
        case .inboundOverdue: self.init("Supply overdue", .caution)
        case .workLate: self.init("Work late", .danger)
        case .backorderOverdue: self.init("Backorder overdue", .danger)
        case .holdOverdue: self.init("Hold to look at", .caution)
        case .parcelLost: self.init("Parcel lost", .danger)
        case .parcelFound: self.init("Parcel found", .caution)
        case .deliveryProblem: self.init("Trouble on the way", .caution)
        case .deliveryDisputed: self.init("Delivered or lost", .danger)
        case .oldLabelUsed: self.init("Old label used", .danger)
        case .numberShared: self.init("Number used twice", .danger)
        case .leftUnshipped: self.init("Left unshipped", .danger)
        case .exchangeUnpaid: self.init("Exchange unpaid", .danger)
        }
    }

    /// "2 h late", "Due in 40 min"; nil while there is time, and for work that has left.
    init?(urgencyOf part: Fulfillment, at now: Timestamp) {
        guard part.state.holdsStock, part.state != .ready else { return nil }
        if part.shipBy < now {
            self.init("\(WallClock.span(now - part.shipBy)) late", .danger)
        } else if part.shipBy - now < .hours(4) {
            self.init("Due in \(WallClock.span(part.shipBy - now))", .caution)
        } else {
            return nil
        }
    }
}
