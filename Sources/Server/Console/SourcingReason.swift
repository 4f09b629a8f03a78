import OrderManagement

/// Why the units come from where they come: the newest decision, in words and bars.
extension OrderPage.SourcingReason {
    /// - Returns: nil for a decision that cannot be read.
    init?(_ decision: Event, _ reading: OrderReading, _ clock: WallClock) {
        let data: JSON
        do { data = try JSON.parse(decision.data, limits: .stored) } catch { return nil }
        guard let whole = data["cost"]?.integer else { return nil }
        // What units on backorder weigh is no money: it is left out of what people see.
        let cost = whole - (data["unfilled_cost"]?.integer ?? 0)
        let currency = reading.order.currency
        let chosen = data["chosen"]?.array ?? []
        let scale = chosen.map { Int(Self.total($0)) }.max() ?? 0
        let runnerUp = (data["runner_up"]?["locations"]?.array ?? []).compactMap(\.string)
        // A location that is the runner-up all by itself has its row already.
        let losers = (data["losers"]?.array ?? []).filter { [$0["location"]?.string] != runnerUp }.prefix(6)
        let isProven = data["proven"]?.bool == true
        let short = (data["shortfalls"]?.array ?? []).reduce(Int64(0)) { $0 + ($1["quantity"]?.integer ?? 0) }
        self.init(
            verdict: Self.verdict(isProven: isProven, cost: whole, bound: data["bound"]?.integer ?? 0),
            sentence: Self.sentence(chosen, short: short, cost: cost, isProven: isProven, reading),
            total: MoneyText.of(cost, currency), decidedAt: clock.time(decision.at),
            policy: "policies of \(reading.channel.name), version \(reading.order.policyVersion)",
            chosen: chosen.map { Self.chosen($0, scale: scale, reading) },
            runnerUp: Self.runnerUp(data["runner_up"], cost: whole, shown: cost, reading),
            rejected: losers.map { Self.loser($0, cost: cost, reading) },
            exclusions: (data["exclusions"]?.members ?? []).compactMap { exclusion in
                let count = exclusion.value.integer ?? 0
                let shown = losers.count { $0["reason"]?.string == exclusion.name }
                return count > shown ? Fact(Self.words(exclusion.name), MoneyText.of(count)) : nil
            })
        hasAlternatives = self.runnerUp != nil || !rejected.isEmpty
    }

    private static func verdict(isProven: Bool, cost: Int64, bound: Int64) -> Pill {
        if isProven { return Pill("Proven minimal", .good) }
        guard bound > 0, cost >= bound else { return Pill("Good, not proven", .neutral) }
        let tenths = (cost - bound) * 1000 / bound
        return Pill("Within \(tenths / 10).\(tenths % 10) % of the bound", .neutral)
    }

    private static func sentence(
        _ chosen: [JSON], short: Int64, cost: Int64, isProven: Bool, _ reading: OrderReading
    ) -> String {
        let units = chosen.reduce(Int64(0)) { $0 + ($1["units"]?.integer ?? 0) }
        let rest = short == 0 ? "" : " \(MoneyText.of(short)) \(short == 1 ? "unit waits" : "units wait") for stock."
        guard units > 0 else { return "No location has any of the units.\(rest)" }
        let places = chosen.map { reading.name(of: $0["location"]?.string ?? "") }
        let who = places.count == 1 ? "\(places[0]) fills" : "\(places.count) locations fill"
        let proof = isProven ? "; no other plan is cheaper" : ""
        return
            "\(who) \(short == 0 && units > 1 ? "all " : "")\(MoneyText.of(units)) "
            + "\(units == 1 ? "unit" : "units") for "
            + "\(MoneyText.of(cost, reading.order.currency))\(proof).\(rest)"
    }

    private static func chosen(_ entry: JSON, scale: Int, _ reading: OrderReading) -> Chosen {
        let currency = reading.order.currency
        let names: [(Part, String)] = [
            (.location, "open"), (.parcels, "parcels"), (.weight, "weight"), (.picking, "picking"),
            (.lateness, "lateness"), (.depletion, "depletion"),
        ]
        let units = entry["units"]?.integer ?? 0
        let parcels = entry["parcels"]?.integer ?? 0
        return Chosen(
            location: reading.name(of: entry["location"]?.string ?? ""),
            units: "\(MoneyText.of(units)) \(units == 1 ? "unit" : "units") in "
                + "\(MoneyText.of(parcels)) \(parcels == 1 ? "parcel" : "parcels")",
            cost: MoneyText.of(total(entry), currency),
            amounts: names.compactMap { part, name in
                let amount = entry["cost"]?[name]?.integer ?? 0
                return amount > 0 ? (part: part, amount: Int(amount), text: MoneyText.of(amount, currency)) : nil
            }, scale: scale)
    }

    private static func total(_ entry: JSON) -> Int64 { entry["cost"]?["total"]?.integer ?? 0 }

    private static func runnerUp(_ json: JSON?, cost: Int64, shown: Int64, _ reading: OrderReading) -> Rejected? {
        guard let json, let other = json["cost"]?.integer else { return nil }
        let names = (json["locations"]?.array ?? []).compactMap(\.string).map(reading.name(of:))
        guard other - cost < 100 * max(shown, 100) else {
            let name = names.joined(separator: " + ")
            return Rejected(location: name.isEmpty ? "Nothing at all" : name, why: "Would leave more units waiting")
        }
        return Rejected(
            location: names.joined(separator: " + "), why: "The next best plan",
            cost: MoneyText.of(other - cost + shown, reading.order.currency),
            difference: difference(other, cost, reading))
    }

    private static func loser(_ json: JSON, cost: Int64, _ reading: OrderReading) -> Rejected {
        let reason = json["reason"]?.string ?? ""
        let units = json["units"]?.integer ?? 0
        let why =
            switch reason {
            case "dearer": "Has all of it, at more cost"
            case "tied": "Costs the same; fewer locations, then priority decided"
            case "partial": "Has \(MoneyText.of(units)) of the units only"
            default: words(reason)
            }
        let other = json["cost"]?.integer
        let isWhole = reason == "dearer" || reason == "tied"
        return Rejected(
            location: reading.name(of: json["location"]?.string ?? ""), why: why,
            cost: isWhole ? other.map { MoneyText.of($0, reading.order.currency) } : nil,
            difference: isWhole ? other.map { difference($0, cost, reading) } : nil)
    }

    private static func difference(_ other: Int64, _ cost: Int64, _ reading: OrderReading) -> String {
        "+ \(MoneyText.of(max(0, other - cost), reading.order.currency))"
    }

    private static func words(_ exclusion: String) -> String {
        guard let known = SourcingInput.Exclusion(rawValue: exclusion) else { return Pill(status: exclusion).text }
        return switch known {
        case .cannotShip: "Does not ship"
        case .closed: "Closed"
        case .paused: "Paused"
        case .rejected: "Rejected units of this order before"
        case .notInChannel: "Does not sell for this channel"
        case .notForPickup: "Is not the store that was chosen"
        case .filtered: "Left out by a rule"
        case .full: "Takes no more work today"
        case .tooLate: "Too late for the promise"
        case .lacksCapability: "Not equipped for the goods"
        case .outOfStock: "Has none of it"
        }
    }
}
