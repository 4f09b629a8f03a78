import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Words of messages")
struct MessageWordsTests {
    private func values(_ text: String = "2 × TEE-M at 10.00 GBP, pickup at YORK") throws -> MessageValues {
        let shop = try TestSystem(stock: "TEE-M@YORK: 9")
        let order = try shop.place(text)
        return try #require(try shop.waybill.readNow { try MessageValues(of: order, telling: nil, in: $0) })
    }

    @Test("Every message has words of its own in every language, as text and as HTML, without gaps",
        arguments: Language.allCases)
    func words(language: Language) throws {
        let values = try values()
        let renderer = MustacheRenderer()
        for kind in Message.Kind.allCases {
            let letter = try values.letter(kind, in: language.rawValue, by: renderer)
            let english = try values.letter(kind, in: "en", by: renderer)
            #expect(letter.subject.contains("WEB-1001") && letter.text.contains("Ada Example"), "\(kind)")
            #expect(language == .english || letter.subject != english.subject && letter.text != english.text, "\(kind)")
            for text in [letter.subject, letter.text, letter.html] {
                #expect(!text.contains("{{") && !text.contains("}}"), "\(language) \(kind)")
            }
            #expect(letter.html.hasPrefix("<!doctype html>") && letter.html.contains("<p>"))
            #expect(letter.html.contains(#"<html lang="\#(language.rawValue)">"#), "\(language) \(kind)")
            #expect(renderer.ownLanguage(for: kind, in: language.rawValue) == language.rawValue)
        }
    }

    @Test("Every language's templates have the same tags, line by line, and no line of English words",
        arguments: Language.allCases)
    func templates(language: Language) throws {
        let english = try #require(EmbeddedFiles.templates["messages-en"]).components(separatedBy: "\n")
        let own = try #require(EmbeddedFiles.templates["messages-\(language.rawValue)"]).components(separatedBy: "\n")
        #expect(own.count == english.count)
        for (line, original) in zip(own, english) {
            func tags(_ text: String) -> [String] { text.matches(of: /\{\{[^}]*\}\}/).map { String($0.0) }.sorted() }
            #expect(tags(line) == tags(original), "\(language): \(line)")
            let isSaid = original.replacing(/\{\{[^}]*\}\}/, with: "").contains(where: \.isLetter)
            guard isSaid, !original.hasPrefix("=== ") else {
                #expect(line == original)
                continue
            }
            #expect(language == .english || line != original, "\(language): \(line)")
        }
    }

    @Test("There are templates for the languages of papers and pages, and for no other")
    func languages() {
        let there = EmbeddedFiles.templates.keys.filter { $0.hasPrefix("messages-") }.map { $0.dropFirst(9) }
        #expect(Set(there.map(String.init)) == Set(Language.allCases.map(\.rawValue)))
    }

    @Test("A merchant's words are for their language; customers of another that there are words in get those",
        arguments: [
            ("en", "Ours 1"), ("pl", "Zamówienie 1"), ("sv", "Vår 1"), ("el", "Ours 1"), ("en-IE", "Ours 1"),
        ])
    func precedence(language: String, subject: String) throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 9")
        var channel = Channel.web
        channel.policy.messages.templates = [
            .init(kind: .received, language: "en", subject: "Ours {{number}}", text: "x"),
            .init(kind: .received, language: "sv", subject: "Vår {{number}}", text: "x"),
        ]
        try shop.perform(SaveChannel(channel: channel))
        let order = try shop.place("1 × TEE-M at 10.00 GBP, pickup at YORK")
        let values = try #require(try shop.waybill.readNow { try MessageValues(of: order, telling: nil, in: $0) })
        let letter = try values.letter(.received, in: language, by: MustacheRenderer())
        #expect(letter.subject.replacing("WEB-100", with: "") == subject)
    }

    @Test("Days are written as the words around them write them; as the world reads them where those are not ours",
        arguments: [
            ("en", "Mon 9 Mar 2026, 10:00"), ("de", "Mo., 9. März 2026, 10:00 Uhr"),
            ("fr-BE", "lun. 9 mars 2026, 10:00"), ("es", "lun, 9 mar 2026, 10:00"), ("it", "lun 9 mar 2026, 10:00"),
            ("nl", "ma 9 mrt 2026, 10:00"), ("pl", "pon., 9 marca 2026, 10:00"), ("el", "Mon 9 Mar 2026, 10:00"),
            ("sv", "2026-03-09, 10:00"),
        ])
    func days(language: String, day: String) throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 9")
        var channel = Channel.web
        channel.policy.messages.templates = [
            .init(kind: .ready, language: "sv", subject: "Redo {{number}}", text: "Till {{collect_by}}, {{total}}")
        ]
        try shop.perform(SaveChannel(channel: channel))
        let order = try shop.place("1 × TEE-M at 1000.00 GBP, pickup at YORK")
        try shop.walk(order, to: .ready)
        let letter = try shop.waybill.readNow { db -> Letter? in
            let told = try EventLog.page(of: order, after: 0, limit: 100, in: db)
                .last { $0.type == Message.Kind.ready.event.rawValue }
            return try MessageValues(of: order, telling: told?.sequence, in: db)?
                .letter(.ready, in: language, by: MustacheRenderer())
        }
        let text = try #require(letter?.text)
        #expect(text.contains(day), "\(text)")
        if language == "sv" { #expect(text == "Till 2026-03-09, 10:00, 1\u{A0}000,00 GBP") }
    }
}
