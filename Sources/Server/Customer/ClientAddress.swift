import Foundation

/// Where a request comes from, as far as it is counted: an IPv4 address, or the network of an IPv6 one, since a single
/// customer has 2⁶⁴ of those.
struct ClientAddress: Hashable, Sendable {
    private let bytes: [UInt8]

    static let unknown = ClientAddress(bytes: [])

    private init(bytes: [UInt8]) { self.bytes = bytes.count == 16 ? Array(bytes.prefix(8)) : bytes }

    /// - Returns: nil for text that is no address.
    init?(_ text: some StringProtocol) {
        guard let bytes = IPAddress.bytes(text) else { return nil }
        self.init(bytes: bytes)
    }
}

/// Addresses of proxies whose word on where a request comes from is taken.
public struct TrustedProxies: Hashable, Sendable {
    private struct Network: Hashable { let bytes: [UInt8], bits: Int }
    private var networks: [Network] = []

    /// Nobody's word is taken.
    public init() {}

    /// - Parameter text: Addresses and networks between commas: `127.0.0.1, 10.0.0.0/8, ::1`.
    /// - Returns: nil where one of them is none.
    public init?(_ text: String) {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard pieces.count <= 2, let bytes = IPAddress.bytes(pieces[0]) else { return nil }
            var bits = bytes.count * 8
            if pieces.count == 2 {
                guard let number = Int(pieces[1]), (0...bits).contains(number) else { return nil }
                bits = number
            }
            networks.append(Network(bytes: bytes, bits: bits))
        }
    }

    /// Who a request comes from: the peer; behind proxies that are trusted, the last address of `X-Forwarded-For` that
    /// is none of theirs. What stands further left anybody may have written.
    func client(peer: String?, forwardedFor headers: [String]) -> ClientAddress {
        guard let peer, let bytes = IPAddress.bytes(peer) else { return .unknown }
        guard trusts(bytes) else { return ClientAddress(peer) ?? .unknown }
        var last = peer
        for name in headers.flatMap({ $0.split(separator: ",") }).reversed() {
            let text = IPAddress.bare(name.trimmingCharacters(in: .whitespaces))
            guard let bytes = IPAddress.bytes(text) else { break }
            last = text
            if !trusts(bytes) { break }
        }
        return ClientAddress(last) ?? .unknown
    }

    private func trusts(_ address: [UInt8]) -> Bool {
        networks.contains { network in
            guard network.bytes.count == address.count else { return false }
            let (whole, rest) = (network.bits / 8, network.bits % 8)
            guard network.bytes.prefix(whole) == address.prefix(whole) else { return false }
            guard rest > 0 else { return true }
            return (network.bytes[whole] ^ address[whole]) >> UInt8(8 - rest) == 0
        }
    }
}

/// Addresses of the internet as text.
private enum IPAddress {
    /// 4 or 16 bytes; an IPv4 address that is written as IPv6 is one of IPv4. - Returns: nil for other text.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let text = String(text)
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(4)) }
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }

    /// `192.0.2.1:443` and `[2001:db8::1]:443` without their ports.
    static func bare(_ text: String) -> String {
        if text.hasPrefix("[") { return String(text.dropFirst().prefix { $0 != "]" }) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[0]) : text
    }
}
