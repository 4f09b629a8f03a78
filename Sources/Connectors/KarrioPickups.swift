public import OrderManagement

/// Carriers that are called to a place, by Karrio's `/v1/pickups`.
///
/// The request's key is kept in a pickup's `metadata`, by which it is found again whose answer was lost. Karrio takes
/// the number of parcels and no weight, as long as no shipments are named; those are not all known when a carrier is
/// called. A pickup is changed by cancelling it and asking anew: what Karrio's own change does is up to each carrier.
extension KarrioCourier {
    private static let keyName = "waybill"
    /// Longer notes are cut: Karrio refuses them.
    private static let noteMax = 50

    public func pickup(of request: PickupRequest) async throws -> PickupOutcome? {
        let json = try await require("GET", "pickups?limit=100&metadata_value=\(Self.part(request.key))")
        guard let results = json["results"]?.array else { throw Trouble(description: "Karrio lists no pickups") }
        let known = results.filter { $0["metadata"]?[Self.keyName]?.string == request.key }
        guard let first = known.first else { return nil }
        let isCancelled = first["status"]?.string == "cancelled"
        return isCancelled ? .refused(reason: "it was cancelled in Karrio") : try Self.booked(first)
    }

    public func requestPickup(_ request: PickupRequest) async throws -> PickupOutcome {
        guard let own = try await carrier(request.account), let name = own["carrier_name"]?.string else {
            return .refused(reason: "Karrio has no connection \(request.account ?? "without an account")")
        }
        guard own["capabilities"]?.array?.contains(.string("pickup")) ?? false else {
            return .refused(reason: "\(name) is not called by Karrio: call it yourself")
        }
        switch try await ask("POST", "pickups", Self.text(of: request, by: name)) {
        case .yes(let json): return try Self.booked(json)
        case .no(_, let reason): return .refused(reason: reason)
        }
    }

    private static func booked(_ json: JSON) throws -> PickupOutcome {
        guard let id = json["id"]?.string else { throw Trouble(description: "Karrio's pickup has no id") }
        return .booked(reference: id)
    }

    private static func text(of request: PickupRequest, by carrier: String) -> String {
        var body = JSONWriter()
        body.object {
            $0.member("carrier_code", carrier)
            $0.member("pickup_date", request.date)
            $0.member("ready_time", request.ready)
            $0.member("closing_time", request.closes)
            ShipmentText.write(request.address, "address", isCompany: true, to: &$0)
            $0.member("parcels_count", request.parcels)
            if let note = request.note { $0.member("instruction", String(note.prefix(noteMax))) }
            $0.object("options") { if let account = request.account { $0.member("connection_id", account) } }
            $0.object("metadata") { $0.member(keyName, request.key) }
        }
        return body.text
    }

    /// Karrio answers a second cancellation by 409 and the pickup: it is looked at before.
    public func cancelPickup(_ pickup: BookedPickup) async throws -> VoidOutcome {
        let path = "pickups/\(Self.part(pickup.reference))"
        switch try await ask("GET", path) {
        case .no(_, let reason): return .refused(reason: reason)
        case .yes(let json) where json["status"]?.string == "cancelled": return .done
        case .yes: break
        }
        switch try await ask("POST", path + "/cancel", "{}") {
        case .yes: return .done
        case .no(_, let reason): return .refused(reason: reason)
        }
    }
}
