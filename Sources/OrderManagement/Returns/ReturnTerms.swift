/// What was agreed when a return was announced, by the policy that held then, and what has become of it since.
public struct ReturnTerms: Hashable, Sendable {
    /// Goods that came with a return and are not of its order's lines.
    public struct Found: Hashable, Sendable {
        public let sku: String
        public let quantity: Int64
        public let note: String?
        /// Where they were, if in a parcel that was settled as lost: they are of the order, and nobody waits for them.
        public internal(set) var origin: Origin?

        public struct Origin: Hashable, Sendable {
            public let parcel: Int
            public let line: Int
        }

        public init(sku: String, quantity: Int64, note: String?) {
            self.sku = sku
            self.quantity = quantity
            self.note = note
        }
    }

    /// A place that takes the goods.
    public struct Destination: Hashable, Sendable {
        public let location: String
        public let address: Address
    }

    /// The version of the channel's policies.
    public var policyVersion: Int64 = 0
    public var postage = ReturningPolicy.Payer.customer
    public var feeFixed: Int64 = 0
    public var feePercent: Int64 = 0
    /// What is not kept since other goods go out for it: it is kept after all where their order is given up.
    public var waivedFixed: Int64 = 0
    public var waivedPercent: Int64 = 0
    /// Lines whose reason is the merchant's doing: they bear no fee.
    public var freeLines: [Int] = []
    public var refundAt = ReturningPolicy.RefundAt.settlement
    public var refundTo = ReturningPolicy.RefundTo.source
    /// Whether it goes nowhere else.
    public var isRefundFixed = false
    /// The order that goes out for it; nil for none.
    public var successor: Successor?
    /// The parcel that the courier brings back; nil for what customers send.
    public var parcel: Int?
    /// Where to send them.
    public var destination: Destination?
    /// Until when an approved return may be sent.
    public var expiresAt: Timestamp?
    /// Until when goods on their way are waited for: then a person is told, or the return goes on with what is here.
    public var overdueAt: Timestamp?
    /// Whether a person was told.
    public var isOverdue = false
    /// Who brings its parcel, and under which number.
    public var courier: String?
    /// The courier's number; in a column of its own, since returns are found by it.
    public var tracking: String?
    /// Who is asked for news of its parcel; nil where nobody can be asked.
    public var connection: String?
    /// What its courier has told of its parcel.
    public var news = ParcelNews()
    /// Whether a job asks its courier for news of its parcel.
    public var isAsked = false
    /// Whether somebody will look that something is heard of its parcel.
    public var isWatched = false
    /// From when on a person is told that nothing was heard of its parcel; nil before it was handed in.
    public var silentAt: Timestamp?
    /// From when on a person is told that it was not received where it arrived; nil where it did not.
    public var receiveBy: Timestamp?
    public var found: [Found] = []
    /// Of its units, by line, those whose worth was given back by hand before: they are paid for by that.
    public var covered: [Int: Int64] = [:]
    /// Of what its courier was to bring back and has not brought, by line, the units whose worth is settled: the
    /// customer never had them.
    public var lost: [Int: Int64] = [:]
    /// Minor units kept so far of what came back.
    public var feeTaken: Int64 = 0

    public init() {}

    var text: String {
        var json = JSONWriter(reservingCapacity: 256)
        json.object {
            $0.member("policy", policyVersion)
            $0.member("postage", postage.rawValue)
            $0.member("refund_at", refundAt.rawValue)
            if refundTo != .source { $0.member("refund_to", refundTo.rawValue) }
            if isRefundFixed { $0.member("refund_to_fixed", true) }
            if let parcel { $0.member("parcel", parcel) }
            if let successor {
                $0.name("successor")
                successor.store(in: &$0)
            }
            if feeFixed != 0 { $0.member("fee_fixed", feeFixed) }
            if feePercent != 0 { $0.member("fee_percent", feePercent) }
            if waivedFixed != 0 { $0.member("waived_fixed", waivedFixed) }
            if waivedPercent != 0 { $0.member("waived_percent", waivedPercent) }
            if feeTaken != 0 { $0.member("fee_taken", feeTaken) }
            if !freeLines.isEmpty { $0.array("free_lines") { list in for line in freeLines { list.value(line) } } }
            if let destination {
                $0.member("send_to", destination.location)
                $0.name("address")
                destination.address.write(to: &$0)
            }
            if let expiresAt { $0.member("expires_at", expiresAt.milliseconds) }
            if let overdueAt { $0.member("overdue_at", overdueAt.milliseconds) }
            if isOverdue { $0.member("overdue", true) }
            if let courier { $0.member("courier", courier) }
            if let connection { $0.member("connection", connection) }
            if isAsked || connection != nil { $0.member("asked", isAsked) }
            if !news.isEmpty || news.isUnclear || news.isOthers {
                $0.name("news")
                news.store(in: &$0)
            }
            if isWatched { $0.member("watched", true) }
            if let silentAt { $0.member("silent_at", silentAt.milliseconds) }
            if let receiveBy { $0.member("receive_by", receiveBy.milliseconds) }
            if !found.isEmpty { $0.array("found") { list in for goods in found { goods.store(in: &list) } } }
            covered.store(in: &$0)
            lost.store(in: &$0, as: "lost")
        }
        return json.text
    }

    /// - Parameter text: nil for a return that was announced before there were terms.
    init(stored text: String?) throws {
        guard let json = try text.map(JSON.stored) else { return }
        policyVersion = try json.integer("policy")
        postage = try json.word("postage")
        refundAt = try json.word("refund_at")
        if json["refund_to"] != nil { refundTo = try json.word("refund_to") }
        isRefundFixed = json["refund_to_fixed"]?.bool ?? false
        parcel = json["parcel"]?.integer.map { Int($0) }
        successor = try json["successor"].map(Successor.init(stored:))
        feeFixed = json["fee_fixed"]?.integer ?? 0
        feePercent = json["fee_percent"]?.integer ?? 0
        waivedFixed = json["waived_fixed"]?.integer ?? 0
        waivedPercent = json["waived_percent"]?.integer ?? 0
        feeTaken = json["fee_taken"]?.integer ?? 0
        freeLines = (json["free_lines"]?.array ?? []).compactMap { $0.integer.map(Int.init) }
        if let location = json["send_to"]?.string, let address = json["address"] {
            destination = Destination(location: location, address: try Address(stored: address))
        }
        expiresAt = json["expires_at"]?.integer.map { Timestamp(milliseconds: $0) }
        overdueAt = json["overdue_at"]?.integer.map { Timestamp(milliseconds: $0) }
        isOverdue = json["overdue"]?.bool ?? false
        courier = json["courier"]?.string
        connection = json["connection"]?.string
        if let stored = json["news"] { news = try ParcelNews(stored: stored) }
        // Until returns kept all of their news, they kept the newest.
        if let way = json["way"] { news = try ParcelNews(storedWay: way) }
        // Until it was kept whether somebody asks, somebody did while it was under way.
        isAsked = json["asked"]?.bool ?? (connection != nil && !(way?.state.isFinal ?? false))
        isWatched = json["watched"]?.bool ?? false
        silentAt = json["silent_at"]?.integer.map { Timestamp(milliseconds: $0) }
        receiveBy = json["receive_by"]?.integer.map { Timestamp(milliseconds: $0) }
        covered = Dictionary(covered: json)
        lost = Dictionary(covered: json, as: "lost")
        found = try (json["found"]?.array ?? []).map {
            var goods = Found(sku: try $0.text("sku"), quantity: try $0.integer("quantity"), note: $0["note"]?.string)
            if let parcel = $0["parcel"]?.integer, let line = $0["line"]?.integer {
                goods.origin = .init(parcel: Int(parcel), line: Int(line))
            }
            return goods
        }
    }

    /// What is kept of goods worth so much, as a sum over all that came back so far: it grows with them and never by
    /// more than they do, so that parts add up.
    func fee(ofGoodsWorth value: Int64) -> Int64 { Self.fee(feeFixed, feePercent, ofGoodsWorth: value) }

    /// What is not kept of goods worth so much, since other goods go out for them.
    func waivedFee(ofGoodsWorth value: Int64) -> Int64 { Self.fee(waivedFixed, waivedPercent, ofGoodsWorth: value) }

    private static func fee(_ fixed: Int64, _ percent: Int64, ofGoodsWorth value: Int64) -> Int64 {
        let (high, low) = value.multipliedFullWidth(by: percent)
        let (share, _) = Int64(100).dividingFullWidth((high, low))
        return min(value, fixed + share)
    }

    /// Nothing goes out for it after all: what was waived is kept. - Returns: Whether anything was.
    mutating func endWaiver() -> Bool {
        guard waivedFixed > 0 || waivedPercent > 0 else { return false }
        (feeFixed, feePercent) = (waivedFixed, waivedPercent)
        (waivedFixed, waivedPercent) = (0, 0)
        return true
    }

    /// Tells a customer and a counter what was agreed.
    func write(to json: inout JSONWriter, of order: Order) {
        json.member("postage", postage.rawValue)
        json.member("fee", Money(feeTaken, order.currency))
        json.member("refund_at", refundAt.rawValue)
        json.member("refund_to", refundTo.rawValue)
        json.name("exchange")
        if let successor { successor.write(to: &json) } else { json.null() }
        json.member("policy_version", policyVersion)
        json.member("expires_at", expiresAt)
        json.name("send_to")
        if let destination {
            json.object {
                $0.member("location", destination.location)
                $0.name("address")
                destination.address.write(to: &$0)
            }
        } else {
            json.null()
        }
        json.member("courier", courier)
        json.member("tracking", tracking)
        json.name("way")
        if let way { way.write(to: &json) } else { json.null() }
        json.array("found") { list in for goods in found { goods.write(to: &list, of: order.id) } }
    }
}

extension ReturnTerms.Found {
    func write(to json: inout JSONWriter, of order: OrderID) {
        json.object {
            $0.member("sku", sku)
            $0.member("quantity", quantity)
            $0.member("note", note)
            $0.member("parcel", origin.map { ParcelID(order, $0.parcel).description })
        }
    }

    func store(in json: inout JSONWriter) {
        json.object {
            $0.member("sku", sku)
            $0.member("quantity", quantity)
            $0.member("note", note)
            if let origin {
                $0.member("parcel", origin.parcel)
                $0.member("line", origin.line)
            }
        }
    }
}
