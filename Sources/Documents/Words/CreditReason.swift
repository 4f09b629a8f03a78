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
}
