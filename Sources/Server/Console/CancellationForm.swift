import OrderManagement

/// A cancellation in two steps: its fee and its money are shown first; a second form does it.
enum CancellationForm {
    /// The fields that say what is cancelled, without those that only carry the form.
    static func isWish(_ name: String) -> Bool { name == "reason" || name.hasPrefix("units-") }

    static func command(_ order: Order, _ form: ConsoleForm, isPreview: Bool) throws -> CancelOrder {
        CancelOrder(
            order: order.id, lines: try form.units(of: order),
            reason: try form.word("reason", "Reason", CancelOrder.Reason.self), isPreview: isPreview)
    }
}

extension Console {
    var cancellationForms: [Endpoint] {
        [
            form("/console/orders/{id}/actions/cancellations") { visit, form in
                let order = try await order(try visit.request.id(OrderID.self), for: visit)
                // What is impossible is said before the page is shown.
                _ = try await waybill.rehearse(
                    try CancellationForm.command(order, form, isPreview: true), as: visit.principal)
                let wish = PercentCoding.encoded(form.query(where: CancellationForm.isWish))
                return Outcome(
                    sentence: "Nothing is cancelled yet: look at the money, then commit it.",
                    address: Self.address(of: order.id) + "?cancellation=" + wish)
            },
            form("/console/orders/{id}/actions/cancellations/commitments") { visit, form in
                let order = try await order(try visit.request.id(OrderID.self), for: visit)
                let reply = try await perform(
                    try CancellationForm.command(order, form, isPreview: false), on: order.id, visit, form)
                let done = StagedCancellation(form: form, answer: try JSON.parse(reply.body, limits: .stored))
                return Outcome(
                    sentence: "Cancelled: \(done.goods). " + done.money(of: order).joined(separator: " "),
                    address: Self.address(of: order.id))
            },
        ]
    }

    /// What a cancellation that the page's address names would bring; nil where it names none.
    /// - Throws: what makes it impossible.
    func cancellation(_ text: String?, of order: Order, for visit: ConsoleVisit) async throws -> StagedCancellation? {
        guard let text, !text.isEmpty else { return nil }
        let form = try ConsoleForm(query: text)
        let command = try CancellationForm.command(order, form, isPreview: true)
        let reply = try await waybill.rehearse(command, as: visit.principal)
        return StagedCancellation(form: form, answer: try JSON.parse(reply.body, limits: .stored))
    }
}

/// A cancellation with its money: as it would be, or as it was done.
struct StagedCancellation: Sendable {
    let form: ConsoleForm
    let answer: JSON

    func attention(_ reading: OrderReading, _ actions: OrderActions) -> OrderPage.Attention {
        let reason = Pill(status: form.text("reason") ?? "").text.lowercased()
        return OrderPage.Attention(
            label: Pill("Cancellation, not done yet", .caution), detail: "\(goods), for the reason \(reason)",
            context: "\(stock(reading)) · \(deadline(reading, actions))",
            suggestion: money(of: reading.order).joined(separator: " "),
            actions: ActionBar(allowed: [
                actions.action(
                    "Cancel these units", "cancellations/commitments", look: .danger,
                    extra: form.fields(where: CancellationForm.isWish))
            ]))
    }

    /// "2 × TEE, 1 × CAP".
    var goods: String {
        (answer["lines"]?.array ?? []).map {
            "\(MoneyText.of($0["quantity"]?.integer ?? 0)) × \($0["sku"]?.string ?? "")"
        }.joined(separator: ", ")
    }

    /// What is kept, let go and paid back, and what is due then: a sentence each.
    func money(of order: Order) -> [String] {
        func amount(_ name: String) -> Int64 { answer[name]?["amount"]?.integer ?? 0 }
        func text(_ name: String) -> String { MoneyText.of(amount(name), order.currency) }
        let tax = amount("fee_tax") > 0 ? ", \(text("fee_tax")) of it are taxes" : ""
        var sentences = [amount("fee") > 0 ? "\(text("fee")) is kept as the fee\(tax)." : "There is no fee."]
        if amount("kept_of_return") > 0 {
            sentences.append("The return that it was exchanged for keeps \(text("kept_of_return")) of its money.")
        }
        if amount("captured") > 0 { sentences.append("\(text("captured")) is taken for it.") }
        if amount("refunded") > 0 {
            let names = order.payments.filter { $0.refundable > 0 }.map {
                $0.provider + ($0.cardLast4.map { " •••• \($0)" } ?? "")
            }
            let place = names.isEmpty ? "" : " to where it came from: \(names.joined(separator: ", "))"
            sentences.append("\(text("refunded")) is refunded\(place).")
        }
        if amount("refunded_before") > 0 {
            sentences.append("\(text("refunded_before")) was refunded by hand before: it is not paid again.")
        }
        if amount("voided") > 0 { sentences.append("\(text("voided")) that was authorized is let go.") }
        let after = answer["order"]?["due"]?["amount"]?.integer ?? order.due
        sentences.append("Due is then \(MoneyText.of(after, order.currency)).")
        return sentences
    }

    private func stock(_ reading: OrderReading) -> String {
        let freed = (answer["freed"]?.array ?? []).map {
            "\(MoneyText.of($0["quantity"]?.integer ?? 0)) × \($0["sku"]?.string ?? "") at "
                + reading.name(of: $0["location"]?.string ?? "")
        }
        return freed.isEmpty ? "no unit was held for it" : "back to stock: \(freed.joined(separator: ", "))"
    }

    private func deadline(_ reading: OrderReading, _ actions: OrderActions) -> String {
        let end = actions.permissions.first { $0.action == "cancellations" }?.until
        let last = reading.channel.policy.cancellableUntil
        return "possible until "
            + (end.map { actions.clock.time($0).text }
                ?? ChannelPolicy.endOfCancelling(last, of: reading.order.delivery.method, isOver: false))
    }
}
