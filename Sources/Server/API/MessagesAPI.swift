import OrderManagement

/// `/v1/messages`, and what of them stands below an order: what customers were told.
extension API {
    var messages: [Endpoint] { [findMessages, showMessage, resendMessage, messagesOfOrder, previewMessage] }

    private var findMessages: Endpoint {
        .list(
            "/v1/messages", .scope(.ordersRead), tag: "messages", "What customers were told, the oldest first",
            query: [.init("state", .words(Message.State.self), "failed: what was given up; all unless told")],
            of: Shapes.message
        ) { request in
            let (state, limit) = (try request.query.word("state", Message.State.self), try request.query.limit())
            guard request.principal.locations == nil else {
                throw Refusal(.forbidden, "the log of all messages is for callers without limits to locations")
            }
            let cursor = try request.query.cursor().map { MessageID($0) }
            if case .some(.none) = cursor { throw request.query.badCursor }
            let after = (cursor ?? nil) ?? MessageID(0)
            let found = try await waybill.read { try MessageStore.page(state, after: after, limit: limit + 1, in: $0) }
            return .page(request, next: found.count > limit ? found[limit - 1].id.description : nil) { list in
                for message in found.prefix(limit) { message.shown(to: request.principal).write(to: &list) }
            }
        }
    }

    private var showMessage: Endpoint {
        .get(
            "/v1/messages/{id}", .scope(.ordersRead), tag: "messages", "One message", reply: Shapes.message
        ) { request in
            let id = try request.id(MessageID.self)
            guard let message = try await waybill.read({ try MessageStore.message(id, in: $0) }) else {
                throw Refusal(.notFound, "there is no message \(id)")
            }
            _ = try await order(message.order, for: request)
            return .json { message.shown(to: request.principal).write(to: &$0) }
        }
    }

    private var resendMessage: Endpoint {
        .post(
            "/v1/messages/{id}/resendings", .ordersWrite, tag: "messages",
            "Send a message once more, to the address that the order has now or to another",
            body: .object([.may("email", .text(max: 254))]), reply: Shapes.message
        ) { request in
            let id = try request.id(MessageID.self)
            let email = try request.read { $0.optionalEmail("email") }
            return try await perform(ResendMessage(message: id, recipient: email), for: request)
        }
    }

    private var messagesOfOrder: Endpoint {
        .get(
            "/v1/orders/{id}/messages", .scope(.ordersRead), tag: "orders", "What the customer was told of an order",
            reply: .object([.must("data", .list(Shapes.message, max: nil))])
        ) { request in
            let order = try await order(try request.id(OrderID.self), for: request)
            let found = try await waybill.read { try MessageStore.of(order.id, in: $0) }
            return .json {
                $0.object {
                    $0.array("data") { list in
                        for message in found { message.shown(to: request.principal).write(to: &list) }
                    }
                }
            }
        }
    }

    private var previewMessage: Endpoint {
        .post(
            "/v1/orders/{id}/message-previews", .ordersWrite, tag: "orders",
            "Show a message as it would be, with a template that is being written or the one in force",
            body: .object([
                .must("kind", .words(Message.Kind.self)), .may("language", .text(max: 35)),
                .may("template", .object(Shapes.templateTexts)),
            ]), status: 200,
            reply: .object([
                .must("subject", .shortText), .must("text", .text(max: 1_000_000)),
                .must("html", .text(max: 1_000_000)),
            ])
        ) { request in
            let id = try request.id(OrderID.self)
            let (kind, language, own) = try request.read { fields in
                let kind = fields.word("kind", Message.Kind.self)
                let language = fields.language("language")
                let own = fields.optionalObject("template") { $0.messageTemplate(kind, language ?? "en") }
                return (kind, language, own)
            }
            let order = try await order(id, for: request)
            if let method = kind.method, method != order.delivery.method {
                let (asked, told) = (kind.rawValue, order.delivery.method.rawValue)
                throw Refusal([
                    .init(
                        "/kind", .invalidInput,
                        "\(asked) is told of orders to \(method.rawValue); order \(order.number) is to \(told)")
                ])
            }
            let values = try await waybill.read { db -> MessageValues? in
                let told = try EventLog.page(of: order.id, after: 0, limit: 10_000, in: db)
                    .last { $0.type == kind.event.rawValue }
                return try MessageValues(of: order.id, telling: told?.sequence, in: db)
            }
            guard var values else { throw Refusal(.notFound, "there is no order \(order.id)") }
            values.link = try await links.address(of: order)
            let wanted = language ?? order.customer.language ?? values.channel.policy.messages.language
            let letter = try values.letter(kind, in: wanted, own: own, by: MustacheRenderer())
            return .json {
                $0.object {
                    $0.member("subject", letter.subject)
                    $0.member("text", letter.text)
                    $0.member("html", letter.html)
                }
            }
        }
    }
}

extension Message {
    /// As somebody may read it: the customer's link is for those who may do what the customer may.
    func shown(to principal: Principal) -> Message {
        guard !principal.may(.ordersWrite), let letter else { return self }
        func hidden(_ text: String) -> String {
            text.replacing(/\/o\/[A-Za-z0-9_-]{40}/, with: "\(CustomerPages.root)…")
        }
        var message = self
        message.letter = Letter(
            subject: hidden(letter.subject), text: hidden(letter.text), html: hidden(letter.html))
        return message
    }
}
