import OrderManagement

/// Answers from outside as they come: late, twice, out of order, and about orders that are over.
extension Workload {
    /// Who judges for fraud, by name: the connector of the stage.
    static let judge = "guard"

    /// What a judge of stages or a payment provider tells now; nil where nobody was asked.
    mutating func answer(in db: any Connection) throws -> (any Command)? {
        for _ in 0..<8 {
            guard let id = chance.any(of: orders), let order = try OrderStore.order(id, in: db) else { return nil }
            if let command = chance.chance(50) ? outcome(of: order) : judgement(of: order) { return command }
        }
        return nil
    }

    /// A provider answers for a payment that was left open, also when its order was cancelled or finished meanwhile;
    /// now and then it says again, or otherwise, what it has said.
    private mutating func outcome(of order: Order) -> (any Command)? {
        if let effect = chance.any(of: order.effects), chance.chance(30) { return news(of: effect, order) }
        let open = order.payments.filter { $0.state == .pending }
        let told = order.payments.filter { $0.provider == "test" }
        guard let payment = chance.any(of: open) ?? (chance.chance(10) ? chance.any(of: told) : nil) else { return nil }
        return RecordPaymentOutcome(
            payment: PaymentID(order.id, payment.number), result: chance.chance(75) ? .authorized : .declined,
            reference: chance.chance(30) ? "told-\(chance.number(1...999))" : nil, reason: "simulated",
            expiresAt: chance.chance(20) ? now + .minutes(chance.number(1...3_000)) : nil)
    }

    /// What became of a capture, a void or a refund is told by its provider itself, once more and true: what it did is
    /// compared with the books in the end.
    private mutating func news(of effect: PaymentEffect, _ order: Order) -> TakePaymentNews? {
        guard effect.state != .pending else { return nil }
        return TakePaymentNews(
            provider: chance.chance(95) ? "test" : "nobody",
            request: "\(PaymentID(order.id, effect.payment))-\(effect.number)",
            outcome: effect.state == .done
                ? .done(reference: "news-\(effect.number)") : .refused(reason: "simulated"))
    }

    /// A judge says what it found, by a result, a score or both, at a time that may lie before what others said.
    private mutating func judgement(of order: Order) -> (any Command)? {
        guard let gate = order.gates.first(where: { $0.kind == .fraud }) else { return nil }
        let score = chance.chance(60) ? chance.number(-20...100) : nil
        let result = score == nil || chance.chance(40) ? chance.chance(80) : nil
        let name = order.externalID.map { TakeStageAnswer.Subject.name(ExternalName(channel: order.channel, id: $0)) }
        return TakeStageAnswer(
            connector: chance.chance(95) ? Self.judge : "nobody",
            subject: chance.chance(30) ? name ?? .id(order.id) : .id(order.id),
            stage: chance.chance(95) ? gate.name : "remorse",
            answer: StageAnswer(hasPassed: result, score: score, note: chance.chance(30) ? "looked at" : nil),
            at: now(less: chance.number(-60_000...86_400_000)))
    }

    // MARK: What customers ask, and what they are told once more

    /// A message did not come, or to the wrong address: it is sent once more.
    mutating func resend(in db: any Connection) throws -> ResendMessage? {
        for _ in 0..<8 {
            guard let id = chance.any(of: orders.suffix(12)) else { return nil }
            let messages = try MessageStore.of(id, in: db)
            let over = messages.filter { $0.state != .queued }
            guard let message = chance.any(of: chance.chance(92) ? over : messages) else { continue }
            return ResendMessage(message: message.id, recipient: chance.chance(30) ? "other@home.example" : nil)
        }
        return nil
    }

    /// How a basket could be had, by which boxes goods could go, what a label would cost.
    mutating func question(in db: any Connection) throws -> any Command {
        let order = try chance.any(of: orders.suffix(12)).flatMap { try OrderStore.order($0, in: db) }
        if let order, let parcel = chance.any(of: order.parcels), chance.chance(40) {
            return RateParcel(parcel: ParcelID(order.id, parcel.number))
        }
        if let order, let part = chance.any(of: order.fulfillments), chance.chance(50) {
            return SuggestBoxes(fulfillment: FulfillmentID(order.id, part.number))
        }
        let channel = chance.one(of: world.channels)
        let lines = (0..<chance.number(1...3)).map { _ in
            let line = line(channel.currency)
            return PromiseBasket.Line(
                sku: chance.chance(97) ? line.sku : "NO-SUCH-SKU", quantity: line.quantity, unitPrice: line.unitPrice)
        }
        let destination = chance.one(of: ["GB-C1 1CC", "DE-10115", nil]).flatMap { Destination($0) }
        return PromiseBasket(channel: channel.code, lines: lines, destination: destination)
    }
}
