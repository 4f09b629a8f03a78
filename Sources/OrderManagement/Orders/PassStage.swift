/// Says that an order passed a stage, or failed it.
///
/// A score instead of a result is judged by the channel's thresholds. Where both are said, the result is the verdict:
/// the score is kept beside it, and told.
/// - Throws: `.notFound` for a stage that the order does not have; `.illegalTransition` when it passed already;
///   `.secondPersonRequired` for an answer to the approval of one's own order, but for an administrator where nobody
///   else may give it; `.invalidInput` for a score without thresholds, and for who approves alone and says not why.
public struct PassStage: Command {
    public static let name = "pass-stage"
    public let order: OrderID
    public let stage: String
    /// nil leaves it to the score.
    public let hasPassed: Bool?
    public let score: Int64?
    public let note: String?

    public init(order: OrderID, stage: String, hasPassed: Bool?, score: Int64? = nil, note: String?) {
        self.order = order
        self.stage = stage
        self.hasPassed = hasPassed
        self.score = score
        self.note = note
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.orderToRelease(order, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(self.order)
        let channel = try work.configuration.channel(order.channel)
        let index = try order.indexOfGate(stage)
        let overall = OrderStatus(of: order).overall
        guard overall == .open, order.gates[index].state != .passed else {
            throw Refusal(
                .illegalTransition,
                "stage \(stage) of order \(order.number) is \(order.gates[index].state.rawValue), "
                    + "the order is \(overall.rawValue)"
            )
        }
        let answer = StageAnswer(hasPassed: hasPassed, score: score, note: note)
        // What a connector said before, and what comes of it only now, is older than this.
        order.gates[index].answeredAt = max(order.gates[index].answeredAt ?? work.now, work.now)
        try order.take(answer, at: index, channel, in: &work)
        order.passGates(in: &work)
        try order.releaseWhenReady(channel, in: &work)
        order = work.update(order)
        let state = order.gates[index].state
        return .part(of: order) {
            $0.member("stage", stage)
            $0.member("result", state.rawValue)
        }
    }
}

/// What somebody says of a gate: a result, or a score by which it is judged; of both, the result holds.
public struct StageAnswer: Hashable, Sendable {
    public let hasPassed: Bool?
    public let score: Int64?
    public let note: String?
    public init(hasPassed: Bool?, score: Int64? = nil, note: String? = nil) {
        self.hasPassed = hasPassed
        self.score = score
        self.note = note
    }

    /// What was said of it, for people; nil for nothing.
    fileprivate var reason: String? {
        let parts = [note, score.map { "score \($0)" }].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}

extension Order {
    /// The place of a gate in `gates`. - Throws: `.notFound`.
    func indexOfGate(_ name: String) throws(Refusal) -> Int {
        guard let index = gates.firstIndex(where: { $0.name == name }) else {
            let known = gates.map(\.name).joined(separator: ", ")
            throw Refusal(
                .notFound,
                "order \(number) has no stage \(name); its stages are: \(known.isEmpty ? "none" : known)")
        }
        return index
    }

    /// Books an answer from outside of the order.
    ///
    /// - Throws: `.secondPersonRequired`; `.invalidInput` for a score that nothing judges.
    mutating func take(
        _ answer: StageAnswer, at index: Int, _ channel: Channel, in work: inout Work
    ) throws(Refusal) {
        let gate = gates[index]
        let thresholds = channel.policy.stage(of: gate).score
        if answer.score != nil, gate.kind != .fraud {
            throw Refusal([.init("/score", .invalidInput, "stage \(gate.name) is of \(gate.kind.rawValue): no score")])
        }
        let by = work.principal.name
        if let score = answer.score { gates[index].score = score }
        guard let hasPassed = answer.hasPassed else {
            guard let score = answer.score, let thresholds else {
                throw Refusal([
                    .init(
                        "/result", .invalidInput,
                        "say passed or failed: channel \(channel.code) has no thresholds to judge a score by")
                ])
            }
            let reason = answer.reason ?? ""
            if score >= thresholds.failAt {
                fail(index, reason, by: by, in: &work)
            } else if score < thresholds.reviewAt {
                pass(index, reason, by: by, in: &work)
            } else if gate.state == .pending {
                ask(for: index, .stageReview, reason, in: &work)
            }
            return
        }
        // Who must not say yes must not say no either: the answer is another's to give.
        try requireSecondPerson(at: gate, for: answer, in: work)
        if hasPassed {
            pass(index, answer.reason, by: by, in: &work)
        } else {
            fail(index, answer.reason, by: by, in: &work)
        }
    }

    /// Who must not approve: the one who placed the order, and whoever has staged or committed an amendment of it; nil
    /// for gates of other kinds.
    func asker(of gate: Gate) -> [String]? {
        gate.kind == .approval ? [placedBy].compactMap { $0 } + gate.amendedBy.sorted() : nil
    }

    /// Whoever had a part in an amendment approves none of it, nor of what is amended later: where nobody else may, a
    /// person is told at once.
    mutating func bar(_ names: [String], in work: inout Work) {
        for index in gates.indices where gates[index].kind == .approval {
            gates[index].amendedBy.formUnion(names)
            guard gates[index].state == .pending, let reason = unanswerableReason(gates[index], in: work) else {
                continue
            }
            ask(for: index, .stageReview, reason, in: &work)
        }
    }
}
