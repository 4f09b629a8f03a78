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
        case "receipts": receive(entry, path)
        case "inspections":
            entry.lines.contains { $0.toInspect > 0 }
                ? action("Inspect", path, look: .primary, inputs: [dispositions(later: false)]) : nil
        case "settlements":
            action(
                "Settle", path, look: .primary,
                inputs: [
                    choices(
                        "Refund", "refund",
                        entry.terms.refundTo == .storeCredit
                            ? ["store_credit", "source", "none"] : ["source", "store_credit", "none"]),
                    FormInput("Amount in \(order.currency)", name: "amount", hint: "Empty: what the units are worth"),
                ])
        default: nil
        }
    }

    private func receive(_ entry: Return, _ path: String) -> Action? {
        let awaited = entry.lines.filter { $0.quantity > $0.received }
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
                FormInput("At", name: "location", choices: counters, isRequired: true), dispositions(later: true),
                FormInput("Condition", name: "condition"),
            ]
                + awaited.prefix(Self.linesMax).compactMap { line in
                    order.line(line.line).map {
                        units($0, line.quantity - line.received, "of \(line.quantity - line.received) announced")
                    }
                })
    }

    private func dispositions(later: Bool) -> FormInput {
        let now = Return.Disposition.allCases.map { Choice(value: $0.rawValue, label: Pill(status: $0.rawValue).text) }
        return FormInput(
            "Condition", name: "disposition",
            choices: now + (later ? [Choice(value: "", label: "Inspect later")] : []))
    }
}
