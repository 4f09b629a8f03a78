import CLibCrypto

/// SHA-256 (FIPS 180-4) by the system's libcrypto.
public struct Digest: Hashable, Sendable {
    /// 32 bytes.
    public let bytes: [UInt8]

    public init(of text: String) {
        var text = text
        self = text.withUTF8 { Digest(of: UnsafeRawBufferPointer($0)) }
    }

    public init(of buffer: UnsafeRawBufferPointer) {
        bytes = [UInt8](unsafeUninitializedCapacity: 32) { output, count in
            let done = EVP_Digest(
                buffer.baseAddress, buffer.count, output.baseAddress, nil, Self.algorithm.pointer, nil)
            precondition(done == 1, "libcrypto cannot compute SHA-256")
            count = 32
        }
    }

    /// SHA-256 as libcrypto has it, looked up once: told by name only, it is looked up for each digest, which takes
    /// longer than to compute it.
    ///
    /// Unchecked `Sendable`: libcrypto lets all threads use what it has looked up, and it is never given back.
    private struct Algorithm: @unchecked Sendable {
        let pointer = EVP_MD_fetch(nil, "SHA256", nil)
    }
    private static let algorithm = Algorithm()

    /// 64 characters.
    public var hex: String {
        func digit(_ value: UInt8) -> UInt8 { value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) }
        return String(unsafeUninitializedCapacity: 64) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[2 * index] = digit(byte >> 4)
                buffer[2 * index + 1] = digit(byte & 15)
            }
            return 64
        }
    }

    /// 43 characters: what is stored where shortness counts.
    public var base64url: String { Base64URL.text(bytes) }
}

/// Base 64 with the alphabet for URLs, without padding (RFC 4648, section 5).
enum Base64URL {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount * 4 / 3 + 2)
        var (rest, bits) = (UInt32(0), 0)
        for byte in bytes {
            rest = rest << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(digits[Int(rest >> UInt32(bits) & 63)])
            }
        }
        if bits > 0 { text.append(digits[Int(rest << UInt32(6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil for text that is none.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (rest, bits) = (UInt32(0), 0)
        for character in text.utf8 {
            guard let digit = digits.firstIndex(of: character) else { return nil }
            rest = (rest << 6 | UInt32(digit)) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: rest >> UInt32(bits)))
            }
        }
        return bytes
    }
}
