import OrderManagement

/// `…/customs.pdf`: what customs wants to know of parcels that leave their customs area.
extension PapersAPI {
    var customsOfFulfillment: Endpoint {
        .paper(
            "/v1/fulfillments/{id}/customs.pdf", .fulfillmentsRead, tag: "fulfillments",
            "The customs declarations of its parcels (CN 22 or CN 23); only of those that leave their customs area"
        ) { request in
            let id = try request.id(FulfillmentID.self)
            return try await customs { db in
                let (order, part) = try API.fulfillment(id, for: request.principal, in: db)
                return (order, part, order.boxes(of: part.number))
            }
        }
    }

    var customsOfParcel: Endpoint {
        .paper(
            "/v1/parcels/{id}/customs.pdf", .fulfillmentsRead, tag: "parcels",
            "The customs declaration of a parcel (CN 22 or CN 23); only of one that leaves its customs area"
        ) { request in
            let id = try request.id(ParcelID.self)
            return try await customs { db in
                let (order, part, parcel) = try API.parcel(id, for: request.principal, in: db)
                return (order, part, [parcel])
            }
        }
    }

    private func customs(
        of find: @escaping @Sendable (any Connection) throws -> (Order, Fulfillment, [Parcel])
    ) async throws -> APIResponse {
        let (facts, parcels) = try await api.waybill.read { db in
            let (order, part, parcels) = try find(db)
            let configuration = try api.known.configuration(in: db)
            return (
                try PaperFacts(order, at: part.location, configuration, now: api.waybill.clock(), in: db),
                parcels.filter { !$0.lines.isEmpty }
            )
        }
        guard facts.order.crossesCustoms(from: facts.location) else {
            let goal = facts.order.delivery.address?.country ?? "the counter"
            throw Refusal(
                .notFound, "from \(facts.location.address.country) to \(goal) nothing passes customs: there is no "
                    + "declaration")
        }
        guard !parcels.isEmpty else {
            throw Refusal(.illegalTransition, "nothing is packed yet: a declaration belongs to a parcel")
        }
        return APIResponse(
            body: .bytes(try paperwork.pdf(of: parcels.map { .customs(facts, $0) })), type: .pdf)
    }
}
