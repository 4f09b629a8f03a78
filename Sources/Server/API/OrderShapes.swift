import OrderManagement

/// The parts of an order that people and programs both wrote, as schemas.
extension Shapes {
    static let customer = Schema.named(
        "Customer",
        .object([
            .must("name", .shortText), .must("email", optionalText), .must("phone", optionalText),
            .may("language", .text(max: 35)),
        ]))

    static let delivery = Schema.named(
        "Delivery",
        .object([
            .must("method", .words(Fulfillment.Method.self)), .may("service", .text(max: 64)),
            .may("location", .text(max: 64)), .may("delegate", .shortText), .may("note", .text(max: 500)),
            .may("address", address),
        ]))

    static let hold = Schema.named(
        "Hold",
        .object([
            .must("id", .id("hld")), .must("reason", .text(max: 64)), .must("note", optionalText),
            .must("lines", .list(.id("lin"), max: nil)), .must("owner", .text(max: 64)),
            .must("until", .nullable(.time)), .must("review_by", .nullable(.time)), .must("by", .text(max: 64)),
            .must("at", .time),
            .must("lifted_by", optionalText), .must("lifted_at", .nullable(.time)),
        ]))

    static let note = Schema.named(
        "Note", .object([.must("text", .text(max: 2_000)), .must("by", .text(max: 64)), .must("at", .time)]))

    /// What became of each of many requests that came as one.
    static let answers = Schema.object(answerList)
    static let answerList: [Schema.Property] = [
        .must("data", .list(.object([.must("status", .integer(200...599)), .must("body", .anything)]), max: nil))
    ]

    /// Units of lines, as replies name them.
    static let units = Schema.list(
        .object([.must("line", .id("lin")), .must("sku", .text(max: 100)), .must("quantity", .count)]), max: nil)
}
