import OrderManagement

/// `POST /v1/orders/{id}/exchanges` and `/v1/parcels/{id}/reshipments`: other goods for those that come back, and the
/// same ones for those that never came.
extension API {
    var exchanges: [Endpoint] { [exchange, reshipParcel] }

    /// Above zero: the customer pays it; below zero: it is given back.
    private static let difference = Schema.object([
        .must("amount", .integer(-Money.amountMax...Money.amountMax)), .must("currency", .text(max: 3)),
    ])

    private var exchange: Endpoint {
        var endpoint = Endpoint.post(
            "/v1/orders/{id}/exchanges", .returnsWrite, tag: "orders",
            "Take goods back and send others for them, by a new order", key: .required, takesVersion: true,
            body: .object([
                .must("return", .object(Shapes.newReturn)),
                .must(
                    "lines",
                    .list(
                        .object([
                            .must("sku", .text(max: 100)), .must("quantity", .quantity), .may("unit_price", .money),
                            .may("discount", .nullable(.money)), .may("tax", .nullable(.money)),
                            .may("replaces", .id("lin")),
                        ]), max: PlaceOrder.linesMax)),
                .may("delivery", Shapes.newDelivery), .may("shipping", .nullable(.money)),
                .may("shipping_tax", .nullable(.money)), .may("payment", .nullable(Shapes.newPayment)),
                .may("payments", .list(Shapes.newPayment, max: AddPayment.paymentsMax)),
            ]),
            reply: .object([
                .must("preview", .truth), .must("credit", .money), .must("difference", Self.difference),
                .must("return", Shapes.returned), .must("exchange", Shapes.order), .must("order", Shapes.order),
            ])
        ) { request in
            let id = try request.id(OrderID.self)
            let (command, hasPayment) = try request.read {
                ($0.exchange(of: id, request.isPreview), $0.has("payment"))
            }
            do {
                return try await perform(command, on: id, for: request)
            } catch let refusal as Refusal where hasPayment {
                throw refusal.namingPayment
            }
        }
        endpoint.query = [.preview]
        if let first = endpoint.replies.first { endpoint.replies.append((200, first.schema)) }
        return endpoint
    }

    private var reshipParcel: Endpoint {
        .post(
            "/v1/parcels/{id}/reshipments", .returnsWrite, tag: "parcels",
            "Send the goods of a parcel that never came once more, by a new order that costs nothing",
            key: .required, takesVersion: true,
            body: .object([.may("delivery", Shapes.newDelivery), .may("note", .text(max: 1_000))]),
            reply: .object([
                .must("parcel", Shapes.parcel), .must("reshipment", Shapes.order), .must("order", Shapes.order),
            ])
        ) { request in
            let id = try request.id(ParcelID.self)
            let command = try request.read { fields in
                ReshipParcel(
                    parcel: id, delivery: fields.optionalObject("delivery") { $0.delivery() },
                    note: fields.optionalText("note", max: 1_000))
            }
            return try await perform(command, on: id.order, for: request)
        }
    }
}

extension Fields {
    fileprivate mutating func exchange(of order: OrderID, _ isPreview: Bool) -> ExchangeOrder {
        let request = object("return") { $0.newReturn(of: order) }
            ?? RequestReturn(order: order, method: .byPost, location: nil, lines: [])
        let lines = list("lines", 1...PlaceOrder.linesMax) { $0.exchangedLine() }
        let delivery = optionalObject("delivery") { $0.delivery() }
        let (shipping, shippingTax) = (optionalMoney("shipping"), optionalMoney("shipping_tax"))
        let payments = payments()
        return ExchangeOrder(
            request: request, lines: lines, delivery: delivery, shipping: shipping, shippingTax: shippingTax,
            payments: payments, isPreview: isPreview)
    }

    private mutating func exchangedLine() -> ExchangeOrder.Line {
        let (sku, quantity) = (text("sku", max: 100), quantity())
        let (price, discount, tax) = (
            optionalMoney("unit_price"), optionalMoney("discount"), optionalMoney("tax")
        )
        if price == nil {
            for name in ["discount", "tax"] { refuse(name, "goes with a unit_price only") }
        }
        return ExchangeOrder.Line(
            sku: sku, quantity: quantity,
            price: price.map { AmendmentRequest.Price(unitPrice: $0, discount: discount, tax: tax) },
            replaces: has("replaces") ? part("replaces", OrderLineID(OrderID(0), 1)) : nil)
    }
}
