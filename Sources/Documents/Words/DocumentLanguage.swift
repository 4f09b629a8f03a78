public import OrderManagement

/// The language of a document's own words; names, addresses and descriptions stay as they are.
public typealias DocumentLanguage = Language

extension DocumentLanguage {
    func callAsFunction(_ phrase: Phrase) -> String {
        switch self {
        case .english: phrase.english
        case .german: phrase.german
        case .french: phrase.french
        case .spanish: phrase.spanish
        case .italian: phrase.italian
        case .dutch: phrase.dutch
        case .polish: phrase.polish
        }
    }

    /// A phrase of so many things: in its form for the number, which stands in the place of its `{}`.
    func callAsFunction(_ phrase: Phrase, count: Int) -> String {
        form(of: self(phrase), for: Int64(count)).replacing("{}", with: Figures.grouped(Int64(count), self))
    }
}

extension CreditReason {
    /// As a note in a language says it.
    public func words(in language: DocumentLanguage) -> String {
        switch language {
        case .english: english
        case .german: german
        case .french: french
        case .spanish: spanish
        case .italian: italian
        case .dutch: dutch
        case .polish: polish
        }
    }
}

extension CustomsPhrase {
    func words(_ language: DocumentLanguage) -> String {
        switch language {
        case .english: english
        case .german: german
        case .french: french
        case .spanish: spanish
        case .italian: italian
        case .dutch: dutch
        case .polish: polish
        }
    }

    /// What stands beside a language on a form: French, which all posts read; beside French itself English.
    func beside(_ language: DocumentLanguage) -> String { language == .french ? english : french }

    /// `Gift / Cadeau`.
    func both(_ language: DocumentLanguage) -> String {
        let (own, other) = (words(language), beside(language))
        return own == other ? own : "\(own) / \(other)"
    }
}
