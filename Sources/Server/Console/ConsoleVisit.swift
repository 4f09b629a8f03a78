import HTTPTypes
import NIOCore
import OrderManagement

/// One request of somebody who is signed in.
struct ConsoleVisit: Sendable {
    let request: APIRequest
    let session: Session
    let user: User
    let now: Timestamp

    var principal: Principal { user.principal }
    var clock: WallClock { WallClock(now: now) }

    /// A name for the forms of one rendered page: whoever posts a form twice has it done once.
    let formKey = Base64URL.text(RandomBytes.make(12))
}

extension Console {
    /// - Returns: nil when nobody is signed in, or the session is over.
    func visit(_ request: APIRequest) async throws -> ConsoleVisit? {
        guard let cookie = SessionCookie.text(in: request.headers) else { return nil }
        let (digest, now) = (Digest(of: cookie).hex, waybill.clock())
        guard let found = try await waybill.read({ try UserStore.session(ofDigest: digest, at: now, in: $0) }) else {
            return nil
        }
        return ConsoleVisit(request: request, session: found.session, user: found.user, now: now)
    }

    /// Sends somebody to the sign-in page, and from there to where they wanted to go.
    func signInFirst(_ request: APIRequest) -> APIResponse {
        var address = request.path
        let query = request.query.items.map { "\(PercentCoding.encoded($0.name))=\(PercentCoding.encoded($0.value))" }
        if !query.isEmpty { address += "?" + query.joined(separator: "&") }
        let isPage = request.body.readableBytes == 0 && ConsoleForm.isOwnPage(address) && address != Self.home
        return Self.redirect(
            to: "/console/sign-in" + (isPage ? "?destination=" + PercentCoding.encoded(address) : ""))
    }
}

extension Principal {
    /// - Throws: `.forbidden`, in the words of a person's account.
    func require(_ scope: Scope, of user: User) throws(Refusal) {
        guard may(scope) else {
            throw Refusal(.forbidden, "your account (\(user.email)) lacks the scope \(scope.rawValue)")
        }
    }
}
