import OrderManagement

/// A staged amendment in sentences: what it changes, what it does to money, dates and goods in hand.
struct StagedChange {
    private let amendment: StoredAmendment
    private let reading: OrderReading
    private let clock: WallClock

    init(_ amendment: StoredAmendment, _ reading: OrderReading, _ clock: WallClock) {
        self.amendment = amendment
        self.reading = reading
        self.clock = clock
    }

    func attention(_ actions: OrderActions) -> OrderPage.Attention {
        OrderPage.Attention(
            label: Pill("Staged change", .caution), detail: changes.joined(separator: "; "),
            context: "by \(reading.who(amendment.stagedBy)) · until \(clock.time(amendment.expiresAt).text)",
            suggestion: (money + promises + tasks).joined(separator: " "), actions: actions.ofAmendment(amendment.id))
    }

    private var changes: [String] {
        let lines = amendment.preview["changes"]?["lines"]?.array ?? []
        let units = lines.map { line in
            let (sku, before) = (line["sku"]?.string ?? "", line["before"]?.integer)
            let after = line["after"]?.integer ?? 0
            guard let before else { return "\(after) × \(sku) more" }
            return after == 0 ? "\(sku) taken off" : "\(sku) \(before) → \(after)"
        }
        let address = amendment.preview["changes"]?["delivery"]?["after"]?["address"]
        let place = address.map { address in
            let parts = [address["name"]?.string] + (address["lines"]?.array ?? []).map(\.string)
                + [address["city"]?.string, address["postcode"]?.string, address["country"]?.string]
            return "to " + parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ", ")
        }
        return units + (place.map { [$0] } ?? [])
    }

    private var money: [String] {
        func amount(_ name: String) -> Int64 { amendment.preview["money"]?[name]?["amount"]?.integer ?? 0 }
        func text(_ name: String) -> String { MoneyText.of(amount(name), reading.order.currency) }
        var sentences: [String] = []
        if amount("due_before") != amount("due_after") {
            sentences.append("Due \(text("due_before")) → \(text("due_after")).")
        }
        if amount("authorization_needed") > 0 {
            sentences.append("\(text("authorization_needed")) more must be authorized.")
        }
        if amount("refunded_before") > 0 {
            sentences.append("\(text("refunded_before")) was given back before: it is not paid again.")
        }
        let swapped = (amendment.preview["money"]?["swapped_refunded"]?.array ?? [])
            .reduce(Int64(0)) { $0 + ($1["quantity"]?.integer ?? 0) }
        if swapped > 0 {
            sentences.append(
                "\(MoneyText.of(swapped)) of the swapped units were refunded by hand: what takes their place goes out "
                    + "for that, and nobody is asked for it. Cancel them instead to charge for others.")
        }
        if amount("voided") > 0 { sentences.append("\(text("voided")) is let go.") }
        if amount("refunded") > 0 { sentences.append("\(text("refunded")) is refunded.") }
        return sentences
    }

    private var promises: [String] {
        let waiting = amendment.preview["backordered"]?.integer ?? 0
        let places = (amendment.preview["promises"]?.array ?? []).map { promise in
            let location = reading.name(of: promise["location"]?.string ?? "")
            let moment = (promise["deliver_by"] ?? promise["ready_by"])?.string.flatMap { Timestamp($0) }
            return moment.map { "\(location) by \(clock.date($0))" } ?? location
        }
        return (places.isEmpty ? [] : ["From \(places.joined(separator: ", "))."])
            + (waiting > 0 ? ["\(MoneyText.of(waiting)) units would wait for stock."] : [])
    }

    private var tasks: [String] {
        (amendment.preview["put_backs"]?.array ?? []).map { task in
            let location = reading.name(of: task["location"]?.string ?? "")
            let told = task["told"]?.string == nil ? "" : " Its courier has scanned it: it may have left already."
            switch task["task"]?.string {
            case "intercept": return "\(location) must stop a labelled parcel.\(told)"
            case "readdress": return "\(location) must stop a labelled parcel, and pack and label it anew.\(told)"
            default: return "\(location) must put picked goods back."
            }
        }
    }
}
