/// Units that a location expects: a purchase order on its way.
public struct InboundSupply: Hashable, Sendable {
    /// Received in parts it stays expected, until nothing more is to come.
    public enum State: String, Lifecycle {
        case expected, received, short, cancelled
        public enum Action: String, CaseIterable, Sendable {
            case receive, close, cancel
        }
        public static let noun = "inbound supply"
        public var exits: [Action: State] {
            switch self {
            case .expected: [.receive: .received, .close: .short, .cancel: .cancelled]
            case .received, .short, .cancelled: [:]
            }
        }
    }

    /// Units of one SKU: quantity = received + missing + those to come.
    public struct Line: Hashable, Sendable {
        public let number: Int
        public let sku: String
        public let quantity: Int64
        public var received: Int64 = 0
        public var missing: Int64 = 0
        /// Units that came beyond those that were announced.
        public var excess: Int64 = 0
        public var toCome: Int64 { quantity - received - missing }

        public init(number: Int, sku: String, quantity: Int64) {
            self.number = number
            self.sku = sku
            self.quantity = quantity
        }
    }

    public let id: InboundID
    /// Raised by every change.
    public var version: Int64 = 1
    public private(set) var state: State = .expected
    public let location: String
    /// The caller's own: a purchase order.
    public let reference: String
    public var due: Timestamp
    public let expectedAt: Timestamp
    public var updatedAt: Timestamp
    public var lines: [Line] = []
    /// What has shown that it is overdue, while it is.
    var exception: ExceptionID?

    init(
        id: InboundID, location: String, reference: String, due: Timestamp, lines: [Line], at now: Timestamp
    ) {
        self.id = id
        self.location = location
        self.reference = reference
        self.due = due
        self.lines = lines
        expectedAt = now
        updatedAt = now
    }

    /// As read from its table.
    init(
        stored id: InboundID, _ version: Int64, _ state: State, location: String, reference: String, due: Timestamp,
        expectedAt: Timestamp, updatedAt: Timestamp, exception: ExceptionID?
    ) {
        self.id = id
        self.version = version
        self.state = state
        self.location = location
        self.reference = reference
        self.due = due
        self.expectedAt = expectedAt
        self.updatedAt = updatedAt
        self.exception = exception
    }

    /// Moves to the state that an action leads to. - Throws: `.illegalTransition`.
    mutating func apply(_ action: State.Action) throws(Refusal) { state = try state.after(action) }

    public func write(to json: inout JSONWriter, at now: Timestamp) {
        json.object {
            writeMembers(as: "id", to: &$0)
            $0.member("overdue", isOverdue(at: now))
        }
    }

    /// The same for events, which name it by another member.
    func writeMembers(as name: StaticString, to json: inout JSONWriter) {
        json.name(name)
        json.value(id.description)
        json.member("status", state.rawValue)
        json.member("version", version)
        json.member("location", location)
        json.member("reference", reference)
        json.member("due", due)
        json.array("lines") { list in
            for line in lines {
                list.object {
                    $0.member("sku", line.sku)
                    $0.member("quantity", line.quantity)
                    $0.member("received", line.received)
                    $0.member("missing", line.missing)
                    $0.member("to_come", line.toCome)
                    $0.member("excess", line.excess)
                }
            }
        }
        json.member("expected_at", expectedAt)
        json.member("updated_at", updatedAt)
    }
}
