import OrderManagement

extension OrderPage {
    /// What the customer was told, and the button that sends it once more.
    struct SentMessage: Sendable {
        let kind: String
        /// As it was written, or nothing before it was.
        let subject: String?
        let state: Pill
        /// Why it was not sent.
        let reason: String?
        let at: TimeText
        let action: Action?

        init(_ message: Message, _ clock: WallClock, formKey: String) {
            kind = Pill(status: message.kind.rawValue).text
            subject = message.letter?.subject
            switch message.state {
            case .queued: state = Pill("Queued", .progress)
            case .sent: state = Pill("Sent", .good)
            case .failed: state = Pill("Failed", .danger)
            case .skipped: state = Pill("Not sent", .quiet)
            }
            reason = message.reason
            at = clock.time(message.changedAt)
            action =
                message.state == .queued
                ? nil
                : Action(
                    "Send again", to: "/console/messages/\(message.id)/resendings",
                    fields: [
                        .init(name: "key", value: formKey),
                        .init(name: "back", value: Console.address(of: message.order)),
                    ])
        }
    }
}

/// The form behind the button.
extension Console {
    var messageForms: [Endpoint] {
        [
            form("/console/messages/{id}/resendings") { visit, form in
                let id = try visit.request.id(MessageID.self)
                let reply = try await waybill.perform(
                    ResendMessage(message: id), as: visit.principal, key: key(visit, form))
                let place = try JSON.parse(reply.body)["recipient"]?.string.map { ", to \($0)" } ?? ""
                return Outcome(sentence: "The message is sent again\(place).", address: form.back ?? Self.home)
            }
        ]
    }
}
