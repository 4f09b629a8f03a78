/// The words of CN 22 and CN 23: forms are in French, as the Universal Postal Union prints them, and another language.
enum CustomsPhrase: CaseIterable {
    case declaration, mayBeOpened, gift, documents, saleOfGoods, commercialSample, returnedGoods, other
    case contents, quantity, netWeight, value, tariffNumber, origin, totalWeight, totalValue, certify, signature
    case certifyDangerous, dangerous, free
    case from, to, senderReference, importerReference, postage, category, invoice, comments, phone, posted, itemNumber
}

extension CustomsDeclaration.Category {
    /// All boxes of the form in order, and whether this one is ticked.
    var boxes: [(phrase: CustomsPhrase, isTicked: Bool)] {
        [
            (.gift, self == .gift), (.documents, self == .documents), (.saleOfGoods, self == .saleOfGoods),
            (.commercialSample, self == .commercialSample), (.returnedGoods, self == .returnedGoods),
            (.other, explanation != nil),
        ]
    }

    var explanation: String? {
        if case .other(let text) = self { text } else { nil }
    }
}
