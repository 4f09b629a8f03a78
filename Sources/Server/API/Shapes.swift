import OrderManagement

/// The documents of the interface, as schemas: what its description shows, each under one name.
enum Shapes {
    static let optionalText = Schema.nullable(.text(max: 2_000))
    static let optionalTime = Schema.nullable(.time)

    static let problem = Schema.named(
        "Problem",
        .object([
            .must("type", .text(max: 200)), .must("title", .text(max: 200)), .must("status", .integer(400...599)),
            .must("detail", .text(max: 4_000)), .must("code", .text(max: 64)),
            .must(
                "errors",
                .list(
                    .object([
                        .must("pointer", .text(max: 1_000)), .must("code", .text(max: 64)),
                        .must("detail", .text(max: 4_000)),
                    ]), max: nil)),
        ]))

    /// `L` of requests.
    static let lines = Schema.list(
        .named("LineQuantity", .object([.must("line", .id("lin")), .must("quantity", .quantity)])),
        max: PlaceOrder.linesMax)

    static let address = Schema.named(
        "Address",
        .object([
            .must("name", .shortText), .must("lines", .list(.shortText, max: 5)), .must("city", .shortText),
            .may("region", .nullable(.shortText)), .may("postcode", .nullable(.text(max: 20))),
            .must("country", .text(max: 2)),
        ]))

    static let newOrder = Schema.named(
        "NewOrder",
        .object([
            .must("channel", .text(max: 64)), .may("external_id", .nullable(.text(max: 100))),
            .may("placed_at", optionalTime),
            .must("customer", newCustomer), .must("delivery", newDelivery),
            .must("lines", .list(newLine, max: PlaceOrder.linesMax)),
            .may("shipping", .nullable(.money)), .may("shipping_tax", .nullable(.money)),
            .may("fees", .list(charge, max: 50)), .may("discounts", .list(discount, max: 50)), .must("total", .money),
            .may("payment", .nullable(newPayment)), .may("payments", .list(newPayment, max: AddPayment.paymentsMax)),
            .may("reservation", .nullable(.id("rsv"))),
        ]))

    static let newCustomer = Schema.object([
        .must("name", .shortText), .may("email", .nullable(.text(max: 254))), .may("phone", .nullable(.text(max: 50))),
        .may("language", .nullable(.text(max: 35))),
    ])
    static let newDelivery = Schema.object([
        .must("method", .words(Fulfillment.Method.self)), .may("service", .text(max: 64)), .may("address", address),
        .may("location", .text(max: 64)), .may("delegate", .shortText), .may("note", .text(max: 500)),
    ])
    static let newLine = Schema.object([
        .must("sku", .text(max: 100)), .must("quantity", .quantity), .must("unit_price", .money),
        .may("discount", .nullable(.money)), .may("tax", .nullable(.money)),
    ])
    private static let charge = Schema.object([
        .must("code", .text(max: 64)), .must("amount", .money), .may("tax", .nullable(.money)),
    ])
    private static let discount = Schema.object([.must("code", .text(max: 64)), .must("amount", .money)])
    static let newPayment = Schema.named(
        "NewPayment",
        .object(newPaymentMembers))

    static let newPaymentMembers: [Schema.Property] = [
        .must("provider", .text(max: 64)), .must("reference", .shortText), .must("authorized", .money),
        .may("status", .words(Fields.RequestedStatus.self)), .may("expires_at", .nullable(.time)),
        .may("card_last4", .nullable(.text(max: 4))),
    ]

    static let newReturn: [Schema.Property] = [
        .must("method", .words(Return.Method.self)), .may("location", .text(max: 64)),
        .must(
            "lines",
            .list(
                .object([
                    .must("line", .id("lin")), .must("quantity", .quantity),
                    .must("reason", .words(Return.Reason.ofCustomers.map(\.rawValue))),
                    .may("disposition", .words(Return.Disposition.self)), .may("condition", .shortText),
                ]), max: PlaceOrder.linesMax)), .may("note", .text(max: 1_000)),
    ]

    static let newMovement = Schema.named(
        "NewMovement",
        .object([
            .must("reason", .words(MoveStock.Reason.self)), .must("sku", .text(max: 100)),
            .must("location", .text(max: 64)), .may("quantity", .quantity),
            .may("counted", .integer(0...PlaceOrder.quantityMax)), .may("reference", .text(max: 100)),
            .may("from", .words(MoveStock.Source.self)),
        ]))

    static let parcel = Schema.named(
        "Parcel",
        .object([
            .must("id", .id("par")), .must("status", .words(Parcel.State.self)), .must("lines", lines),
            .must("weight_g", .count), .must("size_mm", .nullable(.list(.count, max: 3))),
            .must("courier", optionalText),
            .must("service", optionalText), .must("tracking", optionalText), .must("sscc", optionalText),
            .must("hand_over", .nullable(.id("hov"))), .must("cash", .nullable(.money)),
            .must("labels", .list(label, max: nil)),
            .must(
                "news",
                .list(
                    .object([
                        .must("status", .words(Parcel.State.self)), .must("at", .time),
                        .must("event", .nullable(.text(max: CourierWords.lengthMax))),
                    ]), max: ParcelNews.scansMax)),
            .must("claim", .nullable(claim)),
        ]))

    static let fulfillment = Schema.named(
        "Fulfillment",
        .object([
            .must("id", .id("ful")), .must("order", .id("ord")), .must("order_number", .text(max: 64)),
            .must("location", .text(max: 64)), .must("method", .words(Fulfillment.Method.self)),
            .must("status", .words(Fulfillment.State.self)),
            .must(
                "promise", .object([.may("ship_by", .time), .may("deliver_by", .time), .may("ready_by", .time)])),
            .must(
                "lines",
                .list(
                    .object([
                        .must("line", .id("lin")), .must("sku", .text(max: 100)), .may("components", components),
                        .must("quantity", .count), .must("picked", .count),
                    ]), max: nil)), .must("parcels", .list(parcel, max: nil)),
            .may(
                "pickup",
                .object([
                    .must("customer", .text(max: 200)), .must("delegate", optionalText), .must("note", optionalText),
                ])), .may("collection_code", .text(max: 6)), .may("transfer", .id("trf")),
            .may("collect_by", .time), .may("collected_by", optionalText),
            .may("checked", .nullable(.words(CollectorProof.self))),
            .must("note", optionalText), .must("updated_at", .time),
        ]))

    static let payment = Schema.named(
        "Payment",
        .object([
            .must("id", .id("pay")), .must("provider", .text(max: 64)), .must("reference", .shortText),
            .must("status", .words(Payment.State.self)), .must("amount", .money),
            .must("expires_at", .nullable(.time)), .may("card_last4", .text(max: 4)),
            .must("authorized", .money), .must("captured", .money),
            .must("voided", .money), .must("refunded", .money), .must("pending", .money),
        ]))

    static let returned = Schema.named("Return", .object(returnMembers))
    /// The same with the whole order instead of its name.
    static let returnedWithOrder = Schema.named(
        "ReturnWithOrder", .object(returnMembers.filter { $0.name != "order" } + [.must("order", order)]))

    private static let returnMembers: [Schema.Property] = [
        .must("id", .id("ret")), .must("order", .id("ord")), .must("order_number", .text(max: 64)),
        .must("reference", .text(max: 80)), .must("status", .words(Return.State.self)),
        .must("method", .words(Return.Method.self)), .must("location", optionalText),
        .must(
            "lines",
            .list(
                .object([
                    .must("line", .id("lin")), .must("sku", .text(max: 100)), .must("quantity", .count),
                    .must("reason", .words(Return.Reason.self)), .must("received", .count),
                    .must("restocked", .count), .must("refurbished", .count), .must("written_off", .count),
                    .must("condition", optionalText), .must("missing", .count), .must("excess", .count),
                ]), max: nil)), .must("refunded", .money), .must("requested_at", .time),
        .must("updated_at", .time), .must("note", optionalText),
    ] + returnTerms

    private static let orderLine = Schema.object([
        .must("id", .id("lin")), .must("sku", .text(max: 100)), .may("components", components),
        .must("ordered", .count), .must("cancelled", .count),
        .must("backordered", .count), .must("allocated", .count), .must("shipped", .count), .must("returned", .count),
        .must("unit_price", .money), .must("discount", .money), .must("tax", .money), .may("expected_at", .time),
        .may("available_from", .time), .may("revision", .count), .may("replaces", .id("lin")),
    ])

    private static let statuses: [Schema.Property] = [
        .must("status", .words(OrderStatus.Overall.self)), .must("stage", optionalText), .must("on_hold", .truth),
        .must("payment_status", .words(OrderStatus.PaymentStatus.self)),
        .must("fulfillment_status", .words(OrderStatus.FulfillmentStatus.self)),
        .must("return_status", .words(OrderStatus.ReturnStatus.self)), .must("placed_at", .time),
        .must("updated_at", .time),
    ]

    private static let names: [Schema.Property] = [
        .must("id", .id("ord")), .must("number", .text(max: 64)), .must("channel", .text(max: 64)),
        .must("external_id", optionalText), .must("version", .integer(1...Int64.max)),
        .may("revision", .integer(2...Int64.max)),
    ]

    static let order = Schema.named(
        "Order",
        .object(
            names + statuses + [
                .must("placed_by", optionalText), .may("exchange", origin), .may("reshipment", origin),
                .must("customer", customer), .must("delivery", delivery), .must("lines", .list(orderLine, max: nil)),
                .must("prices_include_tax", .truth), .must("shipping", .money), .must("shipping_tax", .money),
                .may("shipping_waived", .money), .must("fees", .list(charge, max: nil)),
                .must("discounts", .list(discount, max: nil)), .must("total", .money), .must("due", .money),
                .must("authorized", .money), .must("captured", .money), .must("voided", .money),
                .must("refunded", .money), .may("written_off", .money),
                .must("cancellation_fees", .list(cancellationFee, max: nil)),
                .must("stages", .list(gate, max: nil)),
                .must("holds", .list(hold, max: nil)), .must("notes", .list(note, max: nil)),
                .must("fulfillments", .list(fulfillment, max: nil)), .must("payments", .list(payment, max: nil)),
                .must("credit_memos", .list(creditMemo, max: nil)), .must("returns", .list(returned, max: nil)),
            ]))

    static let orderSummary = Schema.named("OrderSummary", .object(
            names + statuses + [
                .must("customer", customer), .must("line_count", .count), .must("units", .count),
                .must("locations", .list(.text(max: 64), max: nil)), .must("total", .money), .must("due", .money),
            ]))

    /// What a call below an order answers: its own members, and the order.
    static func withOrder(_ members: Schema.Property...) -> Schema {
        .object(members + [.must("order", order)])
    }

    static let permission = Schema.named(
        "Permission",
        .object([
            .must("action", .shortText), .must("path", .shortText), .must("allowed", .truth),
            .must("until", optionalTime), .must("until_state", optionalText), .must("reason", optionalText),
            .must("amount_max", .nullable(.money)),
        ]))

    static let event = Schema.named(
        "Event",
        .object([
            .must("position", .integer(1...Int64.max)), .must("id", .text(max: 32)),
            .must("type", .words(EventType.self)), .must("order", .nullable(.id("ord"))),
            .must("sequence", .nullable(.integer(1...Int64.max))), .must("at", .time),
            .must("principal", .text(max: 64)), .must("data", .anything),
        ]))

    static let level = Schema.named(
        "StockLevel",
        .object(
            [.must("sku", .text(max: 100)), .must("location", .text(max: 64))]
                + [
                    "on_hand", "available", "reserved", "allocated", "quarantined", "uninspected", "inbound",
                    "in_transit", "shortage", "safety",
                ].map { Schema.Property($0, .integer(Int64.min...Int64.max), isRequired: false) }))

    static let newSafety = Schema.named(
        "NewSafety",
        .object([
            .must("sku", .text(max: 100)), .must("location", .text(max: 64)),
            .must("safety", .integer(0...PlaceOrder.quantityMax)),
        ]))

    static let bin = Schema.named(
        "Bin",
        .object([
            .must("sku", .text(max: 100)), .must("location", .text(max: 64)),
            .must("bin", .nullable(.text(max: SetBins.lengthMax))),
        ]))

    static let movement = Schema.named(
        "Movement",
        .object([
            .must("id", .count), .must("sku", .text(max: 100)), .must("location", .text(max: 64)),
            .must("reason", .text(max: 32)), .must("from", .words(Bucket.self)), .must("to", .words(Bucket.self)),
            .must("quantity", .count), .must("order", .nullable(.id("ord"))), .must("reference", optionalText),
            .must("at", .time), .must("principal", .text(max: 64)),
        ]))

    static let availability = Schema.named(
        "Availability",
        .object([
            .must("sku", .text(max: 100)), .must("channel", .text(max: 64)), .must("available", .count),
            .must("ship", .count),
            .must(
                "pickup", .list(.object([.must("location", .text(max: 64)), .must("available", .count)]), max: nil)),
            .may(
                "delivery",
                .list(
                    .object([
                        .must("method", .words(["ship"])), .must("service", .text(max: 64)),
                        .must("available", .count), .must("ship_by", .time), .must("deliver_by", .time),
                    ]), max: nil)),
            .must("next_supply", .nullable(.object([.must("date", .text(max: 10)), .must("quantity", .count)]))),
            .may("available_from", .time), .may("preorder", .count),
            .must("position", .count),
        ]))

    static let promises = Schema.object([
        .must("channel", .text(max: 64)), .must("asked_at", .time), .must("options", .list(promiseOption, max: nil)),
    ])

    private static let promiseOption = Schema.named(
        "PromiseOption",
        .object([
            .must("method", .words(Fulfillment.Method.self)), .may("service", .text(max: 64)),
            .may("location", .text(max: 64)), .must("complete", .truth), .must("accepted", .truth),
            .must("unavailable", .nullable(.text(max: 2_000))), .may("ship_by", .nullable(.time)),
            .may("deliver_by", .nullable(.time)), .may("ready_by", .nullable(.time)),
            .may("shipping_cost", .nullable(.money)),
            .must(
                "fulfillments",
                .list(
                    .object([
                        .must("location", .text(max: 64)), .must("lines", .list(promisedUnits, max: nil)),
                        .may("ship_by", .nullable(.time)), .may("deliver_by", .nullable(.time)),
                        .may("ready_by", .time),
                        .may(
                            "parcels",
                            .list(
                                .object([
                                    .must("weight_g", .count), .must("courier", .nullable(.text(max: 64))),
                                    .must("service", .nullable(.text(max: 64))),
                                    .must("price", .nullable(.money)),
                                    .must("leaves_at", .nullable(.time)), .must("time_known", .nullable(.truth)),
                                ]), max: nil)),
                    ]), max: nil)),
            .must(
                "short",
                .list(
                    .object([
                        .must("sku", .text(max: 100)), .must("quantity", .quantity), .must("expected_at", .time),
                    ]), max: nil)),
        ]))

    private static let promisedUnits = Schema.object([.must("sku", .text(max: 100)), .must("quantity", .quantity)])

    static let exception = Schema.named(
        "Exception",
        .object([
            .must("id", .id("exc")), .must("kind", .words(OrderException.Kind.self)),
            .must("status", .words(["open", "resolved"])), .must("order", .nullable(.id("ord"))),
            .must("subject", optionalText), .must("sku", optionalText), .must("location", optionalText),
            .must("goods", .list(promisedUnits, max: nil)),
            .must("cause", .text(max: 2_000)), .must("owner", .text(max: 64)), .must("assignee", optionalText),
            .must("suggestion", .text(max: 2_000)), .must("actions", .list(exceptionAction, max: nil)),
            .must("opened_at", .time), .must("due", .time), .must("resolved_at", optionalTime),
            .must("resolution", optionalText),
        ]))

    /// A call that would do something about an exception; the caller adds the members that are missing.
    private static let exceptionAction = Schema.named(
        "ExceptionAction",
        .object([
            .must("action", .text(max: 100)), .must("label", .text(max: 100)), .must("scope", .words(Scope.self)),
            .must("method", .words(["POST"])),
            .must("path", .text(max: 200)), .must("body", .anything),
            .must("missing", .list(.text(max: 64), max: nil)),
        ]))

    static let exceptionGroup = Schema.named(
        "ExceptionGroup",
        .object([
            .must("kind", .words(OrderException.Kind.self)), .must("owner", .text(max: 64)), .must("count", .count),
            .must("overdue", .count), .must("oldest", .time),
        ]))

    static let job = Schema.named(
        "Job",
        .object([
            .must("id", .id("job")), .must("kind", .words(JobKind.self)),
            .must("state", .words(Job.State.self)), .must("order", .nullable(.id("ord"))),
            .must("payload", .text(max: 1_000)), .must("attempts", .count), .must("last_error", optionalText),
            .must("exception", .nullable(.id("exc"))), .must("due", .time), .must("created_at", .time),
        ]))

    static let key = Schema.named(
        "APIKey",
        .object([
            .must("id", .id("key")), .must("name", .text(max: 100)),
            .must("scopes", .list(.words(Scope.self), max: nil)),
            .must("locations", .nullable(.list(.text(max: 64), max: nil))), .must("fingerprint", .text(max: 8)),
            .must("created_at", .time), .must("revoked_at", optionalTime),
        ]))
}
