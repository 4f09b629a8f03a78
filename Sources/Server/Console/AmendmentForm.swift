import OrderManagement

/// The forms that change an order: each stages an amendment, which the page then shows with what it would do, to be
/// committed or dropped.
struct AmendmentForm {
    let order: Order
    let form: ConsoleForm

    /// Units wanted of each line, and one item more.
    func lines() throws -> Console.Wish {
        var changed: [(line: OrderLineID, quantity: Int64)] = []
        for line in order.lines {
            let name = ConsoleForm.units(line.number)
            let wanted = try form.integer(name, "Units of \(line.sku)", in: 0...PlaceOrder.quantityMax)
            if let wanted, wanted != line.wanted { changed.append((OrderLineID(order.id, line.number), wanted)) }
        }
        let added = try newLine()
        return try wish { json in
            json.array("quantities") { list in
                for (line, quantity) in changed {
                    list.object {
                        $0.member("line", line.description)
                        $0.member("quantity", quantity)
                    }
                }
            }
            if let added { json.array("add") { list in list.value(added) } }
        }
    }

    private func newLine() throws -> JSON? {
        guard let sku = form.text("sku") else { return nil }
        let quantity = try form.integer("quantity", "Quantity", in: 1...PlaceOrder.quantityMax) ?? 1
        let price = try form.amount("unit_price", "Unit price", in: order.currency)
        guard let price else { throw Refusal(.invalidInput, "Unit price is missing: what does a unit of \(sku) cost?") }
        let tax = try form.amount("tax", "Tax", in: order.currency)
        return try Self.object { json in
            json.member("sku", sku)
            json.member("quantity", quantity)
            json.member("unit_price", price)
            if let tax { json.member("tax", tax) }
        }
    }

    /// What is asked for of another address, as it is now.
    static func inputs(of address: Address) -> [FormInput] {
        let lines = address.lines
        return [
            FormInput("Name", name: "name", value: address.name, isRequired: true),
            FormInput("Address", name: "line1", value: lines.first ?? "", isRequired: true),
            FormInput("Second line", name: "line2", value: lines.dropFirst().joined(separator: ", ")),
            FormInput("City", name: "city", value: address.city, isRequired: true),
            FormInput("Region", name: "region", value: address.region ?? ""),
            FormInput("Postcode", name: "postcode", value: address.postcode),
            FormInput("Country", name: "country", value: address.country, hint: "Two letters", isRequired: true),
        ]
    }

    /// Another address, for the whole order.
    func address() throws -> Console.Wish {
        let country = try form.required("country", "Country").uppercased()
        let (name, city) = (try form.required("name", "Name"), try form.required("city", "City"))
        let street = [try form.required("line1", "Address"), form.text("line2")].compactMap(\.self)
        return try wish { json in
            json.object("delivery") {
                $0.member("method", order.delivery.method.rawValue)
                if let service = order.delivery.service { $0.member("service", service) }
                $0.name("address")
                Address(
                    name: name, lines: street, city: city, region: form.text("region"),
                    postcode: form.text("postcode") ?? "", country: country
                ).write(to: &$0)
            }
        }
    }

    /// Reads what was typed as the interface for programs does, with the same bounds and the same words.
    private func wish(_ write: (inout JSONWriter) throws -> Void) throws -> Console.Wish {
        let problems = BodyProblems()
        let request = problems.object(try Self.object(write)) { $0.amendment() }
        guard problems.details.isEmpty else {
            let places = problems.details.map { "\($0.pointer.split(separator: "/").last ?? ""): \($0.detail)" }
            throw Refusal(.invalidInput, places.joined(separator: "; "))
        }
        guard let request else { throw Problem.internal }
        return Console.Wish(
            command: AmendOrder(order: order.id, request: request),
            done: "The change of \(order.number) is staged: look at what it does, then commit or drop it.")
    }

    private static func object(_ write: (inout JSONWriter) throws -> Void) throws -> JSON {
        var json = JSONWriter(reservingCapacity: 512)
        try json.object(write)
        return try JSON.parse(json.text)
    }
}

/// The buttons of a change: what `Order.permissions` allows of amending, as forms.
extension OrderActions {
    private static let staging = "Nothing is done yet: the page shows what it would do, to be committed or dropped."

    /// Stages another number of units, or one item more.
    func changeLines() -> Action? {
        // What has arrived is not changed: it comes back, or another order is placed.
        guard order.lines.contains(where: { $0.open > 0 }) else { return nil }
        let wanted = order.lines.filter { $0.wanted > 0 }
        guard wanted.count <= Self.linesMax else { return nil }
        return action(
            "Change lines", "amendments",
            inputs: wanted.map { units($0, $0.wanted, "0 takes the line off") } + [
                FormInput("Add an item", name: "sku", hint: "SKU; empty: none"),
                FormInput("Quantity", name: "quantity", kind: .number, value: "1"),
                FormInput("Unit price in \(order.currency)", name: "unit_price"),
                FormInput("Tax in \(order.currency)", name: "tax", hint: "For all units of it"),
            ],
            confirmation: Self.staging)
    }

    /// Stages another address.
    func changeAddress() -> Action? {
        guard let address = order.delivery.address else { return nil }
        return action(
            "Change address", "addresses", inputs: AmendmentForm.inputs(of: address),
            confirmation: Self.staging)
    }

    /// What to do about the change that is staged.
    func ofAmendment(_ id: AmendmentID) -> ActionBar {
        guard principal.may(.ordersWrite) else { return ActionBar() }
        let isFresh = permissions.contains { $0.action == "amendments/commitments" && $0.isAllowed }
        let commit = action("Commit", "amendments/\(id)/commitments", look: .primary)
        return ActionBar(
            allowed: (isFresh ? [commit] : []) + [action("Drop", "amendments/\(id)/drops")],
            blocked: isFresh
                ? [] : [BlockedAction(label: "Commit", reason: "The order has changed since: stage the change again.")])
    }
}
