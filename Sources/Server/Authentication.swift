import HTTPTypes
import OrderManagement
import Synchronization

/// Finds out who calls, by the digest of the key that they show.
///
/// A class, since all requests share what was found; a lock guards it. What was found is believed until a key is
/// revoked through this process, and for 5 seconds at most, in case another process on the same database revokes one.
/// A caller who guesses keys costs at most one read each.
final class Authentication: Sendable {
    static let believedFor = Seconds(5)
    /// No more keys are remembered than this: the oldest knowledge is dropped whole.
    static let rememberedMax = 10_000

    private struct Known: Sendable {
        let principal: Principal?
        let until: Timestamp
        /// `OrderManagement.rightsVersion` before it was read.
        let rights: Int64
    }

    private let waybill: OrderManagement
    private let known = Mutex<[Digest: Known]>([:])

    init(_ waybill: OrderManagement) { self.waybill = waybill }

    /// - Throws: `.unauthorized` for a missing, unknown or revoked key.
    func principal(of headers: RequestHeaders) async throws -> Principal {
        guard let header = headers[.authorization] else {
            throw Refusal(.unauthorized, "this call needs a key: Authorization: Bearer KEY")
        }
        let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= 200 else {
            throw Refusal(.unauthorized, "Authorization must be: Bearer KEY")
        }
        let digest = Digest(of: String(parts[1]))
        guard let principal = try await principal(ofDigest: digest) else {
            throw Refusal(.unauthorized, "this key is unknown or was revoked")
        }
        return principal
    }

    private func principal(ofDigest digest: Digest) async throws -> Principal? {
        let (now, rights) = (waybill.clock(), waybill.rightsVersion)
        if let known = known.withLock({ $0[digest] }), known.until > now, known.rights == rights {
            return known.principal
        }
        let principal = try await waybill.read { try APIKeyStore.key(ofDigest: digest.hex, in: $0) }
            .flatMap { $0.isRevoked ? nil : $0.principal }
        known.withLock {
            if $0.count >= Self.rememberedMax { $0.removeAll() }
            // An unknown key may be made in the next moment: only what exists is remembered.
            $0[digest] = principal.map { Known(principal: $0, until: now + Self.believedFor, rights: rights) }
        }
        return principal
    }
}
