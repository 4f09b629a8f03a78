/// What a channel grants customers whose goods come back, or never came.
public struct ReturningPolicy: Hashable, Sendable {
    /// Who pays the way back.
    public enum Payer: String, CaseIterable, Sendable { case customer, merchant }

    /// When the money goes back: when the goods are handed in, when they are judged, or when a person says so.
    public enum RefundAt: String, CaseIterable, Sendable { case receipt, inspection, settlement }

    /// Where the money goes.
    public enum RefundTo: String, CaseIterable, Sendable { case source, storeCredit = "store_credit" }

    /// When the goods of an exchange go out: never, once those that come back are here, or before.
    public enum Shipping: String, CaseIterable, Sendable { case none, onReceipt = "on_receipt", atOnce = "at_once" }

    /// What happens by itself to the money of goods that never came.
    public enum Compensation: String, CaseIterable, Sendable { case manual, refund }

    /// What differs for some items, some reasons, or both; the first rule that fits holds.
    public struct Rule: Hashable, Sendable {
        /// Empty for all.
        public var skus: [String]
        public var reasons: [Return.Reason]
        /// nil for the channel's days.
        public var days: Int64?
        public var isFinalSale: Bool

        public init(skus: [String] = [], reasons: [Return.Reason] = [], days: Int64? = nil, isFinalSale: Bool = false) {
            self.skus = skus
            self.reasons = reasons
            self.days = days
            self.isFinalSale = isFinalSale
        }

        func fits(_ sku: String, _ reason: Return.Reason) -> Bool {
            (skus.isEmpty || skus.contains(sku)) && (reasons.isEmpty || reasons.contains(reason))
        }
    }

    public static let rulesMax = 100
    public static let skusMax = 1_000

    /// The reasons that customers may give.
    public var reasons = Return.Reason.ofCustomers
    public var rules: [Rule] = []
    /// Reasons that are the merchant's doing: no fee, and the merchant pays the postage.
    public var freeReasons: [Return.Reason] = [.damaged, .faulty, .notAsDescribed, .wrongItem, .late]
    /// Who pays the postage for the other reasons.
    public var postage = Payer.customer
    /// Kept of what a return is worth: minor units once per return, and a share of the goods, 0…100.
    public var feeFixed: Int64 = 0
    public var feePercent: Int64 = 0
    public var refundAt = RefundAt.settlement
    public var refundTo = RefundTo.source
    /// Whether nobody may send it elsewhere when a return is settled.
    public var isRefundFixed = false
    public var exchanges = Shipping.onReceipt
    /// Whether an exchange bears the fees of a return.
    public var exchangeBearsFees = false
    /// Whether a return by post may be sent without anybody's agreement.
    public var approvesItself = false
    /// Only returns worth no more than this approve themselves; nil for all. Minor units.
    public var approvesItselfUpTo: Int64?
    /// Where returns by post go; nil for where the goods came from.
    public var location: String?
    /// How long a customer who asks to send goods back waits for an answer before a person hears of it.
    public var answerWithinDays: Int64 = 2
    /// How long an approved return may take before it expires.
    public var sendWithinDays: Int64 = 30
    /// How long goods on their way back may take before a person hears of it.
    public var overdueDays: Int64 = 21
    /// How long nothing may be heard of a parcel that was handed in before a person hears of it.
    public var silentDays: Int64 = 7
    /// How long goods that have arrived may lie unreceived before a person hears of it.
    public var receiveWithinDays: Int64 = 2
    /// Of parcels that the courier lost: refunded at once, or a person decides.
    public var lost = Compensation.manual
    /// Of parcels that came back to the sender: refunded when they are judged, or a person settles.
    public var undelivered = Compensation.manual

    public init() {}

    /// Days from delivery in which a unit may come back; nil for a final sale.
    func days(for sku: String, _ reason: Return.Reason, otherwise days: Int64) -> Int64? {
        guard let rule = rules.first(where: { $0.fits(sku, reason) }) else { return days }
        return rule.isFinalSale ? nil : rule.days ?? days
    }

    /// This policy with all that an earlier one granted as well: how returns are run is as this one says, and a
    /// customer has of each right the better.
    func noWorse(than other: ReturningPolicy) -> ReturningPolicy {
        var policy = self
        policy.reasons += other.reasons.filter { !reasons.contains($0) }
        policy.freeReasons += other.freeReasons.filter { !freeReasons.contains($0) }
        if other.postage == .merchant { policy.postage = .merchant }
        policy.feeFixed = min(feeFixed, other.feeFixed)
        policy.feePercent = min(feePercent, other.feePercent)
        policy.exchangeBearsFees = exchangeBearsFees && other.exchangeBearsFees
        let moments = RefundAt.allCases
        policy.refundAt = moments.first { $0 == refundAt || $0 == other.refundAt } ?? refundAt
        if other.refundTo == .source { policy.refundTo = .source }
        policy.isRefundFixed = isRefundFixed && other.isRefundFixed
        return policy
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.array("reasons") { list in for reason in reasons { list.value(reason.rawValue) } }
            $0.array("rules") { list in for rule in rules { rule.write(to: &list) } }
            $0.array("free_reasons") { list in for reason in freeReasons { list.value(reason.rawValue) } }
            $0.member("postage", postage.rawValue)
            $0.member("fee_fixed", feeFixed)
            $0.member("fee_percent", feePercent)
            $0.member("refund_at", refundAt.rawValue)
            $0.member("refund_to", refundTo.rawValue)
            $0.member("refund_to_fixed", isRefundFixed)
            $0.member("exchanges", exchanges.rawValue)
            $0.member("exchange_fees", exchangeBearsFees)
            $0.member("auto_approve", approvesItself)
            $0.member("auto_approve_up_to", approvesItselfUpTo)
            $0.member("location", location)
            $0.member("answer_within_days", answerWithinDays)
            $0.member("send_within_days", sendWithinDays)
            $0.member("overdue_days", overdueDays)
            $0.member("silent_days", silentDays)
            $0.member("receive_within_days", receiveWithinDays)
            $0.member("lost", lost.rawValue)
            $0.member("undelivered", undelivered.rawValue)
        }
    }

    /// - Parameter json: nil where a channel was saved before there was such a policy.
    init(stored json: JSON?) throws {
        guard let json else { return }
        reasons = try Self.reasons(json["reasons"])
        rules = try (json["rules"]?.array ?? []).map { rule in
            Rule(
                skus: (rule["skus"]?.array ?? []).compactMap(\.string), reasons: try Self.reasons(rule["reasons"]),
                days: rule["days"]?.integer, isFinalSale: rule["final_sale"]?.bool ?? false)
        }
        freeReasons = try Self.reasons(json["free_reasons"])
        postage = try json.word("postage")
        feeFixed = try json.integer("fee_fixed")
        feePercent = try json.integer("fee_percent")
        refundAt = try json.word("refund_at")
        if json["refund_to"] != nil { refundTo = try json.word("refund_to") }
        isRefundFixed = json["refund_to_fixed"]?.bool ?? false
        if json["exchanges"] != nil { exchanges = try json.word("exchanges") }
        exchangeBearsFees = json["exchange_fees"]?.bool ?? false
        approvesItself = json["auto_approve"]?.bool ?? false
        approvesItselfUpTo = json["auto_approve_up_to"]?.integer
        location = json["location"]?.string
        answerWithinDays = json["answer_within_days"]?.integer ?? answerWithinDays
        sendWithinDays = try json.integer("send_within_days")
        overdueDays = try json.integer("overdue_days")
        silentDays = json["silent_days"]?.integer ?? silentDays
        receiveWithinDays = json["receive_within_days"]?.integer ?? receiveWithinDays
        lost = try json.word("lost")
        undelivered = try json.word("undelivered")
    }

    private static func reasons(_ json: JSON?) throws -> [Return.Reason] {
        try (json?.array ?? []).map { word in
            guard let reason = word.string.flatMap(Return.Reason.init(rawValue:)) else {
                throw BrokenInvariant("a stored policy names an unknown reason")
            }
            return reason
        }
    }
}

extension ReturningPolicy.Rule {
    func write(to json: inout JSONWriter) {
        json.object {
            $0.array("skus") { list in for sku in skus { list.value(sku) } }
            $0.array("reasons") { list in for reason in reasons { list.value(reason.rawValue) } }
            $0.member("days", days)
            $0.member("final_sale", isFinalSale)
        }
    }
}

extension JSON {
    /// A stored word of an enumeration. - Throws: `BrokenInvariant` for another one.
    func word<Word: RawRepresentable>(_ name: String) throws -> Word where Word.RawValue == String {
        let text = try text(name)
        guard let word = Word(rawValue: text) else { throw BrokenInvariant("stored \(name) is \(text)") }
        return word
    }
}
