import OrderManagement
import Testing

@Suite("Languages")
struct LanguageTests {
    @Test("A language is known by its tag, whatever the country; one without words of ours is English", arguments: [
        ("fr", Language.french), ("fr-CA", .french), ("PL", .polish), ("nl_BE", .dutch), ("es-419", .spanish),
        ("it-CH", .italian), ("de-AT", .german), ("en-GB", .english), ("el", .english), ("ar", .english),
        ("zh-Hant", .english), ("fil", .english), ("", .english),
    ])
    func tags(tag: String, language: Language) {
        #expect(Language(tag: tag) == language && Language(tag: nil) == .english)
        let isKnown = tag.lowercased().hasPrefix(language.rawValue)
        #expect((Language(known: tag) != nil) == isKnown)
    }

    @Test("Polish tells one thing, two to four, and many; not by the last digit where that is a teen's")
    func polish() {
        let words = "{} sztuka|{} sztuki|{} sztuk"
        func forms(_ counts: Int64...) -> [String] {
            counts.map { Language.polish.form(of: words, for: $0).replacing("{} ", with: "") }
        }
        #expect(forms(1) == ["sztuka"])
        #expect(Set(forms(2, 3, 4, 22, 34, 102, 1_023)) == ["sztuki"])
        #expect(Set(forms(0, 5, 11, 12, 13, 14, 21, 25, 101, 111, 112, 1_000)) == ["sztuk"])
    }

    @Test("Nothing is one thing in French, and several elsewhere; words of one form have it always")
    func plurals() {
        let words = "{} annulé|{} annulés"
        #expect(Language.french.form(of: words, for: 0) == "{} annulé" && Language.french.plural(of: 2) == .other)
        #expect(Language.italian.form(of: words, for: 0) == "{} annulés")
        #expect(Language.dutch.form(of: words, for: 1) == "{} annulé")
        for language in Language.allCases {
            #expect(language.form(of: "{} mehr", for: 5) == "{} mehr")
            let told = Set((0...200).map { language.plural(of: $0) })
            #expect(told == Set(language.plurals) && language.plurals.count == told.count, "\(language)")
        }
    }

    @Test("Days and times are written as each language does, with the year where it is another", arguments: [
        (Language.english, "Fri 27 Nov", "1 Mar 2027", "14:30"), (.german, "Fr., 27. Nov.", "01.03.2027", "14:30 Uhr"),
        (.french, "ven. 27 nov.", "01/03/2027", "14:30"), (.spanish, "vie, 27 nov", "01/03/2027", "14:30"),
        (.italian, "ven 27 nov", "01/03/2027", "14:30"), (.dutch, "vr 27 nov", "01-03-2027", "14:30"),
        (.polish, "pt., 27 listopada", "01.03.2027", "14:30"),
    ])
    func days(language: Language, day: String, short: String, time: String) {
        let days = DayWords(language)
        let friday = "2026-11-27T14:30:00Z"
        #expect(days.day(friday, in: "2026-01-01") == day && days.day(friday) == day + " 2026")
        #expect(days.short("2027-03-01") == short && days.time(friday) == time)
    }

    @Test("A month's first day has its own word in French, and every weekday is the calendar's")
    func weekdays() {
        #expect(DayWords(.french).day("2026-03-01") == "dim. 1er mars 2026")
        let english = DayWords(.english)
        #expect(english.day("2000-02-29") == "Tue 29 Feb 2000" && english.day("2099-12-31") == "Thu 31 Dec 2099")
        #expect(english.day("1970-01-01") == "Thu 1 Jan 1970" && english.day("soon") == "soon")
    }
}
