/// What cancelling costs, until when the customer may ask for it, and what is cancelled by itself.
public struct CancellingPolicy: Hashable, Sendable {
    /// Until when the customer may cancel, where that is earlier than the channel's `cancellable_until`.
    public var customerUntil: Fulfillment.State?
    public var fee: Fee?
    /// Units that wait for stock this many days are cancelled; nil lets them wait.
    public var unfillableDays: Int64?

    /// What is kept of the money for cancelled units: never more than they are worth, nor than was paid.
    public struct Fee: Hashable, Sendable {
        /// Once per cancellation, minor units.
        public var amount: Int64
        /// Of the worth of the units that it is charged for.
        public var percent: Int64
        /// Charged for units whose work has come this far.
        public var from: Fulfillment.State
        /// Reasons for which nothing is kept.
        public var waivedFor: Set<CancelOrder.Reason>

        /// Who did nothing wrong pays nothing.
        public static let waivedByDefault: Set<CancelOrder.Reason> = [.merchant, .unfillable, .fraud]

        public init(
            amount: Int64, percent: Int64, from: Fulfillment.State = .open,
            waivedFor: Set<CancelOrder.Reason> = waivedByDefault
        ) {
            self.amount = amount
            self.percent = percent
            self.from = from
            self.waivedFor = waivedFor
        }
    }

    public init(customerUntil: Fulfillment.State? = nil, fee: Fee? = nil, unfillableDays: Int64? = nil) {
        self.customerUntil = customerUntil
        self.fee = fee
        self.unfillableDays = unfillableDays
    }

    func write(to json: inout JSONWriter) {
        json.object {
            if let customerUntil { $0.member("customer_until", customerUntil.rawValue) }
            if let fee {
                $0.object("fee") {
                    $0.member("amount", fee.amount)
                    $0.member("percent", fee.percent)
                    $0.member("from", fee.from.rawValue)
                    $0.array("waived_for") { list in
                        for reason in fee.waivedFor.map(\.rawValue).sorted() { list.value(reason) }
                    }
                }
            }
            if let unfillableDays { $0.member("unfillable_days", unfillableDays) }
        }
    }

    init(stored json: JSON) throws {
        self.init(
            customerUntil: try json["customer_until"]?.string.map(Self.state),
            fee: try json["fee"].map { fee in
                Fee(
                    amount: try fee.integer("amount"), percent: try fee.integer("percent"),
                    from: try Self.state(try fee.text("from")),
                    waivedFor: Set((fee["waived_for"]?.array ?? []).compactMap { reason in
                        reason.string.flatMap(CancelOrder.Reason.init(rawValue:))
                    }))
            }, unfillableDays: json["unfillable_days"]?.integer)
    }

    private static func state(_ text: String) throws -> Fulfillment.State {
        guard let state = Fulfillment.State(rawValue: text) else {
            throw BrokenInvariant("a stored policy names the state \(text)")
        }
        return state
    }
}

extension ChannelPolicy {
    /// Until when units may be cancelled for a reason.
    public func cancellableUntil(for reason: CancelOrder.Reason) -> String {
        guard reason == .customer, let earlier = cancelling.customerUntil else { return cancellableUntil }
        let order = Self.cancellableStates.map(\.rawValue)
        let most = order.firstIndex(of: cancellableUntil) ?? order.count
        return (order.firstIndex(of: earlier.rawValue) ?? 0) < most ? earlier.rawValue : cancellableUntil
    }
}
