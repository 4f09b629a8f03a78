import TestSupport
import Testing

@testable import OrderManagement

/// Labels that were taken off and scanned all the same, in each situation of their parcel.
extension ExceptionScene {
    static let ofOldLabels: [ExceptionScene] = [
        .init(.oldLabelUsed, "scanned by a label that was taken off") { shop in
            let id = try await shop.labelled()
            let old = try #require(try shop.order(id).parcels[0].tracking)
            try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
            try shop.hear(.inTransit, of: old, on: id)
        },
        sent("under way by both numbers") { shop, sent in
            try shop.hear(.inTransit, of: sent.new, on: sent.id)
            try shop.hear(.inTransit, of: sent.old, on: sent.id)
        },
        sent("under way by the new number, and delivered by the old one") { shop, sent in
            try shop.hear(.inTransit, of: sent.new, on: sent.id)
            try shop.hear(.delivered, of: sent.old, on: sent.id)
        },
        sent("lost by the new number, and under way by the old one") { shop, sent in
            try shop.hear(.lost, of: sent.new, on: sent.id)
            try shop.hear(.inTransit, of: sent.old, on: sent.id)
        },
        sent("lost by the new number and paid for, and delivered by the old one") { shop, sent in
            try shop.hear(.lost, of: sent.new, on: sent.id)
            try shop.perform(ClaimParcel(parcel: ParcelID(sent.id, 1), resolution: .refund))
            try shop.hear(.delivered, of: sent.old, on: sent.id)
        },
        sent("lost by the new number and paid for, and comes back by the old one") { shop, sent in
            try shop.hear(.lost, of: sent.new, on: sent.id)
            try shop.perform(ClaimParcel(parcel: ParcelID(sent.id, 1), resolution: .refund))
            try shop.hear(.returnedToSender, of: sent.old, on: sent.id)
        },
        sent("comes back by the new number, and under way by the old one") { shop, sent in
            try shop.hear(.returnedToSender, of: sent.new, on: sent.id)
            try shop.hear(.inTransit, of: sent.old, on: sent.id)
        },
        sent("came back by the new number, and delivered by the old one later") { shop, sent in
            try shop.hear(.returnedToSender, of: sent.new, on: sent.id)
            let units = ReceiveReturn.Line(line: OrderLineID(sent.id, 1), quantity: 2, disposition: .restock)
            try shop.perform(ReceiveReturn(id: ReturnID(sent.id, 1), location: "LONDON", lines: [units]))
            try shop.hear(.delivered, of: sent.old, on: sent.id)
        },
        sent("delivered by the new number, and scanned by the old one later") { shop, sent in
            try shop.hear(.delivered, of: sent.new, on: sent.id)
            try shop.hear(.inTransit, of: sent.old, on: sent.id)
        },
        sent("delivered by the new number, and comes back by the old one later") { shop, sent in
            try shop.hear(.delivered, of: sent.new, on: sent.id)
            try shop.hear(.returnedToSender, of: sent.old, on: sent.id)
        },
        sent("delivered by the new number, paid back, and delivered by the old one later", isAdvice: true) {
            shop, sent in
            try shop.hear(.delivered, of: sent.new, on: sent.id)
            try shop.hear(.inTransit, of: sent.old, on: sent.id)
            try shop.perform(
                RefundPayment(
                    order: sent.id, amount: nil, payment: nil, reason: "lost",
                    lines: [LineQuantity(line: OrderLineID(sent.id, 1), quantity: 2)]))
            try shop.hear(.delivered, of: sent.old, on: sent.id)
        },
        unsent("unpacked, and scanned") { shop, id in
            try shop.perform(UnpackFulfillment(fulfillment: FulfillmentID(id, 1)))
        },
        unsent("packed anew with a label, and scanned by the old one") { shop, id in
            try shop.perform(UnpackFulfillment(fulfillment: FulfillmentID(id, 1)))
            try shop.walk(id, to: .packed)
        },
        unsent("packed anew without a label, and scanned by the old one") { shop, id in
            try shop.perform(UnpackFulfillment(fulfillment: FulfillmentID(id, 1)))
            try shop.walk(id, to: .packed)
            try shop.perform(VoidLabel(parcel: ParcelID(id, 2)))
        },
        unsent("packed anew and on hold, and scanned by the old label") { shop, id in
            try shop.perform(UnpackFulfillment(fulfillment: FulfillmentID(id, 1)))
            try shop.walk(id, to: .packed)
            try shop.perform(VoidLabel(parcel: ParcelID(id, 2)))
            try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
        },
        unsent("cancelled, and delivered all the same", .delivered) { shop, id in
            try shop.perform(CancelOrder(order: id, reason: .merchant))
        },
    ]

    /// A parcel that was sent by its second label, of which something is told then.
    private static func sent(
        _ name: String, isAdvice: Bool = false,
        _ tell: @escaping @Sendable (TestSystem, (id: OrderID, old: String, new: String)) throws -> Void
    ) -> ExceptionScene {
        .init(.oldLabelUsed, name, isAdvice: isAdvice) { shop in
            let id = try await shop.labelled()
            let (old, new) = try shop.sendByOtherLabel(id, before: .hours(1))
            try tell(shop, (id, old, new))
        }
    }

    /// A parcel that nobody has shipped, with which something is done before it is scanned.
    private static func unsent(
        _ name: String, _ status: Parcel.State = .inTransit,
        _ change: @escaping @Sendable (TestSystem, OrderID) throws -> Void
    ) -> ExceptionScene {
        .init(.oldLabelUsed, name) { shop in
            let id = try await shop.labelled()
            let old = try #require(try shop.order(id).parcels[0].tracking)
            try change(shop, id)
            try shop.hear(status, of: old, on: id)
        }
    }

    /// Parcels of returns that turn up after these were closed.
    static let ofLateReturns: [ExceptionScene] = [
        .init(.returnTurnedUp, "delivered after it was closed") { shop in
            let id = try shop.closedReturn()
            try shop.hear(.delivered, of: id.order)
        },
        .init(.returnTurnedUp, "delivered after another one was asked for") { shop in
            let id = try shop.closedReturn()
            try shop.askAgain(id.order)
            try shop.hear(.delivered, of: id.order)
        },
        .init(.returnTurnedUp, "delivered while another one is to come") { shop in
            let id = try shop.closedReturn()
            try shop.askAgain(id.order)
            try shop.perform(ApproveReturn(id: ReturnID(id.order, 2)))
            try shop.hear(.delivered, of: id.order)
        },
        .init(.returnTurnedUp, "goes back to the customer", isAdvice: true) { shop in
            let id = try shop.closedReturn()
            try shop.hear(.returnedToSender, of: id.order)
        },
    ]
}

extension TestSystem {
    /// What the own vans tell of a number, a minute later.
    func hear(_ status: Parcel.State, of tracking: String, on id: OrderID) throws {
        advance(.minutes(1))
        try perform(
            RecordTracking(
                courier: Courier.vans.code, tracking: tracking, status: status, at: now, candidates: [id]))
    }

    /// A return by T-1 that was closed since nothing came.
    fileprivate func closedReturn() throws -> ReturnID {
        let id = try approved()
        try perform(SendReturn(id: id, courier: "postman", tracking: "T-1"))
        try perform(ReceiveReturn(id: id, location: "LONDON", lines: [], isComplete: true))
        return id
    }

    fileprivate func askAgain(_ id: OrderID) throws {
        try perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: OrderLineID(id, 1), quantity: 1, reason: .wrongItem)]))
    }
}
