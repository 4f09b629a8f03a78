import OrderManagement

/// An exchange in two steps: what it would bring is shown first; the exchange itself is done by a second form.
struct ExchangeForm {
    let order: Order
    let form: ConsoleForm

    /// The fields that say what is exchanged, without those that only carry the form.
    static func isWish(_ name: String) -> Bool {
        ["sku", "unit_price", "tax"].contains(name) || ReturnForm.isWish(name)
    }

    func command(isPreview: Bool) throws -> ExchangeOrder {
        let request = try ReturnForm.command(order, form)
        let sku = form.text("sku")
        let price = try form.amount("unit_price", "Unit price", in: order.currency)
        let tax = try form.amount("tax", "Tax", in: order.currency)
        if tax != nil, price == nil { throw Refusal(.invalidInput, "Tax goes with a unit price") }
        if price != nil, sku == nil { throw Refusal(.invalidInput, "Unit price goes with the SKU that goes out") }
        return ExchangeOrder(
            request: request,
            lines: request.lines.map { part in
                .init(
                    sku: sku ?? order.line(part.line.number)?.sku ?? "", quantity: part.quantity,
                    price: price.map { .init(unitPrice: $0, discount: nil, tax: tax) }, replaces: part.line)
            }, payments: isPreview ? [] : try payment.map { [$0] } ?? [], isPreview: isPreview)
    }

    /// What the customer pays where the new goods cost more; nil where it is to be paid later.
    private var payment: PlaceOrder.RequestedPayment? {
        get throws {
            guard form.text("reference") != nil else { return nil }
            return PlaceOrder.RequestedPayment(
                provider: try form.name("provider", "Provider", max: 64),
                reference: try form.name("reference", "Reference", max: 200),
                authorized: try form.money("amount", "Amount", in: order.currency))
        }
    }
}

extension Console {
    var exchangeForms: [Endpoint] {
        [
            form("/console/orders/{id}/actions/exchanges") { visit, form in
                let order = try await order(try visit.request.id(OrderID.self), for: visit)
                let command = try ExchangeForm(order: order, form: form).command(isPreview: true)
                // What is impossible is said before the page is shown.
                _ = try await waybill.rehearse(command, as: visit.principal)
                return Outcome(
                    sentence: "Nothing is exchanged yet: look at what it brings, then commit it.",
                    address: Self.address(of: order.id) + "?exchange="
                        + PercentCoding.encoded(form.query(where: ExchangeForm.isWish)))
            },
            form("/console/orders/{id}/actions/exchanges/commitments") { visit, form in
                let order = try await order(try visit.request.id(OrderID.self), for: visit)
                let command = try ExchangeForm(order: order, form: form).command(isPreview: false)
                let reply = try await perform(command, on: order.id, visit, form)
                return Outcome(
                    sentence: "A new order goes out for what comes back:", address: Self.address(of: order.id),
                    links: try Self.newOrder(in: reply))
            },
        ]
    }

    /// What an exchange that the page's address names would bring; nil where it names none.
    /// - Throws: what makes it impossible.
    func rehearsal(_ text: String?, of order: Order, for visit: ConsoleVisit) async throws -> StagedExchange? {
        guard let text, !text.isEmpty else { return nil }
        let form = try ConsoleForm(query: text)
        let command = try ExchangeForm(order: order, form: form).command(isPreview: true)
        let reply = try await waybill.rehearse(command, as: visit.principal)
        return StagedExchange(form: form, answer: try JSON.parse(reply.body, limits: .stored))
    }
}

/// An exchange that is looked at: nothing of it is done.
struct StagedExchange: Sendable {
    let form: ConsoleForm
    let answer: JSON

    func attention(of order: Order, _ actions: OrderActions) -> OrderPage.Attention {
        func money(_ value: Int64) -> String { MoneyText.of(value, order.currency) }
        let credit = answer["credit"]?["amount"]?.integer ?? 0
        let difference = answer["difference"]?["amount"]?.integer ?? 0
        let back = (answer["return"]?["lines"]?.array ?? []).map {
            "\($0["quantity"]?.integer ?? 0) × \($0["sku"]?.string ?? "")"
        }
        let out = (answer["exchange"]?["lines"]?.array ?? []).map {
            "\($0["ordered"]?.integer ?? 0) × \($0["sku"]?.string ?? "") at "
                + money($0["unit_price"]?["amount"]?.integer ?? 0)
        }
        let end =
            if difference > 0 {
                "The customer pays the difference of \(money(difference))."
            } else if difference < 0 {
                "The customer gets \(money(-difference)) back when the goods are here."
            } else {
                "Nothing is left to pay."
            }
        return OrderPage.Attention(
            label: Pill("Exchange, not done yet", .caution),
            detail: "\(back.joined(separator: ", ")) back; \(out.joined(separator: ", ")) out",
            context: "worth \(money(credit)); the new order costs \(money(credit + difference))",
            suggestion: end, actions: ActionBar(allowed: [actions.commit(self, difference: difference)]))
    }
}

extension OrderActions {
    /// The form that does an exchange as it was shown.
    func commit(_ staged: StagedExchange, difference: Int64) -> Action {
        let payment = [
            FormInput("Provider", name: "provider", value: "manual"),
            FormInput(
                "Reference", name: "reference",
                hint: "Of the payment of the difference; empty: the customer pays later"),
            FormInput(
                "Amount in \(order.currency)", name: "amount",
                value: Money(max(0, difference), order.currency).decimalText),
        ]
        return action(
            "Commit exchange", "exchanges/commitments", look: .primary, inputs: difference > 0 ? payment : [],
            extra: staged.form.fields(where: ExchangeForm.isWish))
    }
}
