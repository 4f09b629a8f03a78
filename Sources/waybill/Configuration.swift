import ArgumentParser
import Connectors
import Databases
import Foundation
import OrderManagement
import Server

/// The options that say which database is meant; every command has them.
struct DatabaseOptions: ParsableArguments {
    @Option(
        help: """
            The database, sqlite:PATH or postgres://USER@HOST/NAME (default sqlite:waybill.db; environment
            WAYBILL_DATABASE).
            """)
    var database: String?

    @Option(
        help: """
            A JSON file with any of: database, host, port, public_url, trusted_proxies, smtp_url, smtp_user,
            smtp_password, smtp_ca, mail_from, karrio_url, karrio_token, karrio_label, karrio_webhook_secret
            (environment WAYBILL_CONFIG).
            """)
    var config: String?
}

/// What a process is started with: options before environment before file before defaults, checked once.
struct RunConfiguration: Equatable, Sendable {
    var database: DatabaseAddress
    var host: String
    var port: Int
    /// By which address the world reaches the server: `https://orders.example.com`; nil where nobody said so.
    var publicURL: String?
    /// Whose word is taken on where a request comes from.
    var proxies: TrustedProxies
    /// Where messages to customers go out; nil for nowhere.
    var mail: SMTPMailer.Options?
    /// The Karrio server that sells couriers' labels; nil for none.
    var karrio: KarrioCourier.Options?

    /// - Throws: `ValidationError` naming the option, variable or field that is wrong.
    init(
        _ target: DatabaseOptions, host: String? = nil, port: Int? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        let file = try ConfigurationFile(at: target.config ?? environment["WAYBILL_CONFIG"])
        database = try DatabaseAddress(
            target.database ?? environment["WAYBILL_DATABASE"] ?? file.database ?? "sqlite:waybill.db")
        self.host = host ?? environment["WAYBILL_HOST"] ?? file.host ?? "127.0.0.1"
        guard !self.host.isEmpty else { throw ValidationError("the host is empty: give an address such as 127.0.0.1") }
        if let port {
            self.port = port
        } else if let text = environment["WAYBILL_PORT"] {
            guard let number = Int(text) else { throw ValidationError("WAYBILL_PORT is not a number: \(text)") }
            self.port = number
        } else {
            self.port = file.port ?? 8080
        }
        guard (0...65_535).contains(self.port) else {
            throw ValidationError("the port \(self.port) is not between 0 (any free one) and 65535")
        }
        let setting = { (name: String) in environment["WAYBILL_" + name.uppercased()] ?? file.texts[name] }
        publicURL = try setting("public_url").map(Self.publicURL)
        proxies = try setting("trusted_proxies").map(Self.proxies) ?? TrustedProxies()
        mail = try Self.mail(setting)
        karrio = try Self.karrio(setting)
    }

    private static func proxies(_ text: String) throws -> TrustedProxies {
        guard let proxies = TrustedProxies(text) else {
            throw ValidationError("trusted_proxies must be addresses and networks, as 127.0.0.1, 10.0.0.0/8, ::1")
        }
        return proxies
    }

    /// An address without a path: links begin with it.
    private static func publicURL(_ text: String) throws -> String {
        let parts = URLComponents(string: text)
        guard let parts, ["http", "https"].contains(parts.scheme), parts.host?.isEmpty == false, parts.user == nil,
            parts.query == nil, parts.fragment == nil, ["", "/"].contains(parts.path), text.utf8.count <= 300
        else { throw ValidationError("public_url must be as https://orders.example.com, without a path") }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// - Parameter setting: The text of a setting, from the environment or the file.
    private static func karrio(_ setting: (String) -> String?) throws -> KarrioCourier.Options? {
        guard let url = setting("karrio_url") else {
            for name in ["karrio_token", "karrio_label", "karrio_webhook_secret"] where setting(name) != nil {
                throw ValidationError("\(name) is given without karrio_url, such as http://127.0.0.1:5002")
            }
            return nil
        }
        let parts = URLComponents(string: url)
        guard let parts, ["http", "https"].contains(parts.scheme), parts.host?.isEmpty == false, parts.user == nil,
            parts.query == nil, parts.fragment == nil
        else { throw ValidationError("karrio_url must be as http://127.0.0.1:5002 or https://karrio.example.com") }
        guard let token = setting("karrio_token"), (1...200).contains(token.utf8.count),
            token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw ValidationError("karrio_token must be an API key of Karrio, as: key_…") }
        var options = KarrioCourier.Options(url: url.hasSuffix("/") ? String(url.dropLast()) : url, token: token)
        if let secret = setting("karrio_webhook_secret") {
            guard (16...200).contains(secret.utf8.count), secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw ValidationError("karrio_webhook_secret must be what Karrio gave its webhook, as: whsec_…")
            }
            options.webhookSecret = secret
        }
        if let label = setting("karrio_label") {
            guard let format = LabelDocument.Format(rawValue: label) else {
                throw ValidationError("karrio_label must be zpl or pdf, not \(label)")
            }
            options.format = format
        }
        return options
    }

    /// - Parameter setting: The text of a setting, from the environment or the file.
    private static func mail(_ setting: (String) -> String?) throws -> SMTPMailer.Options? {
        guard let url = setting("smtp_url") else {
            for name in ["smtp_user", "smtp_password", "smtp_ca", "mail_from"] where setting(name) != nil {
                throw ValidationError("\(name) is given without smtp_url, such as smtp://mail.example.com:587")
            }
            return nil
        }
        let parts = URLComponents(string: url)
        guard let parts, ["smtp", "smtps"].contains(parts.scheme), parts.host?.isEmpty == false, parts.user == nil,
            parts.query == nil, ["", "/"].contains(parts.path)
        else {
            throw ValidationError(
                "smtp_url must be as smtp://mail.example.com:587 or smtps://mail.example.com; "
                    + "a user and a password are smtp_user and smtp_password")
        }
        guard let from = setting("mail_from").flatMap({ MailAddress($0) }) else {
            throw ValidationError("mail_from must say who writes, as: Example Shop <orders@example.com>")
        }
        var options = SMTPMailer.Options(url: url, from: from)
        (options.user, options.password) = (setting("smtp_user"), setting("smtp_password"))
        options.authorities = setting("smtp_ca")
        if (options.user == nil) != (options.password == nil) {
            throw ValidationError("smtp_user and smtp_password go together")
        }
        return options
    }
}

/// The file that `--config` names.
private struct ConfigurationFile {
    var database: String?
    var host: String?
    var port: Int?
    /// The settings of mail and couriers, by their names.
    var texts: [String: String] = [:]

    private static let textNames = [
        "smtp_url", "smtp_user", "smtp_password", "smtp_ca", "mail_from", "karrio_url", "karrio_token", "karrio_label",
        "karrio_webhook_secret",
        "public_url", "trusted_proxies",
    ]

    init(at path: String?) throws {
        guard let path else { return }
        let json: JSON
        do {
            json = try JSON.parse([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
        } catch let error as JSONError {
            throw ValidationError("the configuration file \(path) is not JSON: \(error)")
        } catch {
            throw ValidationError("cannot read the configuration file \(path): \(error.localizedDescription)")
        }
        guard let members = json.members else {
            throw ValidationError("the configuration file \(path) must hold one JSON object")
        }
        for member in members {
            switch (member.name, member.value) {
            case ("database", .string(let text)): database = text
            case ("host", .string(let text)): host = text
            case ("port", .integer(let number)): port = Int(number)
            case (let name, .string(let text)) where Self.textNames.contains(name): texts[name] = text
            case ("database", _), ("host", _), ("port", _):
                throw ValidationError("in \(path), \(member.name) cannot be \(member.value.kind)")
            default:
                let known = (["database", "host", "port"] + Self.textNames).joined(separator: ", ")
                throw ValidationError("in \(path), \(member.name) is unknown, or no text: known are \(known)")
            }
        }
    }
}

/// Where a database is.
enum DatabaseAddress: Equatable, Sendable, CustomStringConvertible {
    /// A SQLite file, by its absolute path.
    case sqlite(path: String)
    case postgres(PostgresAddress)

    /// - Throws: `ValidationError` for an address of no known kind, or one that libpq does not understand.
    init(_ text: String) throws {
        if PostgresAddress.isMeant(by: text) {
            do {
                self = .postgres(try PostgresAddress(text))
            } catch let wrong as PostgresAddress.Wrong {
                throw ValidationError(wrong.description)
            }
            return
        }
        guard text.hasPrefix("sqlite:"), text.count > "sqlite:".count else {
            throw ValidationError("the database \(text) is not of the form sqlite:PATH or postgres://…")
        }
        let name = String(text.dropFirst("sqlite:".count))
        self = .sqlite(path: Self.withoutLinks(absolutePath(name, in: FileManager.default.currentDirectoryPath)))
    }

    /// One file has one name: the lock and the socket beside it go by it.
    private static func withoutLinks(_ path: String) -> String {
        let url = URL(fileURLWithPath: path)
        if FileManager.default.fileExists(atPath: path) { return url.resolvingSymlinksInPath().path }
        return url.deletingLastPathComponent().resolvingSymlinksInPath().path + "/" + url.lastPathComponent
    }

    /// Where a running server of this database takes commands; nil where commands open the database themselves.
    var adminSocketPath: String? {
        switch self {
        case .sqlite(let path): path + ".sock"
        case .postgres: nil
        }
    }

    /// What people know it by: without any password.
    var description: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        case .postgres(let address): "\(address)"
        }
    }
}
