import OrderManagement

/// What becomes of an order of the demonstration.
enum DemonstrationScene: Hashable {
    /// The straight way, as far as a step.
    case walked(SimulatedStaff.Step)
    /// The customer may still change their mind.
    case remorse
    case held
    case unpaid, stageFailed
    case cancelled, cancelledInPart
    /// A store refuses the work; another location takes over.
    case rejected
    /// A count finds less than is promised to it.
    case countedShort
    /// A part is sent, a part has to wait.
    case sentInPart
    /// Nobody has it.
    case soldOut
    /// Under way, as the courier says; or in trouble there.
    case inTransit, lateParcel
    /// To be collected at a store, as far as a step.
    case pickup(SimulatedStaff.Step)
    /// Delivered, and coming back, as far as a state.
    case returned(Return.State)
}

/// An order of the sample in its role: what becomes of it, and when it is placed.
struct DemonstrationRole {
    let order: OnlineRetailOrder
    let scene: DemonstrationScene
    let placedAt: Timestamp

    /// Where it is from: orders to be collected are from the stores, as are those of guests.
    var channel: String {
        if case .pickup = scene { "store" } else { "web" }
    }

    /// Some customers at home pay at the door, as far as couriers take the amount.
    var isPaidAtDoor: Bool {
        guard (1_000...40_000).contains(order.total), order.total % 5 == 2 else { return false }
        if case .walked = scene { return true }
        return scene == .inTransit
    }
}

/// Gives each order of the sample a role, so that orders stand in every state: always the same, for one moment.
enum DemonstrationCast {
    /// The newest orders, the newest first: what becomes of each, and how many minutes ago it is placed.
    private static let newest: [(scene: DemonstrationScene, minutes: Int64)] = [
        (.remorse, 2), (.remorse, 4), (.unpaid, 7), (.remorse, 9), (.held, 12), (.cancelled, 15), (.remorse, 18),
        (.remorse, 22), (.remorse, 26), (.pickup(.released), 33), (.walked(.released), 41), (.walked(.released), 52),
        (.pickup(.released), 58), (.stageFailed, 70), (.walked(.released), 85), (.rejected, 100),
        (.walked(.accepted), 115), (.walked(.released), 131), (.cancelledInPart, 150), (.pickup(.ready), 172),
        (.walked(.accepted), 195), (.countedShort, 220), (.walked(.picking), 245), (.pickup(.ready), 275),
        (.soldOut, 290), (.walked(.picking), 310), (.walked(.packed), 345), (.held, 380), (.walked(.packed), 420),
        (.rejected, 455), (.walked(.picking), 490), (.sentInPart, 530), (.walked(.packed), 575),
        (.cancelledInPart, 620), (.pickup(.ready), 670), (.walked(.packed), 730), (.walked(.shipped), 800),
        (.stageFailed, 860), (.walked(.shipped), 930), (.cancelled, 1_010), (.inTransit, 1_090),
        (.unpaid, 1_180), (.inTransit, 1_270), (.sentInPart, 1_370), (.lateParcel, 1_460), (.walked(.shipped), 1_560),
        (.pickup(.delivered), 1_670), (.soldOut, 1_730), (.inTransit, 1_790), (.walked(.shipped), 1_920),
        (.sentInPart, 2_060), (.pickup(.delivered), 2_210), (.inTransit, 2_370), (.lateParcel, 2_540),
        (.pickup(.ready), 2_700), (.walked(.delivered), 2_900),
    ]
    /// What becomes of every third of those that are some days old.
    private static let returns: [DemonstrationScene] = [
        .returned(.requested), .returned(.settled), .returned(.approved), .returned(.received), .returned(.settled),
        .returned(.inspected), .returned(.rejected),
    ]
    private static let returnableFrom = Seconds.days(6), returnableTo = Seconds.days(26)

    /// Roles for the newest `count` orders, in the order of time.
    ///
    /// The newest ones are spread over the last two days; the others keep their distances in time.
    static func roles(of orders: [OnlineRetailOrder], count: Int, at now: Timestamp) -> [DemonstrationRole] {
        let orders = Array(orders.suffix(count))
        let old = orders.dropLast(newest.count)
        let lastOld = old.last?.placedAt ?? now
        let shift = (now + .hours(-51)) - lastOld
        var returned = 0
        var roles: [DemonstrationRole] = []
        for (index, order) in old.enumerated() {
            let placedAt = order.placedAt + shift
            var scene = DemonstrationScene.walked(.delivered)
            let age = now - placedAt
            if index % 3 == 0, age > returnableFrom, age < returnableTo {
                scene = returns[returned % returns.count]
                returned += 1
            } else if index % 31 == 17 {
                scene = .cancelled
            } else if order.customer == nil || index % 23 == 5 {
                scene = .pickup(.delivered)
            }
            roles.append(DemonstrationRole(order: order, scene: scene, placedAt: placedAt))
        }
        for (order, role) in zip(orders.suffix(newest.count).reversed(), newest).reversed() {
            roles.append(
                DemonstrationRole(order: order, scene: role.scene, placedAt: now + .minutes(-role.minutes)))
        }
        return roles
    }
}
