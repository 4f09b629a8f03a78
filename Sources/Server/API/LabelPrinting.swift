import OrderManagement

/// `…/label.pdf` and `…/label.zpl`: what parcels bear, as the courier gave it or as it is drawn here.
extension PapersAPI {
    var labelsPDF: Endpoint { fulfillment(.pdf) }
    var labelsZPL: Endpoint { fulfillment(.zpl) }
    var parcelPDF: Endpoint { parcel(.pdf) }
    var parcelZPL: Endpoint { parcel(.zpl) }

    /// How long a print waits for a label that a courier is being asked for.
    static let patience = Duration.seconds(5)
    static let glance = Duration.milliseconds(50)

    private func fulfillment(_ format: LabelDocument.Format) -> Endpoint {
        .paper(
            "/v1/fulfillments/{id}/label.\(format.rawValue)", .fulfillmentsRead, tag: "fulfillments",
            "The labels of its parcels, one page each; parcels without one are named on a page of their own",
            in: format.type
        ) { request in
            let id = try request.id(FulfillmentID.self)
            return try await labels(format) { db in
                let (order, part) = try API.fulfillment(id, for: request.principal, in: db)
                return (order, part, order.boxes(of: part.number))
            }
        }
    }

    private func parcel(_ format: LabelDocument.Format) -> Endpoint {
        .paper(
            "/v1/parcels/{id}/label.\(format.rawValue)", .fulfillmentsRead, tag: "parcels", "The label of a parcel",
            in: format.type
        ) { request in
            let id = try request.id(ParcelID.self)
            return try await labels(format) { db in
                let (order, part, parcel) = try API.parcel(id, for: request.principal, in: db)
                return (order, part, [parcel])
            }
        }
    }

    /// A parcel as it is to be printed.
    private struct Sheet: Sendable {
        let parcel: Parcel
        let document: LabelDocument?
    }

    /// Prints labels once all of them are there: what is being bought is waited for a little.
    private func labels(
        _ format: LabelDocument.Format,
        of find: @escaping @Sendable (any Connection) throws -> (Order, Fulfillment, [Parcel])
    ) async throws -> APIResponse {
        let end = ContinuousClock.now + Self.patience
        while true {
            let (facts, sheets) = try await api.waybill.read { db in
                let (order, part, parcels) = try find(db)
                let sheets = try parcels.map { parcel in
                    Sheet(
                        parcel: parcel,
                        document: try parcel.label.flatMap {
                            try LabelDocumentStore.document(of: ParcelID(order.id, parcel.number), $0.number, in: db)
                        })
                }
                let configuration = try api.known.configuration(in: db)
                let now = api.waybill.clock()
                return (try PaperFacts(order, at: part.location, configuration, now: now, in: db), sheets)
            }
            guard sheets.contains(where: { $0.parcel.label?.state == .pending }), ContinuousClock.now < end else {
                let there = sheets.filter { $0.parcel.label?.state == .bought }
                guard there.isEmpty || there.count == sheets.count else {
                    return try Self.partly(format, facts, sheets, at: api.waybill.clock(), paperwork)
                }
                return try Self.response(format, facts, sheets, paperwork)
            }
            try await Task.sleep(for: Self.glance)
        }
    }

    /// Those that are there, and the names of the others.
    private static func partly(
        _ format: LabelDocument.Format, _ facts: PaperFacts, _ sheets: [Sheet], at now: Timestamp,
        _ paperwork: any Paperwork
    ) throws -> APIResponse {
        var batch = LabelBatch(at: now)
        for sheet in sheets { batch.add(sheet.parcel, facts, sheet.document) }
        return APIResponse(try paperwork.labels(batch, as: format), format)
    }

    private static func response(
        _ format: LabelDocument.Format, _ facts: PaperFacts, _ sheets: [Sheet], _ paperwork: any Paperwork
    ) throws -> APIResponse {
        guard !sheets.isEmpty else {
            throw Refusal(.illegalTransition, "nothing is packed yet: a label belongs to a parcel")
        }
        for sheet in sheets where sheet.parcel.label?.state != .bought {
            let id = ParcelID(facts.order.id, sheet.parcel.number)
            guard sheet.parcel.label == nil else {
                throw Refusal(.labelPending, "the courier of the parcel \(id) has not answered yet: ask again")
            }
            throw Refusal(
                .illegalTransition, "\(sheet.parcel.lackOfLabel): buy one by POST /v1/parcels/\(id)/labels")
        }
        let given = sheets.compactMap(\.document)
        if let only = given.first, sheets.count == 1 {
            guard only.format == format else {
                throw Refusal(
                    .notPrintable, "its courier gave this label as \(only.format.rawValue.uppercased()): ask for "
                        + "label.\(only.format.rawValue)")
            }
            return APIResponse(body: .bytes(only.content), type: format.type)
        }
        switch format {
        case .zpl:
            guard given.allSatisfy({ $0.format == .zpl }) else { throw mixed(sheets, facts) }
            // Labels in ZPL follow each other in one print job.
            var text: [UInt8] = []
            for sheet in sheets {
                text += try sheet.document?.content ?? Array(paperwork.zpl(of: [(facts, sheet.parcel)]).utf8)
            }
            return APIResponse(body: .bytes(text), type: .zpl)
        case .pdf:
            guard given.isEmpty else { throw mixed(sheets, facts) }
            return APIResponse(
                body: .bytes(try paperwork.pdf(of: sheets.map { .parcelLabel(facts, $0.parcel) })), type: .pdf)
        }
    }

    /// What prints them, where this form does not.
    private static func mixed(_ sheets: [Sheet], _ facts: PaperFacts) -> Refusal {
        if let first = sheets.first, sheets.allSatisfy({ $0.document?.format != .pdf }) {
            let id = FulfillmentID(facts.order.id, first.parcel.fulfillment)
            return Refusal(
                .notPrintable, "couriers gave labels of these as ZPL: /v1/fulfillments/\(id)/label.zpl prints all")
        }
        let names = sheets.map { sheet in
            let format = sheet.document?.format ?? .pdf
            return "/v1/parcels/\(ParcelID(facts.order.id, sheet.parcel.number))/label.\(format.rawValue)"
        }
        return Refusal(
            .notPrintable, "couriers gave these labels in forms that do not go together: print each by itself, "
                + names.joined(separator: ", "))
    }
}

extension LabelDocument.Format {
    /// What it is called on the wire.
    var type: APIResponse.MediaType {
        switch self {
        case .pdf: .pdf
        case .zpl: .zpl
        }
    }
}
