import OrderManagement

/// The customer cancels the order, or some of it: chosen, shown with what it brings, then done.
extension CustomerPages {
    var cancelPage: Endpoint {
        endpoint(.get, "/cancel") { visit in
            try offered(visit.reading.offers.cancel, visit) { cancelForm(visit, nil, nil) }
        }
    }

    var cancel: Endpoint {
        endpoint(.post, "/cancel") { visit in
            var sent: CustomerForm?
            return try await act(visit, { cancelForm(visit, sent, $0) }) {
                let form = try CustomerForm(visit)
                sent = form
                let units = try form.units(of: visit.order, visit.words)
                guard form.isConfirmed else { return try await confirmation(of: units, form, visit) }
                let isAll = form.text("all") == "1"
                let command = CancelOrder(order: visit.order.id, lines: isAll ? nil : units, reason: .customer)
                _ = try await waybill.perform(
                    command, as: .customer, key: form.idempotencyKey("cancel", of: visit.order.id))
                return done("cancel", visit)
            }
        }
    }

    /// What can be chosen; what was chosen stays so.
    private func cancelForm(_ visit: Visit, _ sent: CustomerForm?, _ problem: String?) -> CustomerFormPage {
        let words = visit.words
        let rows = visit.order.lines.filter { $0.open > 0 }.map { line in
            let chosen = sent.flatMap { Int64($0.text(ConsoleForm.units(line.number))) } ?? line.open
            return CustomerFormPage.Row(
                name: visit.reading.name(of: line.number), hint: nil,
                inputs: [
                    .units(words(.howMany), line.number, upTo: line.open, chosen: min(max(0, chosen), line.open))
                ])
        }
        return CustomerFormPage(
            title: words(.cancel), lead: rows.isEmpty ? nil : words(.cancelLead), problem: problem, rows: rows,
            hidden: [HiddenField(name: "key", value: visit.formKey)], button: words(.check),
            action: visit.path + "/cancel", back: visit.path, isOpen: !rows.isEmpty)
    }

    /// What it would bring, by trying it: nothing is changed yet.
    private func confirmation(
        of units: [LineQuantity], _ form: CustomerForm, _ visit: Visit
    ) async throws -> APIResponse {
        let (order, words) = (visit.order, visit.words)
        let chosen = Dictionary(units.map { ($0.line.number, $0.quantity) }, uniquingKeysWith: +)
        let isAll = order.lines.allSatisfy { chosen[$0.number] ?? 0 == $0.open }
        let reply = try await waybill.rehearse(
            CancelOrder(order: order.id, lines: isAll ? nil : units, reason: .customer, isPreview: true),
            as: .customer)
        let preview = try JSON.parse(reply.body, limits: .stored)
        func amount(_ name: String) -> Int64 { preview[name]?["amount"]?.integer ?? 0 }
        var sentences: [String] = []
        for (name, phrase) in [("refunded", CustomerPhrase.moneyBack), ("voided", .moneyLetGo)] where amount(name) > 0 {
            sentences.append(words(phrase, words.money(amount(name), order.currency)) + ".")
        }
        let fee = amount("fee") + amount("kept_of_return")
        sentences.append((fee > 0 ? words(.keptBack, words.money(fee, order.currency)) : words(.nothingKept)) + ".")
        let page = CustomerFormPage(
            title: words(.confirmCancel), goods: goods(units, visit), sentences: sentences,
            hidden: form.fields { $0.hasPrefix("units-") }
                + [
                    HiddenField(name: "key", value: visit.formKey), HiddenField(name: "confirmed", value: "1"),
                    HiddenField(name: "all", value: isAll ? "1" : "0"),
                ],
            button: words(.doCancel), look: "danger", action: visit.path + "/cancel", back: visit.path)
        return try respond(with: page, to: visit)
    }

    func goods(_ units: [LineQuantity], _ visit: Visit) -> [CustomerOrderPage.Goods] {
        units.map {
            CustomerOrderPage.Goods(
                count: visit.words.count($0.quantity), name: visit.reading.name(of: $0.line.number))
        }
    }
}
