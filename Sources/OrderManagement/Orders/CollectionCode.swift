/// What a customer says at the counter: six digits, one code for everything of an order.
///
/// It follows from the order's id and from the digest of what was asked for, which nobody but the customer and the shop
/// knows; what goes out in exchange, or once more, has the digest of the order that it stands for. So it needs neither
/// a column nor chance, and stays the same when a part is collected first. It keeps a
/// stranger who read the order's number from taking the goods; it is no secret to those who work there.
extension Order {
    public var collectionCode: String {
        // FNV-1a, 64 bits (Fowler, Noll, Vo), and the end of SplitMix64, so that near ids give far codes.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in contentDigest.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash ^= UInt64(bitPattern: id.value)
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        let digits = String((hash ^ (hash >> 31)) % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// What the channel asks of whoever comes; spaces between the digits of a code are how people say them.
    ///
    /// - Returns: By what they are known.
    /// - Throws: `.wrongCode` at `/code`, also where a code is asked for and none was shown.
    @discardableResult
    func require(_ code: String?, of person: String, as check: PickupCheck) throws(Refusal) -> CollectorProof {
        if let code {
            guard code.filter({ $0 != " " }) != collectionCode else { return .code }
            throw Refusal([.init("/code", .wrongCode, "this is not the collection code of order \(number)")])
        }
        switch check {
        case .optional: return isExpected(person) ? .name : .nothing
        case .nameOrCode where isExpected(person): return .name
        case .nameOrCode:
            throw Refusal([
                .init(
                    "/code", .wrongCode,
                    "\(person) is neither the customer of order \(number) nor their delegate: ask for the code")
            ])
        case .code:
            throw Refusal([
                .init("/code", .wrongCode, "is missing: the channel \(channel) hands out orders against their code")
            ])
        }
    }

    private func isExpected(_ person: String) -> Bool { collector(named: person) != .unknown }

    /// Who somebody is to the order, however the name is spaced and capitalized.
    fileprivate func collector(named person: String) -> CollectorCheck.Collector {
        func plain(_ name: String) -> String { name.lowercased().filter { !$0.isWhitespace } }
        if plain(customer.name) == plain(person) { return .customer }
        return delivery.delegate.map(plain) == plain(person) ? .delegate : .unknown
    }
}

/// By what the one who took the goods was known: the order's code, the name of the customer or of their delegate, or
/// nothing, where the channel asks for neither.
public enum CollectorProof: String, CaseIterable, Sendable { case code, name, nothing = "none" }

/// Whether goods may be handed to somebody who has come for them: asked before anything is handed over, and without
/// changing anything. It tells no more of the customer than who asks has said.
public struct CollectorCheck: Sendable {
    public enum Collector: String, CaseIterable, Sendable { case customer, delegate, unknown }

    public let asksFor: PickupCheck
    /// Who the name is; nil where none was said.
    public let collector: Collector?
    /// Whether the code is that of the order; nil where none was shown.
    public let isCodeRight: Bool?
    /// Why the goods may not be handed over; nil where they may.
    public let objection: String?

    /// - Parameters:
    ///   - name: Who has come, as they say.
    ///   - code: What they show.
    public init(
        _ id: FulfillmentID, of order: Order, name: String?, code: String?, _ channel: Channel, at now: Timestamp
    ) {
        asksFor = channel.policy.pickupCheck
        collector = name.map(order.collector(named:))
        isCodeRight = code.map { $0.filter { $0 != " " } == order.collectionCode }
        let path = "/v1/fulfillments/\(id)/collections"
        let permission = order.permissions(channel, at: now).first { $0.path == path }
        var objection = permission?.reason
        if permission == nil, let part = order.part(id) {
            objection = part.method == .pickup
                ? "the fulfillment is \(part.state.rawValue)" : "it is sent to its customer: nobody collects it"
        }
        if objection == nil {
            do throws(Refusal) {
                try order.require(code, of: name ?? "", as: channel.policy.pickupCheck)
            } catch {
                objection = name == nil && code == nil ? "say who has come" : error.details.first?.detail
            }
        }
        self.objection = objection
    }

    public func write(_ id: FulfillmentID, of order: Order, to json: inout JSONWriter) {
        json.object {
            $0.member("fulfillment", id.description)
            $0.member("order_number", order.number)
            $0.member("asks_for", asksFor.rawValue)
            $0.member("collector", collector?.rawValue)
            $0.member("code_right", isCodeRight)
            $0.member("allowed", objection == nil)
            $0.member("reason", objection)
        }
    }
}
