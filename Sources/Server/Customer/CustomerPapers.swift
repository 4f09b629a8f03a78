import OrderManagement

/// Which papers a customer may have of their order now, as links; none where nobody draws them.
struct CustomerPapers: Sendable {
    let order: Order
    /// The order's own address: `/o/…`.
    let path: String
    let isOffered: Bool

    /// The label of a return by post that was agreed to. What the courier brings back bears one already.
    func label(of entry: Return, _ words: CustomerLanguage) -> [PageLink] {
        guard isOffered, entry.hasCustomersLabel else { return [] }
        return [PageLink(label: words(.printLabel), address: "\(path)/returns/\(entry.number)/label.pdf")]
    }

    /// - Parameter isStoppedReshipment: Then its credit note is between two orders: its customer is owed nothing.
    func notes(_ words: CustomerLanguage, isStoppedReshipment: Bool) -> [PageLink] {
        guard isOffered, !isStoppedReshipment else { return [] }
        let memos = order.standingMemos.filter { !order.isBetweenOrders($0) }
        return memos.map { memo in
            let label = words(.creditNote) + (memos.count > 1 ? " \(memo.name)" : "")
            return PageLink(label: label, address: "\(path)/credits/\(memo.number)/note.pdf")
        }
    }
}

extension Return {
    /// Whether the customer sends it, and may do so now.
    fileprivate var hasCustomersLabel: Bool {
        method == .byPost && terms.parcel == nil && terms.destination != nil
            && (state == .approved || state == .inTransit)
    }
}

extension CustomerPages {
    /// What the interface for programs prints, below an order's link and of that order alone.
    var papers: [Endpoint] {
        guard let paperwork else { return [] }
        let printed = PapersAPI(api: API(waybill: waybill, links: links), paperwork: paperwork)
        return [
            paper("/returns/{number}/label.pdf", by: printed.returnLabel) { order, number in
                let entry = order.returns.first { $0.number == number && $0.hasCustomersLabel }
                return entry.map { [ReturnID(order.id, $0.number).description] }
            },
            paper("/pickups/{number}/code.pdf", by: printed.pickupCode) { order, number in
                let part = order.fulfillments.first { $0.number == number && $0.state == .ready }
                return part.map { [FulfillmentID(order.id, $0.number).description] }
            },
            paper("/credits/{number}/note.pdf", by: printed.creditNote) { order, number in
                order.memos.first { $0.number == number }.map { [order.id.description, $0.name] }
            },
        ]
    }

    /// - Parameter name: What the printing call names its paper by; nil where the order has none of that number.
    private func paper(
        _ path: String, by printed: Endpoint, _ name: @escaping @Sendable (Order, Int) -> [String]?
    ) -> Endpoint {
        var printing = endpoint(.get, path) { visit in
            guard let number = Int(visit.request.parameters[1]), let names = name(visit.order, number) else {
                return try notFound(visit.words)
            }
            var response = try await printed.answer(visit.request.asked(by: .customer, naming: names))
            response.headers += Self.security
            return response
        }
        printing.produces = .pdf
        return printing
    }
}

extension APIRequest {
    /// The same request of somebody else, for what they may see.
    fileprivate func asked(by principal: Principal, naming parameters: [String]) -> APIRequest {
        APIRequest(
            path: path, parameters: parameters, query: Query(), headers: headers, body: body, principal: principal,
            key: nil, version: nil, bodyMax: bodyMax, authority: authority)
    }
}
