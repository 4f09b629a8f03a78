import NIOCore
import OrderManagement

/// The forms of an order's page: each becomes the command that the interface for programs has for the same thing.
extension Console {
    /// What a form asks for, and the sentence that says it was done.
    struct Wish: Sendable {
        let command: any Command
        let done: String
        /// The fulfillment whose papers somebody wants next.
        var papersOf: Int?
    }

    var orderForms: [Endpoint] {
        [
            orderForm("{noun}") { order, visit, form in try wish(visit.request.parameters[1], on: order, form) },
            orderForm("stages/{stage}") { order, visit, form in
                let stage = visit.request.parameters[1]
                let hasPassed = form.text("result") != "failed"
                return Wish(
                    command: PassStage(order: order.id, stage: stage, hasPassed: hasPassed, note: form.text("note")),
                    done: "Stage \(stage) of \(order.number) \(hasPassed ? "passed" : "failed").")
            },
            orderForm("holds/{hold}/liftings") { order, visit, _ in
                let hold = try visit.request.id(HoldID.self, 1)
                try Self.check(hold.order, is: order, visit.request.parameters[1])
                return Wish(command: LiftHold(hold: hold), done: "The hold on \(order.number) was lifted.")
            },
            orderForm("amendments/{amendment}/{noun}") { order, visit, _ in
                let id = try visit.request.id(AmendmentID.self, 1)
                try Self.check(id.order, is: order, visit.request.parameters[1])
                switch visit.request.parameters[2] {
                case "commitments":
                    return Wish(
                        command: CommitAmendment(amendment: id), done: "\(order.number) is changed as it was agreed.")
                case "drops":
                    return Wish(
                        command: DropAmendment(amendment: id), done: "The change was dropped; nothing of it was done.")
                default:
                    throw Refusal(.notFound, "an amendment has no form called \(visit.request.parameters[2])")
                }
            },
            orderForm("fulfillments/{fulfillment}/{noun}") { order, visit, form in
                let id = try visit.request.id(FulfillmentID.self, 1)
                try Self.check(id.order, is: order, visit.request.parameters[1])
                guard let part = order.part(id) else { throw Refusal(.notFound, "there is no fulfillment \(id)") }
                return try FulfillmentForm(order: order, part: part, form: form, clock: visit.clock)
                    .wish(visit.request.parameters[2])
            },
            orderForm("parcels/{parcel}/{noun}") { order, visit, form in
                let id = try visit.request.id(ParcelID.self, 1)
                try Self.check(id.order, is: order, visit.request.parameters[1])
                guard let parcel = order.part(id), !parcel.lines.isEmpty else {
                    throw Refusal(.notFound, "there is no parcel \(id)")
                }
                return try ParcelForm(order: order, parcel: parcel, form: form).wish(visit.request.parameters[2])
            },
            orderForm("returns/{return}/{noun}", isAtCounter: true) { order, visit, form in
                let id = try visit.request.id(ReturnID.self, 1)
                try Self.check(id.order, is: order, visit.request.parameters[1])
                guard let part = order.part(id) else { throw Refusal(.notFound, "there is no return \(id)") }
                return try ReturnForm(order: order, part: part, form: form).wish(visit.request.parameters[2])
            },
        ]
    }

    private static func check(_ id: OrderID, is order: Order, _ name: String) throws(Refusal) {
        guard id == order.id else { throw Refusal(.notFound, "order \(order.number) has no \(name)") }
    }

    /// A form about one order: reads it, asks for the command, performs it on the version that the page showed.
    ///
    /// - Parameter isAtCounter: Whether a returns counter may send it about anybody's order; the command decides.
    private func orderForm(
        _ path: String, isAtCounter: Bool = false,
        _ wish: @escaping @Sendable (Order, ConsoleVisit, ConsoleForm) throws -> Wish
    ) -> Endpoint {
        form("/console/orders/{id}/actions/" + path) { visit, form in
            let id = try visit.request.id(OrderID.self)
            let order = isAtCounter ? try await atCounter(id, for: visit).order : try await order(id, for: visit)
            let asked = try wish(order, visit, form)
            let reply = try await perform(asked.command, on: order.id, visit, form)
            let leftOut = try asked.command is SourceOrder ? Self.leftOut(reply) : ""
            var links = try Self.newOrder(in: reply)
            if let number = asked.papersOf { links += try await papers(of: number, in: order.id, for: visit) }
            return Outcome(sentence: asked.done + leftOut, address: Self.address(of: order.id), links: links)
        }
    }

    /// What is printed of a fulfillment, as links.
    func papers(of number: Int, in order: OrderID, for visit: ConsoleVisit) async throws -> [PageLink] {
        let order = try await self.order(order, for: visit)
        guard let part = order.fulfillments.first(where: { $0.number == number }) else { return [] }
        let locations = try await waybill.read { try known.configuration(in: $0).locations }
        return PaperLinks(isOffered: paperwork != nil, principal: visit.principal, locations: locations)
            .of(part, in: order)
    }

    /// The order that a reply tells was placed for another.
    static func newOrder(in reply: Reply) throws -> [PageLink] {
        let answer = try JSON.parse(reply.body, limits: .stored)
        guard let placed = answer["exchange"] ?? answer["reshipment"], let number = placed["number"]?.string,
            let id = placed["id"]?.string.flatMap({ OrderID($0) })
        else { return [] }
        return [PageLink(label: number, address: address(of: id))]
    }

    /// A whole order.
    /// - Throws: `.notFound`, also for one that the visitor may not see.
    func order(_ id: OrderID, for visit: ConsoleVisit) async throws -> Order {
        guard let order = try await waybill.read({ try OrderStore.order(id, in: $0) }),
            order.isVisible(to: visit.principal)
        else { throw Refusal(.notFound, "there is no order \(id)") }
        return order
    }

    /// Why units that lie somewhere still wait.
    private static func leftOut(_ reply: Reply) throws -> String {
        let answer = try JSON.parse(reply.body, limits: .stored)
        let places = (answer["left_out"]?.array ?? []).map {
            "\($0["location"]?.string ?? "") has \($0["available"]?.integer ?? 0) × \($0["sku"]?.string ?? "")"
        }
        guard !places.isEmpty else { return "" }
        return " \(places.joined(separator: ", ")), but rejected units of this order before and is not asked again."
    }

    /// Performs what a form asks for, once per form, on the version of the order that its page showed.
    @discardableResult
    func perform(
        _ command: any Command, on order: OrderID, _ visit: ConsoleVisit, _ form: ConsoleForm
    ) async throws -> Reply {
        let version = try form.integer("version", "The version", in: 1...Int64.max)
        let asked = version.map { Self.command(command, on: order, at: $0) } ?? command
        do {
            return try await waybill.perform(asked, as: visit.principal, key: key(visit, form))
        } catch let refusal as Refusal where refusal.code == .staleVersion {
            throw Refusal(.staleVersion, "the order has changed since the page was shown: look again, then repeat it")
        }
    }

    private static func command(_ command: some Command, on order: OrderID, at version: Int64) -> any Command {
        AtVersion(command, order: order, version: version)
    }

    /// The page's key with the form's content: a form sent twice is done once, another form of the page is another.
    func key(_ visit: ConsoleVisit, _ form: ConsoleForm) -> IdempotencyKey? {
        guard let key = form.text("key") else { return nil }
        let digest = visit.request.body.withUnsafeReadableBytes { Digest(of: $0).base64url }
        return IdempotencyKey(
            principal: visit.principal, method: "POST", path: visit.request.path,
            key: "\(key.prefix(40))/\(digest.prefix(16))", digest: digest)
    }

    private func wish(_ noun: String, on order: Order, _ form: ConsoleForm) throws -> Wish {
        let number = order.number
        switch noun {
        case "holds":
            let command = PlaceHold(
                order: order.id, reason: try form.required("reason", "Reason"), note: form.text("note"), lines: [])
            return Wish(command: command, done: "\(number) is on hold: nothing of it moves until the hold is lifted.")
        case "notes":
            return Wish(
                command: NoteOrder(order: order.id, text: try form.required("text", "Note")),
                done: "The note was added to \(number).")
        case "sourcings":
            // One of those that rejected, or all of them.
            let asked = form.text("ask_again").map { [$0] } ?? []
            let locations = asked == [OrderActions.everybody] ? order.rejectingLocations.sorted() : asked
            return Wish(
                command: SourceOrder(order: order.id, askingAgain: locations), done: "\(number) was sourced again.")
        case "captures":
            let amount = try form.money("amount", "Amount", in: order.currency)
            return Wish(
                command: CapturePayment(order: order.id, amount: amount, reason: form.text("reason") ?? "by hand"),
                done: "\(MoneyText.of(amount)) of \(number) is captured.")
        case "refunds":
            let amount = try form.money("amount", "Amount", in: order.currency)
            return Wish(
                command: RefundPayment(
                    order: order.id, amount: amount, payment: nil, reason: try form.required("reason", "Reason")),
                done: "\(MoneyText.of(amount)) of \(number) is refunded.")
        case "amendments": return try AmendmentForm(order: order, form: form).lines()
        case "addresses": return try AmendmentForm(order: order, form: form).address()
        case "goodwill":
            let amount = try form.money("amount", "Amount", in: order.currency)
            let place = try form.word("to", "To", RefundPlace.self)
            return Wish(
                command: GiveGoodwill(
                    order: order.id, amount: amount, reason: try form.required("reason", "Reason"), to: place),
                done: "\(MoneyText.of(amount)) of goodwill is given for \(number).")
        case "write-offs":
            let amount = try form.money("amount", "Amount", in: order.currency)
            return Wish(
                command: WriteOffDebt(
                    order: order.id, amount: amount, reason: try form.required("reason", "Why nobody will pay")),
                done: "\(MoneyText.of(amount)) of \(number) is written off.")
        case "payments":
            return try addPayment(to: order, form)
        default:
            throw Refusal(.notFound, "an order has no form called \(noun)")
        }
    }

    private func addPayment(to order: Order, _ form: ConsoleForm) throws -> Wish {
        let amount = try form.money("amount", "Amount", in: order.currency)
        let payment = PlaceOrder.RequestedPayment(
            provider: "manual", reference: try form.required("reference", "Reference"), authorized: amount)
        return Wish(
            command: AddPayment(order: order.id, payment: payment),
            done: "\(MoneyText.of(amount)) is authorized for \(order.number).")
    }
}
