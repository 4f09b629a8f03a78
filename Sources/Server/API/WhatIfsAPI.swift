import OrderManagement

/// `/v1/what-ifs`: what a draft of a channel would decide of orders that there are, before anybody publishes it.
extension API {
    var whatIfs: [Endpoint] { [tryDraft] }

    private static let ordersStandard: Int64 = 100

    private var tryDraft: Endpoint {
        .post(
            "/v1/what-ifs", .configRead, tag: "channels",
            "What a draft of a channel's policies would decide, beside those in force: of one order, or of the newest "
                + "ones; nothing is changed. Takes the scope `orders:read` as well",
            body: .object([
                .must("channel", .text(max: 64)), .may("draft", .object(Shapes.newChannel)),
                .may("order", .id("ord")), .may("orders", .integer(1...Int64(WhatIf.ordersMax))),
                .may("placed_from", .time), .may("placed_to", .time), .may("at", .time),
                .may("assume", .words(WhatIf.Assumption.self)),
            ]), status: 200, reply: Shapes.whatIf
        ) { request in
            try request.principal.require(.ordersRead)
            let question = try request.read { WhatIfQuestion(&$0) }
            let (principal, now) = (request.principal, waybill.clock())
            let (present, draft, page, next) = try await waybill.read { db in
                let configuration = try known.configuration(in: db)
                let (present, draft) = try question.channels(of: configuration, connected: waybill.connected, in: db)
                let (ids, next) = try question.orders(for: principal, in: db)
                return (present, draft, try TriedOrder.load(ids, of: present, in: db), next)
            }
            var whatIf = WhatIf(
                present: present, draft: draft, assumption: question.assumption, at: question.at ?? now,
                tellsAll: question.order != nil)
            for tried in page.orders { whatIf.ask(about: tried) }
            return .json { whatIf.write(isPart: page.isPart || next, to: &$0) }
        }
    }

    private struct WhatIfQuestion: Sendable {
        let channel: String
        /// nil for the one that is kept.
        let draft: SaveChannel?
        let order: OrderID?
        let ordersMax: Int
        let placedFrom: Timestamp?
        let placedTo: Timestamp?
        let at: Timestamp?
        let assumption: WhatIf.Assumption

        init(_ fields: inout Fields) {
            let code = fields.text("channel", max: 64)
            channel = code
            draft = fields.optionalObject("draft") { $0.saveChannel(named: code) }
            order = fields.has("order") ? fields.order() : nil
            if order == nil { _ = fields.value("order") }
            ordersMax = Int(
                fields.optionalInteger("orders", in: 1...Int64(WhatIf.ordersMax)) ?? API.ordersStandard)
            placedFrom = fields.optionalTime("placed_from")
            placedTo = fields.optionalTime("placed_to")
            at = fields.optionalTime("at")
            assumption = fields.optionalWord("assume", WhatIf.Assumption.self) ?? .placedByDraft
            if let placedFrom, let placedTo, placedFrom >= placedTo {
                fields.problems.note(at: "placed_to", "must be after placed_from, which is \(placedFrom)")
            }
            for name in ["orders", "placed_from", "placed_to"] where order != nil && fields.has(name) {
                fields.problems.note(at: name, "goes without order: one order is named")
            }
        }

        /// The channel in force, and what it shall be; checked as a draft is when it is kept.
        func channels(
            of configuration: Configuration, connected: Connected, in db: any Connection
        ) throws -> (present: Channel, draft: Channel) {
            guard let present = configuration.channels[channel] else {
                throw Refusal([.init("/channel", .unknownChannel, "there is no channel \(channel)")])
            }
            guard let draft else {
                guard let kept = configuration.drafts[channel] else {
                    throw Refusal([
                        .init(
                            "/draft", .invalidInput,
                            "is missing, and no draft of \(channel) is kept: send one here, or keep it by "
                                + "PUT /v1/channels/\(channel)/draft")
                    ])
                }
                return (present, kept.channel)
            }
            let known = try ItemStore.known(of: Set(draft.channel.namedSKUs), in: db)
            try configuration.check(
                [(draft.channel, "/draft", draft.expected)], connected: connected, knows: known.contains)
            return (present, draft.channel)
        }

        /// The orders to look at, the newest first, and whether there are more.
        func orders(for principal: Principal, in db: any Connection) throws -> ([OrderID], Bool) {
            if let order {
                guard let found = try OrderStore.order(order, in: db), found.isVisible(to: principal) else {
                    throw Refusal([.init("/order", .notFound, "there is no order \(order)")])
                }
                guard found.channel == channel else {
                    throw Refusal([
                        .init("/order", .invalidInput, "\(found.number) is an order of the channel \(found.channel)")
                    ])
                }
                return ([order], false)
            }
            var search = OrderSearch()
            search.channel = channel
            (search.placedFrom, search.placedTo) = (placedFrom, placedTo)
            search.visibleAt = principal.locations
            var (ids, cursor): ([OrderID], String?) = ([], nil)
            // A page may end early, where much was walked for little.
            repeat {
                let page = try search.page(after: cursor, limit: ordersMax - ids.count, in: db)
                ids += page.ids
                cursor = page.next
            } while cursor != nil && ids.count < ordersMax
            return (ids, cursor != nil)
        }
    }
}

extension Shapes {
    private static let decision = Schema.nullable(
        .named(
            "Decision",
            .object([
                .must("allowed", .truth), .must("until", optionalTime), .must("until_state", optionalText),
                .may("units", .count), .may("fee", .money), .may("refund", .money), .may("within_seconds", .count),
                .may("on_time_out", .words(Stage.TimeOut.self)), .must("reason", optionalText),
            ])))

    static let whatIf = Schema.named(
        "WhatIf",
        .object([
            .must("channel", .text(max: 64)), .must("version", .count), .must("assume", .words(WhatIf.Assumption.self)),
            .must("at", .time), .must("changes", fieldChanges), .must("orders", .count), .must("differing", .count),
            .must("more", .truth),
            .must(
                "questions",
                .list(
                    .object([
                        .must("question", .shortText), .must("orders", .count), .must("differing", .count),
                        .must("allowed_in_force", .count), .must("allowed_by_draft", .count),
                        .must("fees_in_force", .money), .must("fees_by_draft", .money),
                    ]), max: nil)),
            .must(
                "data",
                .list(
                    .object([
                        .must("order", .id("ord")), .must("order_number", .text(max: 64)),
                        .must(
                            "answers",
                            .list(
                                .object([
                                    .must("question", .shortText), .must("differs", .truth),
                                    .must("in_force", decision), .must("by_draft", decision),
                                ]), max: nil)),
                    ]), max: nil)),
        ]))
}
