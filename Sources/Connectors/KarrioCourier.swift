import Foundation
public import OrderManagement

/// Labels of many carriers, bought from a Karrio server that the retailer hosts (https://karrio.io, version 2026.1).
///
/// A courier's account is the `carrier_id` of a connection in Karrio, its services' codes are Karrio's. The request's
/// key is the shipment's `reference`: by it a shipment is found again whose answer was lost, so that it is neither made
/// nor bought twice. Karrio's 4xx with a reason is a no of the carrier or of Karrio; all else that is no answer has an
/// unknown outcome, and is thrown.
public struct KarrioCourier: CourierConnection {
    public struct Options: Hashable, Sendable {
        /// `http://127.0.0.1:5002`, without a path.
        public var url: String
        /// `key_…`: it also says whether labels are real.
        public var token: String
        /// `whsec_…`, which Karrio shows as it calls with news; nil where it does not call.
        public var webhookSecret: String?
        /// What is asked for; carriers that have no such labels give what they have.
        public var format = LabelDocument.Format.zpl

        public init(url: String, token: String) { (self.url, self.token) = (url, token) }
    }

    /// Karrio could not be asked, or what it said was not understood: the outcome is not known.
    public struct Trouble: Error, CustomStringConvertible {
        public let description: String
    }

    public let name = "karrio"
    let options: Options
    private let calls: HTTPCalls
    let tell: @Sendable (String) -> Void

    /// - Parameters:
    ///   - calls: Who carries the questions; libcurl unless told otherwise.
    ///   - tell: Told of what Karrio said that has no meaning here.
    public init(
        _ options: Options, calls: HTTPCalls? = nil, tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        (self.options, self.tell) = (options, tell)
        let curl = CurlCalls()
        self.calls = calls ?? { try await curl.perform($0) }
    }

    // MARK: Asking Karrio

    /// What Karrio said to a question.
    enum Said {
        case yes(JSON)
        /// It has understood, and does not do it.
        case no(status: Int, reason: String)
    }

    /// - Throws: `Trouble`, and whatever `calls` throws.
    func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> Said {
        let headers = ["Authorization: Token \(options.token)", "Accept: application/json"]
        let answer = try await calls(
            HTTPCall(
                method: method, url: options.url + "/v1/" + path,
                headers: headers + (body == nil ? [] : ["Content-Type: application/json"]), body: body))
        let json: JSON?
        do { json = try JSON.parse(answer.body, limits: .stored) } catch { json = nil }
        switch answer.status {
        case 200..<300:
            guard let json else { throw Trouble(description: "Karrio's answer to \(path) is no JSON") }
            return .yes(json)
        case 401, 403: throw Trouble(description: "Karrio does not take the karrio_token (\(answer.status))")
        case 400..<500 where answer.status != 408 && answer.status != 429:
            guard let reason = json.flatMap(Self.reason) else { break }
            return .no(status: answer.status, reason: reason)
        default: break
        }
        throw Trouble(description: "Karrio answered \(answer.status) to \(path)")
    }

    /// As `ask`, where a no is not foreseen.
    func require(_ method: String, _ path: String, _ body: String? = nil) async throws -> JSON {
        switch try await ask(method, path, body) {
        case .yes(let json): return json
        case .no(_, let reason): throw Trouble(description: "Karrio: \(reason)")
        }
    }

    // MARK: Prices and labels

    public func rates(for request: LabelRequest) async throws -> [CourierRate] {
        let json = try await require("POST", "proxy/rates", ShipmentText(request).text)
        return Rate.all(in: json).compactMap { rate in
            guard let price = rate.price else { return nil }
            return CourierRate(service: rate.service, name: rate.name, price: price, days: rate.days)
        }
    }

    public func buy(_ request: LabelRequest) async throws -> LabelOutcome {
        let known = try await shipments(under: request.key)
        if let outcome = try await outcome(of: known) { return outcome }
        let draft: JSON
        if let waiting = known.first(where: { $0.status == .draft }) {
            draft = waiting.json
        } else {
            let text = ShipmentText(request, format: options.format).text
            switch try await ask("POST", "shipments", text) {
            case .yes(let json): draft = json
            case .no(_, let reason): return .refused(reason: reason)
            }
        }
        return try await purchase(draft, for: request)
    }

    private func purchase(_ draft: JSON, for request: LabelRequest) async throws -> LabelOutcome {
        let offered = Rate.all(in: draft).filter {
            $0.service == request.service && (request.account == nil || $0.account == request.account)
        }
        guard let id = draft["id"]?.string else { throw Trouble(description: "Karrio's shipment has no id") }
        guard let rate = offered.first else {
            let reason = Self.reason(in: draft) ?? "it offers no \(request.service) there and of that weight"
            return .refused(reason: "Karrio: \(reason)")
        }
        guard rate.price != nil else {
            return .refused(reason: "Karrio asks \(rate.priceText) for \(request.service): no price that is known here")
        }
        var body = JSONWriter()
        body.object {
            $0.member("selected_rate_id", rate.id)
            $0.member("label_type", options.format.rawValue.uppercased())
        }
        switch try await ask("POST", "shipments/\(Self.part(id))/purchase", body.text) {
        case .yes(let json): return try await sold(Shipment(json))
        case .no(409, let reason):
            // Somebody was faster: an earlier question of ours, whose answer was lost.
            let outcome = try await outcome(of: try await shipments(under: request.key))
            return outcome ?? .refused(reason: reason)
        case .no(_, let reason): return .refused(reason: reason)
        }
    }

    /// A shipment that is known but was not bought is as good as none.
    public func purchase(under key: String) async throws -> LabelOutcome? {
        try await outcome(of: try await shipments(under: key))
    }

    /// Karrio finds references that contain the text: those that are more than the key are another label's.
    private func shipments(under key: String) async throws -> [Shipment] {
        let json = try await require("GET", "shipments?limit=100&reference=\(Self.part(key))")
        guard let results = json["results"]?.array else { throw Trouble(description: "Karrio lists no shipments") }
        return results.filter { $0["reference"]?.string == key }.map(Shipment.init)
    }

    private func outcome(of shipments: [Shipment]) async throws -> LabelOutcome? {
        if let bought = shipments.first(where: { $0.status == .bought }) { return try await sold(bought) }
        guard shipments.contains(where: { $0.status == .cancelled }) else { return nil }
        return .refused(reason: "its shipment was cancelled in Karrio")
    }

    private func sold(_ shipment: Shipment) async throws -> LabelOutcome {
        guard let id = shipment.id, shipment.status == .bought else {
            throw Trouble(description: "Karrio's shipment is neither bought nor refused")
        }
        var document = shipment.label
        if document == nil {
            document = Document(
                in: try await require("POST", "shipments/\(Self.part(id))/documents/label", "{}"))
        }
        guard let document else { throw Trouble(description: "Karrio's label of \(id) cannot be read") }
        guard let format = document.format else {
            // It is paid for, and nobody can stick it on.
            let reason = "Karrio gave the label as \(document.formatName), which is neither PDF nor ZPL"
            switch try await cancel(id) {
            case .done: return .refused(reason: reason)
            case .refused(let why): return .refused(reason: "\(reason), and does not take it back: \(why)")
            }
        }
        return .bought(
            tracking: shipment.tracking ?? id, reference: id, price: shipment.price,
            document: LabelDocument(format: format, content: document.content))
    }

    // MARK: Taking back

    public func void(_ label: BoughtLabel) async throws -> VoidOutcome {
        guard let id = label.reference else { return .refused(reason: "Karrio's number of the label is not known") }
        return try await cancel(id)
    }

    /// Karrio says yes to a shipment that was cancelled before.
    private func cancel(_ id: String) async throws -> VoidOutcome {
        switch try await ask("POST", "shipments/\(Self.part(id))/cancel", "{}") {
        case .yes: .done
        case .no(_, let reason): .refused(reason: reason)
        }
    }

    // MARK: Under way

    /// Trackers are made by Karrio as labels are bought, where the carrier tells news; others have none. A parcel whose
    /// label was bought elsewhere, as that of a return, is made one when it is asked after for the first time.
    public func news(of labels: [BoughtLabel]) async throws -> [CourierNews] {
        var news: [CourierNews] = []
        for label in labels {
            switch try await ask("GET", "trackers/\(Self.part(label.tracking))") {
            case .yes(let json): news += Tracker(json, of: label.tracking).news(tell)
            case .no:
                guard label.reference == nil, let json = try await follow(label) else { continue }
                news += Tracker(json, of: label.tracking).news(tell)
            }
        }
        return news
    }

    /// Has Karrio follow a parcel by its number.
    /// - Returns: Its tracker; nil where the carrier tells no news, or does not know the number.
    private func follow(_ label: BoughtLabel) async throws -> JSON? {
        guard let own = try await carrier(label.account), let name = own["carrier_name"]?.string else { return nil }
        var body = JSONWriter()
        body.object {
            $0.member("tracking_number", label.tracking)
            $0.member("carrier_name", name)
        }
        switch try await ask("POST", "trackers", body.text) {
        case .yes(let json): return json
        case .no(_, let reason):
            tell("Karrio does not follow \(label.tracking): \(reason)")
            return nil
        }
    }

    /// The connection in Karrio whose `carrier_id` is an account here.
    func carrier(_ account: String?) async throws -> JSON? {
        let connections = try await require("GET", "connections?limit=100")["results"]?.array ?? []
        return connections.first { $0["carrier_id"]?.string == account }
    }

    /// The header by which Karrio shows the secret of its webhook.
    public static let secretHeader = "X-Event-Id"

    /// The tracking numbers that a call of Karrio's webhook is about: of its trackers, and of its shipments.
    public static func parcels(ofCall json: JSON) -> [String] {
        guard let number = json["data"]?["tracking_number"]?.string, (1...100).contains(number.count) else { return [] }
        return [number]
    }

    /// The carrier's own list, from those that have one; for the others the retailer's serves.
    public func handOver(_ labels: [BoughtLabel], key: String) async throws -> HandOverOutcome {
        let ids = labels.compactMap(\.reference)
        guard let first = ids.first else { return .done(reference: nil, manifest: nil) }
        let shipment = try await require("GET", "shipments/\(Self.part(first))")
        guard let carrier = shipment["carrier_name"]?.string, try await makesManifests(shipment) else {
            return .done(reference: nil, manifest: nil)
        }
        let known = try await require("GET", "manifests?limit=100")["results"]?.array ?? []
        if let earlier = known.first(where: { $0["reference"]?.string == key }) { return try await manifest(earlier) }
        var body = JSONWriter()
        body.object {
            $0.member("carrier_name", carrier)
            $0.member("address", shipment["shipper"])
            $0.array("shipment_ids") { list in for id in ids { list.value(id) } }
            $0.member("reference", key)
            $0.object("options") { _ in }
        }
        switch try await ask("POST", "manifests", body.text) {
        case .yes(let json): return try await manifest(json)
        case .no(_, let reason): return .refused(reason: reason)
        }
    }

    private func makesManifests(_ shipment: JSON) async throws -> Bool {
        let own = try await carrier(shipment["carrier_id"]?.string)
        return own?["capabilities"]?.array?.contains(.string("manifest")) ?? false
    }

    private func manifest(_ json: JSON) async throws -> HandOverOutcome {
        guard let id = json["id"]?.string else { throw Trouble(description: "Karrio's manifest has no id") }
        switch try await ask("POST", "manifests/\(Self.part(id))/document", "{}") {
        case .yes(let json):
            let document = Document(in: json).flatMap { document in
                document.format.map { LabelDocument(format: $0, content: document.content) }
            }
            return .done(reference: id, manifest: document)
        case .no: return .done(reference: id, manifest: nil)
        }
    }
}
