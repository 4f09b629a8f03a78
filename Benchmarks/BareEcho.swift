import Foundation
import Hummingbird
import NIOCore

/// The limit of placing over HTTP: a bare server that reads the same order and writes JSON back, and keeps nothing.
enum BareEcho {
    struct Amount: Codable, Sendable {
        let amount: Int64
        let currency: String
    }

    struct Line: Codable, Sendable {
        let sku: String
        let quantity: Int64
        let unit_price: Amount
        let discount: Amount?
        let tax: Amount?
    }

    struct Address: Codable, Sendable {
        let name: String
        let lines: [String]
        let city: String
        let region: String?
        let postcode: String
        let country: String
    }

    struct Customer: Codable, Sendable {
        let name: String
        let email: String?
        let phone: String?
    }

    struct Delivery: Codable, Sendable {
        let method: String
        let service: String?
        let address: Address?
        let location: String?
    }

    struct Payment: Codable, Sendable {
        let provider: String
        let reference: String
        let authorized: Amount
    }

    /// The order as the wire has it.
    struct Order: Codable, Sendable {
        let channel: String
        let external_id: String?
        let customer: Customer
        let delivery: Delivery
        let lines: [Line]
        let shipping: Amount?
        let total: Amount
        let payment: Payment?
    }

    /// A reply of three members, to tell what encoding the whole order costs.
    struct Receipt: Codable, Sendable {
        let id: String
        let lines: Int
        let total: Amount
    }

    /// Serves `POST /echo` (answers the whole order) and `POST /receipt` (answers three members) on a free port.
    static func serve(onListening: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router()
        router.post("echo") { request, _ -> Response in
            let order = try JSONDecoder().decode(Order.self, from: try await body(of: request))
            return try reply(order)
        }
        router.post("receipt") { request, _ -> Response in
            let order = try JSONDecoder().decode(Order.self, from: try await body(of: request))
            return try reply(
                Receipt(id: order.external_id ?? "", lines: order.lines.count, total: order.total))
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0), backlog: 1_024),
            onServerRunning: { onListening($0.localAddress?.port ?? 0) })
        try await application.run()
    }

    private static func body(of request: Request) async throws -> Data {
        let buffer = try await request.body.collect(upTo: 1 << 20)
        return Data(buffer.readableBytesView)
    }

    private static func reply(_ value: some Encodable) throws -> Response {
        Response(
            status: .created, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(value))))
    }
}
