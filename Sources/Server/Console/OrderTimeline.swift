import OrderManagement

/// What happened to an order, newest first: one sentence for people per event.
struct OrderTimeline {
    let reading: OrderReading
    let clock: WallClock

    var entries: [OrderPage.HistoryEntry] { reading.events.reversed().map(entry) }

    private func entry(_ event: Event) -> OrderPage.HistoryEntry {
        let data: JSON
        do { data = try JSON.parse(event.data, limits: .stored) } catch { data = .null }  // then it is told by its type
        let (sentence, tone) = EventType(rawValue: event.type).map { tell($0, data) } ?? (event.type, .neutral)
        return OrderPage.HistoryEntry(
            sequence: String(event.sequence ?? 0), type: event.type, sentence: clock.humanized(sentence),
            at: clock.time(event.at), who: reading.who(event.principal), tone: tone)
    }

    /// What is told of money.
    private func tellMoney(_ type: EventType, _ data: JSON) -> (String, Tone) {
        let (amount, why) = (money(data["amount"]) ?? "An amount", reason(data))
        switch type {
        case .paymentAuthorized: return ("\(amount) authorized by \(text(data, "provider") ?? "a provider").", .neutral)
        case .paymentPending: return ("\(amount) is asked of \(text(data, "provider") ?? "a provider").", .neutral)
        case .paymentDeclined: return ("\(amount) was declined.", .danger)
        case .paymentExpired: return ("\(amount) is no longer held for us.", .caution)
        case .paymentCaptured: return ("\(amount) captured\(why).", .good)
        case .paymentVoided: return ("\(amount) let go\(why).", .quiet)
        case .paymentRefunded: return ("\(amount) refunded\(why).", .quiet)
        case .paymentFailed: return (failed(data, amount), .danger)
        case .orderWrittenOff: return ("\(amount) is written off\(why).", .caution)
        case .orderWriteOffReduced: return ("\(amount) is written off no more: it was paid, or is not owed.", .good)
        case .creditMemoIssued: return (credited(data), .neutral)
        case .creditMemoWithdrawn:
            let name = data["credit_memo"]?["id"]?.string ?? ""
            return ("Credit memo \(name) is withdrawn: nothing is owed for it.", .quiet)
        default: return (type.rawValue, .neutral)
        }
    }

    /// What is told of an exchange.
    private func exchanged(_ type: EventType, _ data: JSON, _ amount: String) -> (String, Tone) {
        switch type {
        case .exchangePaid: ("The return has come: \(amount) of what was paid for it pays for this order.", .good)
        case .exchangeDropped: ("The return brings nothing: this order is without it.", .caution)
        case .returnFeeAgreed:
            ("\(text(data, "order_number") ?? "What went out") is cancelled: the return bears its fee.", .neutral)
        default: ("To be exchanged: \(text(data, "order_number") ?? "another order") goes out for it.", .progress)
        }
    }

    private func kept(_ data: JSON, _ amount: String) -> String {
        let ofReturn = money(data["return_fee"]).map { ", \($0) of it as the fee of its return" } ?? ""
        return "\(amount) kept for cancelling\(ofReturn)"
    }

    /// Where the parcel of a return is.
    private func tracked(_ data: JSON) -> (String, Tone) {
        let status = data["way"]?["status"]?.string.flatMap { Parcel.State(rawValue: $0) }
        let tone: Tone =
            switch status {
            case .delivered: .good
            case .exception: .caution
            case .lost, .returnedToSender: .danger
            case .packed, .labelled, .handedOver, .inTransit, .outForDelivery, nil: .progress
            }
        let said = Pill(status: status?.rawValue ?? "unknown").text
        return ("The returned parcel \(text(data, "tracking") ?? ""): \(said).", tone)
    }

    /// What is told of a return.
    private func tellReturn(_ type: EventType, _ data: JSON, _ what: String, _ place: String) -> (String, Tone) {
        switch type {
        case .parcelClaimed: return ("A lost parcel was settled.", .progress)
        case .parcelFound: return ("A parcel came after all, though it was settled as lost.", .danger)
        case .returnRequested: return ("A return was announced: \(what).", .neutral)
        case .returnApproved: return ("The return was approved.", .progress)
        case .returnRejected: return ("The return was rejected.", .danger)
        case .returnInTransit: return ("The goods are on their way back.", .progress)
        case .returnLabelled: return ("It will come as \(text(data, "tracking") ?? "a parcel").", .neutral)
        case .returnTracked: return tracked(data)
        case .returnExpired: return ("The return expired: nothing was sent.", .quiet)
        case .returnJudgedAgain: return ("Refurbished goods were judged again.", .progress)
        case .returnReceived:
            let came = units(data, "received")
            return came == "nothing"
                ? ("Nothing came of the return.", .caution) : ("Came back to \(place): \(came).", .progress)
        case .returnWaitingEnded: return ("What has not come with the rest is not waited for any more.", .caution)
        case .returnInspected: return ("The returned units were inspected at \(place).", .progress)
        case .returnSettled: return ("The return is settled.", .good)
        default: return (type.rawValue, .neutral)
        }
    }

    /// What stays where other boxes of its job have left was packed before.
    private func packed(_ data: JSON, _ what: String, _ place: String) -> String {
        let isRest = data["rest_of"]?.string != nil
        return isRest ? "\(what) stayed packed at \(place), to leave later." : "\(place) packed \(what)."
    }

    private func released(_ data: JSON, _ what: String, _ place: String) -> String {
        let isEarly = data["before_rest"]?.bool == true
        return "Released to \(place)\(isEarly ? " before the rest of the order" : ""): \(what)."
    }

    /// One line per type of event, the most important word first.
    private func tell(_ type: EventType, _ data: JSON) -> (String, Tone) {
        let (what, place, parcel) = (units(data), reading.name(of: text(data, "location") ?? ""), parcel(data))
        let stage = Pill(status: text(data, "stage") ?? "").text
        let (amount, why) = (money(data["amount"]) ?? "An amount", reason(data))
        let note = text(data, "note").map { ": \($0.hasSuffix(".") ? String($0.dropLast()) : $0)" } ?? ""
        switch type {
        case .orderPlaced: return (placed(data), .neutral)
        case .orderSourced: return (sourced(data), .neutral)
        case .orderBackordered: return ("Nobody has \(what); they are backordered\(expected(data)).", .caution)
        case .orderPromiseChanged: return ("What waits is expected on another day.", .caution)
        case .orderAmended: return (amended(data), .neutral)
        case .amendmentStaged, .amendmentDropped, .amendmentExpired: return (staged(type, data), .quiet)
        case .orderCancelled: return (cancelled(data, what) + "\(why).", .quiet)
        case .orderFeeCharged: return (kept(data, amount) + "\(why).", .neutral)
        case .orderHeld: return ("\(held(data)) on hold\(why)\(note).", .caution)
        case .orderHoldLifted: return ("The hold was lifted.", .good)
        case .orderNoted: return ("Noted: \(text(data, "text") ?? "")", .neutral)
        case .orderCompleted: return ("The order is complete: all arrived, nothing is owed.", .good)
        case .orderLinkRenewed: return ("The customer's link was replaced: earlier ones open nothing.", .neutral)
        case .stagePassed: return ("\(stage) passed\(note).", .neutral)
        case .stageReopened: return ("\(stage) is asked for again.", .caution)
        case .stageFailed: return ("\(stage) failed\(note).", .danger)
        case .fulfillmentReleased: return (released(data, what, place), .neutral)
        case .fulfillmentAccepted: return ("\(place) accepted the work.", .progress)
        case .fulfillmentPicking: return ("\(place) picked \(what).", .progress)
        case .fulfillmentPacked: return (packed(data, what, place), .progress)
        case .fulfillmentShipped: return ("\(place) shipped \(what).", .progress)
        case .fulfillmentDelivered: return ("Delivered from \(place): \(what).", .good)
        case .fulfillmentReady, .fulfillmentCollected, .fulfillmentExpired, .fulfillmentExtended,
            .fulfillmentReminderDue: return collected(type, data, what, place)
        case .fulfillmentRejected: return ("\(place) rejected \(what).", .danger)
        case .fulfillmentCancelled: return ("The work at \(place) was cancelled: \(what).", .quiet)
        case .parcelPacked, .parcelLabelRestored, .parcelHandedOver, .parcelInTransit, .parcelException, .parcelLost,
            .parcelLabelled, .parcelOutForDelivery, .parcelDelivered, .parcelDeliveryCorrected, .parcelReturnedToSender:
            return moved(type, parcel, hasLostLabel: data["label_taken_off"]?.bool == true)
        case .paymentPending, .paymentAuthorized, .paymentDeclined, .paymentExpired, .paymentCaptured, .paymentVoided,
            .paymentRefunded, .paymentFailed, .creditMemoIssued, .creditMemoWithdrawn, .orderWrittenOff,
            .orderWriteOffReduced:
            return tellMoney(type, data)
        case .exchangeRequested, .exchangePaid, .exchangeDropped, .returnFeeAgreed: return exchanged(type, data, amount)
        case .parcelClaimed, .parcelFound, .returnRequested, .returnApproved, .returnRejected, .returnInTransit,
            .returnLabelled, .returnTracked, .returnExpired, .returnJudgedAgain, .returnReceived, .returnWaitingEnded,
            .returnInspected, .returnSettled:
            return tellReturn(type, data, what, place)
        case .exceptionOpened, .exceptionUpdated: return (text(data, "cause") ?? "Something needs a person.", .danger)
        case .exceptionAssigned: return ("\(text(data, "assignee") ?? "Nobody") takes it on.", .neutral)
        case .exceptionResolved: return ("Resolved: \(text(data, "resolution") ?? "settled")", .good)
        case .transferPlanned, .transferSent, .transferPartiallyArrived, .transferArrived, .transferShort,
            .transferCancelled: return transferred(type, data)
        case .inboundExpected, .inboundRescheduled, .inboundPartiallyReceived, .inboundReceived, .inboundShort,
            .inboundCancelled, .stockReserved, .stockReservationEnded, .stockMoved, .stockSnapshotTaken,
            .stockSafetySet, .stockBinSet:
            return ("Stock moved.", .neutral)
        case .storeCreditBooked: return ("Store credit was booked.", .neutral)
        case .configurationChanged: return ("The configuration was changed.", .neutral)
        case .handOverClosed, .handOverManifestMade, .courierPickupRequested, .courierPickupBooked,
            .courierPickupRefused, .courierPickupCancelled, .labelsPrinted: return ("Parcels were to leave.", .progress)
        case .locationDayClosed: return ("\(place) takes no more work for a day.", .caution)
        }
    }

    // MARK: Sentences

    private func placed(_ data: JSON) -> String {
        let lines = data["lines"]?.array ?? []
        let units = lines.reduce(Int64(0)) { $0 + ($1["ordered"]?.integer ?? 0) }
        return "Placed on \(reading.channel.name): \(count(units, "unit")) in \(count(Int64(lines.count), "line"))"
            + (money(data["total"]).map { ", \($0)." } ?? ".")
    }

    private func sourced(_ data: JSON) -> String {
        let assignments = data["assignments"]?.array ?? []
        let parts = assignments.map { entry in
            let units = (entry["lines"]?.array ?? []).reduce(Int64(0)) { $0 + ($1["quantity"]?.integer ?? 0) }
            return "\(MoneyText.of(units)) from \(reading.name(of: entry["location"]?.string ?? ""))"
        }
        guard !parts.isEmpty else { return "Sourced: no location has the units." }
        let cost =
            data["cost"]?.integer.map {
                let money = $0 - (data["unfilled_cost"]?.integer ?? 0)
                return " at a cost of \(MoneyText.of(money, reading.order.currency))"
            } ?? ""
        let limit = data["beyond_locations_max"]?.integer.map {
            "; more than \(count($0, "location")), lest units wait beside stock"
        }
        return "Sourced \(list(parts))\(cost)\(data["proven"]?.bool == true ? ", proven minimal" : "")\(limit ?? "")."
    }

    /// ", by Ada Example, who showed the code"
    private func collector(_ data: JSON) -> String {
        guard let name = text(data, "collected_by") else { return "" }
        return switch text(data, "checked").flatMap(CollectorProof.init(rawValue:)) {
        case .code: ", by \(name), who showed the code"
        case .name: ", by \(name), who is known by name"
        case .nothing: ", by \(name); nothing else was asked"
        case nil: ", by \(name)"
        }
    }

    private func collected(
        _ type: EventType, _ data: JSON, _ what: String, _ place: String
    ) -> (String, Tone) {
        switch type {
        case .fulfillmentReady: ("Ready to collect at \(place): \(what).", .progress)
        case .fulfillmentCollected: ("Collected at \(place)\(collector(data)): \(what).", .good)
        case .fulfillmentExpired: ("Not collected at \(place) in time: \(what) go back to stock.", .danger)
        case .fulfillmentExtended: ("The customer has more time to collect.", .neutral)
        default: ("The time to collect is nearly up.", .caution)
        }
    }

    private func moved(_ type: EventType, _ parcel: String, hasLostLabel: Bool) -> (String, Tone) {
        switch type {
        case .parcelPacked where hasLostLabel:
            ("The label was taken off: \(parcel) is packed, and bears none.", .caution)
        case .parcelPacked: ("\(parcel) is packed.", .progress)
        case .parcelLabelled: ("\(parcel) has its label.", .progress)
        case .parcelLabelRestored: ("\(parcel) goes by the label that was taken off.", .caution)
        case .parcelHandedOver: ("\(parcel) was handed over.", .progress)
        case .parcelInTransit: ("\(parcel) is on its way.", .progress)
        case .parcelOutForDelivery: ("\(parcel) is out for delivery.", .progress)
        case .parcelDelivered: ("\(parcel) arrived.", .good)
        case .parcelDeliveryCorrected: ("The courier says anew when it was delivered: \(parcel).", .neutral)
        case .parcelException: ("The courier has trouble: \(parcel).", .danger)
        case .parcelLost: ("\(parcel) is lost.", .danger)
        default: ("\(parcel) comes back to the sender.", .danger)
        }
    }

    private func transferred(_ type: EventType, _ data: JSON) -> (String, Tone) {
        let from = reading.name(of: text(data, "from") ?? "")
        let way = "from \(from) to \(reading.name(of: text(data, "to") ?? ""))"
        return switch type {
        case .transferPlanned: ("A transfer \(way) was planned.", .neutral)
        case .transferSent: ("\(from) sent the transfer \(way).", .progress)
        case .transferPartiallyArrived: ("A part of the transfer \(way) has come.", .progress)
        case .transferArrived: ("The transfer \(way) has come.", .progress)
        case .transferShort: ("Not all of the transfer \(way) came: the rest is lost.", .danger)
        default: ("The transfer \(way) was cancelled.", .quiet)
        }
    }

    /// What a hold stops: the order, or some of its goods.
    private func held(_ data: JSON) -> String {
        let skus = (data["skus"]?.array ?? []).compactMap(\.string)
        return skus.isEmpty ? "Put" : skus.joined(separator: ", ") + " put"
    }

    private func cancelled(_ data: JSON, _ what: String) -> String {
        data["whole"]?.bool == true ? "The order is cancelled" : "\(what) cancelled"
    }

    /// "Revision 2: 85123A 6 → 4 and 22423 added (1); due 23.31 GBP → 20.10 GBP."
    private func amended(_ data: JSON) -> String {
        let changes = data["changes"]
        let all = changes?["lines"]?.array ?? []
        // At another price an item takes its own place: that is said once.
        func isPriced(_ line: JSON) -> Bool {
            all.contains { $0["line"] == line["replaces"] && $0["sku"] == line["sku"] }
        }
        let before = all.filter(isPriced).compactMap { $0["replaces"] }
        let lines = all.filter { !($0["after"]?.integer == 0 && $0["line"].map(before.contains) == true) }
        var parts = lines.prefix(3).map { line in
            let (sku, after) = (line["sku"]?.string ?? "an item", MoneyText.of(line["after"]?.integer ?? 0))
            let before = line["before"]?.integer.map { MoneyText.of($0) }
            if isPriced(line) { return "\(after) × \(sku) at \(money(line["unit_price"]) ?? "another price")" }
            return before.map { "\(sku) \($0) → \(after)" } ?? "\(sku) added (\(after))"
        }
        if lines.count > 3 { parts.append(count(Int64(lines.count - 3), "more line")) }
        for part in ["customer", "delivery", "shipping"] where changes?[part] != nil { parts.append("\(part) changed") }
        let due = changes?["due"].flatMap { due in
            money(due["before"]).flatMap { before in money(due["after"]).map { "; due \(before) → \($0)" } }
        }
        return "Revision \(data["revision"]?.integer ?? 0): \(list(parts))\(due ?? "")."
    }

    private func staged(_ type: EventType, _ data: JSON) -> String {
        switch type {
        case .amendmentDropped: return "The staged change was dropped."
        case .amendmentExpired: return "The staged change was not committed in time."
        default:
            let end = data["expires_at"]?.string.flatMap { Timestamp($0) }.map { " until \(clock.time($0).text)" }
            return "A change is staged, to be committed\(end ?? "")."
        }
    }

    private func credited(_ data: JSON) -> String {
        let memo = data["credit_memo"]
        return "Credit memo \(memo?["id"]?.string ?? "") over \(money(memo?["amount"]) ?? "an amount"): "
            + "\(Pill(status: memo?["reason"]?.string ?? "").text)."
    }

    private func expected(_ data: JSON) -> String {
        data["expected_at"]?.string.flatMap { Timestamp($0) }.map { ", expected by \(clock.date($0))" } ?? ""
    }

    private func failed(_ data: JSON, _ amount: String) -> String {
        let kind = text(data, "kind") ?? "move"
        return "The provider refused to \(kind) \(amount): \(text(data, "detail") ?? "no reason given")."
    }

    private func parcel(_ data: JSON) -> String {
        let number = text(data, "parcel")?.split(separator: "-").last.map(String.init) ?? ""
        return "Parcel \(number)" + (text(data, "tracking").map { " (\($0))" } ?? "")
    }

    /// " (customer)"
    private func reason(_ data: JSON) -> String {
        text(data, "reason").map { " (\($0.replacing("_", with: " ")))" } ?? ""
    }

    // MARK: Words

    /// "3 × 85123A and 1 × 22423"; the first three, and how many more.
    private func units(_ data: JSON, _ member: String = "quantity") -> String {
        let lines = (data["lines"]?.array ?? []).filter { $0[member]?.integer != 0 }
        var parts = lines.prefix(3).map { line in
            "\(MoneyText.of(line[member]?.integer ?? 0)) × \(line["sku"]?.string ?? "an item")"
        }
        if lines.count > 3 { parts.append(count(Int64(lines.count - 3), "more line")) }
        return parts.isEmpty ? "nothing" : list(parts)
    }

    private func list(_ parts: [String]) -> String {
        guard let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
        return parts.dropLast().joined(separator: ", ") + " and " + last
    }

    private func count(_ number: Int64, _ noun: String) -> String {
        "\(MoneyText.of(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    private func text(_ data: JSON, _ name: String) -> String? { data[name]?.string }

    private func money(_ json: JSON?) -> String? {
        guard let amount = json?["amount"]?.integer, let currency = json?["currency"]?.string.flatMap({ Currency($0) })
        else { return nil }
        return MoneyText.of(amount, currency)
    }
}
