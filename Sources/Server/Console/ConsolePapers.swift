import OrderManagement

/// Papers at the console: what the interface for programs prints, for somebody who is signed in, with the same rights.
extension Console {
    static let papers = "/console/papers"

    /// The calls that print, under the console's own addresses: `/console/papers/orders/{id}/…`.
    var paperEndpoints: [Endpoint] {
        guard let paperwork else { return [] }
        return PapersAPI(api: API(waybill: waybill, links: links), paperwork: paperwork).endpoints.map(paper)
    }

    private func paper(_ printed: Endpoint) -> Endpoint {
        var endpoint = Endpoint(
            method: .get, path: Self.papers + printed.path.dropFirst("/v1".count), access: .everybody,
            summary: printed.summary, tag: "console", query: printed.query, isDescribed: false
        ) { request in
            guard let visit = try await visit(request) else { return signInFirst(request) }
            do {
                if case .scope(let scope) = printed.access { try visit.principal.require(scope, of: visit.user) }
                return try await printed.answer(request.asked(by: visit.principal))
            } catch let refusal as Refusal {
                if refusal.code == .notPrintable,
                    let page = try await labelsPage(insteadOf: request, for: visit.principal)
                {
                    return try await respond(with: page, to: visit, in: .fulfillments)
                }
                let page = ProblemPage(Problem(refusal), requestID: nil)
                return try await respond(with: page, status: refusal.code.status, to: visit, in: nil)
            }
        }
        endpoint.produces = printed.produces
        return endpoint
    }
}

/// Which papers there are to be had of an order now, as links; none where nobody draws them.
struct PaperLinks: Sendable {
    let isOffered: Bool
    let principal: Principal
    /// Where goods start decides whether they pass customs; of returns nobody asks.
    var locations: [String: Location] = [:]

    /// Of a fulfillment: slip, labels, pickup code.
    func of(_ part: Fulfillment, in order: Order) -> [PageLink] {
        guard isOffered, principal.may(.fulfillmentsRead), principal.sees(location: part.location) else { return [] }
        guard ![.cancelled, .rejected, .expired].contains(part.state) else { return [] }
        let address = "\(Console.papers)/fulfillments/\(FulfillmentID(order.id, part.number))"
        var links = [PageLink(label: "Packing slip", address: address + "/packing-slip.pdf")]
        let parcels = order.boxes(of: part.number)
        if parcels.count > 1 {
            links.append(PageLink(label: "Slip of each parcel", address: address + "/packing-slips.pdf"))
        }
        if part.method == .ship, parcels.contains(where: { $0.label != nil }) {
            let name = parcels.count == 1 ? "Label" : "All labels"
            links.append(label(name, of: parcels, isHere: part.state == .packed, address: address + "/label.pdf"))
        }
        if part.method == .ship, !parcels.isEmpty, let origin = locations[part.location],
            order.crossesCustoms(from: origin)
        {
            links.append(PageLink(label: "Customs form", address: address + "/customs.pdf"))
        }
        if part.method == .pickup, part.state == .ready {
            links.append(PageLink(label: "Pickup code", address: address + "/pickup-code.pdf"))
        }
        for handOver in Set(parcels.compactMap(\.handOver)).sorted() {
            links.append(
                PageLink(label: "Hand-over list", address: "\(Console.papers)/hand-overs/\(handOver)/manifest.pdf"))
        }
        return links
    }

    /// The label of a parcel, one of several.
    func of(_ parcel: Parcel, among count: Int, in order: Order) -> PageLink? {
        guard isOffered, principal.may(.fulfillmentsRead), count > 1, parcel.label != nil else { return nil }
        return label(
            "Label", of: [parcel], isHere: !parcel.state.isSent,
            address: "\(Console.papers)/parcels/\(ParcelID(order.id, parcel.number))/label.pdf")
    }

    /// Labels that were not printed yet are asked for by a form, which notes that they are; by those who may.
    private func label(_ name: String, of parcels: [Parcel], isHere: Bool, address: String) -> PageLink {
        let labels = parcels.compactMap(\.label)
        let isNew = labels.contains { $0.print == nil }
        guard isHere, principal.may(.fulfillmentsWrite) else { return PageLink(label: name, address: address) }
        return PageLink(label: isNew ? name : name + " again", address: address, isPrinting: isNew)
    }

    /// The label of a return by post.
    func of(_ entry: Return, in order: Order) -> [PageLink] {
        guard isOffered, principal.may(.returnsRead), entry.method == .byPost, entry.terms.destination != nil,
            entry.state == .approved || entry.state == .inTransit
        else { return [] }
        return [
            PageLink(
                label: "Return label",
                address: "\(Console.papers)/returns/\(ReturnID(order.id, entry.number))/label.pdf")
        ]
    }

    func of(_ memo: CreditMemo, in order: Order) -> PageLink? {
        guard isOffered else { return nil }
        let name = PercentCoding.encoded(memo.name)
        return PageLink(
            label: "Credit note", address: "\(Console.papers)/orders/\(order.id)/credit-memos/\(name)/note.pdf")
    }
}

extension APIRequest {
    /// The same request of somebody else: who is signed in.
    fileprivate func asked(by principal: Principal) -> APIRequest {
        APIRequest(
            path: path, parameters: parameters, query: query, headers: headers, body: body, principal: principal,
            key: key, version: version, bodyMax: bodyMax, authority: authority)
    }
}
