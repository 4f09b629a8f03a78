import OrderManagement

/// The customer asks to send something back: chosen line by line with a reason, shown with its money, then asked for.
extension CustomerPages {
    var returnPage: Endpoint {
        endpoint(.get, "/return") { visit in
            try offered(visit.reading.offers.requestReturn, visit) { returnForm(visit, nil, nil) }
        }
    }

    var requestReturn: Endpoint {
        endpoint(.post, "/return") { visit in
            var sent: CustomerForm?
            return try await act(visit, { returnForm(visit, sent, $0) }) {
                let form = try CustomerForm(visit)
                sent = form
                let command = try returnCommand(form, visit)
                guard form.isConfirmed else { return try confirmation(of: command, form, visit) }
                _ = try await waybill.perform(
                    command, as: .customer, key: form.idempotencyKey("return", of: visit.order.id))
                return done("return", visit)
            }
        }
    }

    private func returnCommand(_ form: CustomerForm, _ visit: Visit) throws -> RequestReturn {
        let words = visit.words
        let lines = try form.units(of: visit.order, words).map { units in
            guard let reason = Return.Reason(rawValue: form.text("reason-\(units.line.number)")),
                Return.Reason.ofCustomers.contains(reason)
            else { throw CustomerForm.Wrong(sentence: words(.pleaseCheck, words(.why))) }
            return RequestReturn.Line(line: units.line, quantity: units.quantity, reason: reason)
        }
        let note = form.text("note")
        return RequestReturn(
            order: visit.order.id, method: .byPost, location: nil, lines: lines, note: note.isEmpty ? nil : note)
    }

    private func returnForm(_ visit: Visit, _ sent: CustomerForm?, _ problem: String?) -> CustomerFormPage {
        let (words, returnable) = (visit.words, visit.reading.returnable)
        let rows = visit.order.lines.compactMap { line -> CustomerFormPage.Row? in
            let granted = (returnable[line.number] ?? []).filter { $0.units > 0 }
            guard let most = granted.map(\.units).max() else { return nil }
            let chosen = sent.flatMap { Int64($0.text(ConsoleForm.units(line.number))) } ?? 0
            let reason = sent?.text("reason-\(line.number)")
            let reasons = granted.map {
                Choice(
                    value: $0.reason.rawValue, label: words(CustomerPhrase($0.reason)),
                    isSelected: $0.reason.rawValue == reason)
            }
            let until = granted.compactMap(\.until).max()
            return CustomerFormPage.Row(
                name: visit.reading.name(of: line.number),
                hint: until.map { words(.possibleUntil, visit.reading.clock.day($0)) },
                inputs: [
                    .units(words(.howMany), line.number, upTo: most, chosen: min(max(0, chosen), most)),
                    .list(
                        words(.why), "reason-\(line.number)", [Choice(value: "", label: words(.choose))] + reasons),
                ])
        }
        var note = CustomerFormPage.Input.text(words(.note), "note", sent?.text("note") ?? "", autocomplete: "off")
        (note.isLong, note.lengthMax) = (true, "1000")
        return CustomerFormPage(
            title: words(.requestReturn), lead: words(.returnLead), problem: problem, rows: rows, inputs: [note],
            hidden: [HiddenField(name: "key", value: visit.formKey)], button: words(.check),
            action: visit.path + "/return", back: visit.path)
    }

    /// What it would bring, by the rules that the return will have.
    private func confirmation(of command: RequestReturn, _ form: CustomerForm, _ visit: Visit) throws -> APIResponse {
        let (reading, words) = (visit.reading, visit.words)
        let text = try command.preview(
            of: reading.order, by: reading.returnRules, reading.configuration, as: .customer)
        let preview = try JSON.parse(text, limits: .stored)
        func amount(_ name: String) -> Int64 { preview[name]?["amount"]?.integer ?? 0 }
        let refund = words(.refundAbout, words.money(amount("refund"), reading.order.currency))
        var sentences = ["\(refund), \(words(.refundLater))"]
        if amount("fee") > 0 {
            sentences.append(words(.feeOf, words.money(amount("fee"), reading.order.currency)) + ".")
        }
        let isOurs = preview["return"]?["postage"]?.string == ReturningPolicy.Payer.merchant.rawValue
        sentences.append(words(isOurs ? .postageOurs : .postageYours))
        let goods = command.lines.map {
            CustomerOrderPage.Goods(
                count: words.count($0.quantity), name: reading.name(of: $0.line.number),
                hint: words(CustomerPhrase($0.reason)))
        }
        let page = CustomerFormPage(
            title: words(.confirmReturn), goods: goods, sentences: sentences,
            hidden: form.fields { $0.hasPrefix("units-") || $0.hasPrefix("reason-") || $0 == "note" }
                + [HiddenField(name: "key", value: visit.formKey), HiddenField(name: "confirmed", value: "1")],
            button: words(.doReturn), action: visit.path + "/return", back: visit.path)
        return try respond(with: page, to: visit)
    }
}

extension CustomerPhrase {
    /// Why something comes back, in the customer's words.
    fileprivate init(_ reason: Return.Reason) {
        self =
            switch reason {
            case .unwanted: .unwanted
            case .wrongSize: .wrongSize
            case .damaged: .damaged
            case .faulty: .faulty
            case .notAsDescribed: .notAsDescribed
            case .wrongItem: .wrongItem
            case .late: .late
            case .other, .undelivered: .other
            }
    }
}
