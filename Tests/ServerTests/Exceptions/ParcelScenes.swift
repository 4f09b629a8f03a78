import TestSupport
import Testing

@testable import OrderManagement

/// Exceptions about parcels and their labels.
extension ExceptionScene {
    static let ofParcels: [ExceptionScene] = [
        .init(.interception, "amended when labelled") { shop in
            let id = try await shop.labelled { policy in
                policy.amending.labelled = .intercept
                (policy.amending.removeUntil, policy.amending.quantityUntil) = (.packed, .packed)
            }
            var request = AmendmentRequest()
            request.quantities = [.init(line: OrderLineID(id, 1), quantity: 1)]
            try shop.perform(AmendOrder(order: id, request: request))
            try shop.perform(CommitAmendment(amendment: AmendmentID(id, 1)))
        },
        .init(.labelFailed, "nobody has weighed it") { shop in
            try shop.perform(SaveItems(items: [Item(sku: "TEE-M", name: "T-shirt", weightGrams: 0)]))
            try shop.perform(SaveCouriers(couriers: [.vans]))
            var policy = ChannelPolicy(stages: [])
            policy.shipping.labels = .automatic
            let id = try shop.order("2 × TEE-M at 10.00 GBP", by: policy)
            try shop.walk(id, to: .picking)
            try shop.perform(PackFulfillment(fulfillment: FulfillmentID(id, 1), parcels: nil))
        },
        .init(.labelFailed, "no label is sold") { shop in _ = try await shop.labelled(.post) },
        .init(.priceChanged, "far dearer than expected") { shop in _ = try await shop.labelled(.post) },
        .init(.notHandedOver, "missed by its courier") { shop in
            _ = try await shop.labelled()
            shop.advance(.hours(9))
        },
        .init(.manifestRefused, "no manifest is made") { shop in
            let id = try await shop.labelled(.post)
            try shop.perform(ShipFulfillment(fulfillment: FulfillmentID(id, 1)))
            try shop.perform(CloseHandOver(fulfillments: [FulfillmentID(id, 1)]))
        },
        .init(.pickupRefused, "no visit is made") { shop in
            try shop.perform(SaveCouriers(couriers: [.post]))
            let wish = CourierPickup.Wish(
                ready: shop.now + .hours(4), closes: shop.now + .hours(6), parcels: 3, weightGrams: 4_000, note: nil)
            try shop.perform(CallCourier(location: "LONDON", courier: "post", wish: wish))
        },
        .init(.pickupRefused, "comes all the same", isAdvice: true) { shop in
            try shop.perform(SaveCouriers(couriers: [.post]))
            let wish = CourierPickup.Wish(
                ready: shop.now + .hours(4), closes: shop.now + .hours(6), parcels: 3, weightGrams: 4_000, note: nil)
            let called = try shop.perform(CallCourier(location: "LONDON", courier: "post", wish: wish))
            let id = try #require(CourierPickupID(try JSON.parse(called.body)["id"]?.string ?? ""))
            try await shop.runDueJobs()
            try shop.perform(ChangeCourierPickup(id: id, parcels: 5))
            try await shop.runDueJobs()
            try shop.perform(CancelCourierPickup(id: id))
        },
        .init(.labelFailed, "no label is sold, and the order is on hold") { shop in
            let id = try await shop.labelled(.post)
            try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
        },
        .init(.leftUnshipped, "delivered while its order is on hold") { shop in
            let id = try await shop.labelled()
            let tracking = try #require(try shop.order(id).parcels[0].tracking)
            try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
            try shop.hear(.delivered, of: tracking, on: id)
        },
        .init(.leftUnshipped, "delivered before it was shipped") { shop in
            let id = try await shop.labelled()
            let tracking = try #require(try shop.order(id).parcels[0].tracking)
            shop.advance(.minutes(1))
            try shop.perform(
                RecordTracking(
                    courier: Courier.vans.code, tracking: tracking, status: .delivered, at: shop.now, candidates: [id]))
        },
        .init(.numberShared, "sent back under a number that was used again") { shop in
            let first = try shop.sent()
            try shop.hear(.delivered, of: first)
            let second = try shop.sent()
            shop.advance(.minutes(1))
            try shop.perform(
                RecordTracking(
                    courier: "postman", tracking: "T-1", status: .returnedToSender, at: shop.now,
                    candidates: [second, first]))
        },
        .init(.numberShared, "under the number of a return") { shop in
            let back = try shop.approved()
            try shop.perform(LabelReturn(id: back, courier: "postman", tracking: "T-1"))
            let out = try shop.sent()
            shop.advance(.minutes(1))
            try shop.perform(
                RecordTracking(
                    courier: "postman", tracking: "T-1", status: .inTransit, at: shop.now,
                    candidates: [out, back.order]))
        },
        .init(.deliveryProblem, "nobody was at home") { shop in try shop.hear(.exception, of: try shop.sent()) },
        .init(.deliveryDisputed, "lost after it was delivered") { shop in
            let id = try shop.sent()
            try shop.hear(.delivered, of: id)
            try shop.hear(.lost, of: id)
        },
        .init(.trackingSilent, "nothing was heard") { shop in
            let id = try shop.sent()
            shop.now = try shop.order(id).fulfillments[0].deliverBy + .days(2)
        },
        .init(.parcelLost, "lost by its courier") { shop in try shop.hear(.lost, of: try shop.sent()) },
        .init(.parcelFound, "delivered to the address of before") { shop in
            let id = try await shop.delivered(to: .example(), insteadOf: "2 Low Street")
            #expect(try shop.order(id).parcels[0].state == .delivered)
        },
        .init(.parcelFound, "was paid at its door after it was settled") { shop in
            let id = try shop.order("2 × TEE-M at 10.00 GBP") {
                $0.payments = [.init(provider: CashOnDelivery.provider, reference: "door", authorized: $0.total)]
            }
            try shop.walk(id, to: .shipped)
            try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
            try shop.perform(DeliverParcel(parcel: ParcelID(id, 1)))
        },
        .init(.parcelFound, "came after it was paid back") { shop in
            let id = try shop.sent()
            try shop.hear(.lost, of: id)
            try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
            try shop.hear(.delivered, of: id)
        },
    ]
}

extension TestSystem {
    /// A parcel that left for an address before its order was changed to another street, and was delivered there.
    func delivered(to address: Address, insteadOf street: String) async throws -> OrderID {
        let id = try await labelled { $0.amending.labelled = .intercept }
        let tracking = try #require(try order(id).parcels[0].tracking)
        var request = AmendmentRequest()
        request.delivery = .init(
            method: .ship, service: "standard",
            address: Address(
                name: address.name, lines: [street], city: address.city, postcode: address.postcode,
                country: address.country),
            location: nil)
        try perform(AmendOrder(order: id, request: request))
        try perform(CommitAmendment(amendment: AmendmentID(id, 1)))
        let asked = try #require(try order(id).exceptions.first { $0.kind == .interception })
        try perform(SettleGoods(exception: asked.id, outcome: .left))
        advance(.minutes(1))
        try perform(
            RecordTracking(
                courier: Courier.vans.code, tracking: tracking, status: .delivered, at: now, candidates: [id]))
        return id
    }
}
