/// The language of a document's own words; names, addresses and descriptions stay as they are.
public enum DocumentLanguage: String, CaseIterable, Sendable {
    case english = "en"
    case german = "de"

    /// - Parameter tag: As a customer or channel has it, such as `de-AT`; another language than those above is English.
    public init(tag: String?) {
        let primary = tag?.split(separator: "-").first.map { $0.lowercased() } ?? ""
        self = DocumentLanguage(rawValue: primary) ?? .english
    }

    func callAsFunction(_ phrase: Phrase) -> String {
        switch self {
        case .english: phrase.words.english
        case .german: phrase.words.german
        }
    }
}
