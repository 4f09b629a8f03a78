/// What was decided about a parcel that is lost.
public struct ParcelClaim: Hashable, Sendable {
    public enum Resolution: String, CaseIterable, Sendable {
        /// The customer gets the money of its units back.
        case refund
        /// The customer gets its goods once more, by another order.
        case reship
        /// The customer gets nothing: it was settled elsewhere.
        case none
        /// It came after all, before anything was decided: so settled until parcels themselves said so.
        case arrived
    }

    public let resolution: Resolution
    /// Minor units given back.
    public private(set) var refunded: Int64
    public let note: String?
    public let by: String
    /// When it was decided; of what arrived, when it did.
    public let at: Timestamp
    /// When the courier told that it came after all, though it was settled.
    public var foundAt: Timestamp?
    /// Whether it went out once more though it was delivered: at another door, or nowhere, as its customer says.
    public var isElsewhere = false
    /// Whether its customer has it all the same.
    public var isFetched = false
    /// Whether less was given back than its units are worth: what is left of that is theirs who has the units, should
    /// they come after all.
    public var isPart = false
    /// Of its units, by line, those whose worth was given back by hand before: they are paid for by that.
    public var covered: [Int: Int64] = [:]
    /// Of its units, by line, those that the customer handed in after it had come.
    public var handedIn: [Int: Int64] = [:]
    /// The order by which its goods go out once more.
    public var successor: Successor?
    /// When what went out once more was stopped, since the parcel had come after all; nil while it is not.
    public private(set) var endedAt: Timestamp?

    /// Nothing goes out once more: its units are the customer's as if nothing had been decided.
    mutating func end(at moment: Timestamp) {
        endedAt = moment
        refunded = 0
    }

    init(_ resolution: Resolution, refunded: Int64 = 0, note: String? = nil, by: String, at: Timestamp) {
        self.resolution = resolution
        self.refunded = refunded
        self.note = note
        self.by = by
        self.at = at
    }

    var text: String {
        var json = JSONWriter(reservingCapacity: 128)
        json.object {
            $0.member("resolution", resolution.rawValue)
            $0.member("refunded", refunded)
            $0.member("note", note)
            $0.member("by", by)
            $0.member("at", at.milliseconds)
            if let foundAt { $0.member("found_at", foundAt.milliseconds) }
            if let endedAt { $0.member("ended_at", endedAt.milliseconds) }
            if isElsewhere { $0.member("elsewhere", true) }
            if isFetched { $0.member("fetched", true) }
            if isPart { $0.member("part", true) }
            covered.store(in: &$0)
            handedIn.store(in: &$0, as: "handed_in")
            if let successor {
                $0.name("successor")
                successor.store(in: &$0)
            }
        }
        return json.text
    }

    init(stored text: String) throws {
        let json = try JSON.stored(text)
        self.init(
            try json.word("resolution"), refunded: try json.integer("refunded"), note: json["note"]?.string,
            by: try json.text("by"), at: Timestamp(milliseconds: try json.integer("at")))
        foundAt = json["found_at"]?.integer.map { Timestamp(milliseconds: $0) }
        endedAt = json["ended_at"]?.integer.map { Timestamp(milliseconds: $0) }
        isElsewhere = json["elsewhere"]?.bool ?? false
        isFetched = json["fetched"]?.bool ?? false
        isPart = json["part"]?.bool ?? false
        covered = Dictionary(covered: json)
        handedIn = Dictionary(covered: json, as: "handed_in")
        successor = try json["successor"].map(Successor.init(stored:))
    }

    /// Whether what comes of it later is worth nothing more to the customer: they got something else for all of it.
    var settlesAll: Bool { isFinal && !isPart }

    /// Whether something was decided that what comes of it later does not undo.
    var isFinal: Bool {
        switch resolution {
        case .refund, .none: true
        case .reship: endedAt == nil
        case .arrived: false
        }
    }

    /// - Parameter here: Of its units, by line, those that are here without its courier having brought them.
    func write(to json: inout JSONWriter, of order: OrderID, in currency: Currency, here: [Int: Int64]) {
        json.object {
            $0.member("resolution", resolution.rawValue)
            $0.member("refunded", Money(refunded, currency))
            $0.member("part", isPart)
            covered.write(to: &$0, of: order)
            here.write(to: &$0, of: order, as: "handed_in")
            $0.member("note", note)
            $0.member("by", by)
            $0.member("at", at)
            $0.member("found_at", foundAt)
            $0.member("ended_at", endedAt)
            $0.name("reshipment")
            if let successor { successor.write(to: &$0) } else { $0.null() }
        }
    }
}
