import HTTPTypes
import OrderManagement

/// The cookie that says who is signed in: a random text, of which only the digest is stored.
enum SessionCookie {
    static let name = "waybill_session"

    /// The text that a browser sent; nil without one, or for one that is none of ours.
    static func text(in headers: RequestHeaders) -> String? {
        Cookies.value(of: name, in: headers).flatMap { $0.utf8.count == 43 ? $0 : nil }
    }

    /// 256 random bits.
    static func fresh() -> String { Base64URL.text(RandomBytes.make(32)) }

    static func set(_ text: String, for request: APIRequest) -> (HTTPField.Name, String) {
        Cookies.set(name, text, seconds: Session.lasts.count, for: request)
    }

    static func clear(for request: APIRequest) -> (HTTPField.Name, String) {
        Cookies.set(name, "", seconds: 0, for: request)
    }
}

/// The cookie that carries what the last action did over the redirect, to be shown once.
enum FlashCookie {
    static let name = "waybill_flash"
    /// A browser keeps 4,096 bytes of a cookie; four characters of it hold three bytes.
    private static let bytesMax = 1_500

    static func flash(in headers: RequestHeaders) -> Flash? {
        guard let cookie = Cookies.value(of: name, in: headers), !cookie.isEmpty,
            let bytes = Base64URL.bytes(cookie), let text = String(validating: bytes, as: UTF8.self),
            let cut = text.firstIndex(of: " "), let tone = Tone(rawValue: String(text[..<cut]))
        else { return nil }
        let parts = text[text.index(after: cut)...].split(separator: separator, omittingEmptySubsequences: false)
        let links = parts.dropFirst().compactMap { part -> PageLink? in
            guard let space = part.firstIndex(of: " ") else { return nil }
            let address = String(part[..<space])
            // Whoever sets a cookie does not choose where our pages lead.
            guard ConsoleForm.isOwnPage(address) else { return nil }
            let label = part[part.index(after: space)...]
            guard label.first == printing else { return PageLink(label: String(label), address: address) }
            return PageLink(label: String(label.dropFirst()), address: address, isPrinting: true)
        }
        return Flash(text: String(parts.first ?? ""), tone: tone, links: links)
    }

    /// Between the sentence and each of its links; no text that people typed is left with one.
    private static let separator: Character = "\u{1E}"

    /// Before the label of what is asked for by a form.
    private static let printing: Character = "\u{1F}"

    static func set(_ flash: Flash, for request: APIRequest) -> (HTTPField.Name, String) {
        var text = flash.text.filter { $0 != separator }
        if text.utf8.count > bytesMax {
            while text.utf8.count > bytesMax { text.removeLast(max(1, (text.utf8.count - bytesMax) / 4)) }
            text += "…"
        }
        for link in flash.links {
            text += "\(separator)\(link.address) " + (link.isPrinting ? "\(printing)" : "") + link.label
        }
        return Cookies.set(name, Base64URL.text("\(flash.tone.rawValue) \(text)".utf8), seconds: 60, for: request)
    }

    static func clear(for request: APIRequest) -> (HTTPField.Name, String) {
        Cookies.set(name, "", seconds: 0, for: request)
    }
}

/// Cookies as browsers send and take them (RFC 6265).
private enum Cookies {
    static func value(of name: String, in headers: RequestHeaders) -> String? {
        for line in headers[values: .cookie] {
            for pair in line.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2, parts[0].drop(while: { $0 == " " }) == name { return String(parts[1]) }
            }
        }
        return nil
    }

    /// Out of reach of scripts and of other sites; over HTTPS only, where a proxy says that this is HTTPS.
    static func set(_ name: String, _ value: String, seconds: Int64, for request: APIRequest) -> (
        HTTPField.Name, String
    ) {
        let secure = request.headers[.forwardedProto] == "https" ? "; Secure" : ""
        return (
            .setCookie, "\(name)=\(value); Path=/console; Max-Age=\(seconds); HttpOnly; SameSite=Strict\(secure)"
        )
    }
}

extension HTTPField.Name {
    // A token of RFC 9110 is a name, so it is not nil.
    static let forwardedProto = HTTPField.Name("X-Forwarded-Proto")!
    static let fetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
