/// One box: its units, weight and size, and what the courier says of it.
public struct Parcel: Hashable, Sendable {
    public enum State: String, Lifecycle {
        case packed, labelled, handedOver = "handed_over", inTransit = "in_transit",
            outForDelivery = "out_for_delivery", delivered, exception, lost, returnedToSender = "returned_to_sender"
        public enum Action: String, CaseIterable, Sendable {
            case label, unlabel, handOver = "hand_over", move, sendOut = "send_out", deliver, fail, lose,
                returnToSender = "return_to_sender"
        }
        public static let noun = "parcel"
        /// Couriers leave news out: steps of the way may be passed over. The way back leads through `exception` only.
        public var exits: [Action: State] {
            switch self {
            case .packed: [.label: .labelled, .handOver: .handedOver]
            case .labelled: [.unlabel: .packed, .handOver: .handedOver]
            case .handedOver: [
                .move: .inTransit, .sendOut: .outForDelivery, .deliver: .delivered, .fail: .exception, .lose: .lost,
                .returnToSender: .returnedToSender,
            ]
            case .inTransit: [
                .sendOut: .outForDelivery, .deliver: .delivered, .fail: .exception, .lose: .lost,
                .returnToSender: .returnedToSender,
            ]
            case .outForDelivery: [
                .deliver: .delivered, .fail: .exception, .lose: .lost, .returnToSender: .returnedToSender,
            ]
            case .exception: [
                    .handOver: .handedOver, .move: .inTransit, .sendOut: .outForDelivery, .deliver: .delivered,
                    .lose: .lost,
                .returnToSender: .returnedToSender,
            ]
            // One end may follow another: what was lost is found, what came back is delivered after all.
            case .delivered: [.returnToSender: .returnedToSender]
            case .lost: [.deliver: .delivered, .returnToSender: .returnedToSender]
            case .returnedToSender: [.deliver: .delivered, .lose: .lost]
            }
        }

        /// Whether its way has ended, for all that is known: only another end may follow.
        public var isFinal: Bool {
            switch self {
            case .delivered, .lost, .returnedToSender: true
            case .packed, .labelled, .handedOver, .inTransit, .outForDelivery, .exception: false
            }
        }

        /// Whether it is at its end, and that is not the customer's door.
        public var isMissed: Bool { isFinal && self != .delivered }

        /// Whether its courier has it, or had it.
        public var isSent: Bool { self != .packed && self != .labelled }
    }

    /// What a parcel may weigh: as much as a label has room for.
    public static let gramsMax: Int64 = 10_000_000

    public let number: Int
    /// The number of the fulfillment that it leaves with: the one it was packed for, until others of that leave, or are
    /// collected, before it.
    public internal(set) var fulfillment: Int
    public private(set) var state: State = .packed
    public var weightGrams: Int64
    public var size: ItemSize?
    public var courier: String?
    public var service: String?
    public var tracking: String?
    public var lines: [Fulfillment.Line]
    public var updatedAt: Timestamp
    /// What was told of it: where it is follows from that, once it is sent.
    public var news = ParcelNews()
    /// Whether a job asks its courier for news of it.
    public internal(set) var isAsked = false
    /// The number that it bears through all of its labels (GS1); nil without a company prefix.
    public var sscc: String?
    /// The newest last.
    public var labels: [Label] = []
    /// The list with which its courier took it along.
    public var handOver: HandOverID?
    /// What was decided about it once it was lost.
    public var claim: ParcelClaim?
    /// What is to be paid for it at the door, in minor units; 0 for nothing, and before that is decided.
    public var cash: Int64 = 0

    /// When the newest of the news happened, by the courier's clock; nil before the first.
    public var newsAt: Timestamp? { news.newestAt }

    /// Units in it, by order line.
    public var units: [Int: Int64] { Dictionary(lines.map { ($0.line, $0.quantity) }, uniquingKeysWith: +) }

    public init(
        number: Int, fulfillment: Int, weightGrams: Int64, size: ItemSize?, lines: [Fulfillment.Line],
        at now: Timestamp
    ) {
        self.number = number
        self.fulfillment = fulfillment
        self.weightGrams = weightGrams
        self.size = size
        self.lines = lines
        self.updatedAt = now
    }

    /// - Throws: `.illegalTransition`.
    public mutating func apply(_ action: State.Action, at now: Timestamp) throws(Refusal) {
        let wasHere = !state.isSent
        state = try state.after(action)
        updatedAt = now
        if wasHere, state.isSent { news.sentAt = now }
    }

    init(stored number: Int, _ fulfillment: Int, _ state: State, _ weightGrams: Int64, _ size: ItemSize?,
        _ lines: [Fulfillment.Line], _ updatedAt: Timestamp) {
        self.init(
            number: number, fulfillment: fulfillment, weightGrams: weightGrams, size: size, lines: lines, at: updatedAt)
        self.state = state
    }

    func write(to json: inout JSONWriter, of order: Order) {
        json.object {
            $0.member("id", ParcelID(order.id, number).description)
            $0.member("status", state.rawValue)
            $0.array("lines") { list in
                for line in lines {
                    list.object {
                        $0.member("line", OrderLineID(order.id, line.line).description)
                        $0.member("quantity", line.quantity)
                    }
                }
            }
            $0.member("weight_g", weightGrams)
            if let size {
                $0.array("size_mm") { for side in [size.length, size.width, size.height] { $0.value(side) } }
            } else {
                $0.member("size_mm", String?.none)
            }
            $0.member("courier", courier)
            $0.member("service", service)
            $0.member("tracking", tracking)
            $0.member("sscc", sscc)
            $0.member("hand_over", handOver?.description)
            $0.member("cash", cash > 0 ? Money(cash, order.currency) : nil)
            $0.array("labels") { list in for label in labels { label.write(to: &list) } }
            $0.array("news") { list in for scan in news.scans { scan.write(to: &list) } }
            $0.name("claim")
            if let claim {
                claim.write(to: &$0, of: order.id, in: order.currency, here: order.handedIn(self))
            } else {
                $0.null()
            }
        }
    }
}

extension Order {
    /// The boxes of a fulfillment, by its number: what was unpacked is none any more.
    public func boxes(of fulfillment: Int) -> [Parcel] {
        parcels.filter { $0.fulfillment == fulfillment && !$0.lines.isEmpty }
    }

    /// The parcel that an exception is about.
    func parcel(named subject: String?) -> Parcel? {
        subject.flatMap { ParcelID($0) }.flatMap { part($0) }
    }
}
