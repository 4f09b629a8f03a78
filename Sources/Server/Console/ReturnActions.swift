import OrderManagement

/// The buttons of what comes back.
extension OrderActions {
    func of(_ entry: Return) -> ActionBar {
        let id = ReturnID(order.id, entry.number)
        return bar(permissions.filter { $0.path.hasPrefix("/v1/returns/\(id)/") }) {
            action(for: $0.action, entry, "returns/\(id)/\($0.action)")
        }
    }

    private func action(for noun: String, _ entry: Return, _ path: String) -> Action? {
        switch noun {
        case "approvals": action("Approve", path, look: .primary)
        case "rejections": action("Reject", path, look: .danger, inputs: [FormInput("Why", name: "note")])
        case "sendings":
            action(
                "Sent", path,
                inputs: [FormInput("Courier", name: "courier"), FormInput("Tracking number", name: "tracking")])
        case "labels":
            action(
                "Tracking number", path,
                inputs: [
                    FormInput("Courier", name: "courier", value: entry.terms.courier ?? "", isRequired: true),
                    FormInput(
                        "Tracking number", name: "tracking", value: entry.terms.tracking ?? "", isRequired: true),
                ])
        case "receipts": receive(entry, path)
        case "reopenings": action("Take back after all", path)
        case "inspections":
            entry.lines.contains { $0.toInspect > 0 }
                ? action(
                    "Inspect", path, look: .primary,
                    inputs: entry.lines.filter { $0.toInspect > 0 }.map {
                        dispositions(of: $0.line, "\(MoneyText.of($0.toInspect)) to inspect", later: false)
                    }) : nil
        case "settlements":
            action(
                "Settle", path, look: .primary,
                inputs: [
                    choices(
                        "Refund", "refund",
                        entry.terms.refundTo == .storeCredit
                            ? ["store_credit", "source", "none"] : ["source", "store_credit", "none"]),
                    FormInput(
                        "Amount in \(order.currency)", name: "amount",
                        hint: "Empty: \(MoneyText.of(order.owed(for: entry), order.currency)), what the units are "
                            + "worth less the fee"),
                ])
        default: nil
        }
    }

    private func receive(_ entry: Return, _ path: String) -> Action? {
        let awaited = entry.lines.filter { $0.expected > 0 }
        guard !awaited.isEmpty else { return nil }
        // What a courier brings back comes to where it was sent from, also where customers send nothing.
        let origin = entry.terms.parcel == nil ? nil : entry.location
        let isCounter = counterChoices.contains { $0.value == origin }
        let own = isCounter ? [] : [origin].compactMap { $0 }.map { Choice(value: $0, label: $0) }
        let counters = (own + counterChoices).map {
            Choice(value: $0.value, label: $0.label, isSelected: $0.value == entry.location)
        }
        return action(
            "Receive", path, look: .primary,
            inputs: [
                FormInput("At", name: "location", choices: counters, isRequired: true)
            ]
                + awaited.prefix(Self.linesMax).flatMap { line -> [FormInput] in
                    guard let known = order.line(line.line) else { return [] }
                    let count = line.expected
                    return [
                        units(known, count, "of \(count) announced"),
                        dispositions(of: line.line, nil, later: true),
                        FormInput("Condition of \(known.sku)", name: ReturnForm.condition(line.line)),
                    ]
                } + [
                    FormInput(
                        "What is missing", name: ReturnForm.complete,
                        choices: [
                            Choice(value: "", label: "May still come"), Choice(value: "true", label: "Will not come"),
                        ]),
                    FormInput(
                        "More than announced", name: ReturnForm.excess,
                        choices: [
                            Choice(value: "", label: "Did not come"), Choice(value: "true", label: "Really came"),
                        ]),
                ], confirmation: money(of: entry))
    }

    /// What receiving all of it brings, and when.
    private func money(of entry: Return) -> String? {
        guard entry.terms.successor == nil else { return nil }
        let money = MoneyText.of(order.owed(for: entry, isAllHere: true), order.currency)
        let moment = switch entry.terms.refundAt {
        case .receipt: "at once"
        case .inspection: "once all units are judged"
        case .settlement: "when somebody settles the return"
        }
        return "If all of it is here, \(money) goes back \(moment)."
    }

    /// What becomes of the units of a line.
    private func dispositions(of line: Int, _ hint: String?, later: Bool) -> FormInput {
        let now = Return.Disposition.allCases.map { Choice(value: $0.rawValue, label: Pill(status: $0.rawValue).text) }
        return FormInput(
            "\(order.line(line)?.sku ?? "Units"): then", name: ReturnForm.disposition(line),
            choices: now + (later ? [Choice(value: "", label: "Inspect later")] : []), hint: hint)
    }
}
