import OrderManagement
import Synchronization

/// How often somebody may show a password: counted by where they come from first, then by the account.
///
/// A stranger's attempts are their own: nobody else waits for them longer than the passwords before theirs take (see
/// `PasswordQueue`). Whoever has signed in from somewhere is counted apart from those who guess at their account from
/// elsewhere, so that nobody can be kept out. A class, since all requests share what is known; a lock guards it.
final class SignInAttempts: Sendable {
    /// Who is counted: all who try an account, or those who try it from where it was signed in to before.
    private enum Account: Hashable {
        case anywhere(String)
        case known(String, ClientAddress)
    }

    private let clients = RateLimit<ClientAddress>(burst: 20, every: Seconds(6))
    private let accounts = RateLimit<Account>(burst: 10, every: Seconds(60))
    /// Since when an account is known to be of somebody at an address.
    private let known = Mutex<[Account: Timestamp]>([:])
    /// No more are remembered: the oldest are forgotten.
    private static let knownMax = 10_000

    /// Takes one attempt. - Returns: nil, or how long to wait where there is none left.
    func take(by client: ClientAddress, for email: String, at now: Timestamp) -> Seconds? {
        clients.take(by: client, at: now) ?? accounts.take(by: account(email, client), at: now)
    }

    /// Somebody has shown the right password: it was no guess.
    func succeeded(_ client: ClientAddress, as email: String, at now: Timestamp) {
        clients.giveBack(to: client)
        accounts.forget(account(email, client))
        known.withLock { known in
            known[.known(email, client)] = now
            guard known.count > Self.knownMax else { return }
            for (account, _) in known.sorted(by: { $0.value < $1.value }).prefix(Self.knownMax / 10) {
                known[account] = nil
            }
        }
    }

    private func account(_ email: String, _ client: ClientAddress) -> Account {
        let own = Account.known(email, client)
        return known.withLock { $0[own] } == nil ? .anywhere(email) : own
    }
}
