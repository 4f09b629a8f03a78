/// A gate that a channel's orders pass before release, as the merchant set it up.
public struct Stage: Hashable, Sendable, ExpressibleByStringLiteral {
    public enum Kind: String, CaseIterable, Sendable {
        /// Passes when payments cover what is due.
        case payment
        /// Passes by its score, or by whoever judges the rest.
        case fraud
        /// Passes when nothing is seen to be wrong with the address.
        case address
        /// Passes by a second person: not the one who placed or amended the order.
        case approval
        /// Passes by its time.
        case remorse
        case custom
    }

    /// What its time-out does.
    public enum TimeOut: String, CaseIterable, Sendable {
        case pass, fail
        /// Cancels what is not released; where nothing can be, a person is told.
        case cancel
        /// Tells its owner, and waits on.
        case exception
    }

    /// What of an order an amendment changes; the stages of other kinds know by themselves which of it is theirs.
    public enum Change: String, CaseIterable, Sendable {
        /// Units that were added, given up or swapped.
        case items
        /// More to pay.
        case total
        /// Where it is sent.
        case address
        /// How it is delivered: method, service, store or address.
        case delivery
        case customer
        /// Money that was authorized besides.
        case payment
    }

    public let name: String
    public let kind: Kind
    /// Beside what its kind passes by: an order that meets this passes by itself.
    public var passesWhen: Condition?
    /// How long an order may wait at it; nil for the channel's remorse period.
    public var within: Seconds?
    public var timeOut: TimeOut
    /// The role or queue that sees to orders that wait here.
    public var owner: String
    /// For `fraud`: how orders are scored; nil leaves the verdict to people and connectors.
    public var score: FraudScore?
    /// For `custom`: what an amendment changes for the stage to be asked again; nothing leaves it passed.
    public var askedAgainBy: Set<Change> = []
    /// Who may answer by `POST /v1/callbacks/{connector}`; nil for nobody.
    public var connector: String?

    /// A stage with the defaults of its kind.
    public init(_ name: String, kind: Kind? = nil) {
        self.name = name
        self.kind = kind ?? Self.kind(named: name)
        within = self.kind.within
        timeOut = self.kind.timeOut
        owner = self.kind.owner
    }

    public init(stringLiteral name: String) { self.init(name) }

    /// The kind that a bare name means.
    public static func kind(named name: String) -> Kind { Kind(rawValue: name) ?? .custom }

    public static let pointsMax: Int64 = 10_000

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("name", name)
            $0.member("kind", kind.rawValue)
            $0.member("owner", owner)
            if let within { $0.member("within_seconds", within.count) }
            $0.member("on_time_out", timeOut.rawValue)
            if let passesWhen {
                $0.name("passes_when")
                passesWhen.write(to: &$0)
            }
            if let score {
                $0.name("score")
                score.write(to: &$0)
            }
            if !askedAgainBy.isEmpty {
                $0.array("asked_again_by") { list in
                    for change in Change.allCases where askedAgainBy.contains(change) { list.value(change.rawValue) }
                }
            }
            if let connector { $0.member("connector", connector) }
        }
    }

    /// Reads a stored one; older versions of channels hold bare names.
    init(stored json: JSON) throws {
        if let name = json.string {
            self.init(name)
            return
        }
        guard let kind = Kind(rawValue: try json.text("kind")),
            let timeOut = TimeOut(rawValue: try json.text("on_time_out"))
        else { throw BrokenInvariant("a stored stage cannot be read") }
        self.init(try json.text("name"), kind: kind)
        self.timeOut = timeOut
        owner = try json.text("owner")
        within = json["within_seconds"]?.integer.map { Seconds($0) }
        passesWhen = try json["passes_when"].map { try Condition(stored: $0, in: Order.vocabulary) }
        score = try json["score"].map(FraudScore.init(stored:))
        askedAgainBy = try Set((json["asked_again_by"]?.array ?? []).map { change in
            guard let word = change.string, let known = Change(rawValue: word) else {
                throw BrokenInvariant("a stored stage is asked again by what nobody knows")
            }
            return known
        })
        connector = json["connector"]?.string
    }
}

extension Stage.Kind {
    public var owner: String {
        switch self {
        case .payment: "finance"
        case .fraud: "fraud"
        case .approval: "operations"
        case .address, .remorse, .custom: "customer_service"
        }
    }

    var within: Seconds? {
        switch self {
        case .payment: .days(3)
        case .fraud, .address, .approval, .custom: .days(1)
        case .remorse: nil
        }
    }

    public var timeOut: Stage.TimeOut { self == .remorse ? .pass : .exception }
}

/// How orders are scored for fraud: the points of each rule that is met, added up.
public struct FraudScore: Hashable, Sendable {
    public struct Rule: Hashable, Sendable {
        public let points: Int64
        public let when: Condition
        public init(points: Int64, when: Condition) {
            self.points = points
            self.when = when
        }
    }

    public let rules: [Rule]
    /// From here on a person looks; below, the stage passes by itself.
    public let reviewAt: Int64
    /// From here on the stage fails.
    public let failAt: Int64

    public init(rules: [Rule], reviewAt: Int64, failAt: Int64) {
        self.rules = rules
        self.reviewAt = reviewAt
        self.failAt = failAt
    }

    func points(of order: Order) -> Int64 {
        rules.reduce(0) { order.meets($1.when) ? $0 + $1.points : $0 }
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.array("rules") { list in
                for rule in rules {
                    list.object {
                        $0.member("points", rule.points)
                        $0.name("when")
                        rule.when.write(to: &$0)
                    }
                }
            }
            $0.member("review_at", reviewAt)
            $0.member("fail_at", failAt)
        }
    }

    init(stored json: JSON) throws {
        self.init(
            rules: try (json["rules"]?.array ?? []).map { rule in
                guard let when = rule["when"] else { throw BrokenInvariant("a stored rule has no condition") }
                return Rule(
                    points: try rule.integer("points"), when: try Condition(stored: when, in: Order.vocabulary))
            }, reviewAt: try json.integer("review_at"), failAt: try json.integer("fail_at"))
    }
}
