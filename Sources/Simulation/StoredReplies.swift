import OrderManagement

/// A law: what was answered is what stands in the tables.
enum StoredReplies {
    /// What was replied is what the tables give back, where nothing happened to the order since.
    static func compare(_ group: [Attempt], _ answers: [Company.Answer], with waybill: OrderManagement) throws {
        for (attempt, answer) in zip(group, answers) {
            guard case .success(let reply) = answer, let version = reply.version else { continue }
            // They acknowledge, and show no part of the order.
            if attempt.command is TakeStageAnswer || attempt.command is TakePaymentNews { continue }
            let view = try JSON.parse(reply.body, limits: JSONLimits(bytesMax: 8 << 20))
            guard view["preview"]?.bool != true else { continue }  // it shows what has not happened
            let name = view["order"]?.string ?? view["order"]?["id"]?.string ?? view["id"]?.string
            guard let id = name.flatMap({ OrderID($0) }),
                let order = try waybill.readNow({ try OrderStore.order(id, in: $0) }), order.version == version
            else { continue }
            let (stored, replied) = (unprinted(order.view), unprinted(reply.body))
            guard stored == replied || replied.hasSuffix(stored + "}") || stored.contains(replied) else {
                throw Contradiction(
                    law: "stored_as_replied",
                    explanation: "\(attempt.name) replied \(reply.body.prefix(1_500)), "
                        + "stored is \(stored.prefix(3_000))")
            }
        }
    }

    /// Without what was printed: an order keeps its version when one of its labels is.
    private static func unprinted(_ view: String) -> String {
        view.replacing(/"printed_at":(null|"[^"]*"),"print_run":(null|"[^"]*"),?/, with: "")
    }
}
