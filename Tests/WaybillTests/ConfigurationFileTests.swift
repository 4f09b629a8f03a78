import Foundation
import OrderManagement
import Testing

@testable import waybill

@Suite("Configuration as a file", .serialized)
struct ConfigurationFileTests {
    private let shop: Shop

    init() throws { shop = try Shop() }

    private func config() throws -> String {
        let outcome = try BuiltProgram.run(["config", "--database", shop.url])
        try #require(outcome.code == 0, "\(outcome.err)")
        return outcome.out
    }

    /// Applies a text as a file of its own.
    private func apply(_ text: String, _ options: String...) throws -> BuiltProgram.Outcome {
        let path = shop.folder.file("shop.yaml")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return try BuiltProgram.run(["apply", "shop.yaml", "--database", shop.url] + options, folder: shop.folder.path)
    }

    @Test("What config prints, apply takes in again and changes nothing")
    func roundTrip() throws {
        let text = try config()
        let outcome = try apply(text)
        #expect(outcome.code == 0, "\(outcome.err)")
        #expect(outcome.out == "= 4 unchanged: channels store; locations LEEDS, YORK; packaging\nnothing to change\n")
        #expect(try config() == text)
    }

    @Test("A plan shows each field that would change, old and new, and changes nothing; applying it does, once")
    func plan() throws {
        let before = try config()
        let text = before.replacing("remorse_seconds: 1800", with: "remorse_seconds: 60")
            .replacing("name: Tills", with: "name: 'Ça va, Käthe & Søn: 100 %'")
        let planned = try apply(text, "--plan")
        #expect(planned.code == 0, "\(planned.err)")
        #expect(planned.out.contains("~ channel store\n    name: \"Tills\" → \"Ça va, Käthe & Søn: 100 %\"\n"))
        #expect(planned.out.contains("    policy.remorse_seconds: 1800 → 60\n"))
        #expect(planned.out.hasSuffix("a plan: nothing was changed\n"))
        #expect(try config() == before)
        #expect(try apply(text).out.hasSuffix("applied\n"))
        #expect(try config().contains("remorse_seconds: 60\n"))
        #expect(try apply(text).out.hasSuffix("nothing to change\n"))
    }

    @Test("Drafts are tried on the orders of a period, and what they would change is said; nothing is changed")
    func whatIf() throws {
        let before = try config()
        let path = shop.folder.file("draft.yaml")
        try before.replacing("return_days: 30", with: "return_days: 5").write(
            toFile: path, atomically: true, encoding: .utf8)
        func ask(_ options: String...) throws -> BuiltProgram.Outcome {
            try BuiltProgram.run(
                ["what-if", "--policies", "draft.yaml", "--database", shop.url] + options, folder: shop.folder.path)
        }
        let tried = try ask("--from", "2026-03-01", "--to", "2026-04-01")
        #expect(tried.code == 0, "\(tried.err)")
        #expect(tried.out.contains("    policy.return_days: 30 → 5\n0 of 0 orders are decided differently\n"))
        #expect(try ask("--from", "2026-04-01", "--to", "2026-03-01").code == 2)
        #expect(try ask("--from", "2026-03-01", "--to", "2026-04-01", "--assume", "x").code == 2)
        #expect(try config() == before)
        try before.replacing("return_days: 30", with: "return_days: x").write(
            toFile: path, atomically: true, encoding: .utf8)
        let wrong = try ask("--from", "2026-03-01", "--to", "2026-04-01")
        #expect(wrong.code == 1 && wrong.err.contains("/policy/return_days"), "\(wrong.err)")
    }

    @Test("A payment provider that is not connected is refused at its line, with those that are")
    func provider() throws {
        let text = try config().replacing("capture_order: []", with: "capture_order: [manual, paypall]")
        let outcome = try apply(text)
        #expect(outcome.code == 1, "\(outcome.out)")
        #expect(outcome.err.contains("/policy/paying/capture_order/1: no payment provider is connected as paypall"))
        #expect(outcome.err.contains("there are: ") && outcome.err.contains("manual, store_credit"))
    }

    @Test("A courier's words go in and come out as they were written")
    func words() throws {
        let courier = """
            couriers:
              - code: royal-mail
                name: Royal Mail
                currency: GBP
                zones: [{country: GB, zone: home}]
                services:
                  - {code: tracked, name: Tracked, bands: [{zone: home, weight_g_max: 2000, price: 400}]}
                words:
                  - {word: Delivered to neighbour, status: delivered}
                  - {word: Sender despatching item, status: null}

            """
        let applied = try apply(courier)
        #expect(applied.code == 0 && applied.out.hasSuffix("applied\n"), "\(applied.err)")
        let text = try config()
        #expect(text.contains("Delivered to neighbour") && text.contains("Sender despatching item"))
        #expect(try apply(text).out.hasSuffix("nothing to change\n"))
        let planned = try apply(courier.replacing("status: null", with: "status: in_transit"), "--plan")
        #expect(planned.out.contains("words"), "\(planned.out)")
    }

    @Test("Couriers' cut-offs and holidays go in and come out as they were written, quoted or not")
    func cutoffs() throws {
        let file = """
            couriers:
              - code: royal-mail
                name: Royal Mail
                holidays: [2026-12-28, "2026-12-25"]
                currency: GBP
                zones: [{country: GB, zone: home}]
                services:
                  - {code: tracked, name: Tracked, bands: [{zone: home, weight_g_max: 2000, price: 400}]}
            locations:
              - code: LEEDS
                name: Leeds
                kind: warehouse
                address: {name: Leeds, lines: [1 High Street], city: Leeds, postcode: LS1 4AP, country: GB}
                calendar:
                  {zone: Europe/London, open: [1, 2, 3, 4, 5, 6], holidays: [2026-12-29, 20811], cutoff_minutes: 960}
                courier_cutoffs:
                  - {courier: royal-mail, cutoff: 16:30, days: [1, 2, 3, 4, 5]}
                  - {courier: royal-mail, cutoff: "09:05", days: [6]}

            """
        let applied = try apply(file)
        #expect(applied.code == 0 && applied.out.hasSuffix("applied\n"), "\(applied.err)")
        let text = try config()
        #expect(text.contains("16:30") && text.contains("09:05") && text.contains("2026-12-28"), "\(text)")
        #expect(text.contains("2026-12-24") && text.contains("2026-12-29"), "\(text)")
        #expect(try apply(text).out.hasSuffix("nothing to change\n"))
        let planned = try apply(file.replacing("16:30", with: "17:00").replacing("12-28", with: "12-26"), "--plan")
        #expect(planned.out.contains("courier_cutoffs") && planned.out.contains("holidays"), "\(planned.out)")
        let wrong = try apply(file.replacing("courier: royal-mail, cutoff: 16:30", with: "courier: rm, cutoff: 16:30"))
        #expect(wrong.code == 1 && wrong.err.contains("there is no courier rm"), "\(wrong.err)")
    }

    @Test("What the file does not name is left as it is, and named; new things are made with what they need")
    func left() throws {
        let outcome = try apply(
            """
            channels:
              - {code: till-oslo, name: Oslo, currency: NOK, locations: [OSLO]}
            locations:
              - code: OSLO
                name: "Oslo"
                kind: store
                address: {name: Oslo, lines: [Storgata 1], city: Oslo, postcode: "0155", country: NO}
                calendar: {zone: Europe/Oslo, cutoff_minutes: 960}
            """)
        #expect(outcome.code == 0, "\(outcome.err)")
        #expect(outcome.out.contains("+ channel till-oslo\n+ location OSLO\n"))
        #expect(!outcome.out.contains("NOK"))
        #expect(outcome.out.contains("not in the file, left as they are: channels store; locations LEEDS, YORK\n"))
        let text = try config()
        #expect(text.contains("country: \"NO\"") && text.contains("postcode: \"0155\""), "\(text)")
        #expect(text.contains("code: store") && text.contains("code: LEEDS"))
    }

    @Test("A wrong file changes nothing; every wrong place is named with its line")
    func wrong() throws {
        let before = try config()
        let outcome = try apply(
            """
            channels:
              - code: web
                name: Web
                currency: GBP
                policy:
                  remorse_secs: 5
                  return_days: soon
              - code: web
                name: Again
                currency: XXX
              - name: Nameless
                currency: GBP
            subscriptions: []
            """)
        #expect(outcome.code == 1 && outcome.out.isEmpty)
        for line in [
            "shop.yaml:6: /channels/0/policy/remorse_secs: there is no such field; known here: stages",
            "shop.yaml:7: /channels/0/policy/return_days: expected a whole number, found a text",
            "shop.yaml:8: /channels/1/code: web stands in the list before",
            "shop.yaml:10: /channels/1/currency: is no currency",
            "shop.yaml:11: /channels/2/code: is missing: expected text",
            "shop.yaml:13: /subscriptions: there is no such field; known here: version, channels, locations",
        ] { #expect(outcome.err.contains(line), "\(line)\n\(outcome.err)") }
        #expect(try config() == before)
    }

    @Test(
        "What the rules refuse is refused in the plan as well, and nothing of the file goes in",
        arguments: [
            ("locations: [NOWHERE]", "/channels/0/locations: there is no location NOWHERE"),
            ("number_prefix: STO-1", "/channels/0/number_prefix: channel store has orders STO-1001"),
        ])
    func refused(field: String, reason: String) throws {
        let before = try config()
        let text = "channels:\n  - code: shop\n    name: Shop\n    currency: GBP\n    \(field)\n"
        for options in [[], ["--plan"]] {
            try text.write(toFile: shop.folder.file("a.yaml"), atomically: true, encoding: .utf8)
            let outcome = try BuiltProgram.run(
                ["apply", shop.folder.file("a.yaml"), "--database", shop.url] + options)
            #expect(outcome.code == 1 && outcome.err.contains(reason), "\(outcome.err)")
            #expect(outcome.err.contains("a.yaml:5: "))
        }
        #expect(try config() == before)
    }

    @Test("A version in the file guards it: a channel that has moved on is not overwritten")
    func stale() throws {
        let text = try config()
        #expect(try apply(text.replacing("name: Tills", with: "name: Counters")).code == 0)
        let old = text.replacing("- code: store", with: "- code: store\n  version: 1")
        let outcome = try apply(old)
        #expect(outcome.code == 1 && outcome.err.contains("channel store is at version 2, not 1: read it again"))
        #expect(try config().contains("name: Counters"))
    }

    @Test("A file that was printed before somebody else's change is refused, saying whose; by force it goes in")
    func printedBefore() throws {
        let mine = try config()
        #expect(mine.hasPrefix("version: "))
        let theirs = mine.replacing("name: Tills", with: "name: Counters")
        #expect(try apply(theirs, "--by", "ada").code == 0)
        // What changes nothing is nobody's loss.
        #expect(try apply(theirs).out.hasSuffix("nothing to change\n"))
        let text = mine.replacing("remorse_seconds: 1800", with: "remorse_seconds: 60")
        for options in [[], ["--plan"]] {
            try text.write(toFile: shop.folder.file("b.yaml"), atomically: true, encoding: .utf8)
            let outcome = try BuiltProgram.run(
                ["apply", shop.folder.file("b.yaml"), "--database", shop.url] + options)
            #expect(outcome.code == 1 && outcome.err.contains("channel store was changed by ada at "), "\(outcome.err)")
            #expect(outcome.err.contains(": name\n") && outcome.err.contains("--force"))
        }
        #expect(try config().contains("name: Counters"))
        // What nobody else has touched goes in all the same.
        let line = mine.split(separator: "\n").first.map(String.init) ?? ""
        let places = mine.components(separatedBy: "\nlocations:\n")[1].replacing("name: YORK", with: "name: Yorke")
        #expect(try apply(line + "\nlocations:\n" + places).out.hasSuffix("applied\n"))
        #expect(try apply(text, "--force").out.hasSuffix("applied\n"))
        let now = try config()
        #expect(now.contains("name: Tills") && now.contains("remorse_seconds: 60"))
        let bare = theirs.replacing(/version: \d+\n/, with: "")
        #expect(try apply(bare).out.hasSuffix("applied\n"))
    }

    @Test("Whoever applies is told in the history: a name, or the user of the operating system")
    func by() throws {
        let text = try config()
        #expect(try apply(text.replacing("name: Tills", with: "name: One"), "--by", "ada").code == 0)
        let second = try config().replacing("name: One", with: "name: Two")
        #expect(try apply(second).code == 0)
        let events = try BuiltProgram.run(["export", "events", "--format", "ndjson", "--database", shop.url])
        let names = events.out.split(separator: "\n").filter { $0.contains("configuration.changed") }.suffix(2)
        #expect(names.first?.contains("\"ada\"") == true, "\(names)")
        #expect(names.last?.contains("\"\(NSUserName())\"") == true, "\(names)")
        for name in ["", "system", "usr_1", String(repeating: "x", count: 65)] {
            #expect(try apply(text, "--by", name).code == 2, "\(name)")
        }
    }

    @Test("A plan shows what is new in full, and refuses a connection that is not there, as applying does")
    func planInFull() throws {
        let courier = """
            couriers:
              - code: post
                name: Post
                connection: CONNECTION
                currency: GBP
                zones: [{country: GB, zone: home}]
                services:
                  - {code: tracked, name: Tracked, bands: [{zone: home, weight_g_max: 2000, price: 400}]}

            """
        let planned = try apply(courier.replacing("CONNECTION", with: "tariff"), "--plan")
        #expect(planned.code == 0, "\(planned.err)")
        #expect(planned.out.contains("+ courier post\n    ") && planned.out.contains("weight_g_max: 2000"))
        for options in [[], ["--plan"]] {
            let path = shop.folder.file("c.yaml")
            try courier.replacing("CONNECTION", with: "hermes").write(toFile: path, atomically: true, encoding: .utf8)
            let outcome = try BuiltProgram.run(["apply", path, "--database", shop.url] + options)
            #expect(outcome.code == 1 && outcome.err.contains("no labels are sold by hermes"), "\(outcome.err)")
        }
    }

    @Test("What is no YAML is said so, with its line")
    func malformed() throws {
        for (text, line) in [
            ("channels:\n  - [1,\n", "3"), ("", "empty"), ("a: 1\na: 2\n", "duplicated"), ("? [1]\n: 2\n", "1"),
            ("a: &a [*a]\n", "alias"),
        ] {
            let outcome = try apply(text)
            #expect(outcome.code == 1 && outcome.err.contains(line), "\(text): \(outcome.err)")
        }
    }

    @Test("A text that older readers of YAML would take for something else comes back as the text it was")
    func texts() throws {
        let words = [
            "NO", "yes", "~", "null", "1", "1.5", "1e3", "0x10", "2026-03-01", "", " a", "a: b", "#x", "- a", "*a", "é",
            "two\nlines\n", "two\nlines", "\"q\"", "'", "10:30", "=", "<<", "\u{1F600}",
        ]
        let value = JSON.object(words.map { .init($0, .string($0)) } + [
            .init("list", .array([.integer(-5), .number(1.25), .bool(false), .null, .array([]), .object([])]))
        ])
        #expect(try YAMLText(YAMLText.text(of: value), name: "test").json == value)
    }
}
