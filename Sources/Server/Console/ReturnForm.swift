import OrderManagement

/// A form about one return.
struct ReturnForm {
    let order: Order
    let part: Return
    let form: ConsoleForm

    private var id: ReturnID { ReturnID(order.id, part.number) }
    private var name: String { "Return \(part.number) of \(order.number)" }

    // The names of the fields that ask about a line of the order.
    static func reason(_ line: Int) -> String { "reason-\(line)" }
    static func disposition(_ line: Int) -> String { "disposition-\(line)" }
    static func condition(_ line: Int) -> String { "condition-\(line)" }
    /// The name of the field that says whether nothing more will come.
    static let complete = "complete"
    /// The name of the field that says whether more came than was announced.
    static let excess = "excess"

    /// - Parameter noun: of the call that does the same, such as `receipts`.
    func wish(_ noun: String) throws -> Console.Wish {
        switch noun {
        case "approvals": return wish(ApproveReturn(id: id), "was approved")
        case "rejections": return wish(RejectReturn(id: id, note: form.text("note")), "was rejected")
        case "sendings":
            let (courier, tracking) = (form.text("courier"), form.text("tracking"))
            return wish(SendReturn(id: id, courier: courier, tracking: tracking), "is on its way")
        case "labels":
            let courier = try form.name("courier", "Courier", max: 64)
            return wish(
                LabelReturn(id: id, courier: courier, tracking: try form.name("tracking", "Tracking number", max: 100)),
                "is followed by its number")
        case "receipts":
            let isComplete = form.text(Self.complete) != nil
            let units = try form.units(of: order, mayBeNone: isComplete) ?? announced
            let lines = try units.map { try received($0) }
            let location = try form.required("location", "Location")
            return wish(
                ReceiveReturn(
                    id: id, location: location, lines: lines, isComplete: isComplete,
                    isMoreThanAnnounced: form.text(Self.excess) != nil),
                lines.isEmpty ? "waits for nothing more" : "was received at \(location)")
        case "reopenings": return wish(ReopenReturn(id: id), "is expected after all")
        case "inspections":
            let lines = try part.lines.filter { $0.toInspect > 0 }.map { line in
                let judged = try disposition(of: line.line) ?? .restock
                return ReceiveReturn.Line(
                    line: OrderLineID(order.id, line.line), quantity: line.toInspect, disposition: judged)
            }
            return wish(InspectReturn(id: id, lines: lines), "was inspected")
        case "settlements":
            let refund = try form.word("refund", "Refund", SettleReturn.Refund.self)
            let amount = form.text("amount") == nil ? nil : try form.money("amount", "Amount", in: order.currency)
            return wish(SettleReturn(id: id, refund: refund, amount: amount), "is settled")
        default: throw Refusal(.notFound, "a return has no form called \(noun)")
        }
    }

    private func wish(_ command: any Command, _ what: String) -> Console.Wish {
        Console.Wish(command: command, done: "\(name) \(what).")
    }

    private var announced: [LineQuantity] {
        part.lines.filter { $0.expected > 0 }.map {
            LineQuantity(line: OrderLineID(order.id, $0.line), quantity: $0.expected)
        }
    }

    private func received(_ units: LineQuantity) throws -> ReceiveReturn.Line {
        ReceiveReturn.Line(
            line: units.line, quantity: units.quantity, disposition: try disposition(of: units.line.number),
            condition: form.shortText(Self.condition(units.line.number)))
    }

    private func disposition(of line: Int) throws -> Return.Disposition? {
        try form.disposition(of: line, in: order)
    }

    // MARK: Asking for one

    /// The fields that say what comes back, without those that only carry the form.
    static func isWish(_ name: String) -> Bool {
        ["method", "location", "note"].contains(name)
            || ["units-", "reason-", "disposition-", "condition-"].contains(where: name.hasPrefix)
    }

    /// What comes back, each line for its own reason; over a counter with what becomes of it.
    static func command(_ order: Order, _ form: ConsoleForm) throws -> RequestReturn {
        let method = try form.word("method", "How", Return.Method.self)
        guard let units = try form.units(of: order) else {
            throw Refusal(.invalidInput, "no unit was chosen: enter how many come back")
        }
        let isHere = method == .inStore
        let lines = try units.map { part in
            let number = part.line.number
            let sku = order.line(number)?.sku ?? ""
            return RequestReturn.Line(
                line: part.line, quantity: part.quantity,
                reason: try form.word(reason(number), "Why \(sku) comes back", Return.Reason.self),
                disposition: isHere ? try form.disposition(of: number, in: order) : nil,
                condition: isHere ? form.shortText(condition(number)) : nil)
        }
        let location = isHere ? try form.required("location", "Where") : form.text("location")
        return RequestReturn(order: order.id, method: method, location: location, lines: lines, note: form.text("note"))
    }

    /// What a return that was asked for has come to.
    static func outcome(
        of command: RequestReturn, _ reply: Reply, for visit: ConsoleVisit, isOffered: Bool
    ) throws -> Console.Outcome {
        let back = try JSON.parse(reply.body, limits: .stored)
        let reference = back["reference"]?.string ?? "The return"
        let refunded = back["refunded"]?["amount"]?.integer ?? 0
        let currency = back["refunded"]?["currency"]?.string.flatMap { Currency($0) }
        let money = currency.map { MoneyText.of(refunded, $0) }
        let paid = refunded > 0 ? money.map { ": \($0) goes back." } : nil
        let place = Console.takingBack(command.order)
        switch command.method {
        case .inStore:
            let next = back["status"]?.string == Return.State.settled.rawValue ? "." : "; inspect or settle it next."
            return Console.Outcome(sentence: "\(reference) was taken in\(paid ?? next)", address: place)
        case .byPost:
            let isAgreed = back["status"]?.string == Return.State.approved.rawValue
            let id = back["id"]?.string ?? ""
            let label = PageLink(label: "Return label", address: "\(Console.papers)/returns/\(id)/label.pdf")
            return Console.Outcome(
                sentence: "\(reference) is announced"
                    + (isAgreed ? " and approved." : "; approve it to have it sent."),
                address: place, links: isAgreed && isOffered ? [label] : [])
        }
    }
}

extension ConsoleForm {
    /// A remark, as long as the interface for programs takes it.
    func shortText(_ name: String) -> String? { text(name).map { String($0.prefix(200)) } }

    /// What becomes of the units of a line; nil leaves that for later.
    fileprivate func disposition(of line: Int, in order: Order) throws(Refusal) -> Return.Disposition? {
        let name = ReturnForm.disposition(line)
        guard text(name) != nil else { return nil }
        return try word(name, "What becomes of \(order.line(line)?.sku ?? "")", Return.Disposition.self)
    }
}
