/// Says of an order that nobody is left who may approve it, as soon as that is so.
///
/// 1. Looks at each approval that it waits for, and whether somebody may give it.
/// 2. Nobody: a person is asked; one who was asked before hears why nobody answers.
struct TellLoneApproval: Command {
    static let name = "tell-lone-approval"
    let order: OrderID

    func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }

    func execute(in work: inout Work) throws -> Reply {
        var order = try work.order(self.order)
        let before = order
        for index in order.gates.indices { order.tellUnanswerable(index, in: &work) }
        if order != before { work.update(order) }
        return Reply(body: "{}")
    }
}

extension Order {
    /// Whether one of its stages waits for an approval that nobody of these may give.
    func waitsForNobody(among people: [Principal]) -> Bool {
        gates.contains { isUnanswerable($0, by: people) }
    }

    fileprivate mutating func tellUnanswerable(_ index: Int, in work: inout Work) {
        guard let reason = unanswerableReason(gates[index], in: work) else { return }
        guard let asked = exception(of: gates[index]) else {
            if gates[index].state == .pending { ask(for: index, .stageReview, reason, in: &work) }
            return
        }
        guard asked.suggestion != Self.unanswerableSuggestion else { return }
        tell(
            asked, cause: "\(asked.cause.withoutFinalStop), and \(reason).", suggestion: Self.unanswerableSuggestion,
            in: &work)
    }
}
