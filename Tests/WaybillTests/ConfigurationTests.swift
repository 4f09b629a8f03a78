import ArgumentParser
import Connectors
import Foundation
import OrderManagement
import Server
import Testing

@testable import waybill

@Suite("What a process is started with")
struct ConfigurationTests {
    private func configuration(
        _ arguments: [String] = [], environment: [String: String] = [:], host: String? = nil, port: Int? = nil
    ) throws -> RunConfiguration {
        try RunConfiguration(try DatabaseOptions.parse(arguments), host: host, port: port, environment: environment)
    }

    @Test("Nothing said means waybill.db here, this machine only, port 8080")
    func defaults() throws {
        let found = try configuration()
        #expect(found.database == .sqlite(path: FileManager.default.currentDirectoryPath + "/waybill.db"))
        #expect(found.host == "127.0.0.1")
        #expect(found.port == 8080)
    }

    @Test("An option goes before the environment, that before the file, that before the defaults")
    func precedence() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("waybill.json")
        try #"{"database": "sqlite:/data/file.db", "host": "10.0.0.1", "port": 1}"#
            .write(toFile: file, atomically: true, encoding: .utf8)
        let environment = ["WAYBILL_CONFIG": file, "WAYBILL_HOST": "10.0.0.2", "WAYBILL_PORT": "2"]
        let found = try configuration(environment: environment, port: 3)
        #expect(found.database == .sqlite(path: "/data/file.db"))
        #expect(found.host == "10.0.0.2")
        #expect(found.port == 3)
        let other = try configuration(["--database", "sqlite:/data/option.db"], environment: environment)
        #expect(other.database == .sqlite(path: "/data/option.db"))
        #expect(other.port == 2)
    }

    @Test(
        "What is wrong is named",
        arguments: [
            ("WAYBILL_PORT", "http", "WAYBILL_PORT is not a number: http"),
            ("WAYBILL_PORT", "70000", "the port 70000 is not between"),
            ("WAYBILL_HOST", "", "the host is empty"),
            ("WAYBILL_DATABASE", "mysql://x", "mysql://x is not of the form"),
            ("WAYBILL_DATABASE", "sqlite:", "sqlite: is not of the form"),
            ("WAYBILL_DATABASE", "postgres://localhost/waybill?sslmod=require", "sslmod"),
            ("WAYBILL_CONFIG", "/nonexistent/waybill.json", "cannot read the configuration file"),
        ])
    func wrong(variable: String, value: String, message: String) {
        do {
            _ = try configuration(environment: [variable: value])
            Issue.record("\(variable)=\(value) was accepted")
        } catch {
            #expect("\(error)".contains(message))
        }
    }

    @Test("The address of a PostgreSQL database is shown without its password, also where it is wrong")
    func passwords() throws {
        let found = try configuration(["--database", "postgres://me:secret@db.example:5433/shop?sslmode=require"])
        #expect("\(found.database)" == "postgres://me@db.example:5433/shop")
        #expect(found.database.adminSocketPath == nil)
        for place in ["[db/shop", "db:port:9/x?no=1", "db?x"] {
            let wrong = "postgres://me:secret@" + place
            let error = #expect(throws: (any Error).self) { try configuration(["--database", wrong]) }
            #expect(error.map { "\($0)".contains("secret") } == false, "\(wrong)")
        }
    }

    @Test("A mail server is named by its address, and by who writes")
    func mail() throws {
        let environment = ["WAYBILL_SMTP_URL": "smtps://mail.example.com", "WAYBILL_MAIL_FROM": "Shop <a@example.com>"]
        #expect(try configuration().mail == nil)
        #expect(try configuration(environment: environment).mail?.url == "smtps://mail.example.com")
        let folder = try TemporaryFolder()
        try #"{"smtp_url": "smtp://x:25", "mail_from": "b@example.com", "smtp_user": "u", "smtp_password": "p"}"#
            .write(toFile: folder.file("c.json"), atomically: true, encoding: .utf8)
        let found = try configuration(environment: ["WAYBILL_CONFIG": folder.file("c.json")])
        #expect(found.mail?.url == "smtp://x:25" && found.mail?.user == "u" && found.mail?.password == "p")
        for (name, value, message) in [
            ("WAYBILL_SMTP_URL", "http://mail.example.com", "smtp_url must be as"),
            ("WAYBILL_SMTP_URL", "smtp://u:secret@mail.example.com", "smtp_user and smtp_password"),
            ("WAYBILL_MAIL_FROM", "nobody", "mail_from must say who writes"),
            ("WAYBILL_SMTP_USER", "u", "smtp_user and smtp_password go together"),
        ] {
            let error = #expect(throws: (any Error).self) {
                try configuration(environment: environment.merging([name: value]) { $1 })
            }
            #expect(error.map { "\($0)".contains(message) && !"\($0)".contains("secret") } == true, "\(name)")
        }
        #expect(throws: (any Error).self) { try configuration(environment: ["WAYBILL_MAIL_FROM": "a@example.com"]) }
    }

    @Test("Where customers reach the server, and whose word on their addresses counts, are said as the rest")
    func publicAddress() throws {
        #expect(try configuration().publicURL == nil && configuration().proxies == TrustedProxies())
        let environment = [
            "WAYBILL_PUBLIC_URL": "https://orders.example.com/", "WAYBILL_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8",
        ]
        let found = try configuration(environment: environment)
        #expect(found.publicURL == "https://orders.example.com")
        #expect(found.proxies == TrustedProxies("127.0.0.1,10.0.0.0/8"))
        let folder = try TemporaryFolder()
        try #"{"public_url": "http://localhost:8080", "trusted_proxies": "::1"}"#
            .write(toFile: folder.file("c.json"), atomically: true, encoding: .utf8)
        let other = try configuration(environment: ["WAYBILL_CONFIG": folder.file("c.json")])
        #expect(other.publicURL == "http://localhost:8080" && other.proxies == TrustedProxies("::1"))
        for (name, value, message) in [
            ("WAYBILL_PUBLIC_URL", "orders.example.com", "public_url must be as"),
            ("WAYBILL_PUBLIC_URL", "https://u:secret@orders.example.com", "public_url must be as"),
            ("WAYBILL_PUBLIC_URL", "https://example.com/orders", "without a path"),
            ("WAYBILL_TRUSTED_PROXIES", "proxy.example.com", "trusted_proxies must be addresses"),
        ] {
            let error = #expect(throws: (any Error).self) { try configuration(environment: [name: value]) }
            #expect(error.map { "\($0)".contains(message) && !"\($0)".contains("secret") } == true, "\(value)")
        }
    }

    @Test("A Karrio server is named by its address and a token; labels are ZPL unless PDF is said")
    func karrio() throws {
        let environment = ["WAYBILL_KARRIO_URL": "https://karrio.example.com/", "WAYBILL_KARRIO_TOKEN": "key_secret"]
        #expect(try configuration().karrio == nil)
        let found = try #require(try configuration(environment: environment).karrio)
        #expect(found.url == "https://karrio.example.com" && found.token == "key_secret" && found.format == .zpl)
        let folder = try TemporaryFolder()
        try #"{"karrio_url": "http://localhost:5002", "karrio_token": "key_1", "karrio_label": "pdf"}"#
            .write(toFile: folder.file("c.json"), atomically: true, encoding: .utf8)
        let other = try configuration(environment: ["WAYBILL_CONFIG": folder.file("c.json")]).karrio
        #expect(other?.url == "http://localhost:5002" && other?.format == .pdf)
        for (name, value, message) in [
            ("WAYBILL_KARRIO_URL", "karrio.example.com", "karrio_url must be as"),
            ("WAYBILL_KARRIO_URL", "https://u:secret@karrio.example.com", "karrio_url must be as"),
            ("WAYBILL_KARRIO_TOKEN", "key secret\r\nX-Evil: 1", "karrio_token must be"),
            ("WAYBILL_KARRIO_LABEL", "png", "karrio_label must be zpl or pdf, not png"),
        ] {
            let error = #expect(throws: (any Error).self) {
                try configuration(environment: environment.merging([name: value]) { $1 })
            }
            #expect(error.map { "\($0)".contains(message) && !"\($0)".contains("secret") } == true, "\(name)")
        }
        let name = "WAYBILL_KARRIO_WEBHOOK_SECRET"
        let called = try configuration(environment: environment.merging([name: "whsec_0123456789"]) { $1 }).karrio
        #expect(found.webhookSecret == nil && called?.webhookSecret == "whsec_0123456789")
        let short = #expect(throws: (any Error).self) {
            try configuration(environment: environment.merging([name: "whsec_a b"]) { $1 })
        }
        #expect(short.map { "\($0)".contains("must be what Karrio gave") && !"\($0)".contains("a b") } == true)
        let alone = #expect(throws: (any Error).self) {
            try configuration(environment: ["WAYBILL_KARRIO_TOKEN": "key_secret"])
        }
        #expect(alone.map { "\($0)".contains("karrio_token is given without karrio_url") } == true)
    }

    @Test(
        "A configuration file with a field that is unknown or of the wrong type is refused",
        arguments: [
            (#"{"hots": "x"}"#, "hots is unknown"), (#"{"port": "8080"}"#, "port cannot be"), ("[]", "one JSON object"),
            ("{", "is not JSON"),
        ])
    func wrongFile(text: String, message: String) throws {
        let folder = try TemporaryFolder()
        try text.write(toFile: folder.file("c.json"), atomically: true, encoding: .utf8)
        do {
            _ = try configuration(environment: ["WAYBILL_CONFIG": folder.file("c.json")])
            Issue.record("\(text) was accepted")
        } catch {
            #expect("\(error)".contains(message))
        }
    }
}
