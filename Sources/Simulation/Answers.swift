import OrderManagement

/// What answers say, to whoever compares them.
extension Company {
    /// The order that a command has placed; nil where it places none.
    static func placed(by command: any Command, _ reply: Reply) throws -> OrderID? {
        let view = try JSON.parse(reply.body)
        let name: JSON? =
            switch command {
            case is PlaceOrder: view["id"]
            case is ExchangeOrder: view["exchange"]?["id"]
            case is ReshipParcel: view["reshipment"]?["id"]
            default: nil
            }
        return name?.string.flatMap { OrderID($0) }
    }

    /// Whether a command of this name may give up units beside what it is asked for: of orders that went out for a
    /// return or a lost parcel, whose time at a stage is over, or that have waited for stock for too long.
    static func endsExchanges(_ command: String) -> Bool {
        ["end-stage", "cancel-unfillable", ExchangeOrder.name, SettleGoods.name].contains(command)
            || command.hasSuffix("-return")
    }

    static func code(_ answer: Answer) -> Refusal.Code? {
        if case .failure(let refusal as Refusal) = answer { refusal.code } else { nil }
    }

    static func isUnavailable(_ answer: Answer) -> Bool { code(answer) == .unavailable }

    static func isSuccess(_ answer: Answer) -> Bool {
        if case .success = answer { true } else { false }
    }

    /// Whether an answer must come again under its key.
    static func isKept(_ answer: Answer) -> Bool {
        switch answer {
        case .success: true
        case .failure(let error): (error as? Refusal)?.code.isDecided ?? false
        }
    }

    static func outcome(_ answer: Answer) -> String {
        switch answer {
        case .success(let reply): String(reply.status)
        case .failure(let refusal as Refusal): refusal.code.rawValue
        case .failure: "failed"
        }
    }

    static func text(_ answer: Answer) -> String {
        switch answer {
        case .success(let reply): "\(reply.status) \(reply.version ?? 0) \(reply.location ?? "") \(reply.body)"
        case .failure(let refusal as Refusal): "\(refusal.code.rawValue) \(refusal.explanation) \(refusal.details)"
        case .failure(let error): "\(error)"
        }
    }
}
