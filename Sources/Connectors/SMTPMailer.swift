import CLibCurl
import Foundation
public import OrderManagement

/// Sends messages by SMTP, through libcurl.
///
/// `smtps://` is TLS from the start; `smtp://` is STARTTLS, which must succeed where a password is sent and is tried
/// where none is. One connection is kept and used again. After trouble with the server, nobody asks it for a while, so
/// that one that does not answer does not hold up everything else.
/// A class, since it owns the connection; only its queue touches it.
public final class SMTPMailer: Mailer, @unchecked Sendable {
    public struct Options: Hashable, Sendable {
        /// `smtp://mail.example.com:587`
        public var url: String
        public var user: String?
        public var password: String?
        /// Who writes, as people read it: `Example Shop <orders@example.com>`.
        public var from: MailAddress
        /// A file of certificates to trust instead of the system's.
        public var authorities: String?
        public var connectSecondsMax = 10
        public var secondsMax = 60
        /// How long the server is left alone after trouble.
        public var restSeconds: Double = 5

        public init(url: String, user: String? = nil, password: String? = nil, from: MailAddress) {
            self.url = url
            self.user = user
            self.password = password
            self.from = from
        }
    }

    private let options: Options
    private let queue = DispatchQueue(label: "mail")
    private let curl: UnsafeMutableRawPointer?
    private var restsUntil = ContinuousClock.now
    private static let isStarted = waybill_curl_start() == CURLE_OK

    public init(_ options: Options) {
        self.options = options
        curl = Self.isStarted ? curl_easy_init() : nil
    }

    deinit { if let curl { curl_easy_cleanup(curl) } }

    public func send(_ letter: Letter, to recipient: String, named name: String, as id: MessageID)
        async throws(ConnectorRests) -> SendingOutcome
    {
        guard let address = MailAddress(name: name, address: recipient) else {
            return .refused(reason: "the customer's e-mail address is none that can be written to")
        }
        let mail = Mail(letter: letter, from: options.from, to: address, id: "\(id)@\(options.from.domain)", at: Date())
        let outcome: Result<SendingOutcome, ConnectorRests> = await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: transfer(mail)) }
        }
        return try outcome.get()
    }

    private func transfer(_ mail: Mail) -> Result<SendingOutcome, ConnectorRests> {
        guard let curl else { return .success(.unknown(reason: "libcurl did not start")) }
        let now = ContinuousClock.now
        guard now >= restsUntil else {
            let left = (restsUntil - now) / .seconds(1)
            return .failure(ConnectorRests("the mail server did not answer a moment ago", seconds: left))
        }
        curl_easy_reset(curl)  // keeps the connection
        let (headers, recipients) = (Self.list(mail.headers), Self.list([mail.to.address]))
        let mime = Self.mime(of: mail.letter, curl)
        defer {
            curl_slist_free_all(headers)
            curl_slist_free_all(recipients)
            curl_mime_free(mime)
        }
        for (option, text) in texts where text != nil { _ = waybill_curl_set_text(curl, option, text) }
        for (option, number) in numbers { _ = waybill_curl_set_long(curl, option, number) }
        _ = waybill_curl_set_list(curl, CURLOPT_MAIL_RCPT, recipients)
        _ = waybill_curl_set_list(curl, CURLOPT_HTTPHEADER, headers)
        _ = waybill_curl_set_mime(curl, CURLOPT_MIMEPOST, mime)
        let code = curl_easy_perform(curl)
        var status = 0
        _ = waybill_curl_get_long(curl, CURLINFO_RESPONSE_CODE, &status)
        return .success(outcome(code, status))
    }

    private var texts: [(CURLoption, String?)] {
        [
            (CURLOPT_URL, options.url), (CURLOPT_USERNAME, options.user), (CURLOPT_PASSWORD, options.password),
            (CURLOPT_MAIL_FROM, options.from.address), (CURLOPT_CAINFO, options.authorities),
            (CURLOPT_PROTOCOLS_STR, "smtp,smtps"),
        ]
    }

    private var numbers: [(CURLoption, Int)] {
        let tls = options.password == nil ? CURLUSESSL_TRY : CURLUSESSL_ALL
        return [
            (CURLOPT_USE_SSL, Int(tls.rawValue)), (CURLOPT_CONNECTTIMEOUT, options.connectSecondsMax),
            (CURLOPT_TIMEOUT, options.secondsMax), (CURLOPT_NOSIGNAL, 1),
        ]
    }

    private static func list(_ texts: [String]) -> UnsafeMutablePointer<curl_slist>? {
        texts.reduce(nil) { curl_slist_append($0, $1) }
    }

    /// The letter in both of its forms: who reads it takes the last one that they can show (RFC 2046, section 5.1.4).
    private static func mime(of letter: Letter, _ curl: UnsafeMutableRawPointer) -> OpaquePointer? {
        let forms = curl_mime_init(curl)
        for (text, type) in [(letter.text, "text/plain; charset=utf-8"), (letter.html, "text/html; charset=utf-8")] {
            let part = curl_mime_addpart(forms)
            let lines = Mail.lines(text)
            _ = curl_mime_data(part, lines, lines.utf8.count)
            _ = curl_mime_type(part, type)
            _ = curl_mime_encoder(part, "quoted-printable")
        }
        return forms
    }

    /// What the server said decides: 5xx is for good, all else may be otherwise later. The server's own words are not
    /// kept, since they name people.
    private func outcome(_ code: CURLcode, _ status: Int) -> SendingOutcome {
        if code == CURLE_OK { return .sent }
        let reason = String(cString: curl_easy_strerror(code))
        let isAnswer = [CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_WEIRD_SERVER_REPLY].contains(code)
        if isAnswer, (500..<600).contains(status) { return .refused(reason: "the mail server answered \(status)") }
        if isAnswer, (400..<500).contains(status) { return .unknown(reason: "the mail server answered \(status)") }
        restsUntil = ContinuousClock.now + .seconds(options.restSeconds)
        return .unknown(reason: "no mail server that could be used: \(reason)")
    }
}
