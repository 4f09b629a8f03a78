import CLibPQ
import Foundation

/// Where a PostgreSQL database is, and as whom to go there: a connection URL of libpq.
///
/// Everything that libpq knows may stand in it: several hosts, `sslmode`, `target_session_attrs`, `connect_timeout`.
/// What is missing is taken from the environment (`PGPASSWORD`, `PGPASSFILE`, …) and the password file. Its text may
/// hold a password, so it is never shown: `description` leaves that out.
public struct PostgresAddress: Hashable, Sendable, CustomStringConvertible {
    /// The text is no connection URL. Says why, without the password.
    public struct Wrong: Error, CustomStringConvertible {
        public let description: String
    }

    /// As given, with the password if there is one.
    let url: String
    public let description: String
    /// The settings that the URL names, by their libpq keywords.
    private let settings: [String: String]

    /// Whether a text looks like the address of a PostgreSQL database.
    public static func isMeant(by text: String) -> Bool {
        text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
    }

    /// - Throws: `Wrong` if libpq does not understand the URL.
    public init(_ url: String) throws {
        guard Self.isMeant(by: url) else {
            throw Wrong(description: "a PostgreSQL address begins with postgres:// or postgresql://")
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            defer { PQfreemem(message) }
            let text = message.map { String(cString: $0) } ?? "libpq is out of memory"
            throw Wrong(description: "the database address is wrong: \(Self.withoutPassword(text, of: url))")
        }
        defer { PQconninfoFree(options) }
        var settings: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { settings[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        self.url = url
        self.settings = settings
        self.description = Self.shown(settings)
    }

    /// The name of the database; nil when libpq chooses (the user's name).
    public var database: String? { settings["dbname"] }

    /// The URL with its password, for libpq.
    public var connectionText: String { url }

    /// The same place with another database: for tests and for tools that make databases.
    public func withDatabase(_ name: String) throws -> PostgresAddress {
        guard var parts = URLComponents(string: url) else {
            throw Wrong(description: "the address \(self) has several hosts: its database cannot be exchanged")
        }
        parts.path = "/" + name
        return try PostgresAddress(parts.string ?? url)
    }

    /// For programs that must not show the password among their arguments: it goes by the environment.
    ///
    /// - Returns: A connection string without the password, and the password if there is one.
    var forChildren: (connection: String, password: String?) {
        let pairs = settings.filter { $0.key != "password" }.sorted { $0.key < $1.key }.map { key, value in
            let escaped = value.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "'", with: "\\'")
            return "\(key)='\(escaped)'"
        }
        return (pairs.joined(separator: " "), settings["password"])
    }

    private static func shown(_ settings: [String: String]) -> String {
        let hosts = (settings["host"] ?? settings["hostaddr"] ?? "").split(
            separator: ",", omittingEmptySubsequences: false)
        let ports = (settings["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let places = hosts.enumerated().map { index, host in
            let port = index < ports.count ? ports[index] : ports.count == 1 ? ports[0] : ""
            return port.isEmpty ? String(host) : "\(host):\(port)"
        }
        let user = settings["user"].map { $0 + "@" } ?? ""
        return "postgres://\(user)\(places.joined(separator: ","))/\(settings["dbname"] ?? "")"
    }

    /// libpq repeats the URL in what it says of a wrong one.
    private static func withoutPassword(_ text: String, of url: String) -> String {
        let scheme = url.prefix(while: { $0 != ":" })
        var line = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
        line = line.replacingOccurrences(of: url, with: "\(scheme)://…")
        // A part of it may still be quoted: nothing behind the first quotation mark is safe then.
        if let at = url.lastIndex(of: "@"), let colon = url[..<at].lastIndex(of: ":") {
            let password = String(url[url.index(after: colon)..<at])
            if !password.isEmpty { line = line.replacingOccurrences(of: password, with: "…") }
        }
        return line
    }
}
