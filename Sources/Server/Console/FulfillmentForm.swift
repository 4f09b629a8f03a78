import OrderManagement

/// A form about one fulfillment.
struct FulfillmentForm {
    let order: Order
    let part: Fulfillment
    let form: ConsoleForm

    private var id: FulfillmentID { FulfillmentID(order.id, part.number) }
    private var name: String { "Fulfillment \(part.number) of \(order.number)" }

    /// - Parameter noun: of the call that does the same, such as `packings`.
    func wish(_ noun: String) throws -> Console.Wish {
        switch noun {
        case "releases": return wish(ReleaseFulfillment(fulfillment: id), "was released to \(part.location)")
        case "acceptances": return wish(AcceptFulfillment(fulfillment: id), "was accepted")
        case "picks": return wish(PickFulfillment(fulfillment: id), "was picked")
        case "unpackings": return wish(UnpackFulfillment(fulfillment: id), "was unpacked")
        case "readiness": return wish(MakeFulfillmentReady(fulfillment: id), "is ready to collect")
        case "deliveries": return wish(DeliverFulfillment(fulfillment: id), "was delivered")
        case "cancellations": return wish(CancelFulfillment(fulfillment: id), "was cancelled")
        case "packings": return wish(try pack(), "was packed")
        case "shipments": return wish(ship(), "was shipped")
        case "rejections":
            let reason = try form.word("reason", "Reason", RejectionReason.self)
            let command = RejectFulfillment(
                fulfillment: id, lines: try form.units(of: order), reason: reason,
                components: (form.text("components") ?? "").split(separator: " ").map(String.init))
            return wish(command, "was rejected; its units are looked for elsewhere")
        case "collections":
            let command = CollectFulfillment(
                fulfillment: id, lines: try form.units(of: order),
                collectedBy: try form.required("collected_by", "Collected by"), code: form.text("code"))
            return wish(command, "was collected")
        default: throw Refusal(.notFound, "a fulfillment has no form called \(noun)")
        }
    }

    private func wish(_ command: any Command, _ what: String) -> Console.Wish {
        Console.Wish(command: command, done: "\(name) \(what).")
    }

    /// One parcel with everything, as heavy as it was weighed; else the boxes that are suggested. A pickup without a
    /// weight goes without a parcel.
    private func pack() throws -> PackFulfillment {
        let weight = try form.integer("weight_g", "Weight", in: 1...10_000_000)
        guard let weight else { return PackFulfillment(fulfillment: id, parcels: nil) }
        let units = part.lines.map { LineQuantity(line: OrderLineID(order.id, $0.line), quantity: $0.quantity) }
        return PackFulfillment(fulfillment: id, parcels: [.init(lines: units, weightGrams: weight)])
    }

    private func ship() -> ShipFulfillment {
        let packed = order.parcels.filter { $0.fulfillment == part.number && !$0.lines.isEmpty }
        return ShipFulfillment(
            fulfillment: id,
            parcels: packed.map { parcel in
                ShipFulfillment.ParcelDetail(
                    parcel: ParcelID(order.id, parcel.number),
                    courier: form.text("courier").map { String($0.prefix(64)) },
                    service: form.text("service").map { String($0.prefix(64)) },
                    tracking: form.text(Self.tracking(parcel.number)).map { String($0.prefix(100)) })
            })
    }

    /// The name of the field that asks for the tracking number of a parcel.
    static func tracking(_ parcel: Int) -> String { "tracking-\(parcel)" }
}

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

    /// Takes goods back and sends as many for them: the same ones, or another SKU, at the same price.
    static func exchange(_ order: Order, _ form: ConsoleForm) throws -> Console.Wish {
        let request = try command(order, form)
        let sku = form.text("sku")
        return Console.Wish(
            command: ExchangeOrder(
                request: request,
                lines: request.lines.map { part in
                    .init(
                        sku: sku ?? order.line(part.line.number)?.sku ?? "", quantity: part.quantity,
                        replaces: part.line)
                }),
            done: "A new order goes out for what comes back: it is named at the return.")
    }

    private static func command(_ order: Order, _ form: ConsoleForm) throws -> RequestReturn {
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
