import OrderManagement

/// What of a fulfillment a courier has taken along.
struct TakenAlong: Sendable {
    let fulfillment: FulfillmentID
    /// nil for all.
    let parcels: [ParcelID]?

    var command: HandOverFulfillment { HandOverFulfillment(fulfillment: fulfillment, parcels: parcels) }
}

/// What was answered for one of them, or for a parcel that is of none.
struct HandedOver: Sendable {
    /// What its outcome is called where it was refused: the body says why.
    static let refused = "refused"

    /// nil for a parcel that there is not.
    let fulfillment: FulfillmentID?
    private var parcel: ParcelID?
    let outcome: String
    let status: Int
    /// The fulfillment, or what is wrong.
    private(set) var body: String

    init(_ fulfillment: FulfillmentID, _ problem: Problem) {
        (self.fulfillment, outcome) = (fulfillment, Self.refused)
        (status, body) = (problem.status, problem.text)
    }

    /// Nobody knows that parcel, or the caller may not see it: the others go all the same.
    init(unknown parcel: ParcelID, at place: Int) {
        (fulfillment, self.parcel, outcome) = (nil, parcel, Self.refused)
        let problem = Problem(
            Refusal([.init("/parcels/\(place)", .unknownParcel, "there is no parcel \(parcel)")]))
        (status, body) = (problem.status, problem.text)
    }

    init(_ fulfillment: FulfillmentID, _ reply: Reply) throws {
        let said = try JSON.parse(reply.body, limits: .stored)
        self.fulfillment = fulfillment
        status = reply.status
        // Replies that were kept before they had an outcome are the fulfillment.
        outcome = said["outcome"]?.string ?? HandOverFulfillment.Outcome.shipped.rawValue
        body = said["fulfillment"]?.text ?? reply.body
    }

    /// With the fulfillment as the order has it by now; a refusal as it was.
    func asOf(_ order: Order?) -> HandedOver {
        guard status == 200, let order,
            let part = order.fulfillments.first(where: { $0.number == fulfillment?.number })
        else { return self }
        var json = JSONWriter(reservingCapacity: 1024)
        part.write(to: &json, of: order)
        var known = self
        known.body = json.text
        return known
    }

    func write(to list: inout JSONWriter) {
        list.object {
            $0.member("fulfillment", fulfillment?.description)
            if let parcel { $0.member("parcel", parcel.description) }
            $0.member("outcome", outcome)
            $0.member("status", status)
            $0.member("body", raw: body)
        }
    }
}

extension CloseHandOver {
    /// The lists of what was taken along.
    init(_ taken: [TakenAlong]) {
        let named = taken.compactMap(\.parcels).flatMap { $0 }
        self.init(fulfillments: taken.map(\.fulfillment), parcels: named.isEmpty ? nil : Set(named))
    }
}

extension API {
    static let outcomes = HandOverFulfillment.Outcome.allCases.map(\.rawValue) + [HandedOver.refused]

    /// The fulfillments that parcels are of, as they are now, in the order in which the parcels are named; and those
    /// that there are not, or that the caller may not see.
    func takenAlong(
        _ parcels: [ParcelID], as principal: Principal
    ) async throws -> (taken: [TakenAlong], unknown: [(place: Int, parcel: ParcelID)]) {
        let orders = try await waybill.read { try OrderStore.orders(Set(parcels.map(\.order)).sorted(), in: $0) }
        var named: [FulfillmentID: [ParcelID]] = [:]
        var (ids, unknown) = ([FulfillmentID](), [(place: Int, parcel: ParcelID)]())
        for (place, parcel) in parcels.enumerated() {
            guard let order = orders[parcel.order],
                let box = order.parcels.first(where: { $0.number == parcel.number }),
                let part = order.fulfillments.first(where: { $0.number == box.fulfillment }),
                principal.sees(location: part.location)
            else {
                unknown.append((place, parcel))
                continue
            }
            let id = FulfillmentID(order.id, part.number)
            if named[id] == nil { ids.append(id) }
            if named[id]?.contains(parcel) != true { named[id, default: []].append(parcel) }
        }
        return (ids.map { TakenAlong(fulfillment: $0, parcels: named[$0]) }, unknown)
    }
}
