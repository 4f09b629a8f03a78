import OrderManagement

/// A form about one return.
struct ReturnForm {
    let order: Order
    let part: Return
    let form: ConsoleForm

    private var id: ReturnID { ReturnID(order.id, part.number) }
    private var name: String { "Return \(part.number) of \(order.number)" }

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
            let units = try form.units(of: order) ?? announced
            let lines = try units.map {
                ReceiveReturn.Line(
                    line: $0.line, quantity: $0.quantity, disposition: try disposition(),
                    condition: form.text("condition").map { String($0.prefix(200)) })
            }
            let location = try form.required("location", "Location")
            return wish(ReceiveReturn(id: id, location: location, lines: lines), "was received at \(location)")
        case "inspections":
            let judged = try disposition() ?? .restock
            let lines = part.lines.filter { $0.toInspect > 0 }.map {
                ReceiveReturn.Line(
                    line: OrderLineID(order.id, $0.line), quantity: $0.toInspect, disposition: judged)
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
        part.lines.filter { $0.quantity > $0.received }.map {
            LineQuantity(line: OrderLineID(order.id, $0.line), quantity: $0.quantity - $0.received)
        }
    }

    /// nil leaves the judgement for later.
    private func disposition() throws -> Return.Disposition? {
        form.text("disposition") == nil ? nil : try form.word("disposition", "Disposition", Return.Disposition.self)
    }

    /// Announces a return, or takes it in over a counter.
    static func request(_ order: Order, _ form: ConsoleForm) throws -> Console.Wish {
        let command = try command(order, form)
        return Console.Wish(
            command: command,
            done: command.method == .inStore
                ? "The return was taken in." : "The return is announced; approve it to have it sent.")
    }

    static func command(_ order: Order, _ form: ConsoleForm) throws -> RequestReturn {
        let method = try form.word("method", "Method", Return.Method.self)
        let reason = try form.word("reason", "Reason", Return.Reason.self)
        guard let units = try form.units(of: order) else {
            throw Refusal(.invalidInput, "no unit was chosen: enter how many come back")
        }
        return RequestReturn(
            order: order.id, method: method, location: form.text("location"),
            lines: units.map { .init(line: $0.line, quantity: $0.quantity, reason: reason) }, note: form.text("note"))
    }
}
