/// How a channel takes money and gives it back: order of tenders, rules of providers, limits of goodwill.
public struct PaymentPolicy: Hashable, Sendable {
    /// What a provider allows with one authorization.
    public enum Captures: String, CaseIterable, Sendable {
        /// As often as goods are sent.
        case multiple
        /// Once, so the first shipment takes all that is still due.
        case whole
        /// Once, for what was sent; the provider lets the rest go, and it is authorized anew.
        case reauthorize
    }

    /// When an order's money is taken.
    public enum Moment: Sendable {
        /// When goods are sent.
        case shipment
        /// When goods change hands, at the door or at the counter; no policy says otherwise of such a provider.
        case handOver
    }

    public struct ProviderRules: Hashable, Sendable {
        public var captures: Captures
        /// How long it holds money where a payment does not say so; nil for ever.
        public var authorizationDays: Int64?
        /// Whether it can be asked for a new authorization when one has expired.
        public var reauthorizes: Bool
        /// Of providers that are built in: a policy's are taken at the shipment.
        public let takesAt: Moment

        public init(
            captures: Captures = .multiple, authorizationDays: Int64? = nil, reauthorizes: Bool = false,
            takesAt: Moment = .shipment
        ) {
            self.captures = captures
            self.authorizationDays = authorizationDays
            self.reauthorizes = reauthorizes
            self.takesAt = takesAt
        }
    }

    /// How much somebody may credit without goods.
    public struct Grant: Hashable, Sendable {
        /// Who: `usr_…`, `key_…`.
        public let principal: String
        /// Per order, in percent of its total.
        public let percent: Int64
        public init(principal: String, percent: Int64) {
            self.principal = principal
            self.percent = percent
        }
    }

    /// Providers whose payments are taken first, in this order; then the others, the oldest payment first.
    public var captureOrder: [String]
    /// Providers whose payments are given back, and let go, first; then the others, the newest payment first.
    public var refundOrder: [String]
    public var providers: [String: ProviderRules]
    /// What everybody may credit without goods per order, in percent of its total; `admin` is not limited.
    public var goodwillPercent: Int64
    public var goodwillGrants: [Grant]
    /// What may be written off of one order by others than `admin`, in minor units; nil for any amount.
    public var writeOffMax: Int64?

    public init(
        captureOrder: [String] = [], refundOrder: [String] = [], providers: [String: ProviderRules] = [:],
        goodwillPercent: Int64 = 20, goodwillGrants: [Grant] = [], writeOffMax: Int64? = nil
    ) {
        self.captureOrder = captureOrder
        self.refundOrder = refundOrder
        self.providers = providers
        self.goodwillPercent = goodwillPercent
        self.goodwillGrants = goodwillGrants
        self.writeOffMax = writeOffMax
    }

    func rules(of provider: String) -> ProviderRules {
        provider == CashOnDelivery.provider ? CashOnDelivery.rules : providers[provider] ?? ProviderRules()
    }

    /// The percentage of an order's total that somebody may credit as goodwill; nil for any.
    func goodwillPercent(for principal: Principal) -> Int64? {
        if principal.may(.admin) { return nil }
        return goodwillGrants.first { $0.principal == principal.name }?.percent ?? goodwillPercent
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.array("capture_order") { list in for provider in captureOrder { list.value(provider) } }
            $0.array("refund_order") { list in for provider in refundOrder { list.value(provider) } }
            $0.array("providers") { list in
                for (name, rules) in providers.sorted(by: { $0.key < $1.key }) {
                    list.object {
                        $0.member("provider", name)
                        $0.member("captures", rules.captures.rawValue)
                        if let days = rules.authorizationDays { $0.member("authorization_days", days) }
                        $0.member("reauthorizes", rules.reauthorizes)
                    }
                }
            }
            $0.member("goodwill_percent", goodwillPercent)
            $0.array("goodwill_grants") { list in
                for grant in goodwillGrants {
                    list.object {
                        $0.member("principal", grant.principal)
                        $0.member("percent", grant.percent)
                    }
                }
            }
            if let writeOffMax { $0.member("write_off_max", writeOffMax) }
        }
    }

    init(stored json: JSON) throws {
        self.init(
            captureOrder: (json["capture_order"]?.array ?? []).compactMap(\.string),
            refundOrder: (json["refund_order"]?.array ?? []).compactMap(\.string))
        for entry in json["providers"]?.array ?? [] {
            guard let captures = Captures(rawValue: try entry.text("captures")) else {
                throw BrokenInvariant("a stored policy of payments cannot be read")
            }
            providers[try entry.text("provider")] = ProviderRules(
                captures: captures, authorizationDays: entry["authorization_days"]?.integer,
                reauthorizes: entry["reauthorizes"]?.bool ?? false)
        }
        goodwillPercent = json["goodwill_percent"]?.integer ?? goodwillPercent
        goodwillGrants = try (json["goodwill_grants"]?.array ?? []).map {
            Grant(principal: try $0.text("principal"), percent: try $0.integer("percent"))
        }
        writeOffMax = json["write_off_max"]?.integer
    }
}

extension Order {
    /// The payments, by place, in the order in which money is taken: listed providers first, then the oldest; cash,
    /// which is what is left, behind all others.
    func captureOrder(_ policy: PaymentPolicy) -> [Int] {
        let all = order(policy.captureOrder, Array(payments.indices))
        return all.filter { !payments[$0].isCash } + all.filter { payments[$0].isCash }
    }

    /// The payments, by place, in the order in which money is given back or let go: listed first, then the newest.
    func refundOrder(_ policy: PaymentPolicy) -> [Int] { order(policy.refundOrder, payments.indices.reversed()) }

    private func order(_ providers: [String], _ places: [Int]) -> [Int] {
        func rank(_ place: Int) -> Int { providers.firstIndex(of: payments[place].provider) ?? providers.count }
        return places.enumerated().sorted { (rank($0.1), $0.0) < (rank($1.1), $1.0) }.map(\.1)
    }
}

extension Work {
    /// How money of an order is taken and given back.
    func paying(of order: Order) -> PaymentPolicy {
        configuration.channels[order.channel]?.policy.paying ?? PaymentPolicy()
    }
}
