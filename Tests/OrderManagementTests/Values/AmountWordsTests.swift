import OrderManagement
import Testing

@Suite("Amounts in words of a language")
struct AmountWordsTests {
    @Test("Each language parts thousands and decimals as it does", arguments: [
        ("en", "1,234.50 GBP"), ("de", "1.234,50 GBP"), ("de-DE", "1.234,50 GBP"), ("de-CH", "1’234.50 GBP"),
        ("de_AT", "1\u{A0}234,50 GBP"), ("fr", "1\u{202F}234,50 GBP"), ("it", "1.234,50 GBP"), ("es", "1234,50 GBP"),
        ("es-MX", "1,234.50 GBP"), ("pl", "1234,50 GBP"), ("sv", "1\u{A0}234,50 GBP"), ("pt-BR", "1.234,50 GBP"),
        ("ja", "1,234.50 GBP"), ("tlh", "1,234.50 GBP"), ("", "1,234.50 GBP"),
    ])
    func languages(tag: String, text: String) throws {
        #expect(AmountWords(tag).text(Money(123_450, try #require(Currency("GBP")))) == text)
    }

    @Test("There are as many decimals as the currency has, and amounts may be below zero and of any size")
    func currencies() throws {
        let (yen, dinar) = (try #require(Currency("JPY")), try #require(Currency("KWD")))
        let euro = try #require(Currency("EUR"))
        let german = AmountWords("de")
        #expect(german.text(Money(1_234_567, yen)) == "1.234.567 JPY")
        #expect(german.text(Money(1_234_567, dinar)) == "1.234,567 KWD")
        #expect(german.text(Money(-5, euro)) == "-0,05 EUR" && german.text(Money(0, euro)) == "0,00 EUR")
        #expect(AmountWords("es").text(Money(1_234_567, euro)) == "12.345,67 EUR")
        #expect(german.grouped(1_234) == "1.234" && AmountWords("en").grouped(-1_234) == "-1,234")
        #expect(german.number(Money(99_999, euro)) == "999,99")
    }
}
