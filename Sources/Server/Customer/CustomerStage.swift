import OrderManagement

/// Where an order is, for whoever waits for it: one of few words, and never one of the house's own.
enum CustomerStage: Sendable {
    case received, preparing, waiting, partlySent, onItsWay, outForDelivery, ready, delivered, collected, cancelled
    case partlyArrived, notArrived, comesBack, cameBack, notCollected, atOldAddress

    init(of order: Order) {
        if order.isGivenUp {
            let isExpired = order.fulfillments.contains { $0.state == .expired }
            self = isExpired ? .notCollected : .cancelled
            return
        }
        let live = order.fulfillments.filter(\.state.isLive)
        let hasOpen = order.lines.contains { $0.open > 0 }
        if live.contains(where: { $0.state == .ready }) {
            self = .ready
        } else if hasOpen, order.lines.contains(where: { $0.shipped > 0 }) {
            self = .partlySent
        } else if hasOpen, !live.isEmpty, live.allSatisfy({ order.departed(of: $0) != nil }) {
            self = .onItsWay
        } else if hasOpen {
            let isBegun = live.contains { $0.state != .open }
            self = isBegun ? .preparing : live.isEmpty ? .waiting : .received
        } else {
            self = Self.sent(live, order)
        }
    }

    private static func sent(_ live: [Fulfillment], _ order: Order) -> CustomerStage {
        let boxes = live.flatMap { order.boxes(of: $0.number) }
        if live.allSatisfy({ $0.state == .collected }) { return .collected }
        if !boxes.isEmpty, boxes.allSatisfy({ $0.state == .returnedToSender }) {
            return boxes.allSatisfy { isBack($0, order) } ? .cameBack : .comesBack
        }
        if !boxes.isEmpty, boxes.allSatisfy(\.state.isMissed) {
            return .notArrived
        }
        if live.contains(where: { $0.state == .shipped }) {
            return boxes.contains { $0.state == .outForDelivery } ? .outForDelivery : .onItsWay
        }
        return isAtOldAddress(boxes) ? .atOldAddress : isPart(boxes) ? .partlyArrived : .delivered
    }

    /// Whether some parcels arrived and others never will.
    private static func isPart(_ boxes: [Parcel]) -> Bool {
        boxes.contains { $0.state == .delivered } && boxes.contains(where: \.state.isMissed)
    }

    /// Whether a parcel that nobody took is here again, and seen to.
    private static func isBack(_ box: Parcel, _ order: Order) -> Bool {
        order.returns.contains { $0.terms.parcel == box.number && $0.state == .settled }
    }

    /// Whether all that was delivered is at another door than the order's.
    private static func isAtOldAddress(_ boxes: [Parcel]) -> Bool {
        let there = boxes.filter { $0.state == .delivered }
        return !there.isEmpty && there.allSatisfy(\.isAtOldAddress)
    }

    var phrase: CustomerPhrase {
        switch self {
        case .received: .received
        case .preparing: .preparing
        case .waiting: .waiting
        case .partlySent: .partlySent
        case .onItsWay: .onItsWay
        case .outForDelivery: .outForDelivery
        case .ready: .ready
        case .delivered: .delivered
        case .collected: .collected
        case .cancelled: .cancelled
        case .partlyArrived: .partlyArrived
        case .notArrived: .notArrived
        case .comesBack: .comesBack
        case .cameBack: .cameBack
        case .notCollected: .notCollected
        case .atOldAddress: .atOldAddress
        }
    }

    var tone: Tone {
        switch self {
        case .received, .preparing, .partlySent, .onItsWay, .outForDelivery: .progress
        case .ready, .delivered, .collected: .good
        case .waiting, .comesBack, .atOldAddress, .partlyArrived: .caution
        case .cancelled, .notCollected, .cameBack: .quiet
        case .notArrived: .danger
        }
    }

    /// How many of the four steps from ordering to having it are done; nil where it is not on that way.
    var steps: Int? {
        switch self {
        case .received, .waiting: 1
        case .preparing: 2
        case .partlySent, .onItsWay, .outForDelivery, .ready: 3
        case .delivered, .collected: 4
        case .cancelled, .partlyArrived, .notArrived, .comesBack, .cameBack, .notCollected, .atOldAddress: nil
        }
    }

    /// The same of one delivery.
    static func phrase(of part: Fulfillment, _ boxes: [Parcel]) -> CustomerPhrase {
        switch part.state {
        case .open, .released, .accepted, .picking, .packed: .inPreparation
        case .shipped:
            boxes.contains { $0.state == .outForDelivery }
                ? .outForDelivery
                : !boxes.isEmpty && boxes.allSatisfy(\.state.isMissed)
                    ? .notArrived : .onItsWay
        case .delivered: isAtOldAddress(boxes) ? .atOldAddress : isPart(boxes) ? .partlyArrived : .delivered
        case .ready: .ready
        case .collected: .collected
        case .expired: .notCollected
        case .rejected, .cancelled: .cancelled
        }
    }

    static func tone(of part: Fulfillment, _ boxes: [Parcel]) -> Tone {
        switch part.state {
        case .delivered where isAtOldAddress(boxes) || isPart(boxes): .caution
        case .delivered, .collected, .ready: .good
        case .expired, .rejected, .cancelled: .quiet
        case .open, .released, .accepted, .picking, .packed, .shipped: .progress
        }
    }
}
