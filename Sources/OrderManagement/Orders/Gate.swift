extension Order {
    /// A stage of the order: passed, failed, or still in the way of its release, and then with an owner and a time.
    public struct Gate: Hashable, Sendable {
        public enum State: String, CaseIterable, Sendable { case pending, passed, failed }
        public let name: String
        public let kind: Stage.Kind
        public var state: State = .pending
        /// When its time is up; nil in orders that are older than time-outs.
        public var due: Timestamp?
        /// What happens then.
        public var timeOut: Stage.TimeOut
        /// Who sees to it.
        public var owner: String
        /// Why it is where it is; nil while nothing was said.
        public var reason: String?
        /// Whether its time was up and its owner told.
        public var isOverdue = false
        /// For fraud: its points, by the channel's rules or by whoever judged.
        public var score: Int64?
        /// Who passed or failed it; nil for the order itself.
        public var decidedBy: String?
        /// For approval: who staged or committed amendments of the order.
        public var amendedBy: Set<String> = []
        /// When the newest answer from outside was given, by the clock of who gave it.
        public var answeredAt: Timestamp?

        /// A gate that is still to be passed.
        init(_ stage: Stage, due: Timestamp?) {
            name = stage.name
            kind = stage.kind
            timeOut = stage.timeOut
            owner = stage.owner
            self.due = due
        }
    }
}

extension Order.Gate {
    func write(to json: inout JSONWriter, of order: Order) {
        json.object {
            $0.member("name", name)
            $0.member("kind", kind.rawValue)
            $0.member("status", state.rawValue)
            $0.member("owner", owner)
            $0.member("due", due)
            $0.member("on_time_out", timeOut.rawValue)
            $0.member("overdue", isOverdue)
            $0.member("reason", reason ?? order.missing(at: self))
            if kind == .fraud { $0.member("score", score) }
            $0.member("decided_by", decidedBy)
            $0.member("exception", order.exception(of: self)?.id)
        }
    }

    /// As a part of the stored order: what its name says already is left out.
    func store(in json: inout JSONWriter) {
        json.object {
            $0.member("name", name)
            $0.member("state", state.rawValue)
            if kind != Stage.kind(named: name) { $0.member("kind", kind.rawValue) }
            if timeOut != kind.timeOut { $0.member("time_out", timeOut.rawValue) }
            if owner != kind.owner { $0.member("owner", owner) }
            if let due { $0.member("due", due.milliseconds) }
            if let reason { $0.member("reason", reason) }
            if isOverdue { $0.member("overdue", true) }
            if let score { $0.member("score", score) }
            if let decidedBy { $0.member("by", decidedBy) }
            if !amendedBy.isEmpty {
                $0.array("asked_by") { list in for name in amendedBy.sorted() { list.value(name) } }
            }
            if let answeredAt { $0.member("answered_at", answeredAt.milliseconds) }
        }
    }

    init(stored json: JSON) throws {
        let name = try json.text("name")
        let kind = json["kind"]?.string.map(Stage.Kind.init(rawValue:)) ?? Stage.kind(named: name)
        guard let kind, let state = State(rawValue: try json.text("state")) else {
            throw BrokenInvariant("an order with an unknown kind or state of its stage \(name)")
        }
        self.init(Stage(name, kind: kind), due: json["due"]?.integer.map { Timestamp(milliseconds: $0) })
        self.state = state
        if let text = json["time_out"]?.string {
            guard let timeOut = Stage.TimeOut(rawValue: text) else {
                throw BrokenInvariant("an order with a stage whose time-out is \(text)")
            }
            self.timeOut = timeOut
        }
        owner = json["owner"]?.string ?? kind.owner
        reason = json["reason"]?.string
        isOverdue = json["overdue"]?.bool ?? false
        score = json["score"]?.integer
        decidedBy = json["by"]?.string
        // One name in orders that are older than a list of them.
        amendedBy = Set(json["asked_by"]?.array?.compactMap(\.string) ?? [json["asked_by"]?.string].compactMap { $0 })
        answeredAt = json["answered_at"]?.integer.map { Timestamp(milliseconds: $0) }
    }
}
