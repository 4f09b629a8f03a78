import OrderManagement

/// `/v1/parcels/{id}/customs.pdf`: what customs wants to know of a parcel, to be signed and stuck on.
extension PapersAPI {
    private enum Form: String, CaseIterable { case cn22, cn23 }

    var customsNote: Endpoint {
        var endpoint = Endpoint.paper(
            "/v1/parcels/{id}/customs.pdf", .fulfillmentsRead, tag: "parcels",
            "The customs form of a parcel that crosses a border: CN 23, or CN 22 for up to 300 special drawing rights"
        ) { request in
            let id = try request.id(ParcelID.self)
            let isShort = try request.query.word("form", Form.self) == .cn22
            let (facts, parcel) = try await api.waybill.read { db -> (PaperFacts, Parcel) in
                guard let order = try OrderStore.order(id.order, in: db),
                    let parcel = order.parcels.first(where: { $0.number == id.number && !$0.lines.isEmpty })
                else { throw Refusal(.notFound, "there is no parcel \(id)") }
                let number = FulfillmentID(id.order, parcel.fulfillment)
                let (_, part) = try API.fulfillment(number, for: request.principal, in: db)
                let configuration = try api.known.configuration(in: db)
                let now = api.waybill.clock()
                return (try PaperFacts(order, at: part.location, configuration, now: now, in: db), parcel)
            }
            guard facts.order.crossesCustoms(from: facts.location) else {
                throw Refusal(
                    .notPrintable, "the parcel \(id) crosses no customs border on its way from \(facts.location.code)")
            }
            let printed = try paperwork.pdf(of: [.customsNote(facts, parcel, isShort: isShort)])
            return APIResponse(body: .bytes(printed), type: .pdf)
        }
        endpoint.query = [.init("form", .words(Form.self), "Which form; the long one unless told otherwise")]
        return endpoint
    }
}
