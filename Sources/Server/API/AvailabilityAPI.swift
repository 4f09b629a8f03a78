import OrderManagement

/// `/v1/availability`: what a channel can promise of its SKUs. `/v1/promises`: of a basket, with dates and costs.
extension API {
    var availability: [Endpoint] { [askAvailability, askManyAvailabilities, promiseBasket] }

    /// SKUs of one question.
    private static let skusMax = 1_000

    private var askAvailability: Endpoint {
        .get(
            "/v1/availability", .scope(.stockRead), tag: "availability", "What a channel can promise of some SKUs",
            query: [
                .init("channel", .shortText, "Who sells", isRequired: true),
                .init("sku", .shortText, "What; up to 200 times", isRequired: true, isRepeatable: true),
                .init("destination", .shortText, "Where to: COUNTRY-POSTCODE"),
            ], reply: .object([.must("data", .list(Shapes.availability, max: nil))])
        ) { request in
            guard let channel = request.query.text("channel") else {
                throw request.query.wrong("channel", "is missing")
            }
            let skus = request.query.texts("sku")
            guard !skus.isEmpty else { throw request.query.wrong("sku", "is missing: name at least one") }
            let destination = try request.query.text("destination").map { text throws(Refusal) in
                guard let destination = Destination(text) else {
                    throw request.query.wrong("destination", Destination.expectation)
                }
                return destination
            }
            return try await answer(skus, channel, at: "?channel", to: destination, for: request) { _ in "?sku" }
        }
    }

    private var askManyAvailabilities: Endpoint {
        .post(
            "/v1/availability", .stockRead, tag: "availability", "What a channel can promise of many SKUs",
            body: .object([
                .must("channel", .text(max: 64)), .must("skus", .list(.text(max: 100), max: Self.skusMax)),
                .may("destination", .shortText),
            ]), status: 200, reply: .object([.must("data", .list(Shapes.availability, max: nil))])
        ) { request in
            let (channel, skus, destination) = try request.read { fields in
                let destination = fields.destination()
                let channel = fields.text("channel", max: 64)
                let problems = fields.problems
                let skus = fields.values("skus", 1...Self.skusMax) { problems.text($0, max: 100) }
                if skus == nil { fields.noteMissing("skus", "a list of texts") }
                return (channel, skus ?? [], destination)
            }
            return try await answer(skus, channel, at: "/channel", to: destination, for: request) { "/skus/\($0)" }
        }
    }

    private func answer(
        _ skus: [String], _ code: String, at pointer: String, to destination: Destination?, for request: APIRequest,
        _ place: (Int) -> String
    ) async throws -> APIResponse {
        let principal = request.principal
        let now = waybill.clock()
        let question = destination.map { DeliveryQuestion(to: $0, at: now) }
        let (found, isBlind) = try await waybill.read { db -> ([Availability], Bool) in
            let configuration = try known.configuration(in: db)
            guard var channel = configuration.channels[code] else {
                throw Refusal([.init(pointer, .unknownChannel, "there is no channel \(code)")])
            }
            if let locations = principal.locations {
                channel.locations = Set(locations.filter(channel.sells))
                if channel.locations.isEmpty { return ([], true) }
            }
            let found = try Availability.of(
                skus, channel: channel, configuration: configuration, shippedTo: question, at: now, in: db)
            return (found, false)
        }
        // Whoever sees no location of the channel is told nothing of what it sells.
        if found.count < skus.count, !isBlind {
            let known = Set(found.map(\.sku))
            throw Refusal(
                skus.enumerated().filter { !known.contains($1) }.map {
                    .init(place($0), .unknownSKU, "there is no item \($1)")
                })
        }
        return .json {
            $0.object { $0.array("data") { list in for entry in found { entry.write(to: &list) } } }
        }
    }
}

// MARK: Baskets

extension API {
    fileprivate var promiseBasket: Endpoint {
        .post(
            "/v1/promises", .stockRead, tag: "availability",
            "How a basket could be had if it were ordered now: services and stores, with dates and costs",
            body: .object([
                .must("channel", .text(max: 64)),
                .must(
                    "lines",
                    .list(
                        .object([
                            .must("sku", .text(max: 100)), .must("quantity", .quantity),
                            .may("unit_price", .money),
                        ]), max: PromiseBasket.linesMax)),
                .may("destination", .shortText), .may("payment_provider", .text(max: 64)),
            ]), status: 200, reply: Shapes.promises
        ) { request in
            let basket = try request.read { fields in
                PromiseBasket(
                    channel: fields.text("channel", max: 64),
                    lines: fields.list("lines", 1...PromiseBasket.linesMax) {
                        .init(
                            sku: $0.text("sku", max: 100), quantity: $0.quantity(),
                            unitPrice: $0.optionalMoney("unit_price"))
                    },
                    destination: fields.destination(), paidBy: fields.optionalText("payment_provider", max: 64))
            }
            return APIResponse(try await waybill.rehearse(basket, as: request.principal))
        }
    }
}

extension Fields {
    /// Where a parcel would go; nil where nothing is said.
    fileprivate mutating func destination() -> Destination? {
        let text = optionalText("destination")
        let destination = text.flatMap { Destination($0) }
        if text != nil, destination == nil { problems.note(at: "destination", Destination.expectation) }
        return destination
    }
}
