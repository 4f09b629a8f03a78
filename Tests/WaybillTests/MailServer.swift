import Foundation
import OrderManagement

/// A mail server of Debian's `python3-aiosmtpd` on a free port, which takes mail apart with Python's own parser.
///
/// A class, since the process ends with it.
final class MailServer {
    /// How it answers the next mails: what it says after the data, or after the recipient.
    enum Mode: String {
        case take
        /// Takes the mail, and is gone before it says so.
        case drop
        case busy = "451", refuse = "550"
        case refuseRecipient = "recipient"
    }

    let port: Int
    let folder: TemporaryFolder
    private let process = Process()
    private let out: BuiltProgram.Capture

    /// - Parameter password: With one, it wants STARTTLS with the certificate in `certificate`, and `shop` to sign in.
    init(password: String? = nil) throws {
        folder = try TemporaryFolder()
        out = try BuiltProgram.Capture()
        try Self.script.write(toFile: folder.file("server.py"), atomically: true, encoding: .utf8)
        if password != nil { try Self.makeCertificate(in: folder) }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [folder.file("server.py"), folder.path, password ?? ""]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = out.handle
        try process.run()
        let deadline = Date().addingTimeInterval(120)
        while true {
            if let port = Int(try out.peek().trimmingCharacters(in: .whitespacesAndNewlines)) {
                self.port = port
                return
            }
            guard process.isRunning, Date() < deadline else {
                throw BuiltProgram.Failure("no mail server: is python3-aiosmtpd installed (scripts/install test)?")
            }
            usleep(10_000)
        }
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)  // a child of the tests may have learnt to ignore all others
        process.waitUntilExit()
    }

    var certificate: String { folder.file("certificate.pem") }

    func answer(_ mode: Mode) throws {
        try mode.rawValue.write(toFile: folder.file("mode"), atomically: true, encoding: .utf8)
    }

    /// What was taken, as Python's parser understands it.
    func mails() throws -> [JSON] {
        guard FileManager.default.fileExists(atPath: folder.file("mails")) else { return [] }
        return try String(contentsOfFile: folder.file("mails"), encoding: .utf8).split(separator: "\n")
            .map { try JSON.parse(String($0), limits: .stored) }
    }

    private static func makeCertificate(in folder: TemporaryFolder) throws {
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        openssl.arguments =
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
            .split(separator: " ").map(String.init)
            + ["-keyout", folder.file("key.pem"), "-out", folder.file("certificate.pem")]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
    }

    private static let script = """
        import asyncio, email, email.policy, json, os, ssl, sys
        from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

        folder, password = sys.argv[1], sys.argv[2]

        def mode():
            path = os.path.join(folder, 'mode')
            return open(path).read() if os.path.exists(path) else 'take'

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):
                if mode() == 'recipient':
                    return '550 5.1.1 <' + address + '> is unknown here'
                envelope.rcpt_tos.append(address)
                return '250 OK'

            async def handle_DATA(self, server, session, envelope):
                if mode() in ('451', '550'):
                    return mode() + ' not now, ' + envelope.rcpt_tos[0]
                mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
                with open(os.path.join(folder, 'mails'), 'a') as file:
                    file.write(json.dumps({
                        'sender': envelope.mail_from, 'recipients': envelope.rcpt_tos,
                        'names': [name for name in mail.keys()], 'subject': mail['subject'],
                        'from': [[a.display_name, a.addr_spec] for a in mail['from'].addresses],
                        'to': [[a.display_name, a.addr_spec] for a in mail['to'].addresses],
                        'id': mail['message-id'], 'date': mail['date'].datetime.isoformat(),
                        'type': mail.get_content_type(),
                        'parts': [[p.get_content_type(), p.get_content()] for p in mail.walk() if not p.is_multipart()],
                        'longest': max(len(line) for line in envelope.content.split(b'\\r\\n')),
                        'secure': session.ssl is not None, 'user': session.authenticated,
                        'defects': [repr(d) for p in mail.walk() for d in p.defects]}) + '\\n')
                if mode() == 'drop':
                    server.transport.abort()
                return '250 taken'

        def sign_in(server, session, envelope, mechanism, data):
            known = isinstance(data, LoginPassword) and data.password == password.encode()
            return AuthResult(success=known, handled=False)

        def make():
            if not password:
                return SMTP(Handler(), enable_SMTPUTF8=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(os.path.join(folder, 'certificate.pem'), os.path.join(folder, 'key.pem'))
            return SMTP(
                Handler(), tls_context=context, require_starttls=True, auth_required=True, authenticator=sign_in)

        async def main():
            server = await asyncio.get_running_loop().create_server(make, '127.0.0.1', 0)
            print(server.sockets[0].getsockname()[1], flush=True)
            await server.serve_forever()

        asyncio.run(main())
        """
}
