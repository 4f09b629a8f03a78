public import OrderManagement

/// The language of a document's own words; names, addresses and descriptions stay as they are.
public typealias DocumentLanguage = Language

extension Phrase: Translated {}

extension DocumentLanguage {
    func callAsFunction(_ phrase: Phrase) -> String { words(phrase) }

    /// A phrase of so many things: in its form for the number, which stands in the place of its `{}`.
    func callAsFunction(_ phrase: Phrase, count: Int) -> String {
        form(of: self(phrase), for: Int64(count)).replacing("{}", with: Figures.grouped(Int64(count), self))
    }
}

extension CreditReason: Translated {
    /// As a note in a language says it.
    public func words(in language: DocumentLanguage) -> String { language.words(self) }
}

extension CustomsPhrase: Translated {
    func words(_ language: DocumentLanguage) -> String { language.words(self) }

    /// What stands beside a language on a form: French, which all posts read; beside French itself English.
    func beside(_ language: DocumentLanguage) -> String { language == .french ? english : french }

    /// `Gift / Cadeau`.
    func both(_ language: DocumentLanguage) -> String {
        let (own, other) = (words(language), beside(language))
        return own == other ? own : "\(own) / \(other)"
    }
}
