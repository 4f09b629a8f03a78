import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("A customer's language")
struct CustomerLanguageTests {
    private func server() async throws -> TestServer {
        try await TestServer(try TestSystem(stock: "TEE@LONDON: 9"), paperwork: NamedPapers())
    }

    /// An order of somebody who speaks a language.
    private func order(_ language: String, _ server: TestServer) async throws -> OrderID {
        let placed = try await server.place([
            #""TEE-M""#: #""TEE""#,
            #""name": "A. Example", "email""#: #""name": "A. Example", "language": "\#(language)", "email""#,
        ])
        return try #require(placed.json["id"]?.string.flatMap { OrderID($0) }, "\(placed.text)")
    }

    @Test("A customer is spoken to in the order's language; who has no order in the browser's")
    func languages() async throws {
        let server = try await server()
        let placed = try await server.place([
            #""TEE-M""#: #""TEE""#,
            #""name": "A. Example", "email""#: #""name": "A. Example", "language": "de-AT", "email""#,
        ])
        let id = try #require(placed.json["id"]?.string.flatMap { OrderID($0) }, "\(placed.text)")
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.headline == "Wir haben Ihre Bestellung" && browser.page.contains(#"<html lang="de">"#))
        #expect(browser.page.contains("Ankunft bis ") && browser.page.contains("10,00\u{A0}£"))
        #expect(browser.page.contains("vom So., 1. März"))
        #expect(browser.hint(of: "Stornieren") == "Möglich, bis es unser Haus verlässt")
        for page in ["/cancel", "/address"] {
            try await browser.open(page)
            #expect(browser.page.contains("Zurück zur Bestellung"))
        }
        let german = try await server.send("GET", "/o/x", key: "", headers: ["Accept-Language": "el-GR, de-CH;q=0.8"])
        #expect(german.text.contains("Dieser Link öffnet keine Bestellung"))
        let french = try await server.send("GET", "/o/x", key: "", headers: ["Accept-Language": "fr"])
        #expect(french.text.contains("Ce lien n’ouvre aucune commande"))
        let greek = try await server.send("GET", "/o/x", key: "", headers: ["Accept-Language": "el"])
        #expect(greek.text.contains("This link opens no order"))
    }

    @Test("The page and its forms are in the order's language from the first day to the return",
        arguments: Language.allCases)
    func pages(language: Language) async throws {
        let server = try await server()
        let id = try await order(language.rawValue, server)
        let browser = try await CustomerBrowser(server, id)
        func expectWhole(_ comment: Comment) {
            #expect(browser.status == 200 && browser.page.contains(#"<html lang="\#(language.rawValue)">"#), comment)
            for gap in ["{}", "|", "{{"] { #expect(!browser.page.contains(gap), comment) }
        }
        #expect(browser.headline == language(.received))
        #expect(browser.page.contains(language.money(10_00, try #require(Currency("GBP")))))
        expectWhole("received")
        for form in ["cancel", "address"] {
            try await browser.open("/\(form)")
            #expect(browser.page.contains(language(.back)))
            expectWhole("\(form)")
        }
        try await browser.open("/cancel")
        try await browser.submit(["units-1": "1"])
        #expect(browser.headline == language(.confirmCancel))
        try await browser.submit()
        #expect(browser.notice == language(.doneCancel), "\(browser.notice ?? "")")
        #expect(browser.page.contains(language(.ofThemCancelled, count: 1)))
        try server.system.walk(id, to: .delivered)
        try await browser.open()
        #expect(browser.headline == language(.delivered) && browser.story.first == language(.arrived))
        expectWhole("delivered")
        try await browser.open("/return")
        #expect(browser.headline == language(.requestReturn) && browser.page.contains(language(.wrongSize)))
        expectWhole("return")
    }

    /// What is said as in English, since it is the same word.
    private static let same: [Language: Set<CustomerPhrase>] = [
        .german: [.name], .french: [.taxes, .total], .spanish: [.total], .dutch: [.postcode],
    ]

    @Test("Every phrase has words in every language, with the same values, and none is left in English",
        arguments: Language.allCases)
    func phrases(language: Language) {
        var same: Set<CustomerPhrase> = []
        for phrase in CustomerPhrase.allCases {
            let (text, english) = (language.words(phrase), Language.english.words(phrase))
            let forms = text.split(separator: "|", omittingEmptySubsequences: false)
            #expect(forms.count == 1 || forms.count == language.plurals.count, "\(language) \(phrase)")
            let places = english.split(separator: "|")[0].matches(of: /\{\}/).count
            for form in forms {
                #expect(!form.isEmpty && form.matches(of: /\{\}/).count == places, "\(language) \(phrase)")
            }
            if text == english { same.insert(phrase) }
        }
        if language != .english { #expect(same == Self.same[language] ?? []) }
    }

    @Test("Templates name no phrase that is not there")
    func templates() {
        let known = Set(CustomerPhrase.allCases.map(\.rawValue))
        for (name, text) in EmbeddedFiles.templates where name.hasPrefix("customer") {
            for tag in text.matches(of: /frame\.words\.([A-Za-z]+)/) {
                #expect(known.contains(String(tag.1)), "\(name): \(tag.1)")
            }
        }
    }

    @Test("The steps of an order have room beside each other on a phone", arguments: Language.allCases)
    func steps(language: Language) {
        let steps: [CustomerPhrase] = [
            .stepReceived, .stepPreparing, .stepSent, .stepReady, .stepDelivered, .stepCollected,
        ]
        for word in steps.flatMap({ language($0).split(separator: " ") }) {
            #expect(word.count <= 14, "\(language): \(word)")
        }
    }

    @Test("So many things are said in the form that goes with their number", arguments: [
        (1, "anulowano 1 sztukę"), (2, "anulowano 2 sztuki"), (5, "anulowano 5 sztuk"), (22, "anulowano 22 sztuki"),
        (25, "anulowano 25 sztuk"), (12_345, "anulowano 12\u{A0}345 sztuk"),
    ])
    func plurals(count: Int64, text: String) {
        #expect(Language.polish(.ofThemCancelled, count: count) == text)
        #expect(Language.french(.ofThemReturned, count: count).hasSuffix(count == 1 ? "retourné" : "retournés"))
    }

    @Test("Days, times and amounts are written as each language does")
    func figures() throws {
        let now = try #require(Timestamp("2026-06-30T22:30:00Z"))
        let (english, german) = (
            CustomerClock(now: now, zone: "Europe/Berlin", language: .english),
            CustomerClock(now: now, zone: "Europe/Berlin", language: .german)
        )
        #expect(english.day(now) == "Wed 1 Jul" && german.day(now) == "Mi., 1. Juli")
        #expect(english.deadline(now) == "00:30" && german.deadline(now) == "00:30 Uhr")
        let newYear = try #require(Timestamp("2026-12-31T23:00:00Z"))
        #expect(english.day(newYear) == "Fri 1 Jan 2027" && german.deadline(newYear) == "Fr., 1. Jan. 2027, 00:00 Uhr")
        let (pounds, francs) = (try #require(Currency("GBP")), try #require(Currency("CHF")))
        #expect(CustomerLanguage.english.money(-123_456, pounds) == "−£1,234.56")
        #expect(CustomerLanguage.german.money(123_456, francs) == "1.234,56\u{A0}CHF")
        #expect(CustomerLanguage.french.money(-123_456, pounds) == "−1\u{202F}234,56\u{A0}£")
        #expect(CustomerLanguage.dutch.money(-123_456, pounds) == "£\u{A0}−1.234,56")
        #expect(CustomerLanguage.italian.money(123_456, try #require(Currency("JPY"))) == "123.456\u{A0}JPY")
        #expect(CustomerLanguage.spanish.money(1_234_567, try #require(Currency("KWD"))) == "1234,567\u{A0}KWD")
        #expect(CustomerLanguage.polish.money(123_456, try #require(Currency("PLN"))) == "1234,56\u{A0}zł")
    }
}
