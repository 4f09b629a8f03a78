import CLibCrypto
import OrderManagement

/// Bytes that nobody can guess, by the system's libcrypto.
enum RandomBytes {
    static func make(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let done = RAND_bytes(buffer.baseAddress, Int32(count))
            precondition(done == 1, "libcrypto has no random bytes")
            filled = count
        }
    }
}

/// The text of an API key: made here, shown once, and known afterwards by its digest only.
public struct KeyText: Hashable, Sendable {
    /// `wb_` and 40 characters: 240 random bits.
    public let text: String

    public init() { text = "wb_" + Base64URL.text(RandomBytes.make(30)) }

    /// A text that was chosen elsewhere, such as a demonstration's.
    /// - Returns: nil for one too short to be secret: less than 16 characters, or with spaces or control characters.
    public init?(chosen text: String) {
        guard (16...200).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.text = text
    }

    /// What the table of keys holds.
    public var digest: String { Digest(of: text).hex }
}

/// Passwords, as they are stored: scrypt (RFC 7914) with a salt of their own.
public struct PasswordHash: Hashable, Sendable {
    /// `scrypt$N$r$p$salt$key`.
    public let text: String

    public static let lengthMin = 10
    public static let lengthMax = 200
    private static let (cost, blockSize, parallel): (UInt64, UInt64, UInt64) = (1 << 15, 8, 1)
    private static let memoryMax: UInt64 = 64 << 20

    /// What must be so of a new password, for people.
    public static let lengthRule = "the password must have \(lengthMin) to \(lengthMax) characters"
    public static func isLongEnough(_ password: String) -> Bool { (lengthMin...lengthMax).contains(password.count) }

    /// As read from the table of users.
    public init(stored text: String) { self.text = text }

    /// Hashes a password with a fresh salt; takes about 0.1 seconds and 32 MB, which is its purpose.
    public init(of password: String) {
        let salt = RandomBytes.make(16)
        let key = Self.key(password, salt, Self.cost, Self.blockSize, Self.parallel) ?? []
        precondition(key.count == 32, "libcrypto cannot compute scrypt")
        text = "scrypt$\(Self.cost)$\(Self.blockSize)$\(Self.parallel)$\(Base64URL.text(salt))$\(Base64URL.text(key))"
    }

    /// Whether this is the hash of a password; takes the same time for every wrong one.
    public func matches(_ password: String) -> Bool {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "scrypt", let cost = UInt64(parts[1]), let size = UInt64(parts[2]),
            let parallel = UInt64(parts[3]), let salt = Base64URL.bytes(parts[4]),
            let expected = Base64URL.bytes(parts[5]), !expected.isEmpty,
            let key = Self.key(password, salt, cost, size, parallel), key.count == expected.count
        else { return false }
        return CRYPTO_memcmp(key, expected, key.count) == 0
    }

    private static func key(
        _ password: String, _ salt: [UInt8], _ cost: UInt64, _ blockSize: UInt64, _ parallel: UInt64
    ) -> [UInt8]? {
        var key = [UInt8](repeating: 0, count: 32)
        let done = EVP_PBE_scrypt(
            password, password.utf8.count, salt, salt.count, cost, blockSize, parallel, memoryMax, &key, key.count)
        return done == 1 ? key : nil
    }
}
