/// Signing in by e-mail and password.
struct SignInPage: Page {
    static let template = "sign-in"

    let title = "Sign in"
    /// Where the form posts to.
    var address: String
    /// What was typed, after a failed attempt; the password is never given back.
    var email = ""
    /// Why the last attempt failed, the same words whether the e-mail or the password was wrong.
    var failure: String?
    /// Where to go afterwards: a path of the console itself.
    var destination: String?
    /// What this installation calls itself, as "Demonstration retailer".
    var installation: String?
}
