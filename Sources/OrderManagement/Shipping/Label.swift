/// The courier's document for one parcel: intended, bought, and let go of again.
public struct Label: Hashable, Sendable {
    public enum State: String, Lifecycle {
        /// The courier is being asked for it.
        case pending
        case bought
        /// The courier said no.
        case failed
        /// Nobody needs it any more, and whether there is one is not known yet.
        case unwanted
        /// The courier is being asked to take it back.
        case voiding
        case voided
        /// The courier did not take it back: it is paid for.
        case kept
        public enum Action: String, CaseIterable, Sendable { case buy, fail, void, confirm, refuse, restore }
        public static let noun = "label"
        public var exits: [Action: State] {
            switch self {
            case .pending: [.buy: .bought, .fail: .failed, .void: .unwanted]
            case .bought: [.void: .voiding]
            case .unwanted: [.buy: .voiding, .fail: .failed]
            case .voiding: [.confirm: .voided, .refuse: .kept]
            // Its parcel went by it all the same.
            case .voided, .kept: [.restore: .bought]
            case .failed: [:]
            }
        }

        /// Whether it is on the parcel, or will be.
        public var isLive: Bool { self == .pending || self == .bought }
    }

    /// Within its parcel.
    public let number: Int
    public let courier: String
    public let service: String
    /// Who sells it, as the courier's connection was when it was chosen: nobody else can take it back.
    public let connection: String
    public private(set) var state = State.pending
    /// Whether it was taken off, and put on again: its courier may have it as taken back.
    public private(set) var isRestored = false
    /// What it was expected to cost when it was chosen.
    public let quoted: Money
    /// What the courier took for it; nil before it is bought.
    public var price: Money?
    public var tracking: String?
    /// By what its parcel is sorted, printed big: the courier's own text, or where it goes; nil where nobody gave any.
    public var routing: String?
    /// The zone of the courier's tariff, of a label that the retailer prints.
    public var zone: String?
    /// The courier's own name for it, by which it is taken back.
    public var reference: String?
    /// Why it failed, or was not taken back.
    public var reason: String?
    /// What was told under its number since it was taken off, or before.
    public var news = ParcelNews()
    /// Whether a person has said that its parcel had left, though nobody was to send it any more.
    var hasLeft = false
    /// What its parcel held when it was opened in the books; nil for one that was not, or was packed anew since.
    var opened: OpenedParcel?
    /// The run that took it to be printed; nil before that.
    public var print: Print?
    public let chosenAt: Timestamp
    /// What its parcel asks for at the door, as it is printed on it: minor units of the order's currency.
    public internal(set) var cash: Int64 = 0
    /// Whether a person named its service: another label of the parcel is of the same, as long as that takes it.
    public let isNamed: Bool

    public init(
        number: Int, courier: String, service: String, connection: String, quoted: Money, isNamed: Bool = false,
        at now: Timestamp
    ) {
        self.isNamed = isNamed
        (self.number, self.courier, self.service, self.connection) = (number, courier, service, connection)
        (self.quoted, chosenAt) = (quoted, now)
    }

    /// Whether nobody outside is asked for it, or for taking it back.
    var isOwn: Bool { connection == Courier.ownConnection }

    /// Whether the retailer prints it itself, as nobody else gave anything to be printed.
    public var isDrawnHere: Bool { isOwn }

    /// - Throws: `.illegalTransition`.
    public mutating func apply(_ action: State.Action) throws(Refusal) {
        state = try state.after(action)
        if action == .restore { isRestored = true }
    }

    /// It is bought.
    ///
    /// - Parameter price: nil for what was expected.
    /// - Throws: `.illegalTransition`.
    mutating func take(
        tracking: String, reference: String?, price: Money?, routing: String?
    ) throws(Refusal) {
        try apply(.buy)
        self.routing = routing.flatMap { $0.trimmed.isEmpty ? nil : $0.trimmed }
        (self.tracking, self.reference, self.price) = (tracking, reference, price ?? quoted)
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("label", number)
            $0.member("status", state.rawValue)
            $0.member("courier", courier)
            $0.member("service", service)
            $0.member("quoted", quoted)
            $0.member("price", price)
            $0.member("tracking", tracking)
            $0.member("routing", routing)
            $0.member("zone", zone)
            $0.member("reason", reason)
            $0.member("named", isNamed)
            $0.member("chosen_at", chosenAt)
            $0.member("printed_at", print?.at)
            $0.member("print_run", print?.run.description)
        }
    }

    func store(in json: inout JSONWriter) {
        json.object {
            $0.member("number", number)
            $0.member("state", state.rawValue)
            $0.member("courier", courier)
            $0.member("service", service)
            $0.member("connection", connection)
            $0.member("quoted", quoted)
            if let price { $0.member("price", price) }
            if let tracking { $0.member("tracking", tracking) }
            if let routing { $0.member("routing", routing) }
            if let zone { $0.member("zone", zone) }
            if cash > 0 { $0.member("cash", cash) }
            if let reference { $0.member("reference", reference) }
            if let reason { $0.member("reason", reason) }
            if isRestored { $0.member("restored", true) }
            if isNamed { $0.member("named", true) }
            if news != ParcelNews() {
                $0.name("news")
                news.store(in: &$0)
            }
            if hasLeft { $0.member("left", true) }
            if let opened {
                $0.name("opened")
                opened.store(in: &$0)
            }
            if let print {
                $0.array("print") {
                    $0.value(print.run.value)
                    $0.value(print.at.milliseconds)
                }
            }
            $0.member("at", chosenAt.milliseconds)
        }
    }

    init(stored json: JSON) throws {
        guard let state = State(rawValue: try json.text("state")), let quoted = json["quoted"] else {
            throw BrokenInvariant("a stored label cannot be read")
        }
        self.init(
            number: Int(try json.integer("number")), courier: try json.text("courier"),
            service: try json.text("service"), connection: try json.text("connection"),
            quoted: try Money(stored: quoted), isNamed: json["named"]?.bool ?? false,
            at: Timestamp(milliseconds: try json.integer("at")))
        self.state = state
        price = try json["price"].map(Money.init(stored:))
        tracking = json["tracking"]?.string
        (routing, zone) = (json["routing"]?.string, json["zone"]?.string)
        reference = json["reference"]?.string
        reason = json["reason"]?.string
        isRestored = json["restored"]?.bool ?? false
        news = try json["news"].map(ParcelNews.init(stored:)) ?? ParcelNews()
        hasLeft = json["left"]?.bool ?? false
        cash = json["cash"]?.integer ?? 0
        opened = try json["opened"].map(OpenedParcel.init(stored:))
        if let pair = json["print"]?.array, pair.count == 2, let run = pair[0].integer, let at = pair[1].integer {
            print = Print(run: PrintRunID(run), at: Timestamp(milliseconds: at))
        }
    }
}

/// What a courier gave to be printed as it is.
public struct LabelDocument: Hashable, Sendable {
    public enum Format: String, CaseIterable, Sendable { case pdf, zpl }

    public let format: Format
    public let content: [UInt8]

    public init(format: Format, content: [UInt8]) { (self.format, self.content) = (format, content) }
}
