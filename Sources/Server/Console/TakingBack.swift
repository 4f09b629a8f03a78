import OrderManagement

/// The page on which units come back: reading it, asking for a return, and doing what was shown.
extension Console {
    static func takingBack(_ order: OrderID) -> String { address(of: order) + "/return" }

    var takingBackPage: Endpoint {
        page("/console/orders/{id}/return", .returnsRead, .counter, query: ["return", "sku"]) { visit in
            let named = visit.request.parameters[0]
            let goods = visit.request.query.text("sku")?.trimmingWhitespace ?? ""
            let (seen, items, sku) = try await waybill.read { db -> (OrderAtCounter, [String: Item], String?) in
                let id = try Self.orderID(named) ?? OrderStore.id(ofNumber: named.uppercased(), in: db)
                guard let id else { throw Refusal(.notFound, "there is no order \(named)") }
                let seen = try OrderAtCounter(id, for: visit.principal, known: known, now: visit.now, in: db)
                var items: [String: Item] = [:]
                for sku in seen.order.lines.map(\.sku) where items[sku] == nil {
                    items[sku] = try ItemStore.item(sku, in: db)
                }
                return (seen, items, goods.isEmpty ? nil : try ItemStore.sku(called: goods, in: db) ?? goods)
            }
            let wish = try visit.request.query.text("return").flatMap { $0.isEmpty ? nil : try ConsoleForm(query: $0) }
            return try TakingBackPage(
                TakingBack(seen: seen, items: items, visit: visit, wish: wish, sku: sku),
                papers: PaperLinks(isOffered: paperwork != nil, principal: visit.principal))
        }
    }

    var takingBackForms: [Endpoint] {
        [
            form("/console/orders/{id}/actions/returns") { visit, form in
                // The page itself says what that would bring, or why it cannot be; nothing is done.
                let order = try visit.request.id(OrderID.self)
                let wish = PercentCoding.encoded(form.query(where: ReturnForm.isWish))
                return Outcome(sentence: nil, address: Self.takingBack(order) + "?return=" + wish)
            },
            form("/console/orders/{id}/actions/returns/commitments") { visit, form in
                let seen = try await atCounter(try visit.request.id(OrderID.self), for: visit)
                let command = try ReturnForm.command(seen.order, form)
                let reply = try await perform(command, on: seen.order.id, visit, form)
                return try ReturnForm.outcome(of: command, reply, for: visit, isOffered: paperwork != nil)
            },
        ]
    }

    /// An order whose goods somebody takes back, whoever sold them.
    func atCounter(_ id: OrderID, for visit: ConsoleVisit) async throws -> OrderAtCounter {
        try await waybill.read { try OrderAtCounter(id, for: visit.principal, known: known, now: visit.now, in: $0) }
    }
}

/// What the page is made of.
struct TakingBack {
    let seen: OrderAtCounter
    let items: [String: Item]
    let visit: ConsoleVisit
    /// What was asked for, and is shown with its money.
    let wish: ConsoleForm?
    /// The goods in the hand, whose lines alone are shown; nil for all.
    let sku: String?

    /// More lines than these are found rather than read.
    static let inSightMax = 8
    /// Lines that one form asks about; the others are named by their SKU.
    static let linesMax = 30

    var order: Order { seen.order }
    var clock: WallClock { visit.clock }
    /// Where the reader takes goods in.
    var counters: [Location] {
        seen.configuration.counters.filter { visit.principal.sees(location: $0.code) }
    }
    /// Whether units of a line were asked for before.
    func isAsked(_ line: OrderLine) -> Bool { wish?.text(ConsoleForm.units(line.number)).map { $0 != "0" } ?? false }
    func money(_ json: JSON?) -> Money { Money(json?["amount"]?.integer ?? 0, order.currency) }
    func name(of location: String) -> String { seen.configuration.locations[location]?.name ?? location }
}

extension TakingBackPage {
    init(_ reading: TakingBack, papers: PaperLinks) throws {
        let (order, visit) = (reading.order, reading.visit)
        let actions = OrderActions(
            order: order,
            permissions: order.permissions(
                reading.seen.channel, agreed: reading.seen.agreed, at: visit.now,
                finalSales: reading.seen.rules.finalSales),
            principal: visit.principal, clock: visit.clock, counters: reading.counters, items: reading.items,
            formKey: visit.formKey, back: Console.takingBack(order.id))
        let answers = try reading.answers
        let wanted = order.lines.filter { reading.sku == nil || $0.sku == reading.sku || reading.isAsked($0) }
        let shown = wanted.filter { (answers[$0.number]?["returnable"]?.integer ?? 0) > 0 }.prefix(TakingBack.linesMax)
        let closed = wanted.filter { (answers[$0.number]?["returnable"]?.integer ?? 0) == 0 }
            .prefix(TakingBack.linesMax - shown.count)
        let left = order.lines.count - shown.count - closed.count
        let mayWrite = visit.principal.may(.returnsWrite)
        let (staged, problem) = try Self.outcome(reading, actions)
        self.init(
            number: order.number,
            whole: order.isVisible(to: visit.principal) && visit.principal.may(.ordersRead)
                ? PageLink(label: "The whole order", address: Console.address(of: order.id)) : nil,
            summary: Self.summary(reading), staged: staged, problem: problem,
            announced: order.returns.filter(\.state.isOpen).map { Self.announced($0, reading, actions, papers) },
            lines: (Array(shown) + Array(closed)).map {
                Self.line($0, answers[$0.number], reading, mayWrite: mayWrite)
            },
            more: left > 0
                ? "\(MoneyText.of(Int64(left))) more \(left == 1 ? "line is" : "lines are") not shown" : nil,
            finder: reading.sku != nil || order.lines.count > TakingBack.inSightMax
                ? FormInput("Find a line", name: "sku", kind: .search, value: reading.sku ?? "") : nil,
            kept: reading.wish.map {
                HiddenField(name: "return", value: $0.query(where: ReturnForm.isWish))
            }, own: Console.takingBack(order.id),
            address: "\(Console.address(of: order.id))/actions/returns", inputs: Self.inputs(reading),
            objection: mayWrite ? nil : "Your account lacks \(Scope.returnsWrite.rawValue): it takes nothing back.")
    }

    /// What was asked for with its money, or why it cannot be.
    private static func outcome(_ reading: TakingBack, _ actions: OrderActions) throws -> (Staged?, String?) {
        do {
            return (try staged(reading, actions), nil)
        } catch let refusal as Refusal {
            return (nil, Console.sentence(refusal))
        }
    }

    private static func summary(_ reading: TakingBack) -> [Fact] {
        let order = reading.order
        let place = order.delivery.address.map { [$0.city, $0.postcode].filter { !$0.isEmpty }.joined(separator: " ") }
        return [
            Fact("Customer", order.customer.name), place.map { Fact("To", $0) },
            Fact("Placed", reading.clock.fullTime(order.placedAt).text),
            Fact("Channel", reading.seen.channel.name), Fact("Total", MoneyText.of(order.total, order.currency)),
            order.refunded > 0 ? Fact("Refunded", MoneyText.of(order.refunded, order.currency)) : nil,
        ].compactMap(\.self)
    }

    private static func announced(
        _ entry: Return, _ reading: TakingBack, _ actions: OrderActions, _ papers: PaperLinks
    ) -> Announced {
        let units = entry.lines.map { line in
            let sku = reading.order.line(line.line)?.sku ?? "line \(line.line)"
            return OrderPage.Units(
                quantity: MoneyText.of(line.quantity), sku: sku,
                name: "\(reading.items[sku]?.name ?? "") · \(Pill(status: line.reason.rawValue).text)")
        }
        let place = entry.location.map { " at \(reading.name(of: $0))" } ?? ""
        let tracking = entry.terms.tracking.map { " · \($0)" } ?? ""
        return Announced(
            name: entry.reference(in: reading.order), status: Pill(status: entry.state.rawValue),
            method: (entry.method == .byPost ? "By post" : "Over the counter") + place + tracking, units: units,
            documents: papers.of(entry, in: reading.order), actions: actions.of(entry))
    }

    // MARK: Lines

    private static func line(_ line: OrderLine, _ answer: JSON?, _ reading: TakingBack, mayWrite: Bool) -> Line {
        let most = answer?["returnable"]?.integer ?? 0
        let answers = answer?["reasons"]?.array ?? []
        var objections = answers.compactMap { $0["why_not"]?.string }.uniqued()
        if most > 0 { objections.removeAll { objection in objection.contains(" takes nothing back as ") } }
        let announced = answer?["announced"]?.integer ?? 0
        let state = [
            "\(MoneyText.of(line.ordered)) ordered", "\(MoneyText.of(line.shipped)) sent",
            line.returned > 0 ? "\(MoneyText.of(line.returned)) back" : nil,
            announced > 0 ? "\(MoneyText.of(announced)) announced" : nil,
        ].compactMap(\.self).joined(separator: ", ")
        return Line(
            sku: line.sku, name: reading.items[line.sku]?.name ?? "", state: state,
            terms: terms(answers.filter { ($0["returnable"]?.integer ?? 0) > 0 }, reading),
            objections: objections.map(reading.clock.humanized).map(sentence),
            inputs: most > 0 && mayWrite ? inputs(of: line, answers, most, reading) : [], isOpen: most > 0 && mayWrite)
    }

    /// Reasons for which the same holds are told together.
    private static func terms(_ answers: [JSON], _ reading: TakingBack) -> [Fact] {
        var order: [String] = []
        var reasons: [String: [String]] = [:]
        for answer in answers {
            let units = answer["returnable"]?.integer ?? 0
            let until = answer["until"]?.string.flatMap { Timestamp($0) }.map { " until \(reading.clock.date($0))" }
            let (fee, refund) = (reading.money(answer["fee"]), reading.money(answer["refund"]))
            let back = "\(MoneyText.of(refund)) back"
            let isOurs = answer["postage"]?.string == ReturningPolicy.Payer.merchant.rawValue
            let text = "\(MoneyText.of(units))\(until ?? ""): \(back)"
                + (fee.amount > 0 ? ", \(MoneyText.of(fee)) kept as the fee" : ", no fee")
                + (isOurs ? "; we pay the postage" : "")
            if reasons[text] == nil { order.append(text) }
            reasons[text, default: []].append(Pill(status: answer["reason"]?.string ?? "").text)
        }
        return order.map { text in
            let words = (reasons[text] ?? []).enumerated().map { $0 == 0 ? $1 : $1.lowercased() }
            return Fact(words.joined(separator: ", "), text)
        }
    }

    private static func inputs(of line: OrderLine, _ answers: [JSON], _ most: Int64, _ reading: TakingBack)
        -> [FormInput]
    {
        let number = line.number
        func said(_ name: String) -> String { reading.wish?.text("\(name)-\(number)") ?? "" }
        let granted = answers.filter { ($0["returnable"]?.integer ?? 0) > 0 }.compactMap { $0["reason"]?.string }
        return [
            FormInput(
                "Units", name: ConsoleForm.units(number), kind: .number, value: said("units"),
                hint: "of \(MoneyText.of(most))"),
            FormInput(
                "Why", name: ReturnForm.reason(number),
                choices: [Choice(value: "", label: "Choose")]
                    + granted.map {
                        Choice(value: $0, label: Pill(status: $0).text, isSelected: $0 == said("reason"))
                    }),
            FormInput(
                "Then", name: ReturnForm.disposition(number),
                choices: [Choice(value: "", label: "Inspect later")]
                    + Return.Disposition.allCases.map(\.rawValue).map {
                        Choice(value: $0, label: Pill(status: $0).text, isSelected: $0 == said("disposition"))
                    }),
            FormInput("Condition", name: ReturnForm.condition(number), value: said("condition")),
        ]
    }

    private static func inputs(_ reading: TakingBack) -> [FormInput] {
        let wish = reading.wish
        let counters = reading.counters
        let place = wish?.text("location") ?? (counters.count == 1 ? counters[0].code : nil)
        // Who stands at one counter takes goods in there; an office, which has none, announces them.
        let isByPost = wish?.text("method").map { $0 == Return.Method.byPost.rawValue } ?? (counters.count != 1)
        let ways = counters.isEmpty ? [Return.Method.byPost] : [.inStore, .byPost]
        return [
            FormInput(
                "How", name: "method",
                choices: ways.map {
                    Choice(
                        value: $0.rawValue, label: $0 == .inStore ? "Over the counter, now" : "By post, later",
                        isSelected: ($0 == .byPost) == isByPost)
                }),
            FormInput(
                "Where", name: "location",
                choices: (counters.count == 1 ? [] : [Choice(value: "", label: "By post: where they came from")])
                    + counters.map { Choice(value: $0.code, label: $0.name, isSelected: $0.code == place) }),
            FormInput("Note", name: "note", value: wish?.text("note") ?? ""),
        ]
    }

    private static func sentence(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
    }
}

extension TakingBack {
    /// What the interface for programs answers to the same question, by line number.
    var answers: [Int: JSON] {
        get throws {
            var json = JSONWriter()
            json.object { order.writeReturnable(by: seen.rules, to: &$0) }
            let entries = try JSON.parse(json.text, limits: .stored)["data"]?.array ?? []
            return Dictionary(zip(order.lines.map(\.number), entries), uniquingKeysWith: { first, _ in first })
        }
    }
}
