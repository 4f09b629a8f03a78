/// Why money is given back, where the books have a word of their own for it; what people typed stays as they typed it.
public enum CreditReason: String, CaseIterable, Sendable {
    case cancellation, amendment
    case notCollected = "not_collected"
    case returned = "return"
    case lost, reship
    case customer, merchant, unfillable, unpaid
    case unwanted, damaged, faulty, late, undelivered
    case wrongSize = "wrong_size"
    case notAsDescribed = "not_as_described"
    case wrongItem = "wrong_item"
    case goodwill

    /// As a note in a language says it.
    public func words(in language: DocumentLanguage) -> String {
        switch language {
        case .english: words.english
        case .german: words.german
        }
    }

    private var words: (english: String, german: String) {
        switch self {
        case .cancellation: ("Cancelled before it was sent", "Vor dem Versand storniert")
        case .amendment: ("Order changed", "Bestellung geändert")
        case .notCollected: ("Not collected", "Nicht abgeholt")
        case .returned: ("Return", "Rücksendung")
        case .lost: ("Lost on the way", "Auf dem Weg verloren")
        case .reship: ("Sent again", "Erneut versandt")
        case .customer: ("Cancelled by the customer", "Vom Kunden storniert")
        case .merchant: ("Cancelled by the retailer", "Vom Händler storniert")
        case .unfillable: ("Not available", "Nicht lieferbar")
        case .unpaid: ("Not paid", "Nicht bezahlt")
        case .unwanted: ("No longer wanted", "Nicht mehr gewünscht")
        case .damaged: ("Damaged", "Beschädigt")
        case .faulty: ("Faulty", "Defekt")
        case .late: ("Late delivery", "Verspätete Lieferung")
        case .undelivered: ("Could not be delivered", "Unzustellbar")
        case .wrongSize: ("Wrong size", "Falsche Größe")
        case .notAsDescribed: ("Not as described", "Nicht wie beschrieben")
        case .wrongItem: ("Wrong item", "Falscher Artikel")
        case .goodwill: ("Goodwill", "Kulanz")
        }
    }
}
