/// A language that the program has words of its own in: on papers, on customers' pages and in messages.
///
/// Another one is a case here, a file in `Documents/Words`, one in `Server/Customer/Words`, one of message templates,
/// and what the compiler asks for: a language that lacks a phrase is not built.
public enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case german = "de"
    case french = "fr"
    case spanish = "es"
    case italian = "it"
    case dutch = "nl"
    case polish = "pl"

    /// - Parameter tag: As a customer, a channel or a browser has it, such as `de-AT`.
    /// - Returns: nil for a language that there are no words in.
    public init?(known tag: String) {
        self.init(rawValue: tag.prefix { $0 != "-" && $0 != "_" }.lowercased())
    }

    /// - Parameter tag: As in `init(known:)`; no language, and one that there are no words in, is English.
    public init(tag: String?) { self = tag.flatMap(Language.init(known:)) ?? .english }

    /// Which of a word's forms stands beside a whole number: the categories of the Unicode CLDR. Its form for millions
    /// of things in French, Italian and Spanish is left out: nobody orders so much.
    public enum Plural: Sendable {
        case one, few, many, other
    }

    /// The categories that the language tells apart, in the order in which phrases have their forms.
    public var plurals: [Plural] {
        switch self {
        case .english, .german, .french, .spanish, .italian, .dutch: [.one, .other]
        case .polish: [.one, .few, .many]
        }
    }

    public func plural(of count: Int64) -> Plural {
        let number = count.magnitude
        switch self {
        case .english, .german, .spanish, .italian, .dutch: return number == 1 ? .one : .other
        case .french: return number <= 1 ? .one : .other
        case .polish:
            let isTeen = (12...14).contains(number % 100)
            return number == 1 ? .one : (2...4).contains(number % 10) && !isTeen ? .few : .many
        }
    }

    /// The form of a phrase that a number takes.
    /// - Parameter phrase: All its forms, divided by `|` (`{} pièce|{} pièces`), or the one that it always has.
    public func form(of phrase: String, for count: Int64) -> String {
        let forms = phrase.split(separator: "|")
        guard forms.count > 1, let place = plurals.firstIndex(of: plural(of: count)) else { return phrase }
        return String(forms[place])
    }
}

/// What is said in every language that there is.
package protocol Translated {
    var english: String { get }
    var german: String { get }
    var french: String { get }
    var spanish: String { get }
    var italian: String { get }
    var dutch: String { get }
    var polish: String { get }
}

extension Language {
    /// As it says it: with all its forms, and the places of its values.
    package func words(_ phrase: some Translated) -> String {
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
}
