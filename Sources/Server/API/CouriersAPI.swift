import OrderManagement

/// `/v1/couriers`, `/v1/packaging`: who carries parcels, for how much, and what they are packed in.
extension API {
    var couriers: [Endpoint] {
        [findCouriers, showCourier, saveCourier, findRecords, showPackaging, savePackaging]
    }

    private var findCouriers: Endpoint {
        .list(
            "/v1/couriers", .scope(.configRead), tag: "couriers", "Couriers with their tariffs, by code",
            of: Shapes.courier
        ) { request in
            let all = try await waybill.read { try known.configuration(in: $0) }.couriers
            return try .page(of: all.values, by: \.code, request) { $0.write(to: &$1) }
        }
    }

    private var showCourier: Endpoint {
        .get(
            "/v1/couriers/{code}", .scope(.configRead), tag: "couriers", "One courier", reply: Shapes.courier
        ) { request in
            let code = request.parameters[0]
            guard let courier = try await waybill.read({ try known.configuration(in: $0) }).couriers[code] else {
                throw Refusal(.notFound, "there is no courier \(code)")
            }
            return .json { courier.write(to: &$0) }
        }
    }

    private var saveCourier: Endpoint {
        var endpoint = Endpoint.put(
            "/v1/couriers/{code}", .configWrite, tag: "couriers",
            "Save a courier with its tariff; `capabilities` of a service adds up what it may carry beside ordinary "
                + "goods: 1 hazardous, 2 oversize, 4 cold. What is odd in it is answered (`oddities`), and saved all "
                + "the same",
            body: .object(Shapes.newCourier), reply: Shapes.savedCourier
        ) { request in
            let courier = try request.read { $0.courier(named: request.parameters[0]) }
            do {
                _ = try await waybill.perform(SaveCouriers(couriers: [courier]), as: request.principal)
            } catch let refusal as Refusal {
                throw refusal.ofOne("/couriers/0")
            }
            let locations = try await waybill.read { try known.configuration(in: $0) }.locations.values
            return .json { json in
                json.object {
                    courier.writeMembers(to: &$0)
                    $0.array("oddities") { list in
                        for words in courier.oddities(beside: locations) { list.value(words) }
                    }
                }
            }
        }
        endpoint.bodyMax = 8 << 20
        return endpoint
    }

    private var findRecords: Endpoint {
        .list(
            "/v1/courier-records", .scope(.configRead), tag: "couriers",
            "How punctual couriers were: by origin, area and service; those without an origin are sums",
            of: .object([
                .must("origin", .text(max: 64)), .must("area", .text(max: 32)), .must("courier", .text(max: 64)),
                .must("service", .text(max: 100)), .must("parcels", .count), .must("on_time", .count),
            ])
        ) { request in
            let limit = try request.query.limit()
            let names = (try request.query.cursor() ?? "").split(
                separator: "\n", omittingEmptySubsequences: false
            ).map(String.init)
            let first = CourierRecord.Way(courier: "", service: "", origin: "", area: "")
            let after = names.count == 4
                ? CourierRecord.Way(courier: names[2], service: names[3], origin: names[0], area: names[1]) : first
            let page = try await waybill.read { try CourierRecordStore.page(after: after, limit: limit + 1, in: $0) }
            let last = page.count > limit ? page[limit - 1].way : nil
            let next = last.map { [$0.origin, $0.area, $0.courier, $0.service].joined(separator: "\n") }
            return .page(request, next: next) { list in
                for record in page.prefix(limit) {
                    list.object {
                        $0.member("origin", record.way.origin)
                        $0.member("area", record.way.area)
                        $0.member("courier", record.way.courier)
                        $0.member("service", record.way.service)
                        $0.member("parcels", record.parcels)
                        $0.member("on_time", record.onTime)
                    }
                }
            }
        }
    }

    private var showPackaging: Endpoint {
        .get(
            "/v1/packaging", .scope(.configRead), tag: "couriers", "The retailer's boxes and its numbers from GS1",
            reply: Shapes.packaging
        ) { _ in
            let packaging = try await waybill.read { try known.configuration(in: $0) }.packaging
            return .json { packaging.write(to: &$0) }
        }
    }

    private var savePackaging: Endpoint {
        .put(
            "/v1/packaging", .configWrite, tag: "couriers", "Save the boxes and the numbers from GS1",
            body: Shapes.packaging, reply: Shapes.packaging
        ) { request in
            let packaging = try request.read { $0.packaging() }
            return APIResponse(try await waybill.perform(SavePackaging(packaging: packaging), as: request.principal))
        }
    }
}
