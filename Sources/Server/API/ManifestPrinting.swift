import OrderManagement

/// `/v1/hand-overs/{id}/manifest.pdf` and `.zpl`: a courier's own list of what it took along; else the retailer's.
extension PapersAPI {
    var manifestPDF: Endpoint { manifest(.pdf) }
    var manifestZPL: Endpoint { manifest(.zpl) }

    private func manifest(_ format: LabelDocument.Format) -> Endpoint {
        .paper(
            "/v1/hand-overs/{id}/manifest.\(format.rawValue)", .fulfillmentsRead, tag: "shipping",
            format == .pdf
                ? "The courier's own list of what it took along; the retailer's, where the courier makes none"
                : "The courier's own list of what it took along", in: format.type
        ) { request in
            let (closed, list) = try await api.handOver(request)
            let given = try await api.waybill.read { try ClosedHandOverStore.manifest(of: closed.id, in: $0) }
            if let given, given.format == format {
                return APIResponse(body: .bytes(given.content), type: format.type)
            }
            guard format == .pdf, given == nil else {
                let known = given?.format ?? .pdf
                throw Refusal(
                    .notPrintable, "there is none as \(format.rawValue.uppercased()): ask for "
                        + "manifest.\(known.rawValue)")
            }
            let printed = try paperwork.pdf(of: [.handOverList(list, at: closed.closedAt)])
            return APIResponse(body: .bytes(printed), type: .pdf)
        }
    }
}
