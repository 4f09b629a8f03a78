/// Stages a change of an order: says what it would do, and keeps it to be committed.
///
/// 1. Makes way: one that has expired, or that the order has left behind, is closed.
/// 2. Tries the change on the order and the live stock, and takes all of it back.
/// 3. Keeps the request with its preview, until it is committed, dropped or expires.
///
/// As a mere preview it keeps nothing, and says of each entry that may not be why, and until when it could.
/// - Throws: `.amendmentOpen`; `.illegalTransition` for an order that is over; `.unknownLine`, `.unknownSKU`,
///   `.currencyMismatch`, `.priceMissing`, `.deliveryNotOffered`, `.unknownProvider`; `.tooLateToAmend`, saying until
///   when it was possible; `.insufficientStock`; `.invalidInput` for what changes nothing; `.quantityExceeded` for one
///   more than an order may have.
public struct AmendOrder: Command {
    public static let name = "amend-order"
    public let order: OrderID
    public let request: AmendmentRequest
    public let isPreview: Bool

    public init(order: OrderID, request: AmendmentRequest, isPreview: Bool = false) {
        self.order = order
        self.request = request
        self.isPreview = isPreview
    }

    /// Has shipping cost something else.
    /// - Parameter tax: nil for the share that it had.
    public init(order: OrderID, shipping: Money, tax: Money?) {
        var request = AmendmentRequest()
        (request.shipping, request.shippingTax) = (shipping, tax)
        self.init(order: order, request: request)
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.amended(order, request, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(self.order)
        let channel = try work.configuration.channel(order.channel).amending(for: work.principal)
        if let objection = request.objectionToPricing { throw Refusal([objection]) }
        let request = request.completed(from: order)
        if !isPreview {
            try makeWay(in: &order, &work)
            if let objection = order.objectionToMoreAmendments { throw Refusal(.quantityExceeded, objection) }
        }
        let preview = try order.preview(request, channel, in: work)
        if isPreview {
            return .part(of: order) {
                $0.member("status", "preview")
                preview.write(to: &$0)
            }
        }
        if !preview.refusals.isEmpty { throw Refusal(preview.refusals) }
        guard !preview.difference.isEmpty else {
            throw Refusal([.init("", .invalidInput, "this would change nothing of order \(order.number)")])
        }
        return stage(request, preview, &order, channel, in: &work)
    }

    private func makeWay(in order: inout Order, _ work: inout Work) throws(Refusal) {
        guard let open = order.openAmendment, let staged = open.staged else { return }
        if staged.expiresAt <= work.now {
            try order.close(open.number - 1, .expire, in: &work)
        } else if staged.version != order.version {
            try order.close(open.number - 1, .drop, in: &work)
        } else {
            throw Refusal(
                .amendmentOpen,
                "\(AmendmentID(order.id, open.number)) by \(staged.by) is open until \(staged.expiresAt): "
                    + "commit or drop it first")
        }
    }

    private func stage(
        _ request: AmendmentRequest, _ preview: AmendmentPreview, _ order: inout Order, _ channel: Channel,
        in work: inout Work
    ) -> Reply {
        let staged = Amendment.Staged(
            request: request, by: work.principal.name, at: work.now,
            expiresAt: work.now + channel.policy.amending.expiry, version: order.version + 1, waiting: preview.waiting)
        let amendment = Amendment(number: order.amendments.count + 1, staged: staged)
        let id = AmendmentID(order.id, amendment.number)
        order.amendments.append(amendment)
        work.record(.amendmentStaged, on: &order) {
            $0.member("amendment", id.description)
            $0.member("expires_at", staged.expiresAt)
            $0.member("policy_version", channel.version)
        }
        work.enqueue(.expireAmendment, of: order.id, payload: String(amendment.number), due: staged.expiresAt)
        order = work.update(order)
        var document = JSONWriter(reservingCapacity: 1024)
        document.object {
            $0.name("request")
            request.write(to: &$0)
            preview.write(to: &$0)
        }
        let text = document.text
        work.write { try AmendmentStore.insert(id, staged, preview: text, in: $0) }
        return .part(of: order, status: 201, location: "/v1/orders/\(order.id)/amendments/\(id)") {
            $0.member("id", id.description)
            $0.member("status", amendment.state.rawValue)
            $0.member("version", staged.version)
            $0.member("expires_at", staged.expiresAt)
            preview.write(to: &$0)
        }
    }
}

extension Needs {
    /// An order with its stock, and the items that an amendment brings.
    mutating func amended(_ id: OrderID, _ request: AmendmentRequest?, given work: Work) {
        orderWithStock(id, given: work)
        punctuality(to: request?.delivery?.address, ofOrder: id, given: work)
        for line in work.peek(id)?.lines ?? [] { preorders(of: line.sku, given: work) }
        if request?.payment?.provider == StoreCredit.provider, let account = work.peek(id)?.creditAccount {
            storeCredit(account)
        }
        for sku in request?.skus ?? [] {
            goods(of: sku, given: work)
            for part in work.item(sku)?.components ?? [] { backorders(part.sku) }
            backorders(sku)
            preorders(of: sku, given: work)
            if let date = work.availableFrom(of: sku) { workDays(from: [date], given: work) }
        }
        let open = (work.peek(id)?.lines ?? []).filter { $0.open > 0 }
        supplyAhead(of: id, for: open, and: request?.skus ?? [], given: work)
    }
}
