import CLibCrypto
import HTTPTypes
public import OrderManagement
import Synchronization

/// How a connection tells that it has news of parcels: by calls of its own, which bear a secret that was agreed upon.
public struct CourierWebhook: Sendable {
    /// The connection's name, as couriers have it.
    public let connection: String
    let header: HTTPField.Name
    private let secret: Digest
    let parcels: @Sendable (JSON) -> [String]

    /// - Parameters:
    ///   - header: The header that bears the secret as it is.
    ///   - parcels: The tracking numbers that a body names.
    public init?(
        connection: String, header: String, secret: String, parcels: @escaping @Sendable (JSON) -> [String]
    ) {
        guard let header = HTTPField.Name(header) else { return nil }
        (self.connection, self.header, self.parcels) = (connection, header, parcels)
        self.secret = Digest(of: secret)
    }

    /// Takes the same time for every secret of a length.
    func isSecret(_ shown: String) -> Bool {
        let shown = Digest(of: shown)
        return CRYPTO_memcmp(shown.bytes, secret.bytes, secret.bytes.count) == 0
    }
}

/// `/v1/tracking-events/{connection}`: a connection says that there is news. Nothing of it is believed: it is asked for
/// them, as it is every few hours anyway.
///
/// A class, since calls share the counts of what came.
final class CourierWebhooksAPI: Sendable {
    private let waybill: OrderManagement
    private let webhooks: [String: CourierWebhook]
    private let asked = Atomic<Int64>(0)
    private let ignored = Atomic<Int64>(0)
    private let refused = Atomic<Int64>(0)

    /// Parcels that one call may name.
    static let parcelsMax = 20

    init(_ waybill: OrderManagement, _ webhooks: [CourierWebhook]) {
        self.waybill = waybill
        self.webhooks = Dictionary(webhooks.map { ($0.connection, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// For `/metrics`.
    var counts: [(name: String, meaning: String, value: Int64)] {
        [
            (
                "waybill_courier_hints_total", "Parcels that connections said to have news of, and were asked after",
                asked.load(ordering: .relaxed)
            ),
            (
                "waybill_courier_hints_ignored_total", "Calls of connections about nothing that is followed here",
                ignored.load(ordering: .relaxed)
            ),
            (
                "waybill_courier_hints_refused_total", "Calls in a connection's name without its secret",
                refused.load(ordering: .relaxed)
            ),
        ]
    }

    var endpoints: [Endpoint] {
        [
            Endpoint(
                method: .post, path: "/v1/tracking-events/{connection}", access: .everybody,
                summary: "A connection's webhook: says that it has news of parcels; bears its secret instead of a key",
                tag: "shipping", consumes: .json, replies: [(200, .object([.must("asked", .count)]))]
            ) { [self] request in try await hear(request) }
        ]
    }

    private func hear(_ request: APIRequest) async throws -> APIResponse {
        let name = request.parameters[0]
        guard let webhook = webhooks[name] else { throw Refusal(.notFound, "no connection calls here as that") }
        guard let shown = request.headers[webhook.header], webhook.isSecret(shown) else {
            refused.add(1, ordering: .relaxed)
            throw Refusal(.unauthorized, "this call needs the secret of its connection")
        }
        let numbers = Set(webhook.parcels(try request.json())).sorted().prefix(Self.parcelsMax)
        let followers = try await waybill.read { db in
            try numbers.flatMap { try HearOfParcels.followers(of: $0, by: name, in: db) }
        }
        if followers.isEmpty {
            ignored.add(1, ordering: .relaxed)
        } else {
            asked.add(Int64(followers.count), ordering: .relaxed)
            _ = try await waybill.perform(HearOfParcels(followers: followers), as: .system)
        }
        // Also for what is not known here: a connection that hears no too often stops to call.
        return .json { $0.object { $0.member("asked", followers.count) } }
    }
}
