import OrderManagement

/// The units of a fulfillment, divided over boxes by hand: how many of each line go into which, what each weighs, and
/// which of the retailer's boxes it is. Filled in as it is suggested; a box that is left empty is none.
struct PackingPage: Page {
    static let template = "packing"

    /// One box to be filled.
    struct Box: Sendable {
        let name: String
        /// Of the box itself: which it is, what it weighs.
        let inputs: [FormInput]
        let lines: [Line]
        /// Whether it is shown unfolded: those that hold something, and two at least.
        let isOpen: Bool
    }

    /// Units of a line in one box.
    struct Line: Sendable {
        let field: String
        let value: String
        let most: String
        let sku: String
        let name: String
    }

    let title: String
    /// "Fulfillment 1 of WEB-1001"
    let name: String
    let order: PageLink
    let units: [OrderPage.Units]
    let boxes: [Box]
    let address: String
    let fields: [HiddenField]
    /// What cannot be done here.
    let limit: String
}

/// What somebody wants packed, box by box.
struct PackingForm {
    /// Boxes of one page; with many lines fewer, so that the page stays one that can be read.
    private static let (boxesMax, inputsMax) = (12, 400)

    let order: Order
    let part: Fulfillment
    let packaging: Packaging
    let items: [String: Item]

    static func box(_ box: Int) -> String { "box-\(box)" }
    static func weight(_ box: Int) -> String { "weight-\(box)" }
    static func fill(_ box: Int, _ line: Int) -> String { "fill-\(box)-\(line)" }
    static func isWish(_ name: String) -> Bool {
        ["box-", "weight-", "fill-"].contains { name.hasPrefix($0) }
    }

    /// How many boxes are offered.
    /// - Parameter least: How many there are already.
    func boxes(_ least: Int) -> Int {
        let readable = min(Self.boxesMax, Self.inputsMax / max(1, part.lines.count))
        return max(2, least, min(readable, Int(min(part.units, Int64(Self.boxesMax)))))
    }

    /// The boxes that hold something: their sum is checked by the command, as that of the interface for programs is.
    ///
    /// - Throws: `.invalidInput` for what is no number, for an unknown box, and for a weight that nobody knows.
    func command(_ form: ConsoleForm) throws -> PackFulfillment {
        var parcels: [PackFulfillment.Box] = []
        for number in 1...PackFulfillment.parcelsMax {
            var lines: [LineQuantity] = []
            for entry in part.lines {
                let sku = order.line(entry.line)?.sku ?? "line \(entry.line)"
                let units = try form.integer(
                    Self.fill(number, entry.line), "Units of \(sku) in box \(number)", in: 0...entry.quantity) ?? 0
                guard units > 0 else { continue }
                lines.append(LineQuantity(line: OrderLineID(order.id, entry.line), quantity: units))
            }
            let label = "Weight of box \(number)"
            let weighed = try form.integer(Self.weight(number), label, in: 1...Parcel.gramsMax)
            guard !lines.isEmpty else {
                guard weighed == nil else {
                    throw Refusal(.invalidInput, "box \(number) has a weight, and nothing in it: say what is in it")
                }
                continue
            }
            let kind = try form.text(Self.box(number)).map { code -> Packaging.Box in
                guard let known = packaging.boxes.first(where: { $0.code == code }) else {
                    throw Refusal(.invalidInput, "there is no box called \(code.prefix(64)): load the page again")
                }
                return known
            }
            let grams = try weighed ?? self.grams(of: lines, in: kind, label)
            parcels.append(
                PackFulfillment.Box(
                    lines: lines, weightGrams: grams, size: kind.map { ItemSize($0.inner) }))
        }
        guard !parcels.isEmpty else { throw Refusal(.invalidInput, "no unit was chosen: say what is in each box") }
        return PackFulfillment(fulfillment: FulfillmentID(order.id, part.number), parcels: parcels)
    }

    /// What goods weigh with their box, where nobody has weighed them.
    private func grams(
        of lines: [LineQuantity], in box: Packaging.Box?, _ label: String
    ) throws(Refusal) -> Int64 {
        var sum = box?.weightGrams ?? 0
        for entry in lines {
            guard let line = order.line(entry.line.number) else { continue }
            let grams = line.weightGrams { items[$0] }
            guard grams > 0 else {
                throw Refusal(.invalidInput, "\(label) is missing: nobody knows what \(line.sku) weighs")
            }
            sum += grams * entry.quantity
        }
        return min(sum, Parcel.gramsMax)
    }
}

extension Console {
    static func packing(_ part: FulfillmentID) -> String { "\(address(of: part.order))/fulfillments/\(part)/packing" }

    var packingPage: Endpoint {
        page(
            "/console/orders/{id}/fulfillments/{fulfillment}/packing", .fulfillmentsWrite, .fulfillments,
            query: ["pack"]
        ) { visit in
            let (form, id) = try await packingForm(visit)
            let wish = try visit.request.query.text("pack").map { text throws(Refusal) in
                try ConsoleForm(query: text)
            }
            let boxes = wish == nil
                ? try await waybill.rehearse(SuggestBoxes(fulfillment: id), as: visit.principal).suggestedBoxes : []
            return PackingPage(form, id, wish, boxes, visit)
        }
    }

    var packingForms: [Endpoint] {
        [
            form("/console/orders/{id}/fulfillments/{fulfillment}/packing") { visit, form in
                let (packing, id) = try await packingForm(visit)
                do {
                    let command = try packing.command(form)
                    try await perform(command, on: id.order, visit, form)
                    let count = command.parcels?.count ?? 0
                    return Outcome(
                        sentence: "Fulfillment \(id.number) of \(packing.order.number) was packed in "
                            + "\(count) \(count == 1 ? "box" : "boxes").",
                        address: Self.address(of: id.order),
                        links: try await papers(of: id.number, in: id.order, for: visit))
                } catch let refusal as Refusal where refusal.code != .unavailable {
                    // What was typed is shown again, to be mended.
                    let wish = PercentCoding.encoded(form.query(where: PackingForm.isWish))
                    return Outcome(
                        sentence: Self.sentence(refusal), address: "\(Self.packing(id))?pack=\(wish)", tone: .danger)
                }
            }
        ]
    }

    /// - Throws: `.notFound`; `.illegalTransition` for one that is not to be packed now.
    private func packingForm(_ visit: ConsoleVisit) async throws -> (PackingForm, FulfillmentID) {
        let id = try visit.request.id(FulfillmentID.self, 1)
        return try await waybill.read { db in
            let (order, part) = try API.fulfillment(id, for: visit.principal, in: db)
            let configuration = try known.configuration(in: db)
            guard let channel = configuration.channels[order.channel],
                "\(order.id)" == visit.request.parameters[0]
            else { throw Refusal(.notFound, "there is no fulfillment \(id) of that order") }
            let path = "/v1/fulfillments/\(id)/packings"
            if let reason = order.permissions(channel, at: visit.now).first(where: { $0.path == path })?.reason {
                throw Refusal(.illegalTransition, reason)
            }
            var items: [String: Item] = [:]
            let lines = part.lines.compactMap { order.line($0.line) }
            for sku in lines.flatMap({ [$0.sku] + $0.components.map(\.sku) }) where items[sku] == nil {
                items[sku] = try ItemStore.item(sku, in: db)
            }
            return (
                PackingForm(order: order, part: part, packaging: configuration.packaging, items: items), id
            )
        }
    }
}

/// A box as it is suggested.
struct SuggestedBox: Sendable {
    let code: String?
    let units: [Int: Int64]
}

extension Reply {
    /// What `SuggestBoxes` answers.
    fileprivate var suggestedBoxes: [SuggestedBox] {
        get throws {
            try (try JSON.parse(body, limits: .stored)["parcels"]?.array ?? []).map { box in
                let units = (box["lines"]?.array ?? []).compactMap { entry -> (Int, Int64)? in
                    guard let line = entry["line"]?.string.flatMap({ OrderLineID($0) }) else { return nil }
                    return (line.number, entry["quantity"]?.integer ?? 0)
                }
                return SuggestedBox(code: box["box"]?.string, units: Dictionary(units, uniquingKeysWith: +))
            }
        }
    }
}

extension PackingPage {
    init(
        _ form: PackingForm, _ id: FulfillmentID, _ wish: ConsoleForm?, _ suggested: [SuggestedBox],
        _ visit: ConsoleVisit
    ) {
        let (order, part) = (form.order, form.part)
        title = "Pack \(order.number)"
        name = "Fulfillment \(part.number) of \(order.number)"
        self.order = PageLink(label: "The whole order", address: Console.address(of: order.id))
        address = Console.packing(id)
        fields = [
            .init(name: "key", value: visit.formKey), .init(name: "version", value: String(order.version)),
        ]
        units = part.lines.map { entry in
            let line = order.line(entry.line)
            return OrderPage.Units(
                quantity: MoneyText.of(entry.quantity), sku: line?.sku ?? "",
                name: OrderPage.text(form.items[line?.sku ?? ""]?.name ?? "", ofKit: line))
        }
        let count = form.boxes(max(suggested.count, wish?.boxes ?? 0))
        boxes = (1...count).map { number in
            let known = number <= suggested.count ? suggested[number - 1] : nil
            return Self.box(number, form, wish, known)
        }
        limit = "A box that is left empty is none. Without a weight a box weighs what is in it, with the box itself."
    }

    private static func box(
        _ number: Int, _ form: PackingForm, _ wish: ConsoleForm?, _ suggested: SuggestedBox?
    ) -> Box {
        let kind = wish.map { $0.text(PackingForm.box(number)) } ?? suggested?.code
        let lines = form.part.lines.map { entry in
            let field = PackingForm.fill(number, entry.line)
            let sku = form.order.line(entry.line)?.sku ?? ""
            let units = wish.map { $0.text(field) ?? "" } ?? suggested?.units[entry.line].map { String($0) } ?? ""
            return Line(
                field: field, value: units, most: MoneyText.of(entry.quantity), sku: sku,
                name: form.items[sku]?.name ?? "")
        }
        let kinds = form.packaging.boxes.map { box in
            Choice(
                value: box.code,
                label: "\(box.code) (\(box.inner.edges.map(String.init).joined(separator: " × ")) mm)",
                isSelected: box.code == kind)
        }
        return Box(
            name: "Box \(number)",
            inputs: (kinds.isEmpty
                ? []
                : [
                    FormInput(
                        "Which box", name: PackingForm.box(number),
                        choices: [Choice(value: "", label: "None of ours")] + kinds)
                ]) + [
                    FormInput(
                        "Weight in grams", name: PackingForm.weight(number), kind: .number,
                        value: wish?.text(PackingForm.weight(number)) ?? "")
                ],
            lines: lines, isOpen: number <= 2 || lines.contains { !$0.value.isEmpty })
    }
}

extension ConsoleForm {
    /// The last box of which something was typed.
    fileprivate var boxes: Int {
        (1...PackFulfillment.parcelsMax).last { number in
            !fields(where: { $0.hasPrefix("fill-\(number)-") || $0 == PackingForm.weight(number) })
                .allSatisfy { $0.value.isEmpty }
        } ?? 0
    }
}
