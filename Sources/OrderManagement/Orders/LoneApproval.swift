/// Approval by a second person where there is none: nobody but those who placed or amended the order may answer for it.
/// An administrator among them does it alone then, in writing.
extension Order {
    /// Whether nobody is left who may answer at a gate: only people count, since a key is in the hands of whoever made
    /// it. Where nobody signs in here at all, orders are answered for by programs.
    func isUnanswerable(_ gate: Gate, by people: [Principal]) -> Bool {
        guard let asker = asker(of: gate), gate.state != .passed else { return false }
        let able = people.filter { isVisible(to: $0) }
        return !able.isEmpty && able.allSatisfy { asker.contains($0.name) }
    }

    /// Why a gate waits that nobody may answer at, for who sees to it; nil where somebody may.
    func unanswerableReason(_ gate: Gate, in work: Work) -> String? {
        guard isUnanswerable(gate, by: work.configuration.people) else { return nil }
        return "it takes the approval of a second person, and nobody may give it but who placed or amended the order"
    }

    static let unanswerableSuggestion =
        "An administrator approves it alone, with a reason that is kept; or make another user who may (scope "
        + "\(Scope.ordersWrite.rawValue)); or cancel the order."

    /// - Throws: `.secondPersonRequired` where another may answer, or who asks is no administrator; `.invalidInput` for
    ///   an approval alone without a reason.
    func requireSecondPerson(at gate: Gate, for answer: StageAnswer, in work: Work) throws(Refusal) {
        let principal = work.principal
        guard let asker = asker(of: gate), asker.contains(principal.name) else { return }
        let barred = "order \(number) was placed or amended by \(principal.name): stage \(gate.name) needs another's "
            + "approval"
        guard isUnanswerable(gate, by: work.configuration.people) else { throw Refusal(.secondPersonRequired, barred) }
        guard principal.may(.admin) else {
            throw Refusal(
                .secondPersonRequired, barred + ", and nobody else may give it: an administrator passes it alone")
        }
        guard let note = answer.note, note.contains(where: { !$0.isWhitespace }) else {
            throw Refusal([
                .init(
                    "/note", .invalidInput,
                    "\(barred), and nobody else may give it: say why you decide alone, which is kept with the order")
            ])
        }
    }

    /// Whether a gate was decided by somebody who had a part in what it judges.
    func isDecidedAlone(_ gate: Gate) -> Bool {
        guard let by = gate.decidedBy else { return false }
        return asker(of: gate)?.contains(by) ?? false
    }
}

extension Channel {
    /// What a person should look at, though it is saved: stages that hardly anybody can pass.
    func oddities(beside people: [Principal]) -> [String] {
        guard people.count == 1, let one = people.first else { return [] }
        return policy.stages.filter { $0.kind == .approval }.map {
            "the stage \($0.name) takes a second person, and nobody but \(one.name) may approve: what they place or "
                + "amend themselves is theirs to pass alone, with a reason; or make another user with the scope "
                + "\(Scope.ordersWrite.rawValue)"
        }
    }
}
