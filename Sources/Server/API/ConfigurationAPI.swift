import OrderManagement

/// `/v1/items`, `/v1/locations`, `/v1/channels`: what is sold, from where, by whom.
extension API {
    var configuration: [Endpoint] {
        [
            findItems, showItem, saveItem, saveItems, findLocations, showLocation, showDays, saveLocation,
            saveLocations, findChannels, showChannel, saveChannel, addChannel,
        ]
    }

    // MARK: Items

    private var findItems: Endpoint {
        .list("/v1/items", .scope(.configRead), tag: "items", "Items, by SKU", of: Shapes.item) { request in
            let (limit, after) = (try request.query.limit(), try request.query.cursor() ?? "")
            let items = try await waybill.read { try ItemStore.page(after: after, limit: limit + 1, in: $0) }
            return .page(request, next: items.count > limit ? items[limit - 1].sku : nil) { list in
                for item in items.prefix(limit) { item.write(to: &list) }
            }
        }
    }

    private var showItem: Endpoint {
        .get("/v1/items/{sku}", .scope(.configRead), tag: "items", "One item", reply: Shapes.item) { request in
            let sku = request.parameters[0]
            guard let item = try await waybill.read({ try ItemStore.item(sku, in: $0) }) else {
                throw Refusal(.notFound, "there is no item \(sku)")
            }
            return .json { item.write(to: &$0) }
        }
    }

    private var saveItem: Endpoint {
        .put(
            "/v1/items/{sku}", .configWrite, tag: "items",
            "Save an item; `requirements` adds up what a location and a courier must be able to do: 1 hazardous goods, "
                + "2 oversize, 4 cold", body: .object(Shapes.newItem),
            reply: Shapes.item
        ) { request in
            let item = try request.read { $0.item(named: request.parameters[0]) }
            _ = try await waybill.perform(SaveItems(items: [item], isList: false), as: request.principal)
            return .json { item.write(to: &$0) }
        }
    }

    private var saveItems: Endpoint {
        .post(
            "/v1/items", .configWrite, tag: "items", "Save many items",
            body: .object([.must("items", .list(.object([.must("sku", .text(max: 100))] + Shapes.newItem), max: 1_000))]
            ),
            status: 200, reply: .object([.must("items", .count), .must("changed", .count)])
        ) { request in
            let items = try request.read { $0.list("items", 1...1_000) { $0.item(named: nil) } }
            return try await perform(SaveItems(items: items), for: request)
        }
    }

    // MARK: Locations

    private var findLocations: Endpoint {
        .list(
            "/v1/locations", .scope(.configRead), tag: "locations", "Locations, by code", of: Shapes.location
        ) { request in
            let all = try await waybill.read { try known.configuration(in: $0) }.locations
            let visible = all.values.filter { request.principal.sees(location: $0.code) }
            return try .page(of: visible, by: \.code, request) { $0.write(to: &$1) }
        }
    }

    private var showLocation: Endpoint {
        .get(
            "/v1/locations/{code}", .scope(.configRead), tag: "locations", "One location", reply: Shapes.location
        ) { request in
            let code = request.parameters[0]
            let all = try await waybill.read { try known.configuration(in: $0) }.locations
            guard let location = all[code], request.principal.sees(location: code) else {
                throw Refusal(.notFound, "there is no location \(code)")
            }
            return .json { location.write(to: &$0) }
        }
    }

    private var showDays: Endpoint {
        .get(
            "/v1/locations/{code}/days", .scope(.configRead), tag: "locations",
            "How much work a location has taken on, day by day from today",
            reply: .object([.must("data", .list(Shapes.locationDay, max: nil))])
        ) { request in
            let (code, now) = (request.parameters[0], waybill.clock())
            let (location, days) = try await waybill.read { db in
                let location = try known.configuration(in: db).locations[code]
                let today = location?.calendar.day(of: now) ?? 0
                let days = try WorkDayStore.days(of: code, from: today, limit: 366, in: db)
                return (location, days.first?.day == today ? days : [(today, DayLoad())] + days)
            }
            guard let location, request.principal.sees(location: code) else {
                throw Refusal(.notFound, "there is no location \(code)")
            }
            return .json {
                $0.object {
                    $0.array("data") { list in
                        for (day, load) in days {
                            list.object {
                                $0.member("date", BusinessCalendar.date(ofDay: day))
                                $0.member("taken", load.taken)
                                $0.member("capacity", location.capacityPerDay)
                                $0.member("closed", load.isClosed)
                            }
                        }
                    }
                }
            }
        }
    }

    private var saveLocation: Endpoint {
        .put(
            "/v1/locations/{code}", .configWrite, tag: "locations",
            "Save a location; `capabilities` adds up what it is equipped for: 1 hazardous goods, 2 oversize, 4 cold. "
                + "`courier_cutoffs` are for couriers that come at other hours than its own cut-off. What is odd in "
                + "where couriers collect is answered (`oddities`), and the location saved all the same",
            body: .object(Shapes.newLocation), reply: Shapes.savedLocation
        ) { request in
            let location = try request.read { $0.location(named: request.parameters[0]) }
            guard let location else { throw Problem.internal }
            let reply = try await waybill.perform(
                SaveLocations(locations: [location], isList: false), as: request.principal)
            let oddities = try JSON.parse(reply.body, limits: .stored)["oddities"]
            return .json { json in
                json.object {
                    location.writeMembers(to: &$0)
                    guard let oddities, oddities.array?.isEmpty == false else { return }
                    $0.name("oddities")
                    $0.value(oddities)
                }
            }
        }
    }

    private var saveLocations: Endpoint {
        .post(
            "/v1/locations", .configWrite, tag: "locations", "Save many locations",
            body: .object([
                .must("locations", .list(.object([.must("code", .text(max: 64))] + Shapes.newLocation), max: 1_000))
            ]), status: 200,
            reply: .object([.must("locations", .count), .must("changed", .count), .must("oddities", Shapes.oddities)])
        ) { request in
            let locations = try request.read { fields in
                let locations = fields.list("locations", 1...1_000) { $0.location(named: nil) }
                fields.problems.refuseRepeated(locations.map { $0?.code ?? "" }, in: "locations")
                return locations
            }
            return try await perform(SaveLocations(locations: locations.compactMap { $0 }), for: request)
        }
    }

    // MARK: Channels

    private var findChannels: Endpoint {
        .list(
            "/v1/channels", .scope(.configRead), tag: "channels", "Channels and their policies, by code",
            of: Shapes.channel
        ) { request in
            let all = try await waybill.read { try known.configuration(in: $0) }.channels
            return try .page(of: all.values, by: \.code, request) { $0.write(to: &$1) }
        }
    }

    private var showChannel: Endpoint {
        .get(
            "/v1/channels/{code}", .scope(.configRead), tag: "channels", "One channel",
            query: [.init("version", .integer(1...Int64.max), "As this version had it; the one in force unless told")],
            reply: Shapes.channel
        ) { request in
            let code = request.parameters[0]
            if let version = try request.query.integer("version", in: 1...Int64.max) {
                return try await channel(code, version: version)
            }
            guard let channel = try await waybill.read({ try known.configuration(in: $0) }).channels[code] else {
                throw Refusal(.notFound, "there is no channel \(code)")
            }
            return .json(version: channel.version) { channel.write(to: &$0) }
        }
    }

    private var saveChannel: Endpoint {
        var endpoint = Endpoint.put(
            "/v1/channels/{code}", .configWrite, tag: "channels", "Save a channel: a new version of it",
            body: .object(Shapes.newChannel), reply: Shapes.channel
        ) { request in
            let command = try request.read {
                $0.saveChannel(named: request.parameters[0], seen: request.version)
            }
            return APIResponse(try await waybill.perform(command, as: request.principal))
        }
        endpoint.takesVersion = true
        return endpoint
    }

    private var addChannel: Endpoint {
        .post(
            "/v1/channels", .configWrite, tag: "channels", "Save a channel under the code in its body",
            body: .object([.must("code", .text(max: 64))] + Shapes.newChannel), status: 200, reply: Shapes.channel
        ) { request in
            try await perform(try request.read { $0.saveChannel(named: nil) }, for: request)
        }
    }
}
