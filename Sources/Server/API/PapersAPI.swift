import OrderManagement

/// Papers as PDF: `…/packing-slip.pdf` and the like. Nothing is changed by printing.
struct PapersAPI: Sendable {
    let api: API
    let paperwork: any Paperwork

    var endpoints: [Endpoint] {
        [
            packingSlip, slipsOfParcels, slipOfParcel, pickupCode, pickupCode(.zpl), pickList, handOverList, labelsPDF,
            labelsZPL, parcelPDF, parcelZPL, wavePDF, waveZPL, returnLabel, returnLabel(.zpl), creditNote, manifestPDF,
            manifestZPL, runPDF, runZPL, customsOfFulfillment, customsOfParcel,
        ]
    }

    private var packingSlip: Endpoint {
        .paper(
            "/v1/fulfillments/{id}/packing-slip.pdf", .fulfillmentsRead, tag: "fulfillments",
            "What lies in the shipment, for whoever opens it"
        ) { request in
            let (facts, part) = try await fulfillment(request)
            return try print(.packingSlip(facts, part))
        }
    }

    private var slipsOfParcels: Endpoint {
        .paper(
            "/v1/fulfillments/{id}/packing-slips.pdf", .fulfillmentsRead, tag: "fulfillments",
            "A packing slip for each of its parcels, in one file; before it is packed, and for what is packed as one, "
                + "that of the shipment"
        ) { request in
            let (facts, part) = try await fulfillment(request)
            let parcels = facts.order.boxes(of: part.number)
            guard parcels.count > 1 else { return try print(.packingSlip(facts, part)) }
            return APIResponse(
                body: .bytes(try paperwork.pdf(of: parcels.map { .parcelSlip(facts, part, $0) })), type: .pdf)
        }
    }

    private var slipOfParcel: Endpoint {
        .paper(
            "/v1/parcels/{id}/packing-slip.pdf", .fulfillmentsRead, tag: "parcels",
            "What lies in a parcel, for whoever opens it, and what lies in the others of its shipment"
        ) { request in
            let id = try request.id(ParcelID.self)
            let (facts, part, parcel) = try await api.waybill.read { db -> (PaperFacts, Fulfillment, Parcel) in
                let (order, part, parcel) = try API.parcel(id, for: request.principal, in: db)
                guard !parcel.lines.isEmpty else {
                    throw Refusal(
                        .illegalTransition,
                        "the parcel \(id) was unpacked: nothing lies in it, so that it has no packing slip")
                }
                let configuration = try api.known.configuration(in: db)
                return (
                    try PaperFacts(order, at: part.location, configuration, now: api.waybill.clock(), in: db), part,
                    parcel
                )
            }
            return try print(.parcelSlip(facts, part, parcel))
        }
    }

    var pickupCode: Endpoint { pickupCode(.pdf) }

    private func pickupCode(_ format: LabelDocument.Format) -> Endpoint {
        .paper(
            "/v1/fulfillments/{id}/pickup-code.\(format.rawValue)", .fulfillmentsRead, tag: "fulfillments",
            "What the customer shows to collect a pickup: a QR code", in: format.type
        ) { request in
            let (facts, part) = try await fulfillment(request)
            guard part.method == .pickup else {
                throw Refusal(.notFound, "fulfillment \(request.parameters[0]) is shipped, not collected")
            }
            guard part.state == .ready else {
                throw Refusal(
                    .illegalTransition,
                    "fulfillment \(request.parameters[0]) is \(part.state.rawValue): only one that is ready has a "
                        + "pickup code, which tells the customer to come")
            }
            return try print(.pickupCode(facts, part), as: format)
        }
    }

    private var pickList: Endpoint {
        var endpoint = Endpoint.paper(
            "/v1/pick-lists.pdf", .fulfillmentsRead, tag: "fulfillments",
            "The pick list of a location, one stop of the walk to a line"
        ) { request in
            let walk = try await api.walk(for: request)
            return try print(.pickList(walk, at: api.waybill.clock()))
        }
        endpoint.query = API.walkQuery
        return endpoint
    }

    private var handOverList: Endpoint {
        var endpoint = Endpoint.paper(
            "/v1/hand-overs.pdf", .fulfillmentsRead, tag: "shipping", "What a courier takes along, with a place to sign"
        ) { request in
            let list = try await api.waiting(for: request)
            return try print(.handOverList(list, at: api.waybill.clock()))
        }
        endpoint.query = API.handOverQuery
        return endpoint
    }

    var returnLabel: Endpoint { returnLabel(.pdf) }

    private func returnLabel(_ format: LabelDocument.Format) -> Endpoint {
        .paper(
            "/v1/returns/{id}/label.\(format.rawValue)", .returnsRead, tag: "returns",
            "For the parcel of a return by post: where it goes, and its number as a barcode", in: format.type
        ) { request in
            let id = try request.id(ReturnID.self)
            let (facts, entry) = try await api.waybill.read { db -> (PaperFacts, Return) in
                let (order, entry) = try API.entry(id, for: request.principal, in: db)
                guard entry.method == .byPost else {
                    throw Refusal(.notFound, "return \(id) comes over a counter: it needs no label")
                }
                guard entry.state == .approved || entry.state == .inTransit else {
                    throw Refusal(
                        .illegalTransition, "return \(id) is \(entry.state.rawValue): only an approved one is sent")
                }
                guard let goal = entry.terms.destination else {
                    throw Refusal(
                        .illegalTransition,
                        "return \(id) was approved when no location of its order took returns: it has no address to "
                            + "go to. Name one in the channel's policy returning.location; what is announced from then "
                            + "on goes there")
                }
                let configuration = try api.known.configuration(in: db)
                let now = api.waybill.clock()
                return (try PaperFacts(order, at: goal.location, configuration, now: now, in: db), entry)
            }
            return try print(.returnLabel(facts, entry), as: format)
        }
    }

    var creditNote: Endpoint {
        .paper(
            "/v1/orders/{id}/credit-memos/{name}/note.pdf", .ordersRead, tag: "orders",
            "A credit memo on paper: what is given back, by line, with its tax"
        ) { request in
            let order = try await api.order(try request.id(OrderID.self), for: request)
            guard let memo = order.memos.first(where: { $0.name == request.parameters[1] }) else {
                throw Refusal(.notFound, "order \(order.number) has no credit memo \(request.parameters[1])")
            }
            let facts = try await api.waybill.read { db in
                let configuration = try api.known.configuration(in: db)
                guard let place = order.fulfillments.first?.location ?? configuration.locations.keys.min() else {
                    throw Refusal(.notFound, "there is no location that could issue it")
                }
                return try PaperFacts(order, at: place, configuration, now: api.waybill.clock(), in: db)
            }
            return try print(.creditNote(facts, memo))
        }
    }

    private func fulfillment(_ request: APIRequest) async throws -> (PaperFacts, Fulfillment) {
        let id = try request.id(FulfillmentID.self)
        return try await api.waybill.read { db in
            let (order, part) = try API.fulfillment(id, for: request.principal, in: db)
            let configuration = try api.known.configuration(in: db)
            return (try PaperFacts(order, at: part.location, configuration, now: api.waybill.clock(), in: db), part)
        }
    }

    private func print(_ paper: Paper, as format: LabelDocument.Format = .pdf) throws(Refusal) -> APIResponse {
        switch format {
        case .pdf: APIResponse(body: .bytes(try paperwork.pdf(of: [paper])), type: .pdf)
        case .zpl: APIResponse(body: .bytes(Array(try paperwork.zpl(of: paper).utf8)), type: .zpl)
        }
    }
}

extension Endpoint {
    /// A call that prints.
    static func paper(
        _ path: String, _ scope: Scope, tag: String, _ summary: String, in type: APIResponse.MediaType = .pdf,
        _ answer: @escaping Answer
    ) -> Endpoint {
        var endpoint = get(path, .scope(scope), tag: tag, summary, reply: nil, answer)
        endpoint.produces = type
        return endpoint
    }
}
