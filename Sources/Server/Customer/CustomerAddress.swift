import OrderManagement

/// The customer has the order sent elsewhere, within its country: staged as an amendment and committed at once.
extension CustomerPages {
    var addressPage: Endpoint {
        endpoint(.get, "/address") { visit in
            try offered(visit.reading.offers.changeAddress, visit) { addressForm(visit, nil, nil) }
        }
    }

    var changeAddress: Endpoint {
        endpoint(.post, "/address") { visit in
            var sent: CustomerForm?
            return try await act(visit, { addressForm(visit, sent, $0) }) {
                let form = try CustomerForm(visit)
                sent = form
                try await change(try request(form, visit), form, visit)
                return done("address", visit)
            }
        }
    }

    /// The fields with what browsers may fill in: HTML's words for it.
    private static let fields: [(name: String, phrase: CustomerPhrase, autocomplete: String, isRequired: Bool)] = [
        ("name", .name, "shipping name", true), ("line1", .street, "shipping address-line1", true),
        ("line2", .more, "shipping address-line2", false), ("postcode", .postcode, "shipping postal-code", false),
        ("city", .city, "shipping address-level2", true), ("region", .region, "shipping address-level1", false),
    ]

    private func addressForm(_ visit: Visit, _ sent: CustomerForm?, _ problem: String?) -> CustomerFormPage {
        let words = visit.words
        let address = visit.order.delivery.address
        let lines = address?.lines ?? []
        let present: [String: String] = [
            "name": address?.name ?? "", "line1": lines.first ?? "",
            "line2": lines.dropFirst().joined(separator: ", "), "postcode": address?.postcode ?? "",
            "city": address?.city ?? "", "region": address?.region ?? "",
        ]
        let inputs = Self.fields.map { field in
            CustomerFormPage.Input.text(
                words(field.phrase), field.name, sent?.text(field.name) ?? present[field.name] ?? "",
                autocomplete: field.autocomplete, lengthMax: field.name == "postcode" ? 20 : 200,
                isRequired: field.isRequired)
        }
        return CustomerFormPage(
            title: words(.changeAddress), lead: words(.addressLead), problem: problem, inputs: inputs,
            sentences: ["\(words(.countryIs, words.country(address?.country ?? ""))) \(words(.countryStays))"],
            hidden: [HiddenField(name: "key", value: visit.formKey)], button: words(.save),
            action: visit.path + "/address", back: visit.path)
    }

    /// Reads what was typed as the interface for programs does, with the same bounds. The country stays: prices, taxes
    /// and the way of the goods hang on it.
    private func request(_ form: CustomerForm, _ visit: Visit) throws -> AmendmentRequest {
        guard let present = visit.order.delivery.address else { throw Refusal(.deliveryNotOffered, "it is collected") }
        let region = form.text("region")
        let address = Address(
            name: form.text("name"), lines: [form.text("line1"), form.text("line2")].filter { !$0.isEmpty },
            city: form.text("city"), region: region.isEmpty ? nil : region, postcode: form.text("postcode"),
            country: present.country)
        var json = JSONWriter(reservingCapacity: 512)
        json.object {
            $0.object("delivery") {
                $0.member("method", Fulfillment.Method.ship.rawValue)
                if let service = visit.order.delivery.service { $0.member("service", service) }
                $0.name("address")
                address.write(to: &$0)
            }
        }
        let problems = BodyProblems()
        let request = problems.object(try JSON.parse(json.text)) { $0.amendment() }
        guard problems.details.isEmpty, let request else {
            let wrong = Set(problems.details.flatMap { $0.pointer.split(separator: "/").map(String.init) })
            let names = Self.fields.filter { wrong.contains($0.name) || $0.name == "line1" && wrong.contains("lines") }
            let words = visit.words
            throw CustomerForm.Wrong(
                sentence: words(.pleaseCheck, names.map { words($0.phrase) }.joined(separator: ", ")))
        }
        guard address.hasPostcode else {
            throw CustomerForm.Wrong(sentence: visit.words(.pleaseCheck, visit.words(.postcode)))
        }
        return request
    }

    /// Stages the change and commits it. What an interrupted attempt of the customer left open is gone on with, or
    /// makes way; what cannot be committed is dropped, so that it is in nobody's way.
    private func change(_ request: AmendmentRequest, _ form: CustomerForm, _ visit: Visit) async throws {
        guard request.delivery?.address != visit.order.delivery.address else { return }  // it is there already
        let staged = try await stage(request, form, visit)
        do {
            let key = form.idempotencyKey("address/commit", of: visit.order.id)
            _ = try await waybill.perform(CommitAmendment(amendment: staged), as: .customer, key: key)
        } catch let refusal as Refusal {
            do {
                _ = try await waybill.perform(DropAmendment(amendment: staged), as: .customer)
            } catch is Refusal {
                throw refusal  // it is closed already
            }
            throw refusal
        }
    }

    private func stage(_ request: AmendmentRequest, _ form: CustomerForm, _ visit: Visit) async throws -> AmendmentID {
        let id = visit.order.id
        if let open = visit.order.openAmendment, open.staged?.by == Principal.customer.name {
            let name = AmendmentID(id, open.number)
            if open.staged?.request == request.completed(from: visit.order) { return name }
            _ = try await waybill.perform(DropAmendment(amendment: name), as: .customer)
        }
        let reply = try await waybill.perform(
            AmendOrder(order: id, request: request), as: .customer, key: form.idempotencyKey("address", of: id))
        guard let name = try JSON.parse(reply.body, limits: .stored)["id"]?.string, let staged = AmendmentID(name)
        else { throw BrokenInvariant("an amendment of order \(visit.order.number) was staged without a name") }
        return staged
    }
}
