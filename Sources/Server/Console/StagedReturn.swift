import OrderManagement

/// A return that is looked at before it is done: what comes back, what it is worth, what is kept and paid back, how and
/// when.
extension TakingBackPage {
    /// - Throws: what makes it impossible by now.
    static func staged(_ reading: TakingBack, _ actions: OrderActions) throws -> Staged? {
        guard let wish = reading.wish else { return nil }
        let order = reading.order
        let command = try ReturnForm.command(order, wish)
        let answer = try JSON.parse(
            try reading.seen.preview(of: command, as: reading.visit.principal), limits: .stored)
        let isOverCounter = command.method == .inStore
        let units = command.lines.map { line in
            let sku = order.line(line.line.number)?.sku ?? ""
            let fate = isOverCounter
                ? ", \(line.disposition.map { Pill(status: $0.rawValue).text.lowercased() } ?? "inspect later")" : ""
            return "\(MoneyText.of(line.quantity)) × \(sku): \(Pill(status: line.reason.rawValue).text.lowercased())"
                + fate
        }
        let place = command.location.map { " at \(reading.name(of: $0))" } ?? ""
        return Staged(
            sentence: isOverCounter ? "Taken in over the counter\(place)" : "Announced, to come by post\(place)",
            units: units, money: money(answer, reading), terms: terms(answer, command, reading),
            action: actions.action(
                isOverCounter ? "Take it in" : "Announce it", "returns/commitments", look: .primary,
                extra: wish.fields(where: ReturnForm.isWish)))
    }

    private static func money(_ answer: JSON, _ reading: TakingBack) -> [Fact] {
        let (worth, fee) = (reading.money(answer["worth"]), reading.money(answer["fee"]))
        let tax = reading.money(answer["fee_tax"])
        let (setOff, refund) = (reading.money(answer["set_off"]), reading.money(answer["refund"]))
        var facts = [
            Fact("Worth", MoneyText.of(worth), hint: worth.amount > 0 ? "as paid, taxes too" : nil),
            Fact(
                "Fee", fee.amount > 0 ? "− \(MoneyText.of(fee))" : "none",
                hint: tax.amount > 0 ? "\(MoneyText.of(tax)) of it are taxes" : nil),
        ]
        if setOff.amount > 0 {
            facts.append(Fact("Set off", "− \(MoneyText.of(setOff))", hint: "the customer still owes that"))
        }
        if let missing = answer["not_paid_back"], !missing.isNull {
            let reason = missing["reason"]?.string.flatMap { NotPaidBack.Reason(rawValue: $0) }
            facts.append(
                Fact(
                    "Not paid back", "− \(MoneyText.of(reading.money(missing["amount"])))", hint: reason?.words))
        }
        return facts + [Fact("Refund", MoneyText.of(refund), isTotal: true)]
    }

    private static func terms(_ answer: JSON, _ command: RequestReturn, _ reading: TakingBack) -> [Fact] {
        let back = answer["return"]
        let isCredit = back?["refund_to"]?.string == ReturningPolicy.RefundTo.storeCredit.rawValue
        var facts = [
            Fact("Paid back", isCredit ? "as store credit" : source(of: reading.order)),
            Fact("When", moment(back?["refund_at"]?.string, command)),
        ]
        if command.method == .byPost {
            let policy = reading.seen.rules.policy
            let isOurs = back?["postage"]?.string == ReturningPolicy.Payer.merchant.rawValue
            facts.append(Fact("Postage", isOurs ? "we pay it" : "the customer pays it"))
            facts.append(Fact("To be sent within", "\(MoneyText.of(policy.sendWithinDays)) days of the approval"))
        }
        return facts
    }

    /// The payments that money can go back to.
    private static func source(of order: Order) -> String {
        let names = order.payments.filter { $0.refundable > 0 }.map {
            $0.provider + ($0.cardLast4.map { " •••• \($0)" } ?? "")
        }
        guard !names.isEmpty else { return "nothing was taken that could go back" }
        return "to where it came from: \(names.joined(separator: ", "))"
    }

    private static func moment(_ word: String?, _ command: RequestReturn) -> String {
        let isHere = command.method == .inStore
        switch word.flatMap({ ReturningPolicy.RefundAt(rawValue: $0) }) {
        case .receipt: return isHere ? "at once" : "when the goods are here"
        case .inspection:
            let isJudged = isHere && command.lines.allSatisfy { $0.disposition != nil }
            return isJudged ? "at once, since all units are judged" : "when all units are inspected"
        case .settlement, nil: return "when somebody settles the return"
        }
    }
}

extension NotPaidBack.Reason {
    /// For people, behind an amount.
    var words: String {
        switch self {
        case .exceedsCaptured: "no more was taken and not given back"
        case .capturePending: "the money is still being captured"
        }
    }
}
