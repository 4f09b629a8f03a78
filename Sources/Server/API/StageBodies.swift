import OrderManagement

/// Stages and conditions as bodies and as schemas.
extension Fields {
    private static let yearSeconds: Int64 = 31_536_000

    /// Stages as objects; a bare name means the defaults of its kind. nil when they are absent.
    mutating func optionalStages(_ name: String) -> [Stage]? {
        let problems = problems
        let stages = values(name, 0...20) { json -> Stage? in
            guard case .object = json else { return problems.text(json, max: 64).map { Stage($0) } }
            return problems.object(json) { $0.stage() }
        }
        guard let stages else { return nil }
        if Set(stages.map(\.name)).count < stages.count { problems.note(at: name, "names a stage twice") }
        let payments = stages.filter { $0.kind == .payment }.map(\.name)
        if payments.count > 1, Set(payments).count == payments.count {
            problems.note(at: name, "may have one stage of the kind payment, has \(payments.joined(separator: ", "))")
        }
        return stages
    }

    private mutating func stage() -> Stage {
        let name = text("name", max: 64)
        var stage = Stage(name, kind: optionalWord("kind", Stage.Kind.self))
        if let seconds = optionalInteger("within_seconds", in: 0...Self.yearSeconds) { stage.within = Seconds(seconds) }
        stage.timeOut = optionalWord("on_time_out", Stage.TimeOut.self) ?? stage.timeOut
        stage.owner = optionalText("owner", max: 64) ?? stage.owner
        stage.passesWhen = optionalCondition("passes_when")
        stage.connector = optionalText("connector", max: 64)
        if stage.kind == .fraud {
            stage.score = optionalObject("score") { $0.score() }
        } else {
            refuse("score", "goes with the kind fraud only")
        }
        if stage.kind == .custom {
            stage.askedAgainBy = changes("asked_again_by")
        } else {
            refuse("asked_again_by", "goes with the kind custom only: the others know what asks for them again")
        }
        return stage
    }

    private mutating func changes(_ name: String) -> Set<Stage.Change> {
        let problems = problems
        let known = Stage.Change.allCases
        return Set(
            values(name, 0...known.count) { json -> Stage.Change? in
                if let change = json.string.flatMap({ Stage.Change(rawValue: $0) }) { return change }
                problems.note("must be one of: \(known.map(\.rawValue).joined(separator: ", "))")
                return nil
            } ?? [])
    }

    private mutating func score() -> FraudScore {
        let points = Stage.pointsMax
        let problems = problems
        let rules = list("rules", 1...100) { fields -> FraudScore.Rule? in
            let worth = fields.integer("points", in: -points...points)
            guard fields.has("when") else {
                _ = fields.value("when")
                fields.noteMissing("when", "a condition")
                return nil
            }
            return fields.optionalCondition("when").map { FraudScore.Rule(points: worth, when: $0) }
        }
        let reviewAt = integer("review_at", in: -points...points)
        let failAt = integer("fail_at", in: -points...points)
        if failAt < reviewAt { problems.note(at: "fail_at", "must not be below review_at, which is \(reviewAt)") }
        return FraudScore(rules: rules.compactMap { $0 }, reviewAt: reviewAt, failAt: failAt)
    }

    private enum StageResult: String, CaseIterable { case passed, failed }

    /// What somebody says of a stage: a result, or a score by which it is judged.
    mutating func stageAnswer() -> StageAnswer {
        let score = optionalInteger("score", in: -Stage.pointsMax...Stage.pointsMax)
        let result = score == nil ? word("result", StageResult.self) : optionalWord("result", StageResult.self)
        return StageAnswer(
            hasPassed: result.map { $0 == .passed }, score: score, note: optionalText("note", max: 1_000))
    }

    /// A condition about orders; everything that is wrong with it is noted at its place.
    mutating func optionalCondition(
        _ name: String, in vocabulary: [Condition.Field] = Order.vocabulary
    ) -> Condition? {
        guard let json = value(name) else { return nil }
        var wrong: [Refusal.Detail] = []
        let condition = Condition(json, in: vocabulary, noting: &wrong)
        problems.within(name) { for detail in wrong { problems.note(detail) } }
        return condition
    }
}

extension Shapes {
    static let condition = Schema.named("Condition", .anything)

    private static let points = Schema.integer(-Stage.pointsMax...Stage.pointsMax)

    static let stage = Schema.named(
        "Stage",
        .object([
            .must("name", .text(max: 64)), .may("kind", .words(Stage.Kind.self)), .may("owner", .text(max: 64)),
            .may("within_seconds", .integer(0...31_536_000)), .may("on_time_out", .words(Stage.TimeOut.self)),
            .may("passes_when", condition),
            .may(
                "score",
                .object([
                    .must("rules", .list(.object([.must("points", points), .must("when", condition)]), max: 100)),
                    .must("review_at", points), .must("fail_at", points),
                ])),
            .may("asked_again_by", .list(.words(Stage.Change.self), max: Stage.Change.allCases.count)),
            .may("connector", .text(max: 64)),
        ]))

    /// `result` may be missing where `score` is there.
    static let stageAnswer: [Schema.Property] = [
        .may("result", .words(["passed", "failed"])), .may("score", points), .may("note", .text(max: 1_000)),
    ]

    /// A stage of an order.
    static let gate = Schema.named(
        "OrderStage",
        .object([
            .must("name", .text(max: 64)), .must("kind", .words(Stage.Kind.self)),
            .must("status", .words(Order.Gate.State.self)), .must("owner", .text(max: 64)),
            .must("due", .nullable(.time)), .must("on_time_out", .words(Stage.TimeOut.self)),
            .must("overdue", .truth), .must("reason", .nullable(.text(max: 2_000))), .may("score", .nullable(points)),
            .must("decided_by", .nullable(.text(max: 64))), .must("exception", .nullable(.id("exc"))),
        ]))
}
