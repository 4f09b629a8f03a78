import OrderManagement

/// `policy.shipping` of a channel: by whom its parcels go, as a body.
extension Fields {
    mutating func courierPolicy() -> CourierPolicy {
        var policy = CourierPolicy()
        policy.labels = optionalWord("labels", CourierPolicy.Labels.self) ?? policy.labels
        policy.latePerDay = optionalInteger("late_per_day", in: 0...Money.amountMax) ?? policy.latePerDay
        policy.priceTolerance = optionalInteger("price_tolerance", in: 0...Money.amountMax) ?? policy.priceTolerance
        policy.priceTolerancePercent =
            optionalInteger("price_tolerance_percent", in: 0...CourierPolicy.tolerancePercentMax)
            ?? policy.priceTolerancePercent
        let rules = optionalList("rules", 0...CourierPolicy.rulesMax) { fields -> CourierPolicy.Rule? in
            let when = fields.optionalCondition("when", in: CourierPolicy.vocabulary)
            if when == nil, !fields.has("when") { fields.noteMissing("when", "a condition") }
            let problems = fields.problems
            let services = fields.values("services", 1...Courier.servicesMax) { problems.text($0, max: 165) }
            if services == nil { fields.noteMissing("services", "a list of courier/service") }
            return when.map { CourierPolicy.Rule(when: $0, services: services ?? []) }
        }
        policy.rules = rules?.compactMap { $0 } ?? policy.rules
        policy.incoterm = optionalWord("incoterm", Incoterm.self) ?? policy.incoterm
        policy.customs = customsNumbers()
        policy.rates = optionalList("exchange_rates", 0...ExchangeRate.countMax) { $0.exchangeRate() }?
            .compactMap { $0 } ?? policy.rates
        if Set(policy.rates.map(\.currency)).count < policy.rates.count {
            problems.note(at: "exchange_rates", "name a currency twice")
        }
        return policy
    }

    private mutating func customsNumbers() -> CustomsNumbers {
        let problems = self.problems
        let eori = values("eori", 0...CustomsNumbers.eoriMax) { json -> String? in
            guard let text = problems.text(json, max: 17) else { return nil }
            if CustomsNumbers.isEORI(text) { return text }
            problems.note("is no EORI number: a country and up to 15 letters and digits, as GB123456789000")
            return nil
        }
        let ioss = optionalText("ioss", max: 12)
        if let ioss, !CustomsNumbers.isIOSS(ioss) {
            problems.note(at: "ioss", "is no IOSS number: IM and ten digits, as IM2760000000")
        }
        return CustomsNumbers(eori: eori ?? [], ioss: ioss)
    }

    private mutating func exchangeRate() -> ExchangeRate? {
        let (currency, text) = (self.currency("currency"), self.text("rate", max: 30))
        let date = self.text("date", max: 10)
        if !date.isEmpty, date.utf8.count != 10 || Timestamp(date + "T00:00:00Z") == nil {
            problems.note(at: "date", "must be a day as 2026-11-26, is \(date)")
        }
        let rate = ExchangeRate(currency, text, date: date)
        if rate == nil, !text.isEmpty {
            problems.note(
                at: "rate", "must be a decimal text above 0 with at most nine decimals, as \"0.8642\", is \(text)")
        }
        return rate
    }
}

extension Shapes {
    /// `policy.shipping` of a channel.
    static let courierPolicy = Schema.named(
        "CourierPolicy",
        .object([
            .may("labels", .words(CourierPolicy.Labels.self)),
            .may(
                "rules",
                .list(
                    .object([
                        .must("when", condition), .must("services", .list(.text(max: 165), max: Courier.servicesMax)),
                    ]), max: CourierPolicy.rulesMax)), .may("late_per_day", .integer(0...Money.amountMax)),
            .may("price_tolerance", .integer(0...Money.amountMax)),
            .may("price_tolerance_percent", .integer(0...CourierPolicy.tolerancePercentMax)),
            .may("incoterm", .words(Incoterm.self)),
            .may("eori", .list(.text(max: 17), max: CustomsNumbers.eoriMax)), .may("ioss", .nullable(.text(max: 12))),
            .may(
                "exchange_rates",
                .list(
                    .object([
                        .must("currency", .text(max: 3)), .must("rate", .text(max: 30)), .must("date", .text(max: 10)),
                    ]), max: ExchangeRate.countMax)),
        ]))
}
