import OrderManagement

/// The documents of the configuration, as schemas; the same members are read and shown.
extension Shapes {
    static let newItem: [Schema.Property] = [
        .must("name", .text(max: 500)), .may("weight_g", .integer(0...100_000_000)),
        .may("size_mm", .list(.integer(0...100_000), max: 3)), .may("barcode", .nullable(.text(max: 50))),
        .may("requirements", .count), .may("returnable", .truth),
        .may("components", components), .may("available_from", .nullable(.time)),
        .may("commodity_code", .nullable(.text(max: 20))), .may("origin_country", .nullable(.text(max: 2))),
        .may("customs_value", .nullable(Schema.money)),
    ]

    /// What one unit of a kit is made of.
    static let components = Schema.list(
        .named(
            "KitComponent",
            .object([
                .must("sku", .text(max: 100)), .must("quantity", .integer(1...KitComponent.quantityMax)),
            ])), max: KitComponent.countMax)

    static let item = Schema.named("Item", .object([.must("sku", .text(max: 100))] + newItem))

    static let newLocation: [Schema.Property] = [
        .must("name", .shortText), .must("kind", .words(Location.Kind.self)), .must("address", address),
        .may("latitude", .number), .may("longitude", .number),
        .must(
            "calendar",
            .object([
                .must("zone", .text(max: 64)), .may("open", .list(.integer(1...7), max: 7)),
                .may("holidays", holidays(atMost: BusinessCalendar.holidaysMax)),
                .must("cutoff_minutes", .integer(0...1_439)),
            ])), .may("ships", .truth), .may("pickup", .truth), .may("returns", .truth),
        .may("handling_cost", .integer(0...Money.amountMax)), .may("priority", .integer(0...1_000_000)),
        .may("capabilities", .count), .may("capacity_per_day", .nullable(.integer(0...1_000_000))),
        .may("no_capacity_closes", .truth),
        .may("courier_cutoffs", .list(courierCutoff, max: CourierCutoff.countMax)), .may("paused", .truth),
        .may("paused_until", .nullable(.time)),
    ]

    static let location = Schema.named("Location", .object([.must("code", .text(max: 64))] + newLocation))

    static let locationDay = Schema.named(
        "LocationDay",
        .object([
            .must("date", .text(max: 10)), .must("taken", .count), .must("capacity", .nullable(.count)),
            .must("closed", .truth),
        ]))

    static let newChannel: [Schema.Property] = [
        .may("version", .count), .must("name", .shortText), .must("currency", .text(max: 3)),
        .may("prices_include_tax", .truth), .may("number_prefix", .text(max: 16)),
        .may("locations", .list(.text(max: 64), max: 5_000)), .may("buffer", .integer(0...PlaceOrder.quantityMax)),
        .may("policy", policy),
    ]

    static let channel = Schema.named(
        "Channel",
        .object(
            [.must("code", .text(max: 64))] + newChannel + [.may("oddities", .list(.text(max: 1_000), max: nil))]))

    static let channelVersion = Schema.named(
        "ChannelVersion",
        .object([.must("version", .count), .must("at", .time), .must("by", .shortText)]))

    static let channelDraft = Schema.named(
        "ChannelDraft",
        .object([
            .must("channel", channel), .must("based_on", .count), .must("at", .time), .must("by", .shortText),
            .must("changes", fieldChanges),
        ]))

    static let fieldChanges = Schema.list(
        .object([.must("field", .shortText), .must("from", .anything), .must("to", .anything)]), max: nil)

    private static let policy = Schema.named(
        "ChannelPolicy",
        .object([
            .may("stages", .list(.either(.text(max: 64), stage), max: 20)),
            .may("remorse_seconds", .integer(0...31_536_000)),
            .may("release", .words(ChannelPolicy.Release.self)),
            .may("shortfall", .words(ChannelPolicy.Shortfall.self)), .may("backorder_days", .integer(0...1_000)),
            .may("unfilled_cost", .integer(0...Money.amountMax)), .may("locations_max", .integer(0...1_000)),
            .may("services", .list(service, max: 50)),
            .may("cancellable_until", .words(ChannelPolicy.cancellableStates.map(\.rawValue))),
            .may("cancelling", cancelling), .may("return_days", .integer(0...3_650)),
            .may("pickup_days", .integer(1...365)), .may("pickup_check", .words(PickupCheck.self)),
            .may("returning", returning),
            .may("amending", amendingPolicy),
            .may(
                "supply",
                .object([
                    .may("pickup_by_transfer", .truth), .may("transfer_days", .integer(0...365)),
                    .may("backorder_release", .words(SupplyPolicy.BackorderRelease.self)),
                    .may("reminder_days", .integer(0...365)),
                    .may("uncollected", .words(SupplyPolicy.Uncollected.self)),
                    .may("preorder_limit", .nullable(.integer(0...PlaceOrder.quantityMax))),
                ])),
            .may("messages", messagePolicy), .may("paying", paying),
            .may("shipping", courierPolicy),
        ]))

    private static let service = Schema.object([
        .must("code", .text(max: 64)), .must("domestic_days", .integer(0...365)),
        .must("foreign_days", .integer(0...365)), .must("domestic_parcel_cost", .integer(0...Money.amountMax)),
        .must("foreign_parcel_cost", .integer(0...Money.amountMax)),
        .must("cost_per_kg", .integer(0...Money.amountMax)), .may("po_boxes", .truth),
    ])
}
