/// A later change of an order, agreed in two steps: staged, which says what it would do, then committed or dropped.
public struct Amendment: Hashable, Sendable {
    /// One per order may be open; it expires by itself.
    public enum State: String, Lifecycle {
        case open, committed, dropped, expired
        public enum Action: String, CaseIterable, Sendable { case commit, drop, expire }
        public static let noun = "amendment"
        public var exits: [Action: State] {
            switch self {
            case .open: [.commit: .committed, .drop: .dropped, .expire: .expired]
            case .committed, .dropped, .expired: [:]
            }
        }
    }

    /// What an open one holds until it is decided.
    public struct Staged: Hashable, Sendable {
        public let request: AmendmentRequest
        public let by: String
        public let at: Timestamp
        public let expiresAt: Timestamp
        /// The order's version that it was previewed on, its own staging counted in.
        public let version: Int64
        /// Units of the order that wait for stock once it is committed, as the preview said.
        public let waiting: Int64
    }

    /// From 1, in the order of their staging.
    public let number: Int
    public private(set) var state: State
    /// nil once it is closed.
    public private(set) var staged: Staged?

    init(number: Int, staged: Staged) {
        self.number = number
        self.state = .open
        self.staged = staged
    }

    /// As read: one that is closed, of which only that is known.
    init(number: Int, closed state: State) {
        self.number = number
        self.state = state
    }

    /// Closes it.
    /// - Throws: `.illegalTransition` when it is closed already.
    mutating func apply(_ action: State.Action) throws(Refusal) {
        state = try state.after(action)
        staged = nil
    }
}

extension Order {
    /// Amendments that one order may have, staged ones counted.
    public static let amendmentsMax = 500
    /// Why no other amendment can be staged; nil while one can.
    var objectionToMoreAmendments: String? {
        guard amendments.count >= Self.amendmentsMax else { return nil }
        return "order \(number) has had \(Self.amendmentsMax) amendments: that is the limit"
    }

    /// Lines that amendments may bring an order to.
    static let linesMax = 2_000

    /// 1 as it was placed; one more with each committed amendment.
    public var revision: Int { amendments.reduce(1) { $1.state == .committed ? $0 + 1 : $0 } }

    /// The one that may still be committed, if any.
    public var openAmendment: Amendment? { amendments.last { $0.state == .open } }

    /// - Throws: `.notFound`.
    func indexOfAmendment(_ id: AmendmentID) throws(Refusal) -> Int {
        guard id.order == self.id, amendments.indices.contains(id.number - 1) else {
            throw Refusal(.notFound, "there is no amendment \(id)")
        }
        return id.number - 1
    }

    /// Closes an amendment that is open, and tells it.
    ///
    /// - Throws: `.illegalTransition` when it is closed already.
    mutating func close(_ index: Int, _ action: Amendment.State.Action, in work: inout Work) throws(Refusal) {
        try amendments[index].apply(action)
        let (name, state) = (AmendmentID(id, amendments[index].number), amendments[index].state)
        let (now, principal) = (work.now, work.principal.name)
        switch state {
        case .dropped: work.record(.amendmentDropped, on: &self) { $0.member("amendment", name.description) }
        case .expired: work.record(.amendmentExpired, on: &self) { $0.member("amendment", name.description) }
        case .open, .committed: return  // a commitment is told with all that it changed
        }
        work.write { try AmendmentStore.close(name, as: state, at: now, by: principal, in: $0) }
    }
}

// MARK: As a document

extension Amendment {
    /// A closed one is a word; the open one says what it asks for.
    func store(in list: inout JSONWriter) {
        guard let staged else { return list.value(state.rawValue) }
        list.object {
            $0.name("request")
            staged.request.write(to: &$0)
            $0.member("by", staged.by)
            $0.member("at", staged.at.milliseconds)
            $0.member("expires_at", staged.expiresAt.milliseconds)
            $0.member("version", staged.version)
            $0.member("waiting", staged.waiting)
        }
    }

    init(number: Int, stored json: JSON) throws {
        if let word = json.string {
            guard let state = State(rawValue: word), state != .open else {
                throw BrokenInvariant("an amendment that is \(word)")
            }
            self.init(number: number, closed: state)
            return
        }
        guard let request = json["request"] else { throw BrokenInvariant("an open amendment asks for nothing") }
        self.init(
            number: number,
            staged: Staged(
                request: try AmendmentRequest(stored: request), by: try json.text("by"),
                at: Timestamp(milliseconds: try json.integer("at")),
                expiresAt: Timestamp(milliseconds: try json.integer("expires_at")),
                version: try json.integer("version"), waiting: try json.integer("waiting")))
    }
}
