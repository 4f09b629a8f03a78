import CLibCrypto
public import OrderManagement
import Synchronization

/// The links by which customers see their orders without an account: made and recognized.
///
/// A link is a capability: it names the order and which of its links it is, and a MAC proves that we made it. So a
/// guess is refused before anything is read, and nothing about links is stored but the secret (decision 0031).
///
/// A class, since all requests share the secret once it is read; a lock guards it.
public final class CustomerLinks: OrderLinks {
    private let waybill: OrderManagement
    /// `https://orders.example.com`; nil where nobody said how the server is reached.
    private let publicURL: String?
    private let secret = Mutex<[UInt8]?>(nil)

    public init(_ waybill: OrderManagement, publicURL: String? = nil) {
        self.waybill = waybill
        self.publicURL = publicURL
    }

    public func address(of order: Order) async throws -> String? {
        guard publicURL != nil else { return nil }
        return url(of: try await path(of: order))
    }

    /// `/o/…`
    func path(of order: Order) async throws -> String {
        CustomerPages.root + LinkToken(order: order.id, number: order.linkNumber).text(signedWith: try await key())
    }

    /// A path as the world knows it.
    func url(of path: String) -> String? { publicURL.map { $0 + path } }

    /// What a text in an address names; nil for one that we did not make.
    func token(_ text: String) async throws -> LinkToken? { LinkToken(text, signedWith: try await key()) }

    private func key() async throws -> [UInt8] {
        if let known = secret.withLock({ $0 }) { return known }
        let text = try await LinkSecret.text(of: waybill) { Base64URL.text(RandomBytes.make(32)) }
        let key = Array(text.utf8)
        secret.withLock { $0 = key }
        return key
    }
}

/// What a customer's link says: 8 bytes of the order's id, 2 of which link it is, 20 of HMAC-SHA256 (RFC 2104); 40
/// characters, so that each link has one spelling only.
struct LinkToken: Hashable {
    let order: OrderID
    /// The order's first link is 1.
    let number: Int64

    static let length = 40
    /// 160 bits: nobody guesses them, and nobody waits for them.
    private static let macBytes = 20
    private static let purpose = Array("waybill customer link\0".utf8)

    init(order: OrderID, number: Int64) {
        self.order = order
        self.number = number
    }

    /// - Returns: nil for text that was not signed so.
    init?(_ text: String, signedWith key: [UInt8]) {
        guard text.utf8.count == Self.length, let bytes = Base64URL.bytes(text), bytes.count == 30 else { return nil }
        let body = Array(bytes.dropLast(Self.macBytes))
        let expected = Self.mac(of: body, key)
        let found = Array(bytes.suffix(Self.macBytes))
        guard CRYPTO_memcmp(expected, found, Self.macBytes) == 0 else { return nil }
        let id = body.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        self.init(order: OrderID(Int64(bitPattern: id)), number: body.suffix(2).reduce(0) { $0 << 8 | Int64($1) })
    }

    func text(signedWith key: [UInt8]) -> String {
        let id = UInt64(bitPattern: order.value)
        var body = (0..<8).reversed().map { UInt8(truncatingIfNeeded: id >> (8 * UInt64($0))) }
        body += [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
        return Base64URL.text(body + Self.mac(of: body, key))
    }

    private static func mac(of body: [UInt8], _ key: [UInt8]) -> [UInt8] {
        let text = purpose + body
        var mac = [UInt8](repeating: 0, count: 32)
        let done = HMAC(EVP_sha256(), key, Int32(key.count), text, text.count, &mac, nil)
        precondition(done != nil, "libcrypto cannot compute HMAC-SHA256")
        return Array(mac.prefix(macBytes))
    }
}
