import OrderManagement

/// The policy of taking and giving back money, as a body and as a schema.
extension Fields {
    mutating func paying() -> PaymentPolicy {
        var policy = PaymentPolicy()
        policy.captureOrder = providerNames("capture_order")
        policy.refundOrder = providerNames("refund_order")
        for (name, rules) in optionalList("providers", 0...50, { $0.providerRules() }) ?? [] {
            if policy.providers.updateValue(rules, forKey: name) != nil {
                problems.note(at: "providers", "names \(name) twice")
            }
        }
        policy.goodwillPercent = optionalInteger("goodwill_percent", in: 0...100) ?? policy.goodwillPercent
        policy.goodwillGrants = optionalList("goodwill_grants", 0...200) { $0.grant() } ?? []
        for (name, grants) in Dictionary(grouping: policy.goodwillGrants, by: \.principal) where grants.count > 1 {
            problems.note(at: "goodwill_grants", "names \(name) twice")
        }
        policy.writeOffMax = optionalInteger("write_off_max", in: 0...Money.amountMax)
        return policy
    }

    /// Who is not here may be named: a file of another system is taken over before its people are made.
    private mutating func grant() -> PaymentPolicy.Grant {
        let principal = text("principal", max: 64)
        if !principal.isEmpty, UserID(principal) == nil, KeyID(principal) == nil {
            problems.note(at: "principal", "is no user (usr_…) and no API key (key_…): \(principal)")
        }
        return .init(principal: principal, percent: integer("percent", in: 0...100))
    }

    private mutating func providerNames(_ member: String) -> [String] {
        let problems = problems
        let names = values(member, 0...50) { problems.text($0, max: 64) } ?? []
        if Set(names).count < names.count { problems.note(at: member, "names a provider twice") }
        return names
    }

    private mutating func providerRules() -> (String, PaymentPolicy.ProviderRules) {
        (
            text("provider", max: 64),
            PaymentPolicy.ProviderRules(
                captures: optionalWord("captures", PaymentPolicy.Captures.self) ?? .multiple,
                authorizationDays: optionalInteger("authorization_days", in: 1...365),
                reauthorizes: optionalTruth("reauthorizes") ?? false)
        )
    }
}

extension Shapes {
    static let paying = Schema.object([
        .may("capture_order", .list(.text(max: 64), max: 50)), .may("refund_order", .list(.text(max: 64), max: 50)),
        .may(
            "providers",
            .list(
                .object([
                    .must("provider", .text(max: 64)), .may("captures", .words(PaymentPolicy.Captures.self)),
                    .may("authorization_days", .integer(1...365)), .may("reauthorizes", .truth),
                ]), max: 50)), .may("goodwill_percent", .integer(0...100)),
        .may(
            "goodwill_grants",
            .list(
                .object([.must("principal", .text(max: 64)), .must("percent", .integer(0...100))]), max: 200)),
        .may("write_off_max", .nullable(.integer(0...Money.amountMax))),
    ])
}
