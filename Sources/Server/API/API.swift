import OrderManagement

/// The calls of `/v1`: each decodes, asks the one door, and encodes.
struct API: Sendable {
    let waybill: OrderManagement
    /// Makes the links of customers.
    let links: CustomerLinks
    /// Asked again by calls that last.
    let authentication: Authentication
    var known: KnownConfiguration { waybill.known }

    init(waybill: OrderManagement, links: CustomerLinks, authentication: Authentication? = nil) {
        (self.waybill, self.links) = (waybill, links)
        self.authentication = authentication ?? Authentication(waybill)
    }

    var endpoints: [Endpoint] {
        orders + orderParts + customerLinks + amendments + fulfillments + pickLists + shipping + couriers + labels
            + handOvers + printRuns + courierPickups + returns + exchanges + stock + transfers + supply + availability
            + configuration + drafts + whatIfs + events + exceptions + jobs + messages + storeCredits + access
            + callbacks
    }

    /// Performs a command for a caller, under their key; or only asks what it would bring, which keeps nobody waiting.
    func perform(_ command: any Command, for request: APIRequest) async throws -> APIResponse {
        if request.isPreview { return APIResponse(try await waybill.rehearse(command, as: request.principal)) }
        return APIResponse(try await waybill.perform(command, as: request.principal, key: request.idempotencyKey))
    }

    /// Performs a command on an order, on the version that the caller saw when they said so.
    func perform(_ command: some Command, on order: OrderID, for request: APIRequest) async throws -> APIResponse {
        guard let version = request.version else { return try await perform(command, for: request) }
        return try await perform(AtVersion(command, order: order, version: version), for: request)
    }

    /// A fulfillment with its order, from a snapshot.
    /// - Throws: `.notFound`, also for one that the caller may not see.
    static func fulfillment(
        _ id: FulfillmentID, for principal: Principal, in db: any Connection
    ) throws -> (order: Order, part: Fulfillment) {
        guard let order = try OrderStore.order(id.order, in: db), let part = order.part(id),
            principal.sees(location: part.location)
        else { throw Refusal(.notFound, "there is no fulfillment \(id)") }
        return (order, part)
    }

    /// A parcel with its order and fulfillment, from a snapshot.
    /// - Throws: `.notFound`, also for one that the caller may not see.
    static func parcel(
        _ id: ParcelID, for principal: Principal, in db: any Connection
    ) throws -> (order: Order, part: Fulfillment, parcel: Parcel) {
        guard let order = try OrderStore.order(id.order, in: db), let parcel = order.part(id),
            let part = order.part(FulfillmentID(id.order, parcel.fulfillment)), principal.sees(location: part.location)
        else { throw Refusal(.notFound, "there is no parcel \(id)") }
        return (order, part, parcel)
    }

    /// A return with its order, from a snapshot.
    /// - Throws: `.notFound`, also for one that the caller may not see.
    static func entry(
        _ id: ReturnID, for principal: Principal, in db: any Connection
    ) throws -> (order: Order, entry: Return) {
        guard let order = try OrderStore.order(id.order, in: db), order.isVisible(to: principal),
            let entry = order.part(id)
        else { throw Refusal(.notFound, "there is no return \(id)") }
        return (order, entry)
    }

    /// A whole order.
    /// - Throws: `.notFound`, also for one that the caller may not see.
    func order(_ id: OrderID, for request: APIRequest) async throws -> Order {
        let order = try await waybill.read { try OrderStore.order(id, in: $0) }
        guard let order, order.isVisible(to: request.principal) else {
            throw Refusal(.notFound, "there is no order \(id)")
        }
        return order
    }
}

extension APIResponse {
    /// What became of each of many requests that came as one, in their order.
    /// - Parameter more: Writes members that stand behind them.
    static func answers(
        _ answers: [(status: Int, body: String)], _ more: (inout JSONWriter) -> Void = { _ in }
    ) -> APIResponse {
        .json { write(answers, to: &$0, more) }
    }

    /// The same as an object.
    static func write(
        _ answers: [(status: Int, body: String)], to json: inout JSONWriter, _ more: (inout JSONWriter) -> Void
    ) {
        json.object {
            $0.array("data") { list in
                for answer in answers {
                    list.object {
                        $0.member("status", answer.status)
                        $0.member("body", raw: answer.body)
                    }
                }
            }
            more(&$0)
        }
    }

    /// A page of things that have codes, all of which are at hand; in the order of their codes.
    static func page<Thing>(
        of things: some Sequence<Thing>, by code: KeyPath<Thing, String>, _ request: APIRequest,
        _ write: (Thing, inout JSONWriter) -> Void
    ) throws -> APIResponse {
        let (limit, after) = (try request.query.limit(), try request.query.cursor() ?? "")
        let page = things.filter { $0[keyPath: code] > after }.sorted { $0[keyPath: code] < $1[keyPath: code] }
            .prefix(limit + 1)
        let next = page.count > limit ? page.dropLast().last?[keyPath: code] : nil
        return .page(request, next: next) { list in for thing in page.prefix(limit) { write(thing, &list) } }
    }

    /// A page of a list, with the address of the next one.
    ///
    /// - Parameter next: where the next page begins, in the list's own words; nil at the end.
    static func page(
        _ request: APIRequest, next: String?, _ write: (inout JSONWriter) throws -> Void
    ) rethrows -> APIResponse {
        let cursor = next.map { Base64URL.text($0.utf8) }
        var response = try APIResponse.json {
            try $0.object {
                try $0.array("data") { try write(&$0) }
                $0.member("next_cursor", cursor)
            }
        }
        if let cursor {
            response.headers.append((.link, "<\(request.path)?\(request.query.next(cursor))>; rel=\"next\""))
        }
        return response
    }
}
