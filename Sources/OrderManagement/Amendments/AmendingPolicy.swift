/// Until when the orders of a channel may be amended, and what that may ask of the locations.
public struct AmendingPolicy: Hashable, Sendable {
    /// What may be amended; raw values stand in refusals, for people.
    public enum Kind: String, CaseIterable, Sendable {
        case add = "adding", remove = "removing", quantity = "changing the quantity", swap = "swapping",
            price = "pricing anew", address = "changing the address", method = "changing how it is delivered"
    }

    /// The last state of a fulfillment in which its units may still be amended.
    public enum Limit: String, CaseIterable, Sendable {
        case never, open, released, accepted, picking, packed, ready

        /// The states up to it, the least work done first.
        var states: [Fulfillment.State] {
            switch self {
            case .never: []
            case .open: [.open]
            case .released: [.open, .released]
            case .accepted: [.open, .released, .accepted]
            case .picking: [.open, .released, .accepted, .picking]
            case .packed: [.open, .released, .accepted, .picking, .packed]
            case .ready: [.open, .released, .accepted, .picking, .packed, .ready]
            }
        }
    }

    /// What becomes of goods that were picked: the location puts them back, or they stay as they are.
    public enum Picked: String, CaseIterable, Sendable { case putBack = "put_back", refuse }

    /// What becomes of a parcel that bears its label: it stays as it is, or a person stops it.
    public enum Labelled: String, CaseIterable, Sendable { case refuse, intercept }

    /// Adding, while some unit of the order has not gone further.
    public var addUntil: Limit = .packed
    public var removeUntil: Limit = .packed
    public var quantityUntil: Limit = .packed
    public var swapUntil: Limit = .packed
    public var addressUntil: Limit = .packed
    /// The same where the customer asks by the order's page; nil for no earlier end.
    public var customersAddressUntil: Limit?
    /// Between sending and collecting, or to another store.
    public var methodUntil: Limit = .accepted
    public var picked: Picked = .putBack
    public var labelled: Labelled = .refuse
    /// How long a staged one may wait for its commitment.
    public var expiry: Seconds = .hours(1)
    /// Seconds that `expiry` may have: a minute to thirty days.
    public static let expiryRange: ClosedRange<Int64> = 60...2_592_000

    public init() {}

    func limit(of kind: Kind) -> Limit {
        switch kind {
        case .add: addUntil
        case .remove: removeUntil
        case .quantity: quantityUntil
        case .swap, .price: swapUntil
        case .address: addressUntil
        case .method: methodUntil
        }
    }

    /// The states whose units may be amended so, the least work done first. Address and price may change around goods
    /// that stay where they are; whatever takes units away asks for picked ones to be put back.
    func states(for kind: Kind) -> [Fulfillment.State] {
        let states = limit(of: kind).states
        switch kind {
        case .add, .address, .price: return states
        case .remove, .quantity, .swap, .method: return picked == .putBack ? states : states.filter { !$0.isPicked }
        }
    }

    /// Until when something was possible, for people.
    /// - Parameters:
    ///   - method: How the units go that it is about.
    ///   - isLabelled: Whether it is a label alone that is in the way.
    func possibility(of kind: Kind, _ method: Fulfillment.Method, isLabelled: Bool = false) -> String {
        // Of a pickup it is not the address that stays within the method and the store.
        let name = kind == .address && method == .pickup ? "changing who collects, or the note on it," : kind.rawValue
        guard let last = states(for: kind).last else { return "\(name) is not offered by the channel" }
        return "\(name) was possible until "
            + (isLabelled ? "their label was on" : last.end(of: method, isOver: true))
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("add_until", addUntil.rawValue)
            $0.member("remove_until", removeUntil.rawValue)
            $0.member("quantity_until", quantityUntil.rawValue)
            $0.member("swap_until", swapUntil.rawValue)
            $0.member("address_until", addressUntil.rawValue)
            if let limit = customersAddressUntil { $0.member("address_by_customer_until", limit.rawValue) }
            $0.member("method_until", methodUntil.rawValue)
            $0.member("picked_goods", picked.rawValue)
            $0.member("labelled_parcels", labelled.rawValue)
            $0.member("expiry_seconds", expiry.count)
        }
    }

    /// As stored; what a channel of an older program does not say is as by default.
    init(stored json: JSON?) {
        self.init()
        func word<Word: RawRepresentable>(_ name: String, _ standard: Word) -> Word where Word.RawValue == String {
            json?[name]?.string.flatMap(Word.init(rawValue:)) ?? standard
        }
        addUntil = word("add_until", addUntil)
        removeUntil = word("remove_until", removeUntil)
        quantityUntil = word("quantity_until", quantityUntil)
        swapUntil = word("swap_until", swapUntil)
        addressUntil = word("address_until", addressUntil)
        customersAddressUntil = json?["address_by_customer_until"]?.string.flatMap(Limit.init(rawValue:))
        methodUntil = word("method_until", methodUntil)
        picked = word("picked_goods", picked)
        labelled = word("labelled_parcels", labelled)
        if let seconds = json?["expiry_seconds"]?.integer { expiry = Seconds(seconds) }
    }
}

extension AmendingPolicy {
    /// The policy as it holds for the customer of an order.
    public var forCustomers: AmendingPolicy {
        var policy = self
        let limits = Limit.allCases
        if let own = customersAddressUntil, let mine = limits.firstIndex(of: own),
            let most = limits.firstIndex(of: addressUntil)
        {
            policy.addressUntil = limits[min(mine, most)]
        }
        return policy
    }
}

extension Channel {
    /// The channel with the ends that hold for whoever asks.
    func amending(for principal: Principal) -> Channel {
        guard principal == .customer else { return self }
        var channel = self
        channel.policy.amending = policy.amending.forCustomers
        return channel
    }
}

extension Fulfillment.State {
    /// Whether goods lie off their shelf for it.
    var isPicked: Bool {
        switch self {
        case .picking, .packed, .ready: true
        case .open, .released, .accepted, .shipped, .delivered, .collected, .expired, .rejected, .cancelled: false
        }
    }
}
